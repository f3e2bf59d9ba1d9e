//===- Quantization.cpp - Changes of type and of scale --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Numerics/Elementwise.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

//===----------------------------------------------------------------------===//
// Cast
//===----------------------------------------------------------------------===//

/// Truncated toward zero and saturated to `bits`; NaN gives 0.
static int64_t truncateToInteger(float value, unsigned bits) {
  if (std::isnan(value))
    return 0;
  const double limit = std::ldexp(1.0, bits - 1);
  const double truncated = std::trunc(static_cast<double>(value));
  if (truncated < -limit)
    return bits == 64 ? std::numeric_limits<int64_t>::min()
                      : -(int64_t(1) << (bits - 1));
  // The limit itself is one too many; for 64 bits it is the next double.
  if (truncated >= limit)
    return bits == 64 ? std::numeric_limits<int64_t>::max()
                      : (int64_t(1) << (bits - 1)) - 1;
  return static_cast<int64_t>(truncated);
}

llvm::Error interpreter::eval(nn::CastOp op, Layer &layer) {
  const bool fromInteger = layer.isPlainInteger(op.getInput());
  const unsigned bits =
      getElementTypeOrSelf(op.getOutput()).getIntOrFloatBitWidth();
  if (!layer.isPlainInteger(op.getOutput())) {
    std::vector<float> values;
    if (fromInteger)
      for (int64_t value : layer.wideIntegers(0))
        values.push_back(static_cast<float>(value));
    else
      values = layer.real(0);
    layer.setReal(values);
    return llvm::Error::success();
  }
  std::vector<int64_t> values;
  if (fromInteger)
    values = layer.wideIntegers(0);
  else
    for (float value : layer.real(0))
      values.push_back(bits == 1 ? value != 0.0f
                                 : truncateToInteger(value, bits));
  if (bits == 1)
    for (int64_t &value : values)
      value = value != 0;
  layer.setWrapped(values);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Quantize, dequantize, requantize
//===----------------------------------------------------------------------===//

llvm::Error interpreter::eval(nn::QuantizeOp, Layer &layer) {
  layer.setReal(layer.real(0));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::DequantizeOp, Layer &layer) {
  layer.setReal(layer.real(0));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::RequantizeOp op, Layer &layer) {
  if (!nn::isIntegerOp(op)) {
    layer.setReal(layer.real(0));
    return llvm::Error::success();
  }
  RescaleScales scales = prepareRescale(
      paramsOf(op.getInput()), paramsOf(op.getOutput()),
      nn::getQuantizedType(op.getOutput()).getStorageTypeIntegralWidth());
  const nn::ScalesAttr prepared = scalesOf(op);
  scales.scale = nn::getScaleEntry(prepared, 0);
  const pare::RequantMode mode = nn::getNumericMode(prepared.getMode());
  const QuantRange range = rangeOf(op.getOutput());
  std::vector<int32_t> values = layer.integers(0);
  for (int32_t &value : values)
    value = evalRescale(value, scales, mode, range);
  layer.setIntegers(values);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Fake quantization
//===----------------------------------------------------------------------===//

llvm::Error interpreter::eval(nn::FakeQuantOp op, Layer &layer) {
  std::vector<float> values = layer.real(0);
  if (!op.getMinimums()) {
    layer.setReal(values);
    return llvm::Error::success();
  }
  const nn::QuantSpecAttr spec = op.getSpec();
  const QuantRange range = spec.getNarrow()
                               ? narrowRange(spec.getBits())
                               : storageRange(spec.getBits(), true);
  std::vector<QuantParams> params;
  for (auto [low, high] :
       llvm::zip_equal(*op.getMinimums(), *op.getMaximums())) {
    std::optional<QuantParams> chosen =
        spec.getSymmetric()
            ? chooseSymmetric(std::max(std::fabs(low), std::fabs(high)), range)
            : chooseAsymmetric(low, high, range);
    if (!chosen)
      return layer.error(llvm::formatv(
          "expects a range that can be quantized, found {0} to {1}", low,
          high));
    params.push_back(*chosen);
  }
  int64_t inner = 1;
  for (int64_t size : layer.operandShape(0).drop_front(spec.getAxis() + 1))
    inner *= size;
  for (int64_t i = 0, size = values.size(); i < size; ++i) {
    const QuantParams &own =
        params[spec.getAxis() < 0 ? 0 : i / inner % params.size()];
    values[i] = dequantizeF32(quantizeF32(values[i], own, range), own);
  }
  layer.setReal(values);
  return llvm::Error::success();
}
