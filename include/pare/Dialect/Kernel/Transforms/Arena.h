//===- Arena.h - Placing buffers in one arena -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The arithmetic of memory planning, apart from any IR: buffers with a life
/// and a size get offsets such that those alive together do not overlap.

#ifndef PARE_DIALECT_KERNEL_TRANSFORMS_ARENA_H
#define PARE_DIALECT_KERNEL_TRANSFORMS_ARENA_H

#include "llvm/ADT/ArrayRef.h"
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

/// Gives every slot an offset that is a multiple of `alignment` (at least 1)
/// and returns the bytes of the arena: the end of the last slot. Slots are
/// placed one after the other, each at the lowest offset that is free during
/// its life. Of several orders (largest first, longest first, both weighed
/// together, and each with the slots that reach highest moved to the front) the
/// one with the smallest arena is taken. The same slots give the same offsets
/// on every run.
int64_t placeSlots(llvm::MutableArrayRef<ArenaSlot> slots, int64_t alignment);

/// The largest sum of bytes that are alive at one step: no placement needs
/// fewer.
int64_t getArenaLowerBound(llvm::ArrayRef<ArenaSlot> slots);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_ARENA_H
