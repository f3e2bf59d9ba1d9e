//===- matmul_f32.h - Matrix products of f32 ----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "real.h"

static inline float dot_f32(const float *x, const float *w, int32_t count) {
  float sum = 0.0f;
  for (int32_t i = 0; i < count; ++i)
    sum += x[i] * w[i];
  return sum;
}

// Every row of `input` (`inputs` elements) times every row of `filter`: fully
// connected layers, and convolutions whose window is one pixel. `bias` may be
// null.
static void matmul_f32(int32_t rows, int32_t inputs, int32_t outputs,
                       const float *input, const float *filter,
                       const float *bias, float low, float high,
                       float *output) {
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t o = 0; o < outputs; ++o) {
      const float sum = dot_f32(input, filter + o * inputs, inputs);
      *output++ = clamp_f32(bias ? sum + bias[o] : sum, low, high);
    }
    input += inputs;
  }
}
