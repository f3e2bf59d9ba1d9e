//===- Fold.h - Nodes that compute constants --------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_IMPORT_ONNX_FOLD_H
#define PARE_LIB_IMPORT_ONNX_FOLD_H

#include "Importer.h"

namespace pare::onnx {

/// Larger constants are weights, which passes fold if it pays.
constexpr int64_t kMostElements = 1 << 16;

/// Position in a tensor of shape `from` that broadcasts to `to` of the element
/// that meets element `i` of `to`.
int64_t getBroadcast(int64_t i, llvm::ArrayRef<int64_t> from,
                     llvm::ArrayRef<int64_t> to);

/// The shape to which both broadcast, or an error.
mlir::FailureOr<llvm::SmallVector<int64_t>>
getBroadcastShape(Node &node, llvm::ArrayRef<int64_t> a,
                  llvm::ArrayRef<int64_t> b);

/// Sets output 0.
Fold setFolded(Node &node, Constant constant);

// Functions of nodes whose inputs are all constant.
Fold foldBinary(Node &node);
Fold foldUnary(Node &node);
Fold foldCast(Node &node);
Fold foldWhere(Node &node);

} // namespace pare::onnx

#endif // PARE_LIB_IMPORT_ONNX_FOLD_H
