//===- mve.h - The vector instructions of Armv8.1-M ---------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Helium, or MVE, works on registers of 16 bytes. Each function that uses it
// has a portable twin that computes the same.
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>
#include <string.h>

// Four integers of 32 bits.
#if !defined(__ARM_FEATURE_MVE)
typedef struct lanes_s32 {
  int32_t lane[4];
} lanes_s32;
#elif defined(__ARM_BIG_ENDIAN)
#error "bytes are read as words, which must be little-endian"
#else
#include <arm_mve.h>
typedef int32x4_t lanes_s32;
#endif

// Lane i is `start` and the sum of the products of `count` elements of `*one`
// with those that are i * step behind `four`; count > 0. Moves `*one` on.
#if defined(__ARM_FEATURE_MVE)
static inline lanes_s32 dot_1x4_s8(const int8_t **one, const int8_t *four,
                                   int32_t step, int32_t count, int32_t start) {
  // In assembly for the loop's sake: the last round leaves out the lanes behind
  // `count`, and does not even load them. Compilers do not form such loops.
  const int8_t *w = *one;
  const int8_t *x0 = four, *x1 = x0 + step, *x2 = x1 + step, *x3 = x2 + step;
  int32_t s0 = start, s1 = start, s2 = start, s3 = start;
  lanes_s32 sums;
  __asm volatile("dlstp.8 lr, %[count]\n"
                 "1:\n\t"
                 "vldrb.8 q0, [%[w]], #16\n\t"
                 "vldrb.8 q1, [%[x0]], #16\n\t"
                 "vmladava.s8 %[s0], q0, q1\n\t"
                 "vldrb.8 q1, [%[x1]], #16\n\t"
                 "vmladava.s8 %[s1], q0, q1\n\t"
                 "vldrb.8 q1, [%[x2]], #16\n\t"
                 "vmladava.s8 %[s2], q0, q1\n\t"
                 "vldrb.8 q1, [%[x3]], #16\n\t"
                 "vmladava.s8 %[s3], q0, q1\n\t"
                 "letp lr, 1b\n\t"
                 "vmov %q[sums][2], %q[sums][0], %[s0], %[s2]\n\t"
                 "vmov %q[sums][3], %q[sums][1], %[s1], %[s3]"
                 : [w] "+r"(w), [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2),
                   [x3] "+r"(x3), [s0] "+Te"(s0), [s1] "+Te"(s1),
                   [s2] "+Te"(s2), [s3] "+Te"(s3), [sums] "=w"(sums)
                 : [count] "r"(count)
                 : "lr", "q0", "q1", "memory");
  // The last round moves on by 16 as well.
  *one = w - (-count & 15);
  return sums;
}
#else
static inline lanes_s32 dot_1x4_s8(const int8_t **one, const int8_t *four,
                                   int32_t step, int32_t count, int32_t start) {
  const int8_t *w = *one;
  lanes_s32 sums;
  for (int32_t i = 0; i < 4; ++i) {
    uint32_t sum = (uint32_t)start;
    for (int32_t k = 0; k < count; ++k)
      sum += (uint32_t)(w[k] * four[i * step + k]);
    sums.lane[i] = (int32_t)sum;
  }
  *one = w + count;
  return sums;
}
#endif

#if defined(__ARM_FEATURE_MVE)
// Four integers as a vector. Compilers take twice the instructions, or memory.
static inline lanes_s32 combine(int32_t s0, int32_t s1, int32_t s2,
                                int32_t s3) {
  lanes_s32 lanes;
  __asm("vmov %q0[2], %q0[0], %1, %3\n\t"
        "vmov %q0[3], %q0[1], %2, %4"
        : "=&w"(lanes)
        : "r"(s0), "r"(s1), "r"(s2), "r"(s3));
  return lanes;
}
#endif

// True if a vector holds a row of `size` bytes.
static inline int32_t is_short(int32_t size) { return size <= 16; }

// Four short rows, `size` bytes apart.
#if !defined(__ARM_FEATURE_MVE)
typedef struct short_rows {
  const int8_t *first;
} short_rows;

static inline short_rows load_short_rows(const int8_t *from, int32_t size) {
  const short_rows rows = {from};
  (void)size;
  return rows;
}
#else
typedef struct short_rows {
  int8x16_t x0, x1, x2, x3;
} short_rows;

static inline short_rows load_short_rows(const int8_t *from, int32_t size) {
  short_rows rows;
  const mve_pred16_t inside = vctp8q((uint32_t)size);
  rows.x0 = vldrbq_z_s8(from, inside);
  rows.x1 = vldrbq_z_s8(from + size, inside);
  rows.x2 = vldrbq_z_s8(from + 2 * size, inside);
  rows.x3 = vldrbq_z_s8(from + 3 * size, inside);
  return rows;
}
#endif

// As dot_1x4_s8.
static inline lanes_s32 dot_short_1x4_s8(const int8_t **one,
                                         const short_rows *four, int32_t size,
                                         int32_t start) {
#if defined(__ARM_FEATURE_MVE)
  const int8x16_t w = vldrbq_z_s8(*one, vctp8q((uint32_t)size));
  *one += size;
  return vaddq_n_s32(combine(vmladavq_s8(four->x0, w), vmladavq_s8(four->x1, w),
                             vmladavq_s8(four->x2, w),
                             vmladavq_s8(four->x3, w)),
                     start);
#else
  return dot_1x4_s8(one, four->first, size, size, start);
#endif
}

// As memcpy, for few bytes.
static inline void copy_s8(int8_t *to, const int8_t *from, int32_t count) {
#if defined(__ARM_FEATURE_MVE)
  __asm volatile("wlstp.8 lr, %[count], 2f\n"
                 "1:\n\t"
                 "vldrb.8 q0, [%[from]], #16\n\t"
                 "vstrb.8 q0, [%[to]], #16\n\t"
                 "letp lr, 1b\n"
                 "2:"
                 : [to] "+r"(to), [from] "+r"(from)
                 : [count] "r"(count)
                 : "lr", "q0", "memory");
#else
  memcpy(to, from, (size_t)count);
#endif
}

// Four places, `step` bytes apart.
#if !defined(__ARM_FEATURE_MVE)
typedef struct places_4 {
  int32_t step;
} places_4;

static inline places_4 every(int32_t step) {
  const places_4 places = {step};
  return places;
}
#else
typedef uint32x4_t places_4;

static inline places_4 every(int32_t step) {
  return vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
}
#endif

// Stores the low byte of each lane.
static inline void scatter_s8(int8_t *to, places_4 places, lanes_s32 x) {
#if defined(__ARM_FEATURE_MVE)
  vstrbq_scatter_offset_s32(to, places, x);
#else
  for (int32_t i = 0; i < 4; ++i)
    to[i * places.step] = (int8_t)x.lane[i];
#endif
}

static inline lanes_s32 load_lanes(const int32_t *from) {
#if defined(__ARM_FEATURE_MVE)
  return vldrwq_s32(from);
#else
  lanes_s32 x;
  memcpy(x.lane, from, sizeof(x.lane));
  return x;
#endif
}

static inline void store_lanes(int32_t *to, lanes_s32 x) {
#if defined(__ARM_FEATURE_MVE)
  vstrwq_s32(to, x);
#else
  memcpy(to, x.lane, sizeof(x.lane));
#endif
}

// Sums that may wrap.
static inline lanes_s32 add_lanes(lanes_s32 x, lanes_s32 y) {
#if defined(__ARM_FEATURE_MVE)
  return vaddq_s32(x, y);
#else
  for (int32_t i = 0; i < 4; ++i)
    x.lane[i] = (int32_t)((uint32_t)x.lane[i] + (uint32_t)y.lane[i]);
  return x;
#endif
}

static inline void store_s8(int8_t *to, lanes_s32 x) {
#if defined(__ARM_FEATURE_MVE)
  vstrbq_s32(to, x);
#else
  for (int32_t i = 0; i < 4; ++i)
    to[i] = (int8_t)x.lane[i];
#endif
}
