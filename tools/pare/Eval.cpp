//===- Eval.cpp - pare eval -----------------------------------------------===//
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
class EvalSubcommand : public Subcommand {
public:
  EvalSubcommand()
      : Subcommand("eval", "Measure accuracy on labelled samples"), run(*this) {
    require(network);
    require(inputs);
    require(labels);
  }

  Error execute() override {
    command.run = run.get();
    return driver::evalNetwork(command, outs());
  }

private:
  driver::EvalCommand command;
  cl::opt<std::string, true> network{cl::Positional, cl::desc("<network>"),
                                     cl::sub(*this), cl::cat(getCategory()),
                                     cl::location(command.network)};
  cl::opt<std::string, true> inputs{
      "inputs",       cl::desc("Samples"),    cl::value_desc("X.npy"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.inputs)};
  cl::opt<std::string, true> labels{"labels",
                                    cl::desc("Class of each sample"),
                                    cl::value_desc("Y.npy"),
                                    cl::sub(*this),
                                    cl::cat(getCategory()),
                                    cl::location(command.labels)};
  cl::opt<double, true> inputScale{
      "input-scale",
      cl::desc("The network sees x * scale + offset"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.inputScale),
      cl::init(1.0)};
  cl::opt<double, true> inputOffset{
      "input-offset",
      cl::desc("The network sees x * scale + offset"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.inputOffset),
      cl::init(0.0)};
  cl::opt<int64_t, true> labelOffset{
      "label-offset", cl::desc("Added to each label"), cl::sub(*this),
      cl::cat(getCategory()), cl::location(command.labelOffset)};
  cl::opt<std::string, true> against{
      "against",
      cl::desc("Another network to compare with"),
      cl::value_desc("network"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.against)};
  cl::opt<int64_t, true> skip{"skip", cl::desc("Leave out the first N samples"),
                              cl::sub(*this), cl::cat(getCategory()),
                              cl::location(command.skip)};
  cl::opt<int64_t, true> limit{"limit", cl::desc("Use at most N samples"),
                               cl::sub(*this), cl::cat(getCategory()),
                               cl::location(command.limit)};
  cl::opt<bool, true> json{"json", cl::desc("Print JSON"), cl::sub(*this),
                           cl::cat(getCategory()), cl::location(command.json)};
  RunFlags run;
};
} // namespace

Subcommand &pare::tool::getEvalCommand() {
  static EvalSubcommand command;
  return command;
}
