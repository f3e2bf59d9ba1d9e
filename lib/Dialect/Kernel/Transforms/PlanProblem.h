//===- PlanProblem.h - What a memory plan must respect ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DIALECT_KERNEL_TRANSFORMS_PLANPROBLEM_H
#define PARE_LIB_DIALECT_KERNEL_TRANSFORMS_PLANPROBLEM_H

#include "pare/Dialect/Kernel/Transforms/Arena.h"
#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"

namespace pare::kernel {

/// The buffers of a function, without places, as slots that conflict with each
/// other.
struct PlanProblem {
  static PlanProblem create(mlir::func::FuncOp function,
                            const PlanOptions &options);

  /// No arena for what lies in `region` can be smaller.
  int64_t getBound(size_t region, bool withWork = true) const;

  MemoryPlan plan;
  /// Of each step.
  llvm::SmallVector<llvm::SmallVector<Overlap>> overlaps;
  /// The slot of each buffer; those that share one share their bytes.
  llvm::SmallVector<size_t> slotOf;
  llvm::SmallVector<ArenaSlot> slots;
  /// What is in each slot: a buffer, or the first of those that share it, with
  /// the life of all of them.
  llvm::SmallVector<PlannedBuffer> contents;
  /// Of all slots, whether or not they lie in one region.
  llvm::SmallVector<ArenaConflict> conflicts;
  bool usesOverlaps = false;
};

/// Whether `function` has the body that a plan needs; says what is wrong in the
/// name of `pass`.
mlir::LogicalResult checkBody(mlir::func::FuncOp function,
                              llvm::StringRef pass);
mlir::LogicalResult checkAlignment(mlir::func::FuncOp function,
                                   llvm::StringRef pass, int64_t alignment);

} // namespace pare::kernel

#endif // PARE_LIB_DIALECT_KERNEL_TRANSFORMS_PLANPROBLEM_H
