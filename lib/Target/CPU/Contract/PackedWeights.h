//===- PackedWeights.h - Weights as inner loops read them -------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Known weights and biases in the layout of a ContractPlan.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_PACKEDWEIGHTS_H
#define PARE_LIB_TARGET_CPU_CONTRACT_PACKEDWEIGHTS_H

#include "Contract/ContractPlan.h"

#include "mlir/IR/SymbolTable.h"

namespace pare::cpu {

/// Sets `kernel.byte_pairs` on a contraction, or removes it: whether the target
/// multiplies small quads, and no two neighbours of the packed filter with any
/// input leave 16 bits. Returns whether it is set.
bool noteBytePairs(mlir::SymbolTable &symbols, kernel::ContractOp op,
                   const TargetInfo &target);
bool noteBytePairs(mlir::SymbolTable &symbols, kernel::DepthwiseOp op,
                   const TargetInfo &target);

/// Calls `place` for every place of a plan's packed filter, in order: one step
/// of a channel, which is -1 where there is none.
void forEachPlace(
    const ContractPlan &plan,
    llvm::function_ref<void(int64_t channel, int64_t step)> place);

struct PackedFloats {
  llvm::SmallVector<float> filter, bias;
};
PackedFloats
packFloats(const ContractPlan &plan,
           llvm::function_ref<float(int64_t channel, int64_t term)> weight,
           llvm::function_ref<float(int64_t channel)> bias);

/// Of the two forms of the filter the one that the plan asks for.
struct PackedIntegers {
  llvm::SmallVector<int8_t> narrow;
  llvm::SmallVector<int16_t> wide;
  llvm::SmallVector<int32_t> bias;
};
/// `weight` is without the filter's zero point. What the stored input has too
/// much is taken from the bias.
PackedIntegers
packIntegers(const ContractPlan &plan,
             llvm::function_ref<int32_t(int64_t channel, int64_t term)> weight,
             llvm::function_ref<int32_t(int64_t channel)> bias);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_PACKEDWEIGHTS_H
