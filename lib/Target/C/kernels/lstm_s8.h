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

// Below, "Qm" is a 16-bit number with m integer bits and 15 - m bits of
// fraction. These follow gemmlowp's public fixed-point functions.

// x * y / 2^15 rounded, saturated for x = y = -2^15.
static inline int16_t multiply_q0(int16_t x, int16_t y) {
  const int32_t product = (int32_t)x * y;
  const int32_t rounded = shift_right_s32(product + (1 << 14), 15);
  return (int16_t)(rounded > INT16_MAX ? INT16_MAX : rounded);
}

// x * 2^n, saturated.
static inline int16_t shift_left_q(int16_t x, int32_t n) {
  const int32_t limit = (1 << (15 - n)) - 1;
  if (x > limit)
    return INT16_MAX;
  return (int16_t)(x < -limit ? INT16_MIN : x * (1 << n));
}

// exp(x) for x in [-1/4, 0), Q0: a polynomial around -1/8.
static inline int16_t exp_of_quarter(int16_t x) {
  const int16_t exp_of_minus_eighth = 28918;
  const int16_t one_third = 10923;
  const int16_t a = (int16_t)(x + (1 << 12));
  const int16_t a2 = multiply_q0(a, a);
  const int16_t a3 = multiply_q0(a2, a);
  const int16_t a4 = multiply_q0(a2, a2);
  const int16_t cubic = (int16_t)(divide_by_power_of_two(a4, 2) + a3);
  const int16_t tail = (int16_t)divide_by_power_of_two(
      (int16_t)(multiply_q0(cubic, one_third) + a2), 1);
  return saturate_s16(exp_of_minus_eighth +
                      multiply_q0(exp_of_minus_eighth, (int16_t)(a + tail)));
}

// exp(x) for x <= 0 of Q`integer_bits`, as Q0.
static inline int16_t exp_of_negative(int16_t x, int32_t integer_bits) {
  // exp(-2^k) for k = -2 to 4.
  static const int16_t factors[7] = {25520, 19875, 12055, 4435, 600, 11, 0};
  const int32_t fraction = 15 - integer_bits;
  if (x == 0)
    return INT16_MAX;
  const int32_t quarter = 1 << (fraction - 2);
  const int16_t rest = (int16_t)((x & (quarter - 1)) - quarter);
  int16_t result = exp_of_quarter(shift_left_q(rest, integer_bits));
  const int32_t quarters = rest - x;
  for (int32_t k = -2; k < integer_bits && k <= 4; ++k)
    if (quarters & (1 << (fraction + k)))
      result = multiply_q0(result, factors[k + 2]);
  if (integer_bits > 5 && x < -(1 << (fraction + 5)))
    return 0;
  return result;
}

// 2 / (1 + x) for x in [0, 1) of Q0, as Q2: Newton and Raphson's method.
static inline int16_t two_over_one_plus(int16_t x) {
  const int32_t sum = x + INT16_MAX;
  const int16_t half = (int16_t)((sum + 1) / 2);
  int16_t y = (int16_t)(23130 + multiply_q0(half, -15420));
  for (int step = 0; step < 3; ++step) {
    const int16_t error = (int16_t)((1 << 13) - multiply_q0(half, y));
    y = (int16_t)(y + shift_left_q(multiply_q0(y, error), 2));
  }
  return y;
}

// 1 / (1 + exp(-x)) for x of Q3, as Q0.
static inline int16_t sigmoid_q3(int16_t x) {
  if (x == 0)
    return 1 << 14;
  const int16_t exp = exp_of_negative((int16_t)(x > 0 ? -x : x), 3);
  const int16_t positive = shift_left_q(two_over_one_plus(exp), 1);
  return x > 0 ? positive : (int16_t)(INT16_MAX - positive);
}

// tanh(x) for x of Q`integer_bits`, as Q0: (1 - e) / (1 + e), e = exp(-2|x|).
static inline int16_t tanh_q(int16_t x, int32_t integer_bits) {
  if (x == 0)
    return 0;
  const int16_t exp =
      exp_of_negative((int16_t)(x > 0 ? -x : x), integer_bits + 1);
  const int16_t magnitude =
      shift_left_q((int16_t)(two_over_one_plus(exp) - (1 << 13)), 2);
  return (int16_t)(x > 0 ? magnitude : -magnitude);
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
} lstm;

static inline uint32_t gate_sum_s8(const int8_t *x, int32_t zero_point,
                                   const int8_t *weights, int32_t count) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < count; ++i)
    sum += (uint32_t)((x[i] - zero_point) * weights[i]);
  return sum;
}

// A gate before its activation, Q3. `hidden` is null at the first step.
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
  const int16_t a = saturate_s16(multiply_fixed(
      (int32_t)from_input, l->input_multipliers[gate], l->input_shifts[gate]));
  const int16_t b = saturate_s16(multiply_fixed((int32_t)from_hidden,
                                                l->hidden_multipliers[gate],
                                                l->hidden_shifts[gate]));
  return saturate_s16(a + b);
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
        const int32_t kept = divide_by_power_of_two(
            (int32_t)sigmoid_q3(gates[1]) * cells[unit], 15);
        const int32_t added = divide_by_power_of_two(
            (int32_t)sigmoid_q3(gates[0]) * tanh_q(gates[2], 3),
            30 + l->cell_exponent);
        const int16_t cell =
            saturate_s16(saturate_s16(kept) + saturate_s16(added));
        cells[unit] = (int16_t)clamp_s32(cell, l->cell_low, l->cell_high);
        const int32_t product = (int32_t)sigmoid_q3(gates[3]) *
                                tanh_q(cells[unit], 15 + l->cell_exponent);
        const int32_t scaled = multiply_fixed(product, l->multiplier, l->shift);
        y[unit] = (int8_t)clamp_s32(add_wrapping(scaled, l->hidden_zero_point),
                                    INT8_MIN, INT8_MAX);
      }
      hidden = y;
    }
  }
}
