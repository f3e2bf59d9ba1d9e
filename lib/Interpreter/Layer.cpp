//===- Layer.cpp - One operation while it is evaluated --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layer.h"
#include "pare/Numerics/Float16.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <type_traits>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

/// Calls `body` with a value of the type in which `dtype` stores integers.
template <typename Body> static void withIntegerType(DType dtype, Body body) {
  switch (dtype) {
  case DType::Bool:
  case DType::U8:
    return body(uint8_t(0));
  case DType::I8:
    return body(int8_t(0));
  case DType::I16:
    return body(int16_t(0));
  case DType::I32:
    return body(int32_t(0));
  case DType::I64:
    return body(int64_t(0));
  case DType::F16:
  case DType::F32:
  case DType::F64:
    llvm_unreachable("expects integers");
  }
}

template <typename To> static std::vector<To> widen(const HostTensor &tensor) {
  std::vector<To> values(tensor.getNumElements());
  withIntegerType(tensor.getDType(), [&](auto zero) {
    using From = decltype(zero);
    llvm::copy(tensor.data<From>(), values.begin());
  });
  return values;
}

template <typename From>
static void narrow(ArrayRef<From> values, HostTensor &tensor) {
  withIntegerType(tensor.getDType(), [&](auto zero) {
    using To = decltype(zero);
    MutableArrayRef<To> stored = tensor.data<To>();
    const bool isBool = tensor.getDType() == DType::Bool;
    for (size_t i = 0, size = values.size(); i < size; ++i)
      stored[i] = static_cast<To>(isBool ? values[i] & 1 : values[i]);
  });
}

std::vector<float> Layer::real(unsigned i) const {
  const HostTensor &tensor = *operands[i];
  if (tensor.getDType() == DType::F32) {
    ArrayRef<float> values = tensor.data<float>();
    return std::vector<float>(values.begin(), values.end());
  }
  if (!nn::getQuantizedType(op->getOperand(i)))
    return tensor.toFloats();
  HostTensor values =
      getTensorInfo(op->getOperand(i).getType())->toReal(tensor);
  ArrayRef<float> data = values.data<float>();
  return std::vector<float>(data.begin(), data.end());
}

std::vector<int32_t> Layer::integers(unsigned i) const {
  return widen<int32_t>(*operands[i]);
}

std::vector<int32_t> Layer::centered(unsigned i) const {
  std::vector<int32_t> values = integers(i);
  quant::QuantizedType type = nn::getQuantizedType(op->getOperand(i));
  auto perAxis = dyn_cast_or_null<quant::UniformQuantizedPerAxisType>(type);
  if (!perAxis) {
    const int32_t zeroPoint = type ? nn::getZeroPoint(type) : 0;
    for (int32_t &value : values)
      value -= zeroPoint;
    return values;
  }
  int64_t inner = 1;
  for (int64_t size :
       operandShape(i).drop_front(perAxis.getQuantizedDimension() + 1))
    inner *= size;
  const int64_t channels = perAxis.getZeroPoints().size();
  for (int64_t k = 0, size = values.size(); k < size; ++k)
    values[k] -= perAxis.getZeroPoints()[k / inner % channels];
  return values;
}

std::vector<int64_t> Layer::wideIntegers(unsigned i) const {
  return widen<int64_t>(*operands[i]);
}

void Layer::setReal(ArrayRef<float> values, unsigned i) {
  HostTensor &tensor = results[i];
  if (nn::getQuantizedType(op->getResult(i))) {
    tensor = getTensorInfo(op->getResult(i).getType())
                 ->fromReal(HostTensor::fromValues(tensor.getShape(), values));
    return;
  }
  if (tensor.getDType() == DType::F16) {
    llvm::transform(values, tensor.data<uint16_t>().begin(), floatToFloat16);
    return;
  }
  llvm::copy(values, tensor.data<float>().begin());
}

void Layer::setIntegers(ArrayRef<int32_t> values, unsigned i) {
  narrow(values, results[i]);
}

void Layer::setWrapped(ArrayRef<int64_t> values, unsigned i) {
  narrow(values, results[i]);
}

bool Layer::isPlainInteger(Value value) const {
  return isa<IntegerType>(cast<ShapedType>(value.getType()).getElementType());
}

bool Layer::haveOneElementType() const {
  Type type = getElementTypeOrSelf(op->getResult(0));
  auto isSame = [&](Value value) {
    return getElementTypeOrSelf(value) == type;
  };
  return llvm::all_of(op->getOperands(), isSame) &&
         llvm::all_of(op->getResults(), isSame);
}

llvm::Error Layer::checkBias(Value bias) const {
  if (bias && isPlainInteger(bias))
    return error("expects a bias with a scale, or of real numbers");
  return llvm::Error::success();
}

llvm::Error Layer::error(const Twine &message) const {
  return layerError(op, message);
}

llvm::Error interpreter::layerError(Operation *op, const Twine &message) {
  return llvm::createStringError("layer '" + nn::getLayerName(op) + "' (" +
                                 op->getName().getStringRef() +
                                 "): " + message);
}

QuantRange interpreter::clampRange(Value value, nn::ActivationAttr activation) {
  auto [low, high] = nn::getActivationBounds(activation);
  auto bound = [](double value) {
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
  };
  return activationRange(bound(low), bound(high), paramsOf(value),
                         rangeOf(value));
}

double interpreter::activate(double value, nn::ActivationAttr activation) {
  if (!activation)
    return value;
  auto [low, high] = nn::getActivationBounds(activation);
  return value < low ? low : value > high ? high : value;
}

Requantizer::Requantizer(nn::ScalesAttr scales, Value output, QuantRange range)
    : mode(nn::getNumericMode(scales.getMode())),
      zeroPoint(paramsOf(output).zeroPoint), range(range) {
  for (int64_t i = 0, size = scales.size(); i < size; ++i)
    entries.push_back(nn::getScaleEntry(scales, i));
}
