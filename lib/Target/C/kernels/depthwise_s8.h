//===- depthwise_s8.h - Depthwise convolutions of int8 ------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "requantize.h"
#include "window.h"

#include <string.h>

// The part of the input and of the filter under one window: rows and columns of
// taps, and how far apart those are.
typedef struct tap_grid {
  int32_t rows, columns;
  int32_t input_row, input_column;
  int32_t filter_row, filter_column;
} tap_grid;

// Adds to the sum of one channel the products of all taps.
static inline uint32_t add_taps(const tap_grid *g, const int8_t *x,
                                int32_t x_zero_point, const int8_t *w,
                                int32_t w_zero_point, uint32_t sum) {
  for (int32_t i = 0; i < g->rows; ++i)
    for (int32_t j = 0; j < g->columns; ++j)
      sum += (uint32_t)((x[i * g->input_row + j * g->input_column] -
                         x_zero_point) *
                        (w[i * g->filter_row + j * g->filter_column] -
                         w_zero_point));
  return sum;
}

// The same for four channels.
static inline void add_taps_4(const tap_grid *g, const int8_t *x,
                              int32_t x_zero_point, const int8_t *w,
                              int32_t w_zero_point, uint32_t sums[4]) {
  for (int32_t i = 0; i < g->rows; ++i)
    for (int32_t j = 0; j < g->columns; ++j)
      for (int32_t c = 0; c < 4; ++c)
        sums[c] += (uint32_t)((x[i * g->input_row + j * g->input_column + c] -
                               x_zero_point) *
                              (w[i * g->filter_row + j * g->filter_column + c] -
                               w_zero_point));
}

// A convolution of every channel by itself, four channels at a time. The filter
// has kernel_height x kernel_width x channels elements; `bias` may be null.
static void depthwise_s8(const window *s, const int8_t *input,
                         int32_t input_zero_point, const int8_t *filter,
                         int32_t filter_zero_point, const int32_t *bias,
                         const requantization *result, int8_t *output) {
  const int32_t channels = s->in_channels;
  tap_grid g;
  g.input_row = s->dilation_y * s->in_width * channels;
  g.input_column = s->dilation_x * channels;
  g.filter_row = s->kernel_width * channels;
  g.filter_column = channels;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky =
          taps_inside(top, s->in_height, s->kernel_height, s->dilation_y);
      g.rows = ky.end - ky.begin;
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx =
            taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
        g.columns = kx.end - kx.begin;
        const int32_t in_y = top + ky.begin * s->dilation_y;
        const int32_t in_x = left + kx.begin * s->dilation_x;
        const int32_t from = (in_y * s->in_width + in_x) * channels;
        const int32_t tap = (ky.begin * s->kernel_width + kx.begin) * channels;
        const int32_t fours =
            g.rows > 0 && g.columns > 0 ? channels / 4 * 4 : 0;
        for (int32_t c = 0; c < fours; c += 4) {
          uint32_t sums[4] = {0, 0, 0, 0};
          for (int32_t i = 0; bias && i < 4; ++i)
            sums[i] = (uint32_t)bias[c + i];
          add_taps_4(&g, input + from + c, input_zero_point, filter + tap + c,
                     filter_zero_point, sums);
          for (int32_t i = 0; i < 4; ++i)
            *output++ = (int8_t)requantize(result, (int32_t)sums[i], c + i);
        }
        for (int32_t c = fours; c < channels; ++c) {
          uint32_t sum = bias ? (uint32_t)bias[c] : 0;
          if (g.rows > 0 && g.columns > 0)
            sum = add_taps(&g, input + from + c, input_zero_point,
                           filter + tap + c, filter_zero_point, sum);
          *output++ = (int8_t)requantize(result, (int32_t)sum, c);
        }
      }
    }
    input += s->in_height * s->in_width * channels;
  }
}

// The same where each input channel has several outputs: the channels of the
// output are in_channels x (out_channels / in_channels).
static void
depthwise_multiplied_s8(const window *s, const int8_t *input,
                        int32_t input_zero_point, const int8_t *filter,
                        int32_t filter_zero_point, const int32_t *bias,
                        const requantization *result, int8_t *output) {
  const int32_t multiplier = s->out_channels / s->in_channels;
  tap_grid g;
  g.input_row = s->dilation_y * s->in_width * s->in_channels;
  g.input_column = s->dilation_x * s->in_channels;
  g.filter_row = s->kernel_width * s->out_channels;
  g.filter_column = s->out_channels;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky =
          taps_inside(top, s->in_height, s->kernel_height, s->dilation_y);
      g.rows = ky.end - ky.begin;
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx =
            taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
        g.columns = kx.end - kx.begin;
        const int32_t in_y = top + ky.begin * s->dilation_y;
        const int32_t in_x = left + kx.begin * s->dilation_x;
        const int32_t from = (in_y * s->in_width + in_x) * s->in_channels;
        const int32_t tap =
            (ky.begin * s->kernel_width + kx.begin) * s->out_channels;
        for (int32_t o = 0; o < s->out_channels; ++o) {
          uint32_t sum = bias ? (uint32_t)bias[o] : 0;
          if (g.rows > 0 && g.columns > 0)
            sum = add_taps(&g, input + from + o / multiplier, input_zero_point,
                           filter + tap + o, filter_zero_point, sum);
          *output++ = (int8_t)requantize(result, (int32_t)sum, o);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
