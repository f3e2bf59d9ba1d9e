//===- ShapeInference.h - Helpers of shape inference -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DIALECT_NN_IR_SHAPEINFERENCE_H
#define PARE_LIB_DIALECT_NN_IR_SHAPEINFERENCE_H

#include "mlir/IR/Operation.h"

namespace pare::nn::detail {

/// "[1, 32, ?, 3]", for diagnostics.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// Whether two sizes are both known and not the same.
bool sizesDiffer(int64_t a, int64_t b);

/// The number of positions of a window in one dimension; `padding` is the sum
/// of both sides. Emits an error if the window does not fit.
llvm::LogicalResult inferWindow(mlir::Operation *op, llvm::StringRef dimension,
                                int64_t size, int64_t kernel, int64_t stride,
                                int64_t dilation, int64_t padding,
                                int64_t &result);

llvm::LogicalResult verifyPadding(mlir::Operation *op,
                                  llvm::ArrayRef<int64_t> padding);

} // namespace pare::nn::detail

#endif // PARE_LIB_DIALECT_NN_IR_SHAPEINFERENCE_H
