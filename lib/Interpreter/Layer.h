//===- Layer.h - One operation while it is evaluated ------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gives evaluation functions their operands as real numbers or as integers,
// whatever the stored type is, and takes the results in the same way. Reading
// quantized operands as real numbers and storing real results to a quantized
// type is how operations without integer arithmetic are defined on quantized
// types: dequantize, compute, quantize.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_INTERPRETER_LAYER_H
#define PARE_LIB_INTERPRETER_LAYER_H

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Runtime/Signature.h"
#include "pare/Support/HostTensor.h"

#include "mlir/IR/Operation.h"

#include <cstdint>
#include <vector>

namespace pare::interpreter {

class Layer {
public:
  /// `results` are allocated in the types of the operation's results.
  Layer(mlir::Operation *op, llvm::ArrayRef<const HostTensor *> operands,
        llvm::MutableArrayRef<HostTensor> results)
      : op(op), operands(operands), results(results) {}

  const HostTensor &operand(unsigned i) const { return *operands[i]; }
  HostTensor &result(unsigned i = 0) { return results[i]; }
  unsigned getNumOperands() const { return operands.size(); }
  unsigned getNumResults() const { return results.size(); }

  llvm::ArrayRef<int64_t> operandShape(unsigned i) const {
    return operands[i]->getShape();
  }
  llvm::ArrayRef<int64_t> resultShape(unsigned i = 0) const {
    return results[i].getShape();
  }

  /// Operand `i` as real numbers.
  std::vector<float> real(unsigned i) const;

  /// The stored integers of operand `i` (of at most 32 bits).
  std::vector<int32_t> integers(unsigned i) const;

  /// The same less the zero point, which may differ by channel.
  std::vector<int32_t> centered(unsigned i) const;

  /// The elements of operand `i`, an integer tensor that is not quantized.
  std::vector<int64_t> wideIntegers(unsigned i) const;

  /// Stores real numbers: quantized, rounded to f16, or as they are.
  void setReal(llvm::ArrayRef<float> values, unsigned i = 0);

  /// Stores integers that fit the result's stored type.
  void setIntegers(llvm::ArrayRef<int32_t> values, unsigned i = 0);

  /// Stores integers modulo the width of the result's type.
  void setWrapped(llvm::ArrayRef<int64_t> values, unsigned i = 0);

  /// True if the tensor holds integers that are not quantized.
  bool isPlainInteger(mlir::Value value) const;

  /// True if all operands and results have one element type: integers can be
  /// moved and compared as they are stored.
  bool haveOneElementType() const;

  /// An error if `bias` (which may be null) consists of integers without a
  /// scale, which stand for no real number.
  llvm::Error checkBias(mlir::Value bias) const;

  /// An error that names the layer.
  llvm::Error error(const llvm::Twine &message) const;

private:
  mlir::Operation *op;
  llvm::ArrayRef<const HostTensor *> operands;
  llvm::MutableArrayRef<HostTensor> results;
};

/// An error that names the layer of `op`.
llvm::Error layerError(mlir::Operation *op, const llvm::Twine &message);

/// Scale and zero point of a value quantized per tensor.
inline QuantParams paramsOf(mlir::Value value) {
  return nn::getQuantParams(nn::getQuantizedType(value));
}

/// Least and greatest stored integer of a quantized value.
inline QuantRange rangeOf(mlir::Value value) {
  return nn::getQuantRange(nn::getQuantizedType(value));
}

/// The stored integers to which `activation` clamps a quantized value.
QuantRange clampRange(mlir::Value value, nn::ActivationAttr activation);

/// `value` clamped by `activation` (which may be null). NaN stays NaN.
double activate(double value, nn::ActivationAttr activation);

/// The attribute `scales` of `op`, or what would stand there.
template <typename OpT> nn::ScalesAttr scalesOf(OpT op) {
  if (nn::ScalesAttr scales = op.getScalesAttr())
    return scales;
  return nn::computeScales(op, nn::getRequantMode(op));
}

/// Turns 32-bit sums into quantized results: what an integer layer does last.
class Requantizer {
public:
  Requantizer(nn::ScalesAttr scales, mlir::Value output, QuantRange range);

  int32_t operator()(int32_t sum, int64_t channel) const {
    return requantize(sum, entries[entries.size() == 1 ? 0 : channel], mode,
                      zeroPoint, range);
  }

private:
  std::vector<RequantScale> entries;
  pare::RequantMode mode;
  int32_t zeroPoint;
  QuantRange range;
};

} // namespace pare::interpreter

#endif // PARE_LIB_INTERPRETER_LAYER_H
