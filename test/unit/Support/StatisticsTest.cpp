//===- StatisticsTest.cpp - Least times of steps --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Statistics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace pare;
using testing::ElementsAre;

namespace {

// The least of each step need not be of one run; the least reading of any run
// is in each of them.
TEST(LeastTicks, TakesReadingsOff) {
  const std::vector<std::vector<int64_t>> runs = {{1000, 1130, 1180, 1215},
                                                  {2000, 2110, 2180, 2210}};
  const StepTicks ticks = leastTicks(runs);
  EXPECT_EQ(ticks.reading, 30);
  EXPECT_THAT(ticks.steps, ElementsAre(80, 20));
  EXPECT_EQ(ticks.all, 120);
}

// A coarse counter may see no time, and a step can be shorter than a reading
// seems to be.
TEST(LeastTicks, IsNeverZero) {
  const std::vector<std::vector<int64_t>> runs = {{7, 7, 9, 11}};
  const StepTicks ticks = leastTicks(runs);
  EXPECT_THAT(ticks.steps, ElementsAre(0.5, 0.5));
  EXPECT_EQ(ticks.all, 0.5);
}

TEST(LeastTicks, KnowsNetworksWithoutSteps) {
  const std::vector<std::vector<int64_t>> runs = {{5, 8}};
  const StepTicks ticks = leastTicks(runs);
  EXPECT_EQ(ticks.reading, 3);
  EXPECT_TRUE(ticks.steps.empty());
}

} // namespace
