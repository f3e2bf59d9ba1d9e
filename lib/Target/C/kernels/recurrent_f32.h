//===- recurrent_f32.h - LSTM and GRU of f32 ----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "matmul_f32.h"

// A sequence of vectors of `inputs` elements, and the state of `units` that it
// leads to. The vector of step t of batch b has the index b * batch_step + t *
// time_step, in the input and in the output.
typedef struct sequence {
  int32_t batches, steps, inputs, units;
  int32_t batch_step, time_step;
} sequence;

// A long short-term memory from a state of zeros. The gates are in the order
// input, forget, cell, output: `weights` has a row of inputs for each unit of
// each gate, `recurrent` a row of units. `cells` is room for the cell state,
// which is clamped where cell_clip > 0. The hidden state is read from the
// output.
static void lstm_f32(const sequence *s, const float *input,
                     const float *weights, const float *recurrent,
                     const float *bias, float cell_clip, float *cells,
                     float *output) {
  const int32_t units = s->units;
  for (int32_t b = 0; b < s->batches; ++b) {
    const float *hidden = 0;
    for (int32_t unit = 0; unit < units; ++unit)
      cells[unit] = 0.0f;
    for (int32_t t = 0; t < s->steps; ++t) {
      const int32_t at = b * s->batch_step + t * s->time_step;
      const float *x = input + at * s->inputs;
      float *y = output + at * units;
      for (int32_t unit = 0; unit < units; ++unit) {
        float gates[4];
        for (int32_t gate = 0; gate < 4; ++gate) {
          const int32_t row = gate * units + unit;
          gates[gate] =
              bias[row] + dot_f32(x, weights + row * s->inputs, s->inputs);
          if (hidden)
            gates[gate] += dot_f32(hidden, recurrent + row * units, units);
        }
        float cell = sigmoid(gates[1]) * cells[unit] +
                     sigmoid(gates[0]) * tanhf(gates[2]);
        if (cell_clip > 0.0f)
          cell = clamp_f32(cell, -cell_clip, cell_clip);
        cells[unit] = cell;
        y[unit] = sigmoid(gates[3]) * tanhf(cell);
      }
      hidden = y;
    }
  }
}

// The part of a gate that comes from the hidden state, which is null at the
// first step.
static inline float from_hidden(const float *hidden, const float *recurrent,
                                const float *bias, int32_t row, int32_t units) {
  if (!hidden)
    return bias[row];
  return bias[row] + dot_f32(hidden, recurrent + row * units, units);
}

// A gated recurrent unit from a state of zeros. The gates are in the order
// update, reset, candidate. `scratch` has room for 2 * units elements.
static void gru_f32(const sequence *s, const float *input, const float *weights,
                    const float *recurrent, const float *bias,
                    const float *recurrent_bias, int32_t linear_before_reset,
                    float *scratch, float *output) {
  const int32_t units = s->units;
  float *const resets = scratch;
  float *const reset_hidden = scratch + units;
  for (int32_t b = 0; b < s->batches; ++b) {
    const float *hidden = 0;
    for (int32_t t = 0; t < s->steps; ++t) {
      const int32_t at = b * s->batch_step + t * s->time_step;
      const float *x = input + at * s->inputs;
      float *y = output + at * units;
      for (int32_t unit = 0; unit < units; ++unit) {
        const int32_t row = units + unit;
        resets[unit] = sigmoid(
            bias[row] + dot_f32(x, weights + row * s->inputs, s->inputs) +
            from_hidden(hidden, recurrent, recurrent_bias, row, units));
        reset_hidden[unit] = hidden ? resets[unit] * hidden[unit] : 0.0f;
      }
      for (int32_t unit = 0; unit < units; ++unit) {
        const int32_t row = 2 * units + unit;
        const float update = sigmoid(
            bias[unit] + dot_f32(x, weights + unit * s->inputs, s->inputs) +
            from_hidden(hidden, recurrent, recurrent_bias, unit, units));
        float candidate =
            bias[row] + dot_f32(x, weights + row * s->inputs, s->inputs);
        if (linear_before_reset)
          candidate += resets[unit] * from_hidden(hidden, recurrent,
                                                  recurrent_bias, row, units);
        else
          candidate +=
              from_hidden(reset_hidden, recurrent, recurrent_bias, row, units);
        y[unit] = (1.0f - update) * tanhf(candidate);
        if (hidden)
          y[unit] += update * hidden[unit];
      }
      hidden = y;
    }
  }
}
