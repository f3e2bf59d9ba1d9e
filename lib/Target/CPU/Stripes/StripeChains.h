//===- StripeChains.h - Chains of layers that run in stripes ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which operations can run in stripes together, which of them should, and how
// they come into a kernel.stripes. A run is a list of operations in a row, each
// of which alone reads what the one before writes.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_STRIPES_STRIPECHAINS_H
#define PARE_LIB_TARGET_CPU_STRIPES_STRIPECHAINS_H

#include "Stripes/StripePlan.h"
#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <limits>

namespace pare::cpu {

using StripeRun = llvm::SmallVector<mlir::Operation *>;

/// The runs of a network, of at least two operations each.
llvm::SmallVector<StripeRun> findStripeRuns(mlir::func::FuncOp network,
                                            const TargetInfo &target);

/// The parts of a run between images that are so small that nothing can be
/// gained by keeping them in the cache; of at least two operations each.
llvm::SmallVector<StripeRun>
cutAtSmallImages(llvm::ArrayRef<mlir::Operation *> run,
                 const TargetInfo &target);

/// A chain with `rows` rows of its last operation at a time, or as many less as
/// divide its height; of each other one as many as the next one consumes
/// meanwhile. None has more than `most`.
StripePlan planChain(llvm::ArrayRef<mlir::Operation *> chain, int64_t rows,
                     int64_t most = std::numeric_limits<int64_t>::max());

/// Operations [first, first + count) of a run.
struct StripeChain {
  size_t first = 0, count = 0;
  StripePlan plan;
  /// Expected cycles that it saves.
  double gain = 0.0;
};

/// The chains of a run that are expected to save most together, in order. Of an
/// image, `kept` of the second cache is what stays there anyway.
llvm::SmallVector<StripeChain>
chooseChains(llvm::ArrayRef<mlir::Operation *> run, const TargetInfo &target,
             double kept = 0.5);

/// Moves the operations of a plan into one kernel.stripes.
void fuseChain(const StripePlan &plan, const TargetInfo &target);

/// Plans the memory of `network` again, whose chains have been fused, and lets
/// them compute as many rows less at a time as their rings must shrink to leave
/// the arena within its bound (boundArena), if fewer rows suffice for that.
void shrinkRings(mlir::func::FuncOp network);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_STRIPES_STRIPECHAINS_H
