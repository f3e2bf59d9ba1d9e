//===- QuantizationRules.h - Who shares whose quantization ------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// What the quantization passes must agree on: which rule a layer follows,
/// where integers are rounded, and which values share one range.

#ifndef PARE_DIALECT_NN_TRANSFORMS_QUANTIZATIONRULES_H
#define PARE_DIALECT_NN_TRANSFORMS_QUANTIZATIONRULES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace pare::nn {

/// True for a ranked tensor of f32: a value that quantization is about.
bool isFloatTensor(mlir::Value value);

/// Marks a layer that is not to be quantized even where its operands and its
/// result are. nn-insert-fake-quant sets it, nn-quantize removes it.
constexpr llvm::StringLiteral kKeepFloatAttr = "keep_float";

/// The rule of `op`; `None` for operations that are no layers, for layers
/// marked by `kKeepFloatAttr`, and for layers whose attributes or operands the
/// integer form does not support (a softmax along another axis than the last, a
/// bias that is no constant).
QuantRule getEffectiveRule(mlir::Operation *op);

/// The operands of a layer that are activations or weights: its float operands
/// without the bias.
llvm::SmallVector<mlir::OpOperand *> getDataOperands(mlir::Operation *op);

/// True if a layer of rule `SameAsInput` can give numbers that its operands do
/// not hold, so that its integer form rounds (averages, interpolation, clamps,
/// padding with another value than zero).
bool roundsResult(mlir::Operation *op);

/// The values of a function that must have the same quantization: the float
/// operands and results of each layer of rule `SameAsInput`, with the results
/// of the fake_quant operations that round the results of such layers.
class QuantizationGroups {
public:
  explicit QuantizationGroups(mlir::func::FuncOp function);

  /// A value that stands for the group of `value`.
  mlir::Value getLeader(mlir::Value value) const;

  /// The fake_quant operations of one range for each tensor, by the leaders of
  /// their results; groups and members in program order.
  llvm::SmallVector<llvm::SmallVector<FakeQuantOp>> getFakeQuants() const;

private:
  mlir::func::FuncOp function;
  llvm::EquivalenceClasses<const void *> classes;
};

} // namespace pare::nn

#endif // PARE_DIALECT_NN_TRANSFORMS_QUANTIZATIONRULES_H
