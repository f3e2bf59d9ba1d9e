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

// The least time of each step, then the median of each.
std::vector<double> flatten(const StepTicks &ticks) {
  std::vector<double> times;
  for (const Ticks &step : ticks.steps)
    times.push_back(step.least);
  for (const Ticks &step : ticks.steps)
    times.push_back(step.median);
  return times;
}

// The least of each step need not be of one run; the least reading of any run
// is in each of them.
TEST(SummarizeTicks, TakesReadingsOff) {
  const std::vector<std::vector<int64_t>> runs = {{1000, 1130, 1180, 1215},
                                                  {2000, 2110, 2180, 2210},
                                                  {3000, 3170, 3230, 3260}};
  const StepTicks ticks = summarizeTicks(runs);
  EXPECT_EQ(ticks.reading, 30);
  EXPECT_THAT(flatten(ticks), ElementsAre(80, 20, 100, 30));
  EXPECT_EQ(ticks.all.least, 120);
  EXPECT_EQ(ticks.all.median, 120);
}

// A coarse counter may see no time, and a step can be shorter than a reading
// seems to be.
TEST(SummarizeTicks, IsNeverZero) {
  const std::vector<std::vector<int64_t>> runs = {{7, 7, 9, 11}};
  const StepTicks ticks = summarizeTicks(runs);
  EXPECT_THAT(flatten(ticks), ElementsAre(0.5, 0.5, 0.5, 0.5));
  EXPECT_EQ(ticks.all.least, 0.5);
  EXPECT_EQ(ticks.all.median, 0.5);
}

TEST(SummarizeTicks, KnowsNetworksWithoutSteps) {
  const std::vector<std::vector<int64_t>> runs = {{5, 8}};
  const StepTicks ticks = summarizeTicks(runs);
  EXPECT_EQ(ticks.reading, 3);
  EXPECT_TRUE(ticks.steps.empty());
}

} // namespace
