//===- quantize.h - Between real and quantized numbers ------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>

// x / scale to the nearest integer, halves away from zero, less the zero point
// that is yet to be added; clamped to [low, high]. NaN becomes 0.
static inline int32_t quantize_f32(float x, float scale, int32_t low,
                                   int32_t high) {
  const float scaled = x / scale;
  if (scaled != scaled)
    return low > 0 ? low : high < 0 ? high : 0;
  if (scaled <= (float)low)
    return low;
  if (scaled >= (float)high)
    return high;
  const int32_t whole = (int32_t)scaled;
  const float rest = scaled - (float)whole;
  return whole + (rest >= 0.5f) - (rest <= -0.5f);
}
