//===- dsp.h - The DSP instructions of Cortex-M -------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The instructions of Armv7E-M and of the DSP extension of Armv8-M that work on
// four bytes or two halfwords of a register at once. Each is a function with a
// portable twin that computes the same. A "half" is a signed integer of 16
// bits.
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>
#endif

// What some forms of a function need and others do not.
#if defined(__GNUC__)
#define HELPER static inline __attribute__((unused))
#else
#define HELPER static inline
#endif

HELPER int32_t low_half(uint32_t x) {
  return (int32_t)(x & 0x7fff) - (int32_t)(x & 0x8000);
}

HELPER int32_t high_half(uint32_t x) { return low_half(x >> 16); }

// SXTB16: bytes 0 and 2 as halves.
HELPER uint32_t even_bytes(uint32_t x) {
#if defined(__ARM_FEATURE_DSP)
  return (uint32_t)__sxtb16((int8x4_t)x);
#else
  // x ^ 0x80 - 0x80 extends a sign; the top bits keep borrows apart.
  const uint32_t flipped = (x & 0x00ff00ff) ^ 0x00800080;
  return ((flipped | 0x80008000) - 0x00800080) ^ 0x80008000;
#endif
}

// SXTB16 behind a rotation, which compilers leave apart: bytes 1 and 3.
HELPER uint32_t odd_bytes(uint32_t x) {
#if defined(__ARM_FEATURE_DSP)
  uint32_t halves;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(x));
  return halves;
#else
  return even_bytes(x >> 8);
#endif
}

// PKHBT: the low halves of x and y. PKHTB: the high ones.
static inline uint32_t low_halves(uint32_t x, uint32_t y) {
#if defined(__ARM_FEATURE_DSP)
  uint32_t halves;
  __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(halves) : "r"(x), "r"(y));
  return halves;
#else
  return (x & 0xffff) | y << 16;
#endif
}

static inline uint32_t high_halves(uint32_t x, uint32_t y) {
#if defined(__ARM_FEATURE_DSP)
  uint32_t halves;
  __asm("pkhtb %0, %1, %2, asr #16" : "=r"(halves) : "r"(y), "r"(x));
  return halves;
#else
  return x >> 16 | (y & 0xffff0000);
#endif
}

// SMLAD: adds both products of halves to a sum that may wrap.
HELPER int32_t add_products(uint32_t x, uint32_t y, int32_t sum) {
#if defined(__ARM_FEATURE_DSP)
  return __smlad((int16x2_t)x, (int16x2_t)y, sum);
#else
  const uint32_t low = (uint32_t)(low_half(x) * low_half(y));
  const uint32_t high = (uint32_t)(high_half(x) * high_half(y));
  return (int32_t)((uint32_t)sum + low + high);
#endif
}

// SMLABB, SMLABT, SMLATB: adds one product of a half of x and a half of y.
HELPER int32_t add_low_low(uint32_t x, uint32_t y, int32_t sum) {
#if defined(__ARM_FEATURE_DSP)
  return __smlabb((int32_t)x, (int32_t)y, sum);
#else
  return (int32_t)((uint32_t)sum + (uint32_t)(low_half(x) * low_half(y)));
#endif
}

static inline int32_t add_low_high(uint32_t x, uint32_t y, int32_t sum) {
#if defined(__ARM_FEATURE_DSP)
  return __smlabt((int32_t)x, (int32_t)y, sum);
#else
  return (int32_t)((uint32_t)sum + (uint32_t)(low_half(x) * high_half(y)));
#endif
}

HELPER int32_t add_high_low(uint32_t x, uint32_t y, int32_t sum) {
#if defined(__ARM_FEATURE_DSP)
  return __smlatb((int32_t)x, (int32_t)y, sum);
#else
  return (int32_t)((uint32_t)sum + (uint32_t)(high_half(x) * low_half(y)));
#endif
}

// SMMULR: x * y / 2^32 to the nearest integer, halves up.
static inline int32_t multiply_to_high(int32_t x, int32_t y) {
#if defined(__ARM_FEATURE_DSP)
  int32_t product;
  __asm("smmulr %0, %1, %2" : "=r"(product) : "r"(x), "r"(y));
  return product;
#else
  const uint64_t product = (uint64_t)((int64_t)x * y) + 0x80000000;
  return (int32_t)(uint32_t)(product >> 32);
#endif
}

// SSAT behind a shift: x / 2 rounded down, and saturated to 8 bits.
static inline int32_t saturate_half_s8(int32_t x) {
#if defined(__ARM_FEATURE_DSP)
  int32_t saturated;
  __asm("ssat %0, #8, %1, asr #1" : "=r"(saturated) : "r"(x));
  return saturated;
#else
  return x < -256 ? -128 : x > 255 ? 127 : (x + 256) / 2 - 128;
#endif
}

// LDR, which needs no alignment. The first byte is the lowest.
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "bytes are read as words, which must be little-endian"
#endif
HELPER uint32_t load_word(const int8_t *from) {
  uint32_t word;
  memcpy(&word, from, sizeof(word));
  return word;
}

// LDRD and STRD, which compilers make of neighboring words only if nothing
// comes between them: two words at once, the first one in the low half of
// `words`.
typedef struct word_pair {
  uint32_t first, second;
} word_pair;

HELPER word_pair load_pair(const uint64_t *words) {
  word_pair pair;
#if defined(__ARM_FEATURE_DSP)
  __asm("ldrd %0, %1, %2" : "=r"(pair.first), "=r"(pair.second) : "m"(*words));
#else
  pair.first = (uint32_t)*words;
  pair.second = (uint32_t)(*words >> 32);
#endif
  return pair;
}

HELPER void store_pair(uint64_t *words, uint32_t first, uint32_t second) {
#if defined(__ARM_FEATURE_DSP)
  __asm("strd %1, %2, %0" : "=m"(*words) : "r"(first), "r"(second));
#else
  *words = (uint64_t)second << 32 | first;
#endif
}
