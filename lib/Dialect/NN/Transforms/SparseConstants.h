//===- SparseConstants.h - Parts of sparse matrices -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DIALECT_NN_TRANSFORMS_SPARSECONSTANTS_H
#define PARE_LIB_DIALECT_NN_TRANSFORMS_SPARSECONSTANTS_H

#include "mlir/IR/Builders.h"
#include "pare/Dialect/NN/IR/NN.h"

namespace pare::nn {

/// The rows and columns `rows` and `columns` of `matrix`, increasing, as a new
/// constant before the builder's place: stored blocks as they are, no scale of
/// a removed row. Both must consist of whole blocks. Where nothing is left one
/// block of zeros is stored, since a matrix has values.
SparseConstantOp selectSparse(mlir::OpBuilder &builder, SparseConstantOp matrix,
                              llvm::ArrayRef<int64_t> rows,
                              llvm::ArrayRef<int64_t> columns);

/// Puts a layer with dense weights in the place of `op`, one with sparse
/// weights, and returns it. Exact for integers; sums of floats have another
/// order.
mlir::Operation *makeDense(mlir::Operation *op);

/// The element type of a part of the channels of a constant: without the
/// scales of what is not in `kept`, where `axis` has one each.
mlir::Type selectElementType(mlir::Type element, int64_t axis,
                             llvm::ArrayRef<int64_t> kept);

} // namespace pare::nn

#endif // PARE_LIB_DIALECT_NN_TRANSFORMS_SPARSECONSTANTS_H
