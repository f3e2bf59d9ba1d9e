//===- dsp_sparse_s8.h - Sparse products of int8 on Cortex-M ------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "dsp_contract_s8.h"
#include "dsp_matmul_s8.h"

// The nonzero weights of rows, two in a word: from the low byte on, how many
// columns it is to the first one, that weight, how many columns it is to the
// second one, that weight. Where more than 255 columns are zero, and where the
// number is odd, there are zeros among them. The bias is as in `paired_rows`.
typedef struct sparse_rows {
  const uint32_t *entries;
  const uint16_t *lengths; // words of each row
  const int32_t *bias;
  int32_t size; // columns
  int32_t count;
} sparse_rows;

// Four patches side by side: element k has column k of all of them, as halves.
// Reads four runs of bytes.
SPECIALIZED void widen_4_s8(const int8_t *from_0, const int8_t *from_1,
                            const int8_t *from_2, const int8_t *from_3,
                            int32_t count, uint64_t *to) {
  const int32_t whole = count - count % 4;
  for (int32_t k = 0; k < whole; k += 4) {
    const uint32_t x0 = load_word(from_0 + k), x1 = load_word(from_1 + k);
    const uint32_t x2 = load_word(from_2 + k), x3 = load_word(from_3 + k);
    const uint32_t even_0 = even_bytes(x0), even_1 = even_bytes(x1);
    const uint32_t even_2 = even_bytes(x2), even_3 = even_bytes(x3);
    store_pair(to + k, low_halves(even_0, even_1), low_halves(even_2, even_3));
    store_pair(to + k + 2, high_halves(even_0, even_1),
               high_halves(even_2, even_3));
    const uint32_t odd_0 = odd_bytes(x0), odd_1 = odd_bytes(x1);
    const uint32_t odd_2 = odd_bytes(x2), odd_3 = odd_bytes(x3);
    store_pair(to + k + 1, low_halves(odd_0, odd_1), low_halves(odd_2, odd_3));
    store_pair(to + k + 3, high_halves(odd_0, odd_1),
               high_halves(odd_2, odd_3));
  }
  for (int32_t k = whole; k < count; ++k)
    store_pair(
        to + k,
        low_halves((uint32_t)(int32_t)from_0[k], (uint32_t)(int32_t)from_1[k]),
        low_halves((uint32_t)(int32_t)from_2[k], (uint32_t)(int32_t)from_3[k]));
}

// The sums of four patches for one row.
typedef struct four_sums {
  int32_t s0, s1, s2, s3;
} four_sums;

// Adds the products of one weight with its column.
HELPER void add_entry(uint32_t entry, const uint64_t **x, four_sums *s) {
  *x += entry & 0xff;
  const word_pair column = load_pair(*x);
  const uint32_t weight = odd_bytes(entry & 0xffff);
  s->s0 = add_low_low(column.first, weight, s->s0);
  s->s1 = add_high_low(column.first, weight, s->s1);
  s->s2 = add_low_low(column.second, weight, s->s2);
  s->s3 = add_high_low(column.second, weight, s->s3);
}

// The same of two, and goes to the next two: in assembly, as compilers spill
// what they reorder.
static inline void add_two_entries(const uint32_t **entries, const uint64_t **x,
                                   four_sums *s) {
#if defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
  uint32_t entry, weight, a, b;
  __asm(
      "ldr %[entry], [%[entries]], #4\n\t"
      "uxtb %[a], %[entry]\n\t"
      "add %[x], %[x], %[a], lsl #3\n\t"
      "ldrd %[a], %[b], [%[x]]\n\t"
      "sxtb %[weight], %[entry], ror #8\n\t"
      "smlabb %[s0], %[a], %[weight], %[s0]\n\t"
      "smlatb %[s1], %[a], %[weight], %[s1]\n\t"
      "smlabb %[s2], %[b], %[weight], %[s2]\n\t"
      "smlatb %[s3], %[b], %[weight], %[s3]\n\t"
      "uxtb %[a], %[entry], ror #16\n\t"
      "add %[x], %[x], %[a], lsl #3\n\t"
      "ldrd %[a], %[b], [%[x]]\n\t"
      "asr %[weight], %[entry], #24\n\t"
      "smlabb %[s0], %[a], %[weight], %[s0]\n\t"
      "smlatb %[s1], %[a], %[weight], %[s1]\n\t"
      "smlabb %[s2], %[b], %[weight], %[s2]\n\t"
      "smlatb %[s3], %[b], %[weight], %[s3]"
      : [entries] "+r"(*entries), [x] "+r"(*x), [s0] "+r"(s->s0),
        [s1] "+r"(s->s1), [s2] "+r"(s->s2), [s3] "+r"(s->s3),
        [entry] "=&r"(entry), [weight] "=&r"(weight), [a] "=&r"(a), [b] "=&r"(b)
      :
      : "memory");
#else
  add_entry(**entries & 0xffff, x, s);
  add_entry(**entries >> 16, x, s);
  *entries += 1;
#endif
}

// `pixels` patches of four times all rows. The outputs of each are `step`
// behind those of the one before.
SPECIALIZED void multiply_sparse(const uint64_t *patches, int32_t pixels,
                                 const sparse_rows *f, const narrowing *result,
                                 int8_t *output, int32_t step) {
  const uint32_t *entries = f->entries;
  for (int32_t o = 0; o < f->count; ++o) {
    const uint32_t *const end = entries + f->lengths[o];
    const uint64_t *x = patches;
    const int32_t bias = f->bias[o];
    four_sums s = {bias, bias, bias, bias};
    while (entries != end)
      add_two_entries(&entries, &x, &s);
    output[o] = narrow(result, s.s0, o);
    if (pixels > 1)
      output[o + step] = narrow(result, s.s1, o);
    if (pixels > 2)
      output[o + 2 * step] = narrow(result, s.s2, o);
    if (pixels > 3)
      output[o + 3 * step] = narrow(result, s.s3, o);
  }
}

// Every row of `input` times every row of the weights. `patches` is room for
// four widened rows.
SPECIALIZED void sparse_matmul_dsp_s8(int32_t rows, const int8_t *input,
                                      const sparse_rows *weights,
                                      const narrowing *result,
                                      uint64_t *patches, int8_t *output) {
  const int32_t size = weights->size;
  for (int32_t row = 0; row + 4 <= rows; row += 4) {
    widen_4_s8(input, input + size, input + 2 * size, input + 3 * size, size,
               patches);
    multiply_sparse(patches, 4, weights, result, output, weights->count);
    input += 4 * size;
    output += 4 * weights->count;
  }
  const int32_t left = rows % 4;
  if (left != 0) {
    // The last row stands for those that are missing.
    const int8_t *const second = left > 1 ? input + size : input;
    const int8_t *const third = left > 2 ? second + size : second;
    widen_4_s8(input, second, third, third, size, patches);
    multiply_sparse(patches, left, weights, result, output, weights->count);
  }
}

// A convolution, four outputs of an image's row at a time. `patches` is room
// for four patches, and for four of bytes behind them.
SPECIALIZED void sparse_contract_dsp_s8(const window *s, const int8_t *input,
                                        int32_t zero_point,
                                        const sparse_rows *filter,
                                        const narrowing *result,
                                        uint64_t *patches, int8_t *output) {
  const int32_t size = filter->size;
  int8_t *const bytes = (int8_t *)(patches + size);
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x < s->out_width; x += 4) {
        const int32_t left = s->out_width - x;
        const int32_t pixels = left < 4 ? left : 4;
        for (int32_t i = 0; i < pixels; ++i)
          gather_bytes(s, input, y, x + i, zero_point, bytes + i * size);
        // The last patch stands for those that are missing.
        const int8_t *const last = bytes + (pixels - 1) * size;
        widen_4_s8(bytes, pixels > 1 ? bytes + size : last,
                   pixels > 2 ? bytes + 2 * size : last, last, size, patches);
        multiply_sparse(patches, pixels, filter, result, output, filter->count);
        output += pixels * filter->count;
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
