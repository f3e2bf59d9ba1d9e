//===- Arena.cpp - Placing buffers in one arena ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/Arena.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pare::kernel;

/// Places the slots in the given order and returns the bytes of the arena.
static int64_t placeInOrder(MutableArrayRef<ArenaSlot> slots,
                            ArrayRef<size_t> order, int64_t alignment) {
  int64_t arenaBytes = 0;
  // Slots that have their place, by increasing offset.
  SmallVector<const ArenaSlot *> placed;
  for (size_t index : order) {
    ArenaSlot &slot = slots[index];
    slot.offset = 0;
    for (const ArenaSlot *other : placed) {
      if (!slot.isAliveWith(*other))
        continue;
      if (slot.offset + slot.bytes <= other->offset)
        break;
      slot.offset =
          std::max<int64_t>(slot.offset, alignTo(other->offset + other->bytes,
                                                 alignment));
    }
    placed.insert(llvm::upper_bound(placed, &slot,
                                    [](const auto *a, const auto *b) {
                                      return a->offset < b->offset;
                                    }),
                  &slot);
    arenaBytes = std::max(arenaBytes, slot.offset + slot.bytes);
  }
  return arenaBytes;
}

int64_t pare::kernel::placeSlots(MutableArrayRef<ArenaSlot> slots,
                                 int64_t alignment) {
  auto life = [](const ArenaSlot &slot) { return slot.last - slot.first + 1; };
  using Weight = function_ref<double(const ArenaSlot &)>;
  auto size = [](const ArenaSlot &slot) -> double { return slot.bytes; };
  auto length = [&](const ArenaSlot &slot) -> double { return life(slot); };
  auto area = [&](const ArenaSlot &slot) -> double {
    return static_cast<double>(slot.bytes) * life(slot);
  };
  SmallVector<ArenaSlot> best;
  int64_t bestBytes = -1;
  for (Weight weight : {Weight(size), Weight(length), Weight(area)}) {
    SmallVector<size_t> order = to_vector(seq<size_t>(0, slots.size()));
    // Slots of one weight stay in the order of the program.
    llvm::sort(order, [&](size_t a, size_t b) {
      const double first = weight(slots[a]), second = weight(slots[b]);
      return first != second ? first > second : a < b;
    });
    int64_t bytes = placeInOrder(slots, order, alignment);
    if (bestBytes < 0 || bytes < bestBytes) {
      bestBytes = bytes;
      best.assign(slots.begin(), slots.end());
    }
  }
  llvm::copy(best, slots.begin());
  return bestBytes;
}

int64_t pare::kernel::getArenaLowerBound(ArrayRef<ArenaSlot> slots) {
  // The sum can only be largest where a slot begins.
  int64_t bound = 0;
  for (const ArenaSlot &start : slots) {
    int64_t alive = 0;
    for (const ArenaSlot &slot : slots)
      if (slot.first <= start.first && start.first <= slot.last)
        alive += slot.bytes;
    bound = std::max(bound, alive);
  }
  return bound;
}
