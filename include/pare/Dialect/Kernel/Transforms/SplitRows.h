//===- SplitRows.h - Running layers stripe by stripe ------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The first layers of a network on images make the largest buffers. Cut into
/// stripes of rows, several layers run on a stripe before the next one begins,
/// so that the buffers between them hold a stripe and not an image; rows at the
/// borders of stripes are computed twice. The layers may be those of residual
/// blocks: a branch needs a few rows more than another one.

#ifndef PARE_DIALECT_KERNEL_TRANSFORMS_SPLITROWS_H
#define PARE_DIALECT_KERNEL_TRANSFORMS_SPLITROWS_H

#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include <optional>

namespace pare::kernel {

/// Consecutive operations that run in `stripes` stripes. What they write, the
/// last one apart, they alone read.
struct RowSplit {
  /// Index of the first among the operations that compute, and their number.
  int64_t first = 0, layers = 0;
  int64_t stripes = 0;
  /// Multiply-accumulate steps that are done more than once.
  int64_t repeatedMacs = 0;
};

/// The numbers of operations, from the `first` one of `function` that computes,
/// that can run in stripes: chains, and branches that begin at one image and
/// meet again; in increasing order.
llvm::SmallVector<int64_t> getSplittableLayers(mlir::func::FuncOp function,
                                               int64_t first);

/// Cuts the operations that `split` names. Exact. `split.layers` is one of
/// getSplittableLayers, `split.stripes` at least 1 and at most the rows of the
/// last output. The plan of memory, if there is one, is void.
void splitRows(mlir::func::FuncOp function, const RowSplit &split);

/// If the buffers of `function` do not fit into `regions`, the only one of
/// which may have no name, cuts layers such that they do, with the fewest
/// repeated steps of all ways that were tried; leaves `function` as it is if
/// none does. The result is what was cut.
std::optional<RowSplit> splitRowsToFit(mlir::func::FuncOp function,
                                       const PlanOptions &options,
                                       llvm::ArrayRef<MemoryRegion> regions);

/// The bytes of the smallest arena that cutting layers can make, of all ways
/// that splitRowsToFit tries, if there is one arena.
int64_t getSmallestSplitArena(mlir::func::FuncOp function,
                              const PlanOptions &options);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_SPLITROWS_H
