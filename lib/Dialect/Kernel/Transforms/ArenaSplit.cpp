//===- ArenaSplit.cpp - Which buffer in which arena -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/ArenaSplit.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Sequence.h"
#include <algorithm>
#include <optional>

using namespace llvm;
using namespace pare::kernel;

using Members = SmallVector<size_t>;

namespace {
/// One way to divide slots, from some arena on.
struct Division {
  /// The arenas of the slots that were divided; -1 for others.
  SmallVector<int64_t> arenas;
  int64_t cost = 0;
};

class Splitter {
public:
  Splitter(ArrayRef<SplitSlot> slots, ArrayRef<ArenaConflict> conflicts,
           ArrayRef<ArenaLimit> limits)
      : slots(slots), conflicts(conflicts), limits(limits) {}

  /// Divides `rest`, in this order of preference, among the arenas from `arena`
  /// on, with at most `tries` tries after the first way.
  std::optional<Division> divide(size_t arena, ArrayRef<size_t> rest,
                                 int64_t tries, bool &isOptimal) const;

  /// What fits comes into the first arenas, whatever remains into the last.
  Division fill(ArrayRef<size_t> order) const;

private:
  /// The state of a search in one arena.
  struct Search {
    size_t arena;
    ArrayRef<size_t> order;
    int64_t triesLeft;
    bool hasEnded = true, sawLeaf = false;
    Members taken = {}, left = {};
    std::optional<Division> best = std::nullopt;
  };
  void extend(Search &search, size_t position, int64_t cost) const;
  bool fits(ArrayRef<size_t> members, size_t arena) const;
  bool canJoin(ArrayRef<size_t> members, size_t arena) const;
  int64_t countAccesses(ArrayRef<size_t> members) const;

  ArrayRef<SplitSlot> slots;
  ArrayRef<ArenaConflict> conflicts;
  ArrayRef<ArenaLimit> limits;
};
} // namespace

int64_t Splitter::countAccesses(ArrayRef<size_t> members) const {
  int64_t accesses = 0;
  for (size_t member : members)
    accesses += slots[member].accesses;
  return accesses;
}

/// Whether the last one of `members` fits beside each of the others: cheap.
bool Splitter::canJoin(ArrayRef<size_t> members, size_t arena) const {
  const int64_t limit = limits[arena].bytes;
  if (slots[members.back()].slot.bytes > limit)
    return false;
  for (const ArenaConflict &c : conflicts) {
    if (c.a != members.back() && c.b != members.back())
      continue;
    const size_t other = c.a == members.back() ? c.b : c.a;
    if (!llvm::is_contained(members, other))
      continue;
    const int64_t a = slots[c.a].slot.bytes, b = slots[c.b].slot.bytes;
    if (std::min(std::max(a, c.high + b), std::max(b, a - c.low)) > limit)
      return false;
  }
  return true;
}

bool Splitter::fits(ArrayRef<size_t> members, size_t arena) const {
  const ArenaLimit &limit = limits[arena];
  if (limit.bytes == 0 || members.empty())
    return true;
  if (!canJoin(members, arena))
    return false;
  SmallVector<ArenaSlot> placed;
  SmallVector<int64_t> indices(slots.size(), -1);
  for (size_t member : members) {
    indices[member] = placed.size();
    placed.push_back(slots[member].slot);
  }
  SmallVector<ArenaConflict> among;
  for (const ArenaConflict &c : conflicts)
    if (indices[c.a] >= 0 && indices[c.b] >= 0) {
      // A conflict is that of the earlier slot with the later one.
      const size_t a = indices[c.a], b = indices[c.b];
      if (a < b)
        among.push_back({a, b, c.low, c.high});
      else
        among.push_back({b, a, -c.high, -c.low});
    }
  return placeSlotsQuickly(placed, among, limit.alignment, limit.bytes) <=
         limit.bytes;
}

void Splitter::extend(Search &search, size_t position, int64_t cost) const {
  const ArrayRef<size_t> rest = search.order.drop_front(position);
  const int64_t least = cost + int64_t(search.arena) * countAccesses(rest);
  if (search.best && least >= search.best->cost)
    return;
  if (search.sawLeaf && search.triesLeft == 0) {
    search.hasEnded = false;
    return;
  }
  if (rest.empty()) {
    search.sawLeaf = true;
    // What is left is divided once, without a search of its own.
    bool isOptimal = true;
    std::optional<Division> others =
        divide(search.arena + 1, search.left, 0, isOptimal);
    search.hasEnded &= isOptimal;
    if (!others)
      return;
    for (size_t member : search.taken)
      others->arenas[member] = search.arena;
    others->cost += int64_t(search.arena) * countAccesses(search.taken);
    if (!search.best || others->cost < search.best->cost)
      search.best = std::move(others);
    return;
  }
  const SplitSlot &slot = slots[rest.front()];
  const int64_t arena = search.arena;
  if (slot.fixedArena < 0 || slot.fixedArena == arena) {
    search.taken.push_back(rest.front());
    if (search.sawLeaf)
      --search.triesLeft;
    if (fits(search.taken, arena))
      extend(search, position + 1, cost + arena * slot.accesses);
    search.taken.pop_back();
  }
  if (slot.fixedArena != arena) {
    search.left.push_back(rest.front());
    extend(search, position + 1, cost + (arena + 1) * slot.accesses);
    search.left.pop_back();
  }
}

std::optional<Division> Splitter::divide(size_t arena, ArrayRef<size_t> rest,
                                         int64_t tries, bool &isOptimal) const {
  if (arena + 1 < limits.size()) {
    Search search = {arena, rest, tries};
    extend(search, 0, 0);
    isOptimal &= search.hasEnded;
    return std::move(search.best);
  }
  Division division;
  division.arenas.assign(slots.size(), -1);
  // Slot after slot, as a search would: the first that fails ends it.
  Members members;
  for (size_t slot : rest) {
    if (slots[slot].fixedArena >= 0 && slots[slot].fixedArena != int64_t(arena))
      return std::nullopt;
    members.push_back(slot);
    if (limits[arena].bytes != 0 && !canJoin(members, arena))
      return std::nullopt;
    division.arenas[slot] = arena;
  }
  if (!fits(members, arena))
    return std::nullopt;
  division.cost = int64_t(arena) * countAccesses(rest);
  return division;
}

Division Splitter::fill(ArrayRef<size_t> order) const {
  Division division;
  division.arenas.assign(slots.size(), -1);
  Members rest(order);
  for (size_t arena = 0; arena < limits.size(); ++arena) {
    const bool isLast = arena + 1 == limits.size();
    Members taken = {}, left = {};
    for (size_t slot : rest) {
      const int64_t fixed = slots[slot].fixedArena;
      taken.push_back(slot);
      if (fixed != int64_t(arena) && !isLast &&
          (fixed >= 0 || !fits(taken, arena)))
        left.push_back(taken.pop_back_val());
    }
    for (size_t slot : taken)
      division.arenas[slot] = arena;
    rest = std::move(left);
  }
  return division;
}

ArenaSplit pare::kernel::splitSlots(ArrayRef<SplitSlot> slots,
                                    ArrayRef<ArenaConflict> conflicts,
                                    ArrayRef<ArenaLimit> limits,
                                    int64_t tries) {
  using Weight = function_ref<double(const SplitSlot &)>;
  auto density = [](const SplitSlot &slot) {
    return slot.accesses / std::max(1.0, double(slot.slot.bytes));
  };
  auto size = [](const SplitSlot &slot) -> double { return slot.slot.bytes; };
  auto area = [](const SplitSlot &slot) -> double {
    return double(slot.slot.bytes) * (slot.slot.last - slot.slot.first + 1);
  };
  const Splitter splitter(slots, conflicts, limits);
  Members order;
  std::optional<Division> best;
  ArenaSplit split;
  split.isOptimal = true;
  // Large slots first only where the others leave them no room anywhere.
  for (Weight weight : {Weight(density), Weight(area), Weight(size)}) {
    order = to_vector(seq<size_t>(0, slots.size()));
    llvm::sort(order, [&](size_t a, size_t b) {
      const double first = weight(slots[a]), second = weight(slots[b]);
      return first != second ? first > second : a < b;
    });
    best = splitter.divide(0, order, tries, split.isOptimal);
    if (best)
      break;
  }
  split.fits = best.has_value();
  if (!best)
    best = splitter.fill(order);
  split.arenas.assign(best->arenas.begin(), best->arenas.end());
  return split;
}
