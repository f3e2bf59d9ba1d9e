//===- batch_matmul_f32.h - Products of two f32 activations -------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "real.h"

// `batches` products of a matrix of rows x depth with one of depth x columns.
// Neighbors in a row, a column and a batch are the given steps apart, so that
// either matrix may be transposed, or the same for all batches.
typedef struct matrix_steps_f32 {
  int32_t batch, outer, depth;
} matrix_steps_f32;

static void batch_matmul_f32(int32_t batches, int32_t rows, int32_t columns,
                             int32_t depth, const float *lhs,
                             matrix_steps_f32 lhs_steps, const float *rhs,
                             matrix_steps_f32 rhs_steps, float low, float high,
                             float *output) {
  for (int32_t b = 0; b < batches; ++b) {
    for (int32_t row = 0; row < rows; ++row) {
      for (int32_t column = 0; column < columns; ++column) {
        const float *x = lhs + b * lhs_steps.batch + row * lhs_steps.outer;
        const float *w = rhs + b * rhs_steps.batch + column * rhs_steps.outer;
        float sum = 0.0f;
        for (int32_t i = 0; i < depth; ++i)
          sum += x[i * lhs_steps.depth] * w[i * rhs_steps.depth];
        *output++ = clamp_f32(sum, low, high);
      }
    }
  }
}
