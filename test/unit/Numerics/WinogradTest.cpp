//===- WinogradTest.cpp - Tests of minimal filtering ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles computed as back ends compute them, but one element at a time, against
// the sums that define a convolution.
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Winograd.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

using namespace pare;

namespace {

constexpr int64_t kMost = WinogradTransform::kMostPoints;

/// left * values * left^T; `rows` x `columns` is the shape of `left`.
template <typename T, typename LeftT>
void applyToBoth(int64_t rows, int64_t columns, LeftT left, const T *values,
                 T *results) {
  T half[kMost * kMost];
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      T sum = 0;
      for (int64_t k = 0; k < columns; ++k)
        sum += left(i, k) * values[k * columns + j];
      half[i * columns + j] = sum;
    }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < rows; ++j) {
      T sum = 0;
      for (int64_t k = 0; k < columns; ++k)
        sum += left(j, k) * half[i * columns + k];
      results[i * rows + j] = sum;
    }
}

struct Tile {
  /// For each channel the inputs, points^2, and the taps, 9.
  std::vector<std::vector<int32_t>> inputs, taps;
  int32_t bias = 0;
};

/// The results of a tile, each wrapped to 32 bits.
std::vector<int32_t> computeDirectly(const WinogradTransform &t,
                                     const Tile &tile) {
  std::vector<int32_t> results;
  for (int64_t y = 0; y < t.outputs; ++y)
    for (int64_t x = 0; x < t.outputs; ++x) {
      uint32_t sum = uint32_t(tile.bias);
      for (size_t c = 0; c < tile.inputs.size(); ++c)
        for (int64_t ky = 0; ky < 3; ++ky)
          for (int64_t kx = 0; kx < 3; ++kx)
            sum += uint32_t(tile.inputs[c][(y + ky) * t.points() + x + kx] *
                            tile.taps[c][ky * 3 + kx]);
      results.push_back(int32_t(sum));
    }
  return results;
}

std::vector<int32_t> computeTransformed(const WinogradTransform &t,
                                        const Tile &tile) {
  const int64_t points = t.points();
  std::vector<uint32_t> sums(t.products(), 0);
  sums[points + 1] = t.scaledBias(tile.bias);
  for (size_t c = 0; c < tile.inputs.size(); ++c) {
    std::vector<int16_t> weights(t.products());
    t.transformFilter(tile.taps[c].data(), weights.data());
    std::vector<int32_t> inputs(t.products());
    applyToBoth<int32_t>(
        points, points, [&](int64_t i, int64_t k) { return t.input[i][k]; },
        tile.inputs[c].data(), inputs.data());
    for (int64_t i = 0; i < t.products(); ++i) {
      EXPECT_EQ(inputs[i], int16_t(inputs[i]));
      sums[i] += uint32_t(inputs[i] * int32_t(weights[i]));
    }
  }
  std::vector<uint32_t> scaled(t.outputs * t.outputs);
  applyToBoth<uint32_t>(
      t.outputs, points,
      [&](int64_t i, int64_t k) {
        return uint32_t(t.output[i][k] * t.columnScale[k]);
      },
      sums.data(), scaled.data());
  std::vector<int32_t> results;
  for (uint32_t value : scaled)
    results.push_back(int32_t(value * t.inverse) >> t.shift);
  return results;
}

Tile makeTile(const WinogradTransform &t, int64_t channels,
              std::mt19937 &random, int32_t mostWeight) {
  std::uniform_int_distribution<int32_t> input(-128, 127),
      weight(-mostWeight, mostWeight);
  Tile tile;
  for (int64_t c = 0; c < channels; ++c) {
    tile.inputs.emplace_back();
    for (int64_t i = 0; i < t.products(); ++i)
      tile.inputs.back().push_back(input(random));
    tile.taps.emplace_back();
    for (int64_t i = 0; i < 9; ++i)
      tile.taps.back().push_back(weight(random));
  }
  return tile;
}

class WinogradTest : public testing::TestWithParam<int64_t> {
protected:
  const WinogradTransform &transform() const {
    return *WinogradTransform::get(GetParam());
  }
};

TEST(Winograd, KnowsTwoSizes) {
  EXPECT_EQ(WinogradTransform::get(0), nullptr);
  EXPECT_EQ(WinogradTransform::get(3), nullptr);
  EXPECT_EQ(WinogradTransform::get(2)->points(), 4);
  EXPECT_EQ(WinogradTransform::get(4)->points(), 6);
}

TEST_P(WinogradTest, RandomTilesAreExact) {
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    // uint8 weights less their zero point have 9 bits.
    Tile tile = makeTile(transform(), 1 + i % 24, random, i % 2 ? 127 : 255);
    tile.bias = int32_t(random() % 2000001) - 1000000;
    EXPECT_EQ(computeTransformed(transform(), tile),
              computeDirectly(transform(), tile));
  }
}

TEST_P(WinogradTest, ExtremesAreExact) {
  std::mt19937 random(8);
  for (int i = 0; i < 500; ++i) {
    Tile tile = makeTile(transform(), 40, random, 127);
    for (std::vector<int32_t> &taps : tile.taps)
      for (int32_t &w : taps)
        w = i == 0 ? 127 : i == 1 ? -127 : w < 0 ? -127 : 127;
    for (std::vector<int32_t> &inputs : tile.inputs)
      for (int32_t &x : inputs)
        x = i < 2 ? -128 : x < 0 ? -128 : 127;
    EXPECT_EQ(computeTransformed(transform(), tile),
              computeDirectly(transform(), tile));
  }
}

TEST_P(WinogradTest, ResultsUpToTheLimitAreExact) {
  const WinogradTransform &t = transform();
  std::mt19937 random(9);
  Tile tile = makeTile(t, 1, random, 0);
  for (int64_t result : {-t.limit(), -t.limit() + 1, int64_t(0), int64_t(1),
                         t.limit() - 2, t.limit() - 1}) {
    tile.bias = int32_t(result);
    EXPECT_EQ(computeTransformed(t, tile), computeDirectly(t, tile));
  }
  // One more, and the limit would not be one.
  tile.bias = int32_t(t.limit());
  EXPECT_NE(computeTransformed(t, tile), computeDirectly(t, tile));
}

TEST_P(WinogradTest, ProductsMayWrapOnTheWay) {
  // So many channels that sums of products leave 32 bits although results do
  // not.
  std::mt19937 random(10);
  Tile tile = makeTile(transform(), 400, random, 127);
  for (size_t c = 0; c < tile.inputs.size(); ++c) {
    for (int32_t &x : tile.inputs[c])
      x = -128;
    for (int32_t &w : tile.taps[c])
      w = c % 2 ? 127 : -127;
    for (int64_t i = 0; i < transform().products(); ++i)
      tile.inputs[c][i] = c < 200 ? -128 : 127 - int32_t(i);
  }
  EXPECT_EQ(computeTransformed(transform(), tile),
            computeDirectly(transform(), tile));
}

TEST_P(WinogradTest, FloatsAreClose) {
  const WinogradTransform &t = transform();
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 100; ++round) {
    std::vector<double> sums(t.products(), 0.0),
        expected(t.outputs * t.outputs);
    for (int c = 0; c < 16; ++c) {
      std::vector<float> taps(9), weights(t.products());
      std::vector<double> input(t.products()), transformed(t.products());
      for (float &w : taps)
        w = normal(random);
      for (double &x : input)
        x = normal(random);
      t.transformFilter(taps.data(), weights.data());
      applyToBoth<double>(
          t.points(), t.points(),
          [&](int64_t i, int64_t k) { return double(t.input[i][k]); },
          input.data(), transformed.data());
      for (int64_t i = 0; i < t.products(); ++i)
        sums[i] += transformed[i] * double(weights[i]);
      for (int64_t y = 0; y < t.outputs; ++y)
        for (int64_t x = 0; x < t.outputs; ++x)
          for (int64_t tap = 0; tap < 9; ++tap)
            expected[y * t.outputs + x] +=
                double(taps[tap]) *
                input[(y + tap / 3) * t.points() + x + tap % 3];
    }
    std::vector<double> results(expected.size());
    applyToBoth<double>(
        t.outputs, t.points(),
        [&](int64_t i, int64_t k) { return double(t.output[i][k]); },
        sums.data(), results.data());
    // Weights are rounded to f32, and nothing else is.
    for (size_t i = 0; i < results.size(); ++i)
      EXPECT_NEAR(results[i], expected[i], 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, WinogradTest, testing::Values(2, 4));

} // namespace
