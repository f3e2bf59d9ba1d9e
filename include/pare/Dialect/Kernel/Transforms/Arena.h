//===- Arena.h - Placing buffers in one arena -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The arithmetic of memory planning, apart from any IR: buffers with a life
/// and a size get offsets such that those alive together do not overlap, or
/// only as far as they may.

#ifndef PARE_DIALECT_KERNEL_TRANSFORMS_ARENA_H
#define PARE_DIALECT_KERNEL_TRANSFORMS_ARENA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace pare::kernel {

/// A buffer that is alive from step `first` to step `last`, both included.
struct ArenaSlot {
  int64_t first, last;
  /// At least 0.
  int64_t bytes;
  /// Set by placeSlots.
  int64_t offset = 0;

  bool isAliveWith(const ArenaSlot &other) const {
    return first <= other.last && other.first <= last;
  }
};

/// The slots `a` and `b` (a < b) must not lie such that `b.offset - a.offset`
/// is greater than `low` and less than `high`. Two slots that are alive
/// together and share no byte have low = -b.bytes and high = a.bytes.
struct ArenaConflict {
  size_t a, b;
  int64_t low, high;
};

/// The conflicts of slots that share no byte while they are alive together.
llvm::SmallVector<ArenaConflict> getConflicts(llvm::ArrayRef<ArenaSlot> slots);

/// What a placement came to.
struct ArenaPlacement {
  /// The end of the last slot.
  int64_t bytes = 0;
  /// Whether no other placement can be smaller: `bytes` is the given bound, or
  /// all orders have been tried.
  bool isOptimal = false;
};

/// Gives every slot an offset that is a multiple of `alignment` (at least 1).
/// Slots are placed one after the other, each at the lowest offset that no
/// conflict forbids. Of several orders (largest first, longest first, both
/// weighed together, forwards and backwards in time, and each with the slots
/// that reach highest moved to the front) the one with the smallest arena is
/// taken. If it is larger than `bound`, which no placement can go below, all
/// orders are searched, up to a fixed number of steps: one of them is best. The
/// same slots give the same offsets on every run.
ArenaPlacement placeSlots(llvm::MutableArrayRef<ArenaSlot> slots,
                          llvm::ArrayRef<ArenaConflict> conflicts,
                          int64_t alignment, int64_t bound);

/// The bytes of an arena that takes little time to find: placeSlots finds one
/// that is no larger. Stops at `enough` bytes.
int64_t placeSlotsQuickly(llvm::MutableArrayRef<ArenaSlot> slots,
                          llvm::ArrayRef<ArenaConflict> conflicts,
                          int64_t alignment, int64_t enough);

/// The same for slots that share no byte while they are alive together; the
/// result is the bytes of the arena.
int64_t placeSlots(llvm::MutableArrayRef<ArenaSlot> slots, int64_t alignment);

/// The largest sum of bytes that are alive at one step: no placement of slots
/// that share nothing needs fewer.
int64_t getArenaLowerBound(llvm::ArrayRef<ArenaSlot> slots);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_ARENA_H
