//===- real.h - Functions of real numbers -------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <math.h>
#include <stdint.h>

static inline float clamp_f32(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

static inline float leaky_relu(float x, float slope) {
  return x >= 0.0f ? x : slope * x;
}

static inline float hard_swish(float x) {
  return x * clamp_f32(x + 3.0f, 0.0f, 6.0f) / 6.0f;
}

static inline float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// x times the probability that a normal variable is below x.
static inline float gelu(float x) {
  return 0.5f * x * (1.0f + erff(x * 0.707106781f));
}

static inline float gelu_by_tanh(float x) {
  return 0.5f * x * (1.0f + tanhf(0.797884561f * (x + 0.044715f * x * x * x)));
}

static inline float squared_difference(float x, float y) {
  return (x - y) * (x - y);
}

static inline float maximum_f32(float x, float y) { return x < y ? y : x; }

static inline float minimum_f32(float x, float y) { return y < x ? y : x; }
