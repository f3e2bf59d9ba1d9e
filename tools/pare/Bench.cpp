//===- Bench.cpp - pare bench ---------------------------------------------===//
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
class BenchSubcommand : public Subcommand {
public:
  BenchSubcommand()
      : Subcommand("bench", "Time a network on random inputs"), run(*this) {
    require(network);
  }

  Error execute() override {
    command.run = run.get();
    return driver::benchNetwork(command, outs());
  }

private:
  driver::BenchCommand command;
  cl::opt<std::string, true> network{cl::Positional, cl::desc("<network>"),
                                     cl::sub(*this), cl::cat(getCategory()),
                                     cl::location(command.network)};
  cl::opt<int64_t, true> runs{
      "runs",
      cl::desc("Timed runs (default: as many as fit into a second)"),
      cl::value_desc("N"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.runs)};
  cl::opt<bool, true> layers{
      "layers", cl::desc("Time of each layer, beside what the core can do"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.layers)};
  cl::opt<bool, true> json{"json", cl::desc("Print JSON"), cl::sub(*this),
                           cl::cat(getCategory()), cl::location(command.json)};
  RunFlags run;
};
} // namespace

Subcommand &pare::tool::getBenchCommand() {
  static BenchSubcommand command;
  return command;
}
