//===- matmul_s8.h - Matrix products of int8 ----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "requantize.h"

#include <string.h>

// Copies int8 to 16 bits, less their zero point.
static inline void center_s8(const int8_t *x, int32_t zero_point, int32_t count,
                             int16_t *to) {
  for (int32_t i = 0; i < count; ++i)
    to[i] = (int16_t)(x[i] - zero_point);
}

// Adds to sums[2 * p + o] the products of patch p with row o of a filter. Sums
// are unsigned because they may wrap, which C does not define for signed
// numbers.
static inline void dot_2x2(const int16_t *x0, const int16_t *x1,
                           const int8_t *w0, const int8_t *w1, int32_t count,
                           uint32_t sums[4]) {
  uint32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  for (int32_t i = 0; i < count; ++i) {
    s0 += (uint32_t)(x0[i] * w0[i]);
    s1 += (uint32_t)(x0[i] * w1[i]);
    s2 += (uint32_t)(x1[i] * w0[i]);
    s3 += (uint32_t)(x1[i] * w1[i]);
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

// The same for one patch.
static inline void dot_1x2(const int16_t *x, const int8_t *w0, const int8_t *w1,
                           int32_t count, uint32_t sums[2]) {
  uint32_t s0 = sums[0], s1 = sums[1];
  for (int32_t i = 0; i < count; ++i) {
    s0 += (uint32_t)(x[i] * w0[i]);
    s1 += (uint32_t)(x[i] * w1[i]);
  }
  sums[0] = s0;
  sums[1] = s1;
}

// The rows of a filter, for the outputs [first, last). `bias` may be null.
typedef struct filter_s8 {
  const int8_t *weights;
  int32_t size; // of a row
  int32_t zero_point;
  const int32_t *bias;
  int32_t first, last;
} filter_s8;

// One or two patches, which lie back to back, times all rows of a filter. The
// outputs of the second patch are `step` behind those of the first.
static void multiply_patches(const int16_t *patches, int32_t count,
                             const filter_s8 *f, const requantization *result,
                             int8_t *output, int32_t step) {
  const int16_t *x0 = patches;
  const int16_t *x1 = patches + f->size;
  uint32_t offsets[2] = {0, 0};
  if (f->zero_point != 0) {
    for (int32_t i = 0; i < f->size; ++i)
      offsets[0] += (uint32_t)(x0[i] * f->zero_point);
    for (int32_t i = 0; count == 2 && i < f->size; ++i)
      offsets[1] += (uint32_t)(x1[i] * f->zero_point);
  }
  for (int32_t o = f->first; o < f->last; o += 2) {
    // The last row of an odd number is taken twice.
    const int32_t next = o + 1 < f->last ? o + 1 : o;
    const int8_t *w0 = f->weights + o * f->size;
    const int8_t *w1 = f->weights + next * f->size;
    const uint32_t b0 = f->bias ? (uint32_t)f->bias[o] : 0;
    const uint32_t b1 = f->bias ? (uint32_t)f->bias[next] : 0;
    uint32_t sums[4] = {b0 - offsets[0], b1 - offsets[0], b0 - offsets[1],
                        b1 - offsets[1]};
    if (count == 2)
      dot_2x2(x0, x1, w0, w1, f->size, sums);
    else
      dot_1x2(x0, w0, w1, f->size, sums);
    for (int32_t p = 0; p < count; ++p) {
      int8_t *y = output + p * step;
      y[o] = (int8_t)requantize(result, (int32_t)sums[2 * p], o);
      if (next != o)
        y[next] = (int8_t)requantize(result, (int32_t)sums[2 * p + 1], next);
    }
  }
}

// Every row of `input` times every row of the filter: fully connected layers,
// and convolutions whose window is one pixel. `patches` is room for two rows of
// 16 bits.
static void matmul_s8(int32_t rows, const int8_t *input,
                      int32_t input_zero_point, const filter_s8 *filter,
                      const requantization *result, int16_t *patches,
                      int8_t *output) {
  for (int32_t row = 0; row < rows; row += 2) {
    const int32_t count = row + 1 < rows ? 2 : 1;
    for (int32_t i = 0; i < count; ++i) {
      center_s8(input, input_zero_point, filter->size,
                patches + i * filter->size);
      input += filter->size;
    }
    multiply_patches(patches, count, filter, result, output, filter->last);
    output += count * filter->last;
  }
}
