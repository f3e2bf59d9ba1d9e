//===- AddByProducts.cpp - Sums of bytes by two products ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/AddByProducts.h"

#include <cstdint>
#include <vector>

namespace pare {
namespace {

struct Pair {
  int32_t a, b, result;
};

double realFactor(QuantizedMultiplier factor) {
  return std::ldexp(double(factor.multiplier), factor.shift - 31);
}

/// `value`, moved by `steps` floats.
float neighbour(float value, int steps) {
  const float end = steps < 0 ? -INFINITY : INFINITY;
  for (; steps != 0; steps += steps < 0 ? 1 : -1)
    value = std::nextafter(value, end);
  return value;
}

bool holds(const std::vector<Pair> &pairs, const AddFactors &factors,
           QuantRange range) {
  return std::all_of(pairs.begin(), pairs.end(), [&](const Pair &pair) {
    return addByProducts(pair.a, pair.b, factors, range) == pair.result;
  });
}

} // namespace

std::optional<AddFactors> findAddFactors(const AddScales &scales,
                                         RequantMode mode, QuantRange range,
                                         bool subtract) {
  double first = scales.input[0].f32, second = scales.input[1].f32;
  if (mode == RequantMode::Fixed) {
    const double common =
        std::ldexp(realFactor(scales.output), scales.leftShift);
    first = realFactor(scales.input[0].fixed) * common;
    second = realFactor(scales.input[1].fixed) * common;
  }
  if (subtract)
    second = -second;
  const double constant = scales.outputZero - first * scales.inputZero[0] -
                          second * scales.inputZero[1];
  // Sums are rounded to 32 bits before they are clamped.
  constexpr double kMost = 65536.0;
  if (!(std::fabs(first) <= kMost && std::fabs(second) <= kMost))
    return std::nullopt;

  // Those near the middle between two results tell factors apart.
  constexpr double kNear = 1.0 / 256.0;
  std::vector<Pair> all, near;
  for (int32_t a = -128; a <= 127; ++a)
    for (int32_t b = -128; b <= 127; ++b) {
      const Pair pair = {a, b, evalAdd(a, b, scales, mode, range, subtract)};
      all.push_back(pair);
      const double sum = first * a + second * b + constant;
      if (std::fabs(sum - std::floor(sum) - 0.5) < kNear &&
          sum > range.lo - 1 && sum < range.hi + 1)
        near.push_back(pair);
    }

  for (int i : {0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8})
    for (int j : {0, 1, -1, 2, -2})
      for (int k : {0, 1, -1, 2, -2}) {
        const AddFactors factors = {neighbour(float(first), j),
                                    neighbour(float(second), k),
                                    neighbour(float(constant), i)};
        if (holds(near, factors, range) && holds(all, factors, range))
          return factors;
      }
  return std::nullopt;
}

} // namespace pare
