//===- ArenaSplitTest.cpp - Which buffer in which arena -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/ArenaSplit.h"
#include "llvm/ADT/SmallVector.h"
#include "gtest/gtest.h"
#include <limits>
#include <random>

using namespace pare::kernel;

namespace {
struct Problem {
  llvm::SmallVector<SplitSlot> slots;
  llvm::SmallVector<ArenaConflict> conflicts;
};
} // namespace

/// Slots of random lives, sizes and accesses, the same for one seed everywhere.
static Problem makeProblem(unsigned seed, int64_t most) {
  std::mt19937 random(seed);
  auto below = [&](unsigned bound) { return int64_t(random() % bound); };
  Problem problem;
  llvm::SmallVector<ArenaSlot> slots;
  const int64_t count = 1 + below(most), steps = 1 + below(12);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t first = below(steps);
    slots.push_back({first, first + below(3), 8 * (1 + below(60))});
    problem.slots.push_back({slots.back(), below(4000)});
  }
  problem.conflicts = getConflicts(slots);
  return problem;
}

/// The bytes of an arena for the slots of `problem` that `arenas` put there.
static int64_t placeIn(const Problem &problem, llvm::ArrayRef<size_t> arenas,
                       size_t arena) {
  llvm::SmallVector<ArenaSlot> slots;
  for (auto [i, slot] : llvm::enumerate(problem.slots))
    if (arenas[i] == arena)
      slots.push_back(slot.slot);
  return placeSlots(slots, 8);
}

static int64_t costOf(const Problem &problem, llvm::ArrayRef<size_t> arenas) {
  int64_t cost = 0;
  for (auto [i, slot] : llvm::enumerate(problem.slots))
    cost += slot.accesses * int64_t(arenas[i]);
  return cost;
}

TEST(ArenaSplit, WhatFitsDoes) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Problem problem = makeProblem(seed, 40);
    const ArenaLimit limits[] = {{512, 8}, {1024, 8}, {3000, 8}};
    const ArenaSplit split =
        splitSlots(problem.slots, problem.conflicts, limits);
    ASSERT_EQ(split.arenas.size(), problem.slots.size());
    for (size_t arena = 0; arena < 3; ++arena) {
      const int64_t bytes = placeIn(problem, split.arenas, arena);
      // Only the last one may be too small, and only if nothing was found.
      if (split.fits || arena < 2)
        EXPECT_LE(bytes, limits[arena].bytes)
            << "seed " << seed << ", arena " << arena;
    }
  }
}

TEST(ArenaSplit, NoOtherWayHasFewerSlowAccesses) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Problem problem = makeProblem(seed, 8);
    const ArenaLimit limits[] = {{480, 8}, {0, 8}};
    const ArenaSplit split =
        splitSlots(problem.slots, problem.conflicts, limits);
    EXPECT_TRUE(split.fits);
    EXPECT_TRUE(split.isOptimal) << "seed " << seed;
    int64_t best = std::numeric_limits<int64_t>::max();
    for (unsigned ways = 0; ways < 1u << problem.slots.size(); ++ways) {
      llvm::SmallVector<size_t> arenas;
      for (size_t i = 0; i < problem.slots.size(); ++i)
        arenas.push_back(ways >> i & 1);
      if (placeIn(problem, arenas, 0) <= limits[0].bytes)
        best = std::min(best, costOf(problem, arenas));
    }
    EXPECT_EQ(costOf(problem, split.arenas), best) << "seed " << seed;
  }
}

TEST(ArenaSplit, LargeSlotsGoFirstWhereTheOthersLeaveNoRoom) {
  // The small slot has more accesses for its bytes, but only the large memory,
  // the fast one, can hold the large slot.
  Problem problem;
  problem.slots = {{{0, 1, 64}, 1000}, {{0, 1, 128}, 10}};
  problem.conflicts =
      getConflicts({problem.slots[0].slot, problem.slots[1].slot});
  const ArenaLimit limits[] = {{128, 8}, {64, 8}};
  const ArenaSplit split = splitSlots(problem.slots, problem.conflicts, limits);
  EXPECT_TRUE(split.fits);
  EXPECT_EQ(split.arenas, (llvm::SmallVector<size_t>{1, 0}));
}

TEST(ArenaSplit, FixedSlotsStay) {
  Problem problem;
  problem.slots = {{{0, 1, 64}, 1000, 1}, {{0, 1, 64}, 10, -1}};
  problem.conflicts =
      getConflicts({problem.slots[0].slot, problem.slots[1].slot});
  const ArenaLimit limits[] = {{64, 8}, {64, 8}};
  ArenaSplit split = splitSlots(problem.slots, problem.conflicts, limits);
  EXPECT_TRUE(split.fits);
  EXPECT_EQ(split.arenas, (llvm::SmallVector<size_t>{1, 0}));
  problem.slots[1].fixedArena = 1;
  split = splitSlots(problem.slots, problem.conflicts, limits);
  EXPECT_FALSE(split.fits);
  EXPECT_EQ(split.arenas, (llvm::SmallVector<size_t>{1, 1}));
}
