//===- FixedPointMath.h - exp and 1/x in fixed point ------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What softmax needs, after gemmlowp's public algorithms. "Qm.n" is a signed
// number with m integer bits and n fraction bits, m + n = 31. In Q0.31 the
// greatest number stands for 1.0.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_FIXEDPOINTMATH_H
#define PARE_NUMERICS_FIXEDPOINTMATH_H

#include "pare/Numerics/FixedPoint.h"

namespace pare {
namespace fixed {

/// Qa times Qb, a result in Q(a + b).
inline int32_t mul(int32_t a, int32_t b) {
  return saturatingRoundingDoublingHighMul(a, b);
}

/// exp(a) for a in [-1/4, 0), Q0.31 in and out: a Taylor polynomial of degree 4
/// around -1/8.
inline int32_t expOnQuarterInterval(int32_t a) {
  constexpr int32_t expNegEighth = 1895147668; // exp(-1/8)
  constexpr int32_t oneThird = 715827883;
  const int32_t x = a + (1 << 28);
  const int32_t x2 = mul(x, x);
  const int32_t x3 = mul(x2, x);
  const int32_t x4 = mul(x2, x2);
  const int32_t x4Over4 = roundingDivideByPowerOfTwo(x4, 2);
  const int32_t tail =
      roundingDivideByPowerOfTwo(mul(x4Over4 + x3, oneThird) + x2, 1);
  return expNegEighth + mul(expNegEighth, x + tail);
}

/// exp(a) for a <= 0, Q5.26 in, Q0.31 out. The fraction below 1/4 goes through
/// the polynomial; each set bit of the rest multiplies by a constant.
inline int32_t expOnNegative(int32_t a) {
  if (a == 0)
    return std::numeric_limits<int32_t>::max();
  constexpr int32_t oneQuarter = 1 << 24;
  const int32_t fraction = (a & (oneQuarter - 1)) - oneQuarter;
  int32_t result = expOnQuarterInterval(saturatingShiftLeft(fraction, 5));
  const int32_t rest = fraction - a;
  // exp(-2^k) in Q0.31 for k = -2 .. 4.
  constexpr int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308,
                                 39332535,   720401,     242};
  for (int32_t k = 0; k < 7; ++k)
    if (rest & (oneQuarter << k))
      result = mul(result, factors[k]);
  return result;
}

/// 1 / (1 + a) for a in [0, 1), Q0.31 in and out: three Newton-Raphson steps
/// for the reciprocal of d = (1 + a) / 2 from the start 48/17 - 32/17 d.
inline int32_t oneOverOnePlus(int32_t a) {
  // In 64 bits, since 1 + a overflows.
  const int32_t d = static_cast<int32_t>(
      (static_cast<int64_t>(a) + std::numeric_limits<int32_t>::max() + 1) / 2);
  constexpr int32_t one = 1 << 29; // in Q2.29, as the constants and x are
  int32_t x = 1515870810 + mul(d, -1010580540);
  for (int step = 0; step < 3; ++step)
    x += saturatingShiftLeft(mul(x, one - mul(d, x)), 2);
  // Halving Q2.29 is reading it as Q1.30.
  return saturatingShiftLeft(x, 1);
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
