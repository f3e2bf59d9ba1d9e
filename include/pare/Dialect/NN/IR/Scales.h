//===- Scales.h - Multipliers that follow from quantized types --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Which operations of nn have integer arithmetic with multipliers, and what
/// those multipliers are. `fold-scales` attaches them, the interpreter computes
/// them where they are absent, and both get them here. The arithmetic itself is
/// in pare/Numerics.

#ifndef PARE_DIALECT_NN_IR_SCALES_H
#define PARE_DIALECT_NN_IR_SCALES_H

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Numerics/QuantizationParameters.h"

namespace pare::nn {

/// Scale and zero point of a per-tensor quantized type.
QuantParams getQuantParams(mlir::quant::QuantizedType type);

/// The least and the greatest stored integer of a type.
QuantRange getQuantRange(mlir::quant::QuantizedType type);

/// The mode as pare/Numerics names it.
pare::RequantMode getNumericMode(RequantMode mode);

/// Entry `index` of `scales` (entry 0 if there is one for all channels). Only
/// the half that belongs to the mode of `scales` is set.
RequantScale getScaleEntry(ScalesAttr scales, int64_t index);

/// True if `op` has an attribute `scales` and types of which its arithmetic
/// works on integers: per-tensor quantized activations of 8 or 16 bits.
bool isIntegerOp(mlir::Operation *op);

/// The multipliers of `op` in `mode`, in the order that the operation
/// documents; null if `isIntegerOp(op)` does not hold. Results of `requantize`
/// that are wider than 16 bits are always in mode `fixed`.
ScalesAttr computeScales(mlir::Operation *op, RequantMode mode);

/// The number of elements that a reduction makes one of.
int64_t getReducedCount(mlir::Operation *op, llvm::ArrayRef<int64_t> axes);

} // namespace pare::nn

#endif // PARE_DIALECT_NN_IR_SCALES_H
