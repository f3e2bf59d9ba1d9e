//===- Run.cpp - pare run -------------------------------------------------===//
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
class RunSubcommand : public Subcommand {
public:
  RunSubcommand() : Subcommand("run", "Run a network on samples"), run(*this) {
    require(network);
    require(inputs);
    require(outputs);
  }

  Error execute() override {
    driver::RunCommand command;
    command.network = network;
    command.inputs.assign(inputs.begin(), inputs.end());
    command.outputs.assign(outputs.begin(), outputs.end());
    command.run = run.get();
    return driver::runNetwork(command);
  }

private:
  cl::opt<std::string> network{cl::Positional, cl::desc("<network>"),
                               cl::sub(*this), cl::cat(getCategory())};
  cl::list<std::string> inputs{
      "inputs",
      cl::CommaSeparated,
      cl::desc("A .npy file for each input; the first axis is the sample"),
      cl::value_desc("A.npy,..."),
      cl::sub(*this),
      cl::cat(getCategory())};
  cl::list<std::string> outputs{
      "outputs",
      cl::CommaSeparated,
      cl::desc("A .npy file to write for each output"),
      cl::value_desc("Y.npy,..."),
      cl::sub(*this),
      cl::cat(getCategory())};
  RunFlags run;
};
} // namespace

Subcommand &pare::tool::getRunCommand() {
  static RunSubcommand command;
  return command;
}
