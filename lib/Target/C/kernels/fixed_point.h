//===- fixed_point.h - Fixed-point arithmetic ---------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>

static inline int32_t clamp_s32(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

// x / 2^n rounded down. C leaves >> of negative numbers to the compiler; this
// compiles to the one instruction that it is.
static inline int32_t shift_right_s32(int32_t x, int32_t n) {
  return x >= 0 ? x >> n : ~(~x >> n);
}

static inline int64_t shift_right_s64(int64_t x, int32_t n) {
  return x >= 0 ? x >> n : ~(~x >> n);
}

// x / 2^n to the nearest integer, halves away from zero; 0 <= n <= 31.
static inline int32_t divide_by_power_of_two(int32_t x, int32_t n) {
  const int32_t mask = (int32_t)((UINT32_C(1) << n) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0);
  return shift_right_s32(x, n) + (remainder > threshold);
}

// x * y / 2^31 to the nearest integer, halves up. Not for x = y = -2^31.
static inline int32_t multiply_high(int32_t x, int32_t y) {
  const int64_t product = (int64_t)x * y;
  return (int32_t)shift_right_s64(product + (INT64_C(1) << 30), 31);
}

// x * multiplier * 2^(shift - 31), rounded twice where shift < 0, as the
// reference kernels of TensorFlow Lite do it.
static inline int32_t multiply_fixed(int32_t x, int32_t multiplier,
                                     int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t shifted = (int32_t)((uint32_t)x << left);
  return divide_by_power_of_two(multiply_high(shifted, multiplier), right);
}

// The sum of two integers modulo 2^32.
static inline int32_t add_wrapping(int32_t x, int32_t y) {
  return (int32_t)((uint32_t)x + (uint32_t)y);
}

static inline int32_t maximum_s32(int32_t x, int32_t y) {
  return x < y ? y : x;
}

static inline int32_t minimum_s32(int32_t x, int32_t y) {
  return y < x ? y : x;
}
