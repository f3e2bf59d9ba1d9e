//===- Unary.cpp - Functions of one operand -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each operation is a function of doubles. On 8-bit operands it becomes a table
// of the 256 results, as in every back end.
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

template <typename OpT>
static llvm::Error evalUnary(OpT op, Layer &layer,
                             llvm::function_ref<double(double)> function) {
  auto input = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(op.getInput()));
  auto output = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(op.getOutput()));
  if (input && output && input.getStorageTypeIntegralWidth() == 8) {
    const QuantRange range = nn::getQuantRange(input);
    const std::vector<int32_t> table =
        buildTable(function, nn::getQuantParams(input), range,
                   nn::getQuantParams(output), nn::getQuantRange(output));
    std::vector<int32_t> values = layer.integers(0);
    for (int32_t &value : values)
      value = table[clampTo(value, range) - range.lo];
    layer.setIntegers(values);
    return llvm::Error::success();
  }
  std::vector<float> values = layer.real(0);
  for (float &value : values)
    value = function(value);
  layer.setReal(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::ReluOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return x < 0 ? 0 : x; });
}
llvm::Error interpreter::eval(nn::Relu6Op op, Layer &layer) {
  return evalUnary(op, layer, [](double x) {
    return x < 0 ? 0 : x > 6 ? 6 : x;
  });
}
llvm::Error interpreter::eval(nn::ClipOp op, Layer &layer) {
  const double low = op.getLow().convertToDouble();
  const double high = op.getHigh().convertToDouble();
  return evalUnary(op, layer, [=](double x) {
    return x < low ? low : x > high ? high : x;
  });
}
llvm::Error interpreter::eval(nn::LeakyReluOp op, Layer &layer) {
  const double alpha = op.getAlpha().convertToDouble();
  return evalUnary(op, layer, [=](double x) { return x >= 0 ? x : alpha * x; });
}
llvm::Error interpreter::eval(nn::HardSwishOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) {
    return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0;
  });
}
llvm::Error interpreter::eval(nn::SigmoidOp op, Layer &layer) {
  return evalUnary(op, layer,
                   [](double x) { return 1.0 / (1.0 + std::exp(-x)); });
}
llvm::Error interpreter::eval(nn::TanhOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return std::tanh(x); });
}
llvm::Error interpreter::eval(nn::GeluOp op, Layer &layer) {
  if (!op.getApproximate())
    return evalUnary(op, layer, [](double x) {
      return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
    });
  const double factor = std::sqrt(2.0 / std::acos(-1.0));
  return evalUnary(op, layer, [=](double x) {
    return 0.5 * x * (1.0 + std::tanh(factor * (x + 0.044715 * x * x * x)));
  });
}
llvm::Error interpreter::eval(nn::SqrtOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return std::sqrt(x); });
}
llvm::Error interpreter::eval(nn::RsqrtOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return 1.0 / std::sqrt(x); });
}
llvm::Error interpreter::eval(nn::ExpOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return std::exp(x); });
}
llvm::Error interpreter::eval(nn::LogOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return std::log(x); });
}
llvm::Error interpreter::eval(nn::AbsOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return std::fabs(x); });
}
llvm::Error interpreter::eval(nn::NegOp op, Layer &layer) {
  return evalUnary(op, layer, [](double x) { return -x; });
}
