//===- pare.cpp - Makes networks small and fast -------------------*- C++
//-*-===//
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

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  // Other libraries of this process have options of their own.
  for (pare::tool::Subcommand *command : pare::tool::allSubcommands())
    cl::HideUnrelatedOptions(pare::tool::getCategory(), *command);
  cl::HideUnrelatedOptions(pare::tool::getCategory());
  cl::ParseCommandLineOptions(argc, argv,
                              "pare: makes neural networks small and fast\n");
  for (pare::tool::Subcommand *command : pare::tool::allSubcommands()) {
    if (!command->isChosen())
      continue;
    if (Error error = command->execute()) {
      errs() << "pare: error: " << toString(std::move(error)) << '\n';
      return 1;
    }
    return 0;
  }
  errs() << "pare: error: expected a command; see 'pare --help'\n";
  return 2;
}
