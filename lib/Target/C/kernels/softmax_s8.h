//===- softmax_s8.h - Softmax of int8 -----------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "fixed_point.h"

// 1 / (1 + x) for x in [0, 1), both with 31 bits of fraction: three steps of
// Newton and Raphson for the reciprocal of (1 + x) / 2.
static inline int32_t one_over_one_plus(int32_t x) {
  const int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
  // 48/17 - 32/17 * half, with 29 bits of fraction.
  int32_t y = 1515870810 + multiply_high(half, -1010580540);
  for (int step = 0; step < 3; ++step) {
    const int32_t error = (INT32_C(1) << 29) - multiply_high(half, y);
    y += multiply_high(y, error) * 4;
  }
  return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

// Softmax of each row of `size` elements. exps[d] is exp(-d * scale) with 31
// bits of fraction; the output has the scale 1/256 and the zero point -128.
static void softmax_s8(int32_t rows, int32_t size, const int8_t *input,
                       const int32_t exps[256], int8_t *output) {
  for (int32_t row = 0; row < rows; ++row) {
    int32_t greatest = input[0];
    for (int32_t i = 1; i < size; ++i)
      if (input[i] > greatest)
        greatest = input[i];
    // The sum has 19 bits of fraction.
    int32_t sum = 0;
    for (int32_t i = 0; i < size; ++i)
      sum += divide_by_power_of_two(exps[greatest - input[i]], 12);
    // Normalized to [1, 2), of which the reciprocal is taken.
    int32_t headroom = 0;
    while (headroom < 31 && (uint32_t)sum << headroom < UINT32_C(1) << 31)
      ++headroom;
    const uint32_t normal = (uint32_t)sum << headroom;
    const int32_t mantissa =
        one_over_one_plus((int32_t)(normal - (UINT32_C(1) << 31)));
    const int32_t shift = 12 - headroom + 31 - 8;
    for (int32_t i = 0; i < size; ++i) {
      const int32_t exp = exps[greatest - input[i]];
      int32_t value = -128;
      if (shift <= 31)
        value += divide_by_power_of_two(multiply_high(mantissa, exp), shift);
      output[i] = (int8_t)clamp_s32(value, -128, 127);
    }
    input += size;
    output += size;
  }
}
