//===- ArenaSplit.h - Which buffer in which arena ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The arithmetic of planning for several memories, apart from any IR: slots
/// are divided among arenas such that those that are accessed most lie in the
/// fast ones.

#ifndef PARE_DIALECT_KERNEL_TRANSFORMS_ARENASPLIT_H
#define PARE_DIALECT_KERNEL_TRANSFORMS_ARENASPLIT_H

#include "pare/Dialect/Kernel/Transforms/Arena.h"

namespace pare::kernel {

/// A memory; the first of several is the fastest.
struct ArenaLimit {
  /// 0 for no limit.
  int64_t bytes = 0;
  int64_t alignment = 1;
};

/// What is to be divided.
struct SplitSlot {
  ArenaSlot slot;
  /// Bytes that are read and written in one run, at least 0.
  int64_t accesses = 0;
  /// The arena that it must lie in; -1 for any.
  int64_t fixedArena = -1;
};

struct ArenaSplit {
  /// The arena of each slot.
  llvm::SmallVector<size_t> arenas;
  /// Whether every arena is within its limit.
  bool fits = false;
  /// Whether all ways to divide were tried, or ruled out.
  bool isOptimal = false;
};

/// Divides `slots` among arenas with `limits`, at least one. A way is the
/// better the smaller the sum over slots of their accesses times the number of
/// their arena. From the first arena to the last, slots are taken with those
/// first that have the most accesses for their bytes, then others in their
/// stead, up to `tries` times; whether slots fit is tried by placing them, as
/// `conflicts` allow. If nothing is found that fits everywhere, only the last
/// arena is over its limit, unless slots are fixed. The same slots are divided
/// in the same way on every run.
ArenaSplit splitSlots(llvm::ArrayRef<SplitSlot> slots,
                      llvm::ArrayRef<ArenaConflict> conflicts,
                      llvm::ArrayRef<ArenaLimit> limits, int64_t tries = 300);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_ARENASPLIT_H
