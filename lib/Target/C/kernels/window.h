//===- window.h - Windows that slide over images ------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>

// A window that slides over an image. Images are stored by rows, columns, then
// channels.
typedef struct window {
  int32_t images;
  int32_t in_height, in_width, in_channels;
  int32_t out_height, out_width, out_channels;
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x;
  int32_t dilation_y, dilation_x;
  int32_t pad_top, pad_left;
  int32_t groups;
} window;

// The taps of a window, in one direction, that lie inside of the image.
typedef struct taps {
  int32_t begin, end;
} taps;

// For a window of `count` taps that starts at `start`, which is negative in the
// padding, of an image of `size`.
static inline taps taps_inside(int32_t start, int32_t size, int32_t count,
                               int32_t dilation) {
  taps inside = {0, count};
  if (start < 0)
    inside.begin = (dilation - 1 - start) / dilation;
  if (start + (count - 1) * dilation >= size)
    inside.end = start < size ? (size - 1 - start) / dilation + 1 : 0;
  return inside;
}
