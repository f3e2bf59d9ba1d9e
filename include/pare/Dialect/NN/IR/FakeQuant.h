//===- FakeQuant.h - The type behind a fake_quant ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The one place where the range of an `nn.fake_quant` becomes scales and zero
/// points: the interpreter and the passes must agree on them.

#ifndef PARE_DIALECT_NN_IR_FAKEQUANT_H
#define PARE_DIALECT_NN_IR_FAKEQUANT_H

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Numerics/Requantize.h"

namespace pare::nn {

/// The integers that a value of `spec` is stored as: [-2^(bits-1),
/// 2^(bits-1) - 1], without the lowest if narrow.
QuantRange getQuantRange(QuantSpecAttr spec);

/// The quantized element type for `spec` and the ranges [minimums[i],
/// maximums[i]]: per axis if the spec has one, stored in i8 up to 8 bits and in
/// i16 above. Scales and zero points follow pare/Numerics. Null if a bound is
/// not finite or the lists have different lengths.
mlir::quant::QuantizedType getFakeQuantType(QuantSpecAttr spec,
                                            llvm::ArrayRef<float> minimums,
                                            llvm::ArrayRef<float> maximums);

/// The type of `op`; null if it has no range.
mlir::quant::QuantizedType getFakeQuantType(FakeQuantOp op);

} // namespace pare::nn

#endif // PARE_DIALECT_NN_IR_FAKEQUANT_H
