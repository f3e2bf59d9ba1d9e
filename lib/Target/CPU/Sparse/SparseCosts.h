//===- SparseCosts.h - What sparse and dense layers cost --------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that says when sparse weights pay. Both forms of a layer are
// counted in cycles of one core, from the same numbers: vector operations and
// loads, two of each in a cycle, in the inner loops that the plans describe;
// what a tile costs to gather, to transpose and to store; the bytes of weights
// that pass by for each tile. docs/sparse-weights.md has the formulas and how
// far they are from what was measured.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_SPARSECOSTS_H
#define PARE_LIB_TARGET_CPU_SPARSE_SPARSECOSTS_H

#include "Sparse/SparsePlan.h"

namespace pare::cpu {

/// Cycles of a contraction with dense weights, multiplied directly.
double estimateDense(const ConvShape &shape, bool integer,
                     const TargetInfo &target);

/// The same, by transformed tiles where kernel-choose-winograd is likely to
/// take them.
double estimateDenseOrTiles(const ConvShape &shape, bool integer,
                            const TargetInfo &target);

/// Cycles with sparse weights of which `blocks` blocks are stored. Weights that
/// are a part of the code count as they are (`countsLiterals`), to compare
/// layouts of images, or as if they were in memory, more than they take.
double estimateSparse(const SparsePlan &plan, int64_t blocks,
                      const TargetInfo &target, bool countsLiterals = false);

/// The blocks that are worth a look for weights of that type, the best for
/// pruning first.
llvm::ArrayRef<std::pair<int64_t, int64_t>>
candidateBlocks(bool integer, const TargetInfo &target);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_SPARSECOSTS_H
