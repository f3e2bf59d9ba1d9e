//===- lstm_s8.h - The integer LSTM -------------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "fixed_point.h"

static inline int16_t saturate_s16(int32_t x) {
  return (int16_t)clamp_s32(x, INT16_MIN, INT16_MAX);
}

// 1 / (1 + exp(-x)) for x with 12 bits of fraction; the result has 15. `table`
// has the values at i / 24 with 16 bits of fraction.
static inline int16_t sigmoid_s16(int32_t x, const uint16_t *table) {
  const int32_t scaled = 3 * x;
  const uint32_t magnitude = (uint32_t)(scaled < 0 ? -scaled : scaled);
  const uint32_t i = magnitude >> 9;
  uint32_t y = UINT32_C(0x7fff) << 10;
  if (i < 255) {
    const uint32_t rise = (uint32_t)table[i + 1] - table[i];
    y = ((uint32_t)table[i] << 9) + (magnitude & 0x1ff) * rise;
  }
  y = scaled < 0 ? (UINT32_C(1) << 25) - y + 511 : y + 512;
  return (int16_t)(y >> 10);
}

// tanh(x) for x with 12 - shift bits of fraction; the result has 15. It is
// 2 / (1 + exp(-2x)) - 1, from the same table.
static inline int16_t tanh_s16(int32_t x, int32_t shift,
                               const uint16_t *table) {
  int32_t scaled = 3 * x;
  if (shift >= 0)
    scaled *= 1 << shift;
  else
    scaled = shift_right_s32(scaled + (1 << (-shift - 1)), -shift);
  const uint32_t magnitude = (uint32_t)(scaled < 0 ? -scaled : scaled);
  const uint32_t i = magnitude >> 8;
  int32_t y = 0xffff << 8;
  if (i < 255) {
    const uint32_t rise = (uint32_t)table[i + 1] - table[i];
    y = (int32_t)(((uint32_t)table[i] << 8) + (magnitude & 0xff) * rise);
  }
  y = scaled < 0 ? (1 << 23) - y + 127 : y - (1 << 23) + 128;
  return (int16_t)shift_right_s32(y, 8);
}

// The gates are in the order input, forget, cell, output.
typedef struct lstm {
  int32_t batches, steps, inputs, units;
  int32_t batch_step, time_step; // in vectors, of input and output alike
  int32_t input_zero_point, hidden_zero_point;
  int32_t input_multipliers[4], input_shifts[4];
  int32_t hidden_multipliers[4], hidden_shifts[4];
  int32_t multiplier, shift; // of the new hidden state
  int32_t cell_exponent;     // the cell state has the scale 2^cell_exponent
  int32_t cell_low, cell_high;
  const uint16_t *sigmoid_table; // logistic(i / 24), 16 bits of fraction
} lstm;

static inline uint32_t gate_sum_s8(const int8_t *x, int32_t zero_point,
                                   const int8_t *weights, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += (uint32_t)((x[i] - zero_point) * weights[i]);
  return sum;
}

// A gate after its activation, 15 bits of fraction. `hidden` is null at the
// first step.
static inline int16_t lstm_gate(const lstm *l, int32_t gate, int32_t unit,
                                const int8_t *input, const int8_t *hidden,
                                const int8_t *weights, const int8_t *recurrent,
                                const int32_t *bias) {
  const int32_t row = gate * l->units + unit;
  const uint32_t from_input =
      (uint32_t)bias[row] + gate_sum_s8(input, l->input_zero_point,
                                        weights + row * l->inputs, l->inputs);
  uint32_t from_hidden = 0;
  if (hidden)
    from_hidden = gate_sum_s8(hidden, l->hidden_zero_point,
                              recurrent + row * l->units, l->units);
  const int32_t a = multiply_fixed(
      (int32_t)from_input, l->input_multipliers[gate], l->input_shifts[gate]);
  const int32_t b =
      multiply_fixed((int32_t)from_hidden, l->hidden_multipliers[gate],
                     l->hidden_shifts[gate]);
  const int32_t sum = saturate_s16(saturate_s16(a) + saturate_s16(b));
  return gate == 2 ? tanh_s16(sum, 0, l->sigmoid_table)
                   : sigmoid_s16(sum, l->sigmoid_table);
}

// A long short-term memory from a state of zeros. `weights` has a row of inputs
// for each unit of each gate, `recurrent` a row of units; `cells` is room for
// the cell state. The hidden state is read from the output.
static void lstm_s8(const lstm *l, const int8_t *input, const int8_t *weights,
                    const int8_t *recurrent, const int32_t *bias,
                    int16_t *cells, int8_t *output) {
  for (int32_t b = 0; b < l->batches; ++b) {
    const int8_t *hidden = 0;
    for (int32_t unit = 0; unit < l->units; ++unit)
      cells[unit] = 0;
    for (int32_t t = 0; t < l->steps; ++t) {
      const int32_t at = b * l->batch_step + t * l->time_step;
      const int8_t *x = input + at * l->inputs;
      int8_t *y = output + at * l->units;
      for (int32_t unit = 0; unit < l->units; ++unit) {
        int16_t gates[4];
        for (int32_t gate = 0; gate < 4; ++gate)
          gates[gate] =
              lstm_gate(l, gate, unit, x, hidden, weights, recurrent, bias);
        // A power of two as a fixed-point factor.
        const int32_t half = INT32_C(1) << 30;
        const int32_t kept =
            multiply_fixed((int32_t)gates[1] * cells[unit], half, -14);
        const int32_t added = multiply_fixed((int32_t)gates[0] * gates[2], half,
                                             -29 - l->cell_exponent);
        const int32_t cell =
            saturate_s16(saturate_s16(kept) + saturate_s16(added));
        cells[unit] = (int16_t)clamp_s32(cell, l->cell_low, l->cell_high);
        const int32_t product =
            (int32_t)gates[3] *
            tanh_s16(cells[unit], l->cell_exponent + 12, l->sigmoid_table);
        const int32_t scaled = multiply_fixed(product, l->multiplier, l->shift);
        y[unit] = (int8_t)clamp_s32(add_wrapping(scaled, l->hidden_zero_point),
                                    INT8_MIN, INT8_MAX);
      }
      hidden = y;
    }
  }
}
