//===- FixedPoint.cpp - Choosing a fixed-point factor ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/FixedPoint.h"

#include <cmath>

using namespace pare;

QuantizedMultiplier pare::quantizeMultiplier(double real) {
  // Also false for NaN.
  if (!(real > 0.0))
    return {};
  if (std::isinf(real))
    return {std::numeric_limits<int32_t>::max(), 31};
  int exponent = 0;
  const double fraction = std::frexp(real, &exponent);
  int64_t mantissa =
      static_cast<int64_t>(std::round(fraction * double(int64_t(1) << 31)));
  // A fraction just below 1 rounds up to 1.
  if (mantissa == int64_t(1) << 31) {
    mantissa /= 2;
    ++exponent;
  }
  // With a right shift of more than 31 nothing would be left of any product.
  if (exponent < -31)
    return {};
  if (exponent > 31)
    return {std::numeric_limits<int32_t>::max(), 31};
  return {static_cast<int32_t>(mantissa), exponent};
}
