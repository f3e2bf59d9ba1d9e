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
    if (Error error = command->execute()) {
      errs() << "pare: error: " << toString(std::move(error)) << '\n';
      return kFailure;
    }
    return kSuccess;
  }
  errs() << "pare: error: expected a command; see 'pare --help'\n";
  return kUsage;
}
