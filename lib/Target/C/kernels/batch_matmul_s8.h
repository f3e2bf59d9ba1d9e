//===- batch_matmul_s8.h - Products of two int8 activations -------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "requantize.h"

// `batches` products of a matrix of rows x depth with one of depth x columns.
// Neighbors in a row, a column and a batch are the given steps apart, so that
// either matrix may be transposed, or the same for all batches.
typedef struct matrix_steps {
  int32_t batch, outer, depth;
} matrix_steps;

static void batch_matmul_s8(int32_t batches, int32_t rows, int32_t columns,
                            int32_t depth, const int8_t *lhs,
                            matrix_steps lhs_steps, int32_t lhs_zero_point,
                            const int8_t *rhs, matrix_steps rhs_steps,
                            int32_t rhs_zero_point,
                            const requantization *result, int8_t *output) {
  for (int32_t b = 0; b < batches; ++b) {
    for (int32_t row = 0; row < rows; ++row) {
      for (int32_t column = 0; column < columns; ++column) {
        const int8_t *x = lhs + b * lhs_steps.batch + row * lhs_steps.outer;
        const int8_t *w = rhs + b * rhs_steps.batch + column * rhs_steps.outer;
        uint32_t sum = 0;
        for (int32_t i = 0; i < depth; ++i)
          sum += (uint32_t)((x[i * lhs_steps.depth] - lhs_zero_point) *
                            (w[i * rhs_steps.depth] - rhs_zero_point));
        *output++ = (int8_t)requantize(result, (int32_t)sum, 0);
      }
    }
  }
}
