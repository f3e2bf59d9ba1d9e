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
#include <algorithm>

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
      slot.offset = std::max<int64_t>(
          slot.offset, alignTo(other->offset + other->bytes, alignment));
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

namespace {
/// Tries orders and keeps the placement of the smallest arena.
class Placement {
public:
  Placement(MutableArrayRef<ArenaSlot> slots, int64_t alignment)
      : slots(slots), alignment(alignment), bound(getArenaLowerBound(slots)) {}

  /// Places in `order`, then again and again with the slot that reaches highest
  /// moved to the front: what made the arena large gets the first choice.
  void improve(SmallVector<size_t> order) {
    constexpr int kMaxRounds = 32;
    for (int round = 0; round < kMaxRounds && bestBytes != bound; ++round) {
      const int64_t bytes = placeInOrder(slots, order, alignment);
      if (bestBytes < 0 || bytes < bestBytes) {
        bestBytes = bytes;
        best.assign(slots.begin(), slots.end());
      }
      auto *highest = llvm::find_if(order, [&](size_t index) {
        return slots[index].offset + slots[index].bytes == bytes;
      });
      if (highest == order.begin() || highest == order.end())
        return;
      std::rotate(order.begin(), highest, highest + 1);
    }
  }

  /// Gives the slots their best offsets; returns the bytes of the arena.
  int64_t finish() {
    llvm::copy(best, slots.begin());
    return std::max<int64_t>(bestBytes, 0);
  }

private:
  MutableArrayRef<ArenaSlot> slots;
  int64_t alignment, bound;
  SmallVector<ArenaSlot> best;
  int64_t bestBytes = -1;
};
} // namespace

int64_t pare::kernel::placeSlots(MutableArrayRef<ArenaSlot> slots,
                                 int64_t alignment) {
  using Weight = function_ref<double(const ArenaSlot &)>;
  auto size = [](const ArenaSlot &slot) -> double { return slot.bytes; };
  auto life = [](const ArenaSlot &slot) -> double {
    return slot.last - slot.first + 1;
  };
  auto area = [&](const ArenaSlot &slot) { return size(slot) * life(slot); };
  Placement placement(slots, alignment);
  for (Weight weight : {Weight(size), Weight(life), Weight(area)}) {
    SmallVector<size_t> order = to_vector(seq<size_t>(0, slots.size()));
    // Slots of one weight stay in the order of the program.
    llvm::sort(order, [&](size_t a, size_t b) {
      const double first = weight(slots[a]), second = weight(slots[b]);
      return first != second ? first > second : a < b;
    });
    placement.improve(std::move(order));
  }
  return placement.finish();
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
