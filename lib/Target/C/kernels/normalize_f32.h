//===- normalize_f32.h - Softmax and normalization of f32 ---------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "real.h"

// Softmax of `beta` times each row of `size` elements.
static void softmax_f32(int32_t rows, int32_t size, const float *input,
                        float beta, float *output) {
  for (int32_t row = 0; row < rows; ++row) {
    float greatest = beta * input[0];
    for (int32_t i = 1; i < size; ++i)
      greatest = maximum_f32(greatest, beta * input[i]);
    float sum = 0.0f;
    for (int32_t i = 0; i < size; ++i) {
      output[i] = expf(beta * input[i] - greatest);
      sum += output[i];
    }
    for (int32_t i = 0; i < size; ++i)
      output[i] /= sum;
    input += size;
    output += size;
  }
}

// Its logarithm.
static void log_softmax_f32(int32_t rows, int32_t size, const float *input,
                            float beta, float *output) {
  for (int32_t row = 0; row < rows; ++row) {
    float greatest = beta * input[0];
    for (int32_t i = 1; i < size; ++i)
      greatest = maximum_f32(greatest, beta * input[i]);
    float sum = 0.0f;
    for (int32_t i = 0; i < size; ++i)
      sum += expf(beta * input[i] - greatest);
    for (int32_t i = 0; i < size; ++i)
      output[i] = beta * input[i] - greatest - logf(sum);
    input += size;
    output += size;
  }
}

// Each row of `size` elements less its mean, divided by its deviation, then
// times `gamma` plus `beta`.
static void layer_norm_f32(int32_t rows, int32_t size, const float *input,
                           const float *gamma, const float *beta, float epsilon,
                           float *output) {
  for (int32_t row = 0; row < rows; ++row) {
    float mean = 0.0f, variance = 0.0f;
    for (int32_t i = 0; i < size; ++i)
      mean += input[i];
    mean /= (float)size;
    for (int32_t i = 0; i < size; ++i)
      variance += (input[i] - mean) * (input[i] - mean);
    const float deviation = sqrtf(variance / (float)size + epsilon);
    for (int32_t i = 0; i < size; ++i)
      output[i] = (input[i] - mean) / deviation * gamma[i] + beta[i];
    input += size;
    output += size;
  }
}
