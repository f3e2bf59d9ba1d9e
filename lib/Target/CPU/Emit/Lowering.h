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

#ifndef PARE_LIB_TARGET_CPU_EMIT_LOWERING_H
#define PARE_LIB_TARGET_CPU_EMIT_LOWERING_H

#include "Contract/ContractPlan.h"
#include "Contract/Sum.h"
#include "Emit/Layer.h"
#include "Winograd/WinogradPlan.h"

namespace pare::kernel {
struct MemoryPlan;
} // namespace pare::kernel

namespace pare::cpu {

using llvm::LogicalResult;

/// The bytes that an arena should not exceed for the sake of working memory: a
/// tenth more than what is alive of buffers at once, where most is.
int64_t boundArena(const kernel::MemoryPlan &plan);

/// Notes on the operations of a planned network how much working memory leaves
/// the arena within that bound (`kernel.free_bytes`).
void noteFreeBytes(mlir::func::FuncOp network);

// Contractions.
LogicalResult lower(Layer &e, kernel::ContractOp op);
LogicalResult lower(Layer &e, kernel::DepthwiseOp op);
LogicalResult lower(Layer &e, kernel::TransposeConvOp op);
LogicalResult lower(Layer &e, kernel::SparseContractOp op);
LogicalResult lower(Layer &e, kernel::BatchMatmulOp op);
LogicalResult lower(Layer &e, kernel::StripesOp op);
/// The flat buffers of a contraction; filter and bias are packed.
struct ContractBuffers {
  Value input, output, filter, bias;
};
/// A contraction whose weights are packed, with a residual or null. It is
/// shared by threads as the outermost loop of the layer, unless it stands
/// inside of another (`shares` is false).
void lowerPackedContract(Layer &e, const ContractPlan &plan,
                         kernel::EpilogueAttr epilogue,
                         const ContractBuffers &buffers,
                         const Residual *residual = nullptr,
                         bool shares = true);
/// The same by Strassen's algorithm, for plans that say so.
void lowerStrassen(Layer &e, const ContractPlan &plan,
                   kernel::EpilogueAttr epilogue,
                   const ContractBuffers &buffers, const Residual *residual);
/// The same by tiles, whose weights are packed as the plan says.
void lowerWinograd(Layer &e, const WinogradPlan &plan,
                   kernel::EpilogueAttr epilogue,
                   const ContractBuffers &buffers, const Residual *residual);

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

#endif // PARE_LIB_TARGET_CPU_EMIT_LOWERING_H
