//===- FixedPointMath.h - exp, 1/x, logistic, tanh --------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Transcendental functions in fixed point, after gemmlowp's public algorithms.
// "Qm.n" is a signed number with m integer bits and n fraction bits, m + n + 1
// bits in all. Raw is int32_t (m + n = 31) or int16_t (m + n = 15); results
// are Q0.31 or Q0.15, in which 1.0 is the greatest representable number.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_FIXEDPOINTMATH_H
#define PARE_NUMERICS_FIXEDPOINTMATH_H

#include "pare/Numerics/FixedPoint.h"

namespace pare {
namespace fixed {

/// A constant given in 32 bits, in Raw's width.
template <typename Raw> inline Raw constant(int32_t raw32) {
  return static_cast<Raw>(roundingDivideByPowerOfTwo<int32_t>(
      raw32, 32 - static_cast<int32_t>(sizeof(Raw) * 8)));
}

template <typename Raw> inline Raw mul(Raw a, Raw b) {
  return saturatingRoundingDoublingHighMul(a, b);
}

/// Addition that wraps in 32 bits and saturates in 16, as gemmlowp's
/// polynomial for exp needs it.
template <typename Raw> inline Raw addSaturatingIf16Bit(Raw a, Raw b) {
  if constexpr (sizeof(Raw) == 2) {
    const int32_t sum = static_cast<int32_t>(a) + b;
    return static_cast<Raw>(sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum);
  } else {
    return wrappingAdd(a, b);
  }
}

/// exp(a) for a in [-1/4, 0), Q0 in and out: a Taylor polynomial of degree 4
/// around -1/8.
template <typename Raw> inline Raw expOnQuarterInterval(Raw a) {
  constexpr int32_t bits = static_cast<int32_t>(sizeof(Raw) * 8);
  const Raw expNegEighth = constant<Raw>(1895147668);
  const Raw oneThird = constant<Raw>(715827883);
  const Raw x = static_cast<Raw>(a + (Raw(1) << (bits - 4)));
  const Raw x2 = mul(x, x);
  const Raw x3 = mul(x2, x);
  const Raw x4 = mul(x2, x2);
  const Raw x4Over4 = roundingDivideByPowerOfTwo<Raw>(x4, 2);
  const Raw tail = roundingDivideByPowerOfTwo<Raw>(
      static_cast<Raw>(mul(static_cast<Raw>(x4Over4 + x3), oneThird) + x2), 1);
  return addSaturatingIf16Bit(expNegEighth,
                              mul(expNegEighth, static_cast<Raw>(x + tail)));
}

/// exp(a) for a <= 0 with IntegerBits integer bits (Q5.26 in softmax). The
/// fraction below 1/4 goes through the polynomial; each set bit of the rest
/// multiplies by a constant exp(-2^k).
template <int IntegerBits, typename Raw> inline Raw expOnNegative(Raw a) {
  static_assert(IntegerBits > 0, "the argument must be able to hold -1/4");
  constexpr int32_t bits = static_cast<int32_t>(sizeof(Raw) * 8);
  constexpr int32_t fraction = bits - 1 - IntegerBits;
  if (a == 0)
    return std::numeric_limits<Raw>::max();
  const Raw oneQuarter = static_cast<Raw>(Raw(1) << (fraction - 2));
  const Raw mask = static_cast<Raw>(oneQuarter - 1);
  const Raw aModQuarter = static_cast<Raw>((a & mask) - oneQuarter);
  Raw result =
      expOnQuarterInterval(saturatingShiftLeft<Raw>(aModQuarter, IntegerBits));
  // a is negative and at least Raw's minimum, so this difference fits.
  const int32_t remainder = static_cast<int32_t>(aModQuarter) - a;
  // exp(-2^k) in Q0.31 for k = -2 .. 4.
  constexpr int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308,
                                 39332535,   720401,     242};
  for (int32_t k = -2; k < IntegerBits && k <= 4; ++k)
    if (remainder & (1 << (fraction + k)))
      result = mul(result, constant<Raw>(factors[k + 2]));
  // Beyond -32 the result is 0 in every width.
  if constexpr (IntegerBits > 5) {
    if (a < -(Raw(1) << (bits - 1 - IntegerBits + 5)))
      return 0;
  }
  return result;
}

/// (a + 1) / 2 rounded, a in Q0; the sum itself would overflow.
template <typename Raw> inline Raw halfOfOnePlus(Raw a) {
  const int64_t sum = static_cast<int64_t>(a) + std::numeric_limits<Raw>::max();
  return static_cast<Raw>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/// 2 / (1 + a) in Q2, for a in [0, 1) in Q0: three Newton-Raphson steps for
/// the reciprocal of (1 + a) / 2 from the start 48/17 - 32/17 d.
template <typename Raw> inline Raw reciprocalOfHalf(Raw a) {
  constexpr int32_t bits = static_cast<int32_t>(sizeof(Raw) * 8);
  const Raw one = static_cast<Raw>(Raw(1) << (bits - 3));
  const Raw half = halfOfOnePlus(a);
  Raw x = static_cast<Raw>(constant<Raw>(1515870810) +
                           mul(half, constant<Raw>(-1010580540)));
  for (int step = 0; step < 3; ++step) {
    const Raw error = static_cast<Raw>(one - mul(half, x));
    x = static_cast<Raw>(x + saturatingShiftLeft<Raw>(mul(x, error), 2));
  }
  return x;
}

/// 1 / (1 + a) for a in [0, 1), Q0 in and out.
template <typename Raw> inline Raw oneOverOnePlus(Raw a) {
  return saturatingShiftLeft<Raw>(reciprocalOfHalf(a), 1);
}

/// (1 - a) / (1 + a) for a in [0, 1), Q0 in and out.
template <typename Raw> inline Raw oneMinusOverOnePlus(Raw a) {
  constexpr int32_t bits = static_cast<int32_t>(sizeof(Raw) * 8);
  const Raw one = static_cast<Raw>(Raw(1) << (bits - 3));
  return saturatingShiftLeft<Raw>(static_cast<Raw>(reciprocalOfHalf(a) - one),
                                  2);
}

/// 1 / (1 + exp(-a)), a with IntegerBits integer bits, result Q0.
template <int IntegerBits, typename Raw> inline Raw logistic(Raw a) {
  constexpr int32_t bits = static_cast<int32_t>(sizeof(Raw) * 8);
  if (a == 0)
    return static_cast<Raw>(Raw(1) << (bits - 2));
  const Raw negative = a > 0 ? static_cast<Raw>(-a) : a;
  const Raw positive = oneOverOnePlus(expOnNegative<IntegerBits>(negative));
  if (a > 0)
    return positive;
  return static_cast<Raw>(std::numeric_limits<Raw>::max() - positive);
}

/// tanh(a), a with IntegerBits integer bits, result Q0. Doubling the argument
/// costs no bits: it is read with one more integer bit.
template <int IntegerBits, typename Raw> inline Raw tanh(Raw a) {
  if (a == 0)
    return 0;
  const Raw negative = a > 0 ? static_cast<Raw>(-a) : a;
  const Raw magnitude =
      oneMinusOverOnePlus(expOnNegative<IntegerBits + 1>(negative));
  return a > 0 ? magnitude : static_cast<Raw>(-magnitude);
}

/// The reciprocal of x > 0, read with `integerBits` integer bits, as
/// mantissa (Q0.31, in (1/2, 1]) and exponent: 1/x = mantissa * 2^-bitsOver.
struct Reciprocal {
  int32_t mantissa;
  int32_t bitsOver;
};

inline Reciprocal reciprocal(int32_t x, int32_t integerBits) {
  const int32_t headroom = countLeadingZeros(static_cast<uint32_t>(x));
  const int32_t shifted = static_cast<int32_t>(
      (static_cast<uint32_t>(x) << headroom) - (uint32_t(1) << 31));
  return {oneOverOnePlus(shifted), integerBits - headroom};
}

} // namespace fixed
} // namespace pare

#endif // PARE_NUMERICS_FIXEDPOINTMATH_H
