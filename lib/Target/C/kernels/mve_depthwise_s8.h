//===- mve_depthwise_s8.h - Depthwise int8 by vectors -------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "layer.h"
#include "mve_requantize.h"
#include "specialize.h"
#include "window.h"

#include <string.h>

// A filter of at most 4 x 4 taps for each channel: column by column, the taps
// of a column in the order of rows. The bias has the products of the weights
// with the zero point of the input in it.
typedef struct channel_taps {
  const int8_t *weights;
  const int32_t *bias;
  int32_t channels; // 4 or more
  int32_t height, width;
} channel_taps;

// Makes words of the bytes of four rows: byte 4 * i + k of `words` is byte i of
// row k. Writes up to 60 bytes more than it should.
static inline void interleave_rows(const int8_t *const rows[4], int32_t count,
                                   int8_t *words) {
#if defined(__ARM_FEATURE_MVE)
  const int8_t *r0 = rows[0], *r1 = rows[1], *r2 = rows[2], *r3 = rows[3];
  int8x16x4_t x;
  for (int32_t n = count / 16; n > 0; --n) {
    x.val[0] = vldrbq_s8(r0);
    x.val[1] = vldrbq_s8(r1);
    x.val[2] = vldrbq_s8(r2);
    x.val[3] = vldrbq_s8(r3);
    vst4q_s8(words, x);
    r0 += 16;
    r1 += 16;
    r2 += 16;
    r3 += 16;
    words += 64;
  }
  if (count % 16 != 0) {
    const mve_pred16_t inside = vctp8q((uint32_t)(count % 16));
    x.val[0] = vldrbq_z_s8(r0, inside);
    x.val[1] = vldrbq_z_s8(r1, inside);
    x.val[2] = vldrbq_z_s8(r2, inside);
    x.val[3] = vldrbq_z_s8(r3, inside);
    vst4q_s8(words, x);
  }
#else
  for (int32_t i = 0; i < count; ++i)
    for (int32_t k = 0; k < 4; ++k)
      words[4 * i + k] = rows[k][i];
#endif
}

// The sums of four channels in `count` pixels of a row. `words` is what the
// window of the first pixel sees of the first channel: a word for each of four
// channels, columns are `column` bytes apart and pixels `pixel` bytes.
#if defined(__ARM_FEATURE_MVE)
static inline void sum_windows(int32_t count, const int8_t *words,
                               int32_t column, int32_t pixel,
                               const channel_taps *f, const int8_t *w,
                               int32_t *sums) {
  // Lane 4 * j + i of a vector of weights is tap j * height + i.
  const int32_t taps = f->height * f->width;
  const uint8x16_t lanes = vidupq_n_u8(0, 1);
  const uint8x16_t row = vandq_u8(lanes, vdupq_n_u8(3));
  const uint8x16_t places =
      vaddq_u8(vmulq_n_u8(vshrq_n_u8(lanes, 2), (uint8_t)f->height), row);
  const mve_pred16_t inside = vcmphiq_m_u8(vdupq_n_u8((uint8_t)f->height), row,
                                           vctp8q((uint32_t)(4 * f->width)));
  const int8x16_t w0 = vldrbq_gather_offset_z_s8(w, places, inside);
  const int8x16_t w1 = vldrbq_gather_offset_z_s8(w + taps, places, inside);
  const int8x16_t w2 = vldrbq_gather_offset_z_s8(w + 2 * taps, places, inside);
  const int8x16_t w3 = vldrbq_gather_offset_z_s8(w + 3 * taps, places, inside);
  // Columns that the window does not have are its last one: their weights are
  // 0.
  const uint32x4_t columns =
      vminq_u32(vidupq_n_u32(0, 1), vdupq_n_u32((uint32_t)(f->width - 1)));
  places_4 at = vaddq_n_u32(vmulq_n_u32(columns, (uint32_t)column),
                            (uint32_t)(uintptr_t)words);
  // Compilers do not know that loads by a vector of addresses read memory: this
  // keeps them behind what wrote it.
  __asm volatile("" : "+w"(at) : : "memory");
  for (; count > 0; --count) {
    const int32_t s0 =
        vmladavq_s8(vreinterpretq_s8_s32(vldrwq_gather_base_s32(at, 0)), w0);
    const int32_t s1 =
        vmladavq_s8(vreinterpretq_s8_s32(vldrwq_gather_base_s32(at, 4)), w1);
    const int32_t s2 =
        vmladavq_s8(vreinterpretq_s8_s32(vldrwq_gather_base_s32(at, 8)), w2);
    const int32_t s3 =
        vmladavq_s8(vreinterpretq_s8_s32(vldrwq_gather_base_s32(at, 12)), w3);
    store_lanes(sums, combine(s0, s1, s2, s3));
    at = vaddq_n_u32(at, (uint32_t)pixel);
    sums += 4;
  }
}
#else
static inline void sum_windows(int32_t count, const int8_t *words,
                               int32_t column, int32_t pixel,
                               const channel_taps *f, const int8_t *w,
                               int32_t *sums) {
  const int32_t taps = f->height * f->width;
  for (int32_t n = 0; n < count; ++n) {
    for (int32_t c = 0; c < 4; ++c) {
      int32_t sum = 0;
      for (int32_t j = 0; j < f->width; ++j)
        for (int32_t i = 0; i < f->height; ++i)
          sum += words[n * pixel + j * column + 4 * c + i] *
                 w[c * taps + j * f->height + i];
      sums[4 * n + c] = sum;
    }
  }
}
#endif

// Four channels of a row of the output. The sums of some pixels are finished
// before the first is requantized: both together need too many registers.
SPECIALIZED void depthwise_4_mve(int32_t pixels, const int8_t *words,
                                 int32_t column, int32_t pixel,
                                 const channel_taps *f, int32_t channel,
                                 const requantization *result, int8_t *output) {
  enum { AT_ONCE = 16 };
  const int8_t *w = f->weights + channel * f->height * f->width;
  const lanes_s32 bias = load_lanes(f->bias + channel);
  const scales_4 scales = load_scales(result, channel);
  int32_t sums[4 * AT_ONCE];
  for (int32_t first = 0; first < pixels; first += AT_ONCE) {
    const int32_t count = minimum_s32(pixels - first, AT_ONCE);
    sum_windows(count, words + first * pixel, column, pixel, f, w, sums);
    for (int32_t i = 0; i < count; ++i) {
      const lanes_s32 sum = add_lanes(load_lanes(sums + 4 * i), bias);
      store_s8(output, requantize_4(&scales, sum));
      output += f->channels;
    }
  }
}

// A convolution of every channel by itself. Each row of the output is computed
// from words of the rows of the input that it sees. `words` is room for four
// bytes for each element of a row and of its padding, 60 bytes more, and a row.
SPECIALIZED void depthwise_mve_s8(const window *s, const int8_t *input,
                                  int32_t input_zero_point,
                                  const channel_taps *f,
                                  const requantization *result, int8_t *words,
                                  int8_t *output) {
  const int32_t channels = f->channels;
  const int32_t row_size = s->in_width * channels;
  const int32_t needed = (s->out_width - 1) * s->stride_x +
                         (s->kernel_width - 1) * s->dilation_x + 1;
  const int32_t columns =
      needed < s->pad_left + s->in_width ? s->pad_left + s->in_width : needed;
  const int32_t left = 4 * channels * s->pad_left;
  // The interleaved row, a bit more that it may overwrite, and a row of
  // padding.
  int8_t *const padding = words + 4 * channels * columns + 60;
  memset(padding, input_zero_point, (size_t)row_size);
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int8_t *rows[4] = {padding, padding, padding, padding};
      for (int32_t i = 0; i < s->kernel_height; ++i) {
        const int32_t in_y = y * s->stride_y - s->pad_top + i * s->dilation_y;
        if (in_y >= 0 && in_y < s->in_height)
          rows[i] = input + in_y * row_size;
      }
      memset(words, input_zero_point, (size_t)left);
      interleave_rows(rows, row_size, words + left);
      memset(words + left + 4 * row_size, input_zero_point,
             (size_t)(4 * channels * columns - left - 4 * row_size));
      for (int32_t next = 0; next < channels; next += 4) {
        // The last four may be in part the four before.
        const int32_t c = next + 4 <= channels ? next : channels - 4;
        depthwise_4_mve(s->out_width, words + 4 * c,
                        4 * channels * s->dilation_x,
                        4 * channels * s->stride_x, f, c, result, output + c);
      }
      output += s->out_width * channels;
    }
    input += s->in_height * row_size;
  }
}

// The same for layers that are too small for code of their own.
LAYER void shared_depthwise_mve_s8(const window *s, const int8_t *input,
                                   int32_t input_zero_point,
                                   const channel_taps *f,
                                   const requantization *result, int8_t *words,
                                   int8_t *output) {
  depthwise_mve_s8(s, input, input_zero_point, f, result, words, output);
}
