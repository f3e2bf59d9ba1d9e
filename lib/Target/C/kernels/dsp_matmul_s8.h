//===- dsp_matmul_s8.h - Matrix products of int8 by SMLAD ---------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "dsp.h"
#include "requantize.h"
#include "specialize.h"

// Rows of weights, packed by twos: a halfword is 256 * b + a, where a is a
// weight of row 2 * i and b the one below it in row 2 * i + 1. The sum T of
// products with such halfwords, and the sum S of products with the a alone,
// which SXTB16 takes out, give both results: S, and (T - S) / 256. Words hold
// weights 0 and 2, then 1 and 3, of each group of four. The bias has the
// products of the weights with the zero point of the input in it.
typedef struct paired_rows {
  const uint64_t *weights;
  const int32_t *bias;
  int32_t size; // of a row, a multiple of 4
  int32_t count;
  int32_t zero_point; // of the weights
} paired_rows;

// Widens `count` bytes to halfwords in the order of the weights. Groups of four
// are `step` elements apart, the last one is filled with zeros.
SPECIALIZED void widen_s8(const int8_t *from, int32_t count, uint64_t *to,
                          int32_t step) {
  const int8_t *const end = from + count - count % 4;
  while (from != end) {
    const uint32_t word = load_word(from);
    store_pair(to, even_bytes(word), odd_bytes(word));
    from += 4;
    to += step;
  }
  if (count % 4 != 0) {
    uint32_t word = 0;
    memcpy(&word, from, (size_t)(count % 4));
    store_pair(to, even_bytes(word), odd_bytes(word));
  }
}

// The result for row 2 * i + 1 without its bias.
static inline int32_t second_sum(int32_t both, int32_t first) {
  return shift_right_s32((int32_t)((uint32_t)both - (uint32_t)first), 8);
}

// What the zero point of the weights adds to the sums of a patch, the groups of
// which are `step` elements apart.
static inline int32_t offset_sums(const paired_rows *f, const uint64_t *patch,
                                  int32_t step) {
  if (f->zero_point == 0)
    return 0;
  int32_t sum = 0;
  for (int32_t i = 0; i < f->size; i += 4) {
    const word_pair four = load_pair(patch);
    sum = add_products(four.first, 0x00010001, sum);
    sum = add_products(four.second, 0x00010001, sum);
    patch += step;
  }
  return -f->zero_point * sum;
}

// The sums of two patches for two rows.
typedef struct sums_2x2 {
  int32_t first_0, both_0, first_1, both_1;
} sums_2x2;

// Adds the products of a group of four of each patch, and goes to the next one.
// In assembly, as it takes all registers but two, which compilers that reorder
// it spill, and which code that is not optimized lacks.
static inline void add_group_2x2(const uint64_t **x, const uint64_t **w,
                                 sums_2x2 *s) {
#if defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
  uint32_t a0, a1, b0, b1, w0, w1;
  __asm("ldrd %[w0], %[w1], [%[w]], #8\n\t"
        "ldrd %[a0], %[a1], [%[x]], #8\n\t"
        "smlad %[both0], %[a0], %[w0], %[both0]\n\t"
        "ldrd %[b0], %[b1], [%[x]], #8\n\t"
        "smlad %[both0], %[a1], %[w1], %[both0]\n\t"
        "smlad %[both1], %[b0], %[w0], %[both1]\n\t"
        "sxtb16 %[w0], %[w0]\n\t"
        "smlad %[both1], %[b1], %[w1], %[both1]\n\t"
        "sxtb16 %[w1], %[w1]\n\t"
        "smlad %[first0], %[a0], %[w0], %[first0]\n\t"
        "smlad %[first1], %[b0], %[w0], %[first1]\n\t"
        "smlad %[first0], %[a1], %[w1], %[first0]\n\t"
        "smlad %[first1], %[b1], %[w1], %[first1]"
        : [x] "+r"(*x), [w] "+r"(*w), [first0] "+r"(s->first_0),
          [both0] "+r"(s->both_0), [first1] "+r"(s->first_1),
          [both1] "+r"(s->both_1), [a0] "=&r"(a0), [a1] "=&r"(a1),
          [b0] "=&r"(b0), [b1] "=&r"(b1), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : "m"((*x)[0]), "m"((*x)[1]), "m"((*w)[0]));
#else
  const word_pair x0 = load_pair(*x), x1 = load_pair(*x + 1);
  const word_pair both = load_pair(*w);
  const uint32_t w0 = even_bytes(both.first), w1 = even_bytes(both.second);
  s->both_0 = add_products(x0.first, both.first, s->both_0);
  s->both_0 = add_products(x0.second, both.second, s->both_0);
  s->both_1 = add_products(x1.first, both.first, s->both_1);
  s->both_1 = add_products(x1.second, both.second, s->both_1);
  s->first_0 = add_products(x0.first, w0, s->first_0);
  s->first_0 = add_products(x0.second, w1, s->first_0);
  s->first_1 = add_products(x1.first, w0, s->first_1);
  s->first_1 = add_products(x1.second, w1, s->first_1);
  *x += 2;
  *w += 1;
#endif
}

// Two patches times all rows. The patches take turns in groups of four. The
// outputs of the second one are `step` behind those of the first.
SPECIALIZED void multiply_two(const uint64_t *patches, const paired_rows *f,
                              const narrowing *result, int8_t *output,
                              int32_t step) {
  const uint64_t *const end = patches + f->size / 2;
  const uint64_t *w = f->weights;
  const int32_t offset_0 = offset_sums(f, patches, 2);
  const int32_t offset_1 = offset_sums(f, patches + 1, 2);
  for (int32_t o = 0; o < f->count; o += 2) {
    const uint64_t *x = patches;
    const int32_t bias_0 = add_wrapping(f->bias[o], offset_0);
    const int32_t bias_1 = add_wrapping(f->bias[o], offset_1);
    sums_2x2 s = {bias_0, bias_0, bias_1, bias_1};
    if (f->size % 8 != 0)
      add_group_2x2(&x, &w, &s);
    while (x != end) {
      add_group_2x2(&x, &w, &s);
      add_group_2x2(&x, &w, &s);
    }
    const int8_t y0 = narrow(result, s.first_0, o);
    const int8_t y1 = narrow(result, s.first_1, o);
    if (o + 1 < f->count) {
      const int32_t next_0 = add_wrapping(f->bias[o + 1], offset_0);
      const int32_t next_1 = add_wrapping(f->bias[o + 1], offset_1);
      const int32_t second_0 = second_sum(s.both_0, s.first_0);
      const int32_t second_1 = second_sum(s.both_1, s.first_1);
      const int8_t z0 = narrow(result, add_wrapping(second_0, next_0), o + 1);
      const int8_t z1 = narrow(result, add_wrapping(second_1, next_1), o + 1);
      output[o + 1] = z0;
      output[o + 1 + step] = z1;
    }
    output[o] = y0;
    output[o + step] = y1;
  }
}

// The same of one patch.
HELPER void add_group_1x2(const uint64_t **x, const uint64_t **w,
                          int32_t *first, int32_t *both) {
#if defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
  uint32_t x0, x1, w0, w1;
  __asm("ldrd %[w0], %[w1], [%[w]], #8\n\t"
        "ldrd %[x0], %[x1], [%[x]], #8\n\t"
        "smlad %[both], %[x0], %[w0], %[both]\n\t"
        "sxtb16 %[w0], %[w0]\n\t"
        "smlad %[both], %[x1], %[w1], %[both]\n\t"
        "sxtb16 %[w1], %[w1]\n\t"
        "smlad %[first], %[x0], %[w0], %[first]\n\t"
        "smlad %[first], %[x1], %[w1], %[first]"
        : [x] "+r"(*x), [w] "+r"(*w), [first] "+r"(*first), [both] "+r"(*both),
          [x0] "=&r"(x0), [x1] "=&r"(x1), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : "m"(**x), "m"(**w));
#else
  const word_pair four = load_pair(*x), pair = load_pair(*w);
  *both = add_products(four.first, pair.first, *both);
  *both = add_products(four.second, pair.second, *both);
  *first = add_products(four.first, even_bytes(pair.first), *first);
  *first = add_products(four.second, even_bytes(pair.second), *first);
  *x += 1;
  *w += 1;
#endif
}

// Writes the outputs of rows `o` and o + 1, if there is one; the sums for both
// began with `offset` and the bias of the first one.
static inline void narrow_two(const paired_rows *f, const narrowing *result,
                              int32_t first, int32_t both, int32_t offset,
                              int32_t o, int8_t *output) {
  output[o] = narrow(result, first, o);
  if (o + 1 >= f->count)
    return;
  const int32_t bias = add_wrapping(f->bias[o + 1], offset);
  output[o + 1] =
      narrow(result, add_wrapping(second_sum(both, first), bias), o + 1);
}

// One patch times all rows.
SPECIALIZED void multiply_one(const uint64_t *patch, const paired_rows *f,
                              const narrowing *result, int8_t *output) {
  const uint64_t *const end = patch + f->size / 4;
  const uint64_t *w = f->weights;
  const int32_t offset = offset_sums(f, patch, 1);
  for (int32_t o = 0; o < f->count; o += 2) {
    const uint64_t *x = patch;
    int32_t first = add_wrapping(f->bias[o], offset), both = first;
    if (f->size % 8 != 0)
      add_group_1x2(&x, &w, &first, &both);
    while (x != end) {
      add_group_1x2(&x, &w, &first, &both);
      add_group_1x2(&x, &w, &first, &both);
    }
    narrow_two(f, result, first, both, offset, o, output);
  }
}

// Every row of `input`, `inputs` elements each, times every row of the weights.
// `patches` is room for two widened rows.
SPECIALIZED void paired_matmul_s8(int32_t rows, const int8_t *input,
                                  int32_t inputs, const paired_rows *weights,
                                  const narrowing *result, uint64_t *patches,
                                  int8_t *output) {
  for (int32_t row = 0; row + 1 < rows; row += 2) {
    widen_s8(input, inputs, patches, 2);
    widen_s8(input + inputs, inputs, patches + 1, 2);
    multiply_two(patches, weights, result, output, weights->count);
    input += 2 * inputs;
    output += 2 * weights->count;
  }
  if (rows % 2 != 0) {
    widen_s8(input, inputs, patches, 1);
    multiply_one(patches, weights, result, output);
  }
}

// Four bytes at any address.
typedef struct four_bytes {
  int8_t bytes[4];
} four_bytes;

// As add_group_1x2, of four bytes that are not widened yet.
static inline void add_bytes_1x2(const int8_t **x, const uint64_t **w,
                                 int32_t *first, int32_t *both) {
#if defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
  uint32_t x0, x1, w0, w1;
  __asm("ldr %[x1], [%[x]], #4\n\t"
        "ldrd %[w0], %[w1], [%[w]], #8\n\t"
        "sxtb16 %[x0], %[x1]\n\t"
        "sxtb16 %[x1], %[x1], ror #8\n\t"
        "smlad %[both], %[x0], %[w0], %[both]\n\t"
        "sxtb16 %[w0], %[w0]\n\t"
        "smlad %[both], %[x1], %[w1], %[both]\n\t"
        "sxtb16 %[w1], %[w1]\n\t"
        "smlad %[first], %[x0], %[w0], %[first]\n\t"
        "smlad %[first], %[x1], %[w1], %[first]"
        : [x] "+r"(*x), [w] "+r"(*w), [first] "+r"(*first), [both] "+r"(*both),
          [x0] "=&r"(x0), [x1] "=&r"(x1), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : "m"(*(const four_bytes *)*x), "m"(**w));
#else
  const uint32_t four = load_word(*x);
  uint64_t wide;
  store_pair(&wide, even_bytes(four), odd_bytes(four));
  const uint64_t *patch = &wide;
  add_group_1x2(&patch, w, first, both);
  *x += 4;
#endif
}

// One row of whole groups times all rows of the weights, which have the zero
// point 0, for rows so long that memory for widened ones is missed more than
// the time to widen them again and again. It walks over bytes where
// multiply_one walks over halfwords; one loop for both would decide in each
// round.
SPECIALIZED void paired_row_s8(const int8_t *input, const paired_rows *f,
                               const narrowing *result, int8_t *output) {
  const int8_t *const end = input + f->size;
  const uint64_t *w = f->weights;
  for (int32_t o = 0; o < f->count; o += 2) {
    const int8_t *x = input;
    int32_t first = f->bias[o], both = first;
    if (f->size % 8 != 0)
      add_bytes_1x2(&x, &w, &first, &both);
    while (x != end) {
      add_bytes_1x2(&x, &w, &first, &both);
      add_bytes_1x2(&x, &w, &first, &both);
    }
    narrow_two(f, result, first, both, 0, o, output);
  }
}
