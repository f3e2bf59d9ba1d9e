//===- QuantizeByProducts.cpp - Quantization without division -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/QuantizeByProducts.h"

#include <limits>

namespace pare {

/// The least x that becomes `value` or more, which is within the range and not
/// its lower end.
static float findStep(int32_t value, const QuantParams &params,
                      QuantRange range) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  auto reaches = [&](float x) {
    return quantizeF32(x, params, range) >= value;
  };
  // A few floats away at most.
  float x = static_cast<float>(params.scale * (value - params.zeroPoint - 0.5));
  while (!reaches(x))
    x = std::nextafter(x, kInfinity);
  for (float below = x; reaches(below); below = std::nextafter(x, -kInfinity))
    x = below;
  return x;
}

std::optional<QuotientFactors> findQuotientFactors(const QuantParams &params,
                                                   QuantRange range) {
  constexpr int64_t kMostValues = 256;
  const float scale = static_cast<float>(params.scale);
  if (int64_t(range.hi) - range.lo >= kMostValues ||
      !(scale > 0x1p-60f && scale < 0x1p60f))
    return std::nullopt;
  const double reciprocal = 1.0 / static_cast<double>(scale);
  QuotientFactors factors;
  factors.high = static_cast<float>(reciprocal);
  factors.low =
      static_cast<float>(reciprocal - static_cast<double>(factors.high));
  factors.leastInput = scale * static_cast<float>(range.lo - params.zeroPoint);
  factors.greatestInput =
      scale * static_cast<float>(range.hi - params.zeroPoint);
  auto isExact = [&](float x) {
    return quantizeByProducts(x, factors, params.zeroPoint) ==
           quantizeF32(x, params, range);
  };
  if (!isExact(factors.leastInput) || !isExact(factors.greatestInput))
    return std::nullopt;
  // Further from a step a neighbour of the quotient is on the same side of it.
  constexpr int kFloatsAbout = 4;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (int64_t value = int64_t(range.lo) + 1; value <= range.hi; ++value) {
    float x = findStep(static_cast<int32_t>(value), params, range);
    for (int i = 0; i < kFloatsAbout; ++i)
      x = std::nextafter(x, -kInfinity);
    for (int i = 0; i <= 2 * kFloatsAbout; ++i) {
      if (!isExact(x))
        return std::nullopt;
      x = std::nextafter(x, kInfinity);
    }
  }
  return factors;
}

} // namespace pare
