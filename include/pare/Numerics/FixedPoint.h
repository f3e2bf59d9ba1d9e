//===- FixedPoint.h - Fixed-point primitives --------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The integer primitives on which every integer kernel rests. They follow the
// public definitions of gemmlowp's fixed-point arithmetic and of TFLite's
// reference kernels with double rounding; docs/numerics.md states each formula.
//
// All functions are total: arguments that the reference leaves undefined have
// a result here that docs/numerics.md names, so that back ends can equal it.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_FIXEDPOINT_H
#define PARE_NUMERICS_FIXEDPOINT_H

#include <cstdint>
#include <limits>

namespace pare {

/// A real factor in fixed point: value = multiplier * 2^(shift - 31).
/// 0 <= multiplier < 2^31 (normalized, in [2^30, 2^31), or 0, where
/// quantizeMultiplier made it); -31 <= shift <= 31.
struct QuantizedMultiplier {
  int32_t multiplier = 0;
  int32_t shift = 0;

  bool operator==(const QuantizedMultiplier &other) const {
    return multiplier == other.multiplier && shift == other.shift;
  }
};

/// The nearest fixed-point factor to `real` (mantissa rounded half away from
/// zero to 31 bits). Factors below about 2^-32 and everything that is not a
/// positive finite number become 0; factors of 2^31 and more saturate to the
/// greatest factor with shift 31.
QuantizedMultiplier quantizeMultiplier(double real);

/// Two's complement addition that wraps, where C++ signed addition would be
/// undefined.
inline int32_t wrappingAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) +
                              static_cast<uint32_t>(b));
}

/// x * 2^amount modulo 2^32, 0 <= amount <= 31.
inline int32_t wrappingShiftLeft(int32_t x, int32_t amount) {
  return static_cast<int32_t>(static_cast<uint32_t>(x) << amount);
}

/// round(a * b / 2^31), ties away from zero for positive and towards zero for
/// negative products (gemmlowp's nudge and truncating division); saturates for
/// a == b == INT32_MIN.
inline int32_t saturatingRoundingDoublingHighMul(int32_t a, int32_t b) {
  constexpr int32_t min = std::numeric_limits<int32_t>::min();
  if (a == min && b == min)
    return std::numeric_limits<int32_t>::max();
  int64_t product = static_cast<int64_t>(a) * static_cast<int64_t>(b);
  int64_t nudge = product >= 0 ? (int64_t(1) << 30) : 1 - (int64_t(1) << 30);
  return static_cast<int32_t>((product + nudge) / (int64_t(1) << 31));
}

/// x / 2^exponent, rounded to nearest, ties away from zero; 0 <= exponent <=
/// 31.
inline int32_t roundingDivideByPowerOfTwo(int32_t x, int32_t exponent) {
  const int32_t mask = static_cast<int32_t>((int64_t(1) << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/// x * 2^exponent, saturated to 32 bits; 0 < exponent <= 31.
inline int32_t saturatingShiftLeft(int32_t x, int32_t exponent) {
  const int32_t threshold =
      static_cast<int32_t>((int64_t(1) << (31 - exponent)) - 1);
  if (x > threshold)
    return std::numeric_limits<int32_t>::max();
  if (x < -threshold)
    return std::numeric_limits<int32_t>::min();
  return wrappingShiftLeft(x, exponent);
}

/// x times the factor, with TFLite's double rounding: shift left first where
/// shift > 0 (modulo 2^32), high multiply with rounding, then rounding right
/// shift where shift < 0.
inline int32_t multiplyByQuantizedMultiplier(int32_t x, int32_t multiplier,
                                             int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return roundingDivideByPowerOfTwo(
      saturatingRoundingDoublingHighMul(wrappingShiftLeft(x, left), multiplier),
      right);
}

inline int32_t multiplyByQuantizedMultiplier(int32_t x,
                                             QuantizedMultiplier factor) {
  return multiplyByQuantizedMultiplier(x, factor.multiplier, factor.shift);
}

/// The same for factors below 1 (shift <= 0): no left shift.
inline int32_t
multiplyByQuantizedMultiplierSmallerThanOneExp(int32_t x, int32_t multiplier,
                                               int32_t shift) {
  return roundingDivideByPowerOfTwo(
      saturatingRoundingDoublingHighMul(x, multiplier), -shift);
}

/// Number of zero bits above the highest set bit; 32 for 0.
inline int32_t countLeadingZeros(uint32_t x) {
  return x == 0 ? 32 : __builtin_clz(x);
}

} // namespace pare

#endif // PARE_NUMERICS_FIXEDPOINT_H
