//===- Compile.cpp - pare compile -------------------*- C++ -*-===//
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
enum class Quantization { None, Int8 };

class CompileSubcommand : public Subcommand {
public:
  CompileSubcommand()
      : Subcommand("compile", "Compress a network and compile it") {}

  Error execute() override {
    command.quantize = quantize == Quantization::Int8;
    return driver::compileNetwork(command);
  }

private:
  driver::CompileCommand command;
  cl::opt<std::string, true> network{
      cl::Positional, cl::Required,           cl::desc("<network>"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.network)};
  cl::opt<std::string, true> output{"o",
                                    cl::Required,
                                    cl::desc("File to write"),
                                    cl::value_desc("OUT"),
                                    cl::sub(*this),
                                    cl::cat(getCategory()),
                                    cl::location(command.output)};
  cl::opt<Quantization> quantize{
      "quantize",
      cl::desc("Quantize weights and activations"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::init(Quantization::None),
      cl::values(clEnumValN(Quantization::Int8, "int8",
                            "8-bit integers, ranges from --calibrate"))};
  cl::opt<std::string, true> calibrate{
      "calibrate",
      cl::desc("Samples that show the ranges of activations"),
      cl::value_desc("X.npy"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.calibrate)};
  cl::opt<int64_t, true> calibrateLimit{
      "calibrate-limit", cl::desc("Use at most N samples"), cl::sub(*this),
      cl::cat(getCategory()), cl::location(command.calibrateLimit)};
  cl::opt<double, true> inputScale{
      "input-scale", cl::desc("Samples are x * scale + offset"), cl::sub(*this),
      cl::cat(getCategory()), cl::location(command.inputScale)};
  cl::opt<double, true> inputOffset{"input-offset",
                                    cl::desc("Samples are x * scale + offset"),
                                    cl::sub(*this), cl::cat(getCategory()),
                                    cl::location(command.inputOffset)};
  cl::opt<unsigned, true> weightBits{
      "weight-bits", cl::desc("Width of quantized weights, 2 to 8"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.weightBits)};
  cl::opt<double, true> prune{"prune",
                              cl::desc("Share of the weights to prune"),
                              cl::value_desc("0..1"),
                              cl::sub(*this),
                              cl::cat(getCategory()),
                              cl::location(command.prune)};
};
} // namespace

Subcommand &pare::tool::getCompileCommand() {
  static CompileSubcommand command;
  return command;
}
