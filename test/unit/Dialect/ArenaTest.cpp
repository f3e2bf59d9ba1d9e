//===- ArenaTest.cpp - Placing buffers in one arena -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/Arena.h"
#include "llvm/ADT/SmallVector.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <limits>
#include <random>
#include <vector>

using namespace pare::kernel;

/// Slots of random lives and sizes, the same for one seed everywhere.
static llvm::SmallVector<ArenaSlot> makeSlots(unsigned seed) {
  std::mt19937 random(seed);
  auto below = [&](unsigned bound) { return int64_t(random() % bound); };
  llvm::SmallVector<ArenaSlot> slots;
  const int64_t count = 1 + below(60), steps = 1 + below(40);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t first = below(steps);
    // Most buffers of a network die soon, some live long.
    const int64_t length = below(4) ? below(3) : below(steps);
    slots.push_back({first, first + length, below(5) ? 1 + below(5000) : 64});
  }
  return slots;
}

TEST(Arena, SlotsThatAreAliveTogetherDoNotOverlap) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    llvm::SmallVector<ArenaSlot> slots = makeSlots(seed);
    const int64_t alignment = int64_t(1) << seed % 8;
    const int64_t bytes = placeSlots(slots, alignment);
    int64_t end = 0;
    for (size_t i = 0; i < slots.size(); ++i) {
      const ArenaSlot &a = slots[i];
      EXPECT_GE(a.offset, 0);
      EXPECT_EQ(a.offset % alignment, 0) << "seed " << seed;
      end = std::max(end, a.offset + a.bytes);
      for (size_t j = 0; j < i; ++j) {
        const ArenaSlot &b = slots[j];
        const bool apart =
            a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
        EXPECT_TRUE(apart || !a.isAliveWith(b))
            << "seed " << seed << ", slots " << j << " and " << i;
      }
    }
    EXPECT_EQ(bytes, end) << "seed " << seed;
    EXPECT_GE(bytes, getArenaLowerBound(slots)) << "seed " << seed;
  }
}

TEST(Arena, PlacementDependsOnTheSlotsAlone) {
  llvm::SmallVector<ArenaSlot> first = makeSlots(7), second = makeSlots(7);
  EXPECT_EQ(placeSlots(first, 64), placeSlots(second, 64));
  for (size_t i = 0; i < first.size(); ++i)
    EXPECT_EQ(first[i].offset, second[i].offset);
}

TEST(Arena, ChainReusesTheBytesOfTheDead) {
  // Each slot dies where the next but one is born: two are alive at a time.
  llvm::SmallVector<ArenaSlot> slots;
  for (int64_t i = 0; i < 10; ++i)
    slots.push_back({i, i + 1, 128});
  EXPECT_EQ(getArenaLowerBound(slots), 256);
  EXPECT_EQ(placeSlots(slots, 64), 256);
}

TEST(Arena, LowerBoundSumsWhatIsAliveAtOnce) {
  EXPECT_EQ(getArenaLowerBound({}), 0);
  const ArenaSlot slots[] = {{0, 9, 10}, {0, 1, 100}, {2, 3, 200}, {3, 3, 5}};
  EXPECT_EQ(getArenaLowerBound(slots), 215);
}

TEST(Arena, NoSlotsNeedNoBytes) { EXPECT_EQ(placeSlots({}, 64), 0); }

TEST(Arena, EmptySlotsTakeNoSpace) {
  llvm::SmallVector<ArenaSlot> slots = {{0, 1, 0}, {0, 1, 64}};
  EXPECT_EQ(placeSlots(slots, 64), 64);
}

/// Whether every conflict is kept.
static bool holds(llvm::ArrayRef<ArenaSlot> slots,
                  llvm::ArrayRef<ArenaConflict> conflicts) {
  for (const ArenaConflict &c : conflicts) {
    const int64_t distance = slots[c.b].offset - slots[c.a].offset;
    if (c.low < distance && distance < c.high)
      return false;
  }
  return true;
}

// A chain of buffers, each of which may begin a little before the one that it
// is made from: together they take one buffer and all the little bits.
TEST(Arena, ChainsOverlap) {
  llvm::SmallVector<ArenaSlot> slots;
  llvm::SmallVector<ArenaConflict> conflicts;
  constexpr int64_t kBytes = 800, kDistance = 24;
  for (int64_t i = 0; i < 9; ++i) {
    slots.push_back({i, i + 1, kBytes});
    if (i > 0)
      conflicts.push_back({size_t(i - 1), size_t(i), -kDistance, kBytes});
  }
  const ArenaPlacement placement =
      placeSlots(slots, conflicts, 8, kBytes + kDistance);
  EXPECT_TRUE(holds(slots, conflicts));
  EXPECT_EQ(placement.bytes, kBytes + 8 * kDistance);
}

/// The smallest arena of all orders of placement, one after the other.
static int64_t tryAllOrders(llvm::ArrayRef<ArenaSlot> slots,
                            llvm::ArrayRef<ArenaConflict> conflicts) {
  // Offsets are sums of bytes: place at every multiple of the alignment.
  std::vector<size_t> order(slots.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  int64_t best = std::numeric_limits<int64_t>::max();
  do {
    llvm::SmallVector<ArenaSlot> placed(slots.begin(), slots.end());
    std::vector<bool> isPlaced(slots.size());
    int64_t bytes = 0;
    for (size_t index : order) {
      for (int64_t offset = 0;; ++offset) {
        placed[index].offset = offset;
        bool fits = true;
        for (const ArenaConflict &c : conflicts) {
          if ((c.a != index && c.b != index) ||
              !isPlaced[c.a == index ? c.b : c.a])
            continue;
          const int64_t distance = placed[c.b].offset - placed[c.a].offset;
          fits &= !(c.low < distance && distance < c.high);
        }
        if (fits)
          break;
      }
      isPlaced[index] = true;
      bytes = std::max(bytes, placed[index].offset + placed[index].bytes);
    }
    best = std::min(best, bytes);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(Arena, SmallGraphsArePlacedOptimally) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](unsigned bound) { return int64_t(random() % bound); };
    llvm::SmallVector<ArenaSlot> slots;
    for (int64_t i = 0; i < 6; ++i) {
      const int64_t first = below(6);
      slots.push_back({first, first + below(3), 1 + below(12)});
    }
    llvm::SmallVector<ArenaConflict> conflicts = getConflicts(slots);
    // Some may overlap a little.
    for (ArenaConflict &c : conflicts)
      if (below(3) == 0)
        c.low = std::max<int64_t>(c.low, -1 - below(4));
    const ArenaPlacement placement = placeSlots(slots, conflicts, 1, 0);
    EXPECT_TRUE(placement.isOptimal) << "seed " << seed;
    EXPECT_TRUE(holds(slots, conflicts)) << "seed " << seed;
    EXPECT_EQ(placement.bytes, tryAllOrders(slots, conflicts))
        << "seed " << seed;
  }
}
