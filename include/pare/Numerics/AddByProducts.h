//===- AddByProducts.h - Sums of bytes by two products ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// evalAdd (Elementwise.h) of bytes subtracts two zero points, rounds two
// products and their sum, or shifts and rounds integers three times. Here it is
//
//   rint(fma(b, second, fma(a, first, constant)))
//
// clamped, with zero points and factors that are within some 2^-24 of those of
// the definition. A sum near the middle between two results may come out on the
// other side of it; but there are 65536 pairs of bytes, and all of them are
// tried.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_ADDBYPRODUCTS_H
#define PARE_NUMERICS_ADDBYPRODUCTS_H

#include "pare/Numerics/Elementwise.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace pare {

/// What stands for the scales and zero points of add, or of sub.
struct AddFactors {
  float first = 0.0f, second = 0.0f, constant = 0.0f;
};

/// What code for evalAdd by products computes; `range` is within 8 bits.
inline int32_t addByProducts(int32_t a, int32_t b, const AddFactors &factors,
                             QuantRange range) {
  const float inner =
      std::fma(static_cast<float>(a), factors.first, factors.constant);
  const float sum = std::fma(static_cast<float>(b), factors.second, inner);
  const float low = static_cast<float>(range.lo),
              high = static_cast<float>(range.hi);
  return static_cast<int32_t>(
      std::nearbyint(std::min(std::max(sum, low), high)));
}

/// Factors with which addByProducts equals evalAdd for all pairs of values of 8
/// bits, signed ones; nullopt where none were found.
std::optional<AddFactors> findAddFactors(const AddScales &scales,
                                         RequantMode mode, QuantRange range,
                                         bool subtract = false);

} // namespace pare

#endif // PARE_NUMERICS_ADDBYPRODUCTS_H
