//===- PeakRatesTest.cpp - How long memory takes for a layer --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/JitExecutable.h"
#include "gtest/gtest.h"

using namespace pare;

namespace {

ProfiledLayer makeLayer(int64_t bytes, int64_t constantBytes) {
  ProfiledLayer layer;
  layer.bytes = bytes;
  layer.constantBytes = constantBytes;
  return layer;
}

PeakRates makeRates() {
  PeakRates rates;
  rates.l1Bytes = 400, rates.l2Bytes = 100, rates.memoryBytes = 25;
  rates.l1Size = 10000, rates.l2Size = 100000;
  return rates;
}

// A small network stays in the nearest cache.
TEST(PeakRates, AllNear) {
  EXPECT_DOUBLE_EQ(makeRates().microsecondsToMove(makeLayer(4000, 3000), 9000),
                   4000e-3 / 400);
}

// Weights have made way for those of other layers, images have not.
TEST(PeakRates, WeightsComeFromFar) {
  EXPECT_DOUBLE_EQ(makeRates().microsecondsToMove(makeLayer(4000, 3000), 90000),
                   3000e-3 / 100 + 1000e-3 / 400);
  EXPECT_DOUBLE_EQ(
      makeRates().microsecondsToMove(makeLayer(4000, 3000), 900000),
      3000e-3 / 25 + 1000e-3 / 400);
}

// What a layer touches by itself may leave the cache too.
TEST(PeakRates, LargeLayers) {
  EXPECT_DOUBLE_EQ(
      makeRates().microsecondsToMove(makeLayer(40000, 3000), 43000),
      40000e-3 / 100);
}

} // namespace
