//===- mve_pool_s8.h - Pools of int8 by vectors -------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "fixed_point.h"
#include "mve.h"
#include "window.h"

// Adds `count` vectors of four elements, `step` bytes apart, to four sums.
static inline lanes_s32 add_column(int32_t count, const int8_t *from,
                                   int32_t step, lanes_s32 sums) {
  for (; count > 0; --count) {
#if defined(__ARM_FEATURE_MVE)
    sums = vaddq_s32(sums, vldrbq_s32(from));
#else
    for (int32_t i = 0; i < 4; ++i)
      sums.lane[i] += from[i];
#endif
    from += step;
  }
  return sums;
}

// As average_pool_s8, four channels at a time, of which there are four or more.
static void average_pool_mve_s8(const window *s, const int8_t *input,
                                int32_t count_padding, int32_t zero_point,
                                int32_t low, int32_t high, int8_t *output) {
  const int32_t channels = s->in_channels;
  const int32_t row_size = s->in_width * channels;
  const int32_t whole = s->kernel_height * s->kernel_width;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky = taps_inside(top, s->in_height, s->kernel_height, 1);
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx = taps_inside(left, s->in_width, s->kernel_width, 1);
        const int32_t width = kx.end - kx.begin;
        const int32_t inside = (ky.end - ky.begin) * width;
        const int32_t count = count_padding ? whole : inside;
        const int8_t *corner =
            input + (top + ky.begin) * row_size + (left + kx.begin) * channels;
        for (int32_t next = 0; next < channels; next += 4) {
          // The last four may be in part the four before.
          const int32_t c = next + 4 <= channels ? next : channels - 4;
          const int32_t padded = (count - inside) * zero_point;
          int32_t sums[4] = {padded, padded, padded, padded};
          lanes_s32 sum = load_lanes(sums);
          for (int32_t i = 0; i < ky.end - ky.begin; ++i)
            sum = add_column(width, corner + i * row_size + c, channels, sum);
          store_lanes(sums, sum);
          for (int32_t i = 0; i < 4; ++i) {
            const int32_t half = sums[i] > 0 ? count / 2 : -(count / 2);
            output[c + i] =
                (int8_t)clamp_s32((sums[i] + half) / count, low, high);
          }
        }
        output += channels;
      }
    }
    input += s->in_height * row_size;
  }
}
