//===- Memory.h - The memory of C code --------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The memory plan of a network that becomes C. The C kernels compute the rows
/// of an image in order, so that outputs may run into dying inputs, and some
/// need working memory of their own, which has a place in the plan too.

#ifndef PARE_TARGET_C_MEMORY_H
#define PARE_TARGET_C_MEMORY_H

#include "pare/Dialect/Kernel/Transforms/SplitRows.h"
#include "pare/Target/C/EmitC.h"

namespace pare {

struct CMemoryOptions {
  /// Inputs and outputs get room in the arena.
  bool ports = false;
  /// Bytes that the arena should have at most; 0 for no limit. Where the plan
  /// needs more, early layers are cut into stripes if that helps.
  int64_t budget = 0;
  /// In place of a budget: several memories, the fastest first, each of which
  /// gets an arena.
  llvm::SmallVector<kernel::MemoryRegion> regions;
  /// The one of these that inputs and outputs lie in; empty for any.
  std::string portRegion;
};

struct CMemoryPlan {
  kernel::MemoryPlan plan;
  /// What was cut into stripes.
  llvm::SmallVector<kernel::RowSplit> splits;
  /// Where the plan of one arena is over the budget: the smallest one that was
  /// seen.
  int64_t smallestBytes = 0;
  /// Of several memories: how well they are used.
  kernel::RegionChoice choice;
};

/// Plans the memory of the network of `module`, as emitC would find it, and
/// writes it to the IR. A plan over the budget is no failure: the caller finds
/// the bytes in it. Fails after an error if an operation has no form in C.
llvm::FailureOr<CMemoryPlan> planCMemory(mlir::ModuleOp module,
                                         const CEmitOptions &emit,
                                         const CMemoryOptions &options = {});

} // namespace pare

#endif // PARE_TARGET_C_MEMORY_H
