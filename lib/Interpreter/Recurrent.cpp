//===- Recurrent.cpp - Recurrent layers -----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Numerics/Lstm.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

namespace {
/// Sizes of a sequence and where its steps lie.
struct Sequence {
  int64_t batches, steps, inputs, hidden;
  bool timeMajor;

  /// Index of the vector of step `t` of sequence `b`.
  int64_t at(int64_t b, int64_t t) const {
    return timeMajor ? t * batches + b : b * steps + t;
  }
};
} // namespace

template <typename OpT> static Sequence sequenceOf(OpT op) {
  ArrayRef<int64_t> in = op.getInput().getType().getShape();
  ArrayRef<int64_t> out = op.getOutput().getType().getShape();
  Sequence s = {in[0], in[1], in[2], out[2], op.getTimeMajor()};
  if (s.timeMajor)
    std::swap(s.batches, s.steps);
  return s;
}

/// Row `row` of `matrix` times `vector`.
template <typename T, typename In>
static T dotRow(ArrayRef<In> matrix, int64_t row, ArrayRef<In> vector) {
  T sum = 0;
  const In *weights = matrix.data() + row * vector.size();
  for (size_t i = 0; i < vector.size(); ++i)
    sum += static_cast<T>(weights[i]) * static_cast<T>(vector[i]);
  return sum;
}

static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

static void evalRealLstm(nn::LstmOp op, Layer &layer) {
  const Sequence s = sequenceOf(op);
  const std::vector<float> input = layer.real(0), weights = layer.real(1);
  const std::vector<float> recurrent = layer.real(2), bias = layer.real(3);
  const double clip = op.getCellClip().convertToFloat();
  std::vector<float> output(s.batches * s.steps * s.hidden);
  for (int64_t b = 0; b < s.batches; ++b) {
    std::vector<float> hidden(s.hidden, 0.0f);
    std::vector<double> cell(s.hidden, 0.0);
    for (int64_t t = 0; t < s.steps; ++t) {
      ArrayRef<float> x =
          ArrayRef<float>(input).slice(s.at(b, t) * s.inputs, s.inputs);
      MutableArrayRef<float> result =
          MutableArrayRef<float>(output).slice(s.at(b, t) * s.hidden, s.hidden);
      for (int64_t unit = 0; unit < s.hidden; ++unit) {
        double gates[4];
        for (int64_t gate = 0; gate < 4; ++gate) {
          const int64_t row = gate * s.hidden + unit;
          gates[gate] = bias[row] + dotRow<double, float>(weights, row, x) +
                        dotRow<double, float>(recurrent, row, hidden);
        }
        double &c = cell[unit];
        c = sigmoid(gates[kForgetGate]) * c +
            sigmoid(gates[kInputGate]) * std::tanh(gates[kCellGate]);
        if (clip > 0)
          c = std::clamp(c, -clip, clip);
        result[unit] = sigmoid(gates[kOutputGate]) * std::tanh(c);
      }
      hidden.assign(result.begin(), result.end());
    }
  }
  layer.setReal(output);
}

static void evalIntegerLstm(nn::LstmOp op, Layer &layer,
                            const LstmScales &scales) {
  const Sequence s = sequenceOf(op);
  const std::vector<int32_t> input = layer.centered(0);
  const std::vector<int32_t> weights = layer.centered(1);
  const std::vector<int32_t> recurrent = layer.centered(2);
  const std::vector<int32_t> bias = layer.integers(3);
  const QuantRange range = rangeOf(op.getOutput());
  std::vector<int32_t> output(s.batches * s.steps * s.hidden);
  for (int64_t b = 0; b < s.batches; ++b) {
    // Centered, as the input: the real value zero.
    std::vector<int32_t> hidden(s.hidden, 0);
    std::vector<int16_t> cell(s.hidden, 0);
    for (int64_t t = 0; t < s.steps; ++t) {
      ArrayRef<int32_t> x =
          ArrayRef<int32_t>(input).slice(s.at(b, t) * s.inputs, s.inputs);
      MutableArrayRef<int32_t> result = MutableArrayRef<int32_t>(output).slice(
          s.at(b, t) * s.hidden, s.hidden);
      for (int64_t unit = 0; unit < s.hidden; ++unit) {
        int16_t gates[4];
        for (int64_t gate = 0; gate < 4; ++gate) {
          const int64_t row = gate * s.hidden + unit;
          const uint32_t inputSum = static_cast<uint32_t>(bias[row]) +
                                    dotRow<uint32_t, int32_t>(weights, row, x);
          const uint32_t recurrentSum =
              dotRow<uint32_t, int32_t>(recurrent, row, hidden);
          gates[gate] =
              lstmGate(static_cast<int32_t>(inputSum),
                       static_cast<int32_t>(recurrentSum), scales, gate);
        }
        cell[unit] = lstmCell(gates, cell[unit], scales);
        result[unit] =
            lstmHidden(gates[kOutputGate], cell[unit], scales, range);
      }
      for (int64_t unit = 0; unit < s.hidden; ++unit)
        hidden[unit] = result[unit] - scales.hiddenZero;
    }
  }
  layer.setIntegers(output);
}

/// The filter scales of the four gates, or nullopt if rows of one gate differ.
static std::optional<std::array<double, 4>> gateScales(Value weights,
                                                       int64_t hidden) {
  quant::QuantizedType type = nn::getQuantizedType(weights);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  std::array<double, 4> scales;
  for (int64_t gate = 0; gate < 4; ++gate) {
    scales[gate] = nn::getScale(type, gate * hidden);
    if (!perAxis)
      continue;
    if (perAxis.getQuantizedDimension() != 0)
      return std::nullopt;
    for (int64_t unit = 1; unit < hidden; ++unit)
      if (nn::getScale(type, gate * hidden + unit) != scales[gate])
        return std::nullopt;
  }
  return scales;
}

llvm::Error interpreter::eval(nn::LstmOp op, Layer &layer) {
  auto isPerTensor = [](Value value) {
    return isa_and_nonnull<quant::UniformQuantizedType>(
        nn::getQuantizedType(value));
  };
  if (!op.getCellScale() || !isPerTensor(op.getInput()) ||
      !isPerTensor(op.getOutput()) || !nn::getQuantizedType(op.getWeights()) ||
      !nn::getQuantizedType(op.getRecurrent())) {
    if (llvm::Error error = layer.checkBias(op.getBias()))
      return error;
    evalRealLstm(op, layer);
    return llvm::Error::success();
  }
  if (layer.operand(3).getDType() != DType::I32)
    return layer.error("expects a bias of 32-bit integers, found " +
                       layer.operand(3).typeString());
  const int64_t hidden = sequenceOf(op).hidden;
  std::optional<std::array<double, 4>> weights =
      gateScales(op.getWeights(), hidden);
  std::optional<std::array<double, 4>> recurrent =
      gateScales(op.getRecurrent(), hidden);
  if (!weights || !recurrent)
    return layer.error("expects one filter scale for each gate");
  const double cellScale = op.getCellScale()->convertToFloat();
  std::optional<LstmScales> scales = prepareLstm(
      paramsOf(op.getInput()).scale, weights->data(), recurrent->data(),
      paramsOf(op.getOutput()), cellScale, op.getCellClip().convertToFloat());
  if (!scales)
    return layer.error(llvm::formatv(
        "expects a cell scale that is a power of two of at most 1, found {0}",
        cellScale));
  evalIntegerLstm(op, layer, *scales);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// GRU
//===----------------------------------------------------------------------===//

llvm::Error interpreter::eval(nn::GruOp op, Layer &layer) {
  const Sequence s = sequenceOf(op);
  const std::vector<float> input = layer.real(0), weights = layer.real(1);
  const std::vector<float> recurrent = layer.real(2), bias = layer.real(3);
  const std::vector<float> recurrentBias = layer.real(4);
  std::vector<float> output(s.batches * s.steps * s.hidden);
  for (int64_t b = 0; b < s.batches; ++b) {
    std::vector<float> hidden(s.hidden, 0.0f);
    for (int64_t t = 0; t < s.steps; ++t) {
      ArrayRef<float> x =
          ArrayRef<float>(input).slice(s.at(b, t) * s.inputs, s.inputs);
      // Both halves of the sum of each row: update, reset, candidate.
      std::vector<double> fromInput, fromHidden;
      for (int64_t row = 0; row < 3 * s.hidden; ++row) {
        fromInput.push_back(dotRow<double, float>(weights, row, x) + bias[row]);
        fromHidden.push_back(dotRow<double, float>(recurrent, row, hidden) +
                             recurrentBias[row]);
      }
      std::vector<float> resetHidden(s.hidden);
      for (int64_t unit = 0; unit < s.hidden; ++unit) {
        const int64_t row = s.hidden + unit;
        resetHidden[unit] =
            sigmoid(fromInput[row] + fromHidden[row]) * hidden[unit];
      }
      for (int64_t unit = 0; unit < s.hidden; ++unit) {
        const int64_t row = 2 * s.hidden + unit;
        const double update = sigmoid(fromInput[unit] + fromHidden[unit]);
        const double reset =
            sigmoid(fromInput[s.hidden + unit] + fromHidden[s.hidden + unit]);
        const double candidate = std::tanh(
            fromInput[row] +
            (op.getLinearBeforeReset()
                 ? reset * fromHidden[row]
                 : dotRow<double, float>(recurrent, row, resetHidden) +
                       recurrentBias[row]));
        output[s.at(b, t) * s.hidden + unit] =
            (1.0 - update) * candidate + update * hidden[unit];
      }
      for (int64_t unit = 0; unit < s.hidden; ++unit)
        hidden[unit] = output[s.at(b, t) * s.hidden + unit];
    }
  }
  layer.setReal(output);
  return llvm::Error::success();
}
