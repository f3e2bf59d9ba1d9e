//===- ElementwiseTest.cpp - Element-wise layers and softmax --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Elementwise.h"
#include "pare/Numerics/Softmax.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace pare;

namespace {

constexpr QuantRange kInt8 = {-128, 127};
constexpr RequantMode kModes[] = {RequantMode::Fixed, RequantMode::Float};

double clampReal(double q) { return std::min(127.0, std::max(-128.0, q)); }

// Proves: for all 65536 pairs and several scales, add and sub in both modes are
// within 0.51 steps of the real sum.
TEST(Elementwise, AddAndSubAreNearTheRealSum) {
  const QuantParams cases[][3] = {
      {{0.1f, 3}, {0.1f, -5}, {0.2f, 0}},
      {{0.02f, -128}, {0.7f, 127}, {0.5f, 10}},
      {{1.0f, 0}, {0.001f, 0}, {0.9f, -1}},
  };
  for (auto &[pa, pb, po] : cases) {
    const AddScales scales = prepareAdd(pa, pb, po);
    for (bool subtract : {false, true})
      for (int a = -128; a <= 127; ++a)
        for (int b = -128; b <= 127; ++b) {
          const double rb = pb.scale * (b - pb.zeroPoint);
          const double real =
              pa.scale * (a - pa.zeroPoint) + (subtract ? -rb : rb);
          const double exact = clampReal(real / po.scale + po.zeroPoint);
          for (RequantMode mode : kModes)
            ASSERT_LE(
                std::fabs(evalAdd(a, b, scales, mode, kInt8, subtract) - exact),
                0.51)
                << a << ' ' << b;
        }
  }
}

// Proves: the float mode of add is two rounded products and one rounded sum:
// with a fused multiply-add this case would round the other way.
TEST(Elementwise, AddFloatModeIsNotFused) {
  std::mt19937 random(6);
  std::uniform_real_distribution<float> scale(0.01f, 1.0f);
  for (int i = 0; i < 100000; ++i) {
    AddScales scales;
    scales.input[0].f32 = scale(random);
    scales.input[1].f32 = scale(random);
    const int32_t a = static_cast<int32_t>(random() % 511) - 255;
    const int32_t b = static_cast<int32_t>(random() % 511) - 255;
    // volatile: each intermediate result is rounded to f32.
    volatile float fa = static_cast<float>(a) * scales.input[0].f32;
    volatile float fb = static_cast<float>(b) * scales.input[1].f32;
    volatile float sum = fa + fb;
    ASSERT_EQ(evalAdd(a, b, scales, RequantMode::Float, {-1000, 1000}),
              static_cast<int32_t>(std::nearbyint(sum)));
  }
}

// Proves: mul on all pairs is within 0.51 steps of the real product.
TEST(Elementwise, MulIsNearTheRealProduct) {
  const QuantParams pa = {0.03f, 7}, pb = {0.05f, -20}, po = {0.11f, 4};
  const MulScales scales = prepareMul(pa, pb, po);
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b) {
      const double real =
          pa.scale * (a - pa.zeroPoint) * pb.scale * (b - pb.zeroPoint);
      for (RequantMode mode : kModes)
        ASSERT_LE(std::fabs(evalMul(a, b, scales, mode, kInt8) -
                            clampReal(real / po.scale + po.zeroPoint)),
                  0.51);
    }
}

// Proves: equal scales move the zero point and nothing else, in both modes and
// also for values near the ends; other scales are within 0.51 steps; 32-bit
// outputs take the fixed path.
TEST(Elementwise, Rescale) {
  const RescaleScales same = prepareRescale({0.1f, 128}, {0.1f, 0});
  ASSERT_TRUE(same.identity);
  const QuantParams in = {0.3f, 5}, out = {0.11f, -9};
  const RescaleScales other = prepareRescale(in, out);
  const RescaleScales wide = prepareRescale(in, {0.0001f, 0}, 32);
  for (RequantMode mode : kModes)
    for (int q = -128; q <= 255; ++q) {
      if (q >= 0)
        ASSERT_EQ(evalRescale(q, same, mode, kInt8), q - 128);
      const double real = in.scale * (q - in.zeroPoint);
      ASSERT_LE(std::fabs(evalRescale(q, other, mode, kInt8) -
                          clampReal(real / out.scale + out.zeroPoint)),
                0.51);
      ASSERT_EQ(
          evalRescale(q, wide, mode, {INT32_MIN, INT32_MAX}),
          requantizeFixed(q - 5, wide.scale.fixed, 0, {INT32_MIN, INT32_MAX}));
    }
}

// Proves: the average is the rounded quotient with ties away from zero, for
// every window size up to 49 and every sum; the average of unsigned values is
// that of the signed values 128 below, plus 128.
TEST(Elementwise, AveragePool) {
  for (int32_t count = 1; count <= 49; ++count)
    for (int32_t sum = -128 * count; sum <= 127 * count; ++sum)
      ASSERT_EQ(evalAveragePool(sum, count, kInt8),
                std::round(static_cast<double>(sum) / count))
          << sum << " / " << count;
  EXPECT_EQ(evalAveragePool(-1000, 4, {-10, 20}), -10);
  EXPECT_EQ(evalMaxPool(55, {-10, 20}), 20);
  // Unsigned values, ties included.
  for (int32_t count : {1, 2, 4, 6, 49})
    for (int32_t sum = 0; sum <= 255 * count; ++sum)
      ASSERT_EQ(evalAveragePool(sum, count, {0, 255}, 128),
                evalAveragePool(sum - 128 * count, count, kInt8) + 128);
}

// Proves: mean and sum stay within half a step, and what the first of the two
// roundings can add, of the real result, for counts up to a million; the mean
// of one element is a plain rescale.
TEST(Elementwise, Mean) {
  std::mt19937 random(7);
  for (int64_t count : {1, 2, 3, 16, 49, 64, 100, 3136, 50176, 1000003}) {
    const QuantParams in = {0.05f, -11}, out = {0.031f, 6};
    const ReduceScales scales = prepareMean(in, out, count);
    const ReduceScales sums = prepareSum(in, {0.05f * float(count), 6}, count);
    for (int i = 0; i < 2000; ++i) {
      const double average = static_cast<int>(random() % 256) - 128.0;
      const int32_t sum = static_cast<int32_t>(average * count) +
                          static_cast<int32_t>(random() % count);
      const double real =
          in.scale * (static_cast<double>(sum) / count - in.zeroPoint);
      for (RequantMode mode : kModes) {
        ASSERT_LE(std::fabs(evalReduce(sum, scales, mode, kInt8) -
                            clampReal(real / out.scale + out.zeroPoint)),
                  0.5001 + in.scale / out.scale / count)
            << sum << " / " << count;
        ASSERT_LE(std::fabs(evalReduce(sum, sums, mode, kInt8) -
                            clampReal(real / 0.05f + 6)),
                  0.5001 + 1.0 / count);
      }
    }
  }
  const ReduceScales one = prepareMean({0.05f, 0}, {0.031f, 0}, 1);
  EXPECT_EQ(one.scale.fixed,
            quantizeMultiplier(static_cast<double>(0.05f) / 0.031f));
}

/// The row as TFLite's reference computes it: nothing tabulated.
std::vector<int8_t> softmaxReference(const std::vector<int8_t> &x,
                                     double scale) {
  const QuantizedMultiplier factor =
      quantizeMultiplier(std::min(scale * double(1 << 26), double(INT32_MAX)));
  const int diffMin = -static_cast<int>(
      std::floor(31.0 * (1 << 26) / double(int64_t(1) << factor.shift)));
  const int8_t greatest = *std::max_element(x.begin(), x.end());
  auto expAt = [&](int8_t q) {
    return fixed::expOnNegative(saturatingRoundingDoublingHighMul(
        (q - greatest) * (1 << factor.shift), factor.multiplier));
  };
  int32_t sum = 0;
  for (int8_t q : x)
    if (q - greatest >= diffMin)
      sum += roundingDivideByPowerOfTwo(expAt(q), 12);
  const fixed::Reciprocal r = fixed::reciprocal(sum, 12);
  std::vector<int8_t> y;
  for (int8_t q : x) {
    int32_t out = 0;
    if (q - greatest >= diffMin)
      out = roundingDivideByPowerOfTwo(
          saturatingRoundingDoublingHighMul(r.mantissa, expAt(q)),
          r.bitsOver + 23);
    y.push_back(static_cast<int8_t>(std::min(127, out - 128)));
  }
  return y;
}

// Proves: the tabulated softmax equals the untabulated algorithm to the bit and
// the real softmax within one step, on random rows with scales from tiny to
// huge.
TEST(Softmax, EqualsTheUntabulatedAlgorithm) {
  std::mt19937 random(8);
  for (double scale : {0.0005, 0.01, 0.05, 0.1, 0.39, 1.0, 3.7, 20.0, 40.0}) {
    const SoftmaxTable table = prepareSoftmax(static_cast<float>(scale));
    for (int i = 0; i < 300; ++i) {
      std::vector<int8_t> x(1 + random() % 500);
      for (int8_t &q : x)
        q = static_cast<int8_t>(random());
      std::vector<int8_t> y(x.size());
      softmax(x.data(), y.data(), static_cast<int64_t>(x.size()), table);
      ASSERT_EQ(y, softmaxReference(x, static_cast<float>(scale)));
      const int8_t greatest = *std::max_element(x.begin(), x.end());
      double sum = 0;
      for (int8_t q : x)
        sum += std::exp(scale * (q - greatest));
      for (size_t k = 0; k < x.size(); ++k)
        ASSERT_NEAR(
            y[k] + 128,
            std::min(255.0, 256 * std::exp(scale * (x[k] - greatest)) / sum),
            1.0);
    }
  }
}

// Proves: the longest row does not overflow, uint8 is int8 moved by 128, and a
// row of one element gives the greatest output.
TEST(Softmax, LongRowsAndUnsignedInputs) {
  const SoftmaxTable table = prepareSoftmax(0.1f);
  std::vector<int8_t> x(kSoftmaxMaxRow, 5), y(kSoftmaxMaxRow, 77);
  softmax(x.data(), y.data(), kSoftmaxMaxRow, table);
  for (int8_t q : y)
    ASSERT_EQ(q, -128);
  int8_t one = 9, out = 0;
  softmax(&one, &out, 1, table);
  EXPECT_EQ(out, 127);

  std::mt19937 random(9);
  std::vector<int8_t> s(50), sOut(50);
  std::vector<uint8_t> u(50), uOut(50);
  for (size_t i = 0; i < s.size(); ++i) {
    s[i] = static_cast<int8_t>(random());
    u[i] = static_cast<uint8_t>(s[i] + 128);
  }
  softmax(s.data(), sOut.data(), 50, table);
  softmax(u.data(), uOut.data(), 50, table);
  for (size_t i = 0; i < s.size(); ++i)
    ASSERT_EQ(uOut[i], sOut[i] + 128);
  std::vector<int16_t> wide(50);
  softmax(s.data(), wide.data(), 50, table);
  for (size_t i = 0; i < s.size(); ++i)
    ASSERT_NEAR((wide[i] + 32768) / 256.0, sOut[i] + 128, 0.51);
}

} // namespace
