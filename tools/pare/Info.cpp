//===- Info.cpp - pare info -----------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Subcommands.h"
#include "pare/Driver/Commands.h"

using namespace llvm;
using namespace pare;
using namespace pare::tool;

namespace {
class InfoSubcommand : public Subcommand {
public:
  InfoSubcommand()
      : Subcommand("info", "List the layers, weights and work of a network") {
    require(network);
  }

  Error execute() override { return driver::describeNetwork(command, outs()); }

private:
  driver::InfoCommand command;
  cl::opt<std::string, true> network{cl::Positional, cl::desc("<network>"),
                                     cl::sub(*this), cl::cat(getCategory()),
                                     cl::location(command.network)};
  cl::opt<bool, true> memory{
      "memory",
      cl::desc("Show the memory that C for microcontrollers takes: what it is "
               "for each of them, or the plan for --target"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.memory)};
  TargetFlag target{*this, command.target, "The microcontroller of --memory"};
  cl::opt<bool, true> json{"json", cl::desc("Print JSON"), cl::sub(*this),
                           cl::cat(getCategory()), cl::location(command.json)};
};
} // namespace

Subcommand &pare::tool::getInfoCommand() {
  static InfoSubcommand command;
  return command;
}
