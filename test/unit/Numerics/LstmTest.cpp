//===- LstmTest.cpp - The integer LSTM against the real one ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Lstm.h"

#include "gtest/gtest.h"

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

using namespace pare;

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

// Proves: the table is the published one of int16 kernels (first, middle and
// last entries and the sum of all), so that results equal theirs.
TEST(Lstm, SigmoidTable) {
  const SigmoidTable table = buildSigmoidTable();
  EXPECT_EQ(table[0], 32768);
  EXPECT_EQ(table[1], 33451);
  EXPECT_EQ(table[4], 35493);
  EXPECT_EQ(table[48], 57724);
  EXPECT_EQ(table[254], 65534);
  EXPECT_EQ(table[255], 65535);
  EXPECT_EQ(std::accumulate(table.begin(), table.end(), 0), 15670629);
}

// Proves, for all 65536 inputs: logistic and tanh are within 1.5 units of Q0.15
// of the real functions (2.5 where the argument is shifted right), never
// decrease, and tanh reads its argument with the given scale.
TEST(Lstm, Activations) {
  const SigmoidTable table = buildSigmoidTable();
  int16_t before = -1, tanhBefore = -32768;
  for (int32_t raw = -32768; raw <= 32767; ++raw) {
    const int16_t x = static_cast<int16_t>(raw);
    const int16_t y = logistic16(x, table);
    ASSERT_NEAR(y, 32768 * logistic(raw / 4096.0), 1.1);
    ASSERT_GE(y, before);
    before = y;
    const int16_t t = tanh16(x, 0, table);
    ASSERT_NEAR(t, 32768 * std::tanh(raw / 4096.0), 1.5);
    ASSERT_GE(t, tanhBefore);
    tanhBefore = t;
    ASSERT_NEAR(tanh16(x, 3, table), 32768 * std::tanh(raw / 512.0), 1.5);
    ASSERT_NEAR(tanh16(x, -3, table), 32768 * std::tanh(raw / 32768.0), 2.5);
  }
  EXPECT_EQ(logistic16(0, table), 16384);
  EXPECT_EQ(tanh16(0, 0, table), 0);
}

// Proves: cell scales that are not powers of two in range are refused; the clip
// is in units of the cell's scale.
TEST(Lstm, Prepare) {
  const QuantParams io = {1.0 / 128, 0};
  const double w[4] = {0.01f, 0.01f, 0.01f, 0.01f};
  auto at = [&](double cellScale, double clip = 0) {
    return prepareLstm(io.scale, w, w, io, cellScale, clip);
  };
  EXPECT_FALSE(at(0.3));
  EXPECT_FALSE(at(0));
  EXPECT_FALSE(at(-0.5));
  EXPECT_FALSE(at(std::ldexp(1.0, -8)));
  EXPECT_FALSE(at(std::ldexp(1.0, -16)));
  EXPECT_FALSE(at(NAN));
  ASSERT_TRUE(at(std::ldexp(1.0, -11), 2.5));
  EXPECT_EQ(at(std::ldexp(1.0, -11), 2.5)->cellClip, 5120);
  EXPECT_EQ(at(std::ldexp(1.0, -11), 1000)->cellClip, 32767);
  EXPECT_EQ(at(std::ldexp(1.0, -11))->tanhShift, 1);
  EXPECT_EQ(at(std::ldexp(1.0, -11))->cellClip, 0);
}

// Proves: 30 steps of random cells stay within three steps of the hidden
// state's scale of the same LSTM in double, with and without a clip.
TEST(Lstm, FollowsTheRealLstm) {
  const int inputs = 6, cells = 5, steps = 30;
  const double cellScale = std::ldexp(1.0, -11);
  const QuantParams in = {0.02f, 5}, hidden = {1.0 / 128, -3};
  const double ws[4] = {0.011f, 0.012f, 0.013f, 0.009f};
  const double rs[4] = {0.006f, 0.005f, 0.007f, 0.004f};
  std::mt19937 random(11);
  auto int8 = [&] { return static_cast<int>(random() % 255) - 127; };
  for (double clip : {0.0, 0.8}) {
    const LstmScales s =
        *prepareLstm(in.scale, ws, rs, hidden, cellScale, clip);
    std::vector<int> w(4 * cells * inputs), r(4 * cells * cells);
    for (int &x : w)
      x = int8();
    for (int &x : r)
      x = int8();
    std::vector<int32_t> h(cells, hidden.zeroPoint);
    std::vector<int16_t> c(cells, 0);
    std::vector<double> hReal(cells, 0), cReal(cells, 0);
    for (int step = 0; step < steps; ++step) {
      std::vector<int> x(inputs);
      for (int &q : x)
        q = int8();
      std::vector<int32_t> hNew(cells);
      std::vector<double> hRealNew(cells);
      for (int j = 0; j < cells; ++j) {
        int16_t gate[4];
        double real[4];
        for (int g = 0; g < 4; ++g) {
          const int row = g * cells + j;
          int32_t xSum = 0, hSum = 0;
          real[g] = 0;
          for (int k = 0; k < inputs; ++k) {
            xSum += (x[k] - in.zeroPoint) * w[row * inputs + k];
            real[g] +=
                in.scale * (x[k] - in.zeroPoint) * ws[g] * w[row * inputs + k];
          }
          for (int k = 0; k < cells; ++k) {
            hSum += (h[k] - hidden.zeroPoint) * r[row * cells + k];
            real[g] += hReal[k] * rs[g] * r[row * cells + k];
          }
          gate[g] = lstmGate(xSum, hSum, s, g);
          real[g] = g == kCellGate ? std::tanh(real[g]) : logistic(real[g]);
        }
        c[j] = lstmCell(gate, c[j], s);
        hNew[j] = lstmHidden(gate[3], c[j], s);
        cReal[j] = real[1] * cReal[j] + real[0] * real[2];
        if (clip > 0)
          cReal[j] = std::min(clip, std::max(-clip, cReal[j]));
        hRealNew[j] = real[3] * std::tanh(cReal[j]);
      }
      h = hNew;
      hReal = hRealNew;
      for (int j = 0; j < cells; ++j)
        ASSERT_NEAR(h[j] - hidden.zeroPoint, hReal[j] / hidden.scale, 3.0)
            << "step " << step;
    }
  }
}

} // namespace
