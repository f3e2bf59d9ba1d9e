//===- Binary.cpp - Functions of two operands -----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Numerics/Elementwise.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

/// For each element of `result` (row-major) the index of the element of a
/// tensor of shape `own` that broadcasting puts there.
static std::vector<int64_t> broadcastIndices(ArrayRef<int64_t> result,
                                             ArrayRef<int64_t> own) {
  std::vector<int64_t> indices(1, 0);
  const size_t missing = result.size() - own.size();
  for (size_t d = 0; d < result.size(); ++d) {
    const int64_t size = d < missing ? 1 : own[d - missing];
    std::vector<int64_t> next;
    next.reserve(indices.size() * result[d]);
    for (int64_t index : indices)
      for (int64_t i = 0; i < result[d]; ++i)
        next.push_back(index * size + (size == 1 ? 0 : i));
    indices = std::move(next);
  }
  return indices;
}

/// Applies `function` to each pair of elements of two broadcast operands.
template <typename T, typename Function>
static std::vector<T> zipBroadcast(Layer &layer, ArrayRef<T> lhs,
                                   ArrayRef<T> rhs, Function function) {
  const std::vector<int64_t> left =
      broadcastIndices(layer.resultShape(), layer.operandShape(0));
  const std::vector<int64_t> right =
      broadcastIndices(layer.resultShape(), layer.operandShape(1));
  std::vector<T> values(left.size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = function(lhs[left[i]], rhs[right[i]]);
  return values;
}

/// On real numbers: each result is rounded to f32 once.
static llvm::Error
evalReal(Layer &layer, nn::ActivationAttr activation,
         llvm::function_ref<double(double, double)> function) {
  layer.setReal(zipBroadcast<float>(
      layer, layer.real(0), layer.real(1), [&](float a, float b) -> float {
        return activate(function(a, b), activation);
      }));
  return llvm::Error::success();
}

/// On integers that are not quantized: modulo the width of the type.
static llvm::Error
evalPlain(Layer &layer, nn::ActivationAttr activation,
          llvm::function_ref<int64_t(int64_t, int64_t)> function) {
  auto [low, high] = nn::getActivationBounds(activation);
  auto clamp = [low = low, high = high](int64_t value) {
    if (value < low)
      return static_cast<int64_t>(std::ceil(low));
    if (value > high)
      return static_cast<int64_t>(std::floor(high));
    return value;
  };
  layer.setWrapped(zipBroadcast<int64_t>(
      layer, layer.wideIntegers(0), layer.wideIntegers(1),
      [&](int64_t a, int64_t b) { return clamp(function(a, b)); }));
  return llvm::Error::success();
}

/// The arithmetic of 64 bits that wraps.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }

//===----------------------------------------------------------------------===//
// Arithmetic with an integer form
//===----------------------------------------------------------------------===//

/// Sum or difference of quantized operands.
template <typename OpT>
static llvm::Error evalQuantizedSum(OpT op, Layer &layer, bool subtract) {
  AddScales scales = prepareAdd(
      paramsOf(op.getLhs()), paramsOf(op.getRhs()), paramsOf(op.getOutput()),
      nn::getQuantizedType(op.getOutput()).getStorageTypeIntegralWidth());
  const nn::ScalesAttr prepared = scalesOf(op);
  scales.input[0] = nn::getScaleEntry(prepared, 0);
  scales.input[1] = nn::getScaleEntry(prepared, 1);
  if (prepared.getMode() == nn::RequantMode::Fixed)
    scales.output = nn::getScaleEntry(prepared, 2).fixed;
  const pare::RequantMode mode = nn::getNumericMode(prepared.getMode());
  const QuantRange range = clampRange(op.getOutput(), op.getActivationAttr());
  layer.setIntegers(zipBroadcast<int32_t>(
      layer, layer.integers(0), layer.integers(1), [&](int32_t a, int32_t b) {
        return evalAdd(a, b, scales, mode, range, subtract);
      }));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::AddOp op, Layer &layer) {
  if (nn::isIntegerOp(op))
    return evalQuantizedSum(op, layer, /*subtract=*/false);
  if (layer.isPlainInteger(op.getLhs()))
    return evalPlain(layer, op.getActivationAttr(), [](int64_t a, int64_t b) {
      return wrap(uint64_t(a) + uint64_t(b));
    });
  return evalReal(layer, op.getActivationAttr(),
                  [](double a, double b) { return a + b; });
}

llvm::Error interpreter::eval(nn::SubOp op, Layer &layer) {
  if (nn::isIntegerOp(op))
    return evalQuantizedSum(op, layer, /*subtract=*/true);
  if (layer.isPlainInteger(op.getLhs()))
    return evalPlain(layer, op.getActivationAttr(), [](int64_t a, int64_t b) {
      return wrap(uint64_t(a) - uint64_t(b));
    });
  return evalReal(layer, op.getActivationAttr(),
                  [](double a, double b) { return a - b; });
}

llvm::Error interpreter::eval(nn::MulOp op, Layer &layer) {
  if (nn::isIntegerOp(op)) {
    MulScales scales = prepareMul(paramsOf(op.getLhs()), paramsOf(op.getRhs()),
                                  paramsOf(op.getOutput()));
    const nn::ScalesAttr prepared = scalesOf(op);
    scales.scale = nn::getScaleEntry(prepared, 0);
    const pare::RequantMode mode = nn::getNumericMode(prepared.getMode());
    const QuantRange range = clampRange(op.getOutput(), op.getActivationAttr());
    layer.setIntegers(zipBroadcast<int32_t>(
        layer, layer.integers(0), layer.integers(1), [&](int32_t a, int32_t b) {
          return evalMul(a, b, scales, mode, range);
        }));
    return llvm::Error::success();
  }
  if (layer.isPlainInteger(op.getLhs()))
    return evalPlain(layer, op.getActivationAttr(), [](int64_t a, int64_t b) {
      return wrap(uint64_t(a) * uint64_t(b));
    });
  return evalReal(layer, op.getActivationAttr(),
                  [](double a, double b) { return a * b; });
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// Maximum or minimum. Integers of one scale compare as what they stand for.
template <typename Choose>
static llvm::Error evalChoice(Operation *op, Layer &layer, Choose choose) {
  if (layer.isPlainInteger(op->getOperand(0)))
    return evalPlain(layer, {},
                     [&](int64_t a, int64_t b) { return choose(a, b); });
  if (nn::getQuantizedType(op->getOperand(0)) && layer.haveOneElementType()) {
    layer.setIntegers(zipBroadcast<int32_t>(
        layer, layer.integers(0), layer.integers(1),
        [&](int32_t a, int32_t b) { return choose(a, b); }));
    return llvm::Error::success();
  }
  return evalReal(layer, {}, [&](double a, double b) { return choose(a, b); });
}

llvm::Error interpreter::eval(nn::MaximumOp op, Layer &layer) {
  return evalChoice(op, layer, [](auto a, auto b) { return a < b ? b : a; });
}
llvm::Error interpreter::eval(nn::MinimumOp op, Layer &layer) {
  return evalChoice(op, layer, [](auto a, auto b) { return b < a ? b : a; });
}

//===----------------------------------------------------------------------===//
// Arithmetic without an integer form
//===----------------------------------------------------------------------===//

/// Quotient, truncated toward zero. The one quotient that does not fit wraps.
static int64_t divide(int64_t a, int64_t b) {
  return b == -1 ? wrap(0 - uint64_t(a)) : a / b;
}

llvm::Error interpreter::eval(nn::DivOp op, Layer &layer) {
  if (!layer.isPlainInteger(op.getLhs()))
    return evalReal(layer, op.getActivationAttr(),
                    [](double a, double b) { return a / b; });
  if (llvm::is_contained(layer.wideIntegers(1), 0))
    return layer.error("expects divisors other than 0");
  return evalPlain(layer, op.getActivationAttr(), divide);
}

llvm::Error interpreter::eval(nn::SquaredDifferenceOp op, Layer &layer) {
  if (layer.isPlainInteger(op.getLhs()))
    return evalPlain(layer, {}, [](int64_t a, int64_t b) {
      const uint64_t difference = uint64_t(a) - uint64_t(b);
      return wrap(difference * difference);
    });
  return evalReal(layer, {},
                  [](double a, double b) { return (a - b) * (a - b); });
}

/// Power by repeated squaring, modulo 2^64, for exponents from 0 on.
static int64_t power(int64_t base, int64_t exponent) {
  uint64_t result = 1;
  for (uint64_t square = base; exponent > 0; exponent >>= 1, square *= square)
    if (exponent & 1)
      result *= square;
  return wrap(result);
}

llvm::Error interpreter::eval(nn::PowOp op, Layer &layer) {
  if (!layer.isPlainInteger(op.getLhs()))
    return evalReal(layer, {},
                    [](double a, double b) { return std::pow(a, b); });
  for (int64_t exponent : layer.wideIntegers(1))
    if (exponent < 0)
      return layer.error("expects exponents from 0 on for integers, found " +
                         Twine(exponent));
  return evalPlain(layer, {}, power);
}

llvm::Error interpreter::eval(nn::PreluOp, Layer &layer) {
  return evalReal(
      layer, {}, [](double x, double alpha) { return x >= 0 ? x : alpha * x; });
}
