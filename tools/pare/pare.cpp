//===- pare.cpp - Makes networks small and fast ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Subcommands.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// Exit codes.
enum { kSuccess = 0, kFailure = 1, kUsage = 2 };

/// The first complaint of the parser of the command line, of which the others
/// mostly are consequences, on one line and without its advice.
static std::string getUsageError(StringRef complaints) {
  SmallVector<StringRef> lines;
  complaints.split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::string text;
  for (StringRef line : lines) {
    if (line.consume_front("pare: ") && !text.empty())
      break;
    line = line.split("  Try: ").first.split(": See: ").first;
    text += (text.empty() ? "" : " ") + line.rtrim('.').str();
  }
  return text;
}

/// What was printed reaches its end here: an error that is left for the end of
/// the program would end it without a word about its cause.
static Error finishOutput() {
  raw_fd_ostream &out = outs();
  out.flush();
  if (!out.has_error())
    return Error::success();
  std::error_code error = out.error();
  out.clear_error();
  return createStringError("cannot write to standard output: " +
                           error.message());
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  // Other libraries of this process have options of their own.
  for (pare::tool::Subcommand *command : pare::tool::allSubcommands())
    cl::HideUnrelatedOptions(pare::tool::getCategory(), *command);
  cl::HideUnrelatedOptions(pare::tool::getCategory());
  std::string complaints;
  raw_string_ostream errors(complaints);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "pare: makes neural networks small and fast\n",
          &errors)) {
    // A value that does not fit its option was reported by the option itself.
    if (!complaints.empty())
      errs() << "pare: error: " << getUsageError(complaints)
             << "; see 'pare --help'\n";
    return kUsage;
  }
  for (pare::tool::Subcommand *command : pare::tool::allSubcommands()) {
    if (!command->isChosen())
      continue;
    if (std::string missing = command->findMissing(); !missing.empty()) {
      errs() << "pare: error: expected " << missing << "; see 'pare "
             << command->getName() << " --help'\n";
      return kUsage;
    }
    Error error = command->execute();
    error = joinErrors(std::move(error), finishOutput());
    if (error) {
      errs() << "pare: error: " << toString(std::move(error)) << '\n';
      return kFailure;
    }
    return kSuccess;
  }
  errs() << "pare: error: expected a command; see 'pare --help'\n";
  return kUsage;
}
