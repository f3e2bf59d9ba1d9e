//===- dsp_contract_s8.h - Convolutions of int8 by SMLAD ----------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "contract_s8.h"
#include "dsp_matmul_s8.h"
#include "window.h"

// Writes `count` times the value of an input to groups of a patch, as widen_s8.
SPECIALIZED void widen_padding(int32_t value, int32_t count, uint64_t *to,
                               int32_t step) {
  const uint32_t halves = low_halves((uint32_t)value, (uint32_t)value);
  for (int32_t i = 0; i < count; i += 4) {
    store_pair(to, halves, halves);
    to += step;
  }
}

// Widens what is under the window of output (y, x) of an image. Pixels are
// whole groups of four, and taps are neighbors.
SPECIALIZED void widen_window(const window *s, const int8_t *image, int32_t y,
                              int32_t x, int32_t zero_point, uint64_t *to,
                              int32_t step) {
  const int32_t channels = s->in_channels;
  const int32_t top = y * s->stride_y - s->pad_top;
  const int32_t left = x * s->stride_x - s->pad_left;
  const taps kx = taps_inside(left, s->in_width, s->kernel_width, 1);
  const int32_t inside = kx.end > kx.begin ? kx.end - kx.begin : 0;
  const int32_t row_size = s->kernel_width * channels;
  for (int32_t i = 0; i < s->kernel_height; ++i) {
    const int32_t in_y = top + i * s->dilation_y;
    const int32_t is_inside = in_y >= 0 && in_y < s->in_height;
    if (!is_inside || inside < s->kernel_width)
      widen_padding(zero_point, row_size, to, step);
    if (is_inside)
      widen_s8(image + (in_y * s->in_width + left + kx.begin) * channels,
               inside * channels, to + kx.begin * channels / 4 * step, step);
    to += row_size / 4 * step;
  }
}

// A convolution, two outputs of an image's row at a time. `patches` is room for
// two patches.
SPECIALIZED void paired_contract_s8(const window *s, const int8_t *input,
                                    int32_t zero_point,
                                    const paired_rows *filter,
                                    const narrowing *result, uint64_t *patches,
                                    int8_t *output) {
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x + 1 < s->out_width; x += 2) {
        for (int32_t i = 0; i < 2; ++i)
          widen_window(s, input, y, x + i, zero_point, patches + i, 2);
        multiply_two(patches, filter, result, output, filter->count);
        output += 2 * filter->count;
      }
      if (s->out_width % 2 != 0) {
        widen_window(s, input, y, s->out_width - 1, zero_point, patches, 1);
        multiply_one(patches, filter, result, output);
        output += filter->count;
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}

// Copies what is under the window of output (y, x) of an image. Taps are
// neighbors.
SPECIALIZED void gather_window(const window *s, const int8_t *image, int32_t y,
                               int32_t x, int32_t zero_point, int8_t *patch) {
  const int32_t row_size = s->kernel_width * s->in_channels;
  const int32_t top = y * s->stride_y - s->pad_top;
  const int32_t left = x * s->stride_x - s->pad_left;
  // Bytes of a row that are in the image.
  const int32_t first = left < 0 ? -left * s->in_channels : 0;
  const int32_t behind = (s->in_width - left) * s->in_channels;
  const int32_t last = behind < row_size ? behind : row_size;
  for (int32_t i = 0; i < s->kernel_height; ++i) {
    const int32_t in_y = top + i;
    const int32_t row = (in_y * s->in_width + left) * s->in_channels;
    if (in_y < 0 || in_y >= s->in_height) {
      memset(patch, zero_point, (size_t)row_size);
    } else if (last - first == row_size) {
      memcpy(patch, image + row, (size_t)row_size);
    } else {
      for (int32_t j = 0; j < row_size; ++j)
        patch[j] = j < first || j >= last ? (int8_t)zero_point : image[row + j];
    }
    patch += row_size;
  }
}

// The same for any taps.
SPECIALIZED void gather_bytes(const window *s, const int8_t *image, int32_t y,
                              int32_t x, int32_t zero_point, int8_t *patch) {
  if (s->dilation_x == 1 && s->dilation_y == 1)
    gather_window(s, image, y, x, zero_point, patch);
  else
    gather_patch(s, image, 0, y, x, zero_point, patch);
}

// A convolution of pixels of any number of channels, and with any taps:
// a patch is first put together from bytes. `patches` has room for those behind
// the two patches.
SPECIALIZED void paired_contract_bytes_s8(const window *s, const int8_t *input,
                                          int32_t zero_point,
                                          const paired_rows *filter,
                                          const narrowing *result,
                                          uint64_t *patches, int8_t *output) {
  const int32_t size = s->kernel_height * s->kernel_width * s->in_channels;
  int8_t *const bytes = (int8_t *)(patches + filter->size / 2);
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x + 1 < s->out_width; x += 2) {
        for (int32_t i = 0; i < 2; ++i) {
          gather_bytes(s, input, y, x + i, zero_point, bytes);
          widen_s8(bytes, size, patches + i, 2);
        }
        multiply_two(patches, filter, result, output, filter->count);
        output += 2 * filter->count;
      }
      if (s->out_width % 2 != 0) {
        gather_bytes(s, input, y, s->out_width - 1, zero_point, bytes);
        widen_s8(bytes, size, patches, 1);
        multiply_one(patches, filter, result, output);
        output += filter->count;
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}

// The same in groups of channels: the weights of each begin with a pair of
// rows.
SPECIALIZED void paired_contract_groups_s8(const window *s, const int8_t *input,
                                           int32_t zero_point,
                                           const paired_rows *filter,
                                           const narrowing *result,
                                           uint64_t *patches, int8_t *output) {
  const int32_t inputs = s->in_channels / s->groups;
  const int32_t size = s->kernel_height * s->kernel_width * inputs;
  int8_t *const bytes = (int8_t *)(patches + filter->size / 2);
  paired_rows part = *filter;
  part.count = filter->count / s->groups;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x < s->out_width; x += 2) {
        const int32_t pixels = x + 1 < s->out_width ? 2 : 1;
        part.weights = filter->weights;
        for (int32_t group = 0; group < s->groups; ++group) {
          const int32_t first = group * part.count;
          const narrowing channels = narrowing_from(result, first);
          part.bias = filter->bias + first;
          for (int32_t i = 0; i < pixels; ++i) {
            gather_patch(s, input, group, y, x + i, zero_point, bytes);
            widen_s8(bytes, size, patches + i, pixels);
          }
          if (pixels == 2)
            multiply_two(patches, &part, &channels, output + first,
                         filter->count);
          else
            multiply_one(patches, &part, &channels, output + first);
          part.weights += (part.count + 1) / 2 * (part.size / 4);
        }
        output += pixels * filter->count;
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
