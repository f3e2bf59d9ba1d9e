//===- kernels.c - Random calls of the kernels for SMLAD ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled twice: RUN is the name of the function, whose code has instructions
// of the DSP extension, or the portable twins if __ARM_FEATURE_DSP is
// undefined. What is packed may be anything: it need not be what the compiler
// packs.
//
//===----------------------------------------------------------------------===//

#include "../cortex-m55/kernels.h"
#include "dsp_contract_s8.h"
#include "dsp_depthwise_s8.h"
#include "dsp_matmul_s8.h"
#include "dsp_sparse_s8.h"

enum { MAX_CHANNELS = 40, MAX_BYTES = 8192 };

static uint32_t state;

// From low to high.
static int32_t draw(int32_t low, int32_t high) {
  state = state * 1664525 + 1013904223;
  return low + (int32_t)((state >> 8) % (uint32_t)(high - low + 1));
}

static void fill(void *to, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    ((int8_t *)to)[i] = (int8_t)draw(-128, 127);
}

static int32_t multipliers[MAX_CHANNELS], bias[MAX_CHANNELS];
static uint8_t shifts[MAX_CHANNELS];
static uint16_t lengths[MAX_CHANNELS];

static int32_t draw_multiplier(void) {
  return (INT32_C(1) << 30) + draw(0, (1 << 24) - 1) * 64 + draw(0, 63);
}

static narrowing draw_narrowing(void) {
  for (int32_t i = 0; i < MAX_CHANNELS; ++i) {
    multipliers[i] = draw_multiplier();
    shifts[i] = (uint8_t)draw(0, draw(0, 4) == 0 ? 30 : 12);
    bias[i] = draw(-30000, 30000);
    // Ties.
    if (draw(0, 3) == 0)
      multipliers[i] = INT32_C(1) << 30;
  }
  narrowing r = {multipliers, shifts, draw(0, 3) != 0, 0, -128, 127};
  r.offset = 2 * (draw(0, 1) ? -128 : draw(-128, 127)) + 1;
  if (draw(0, 2) == 0) {
    r.low = draw(-128, 20);
    r.high = draw(r.low, 127);
  }
  return r;
}

static window draw_window(int32_t kernel) {
  window s;
  s.images = draw(1, 2);
  s.groups = 1;
  s.kernel_height = s.kernel_width = kernel;
  s.dilation_y = s.dilation_x = 1;
  s.stride_y = draw(1, 2);
  s.stride_x = draw(1, 2);
  s.in_channels = draw(1, 9);
  s.out_channels = draw(1, MAX_CHANNELS);
  s.out_height = draw(1, 4);
  s.out_width = draw(1, 9);
  s.pad_top = draw(0, kernel - 1);
  s.pad_left = draw(0, kernel - 1);
  // A row and a column may be below and right of the image.
  const int32_t height = (s.out_height - 1) * s.stride_y + kernel - s.pad_top;
  const int32_t width = (s.out_width - 1) * s.stride_x + kernel - s.pad_left;
  s.in_height = draw(0, 1) && height > 1 ? height - 1 : height;
  s.in_width = draw(0, 1) && width > 1 ? width - 1 : width;
  return s;
}

// Lists within `size` columns for `count` rows.
static void draw_lists(uint32_t *entries, int32_t size, int32_t count) {
  for (int32_t row = 0; row < count; ++row) {
    int32_t column = 0;
    lengths[row] = (uint16_t)draw(0, 6);
    for (int32_t i = 0; i < lengths[row]; ++i) {
      uint32_t word = 0;
      for (int32_t half = 0; half < 2; ++half) {
        const int32_t step = draw(0, minimum_s32(size - 1 - column, 9));
        column += step;
        word |= (uint32_t)(step | draw(0, 255) << 8) << 16 * half;
      }
      *entries++ = word;
    }
  }
}

static int32_t draw_zero_point(void) {
  return draw(0, 2) == 0 ? draw(-128, 127) : 0;
}

static int32_t run_products(uint32_t seed, const int8_t *input,
                            const uint64_t *weights, uint64_t *room,
                            const narrowing *r, int8_t *output) {
  const int32_t inputs = draw(1, 60), rows = draw(1, 9);
  paired_rows f = {weights, bias, (inputs + 3) / 4 * 4, draw(1, MAX_CHANNELS),
                   0};
  if (seed % 2 == 0) {
    f.zero_point = draw_zero_point();
    paired_matmul_s8(rows, input, inputs, &f, r, room, output);
    return rows * f.count;
  }
  paired_row_s8(input, &f, r, output);
  return f.count;
}

int32_t RUN(uint32_t seed, int8_t *output) {
  static int8_t input[MAX_BYTES];
  static uint64_t weights[2048], room[4096];
  static uint32_t entries[6 * MAX_CHANNELS];
  state = seed;
  fill(input, sizeof(input));
  fill(weights, sizeof(weights));
  const narrowing r = draw_narrowing();
  const int32_t kernel = seed % 8 == 3 ? 3 : draw(1, seed % 8 == 4 ? 7 : 3);
  window s = draw_window(kernel);
  const int32_t zero_point = draw(-128, 127);
  const int32_t pixels = s.images * s.out_height * s.out_width;
  switch (seed % 8) {
  case 0:
    return run_products(seed / 8, input, weights, room, &r, output);
  case 1: {
    s.in_channels = draw(1, 2) * 4;
    const paired_rows f = {weights, bias, kernel * kernel * s.in_channels,
                           s.out_channels, draw_zero_point()};
    paired_contract_s8(&s, input, zero_point, &f, &r, room, output);
    return pixels * f.count;
  }
  case 2: {
    const int32_t size = kernel * kernel * s.in_channels;
    const paired_rows f = {weights, bias, (size + 3) / 4 * 4, s.out_channels,
                           draw_zero_point()};
    paired_contract_bytes_s8(&s, input, zero_point, &f, &r, room, output);
    return pixels * f.count;
  }
  case 3: {
    s.out_channels = s.in_channels;
    const row_taps f = {(const int8_t *)weights, bias, draw_zero_point()};
    const int32_t width =
        s.stride_x == 2 ? 2 * s.out_width + 2 : (s.out_width + 1) / 2 * 2 + 2;
    const row_ring ring = {(int16_t *)room, s.in_channels * 3 * width, width,
                           minimum_s32(s.in_width, width - s.pad_left)};
    depthwise_3x3_s8(&s, input, zero_point, &f, &r, &ring, output);
    return pixels * s.out_channels;
  }
  case 4: {
    s.stride_x = draw(1, 3);
    s.kernel_width = draw(1, kernel);
    s.in_channels = draw(1, 4);
    s.out_channels = s.in_channels * draw(1, 3);
    const int32_t columns = (s.out_width - 1) * s.stride_x + s.kernel_width;
    s.in_width = draw(1, columns);
    s.pad_left = draw(0, minimum_s32(columns - s.in_width, kernel));
    const row_taps f = {(const int8_t *)weights, bias, draw_zero_point()};
    const int32_t width = (columns + 1) / 2 * 2;
    const row_ring ring = {(int16_t *)room, s.in_channels * kernel * width + 8,
                           width, s.in_width};
    depthwise_dsp_s8(&s, input, zero_point, &f, &r, &ring,
                     (word_pair *)(void *)(room + 2048), output);
    return pixels * s.out_channels;
  }
  case 5: {
    s.groups = draw(2, 3);
    s.in_channels = s.groups * draw(1, 3);
    s.out_channels = s.groups * draw(1, 5);
    const int32_t size = kernel * kernel * s.in_channels / s.groups;
    const paired_rows f = {weights, bias, (size + 3) / 4 * 4, s.out_channels,
                           draw_zero_point()};
    paired_contract_groups_s8(&s, input, zero_point, &f, &r, room, output);
    return pixels * f.count;
  }
  case 6: {
    const sparse_rows f = {entries, lengths, bias, draw(1, 60),
                           draw(1, MAX_CHANNELS)};
    const int32_t rows = draw(1, 9);
    draw_lists(entries, f.size, f.count);
    sparse_matmul_dsp_s8(rows, input, &f, &r, room, output);
    return rows * f.count;
  }
  default: {
    const sparse_rows f = {entries, lengths, bias,
                           kernel * kernel * s.in_channels, s.out_channels};
    draw_lists(entries, f.size, f.count);
    sparse_contract_dsp_s8(&s, input, zero_point, &f, &r, room, output);
    return pixels * f.count;
  }
  }
}
