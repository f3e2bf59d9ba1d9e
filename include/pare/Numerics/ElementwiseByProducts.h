//===- ElementwiseByProducts.h - Bytes by fused products --------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// evalAdd (Elementwise.h) of bytes subtracts two zero points, rounds two
// products and their sum, or shifts and rounds integers three times; evalMul
// multiplies integers and rescales the product. Here they are
//
//   rint(fma(b, second, fma(a - offset, first, constant)))             for add
//   rint(fma(a, u, fma(u, -zero_a, zero_out))), u = fma(b, factor, constant)
//                                                                      for mul
//
// clamped, with factors that are within some 2^-24 of those of the definition.
// What is near the middle between two results may come out on the other side of
// it; but there are 65536 pairs of bytes, and all of them are tried.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_ELEMENTWISEBYPRODUCTS_H
#define PARE_NUMERICS_ELEMENTWISEBYPRODUCTS_H

#include "pare/Numerics/Elementwise.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace pare {

/// Clamps and rounds a result with its zero point; `range` is within 8 bits.
inline int32_t clampAndRoundByte(float value, QuantRange range) {
  const float low = static_cast<float>(range.lo),
              high = static_cast<float>(range.hi);
  return static_cast<int32_t>(
      std::nearbyint(std::min(std::max(value, low), high)));
}

/// What stands for the scales and zero points of add, or of sub.
struct AddFactors {
  float first = 0.0f, second = 0.0f, constant = 0.0f;
  /// What the first operand comes without.
  int32_t offset = 0;
};

/// What code for evalAdd by products computes.
inline int32_t addByProducts(int32_t a, int32_t b, const AddFactors &factors,
                             QuantRange range) {
  const float inner = std::fma(static_cast<float>(a - factors.offset),
                               factors.first, factors.constant);
  return clampAndRoundByte(
      std::fma(static_cast<float>(b), factors.second, inner), range);
}

/// Factors with which addByProducts equals evalAdd for all pairs of signed
/// values of 8 bits; nullopt where none were found. `offset` is what the code
/// has taken off the first operand already, as its zero point.
std::optional<AddFactors> findAddFactors(const AddScales &scales,
                                         RequantMode mode, QuantRange range,
                                         bool subtract = false,
                                         int32_t offset = 0);

/// The same for mul; `inputZero` is that of the first operand.
struct MulFactors {
  float factor = 0.0f, constant = 0.0f;
  float inputZero = 0.0f, outputZero = 0.0f;
};

/// What code for evalMul by products computes.
inline int32_t mulByProducts(int32_t a, int32_t b, const MulFactors &factors,
                             QuantRange range) {
  const float scaled =
      std::fma(static_cast<float>(b), factors.factor, factors.constant);
  const float moved = std::fma(scaled, -factors.inputZero, factors.outputZero);
  return clampAndRoundByte(std::fma(static_cast<float>(a), scaled, moved),
                           range);
}

/// Factors with which mulByProducts equals evalMul, as above.
std::optional<MulFactors> findMulFactors(const MulScales &scales,
                                         RequantMode mode, QuantRange range);

} // namespace pare

#endif // PARE_NUMERICS_ELEMENTWISEBYPRODUCTS_H
