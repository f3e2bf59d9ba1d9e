//===- QuantizeByProducts.h - Quantization without division -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// quantizeF32 (QuantizationParameters.h) divides. Here the quotient is
//
//   t = fma(x, high, f32(x * low)),  high = f32(1 / s), low = f32(1 / s - high)
//
// which is within 2^-46 of x / s before its one rounding that counts, so that t
// is f32(x / s) or a neighbour of it. Whether that ever changes a quantized
// value is decided for the scale at hand: values change at one x per step, and
// all floats about it are tried. docs/numerics.md has the proof.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_QUANTIZEBYPRODUCTS_H
#define PARE_NUMERICS_QUANTIZEBYPRODUCTS_H

#include "pare/Numerics/QuantizationParameters.h"

namespace pare {

/// 1 / scale as a sum of two floats.
struct QuotientFactors {
  float high = 0, low = 0;
  /// Inputs below and above give what these give: the bounds of the range.
  float leastInput = 0, greatestInput = 0;
};

/// The greatest float below 1/2: t and half, truncated, is t rounded half away
/// from zero for all |t| < 2^22. (With 1/2 itself the float below 1/2 would be
/// rounded to 1.)
constexpr float kAlmostHalf = 0.49999997f;

/// What code for quantizeF32 without a division computes.
inline int32_t quantizeByProducts(float x, const QuotientFactors &factors,
                                  int32_t zeroPoint) {
  x = x != x ? 0.0f : x;
  x = x > factors.leastInput ? x : factors.leastInput;
  x = x < factors.greatestInput ? x : factors.greatestInput;
  const float low = x * factors.low;
  const float quotient = std::fma(x, factors.high, low);
  const float moved = quotient + std::copysign(kAlmostHalf, x);
  return static_cast<int32_t>(moved) + zeroPoint;
}

/// Factors with which quantizeByProducts equals quantizeF32 for every f32
/// number, infinities and NaN. nullopt where that is not so, or not known:
/// ranges of more than 256 values and scales beyond 2^-60 to 2^60.
std::optional<QuotientFactors> findQuotientFactors(const QuantParams &params,
                                                   QuantRange range);

} // namespace pare

#endif // PARE_NUMERICS_QUANTIZEBYPRODUCTS_H
