//===- FixedPointTest.cpp - Fixed-point primitives against wide arithmetic
//-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/FixedPoint.h"
#include "pare/Numerics/FixedPointMath.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace pare;

namespace {

constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
constexpr int32_t kMax = std::numeric_limits<int32_t>::max();

/// Values at which rounding and saturation go wrong first.
const int32_t kEdges[] = {
    kMin,  kMin + 1, -(1 << 30) - 1, -(1 << 30), -65536, -3, -2, -1, 0, 1, 2, 3,
    65535, 1 << 30,  (1 << 30) + 1,  kMax - 1,   kMax};

/// floor(x / 2^bits), in 128 bits.
__int128 floorShift(__int128 x, int bits) { return x >> bits; }

/// round(a * b / 2^31) with ties towards positive infinity: what a nudge of
/// 2^30 with a floor gives, written without the reference's case distinction.
int32_t wideHighMul(int32_t a, int32_t b) {
  __int128 product = static_cast<__int128>(a) * b;
  __int128 result = floorShift(product + (int64_t(1) << 30), 31);
  return result > kMax ? kMax : static_cast<int32_t>(result);
}

/// round(x / 2^exponent), ties away from zero, by magnitudes.
int32_t wideRoundingDivide(int32_t x, int exponent) {
  if (exponent == 0)
    return x;
  __int128 magnitude = x < 0 ? -static_cast<__int128>(x) : x;
  magnitude = (magnitude + (int64_t(1) << (exponent - 1))) >> exponent;
  return static_cast<int32_t>(x < 0 ? -magnitude : magnitude);
}

// Proves: the high multiply equals the exact product rounded to nearest with
// ties towards +inf, on all edge pairs, on 2 million random pairs, and on
// constructed ties of both signs; INT32_MIN squared saturates.
TEST(FixedPoint, HighMulEqualsWideArithmetic) {
  for (int32_t a : kEdges)
    for (int32_t b : kEdges)
      ASSERT_EQ(saturatingRoundingDoublingHighMul(a, b), wideHighMul(a, b))
          << a << " * " << b;
  std::mt19937 random(1);
  for (int i = 0; i < 2000000; ++i) {
    const int32_t a = static_cast<int32_t>(random());
    const int32_t b = static_cast<int32_t>(random());
    ASSERT_EQ(saturatingRoundingDoublingHighMul(a, b), wideHighMul(a, b))
        << a << " * " << b;
  }
  // (odd) * 2^30 is a tie.
  for (int32_t odd : {1, 3, 5, -1, -3, -5, 12345, -12345})
    ASSERT_EQ(saturatingRoundingDoublingHighMul(odd, 1 << 30),
              wideHighMul(odd, 1 << 30));
  EXPECT_EQ(saturatingRoundingDoublingHighMul(3, 1 << 30), 2);
  EXPECT_EQ(saturatingRoundingDoublingHighMul(-3, 1 << 30), -1);
  EXPECT_EQ(saturatingRoundingDoublingHighMul(kMin, kMin), kMax);
}

// Proves: the rounding right shift rounds ties away from zero for both signs,
// for every exponent from 0 to 31.
TEST(FixedPoint, RoundingDivideTiesAwayFromZero) {
  std::mt19937 random(2);
  for (int exponent = 0; exponent <= 31; ++exponent) {
    for (int32_t x : kEdges)
      ASSERT_EQ(roundingDivideByPowerOfTwo(x, exponent),
                wideRoundingDivide(x, exponent))
          << x << " / 2^" << exponent;
    for (int i = 0; i < 20000; ++i) {
      const int32_t x = static_cast<int32_t>(random());
      ASSERT_EQ(roundingDivideByPowerOfTwo(x, exponent),
                wideRoundingDivide(x, exponent));
    }
  }
  EXPECT_EQ(roundingDivideByPowerOfTwo(5, 1), 3);
  EXPECT_EQ(roundingDivideByPowerOfTwo(-5, 1), -3);
}

// Proves: the saturating left shift equals the clamped exact product.
TEST(FixedPoint, SaturatingShiftLeft) {
  for (int exponent = 1; exponent <= 30; ++exponent)
    for (int32_t x : kEdges) {
      const __int128 wide = static_cast<__int128>(x) * (int64_t(1) << exponent);
      // gemmlowp's threshold is symmetric: -2^(31-e) itself saturates, to the
      // same number that the shift would give.
      const int32_t expected = wide > kMax   ? kMax
                               : wide < kMin ? kMin
                                             : static_cast<int32_t>(wide);
      ASSERT_EQ(saturatingShiftLeft(x, exponent), expected)
          << x << " << " << exponent;
    }
}

// Proves: mantissa and exponent represent the factor to 2^-31 relative, are
// normalized, and the special cases (carry, zero, tiny, huge, not a number)
// have the documented results.
TEST(FixedPoint, QuantizeMultiplier) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponent(-31.5, 30.5);
  for (int i = 0; i < 200000; ++i) {
    const double real = std::exp2(exponent(random));
    const QuantizedMultiplier q = quantizeMultiplier(real);
    ASSERT_GE(q.multiplier, 1 << 30);
    const double value = std::ldexp(q.multiplier, q.shift - 31);
    ASSERT_LE(std::fabs(value - real), std::ldexp(real, -31)) << real;
  }
  EXPECT_EQ(quantizeMultiplier(1.0), (QuantizedMultiplier{1 << 30, 1}));
  EXPECT_EQ(quantizeMultiplier(0.5), (QuantizedMultiplier{1 << 30, 0}));
  // Rounds up to a power of two.
  EXPECT_EQ(quantizeMultiplier(std::nextafter(1.0, 0.0)),
            (QuantizedMultiplier{1 << 30, 1}));
  EXPECT_EQ(quantizeMultiplier(0.0), QuantizedMultiplier{});
  EXPECT_EQ(quantizeMultiplier(-1.0), QuantizedMultiplier{});
  EXPECT_EQ(quantizeMultiplier(std::nan("")), QuantizedMultiplier{});
  EXPECT_EQ(quantizeMultiplier(std::ldexp(1.0, -32)),
            (QuantizedMultiplier{1 << 30, -31}));
  EXPECT_EQ(quantizeMultiplier(std::ldexp(1.0, -33)), QuantizedMultiplier{});
  EXPECT_EQ(quantizeMultiplier(std::ldexp(1.0, 40)),
            (QuantizedMultiplier{kMax, 31}));
  EXPECT_EQ(quantizeMultiplier(INFINITY), (QuantizedMultiplier{kMax, 31}));
}

// Proves: the product with a factor is the two roundings in sequence, computed
// here in 128 bits, for shifts of both signs.
TEST(FixedPoint, MultiplyByQuantizedMultiplierRoundsTwice) {
  std::mt19937 random(4);
  for (int i = 0; i < 500000; ++i) {
    const int32_t shift = static_cast<int32_t>(random() % 41) - 31;
    // Small enough that the left shift does not leave 32 bits.
    const int32_t x = static_cast<int32_t>(random()) >> (shift > 0 ? shift : 0);
    const int32_t multiplier =
        (1 << 30) + static_cast<int32_t>(random() % (1u << 30));
    const int32_t high =
        wideHighMul(shift > 0 ? x * (1 << shift) : x, multiplier);
    ASSERT_EQ(multiplyByQuantizedMultiplier(x, multiplier, shift),
              wideRoundingDivide(high, shift < 0 ? -shift : 0));
    if (shift <= 0)
      ASSERT_EQ(
          multiplyByQuantizedMultiplierSmallerThanOneExp(x, multiplier, shift),
          multiplyByQuantizedMultiplier(x, multiplier, shift));
  }
  // 0.5 * 2^30 ties twice: 1 -> round(0.5) = 1 -> round(1 / 2) = 1, where a
  // single rounding of 0.25 would give 0.
  EXPECT_EQ(multiplyByQuantizedMultiplier(1, 1 << 30, -1), 1);
}

// Proves: an overflowing left shift wraps instead of being undefined.
TEST(FixedPoint, LeftShiftWraps) {
  EXPECT_EQ(wrappingShiftLeft(1, 31), kMin);
  EXPECT_EQ(wrappingShiftLeft(3, 31), kMin);
  EXPECT_EQ(wrappingAdd(kMax, 1), kMin);
  EXPECT_EQ(multiplyByQuantizedMultiplier(1 << 30, 1 << 30, 2), 0);
}

double fromQ(double raw, int fractionBits) {
  return std::ldexp(raw, -fractionBits);
}

// Proves: exp on Q5.26 is within 2^-22 of std::exp over the whole range and
// exactly "one" at 0.
TEST(FixedPointMath, ExpOnNegativeValues) {
  EXPECT_EQ(fixed::expOnNegative(0), kMax);
  for (int64_t raw = kMin; raw < 0; raw += 10007) {
    const int32_t y = fixed::expOnNegative(static_cast<int32_t>(raw));
    ASSERT_NEAR(fromQ(y, 31), std::exp(fromQ(raw, 26)), 2.4e-7) << raw;
  }
}

// Proves: 1 / (1 + a) in Q0.31 to 2^-27 over [0, 1).
TEST(FixedPointMath, OneOverOnePlus) {
  for (int64_t raw = 0; raw <= kMax; raw += 10007)
    ASSERT_NEAR(fromQ(fixed::oneOverOnePlus(static_cast<int32_t>(raw)), 31),
                1 / (1 + fromQ(raw, 31)), 1e-8);
}

// Proves: mantissa * 2^-bitsOver is the reciprocal of a Q12.19 number.
TEST(FixedPointMath, Reciprocal) {
  for (int64_t raw = 1 << 19; raw <= kMax; raw += 99991) {
    const fixed::Reciprocal r =
        fixed::reciprocal(static_cast<int32_t>(raw), 12);
    const double expected = 1 / fromQ(raw, 19);
    ASSERT_NEAR(std::ldexp(fromQ(r.mantissa, 31), -r.bitsOver) / expected, 1,
                1e-8);
  }
}

} // namespace
