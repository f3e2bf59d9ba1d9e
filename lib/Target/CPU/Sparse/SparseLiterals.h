//===- SparseLiterals.h - Sparse weights as part of the code ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A loop over the few weights of a channel costs as much as they do: its end is
// guessed wrong, each weight's place is loaded, few sums wait for each other.
// Where many pixels share it, code is made of the weights instead: the products
// of four channels in a row, in the order of their columns, without a branch.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_SPARSELITERALS_H
#define PARE_LIB_TARGET_CPU_SPARSE_SPARSELITERALS_H

#include "Emit/Layer.h"
#include "Sparse/SparsePlan.h"

namespace pare::cpu {

/// The constants of a layer of single f32 weights: channel c has the weights
/// [positions[c], positions[c + 1]).
struct SparseLiterals {
  llvm::SmallVector<int32_t> positions, coordinates;
  llvm::SmallVector<float> values, bias;

  /// None if a plan has its weights in memory, or if they are not constant.
  static std::optional<SparseLiterals> of(mlir::SymbolTable &symbols,
                                          kernel::SparseContractOp op,
                                          const SparsePlan &plan);

  /// The sums of `count` channels from `channel` on: for each channel, each of
  /// `vectors` vectors of pixels. `load` gives a vector of a column.
  llvm::SmallVector<Value> multiply(
      Layer &e, const SparsePlan &plan, int64_t channel, int64_t count,
      int64_t vectors,
      llvm::function_ref<Value(int64_t column, int64_t vector)> load) const;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_SPARSELITERALS_H
