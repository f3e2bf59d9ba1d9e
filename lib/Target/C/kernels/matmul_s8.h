//===- matmul_s8.h - Matrix products of int8 ----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "dsp.h"
#include "requantize.h"

#include <string.h>

// Copies int8 to 16 bits, less their zero point. With the DSP instructions of
// Cortex-M, groups of four become 0, 2, 1, 3: the order in which the dot
// products below widen the weights.
#if defined(__ARM_FEATURE_DSP)
static inline void center_s8(const int8_t *x, int32_t zero_point, int32_t count,
                             int16_t *to) {
  const uint32_t minus = (uint32_t)-zero_point & 0xffff;
  const int16x2_t both = (int16x2_t)(minus << 16 | minus);
  const int32_t fours = count - count % 4;
  for (int32_t i = 0; i < fours; i += 4) {
    uint32_t four;
    memcpy(&four, x + i, sizeof(four));
    const int16x2_t even = __sxtab16(both, (int8x4_t)four);
    const int16x2_t odd = __sxtab16(both, (int8x4_t)rotate_8(four));
    memcpy(to + i, &even, sizeof(even));
    memcpy(to + i + 2, &odd, sizeof(odd));
  }
  for (int32_t i = fours; i < count; ++i)
    to[i] = (int16_t)(x[i] - zero_point);
}
#else
static inline void center_s8(const int8_t *x, int32_t zero_point, int32_t count,
                             int16_t *to) {
  for (int32_t i = 0; i < count; ++i)
    to[i] = (int16_t)(x[i] - zero_point);
}
#endif

// Adds to sums[2 * p + o] the products of patch p with row o of a filter. Sums
// are unsigned because they may wrap, which C does not define for signed
// numbers.
#if defined(__ARM_FEATURE_DSP)
static inline void dot_2x2(const int16_t *x0, const int16_t *x1,
                           const int8_t *w0, const int8_t *w1, int32_t count,
                           uint32_t sums[4]) {
  int32_t s0 = (int32_t)sums[0], s1 = (int32_t)sums[1];
  int32_t s2 = (int32_t)sums[2], s3 = (int32_t)sums[3];
  const int32_t fours = count - count % 4;
  for (int32_t i = 0; i < fours; i += 4) {
    int16x2_t a0, a1, b0, b1;
    uint32_t u, v;
    memcpy(&a0, x0 + i, sizeof(a0));
    memcpy(&a1, x0 + i + 2, sizeof(a1));
    memcpy(&b0, x1 + i, sizeof(b0));
    memcpy(&b1, x1 + i + 2, sizeof(b1));
    memcpy(&u, w0 + i, sizeof(u));
    memcpy(&v, w1 + i, sizeof(v));
    int16x2_t w = __sxtb16((int8x4_t)u);
    s0 = __smlad(a0, w, s0);
    s2 = __smlad(b0, w, s2);
    w = __sxtb16((int8x4_t)rotate_8(u));
    s0 = __smlad(a1, w, s0);
    s2 = __smlad(b1, w, s2);
    w = __sxtb16((int8x4_t)v);
    s1 = __smlad(a0, w, s1);
    s3 = __smlad(b0, w, s3);
    w = __sxtb16((int8x4_t)rotate_8(v));
    s1 = __smlad(a1, w, s1);
    s3 = __smlad(b1, w, s3);
  }
  sums[0] = (uint32_t)s0;
  sums[1] = (uint32_t)s1;
  sums[2] = (uint32_t)s2;
  sums[3] = (uint32_t)s3;
  for (int32_t i = fours; i < count; ++i) {
    sums[0] += (uint32_t)(x0[i] * w0[i]);
    sums[1] += (uint32_t)(x0[i] * w1[i]);
    sums[2] += (uint32_t)(x1[i] * w0[i]);
    sums[3] += (uint32_t)(x1[i] * w1[i]);
  }
}
#else
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
#endif

// The same for one patch.
#if defined(__ARM_FEATURE_DSP)
static inline void dot_1x2(const int16_t *x, const int8_t *w0, const int8_t *w1,
                           int32_t count, uint32_t sums[2]) {
  int32_t s0 = (int32_t)sums[0], s1 = (int32_t)sums[1];
  const int32_t fours = count - count % 4;
  for (int32_t i = 0; i < fours; i += 4) {
    int16x2_t a0, a1;
    uint32_t u, v;
    memcpy(&a0, x + i, sizeof(a0));
    memcpy(&a1, x + i + 2, sizeof(a1));
    memcpy(&u, w0 + i, sizeof(u));
    memcpy(&v, w1 + i, sizeof(v));
    s0 = __smlad(a0, __sxtb16((int8x4_t)u), s0);
    s0 = __smlad(a1, __sxtb16((int8x4_t)rotate_8(u)), s0);
    s1 = __smlad(a0, __sxtb16((int8x4_t)v), s1);
    s1 = __smlad(a1, __sxtb16((int8x4_t)rotate_8(v)), s1);
  }
  sums[0] = (uint32_t)s0;
  sums[1] = (uint32_t)s1;
  for (int32_t i = fours; i < count; ++i) {
    sums[0] += (uint32_t)(x[i] * w0[i]);
    sums[1] += (uint32_t)(x[i] * w1[i]);
  }
}
#else
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
#endif

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
