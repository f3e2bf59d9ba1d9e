//===- cast.h - Conversions of element types ----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <math.h>
#include <stdint.h>

// Truncated toward zero and clamped to the range of the type; NaN becomes 0.
static inline int64_t truncate_f32(float x, int32_t bits) {
  const int64_t high = bits == 64 ? INT64_MAX : (INT64_C(1) << (bits - 1)) - 1;
  const float limit = (float)(UINT64_C(1) << (bits - 1));
  if (x != x)
    return 0;
  if (x >= limit)
    return high;
  return x < -limit ? -high - 1 : (int64_t)x;
}

// The value of an IEEE half.
static inline float half_to_f32(uint16_t half) {
  const int32_t exponent = half >> 10 & 31;
  const int32_t fraction = half & 1023;
  float value = (float)fraction / 1024.0f;
  if (exponent == 31)
    value = fraction == 0 ? INFINITY : NAN;
  else if (exponent == 0)
    value /= 16384.0f;
  else
    value = (value + 1.0f) * (float)(UINT32_C(1) << exponent) / 32768.0f;
  return half >> 15 ? -value : value;
}
