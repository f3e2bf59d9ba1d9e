//===- matmul_s8.h - Matrix products of int8 ----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "requantize.h"

// The sum of (x[i] - x_zero_point) * w[i]. Sums are unsigned because they may
// wrap, which C does not define for signed numbers.
static inline uint32_t dot_s8(const int8_t *x, int32_t x_zero_point,
                              const int8_t *w, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += (uint32_t)((x[i] - x_zero_point) * w[i]);
  return sum;
}

// The sum of x[i] - x_zero_point.
static inline uint32_t sum_s8(const int8_t *x, int32_t x_zero_point,
                              int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += (uint32_t)(x[i] - x_zero_point);
  return sum;
}

// Every row of `input` (`inputs` elements) times every row of `filter`: fully
// connected layers, and convolutions whose window is one pixel. `bias` may be
// null.
static void matmul_s8(int32_t rows, int32_t inputs, int32_t outputs,
                      const int8_t *input, int32_t input_zero_point,
                      const int8_t *filter, int32_t filter_zero_point,
                      const int32_t *bias, const requantization *result,
                      int8_t *output) {
  for (int32_t row = 0; row < rows; ++row) {
    const int8_t *x = input + row * inputs;
    uint32_t offset = 0;
    if (filter_zero_point != 0)
      offset =
          (uint32_t)filter_zero_point * sum_s8(x, input_zero_point, inputs);
    for (int32_t o = 0; o < outputs; ++o) {
      const int8_t *w = filter + o * inputs;
      uint32_t sum = bias ? (uint32_t)bias[o] : 0;
      sum += dot_s8(x, input_zero_point, w, inputs) - offset;
      *output++ = (int8_t)requantize(result, (int32_t)sum, o);
    }
  }
}
