//===- pare.cpp - Makes networks small and fast ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Subcommands.h"
#include "pare/Support/FileOutput.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// Exit codes.
enum { kSuccess = 0, kFailure = 1, kUsage = 2 };

/// What begins each error.
static constexpr StringLiteral kError = "pare: error: ";

/// The name that the parser of the command line is to give this program. It is
/// what begins the line when an option reports a value that does not fit it,
/// past every stream of ours, so that it says that this is an error. It stands
/// in help too.
static const char *getProgramName(ArrayRef<const char *> arguments) {
  const bool asksForHelp = any_of(arguments, [](StringRef argument) {
    return argument.consume_front("-") &&
           is_contained(
               {"h", "help", "help-hidden", "help-list", "help-list-hidden"},
               argument.ltrim('-'));
  });
  return asksForHelp ? "pare" : "pare: error";
}

/// The first complaint of the parser of the command line, of which the others
/// mostly are consequences, on one line and without its advice.
static std::string getUsageError(StringRef complaints) {
  SmallVector<StringRef> lines;
  complaints.split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::string text;
  for (StringRef line : lines) {
    if ((line.consume_front(kError) || line.consume_front("pare: ")) &&
        !text.empty())
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
  SmallVector<const char *> arguments(argv, argv + argc);
  if (!arguments.empty())
    arguments[0] = getProgramName(arguments);
  std::string complaints;
  raw_string_ostream errors(complaints);
  if (!cl::ParseCommandLineOptions(
          argc, arguments.data(),
          "pare: makes neural networks small and fast\n", &errors)) {
    // A value that does not fit its option was reported by the option itself.
    if (!complaints.empty())
      errs() << kError << getUsageError(complaints) << "; see 'pare --help'\n";
    return kUsage;
  }
  for (pare::tool::Subcommand *command : pare::tool::allSubcommands()) {
    if (!command->isChosen())
      continue;
    if (std::string missing = command->findMissing(); !missing.empty()) {
      errs() << kError << "expected " << missing << "; see 'pare "
             << command->getName() << " --help'\n";
      return kUsage;
    }
    Error error = command->execute();
    error = joinErrors(std::move(error), pare::flushStandardOutput());
    if (error) {
      errs() << kError << toString(std::move(error)) << '\n';
      return kFailure;
    }
    return kSuccess;
  }
  errs() << kError << "expected a command; see 'pare --help'\n";
  return kUsage;
}
