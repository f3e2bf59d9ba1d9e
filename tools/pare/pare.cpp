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

/// What the parser of the command line complained about, in Pare's words: its
/// first complaint on one line, of which the others mostly are consequences.
static std::string getUsageError(StringRef complaints) {
  SmallVector<StringRef> lines;
  complaints.split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::string text;
  for (StringRef line : lines) {
    const bool isNext = line.consume_front("pare: ");
    if (!text.empty() && isNext && !line.starts_with("Did you mean"))
      break;
    text += (text.empty() ? "" : " ") + line.split("  Try: ").first.str();
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
    errs() << "pare: error: " << getUsageError(complaints)
           << "; see 'pare --help'\n";
    return kUsage;
  }
  for (pare::tool::Subcommand *command : pare::tool::allSubcommands()) {
    if (!command->isChosen())
      continue;
    if (Error error = command->execute()) {
      errs() << "pare: error: " << toString(std::move(error)) << '\n';
      return kFailure;
    }
    return kSuccess;
  }
  errs() << "pare: error: expected a command; see 'pare --help'\n";
  return kUsage;
}
