//===- Lowering.h - One function a kernel operation -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each writes the body of a layer's function. Operations are verified before,
// so that a failure means a combination of types that has no code; it is
// reported at the operation.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_LOWERING_H
#define PARE_LIB_TARGET_CPU_LOWERING_H

#include "ContractPlan.h"
#include "Layer.h"
#include "Sum.h"

namespace pare::cpu {

using llvm::LogicalResult;

// Contractions.
LogicalResult lower(Layer &e, kernel::ContractOp op);
LogicalResult lower(Layer &e, kernel::DepthwiseOp op);
LogicalResult lower(Layer &e, kernel::TransposeConvOp op);
LogicalResult lower(Layer &e, kernel::SparseContractOp op);
LogicalResult lower(Layer &e, kernel::BatchMatmulOp op);
/// A contraction whose weights are packed, with a residual or null.
void lowerPackedContract(Layer &e, const ContractPlan &plan,
                         kernel::EpilogueAttr epilogue, Value input,
                         Value output, llvm::StringRef filter,
                         llvm::StringRef bias,
                         const Residual *residual = nullptr);

// Pools and element-wise operations.
LogicalResult lower(Layer &e, kernel::PoolOp op);
LogicalResult lower(Layer &e, kernel::BinaryOp op);
LogicalResult lower(Layer &e, kernel::UnaryOp op);
LogicalResult lower(Layer &e, kernel::TableOp op);
LogicalResult lower(Layer &e, kernel::ConvertOp op);

// Reductions and normalization.
LogicalResult lower(Layer &e, kernel::ReduceOp op);
LogicalResult lower(Layer &e, kernel::SoftmaxOp op);
LogicalResult lower(Layer &e, kernel::LayerNormOp op);

// Movement.
LogicalResult lower(Layer &e, kernel::CopyOp op);
LogicalResult lower(Layer &e, kernel::FillOp op);
LogicalResult lower(Layer &e, kernel::GatherOp op);
LogicalResult lower(Layer &e, kernel::ResizeOp op);

// Recurrent steps.
LogicalResult lower(Layer &e, kernel::LstmOp op);
LogicalResult lower(Layer &e, kernel::GruOp op);

/// Row-major strides of a shape.
llvm::SmallVector<int64_t> rowMajor(llvm::ArrayRef<int64_t> shape);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_LOWERING_H
