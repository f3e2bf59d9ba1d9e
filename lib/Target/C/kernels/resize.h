//===- resize.h - Resizing images ---------------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "index.h"

// Where row y of `out` rows lies among `in` rows: numerator / denominator, an
// exact fraction so that no rounding decides which row is nearest.
typedef struct position {
  int64_t numerator, denominator;
} position;

static inline position position_in(int32_t y, int32_t in, int32_t out,
                                   int32_t align_corners,
                                   int32_t half_pixel_centers) {
  position p;
  if (align_corners && out > 1) {
    in -= 1;
    out -= 1;
  }
  p.numerator = (int64_t)y * in;
  p.denominator = out;
  if (half_pixel_centers) {
    p.numerator = (2 * (int64_t)y + 1) * in - out;
    p.denominator = 2 * (int64_t)out;
  }
  return p;
}

static inline int32_t floor_of(position p) {
  const int64_t quotient = p.numerator / p.denominator;
  return (int32_t)(p.numerator % p.denominator < 0 ? quotient - 1 : quotient);
}

// The row to copy: the nearest with aligned corners or half-pixel centers (of
// two, the later), otherwise the one at or before the position.
static inline int32_t nearest_row(int32_t y, int32_t in, int32_t out,
                                  int32_t align_corners,
                                  int32_t half_pixel_centers) {
  position p = position_in(y, in, out, align_corners, half_pixel_centers);
  if (align_corners || half_pixel_centers) {
    p.numerator = 2 * p.numerator + p.denominator;
    p.denominator *= 2;
  }
  return clamp_index(floor_of(p), in);
}

// The two rows to interpolate between, and the weight of the second.
typedef struct neighbors {
  int32_t first, second;
  float weight;
} neighbors;

static inline neighbors neighbor_rows(int32_t y, int32_t in, int32_t out,
                                      int32_t align_corners,
                                      int32_t half_pixel_centers) {
  const position p = position_in(y, in, out, align_corners, half_pixel_centers);
  const int32_t below = floor_of(p);
  const int64_t rest = p.numerator - below * p.denominator;
  neighbors n;
  n.first = clamp_index(below, in);
  n.second = clamp_index(below + 1, in);
  n.weight = (float)((double)rest / (double)p.denominator);
  return n;
}

// Interpolates between the four pixels around each position.
static void resize_bilinear(int32_t images, int32_t in_height, int32_t in_width,
                            int32_t channels, int32_t out_height,
                            int32_t out_width, int32_t align_corners,
                            int32_t half_pixel_centers, const float *input,
                            float *output) {
  for (int32_t n = 0; n < images; ++n) {
    for (int32_t y = 0; y < out_height; ++y) {
      const neighbors rows = neighbor_rows(y, in_height, out_height,
                                           align_corners, half_pixel_centers);
      const float *above = input + rows.first * in_width * channels;
      const float *below = input + rows.second * in_width * channels;
      for (int32_t x = 0; x < out_width; ++x) {
        const neighbors columns = neighbor_rows(
            x, in_width, out_width, align_corners, half_pixel_centers);
        const int32_t left = columns.first * channels;
        const int32_t right = columns.second * channels;
        for (int32_t c = 0; c < channels; ++c) {
          const float top = above[left + c] * (1.0f - columns.weight) +
                            above[right + c] * columns.weight;
          const float bottom = below[left + c] * (1.0f - columns.weight) +
                               below[right + c] * columns.weight;
          *output++ = top * (1.0f - rows.weight) + bottom * rows.weight;
        }
      }
    }
    input += in_height * in_width * channels;
  }
}
