//===- Quantization.cpp - Changes of type and of scale --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Dialect/NN/IR/FakeQuant.h"
#include "pare/Numerics/Elementwise.h"

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

// By the type that quantization will give the value.
llvm::Error interpreter::eval(nn::FakeQuantOp op, Layer &layer) {
  if (!op.getMinimums()) {
    layer.setReal(layer.real(0));
    return llvm::Error::success();
  }
  quant::QuantizedType quantized = nn::getFakeQuantType(op);
  if (!quantized)
    return layer.error("expects ranges that can be quantized");
  const TensorInfo info =
      *getTensorInfo(RankedTensorType::get(layer.operandShape(0), quantized));
  const HostTensor rounded = info.toReal(
      info.fromReal(HostTensor::fromValues<float>(info.shape, layer.real(0))));
  layer.setReal(rounded.data<float>());
  return llvm::Error::success();
}
