//===- RequantizeTest.cpp - Requantization, scales and float16 ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Requantize.h"
#include "pare/Numerics/Float16.h"
#include "pare/Numerics/QuantizationParameters.h"

#include "gtest/gtest.h"

#include <cfloat>
#include <cmath>
#include <cstring>
#include <random>

using namespace pare;

namespace {

constexpr QuantRange kInt8 = {-128, 127};

// Proves: in both modes every accumulator from -40000 to 40000 comes within one
// step of the real result, the fixed mode within 2^-20 of a half step.
TEST(Requantize, BothModesAreNearTheRealResult) {
  for (double real : {0.0003, 0.0017, 0.25, 0.9999, 1.0, 1.7}) {
    const RequantScale scale = prepareRequantScale(real);
    for (int32_t acc = -40000; acc <= 40000; ++acc) {
      const double exact = std::min(127.0, std::max(-128.0, acc * real + 3));
      ASSERT_LE(std::fabs(requantize(acc, scale, RequantMode::Fixed, 3, kInt8) -
                          exact),
                // Double rounding can add a tie of the first rounding.
                0.5 + real)
          << acc << " * " << real;
      ASSERT_LE(std::fabs(requantize(acc, scale, RequantMode::Float, 3, kInt8) -
                          exact),
                0.5001)
          << acc << " * " << real;
    }
  }
}

// Proves: ties go away from zero in fixed mode (up for a positive first
// rounding) and to even in float mode.
TEST(Requantize, Ties) {
  const RequantScale half = prepareRequantScale(0.5);
  auto fixedAt = [&](int32_t acc) {
    return requantize(acc, half, RequantMode::Fixed, 0, kInt8);
  };
  auto floatAt = [&](int32_t acc) {
    return requantize(acc, half, RequantMode::Float, 0, kInt8);
  };
  EXPECT_EQ(fixedAt(1), 1);
  EXPECT_EQ(fixedAt(3), 2);
  EXPECT_EQ(fixedAt(-1), 0); // -0.5 + 0.5, the high multiply's own rounding
  EXPECT_EQ(floatAt(1), 0);
  EXPECT_EQ(floatAt(3), 2);
  EXPECT_EQ(floatAt(-1), 0);
  EXPECT_EQ(floatAt(-3), -2);
  const RequantScale quarter = prepareRequantScale(0.25);
  EXPECT_EQ(requantize(-6, quarter, RequantMode::Fixed, 0, kInt8), -2);
  EXPECT_EQ(requantize(6, quarter, RequantMode::Fixed, 0, kInt8), 2);
}

// Proves: the clamp holds in both modes for extreme accumulators, and the zero
// point takes part in it.
TEST(Requantize, Clamps) {
  const RequantScale one = prepareRequantScale(1.0);
  for (RequantMode mode : {RequantMode::Fixed, RequantMode::Float}) {
    EXPECT_EQ(requantize(1 << 29, one, mode, -128, {-128, 90}), 90);
    EXPECT_EQ(requantize(-(1 << 29), one, mode, 5, {5, 127}), 5);
    EXPECT_EQ(requantize(10, one, mode, -7, kInt8), 3);
  }
  EXPECT_EQ(requantizeFloat(INT32_MAX, 1e30f, 0, kInt8), 127);
  EXPECT_EQ(requantizeFloat(INT32_MIN, 1e30f, 0, kInt8), -128);
  EXPECT_EQ(roundAndClampF32(NAN, 0, kInt8), -128);
}

// Proves: the fully_connected scale rounds the product to f32 and differs from
// the convolution's where that matters.
TEST(Requantize, EffectiveScales) {
  const double in = 0.1f, filter = 0.3f, out = 0.7f;
  EXPECT_EQ(convEffectiveScale(in, filter, out), in * filter / out);
  EXPECT_EQ(fullyConnectedEffectiveScale(in, filter, out),
            static_cast<double>(0.1f * 0.3f) / out);
  EXPECT_NE(convEffectiveScale(in, filter, out),
            fullyConnectedEffectiveScale(in, filter, out));
  EXPECT_EQ(biasScale(in, filter), static_cast<double>(0.1f * 0.3f));
}

// Proves, on random ranges: zero is exact, both ends of the range come back
// within half a step (one and a half at the end that the nudge moved), and the
// scale is an f32 value.
TEST(QuantizationParameters, AsymmetricHoldsTheRange) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> bound(-10, 10);
  for (int i = 0; i < 100000; ++i) {
    double a = bound(random), b = bound(random);
    if (a > b)
      std::swap(a, b);
    std::optional<QuantParams> p = chooseAsymmetric(a, b);
    ASSERT_TRUE(p);
    ASSERT_EQ(p->scale, static_cast<double>(static_cast<float>(p->scale)));
    ASSERT_GE(p->zeroPoint, -128);
    ASSERT_LE(p->zeroPoint, 127);
    ASSERT_EQ(quantizeF32(0.0f, *p, kInt8), p->zeroPoint);
    ASSERT_EQ(dequantizeF32(p->zeroPoint, *p), 0.0f);
    for (double x : {std::min(a, 0.0), std::max(b, 0.0)}) {
      const float back =
          dequantizeF32(quantizeF32(static_cast<float>(x), *p, kInt8), *p);
      ASSERT_LE(std::fabs(back - x), p->scale * 1.001) << a << ".." << b;
    }
  }
}

// Proves: degenerate, one-sided, tiny and impossible ranges.
TEST(QuantizationParameters, DegenerateRanges) {
  EXPECT_EQ(chooseAsymmetric(0, 0), (QuantParams{1.0, 0}));
  EXPECT_EQ(chooseAsymmetric(2, 255)->zeroPoint, -128);
  EXPECT_EQ(chooseAsymmetric(2, 255)->scale, 1.0);
  EXPECT_EQ(chooseAsymmetric(-255, -2)->zeroPoint, 127);
  EXPECT_EQ(chooseAsymmetric(0, 1e-320)->scale, FLT_MIN);
  EXPECT_FALSE(chooseAsymmetric(1, 0));
  EXPECT_FALSE(chooseAsymmetric(0, INFINITY));
  EXPECT_FALSE(chooseAsymmetric(NAN, 1));
  EXPECT_FALSE(chooseAsymmetric(-1e308, 1e308));
  EXPECT_EQ(chooseSymmetric(127)->scale, 1.0);
  EXPECT_EQ(chooseSymmetric(0), QuantParams{});
  EXPECT_FALSE(chooseSymmetric(-1));
  EXPECT_FALSE(chooseSymmetric(NAN));
  EXPECT_EQ(storageRange(8, true), kInt8);
  EXPECT_EQ(storageRange(8, false), (QuantRange{0, 255}));
  EXPECT_EQ(storageRange(32, true), (QuantRange{INT32_MIN, INT32_MAX}));
  EXPECT_EQ(narrowRange(8), (QuantRange{-127, 127}));
}

// Proves: weights quantize into [-127, 127], the greatest one to 127, per
// tensor and along each axis of a 2x3x2 tensor.
TEST(QuantizationParameters, Weights) {
  const float w[12] = {1, -2, 3, 4, 0, 0, -8, 1, 1, 1, 0, 0};
  EXPECT_EQ(chooseWeights(w, 12)->scale, static_cast<float>(8.0 / 127));
  auto axis1 = chooseWeightsPerAxis(w, {2, 3, 2}, 1);
  ASSERT_TRUE(axis1);
  EXPECT_EQ((*axis1)[0], static_cast<float>(8.0 / 127));
  EXPECT_EQ((*axis1)[1], static_cast<float>(4.0 / 127));
  EXPECT_EQ((*axis1)[2], 1.0);
  auto axis0 = chooseWeightsPerAxis(w, {2, 3, 2}, 0);
  EXPECT_EQ((*axis0)[0], static_cast<float>(4.0 / 127));
  EXPECT_EQ((*axis0)[1], static_cast<float>(8.0 / 127));
  EXPECT_EQ(quantizeF32(-8, {(*axis1)[0], 0}, {-127, 127}), -127);
  EXPECT_FALSE(chooseWeightsPerAxis(w, {2, 3, 2}, 3));
  const float bad[2] = {1, NAN};
  EXPECT_FALSE(chooseWeights(bad, 2));
}

// Proves: quantize rounds half away from zero and survives infinities and NaN;
// biases saturate.
TEST(QuantizationParameters, Quantize) {
  const QuantParams p = {0.5, 10};
  EXPECT_EQ(quantizeF32(0.25f, p, kInt8), 11);
  EXPECT_EQ(quantizeF32(-0.25f, p, kInt8), 9);
  EXPECT_EQ(quantizeF32(INFINITY, p, kInt8), 127);
  EXPECT_EQ(quantizeF32(-INFINITY, p, kInt8), -128);
  EXPECT_EQ(quantizeF32(NAN, p, kInt8), 10);
  EXPECT_EQ(quantizeBias(1.25, 0.5), 3);
  EXPECT_EQ(quantizeBias(-1.25, 0.5), -3);
  EXPECT_EQ(quantizeBias(1e30, 0.5), INT32_MAX);
  EXPECT_EQ(quantizeBias(-1e30, 0.5), INT32_MIN);
  EXPECT_EQ(quantizeBias(NAN, 0.5), 0);
}

// Proves: the quantized bounds of ReLU and ReLU6, and that bounds outside the
// storage stay inside it.
TEST(QuantizationParameters, ActivationRange) {
  const QuantParams p = {6.0 / 255, -128};
  EXPECT_EQ(activationRange(0.0, 6.0, p, kInt8), kInt8);
  EXPECT_EQ(activationRange(0.0, std::nullopt, {0.1f, 4}, kInt8),
            (QuantRange{4, 127}));
  EXPECT_EQ(activationRange(0.0, 6.0, {0.1f, 4}, kInt8), (QuantRange{4, 64}));
  EXPECT_EQ(activationRange(-1.0, 1.0, {0.1f, 4}, kInt8), (QuantRange{-6, 14}));
  EXPECT_EQ(activationRange(1e30, std::nullopt, p, kInt8),
            (QuantRange{127, 127}));
  EXPECT_EQ(activationRange(std::nullopt, std::nullopt, p, kInt8), kInt8);
}

// Proves: a table entry is the quantized function of the dequantized index, on
// the identity, on tanh, and where the function is not defined.
TEST(QuantizationParameters, Table) {
  const QuantParams in = {0.05f, 3}, out = tanhOutputParams();
  auto identity = buildTable([](double x) { return x; }, in, kInt8, in, kInt8);
  ASSERT_EQ(identity.size(), 256u);
  for (int i = 0; i < 256; ++i)
    EXPECT_EQ(identity[i], i - 128);
  auto table =
      buildTable([](double x) { return std::tanh(x); }, in, kInt8, out, kInt8);
  for (int i = 0; i < 256; ++i) {
    const double exact = std::tanh(in.scale * (i - 128 - 3)) * 128;
    EXPECT_LE(std::fabs(table[i] - std::min(exact, 127.0)), 0.5);
  }
  auto root =
      buildTable([](double x) { return std::sqrt(x); }, in, kInt8, in, kInt8);
  EXPECT_EQ(root[0], 3);
  EXPECT_EQ(root[131], 3);
}

// Proves: all 65536 half precision numbers convert as the compiler's own
// _Float16 does, back and forth, and f32 rounds to half to even like it does on
// a dense sample of the f32 numbers.
TEST(Float16, EqualsTheCompilers) {
  auto bitsOf = [](_Float16 h) {
    uint16_t bits;
    std::memcpy(&bits, &h, 2);
    return bits;
  };
  for (uint32_t i = 0; i < 65536; ++i) {
    const uint16_t bits = static_cast<uint16_t>(i);
    _Float16 h;
    std::memcpy(&h, &bits, 2);
    const float expected = static_cast<float>(h);
    const float actual = float16ToFloat(bits);
    if (expected != expected) {
      ASSERT_NE(actual, actual);
      continue;
    }
    ASSERT_EQ(std::signbit(actual), std::signbit(expected));
    ASSERT_EQ(actual, expected) << i;
    ASSERT_EQ(floatToFloat16(actual), bits);
  }
  for (uint64_t i = 0; i < (uint64_t(1) << 32); i += 4093) {
    const uint32_t bits = static_cast<uint32_t>(i);
    float f;
    std::memcpy(&f, &bits, 4);
    if (f != f) {
      ASSERT_GT(floatToFloat16(f) & 0x7fff, 0x7c00);
      continue;
    }
    ASSERT_EQ(floatToFloat16(f), bitsOf(static_cast<_Float16>(f))) << f;
  }
  for (float f : {65504.0f, 65519.99f, 65520.0f, 6.1e-5f, 6.0e-8f, 2.98e-8f,
                  2.99e-8f, 0.0f, -0.0f, INFINITY})
    EXPECT_EQ(floatToFloat16(f), bitsOf(static_cast<_Float16>(f))) << f;
}

} // namespace
