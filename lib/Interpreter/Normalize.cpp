//===- Normalize.cpp - Softmax and normalization --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Numerics/Softmax.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// Calls `visit(first, step)` for each row along `axis` (from the end if
/// negative): element `i` of the row has index `first + i * step`.
template <typename Visit>
static void forEachRow(ArrayRef<int64_t> shape, int64_t axis, Visit visit) {
  if (axis < 0)
    axis += shape.size();
  int64_t step = 1, count = 1;
  for (int64_t size : shape.drop_front(axis + 1))
    step *= size;
  for (int64_t size : shape.take_front(axis))
    count *= size;
  for (int64_t outer = 0; outer < count; ++outer)
    for (int64_t inner = 0; inner < step; ++inner)
      visit(outer * shape[axis] * step + inner, step);
}

/// `finish(x - greatest, sum of exponentials)` is the result for `x`.
template <typename Finish>
static void softmaxRows(Layer &layer, int64_t axis, double beta,
                        Finish finish) {
  ArrayRef<int64_t> shape = layer.operandShape(0);
  std::vector<float> values = layer.real(0);
  const int64_t size = shape[axis < 0 ? axis + shape.size() : axis];
  forEachRow(shape, axis, [&](int64_t first, int64_t step) {
    double greatest = -std::numeric_limits<double>::infinity(), sum = 0.0;
    for (int64_t i = 0; i < size; ++i)
      greatest = std::max(greatest, beta * values[first + i * step]);
    for (int64_t i = 0; i < size; ++i)
      sum += std::exp(beta * values[first + i * step] - greatest);
    for (int64_t i = 0; i < size; ++i) {
      float &value = values[first + i * step];
      value = finish(beta * value - greatest, sum);
    }
  });
  layer.setReal(values);
}

/// True if `type` is what integer softmax gives: scale 2^-bits, zero point the
/// least integer of the storage type.
static bool isSoftmaxResult(quant::UniformQuantizedType type) {
  if (!type || type.getStorageTypeIntegralWidth() != 8)
    return false;
  const int64_t least = type.isSigned() ? -128 : 0;
  return type.getScale() == 1.0 / 256 && type.getZeroPoint() == least &&
         type.getStorageTypeMin() == least;
}

llvm::Error interpreter::eval(nn::SoftmaxOp op, Layer &layer) {
  auto input = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(op.getInput()));
  auto output = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(op.getOutput()));
  const int64_t row =
      layer.operandShape(0).empty() ? 0 : layer.operandShape(0).back();
  const double beta = op.getBeta().convertToFloat();
  if (input && input.getStorageTypeIntegralWidth() == 8 &&
      isSoftmaxResult(output) && row > 0 && row <= kSoftmaxMaxRow && beta > 0) {
    const SoftmaxTable table = prepareSoftmax(input.getScale(), beta);
    const std::vector<int32_t> values = layer.integers(0);
    std::vector<int32_t> results(values.size());
    for (size_t first = 0; first < values.size(); first += row) {
      auto begin = values.begin() + first;
      const int32_t greatest = *std::max_element(begin, begin + row);
      int32_t sum = 0;
      for (int64_t i = 0; i < row; ++i)
        sum += softmaxTerm(table.exps[greatest - begin[i]]);
      const SoftmaxRow scale = softmaxRow(sum);
      for (int64_t i = 0; i < row; ++i)
        results[first + i] = softmaxOutput(table.exps[greatest - begin[i]],
                                           scale, nn::getQuantRange(output));
    }
    layer.setIntegers(results);
    return llvm::Error::success();
  }
  softmaxRows(layer, op.getAxis(), beta,
              [](double x, double sum) { return std::exp(x) / sum; });
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::LogSoftmaxOp op, Layer &layer) {
  softmaxRows(layer, op.getAxis(), /*beta=*/1.0,
              [](double x, double sum) { return x - std::log(sum); });
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

llvm::Error interpreter::eval(nn::BatchNormOp op, Layer &layer) {
  std::vector<float> values = layer.real(0);
  const std::vector<float> gamma = layer.real(1), beta = layer.real(2);
  const std::vector<float> mean = layer.real(3), variance = layer.real(4);
  const double epsilon = op.getEpsilon().convertToFloat();
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t c = i % gamma.size();
    const double scale = gamma[c] / std::sqrt(variance[c] + epsilon);
    values[i] = (values[i] - double(mean[c])) * scale + beta[c];
  }
  layer.setReal(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::LayerNormOp op, Layer &layer) {
  std::vector<float> values = layer.real(0);
  const std::vector<float> gamma = layer.real(1), beta = layer.real(2);
  const double epsilon = op.getEpsilon().convertToFloat();
  const size_t size = gamma.size();
  for (size_t first = 0; first < values.size(); first += size) {
    float *row = values.data() + first;
    double mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < size; ++i)
      mean += row[i];
    mean /= size;
    for (size_t i = 0; i < size; ++i)
      variance += (row[i] - mean) * (row[i] - mean);
    variance /= size;
    for (size_t i = 0; i < size; ++i)
      row[i] =
          (row[i] - mean) / std::sqrt(variance + epsilon) * gamma[i] + beta[i];
  }
  layer.setReal(values);
  return llvm::Error::success();
}
