//===- Compare.h - Compiled networks against the interpreter ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Networks as text, many layers in one so that one compilation tests them all.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TEST_UNIT_TARGET_CPU_COMPARE_H
#define PARE_TEST_UNIT_TARGET_CPU_COMPARE_H

#include "pare/Support/HostTensor.h"
#include "pare/Target/CPU/CodeOptions.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace pare::test {

using Shape = std::vector<int64_t>;

/// "1x2x3".
std::string join(llvm::ArrayRef<int64_t> values, llvm::StringRef separator);
/// "[1, 2]".
std::string list(llvm::ArrayRef<int64_t> values);
/// "tensor<1x2xf32>".
std::string tensorType(const Shape &shape, llvm::StringRef element);
/// "!quant.uniform<i8:f32, scale:zero>".
std::string quantized(double scale, int64_t zero,
                      llvm::StringRef storage = "i8");
/// One scale a channel of dimension `axis`.
std::string quantizedPerAxis(int64_t channels, int64_t axis, double scale,
                             llvm::StringRef storage = "i8");

/// A network under construction. Values are written "%3"; each has a type.
class NetworkText {
public:
  struct Value {
    std::string name, type;
  };

  Value input(const Shape &shape, llvm::StringRef element);
  /// Random elements: f32 in [-1, 1], i8 in [-most, most], i32 in +-2000.
  Value constant(const Shape &shape, llvm::StringRef storage,
                 llvm::StringRef element, int32_t most = 127);
  Value constant(const Shape &shape) { return constant(shape, "f32", "f32"); }
  /// i8 elements that are given.
  Value constant(const Shape &shape, llvm::ArrayRef<int8_t> values,
                 llvm::StringRef element);
  /// `operation` with operands as "%{0}", "%{1}"..., of which the types follow.
  Value layer(llvm::StringRef operation, llvm::ArrayRef<Value> operands,
              const std::string &type);
  /// The same, as an output of the network.
  void output(llvm::StringRef operation, llvm::ArrayRef<Value> operands,
              const std::string &type) {
    outputs.push_back(layer(operation, operands, type));
  }
  /// A line of text before the next layer.
  void line(const std::string &text) { body += text + "\n"; }

  std::string str() const;

private:
  Value addConstant(const Shape &shape, llvm::StringRef storage,
                    llvm::StringRef element, llvm::StringRef bytes);

  std::string body;
  std::vector<Value> inputs, outputs;
  int next = 0;
  std::mt19937 random{7};
};

/// What quantized inputs consist of: any numbers, or the least and the
/// greatest, first alone, then mixed.
enum class Inputs { Random, Extreme };

/// Every output of the compiled network is that of the interpreter: to the bit
/// for integers, to 1e-5 of the largest for floats. In both modes, for
/// targets of several kinds. Several threads give the bits of one. Code is
/// compiled once for all kinds of inputs, as `code` says.
void expectSame(const NetworkText &text,
                llvm::ArrayRef<Inputs> kinds = Inputs::Random,
                cpu::CodeOptions code = {});

/// The outputs of the network compiled for this machine, on random inputs.
std::vector<HostTensor> runCompiled(const NetworkText &text);

} // namespace pare::test

#endif // PARE_TEST_UNIT_TARGET_CPU_COMPARE_H
