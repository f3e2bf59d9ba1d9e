//===- ElementwiseByProducts.cpp - Bytes by fused products ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/ElementwiseByProducts.h"

#include <cstdint>
#include <vector>

namespace pare {
namespace {

double realFactor(QuantizedMultiplier factor) {
  return std::ldexp(double(factor.multiplier), factor.shift - 31);
}

/// `value`, moved by `steps` floats.
float neighbour(double value, int steps) {
  float result = static_cast<float>(value);
  const float end = steps < 0 ? -INFINITY : INFINITY;
  for (; steps != 0; steps += steps < 0 ? 1 : -1)
    result = std::nextafter(result, end);
  return result;
}

/// Results for all pairs of bytes.
class AllPairs {
public:
  /// `eval` gives the result, `real` about what is rounded to it.
  template <typename Eval, typename Real>
  AllPairs(Eval eval, Real real, QuantRange range) {
    // Those near the middle between two results tell factors apart.
    constexpr double kNear = 1.0 / 256.0;
    for (int32_t a = -128; a <= 127; ++a)
      for (int32_t b = -128; b <= 127; ++b) {
        const Pair pair = {a, b, eval(a, b)};
        all.push_back(pair);
        const double value = real(a, b);
        if (std::fabs(value - std::floor(value) - 0.5) < kNear &&
            value > range.lo - 1 && value < range.hi + 1)
          near.push_back(pair);
      }
  }

  template <typename Eval> bool hold(Eval eval) const {
    auto agrees = [&](const Pair &pair) {
      return eval(pair.a, pair.b) == pair.result;
    };
    return std::all_of(near.begin(), near.end(), agrees) &&
           std::all_of(all.begin(), all.end(), agrees);
  }

private:
  struct Pair {
    int32_t a, b, result;
  };
  std::vector<Pair> all, near;
};

/// Sums and products are rounded to 32 bits before they are clamped.
constexpr double kMostFactor = 256.0;
/// How far factors and constants are moved, in floats.
constexpr int kFewSteps[] = {0, 1, -1, 2, -2};
constexpr int kSteps[] = {0, 1,  -1, 2,  -2, 3,  -3, 4, -4,
                          5, -5, 6,  -6, 7,  -7, 8,  -8};

} // namespace

std::optional<AddFactors> findAddFactors(const AddScales &scales,
                                         RequantMode mode, QuantRange range,
                                         bool subtract, int32_t offset) {
  double first = scales.input[0].f32, second = scales.input[1].f32;
  if (mode == RequantMode::Fixed) {
    const double common =
        std::ldexp(realFactor(scales.output), scales.leftShift);
    first = realFactor(scales.input[0].fixed) * common;
    second = realFactor(scales.input[1].fixed) * common;
  }
  if (subtract)
    second = -second;
  if (!(std::fabs(first) <= kMostFactor && std::fabs(second) <= kMostFactor))
    return std::nullopt;
  const double constant = scales.outputZero -
                          first * (scales.inputZero[0] - offset) -
                          second * scales.inputZero[1];
  const AllPairs pairs(
      [&](int32_t a, int32_t b) {
        return evalAdd(a, b, scales, mode, range, subtract);
      },
      [&](int32_t a, int32_t b) {
        return first * (a - offset) + second * b + constant;
      },
      range);
  for (int i : kSteps)
    for (int j : kFewSteps)
      for (int k : kFewSteps) {
        const AddFactors factors = {neighbour(first, j), neighbour(second, k),
                                    neighbour(constant, i), offset};
        if (pairs.hold([&](int32_t a, int32_t b) {
              return addByProducts(a, b, factors, range);
            }))
          return factors;
      }
  return std::nullopt;
}

std::optional<MulFactors> findMulFactors(const MulScales &scales,
                                         RequantMode mode, QuantRange range) {
  const double factor = mode == RequantMode::Fixed
                            ? realFactor(scales.scale.fixed)
                            : double(scales.scale.f32);
  if (!(std::fabs(factor) <= kMostFactor))
    return std::nullopt;
  const double constant = -factor * scales.inputZero[1];
  const float inputZero = static_cast<float>(scales.inputZero[0]),
              outputZero = static_cast<float>(scales.outputZero);
  const AllPairs pairs(
      [&](int32_t a, int32_t b) { return evalMul(a, b, scales, mode, range); },
      [&](int32_t a, int32_t b) {
        return (a - scales.inputZero[0]) * (factor * b + constant) +
               scales.outputZero;
      },
      range);
  for (int i : kSteps)
    for (int j : kFewSteps) {
      const MulFactors factors = {neighbour(factor, j), neighbour(constant, i),
                                  inputZero, outputZero};
      if (pairs.hold([&](int32_t a, int32_t b) {
            return mulByProducts(a, b, factors, range);
          }))
        return factors;
    }
  return std::nullopt;
}

} // namespace pare
