//===- Arena.cpp - Placing buffers in one arena ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/Arena.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <vector>

using namespace llvm;
using namespace pare::kernel;

namespace {
/// Tries orders and keeps the placement of the smallest arena.
class Placement {
public:
  Placement(MutableArrayRef<ArenaSlot> slots, ArrayRef<ArenaConflict> conflicts,
            int64_t alignment, int64_t bound);

  /// Places in `order`, then again and again with the slot that reaches highest
  /// moved to the front: what made the arena large gets the first choice.
  void improve(SmallVector<size_t> order);

  /// Moves slots to other places in the best order, at random, and keeps what
  /// makes the arena no larger.
  void shuffle();

  /// Tries all orders, or as many as it can afford.
  void search();

  /// Gives the slots their best offsets.
  ArenaPlacement finish();

private:
  using Order = ArrayRef<size_t>;

  /// Slot `other` forbids this one the offsets between its own plus `low` and
  /// plus `high`, both excluded.
  struct Neighbor {
    size_t other;
    int64_t low, high;
  };

  bool isDone() const { return bestBytes >= 0 && bestBytes <= bound; }
  /// The lowest offset for a slot beside those that have a place.
  int64_t findOffset(size_t index);
  int64_t place(Order order);
  bool keepIfBetter(int64_t bytes);
  void extend(int64_t bytes);

  MutableArrayRef<ArenaSlot> slots;
  std::vector<SmallVector<Neighbor, 4>> neighbors;
  int64_t alignment, bound;
  BitVector isPlaced;
  SmallVector<std::pair<int64_t, int64_t>> forbidden;
  SmallVector<size_t> candidates;
  SmallVector<ArenaSlot> best;
  SmallVector<size_t> bestOrder;
  int64_t bestBytes = -1;
  int64_t stepsLeft = 0;
};
} // namespace

Placement::Placement(MutableArrayRef<ArenaSlot> slots,
                     ArrayRef<ArenaConflict> conflicts, int64_t alignment,
                     int64_t bound)
    : slots(slots), neighbors(slots.size()), alignment(alignment), bound(bound),
      isPlaced(slots.size()) {
  for (const ArenaConflict &c : conflicts) {
    neighbors[c.b].push_back({c.a, c.low, c.high});
    neighbors[c.a].push_back({c.b, -c.high, -c.low});
  }
}

int64_t Placement::findOffset(size_t index) {
  forbidden.clear();
  for (const Neighbor &neighbor : neighbors[index]) {
    if (!isPlaced[neighbor.other])
      continue;
    const int64_t origin = slots[neighbor.other].offset;
    forbidden.emplace_back(origin + neighbor.low, origin + neighbor.high);
  }
  llvm::sort(forbidden);
  int64_t offset = 0;
  for (auto [low, high] : forbidden)
    if (low < offset && offset < high)
      offset = alignTo(high, alignment);
  return offset;
}

bool Placement::keepIfBetter(int64_t bytes) {
  if (bestBytes >= 0 && bytes >= bestBytes)
    return false;
  bestBytes = bytes;
  best.assign(slots.begin(), slots.end());
  return true;
}

int64_t Placement::place(Order order) {
  isPlaced.reset();
  int64_t bytes = 0;
  for (size_t index : order) {
    slots[index].offset = findOffset(index);
    isPlaced.set(index);
    bytes = std::max(bytes, slots[index].offset + slots[index].bytes);
  }
  return bytes;
}

void Placement::improve(SmallVector<size_t> order) {
  constexpr int kMaxRounds = 32;
  for (int round = 0; round < kMaxRounds && !isDone(); ++round) {
    const int64_t bytes = place(order);
    if (keepIfBetter(bytes))
      bestOrder = order;
    auto *highest = llvm::find_if(order, [&](size_t index) {
      return slots[index].offset + slots[index].bytes == bytes;
    });
    if (highest == order.begin() || highest == order.end())
      return;
    std::rotate(order.begin(), highest, highest + 1);
  }
}

void Placement::shuffle() {
  constexpr int kRounds = 600;
  if (bestOrder.size() < 2)
    return;
  SmallVector<size_t> order = bestOrder;
  int64_t current = bestBytes;
  // A generator of our own: the same on every machine.
  uint32_t state = 1;
  auto draw = [&](size_t count) {
    state = state * 1664525u + 1013904223u;
    return size_t(state >> 8) % count;
  };
  for (int round = 0; round < kRounds && !isDone(); ++round) {
    SmallVector<size_t> changed = order;
    const size_t slot = changed[draw(changed.size())];
    changed.erase(llvm::find(changed, slot));
    changed.insert(changed.begin() + draw(changed.size() + 1), slot);
    const int64_t bytes = place(changed);
    if (bytes > current)
      continue;
    current = bytes;
    order = std::move(changed);
    if (keepIfBetter(bytes))
      bestOrder = order;
  }
}

void Placement::search() {
  constexpr int64_t kMaxSteps = 20000;
  // A slot without a neighbor lies at 0 in any order.
  candidates.clear();
  for (size_t i : seq<size_t>(0, slots.size()))
    if (!neighbors[i].empty())
      candidates.push_back(i);
    else
      slots[i].offset = 0;
  isPlaced.reset();
  stepsLeft = kMaxSteps;
  extend(0);
}

/// Places one more slot, each in turn, and goes on from there.
void Placement::extend(int64_t bytes) {
  if (bestBytes >= 0 && bytes >= bestBytes)
    return;
  bool isComplete = true;
  for (size_t index : candidates) {
    if (isPlaced[index])
      continue;
    isComplete = false;
    if (stepsLeft == 0 || isDone())
      return;
    --stepsLeft;
    slots[index].offset = findOffset(index);
    isPlaced.set(index);
    extend(std::max(bytes, slots[index].offset + slots[index].bytes));
    isPlaced.reset(index);
  }
  if (isComplete)
    keepIfBetter(bytes);
}

ArenaPlacement Placement::finish() {
  llvm::copy(best, slots.begin());
  // Whatever was left out of a search counts as well.
  int64_t bytes = 0;
  for (const ArenaSlot &slot : slots)
    bytes = std::max(bytes, slot.offset + slot.bytes);
  return {bytes, bytes <= bound || stepsLeft > 0};
}

SmallVector<ArenaConflict>
pare::kernel::getConflicts(ArrayRef<ArenaSlot> slots) {
  SmallVector<ArenaConflict> conflicts;
  for (size_t b : seq<size_t>(0, slots.size()))
    for (size_t a : seq<size_t>(0, b))
      if (slots[a].isAliveWith(slots[b]))
        conflicts.push_back({a, b, -slots[b].bytes, slots[a].bytes});
  return conflicts;
}

/// Tries an order by each of several weights.
static void placeByWeights(ArrayRef<ArenaSlot> slots, Placement &placement) {
  using Weight = function_ref<double(const ArenaSlot &)>;
  auto size = [](const ArenaSlot &slot) -> double { return slot.bytes; };
  auto life = [](const ArenaSlot &slot) -> double {
    return slot.last - slot.first + 1;
  };
  auto area = [&](const ArenaSlot &slot) { return size(slot) * life(slot); };
  auto early = [](const ArenaSlot &slot) -> double { return -slot.first; };
  auto late = [](const ArenaSlot &slot) -> double { return slot.first; };
  for (Weight weight : {Weight(size), Weight(life), Weight(area), Weight(early),
                        Weight(late)}) {
    SmallVector<size_t> order = to_vector(seq<size_t>(0, slots.size()));
    // Slots of one weight stay in the order of the program.
    llvm::sort(order, [&](size_t a, size_t b) {
      const double first = weight(slots[a]), second = weight(slots[b]);
      return first != second ? first > second : a < b;
    });
    placement.improve(std::move(order));
  }
}

ArenaPlacement pare::kernel::placeSlots(MutableArrayRef<ArenaSlot> slots,
                                        ArrayRef<ArenaConflict> conflicts,
                                        int64_t alignment, int64_t bound) {
  Placement placement(slots, conflicts, alignment, bound);
  placeByWeights(slots, placement);
  placement.shuffle();
  placement.search();
  return placement.finish();
}

int64_t pare::kernel::placeSlotsQuickly(MutableArrayRef<ArenaSlot> slots,
                                        ArrayRef<ArenaConflict> conflicts,
                                        int64_t alignment, int64_t enough) {
  Placement placement(slots, conflicts, alignment, enough);
  placeByWeights(slots, placement);
  return placement.finish().bytes;
}

int64_t pare::kernel::placeSlots(MutableArrayRef<ArenaSlot> slots,
                                 int64_t alignment) {
  return placeSlots(slots, getConflicts(slots), alignment,
                    getArenaLowerBound(slots))
      .bytes;
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
