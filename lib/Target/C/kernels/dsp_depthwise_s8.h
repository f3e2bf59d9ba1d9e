//===- dsp_depthwise_s8.h - Depthwise convolutions by SMLAD -------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "dsp.h"
#include "layer.h"
#include "requantize.h"
#include "specialize.h"
#include "window.h"

// The last rows of an image under a window, widened to halfwords and taken
// apart by channels, so that taps of one channel are neighbors: kernel_height
// rows of `width` elements for each channel. Row y of the padded image is in
// place y % kernel_height. The padding to the left of a row is also that to the
// right of the one before it; behind the last row there is more.
typedef struct row_ring {
  int16_t *rows;
  int32_t size;    // of all rows
  int32_t width;   // even
  int32_t columns; // of the image, those that windows reach
} row_ring;

// kernel_height x kernel_width weights for each channel of the output, and one
// byte more behind them. The bias has the products of the weights with the zero
// point of the input in it.
typedef struct row_taps {
  const int8_t *weights;
  const int32_t *bias;
  int32_t zero_point; // of the weights
} row_taps;

static inline void store_halves(int16_t *to, uint32_t halves) {
  memcpy(to, &halves, sizeof(halves));
}

// LDRD of four neighbors in a row. `x` is at a multiple of four bytes.
static inline word_pair load_halves(const int16_t *x) {
  word_pair pair;
#if defined(__ARM_FEATURE_DSP)
  typedef uint64_t four_halves __attribute__((may_alias, aligned(4)));
  __asm("ldrd %0, %1, %2"
        : "=r"(pair.first), "=r"(pair.second)
        : "m"(*(const four_halves *)x));
#else
  memcpy(&pair, x, sizeof(pair));
#endif
  return pair;
}

// Puts four channels of two neighboring pixels into the rows of their channels,
// which are `step` elements apart.
static inline void spread_4x2(uint32_t left, uint32_t right, int16_t *to,
                              int32_t step) {
  const uint32_t left_even = even_bytes(left), left_odd = odd_bytes(left);
  const uint32_t right_even = even_bytes(right), right_odd = odd_bytes(right);
  store_halves(to, low_halves(left_even, right_even));
  store_halves(to + step, low_halves(left_odd, right_odd));
  store_halves(to + 2 * step, high_halves(left_even, right_even));
  store_halves(to + 3 * step, high_halves(left_odd, right_odd));
}

// Puts row `y` of the image in place `place` of the ring; below the image,
// padding.
SPECIALIZED void push_row(const window *s, const row_ring *ring,
                          const int8_t *image, int32_t y, int32_t place,
                          int32_t zero_point) {
  const int32_t channels = s->in_channels;
  const int32_t step = s->kernel_height * ring->width;
  int16_t *const first = ring->rows + place * ring->width + s->pad_left;
  if (y >= s->in_height) {
    for (int32_t c = 0; c < channels; ++c)
      for (int32_t x = 0; x < ring->columns; ++x)
        first[c * step + x] = (int16_t)zero_point;
    return;
  }
  const int8_t *const row = image + y * s->in_width * channels;
  for (int32_t c = 0; c + 4 <= channels; c += 4) {
    const int8_t *from = row + c;
    int16_t *to = first + c * step;
    for (int32_t x = 0; x + 2 <= ring->columns; x += 2) {
      spread_4x2(load_word(from), load_word(from + channels), to, step);
      from += 2 * channels;
      to += 2;
    }
    if (ring->columns % 2 != 0)
      for (int32_t i = 0; i < 4; ++i)
        to[i * step] = from[i];
  }
  for (int32_t c = channels - channels % 4; c < channels; ++c)
    for (int32_t x = 0; x < ring->columns; ++x)
      first[c * step + x] = row[x * channels + c];
}

// The taps of one channel, by places in the ring: the pairs w0, w1 and w1, w2.
typedef struct taps_3x3 {
  uint32_t left_0, right_0, left_1, right_1, left_2, right_2;
} taps_3x3;

// Two weights, of which the zero point is not taken yet.
static inline uint32_t center_weights(uint32_t pair, int32_t zero_point) {
  if (zero_point == 0)
    return pair;
  return low_halves((uint32_t)(low_half(pair) - zero_point),
                    (uint32_t)(high_half(pair) - zero_point));
}

// The pairs of a row of three taps.
static inline word_pair load_taps_3(const int8_t *w, int32_t zero_point) {
  // The fourth byte is not one of this row.
  const uint32_t word = load_word(w);
  const uint32_t even = even_bytes(word), odd = odd_bytes(word);
  const word_pair pairs = {
      center_weights(low_halves(even, odd), zero_point),
      center_weights((odd & 0xffff) | (even & 0xffff0000), zero_point)};
  return pairs;
}

// `top` is the place of the first row under the window.
static inline taps_3x3 load_taps(const row_taps *f, int32_t channel,
                                 int32_t top) {
  const int8_t *const w = f->weights + 9 * channel;
  const word_pair row_0 =
      load_taps_3(w + (top == 0 ? 0 : 9 - 3 * top), f->zero_point);
  const word_pair row_1 =
      load_taps_3(w + (top == 2 ? 6 : 3 - 3 * top), f->zero_point);
  const word_pair row_2 = load_taps_3(w + 6 - 3 * top, f->zero_point);
  const taps_3x3 t = {row_0.first,  row_0.second, row_1.first,
                      row_1.second, row_2.first,  row_2.second};
  return t;
}

// The sums of two windows one column apart.
typedef struct two_sums {
  int32_t left, right;
} two_sums;

static inline two_sums add_two_windows(const int16_t *x, int32_t width,
                                       const taps_3x3 *t, int32_t bias) {
  two_sums s;
  word_pair four = load_halves(x);
  s.left = add_products(four.first, t->left_0, bias);
  s.right = add_high_low(four.first, t->left_0, bias);
  s.left = add_low_high(four.second, t->right_0, s.left);
  s.right = add_products(four.second, t->right_0, s.right);
  four = load_halves(x + width);
  s.left = add_products(four.first, t->left_1, s.left);
  s.right = add_high_low(four.first, t->left_1, s.right);
  s.left = add_low_high(four.second, t->right_1, s.left);
  s.right = add_products(four.second, t->right_1, s.right);
  four = load_halves(x + 2 * width);
  s.left = add_products(four.first, t->left_2, s.left);
  s.right = add_high_low(four.first, t->left_2, s.right);
  s.left = add_low_high(four.second, t->right_2, s.left);
  s.right = add_products(four.second, t->right_2, s.right);
  return s;
}

// A row of outputs of channel `c`, for windows one column apart.
SPECIALIZED void filter_row_by_1(const window *s, const row_ring *ring,
                                 const taps_3x3 *t, int32_t bias,
                                 const channel_narrowing *result, int32_t c,
                                 int8_t *output) {
  const int16_t *x = ring->rows + c * 3 * ring->width;
  const int32_t step = s->out_channels;
  int8_t *const end = output + s->out_width / 2 * 2 * step;
  while (output != end) {
    const two_sums sums = add_two_windows(x, ring->width, t, bias);
    output[0] = narrow_channel(result, sums.left);
    output[step] = narrow_channel(result, sums.right);
    output += 2 * step;
    x += 2;
  }
  if (s->out_width % 2 != 0)
    *output =
        narrow_channel(result, add_two_windows(x, ring->width, t, bias).left);
}

// The same for windows two columns apart.
SPECIALIZED void filter_row_by_2(const window *s, const row_ring *ring,
                                 const taps_3x3 *t, int32_t bias,
                                 const channel_narrowing *result, int32_t c,
                                 int8_t *output) {
  const int16_t *x = ring->rows + c * 3 * ring->width;
  int8_t *const end = output + s->out_width * s->out_channels;
  while (output != end) {
    *output =
        narrow_channel(result, add_two_windows(x, ring->width, t, bias).left);
    output += s->out_channels;
    x += 2;
  }
}

// Fills the ring with padding.
SPECIALIZED void clear_ring(const row_ring *ring, int32_t zero_point) {
  for (int32_t i = 0; i < ring->size; ++i)
    ring->rows[i] = (int16_t)zero_point;
}

// A convolution of every channel by itself with windows of 3x3, one or two
// columns apart.
SPECIALIZED void depthwise_3x3_s8(const window *s, const int8_t *input,
                                  int32_t zero_point, const row_taps *filter,
                                  const narrowing *result, const row_ring *ring,
                                  int8_t *output) {
  for (int32_t n = 0; n < s->images; ++n) {
    clear_ring(ring, zero_point);
    int32_t next = 0, next_place = s->pad_top % 3, top = 0;
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (; next < y * s->stride_y - s->pad_top + 3; ++next) {
        push_row(s, ring, input, next, next_place, zero_point);
        next_place = next_place == 2 ? 0 : next_place + 1;
      }
      for (int32_t c = 0; c < s->in_channels; ++c) {
        const taps_3x3 t = load_taps(filter, c, top);
        const channel_narrowing one = narrowing_of(result, c);
        if (s->stride_x == 1)
          filter_row_by_1(s, ring, &t, filter->bias[c], &one, c, output + c);
        else
          filter_row_by_2(s, ring, &t, filter->bias[c], &one, c, output + c);
      }
      output += s->out_width * s->out_channels;
      top = (top + s->stride_y) % 3;
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}

// The same for layers that are too small for code of their own.
LAYER void shared_depthwise_3x3_s8(const window *s, const int8_t *input,
                                   int32_t zero_point, const row_taps *filter,
                                   const narrowing *result,
                                   const row_ring *ring, int8_t *output) {
  depthwise_3x3_s8(s, input, zero_point, filter, result, ring, output);
}

// Pairs of taps in a row of a window that begins in the even column of a word,
// or in the odd one.
static inline int32_t count_pairs(int32_t kernel_width) {
  return kernel_width / 2 + 1;
}

// The taps of one channel in the order of the ring's places: for each word of a
// row, a pair for windows that begin with the word, and one for windows that
// begin one column later. `top` is the place of the first row under the window.
SPECIALIZED void pair_taps(const window *s, const int8_t *w, int32_t zero_point,
                           int32_t top, word_pair *pairs) {
  const int32_t height = s->kernel_height, width = s->kernel_width;
  for (int32_t place = 0; place < height; ++place) {
    const int32_t row = place < top ? place + height - top : place - top;
    const int8_t *const taps = w + row * width;
    for (int32_t x = 0; x < 2 * count_pairs(width); x += 2) {
      const int32_t before = x > 0 && x <= width ? taps[x - 1] - zero_point : 0;
      const int32_t first = x < width ? taps[x] - zero_point : 0;
      const int32_t second = x + 1 < width ? taps[x + 1] - zero_point : 0;
      pairs->first = low_halves((uint32_t)first, (uint32_t)second);
      pairs->second = low_halves((uint32_t)before, (uint32_t)first);
      ++pairs;
    }
  }
}

// The sums of the windows that begin at `x`, which may be any element, and one
// column later.
static inline two_sums add_pairs(const int16_t *x, const window *s,
                                 int32_t width, const word_pair *pairs,
                                 int32_t bias) {
  two_sums sums = {bias, bias};
  for (int32_t i = 0; i < s->kernel_height; ++i) {
    for (int32_t j = 0; j < count_pairs(s->kernel_width); ++j) {
      uint32_t columns;
      memcpy(&columns, x + 2 * j, sizeof(columns));
      sums.left = add_products(columns, pairs->first, sums.left);
      sums.right = add_products(columns, pairs->second, sums.right);
      ++pairs;
    }
    x += width;
  }
  return sums;
}

// A row of outputs of a channel.
SPECIALIZED void filter_row(const window *s, const int16_t *x, int32_t width,
                            const word_pair *pairs, int32_t bias,
                            const channel_narrowing *result, int8_t *output) {
  const int32_t step = s->out_channels;
  int32_t i = 0;
  for (; s->stride_x == 1 && i + 1 < s->out_width; i += 2) {
    const two_sums sums = add_pairs(x, s, width, pairs, bias);
    output[0] = narrow_channel(result, sums.left);
    output[step] = narrow_channel(result, sums.right);
    output += 2 * step;
    x += 2;
  }
  for (; i < s->out_width; ++i) {
    *output = narrow_channel(result, add_pairs(x, s, width, pairs, bias).left);
    output += step;
    x += s->stride_x;
  }
}

// A convolution of every channel by itself, with windows of any size and
// several outputs for each channel of the input. `pairs` is room for the taps
// of one channel, kernel_height * count_pairs(kernel_width) of them.
SPECIALIZED void depthwise_dsp_s8(const window *s, const int8_t *input,
                                  int32_t zero_point, const row_taps *filter,
                                  const narrowing *result, const row_ring *ring,
                                  word_pair *pairs, int8_t *output) {
  const int32_t height = s->kernel_height;
  const int32_t multiplier = s->out_channels / s->in_channels;
  for (int32_t n = 0; n < s->images; ++n) {
    clear_ring(ring, zero_point);
    int32_t next = 0;
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t first = y * s->stride_y;
      for (; next < first - s->pad_top + height; ++next)
        push_row(s, ring, input, next, (next + s->pad_top) % height,
                 zero_point);
      for (int32_t c = 0; c < s->out_channels; ++c) {
        pair_taps(s, filter->weights + c * height * s->kernel_width,
                  filter->zero_point, first % height, pairs);
        const channel_narrowing one = narrowing_of(result, c);
        filter_row(s, ring->rows + c / multiplier * height * ring->width,
                   ring->width, pairs, filter->bias[c], &one, output + c);
      }
      output += s->out_width * s->out_channels;
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
