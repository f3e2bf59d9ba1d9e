//===- Types.cpp - Tensor types of a TensorFlow Lite file -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

#include <cmath>

using namespace mlir;
using namespace pare::tflite;

/// Limits that no real network comes near; beyond them a file is damaged.
static constexpr int64_t kMaxRank = 8;
static constexpr int64_t kMaxElements = INT32_MAX;

FailureOr<SmallVector<int64_t>> File::getShape(int64_t index) const {
  const schema::Tensor &tensor = getTensor(index);
  const auto *shape = tensor.shape();
  const auto *signature = tensor.shape_signature();
  int64_t rank = shape ? shape->size() : 0;
  if (rank > kMaxRank)
    return emitTensorError(index)
           << "expected at most " << kMaxRank << " dimensions, found " << rank;
  if (signature && signature->size() != 0 && signature->size() != rank)
    return emitTensorError(index) << "expected a shape signature of " << rank
                                  << " dimensions, found " << signature->size();

  // The converter writes shapes for a batch of one; where it marks a single
  // dimension as open, that dimension is proportional to the batch.
  int64_t openDim = -1;
  if (signature && signature->size() != 0)
    for (int64_t i = 0; i < rank; ++i) {
      if (signature->Get(i) >= 0)
        continue;
      if (openDim >= 0 && batch != 1)
        return emitTensorError(index)
               << "a batch of " << batch << " cannot be chosen: dimensions "
               << openDim << " and " << i << " are both dynamic";
      openDim = i;
    }

  SmallVector<int64_t> result;
  int64_t elements = 1;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t size = shape->Get(i);
    if (size < 0 && i == openDim)
      size = 1;
    if (i == openDim)
      size *= batch;
    if (size <= 0)
      return emitTensorError(index) << "expected a positive size of dimension "
                                    << i << ", found " << size;
    if (size > kMaxElements || elements * size > kMaxElements)
      return emitTensorError(index)
             << "expected at most " << kMaxElements
             << " elements, found more up to dimension " << i;
    elements *= size;
    result.push_back(size);
  }
  return result;
}

/// Null for a type that Pare has no place for.
static Type getPlainType(schema::TensorType type, MLIRContext *context) {
  switch (type) {
  case schema::TensorType::FLOAT32:
    return Float32Type::get(context);
  case schema::TensorType::FLOAT16:
    return Float16Type::get(context);
  case schema::TensorType::BOOL:
    return IntegerType::get(context, 1);
  case schema::TensorType::INT8:
  case schema::TensorType::UINT8:
    return IntegerType::get(context, 8);
  case schema::TensorType::INT16:
    return IntegerType::get(context, 16);
  case schema::TensorType::INT32:
    return IntegerType::get(context, 32);
  case schema::TensorType::INT64:
    return IntegerType::get(context, 64);
  default:
    return {};
  }
}

FailureOr<Type> File::getElementType(int64_t index,
                                     ArrayRef<int64_t> shape) const {
  const schema::Tensor &tensor = getTensor(index);
  Type plain = getPlainType(tensor.type(), context);
  if (!plain) {
    StringRef name = schema::EnumNameTensorType(tensor.type());
    InFlightDiagnostic diagnostic = emitTensorError(index) << "element type ";
    if (name.empty())
      diagnostic << static_cast<int>(tensor.type());
    else
      diagnostic << name;
    return diagnostic << " is not supported";
  }

  bool isSigned = tensor.type() != schema::TensorType::UINT8;
  const auto *quantization = tensor.quantization();
  if (isa<FloatType>(plain))
    return plain;
  if (quantization && quantization->details_type() != 0)
    return emitTensorError(index) << "custom quantization is not supported";
  const auto *scales = quantization ? quantization->scale() : nullptr;
  int64_t numScales = scales ? scales->size() : 0;
  auto emitTypeError = [&] { return emitTensorError(index); };
  unsigned flags = isSigned ? quant::QuantizationFlags::Signed : 0;
  Type expressed = Float32Type::get(context);
  if (numScales == 0) {
    if (isSigned)
      return plain;
    // nn has no unsigned integers, but scale 1 and zero point 0 say the same.
    return Type(quant::UniformQuantizedType::get(flags, plain, expressed, 1.0,
                                                 0, 0, UINT8_MAX));
  }

  unsigned width = plain.getIntOrFloatBitWidth();
  if (width == 1 || width == 64)
    return emitTensorError(index)
           << "expected a quantized tensor of 8, 16 or 32 bits, found "
           << schema::EnumNameTensorType(tensor.type());
  int64_t low =
      quant::QuantizedType::getDefaultMinimumForInteger(isSigned, width);
  int64_t high =
      quant::QuantizedType::getDefaultMaximumForInteger(isSigned, width);

  const auto *zeroPoints = quantization->zero_point();
  int64_t numZeroPoints = zeroPoints ? zeroPoints->size() : 0;
  if (numZeroPoints != numScales)
    return emitTensorError(index) << "expected as many zero points as scales ("
                                  << numScales << "), found " << numZeroPoints;
  SmallVector<double> scaleValues;
  SmallVector<int64_t> zeroPointValues;
  for (int64_t i = 0; i < numScales; ++i) {
    float scale = scales->Get(i);
    int64_t zeroPoint = zeroPoints->Get(i);
    if (!std::isnormal(scale) || scale < 0)
      return emitTensorError(index)
             << "expected a positive normal number as scale " << i << ", found "
             << std::to_string(scale);
    if (zeroPoint < low || zeroPoint > high)
      return emitTensorError(index)
             << "expected zero point " << i << " between " << low << " and "
             << high << ", found " << zeroPoint;
    scaleValues.push_back(scale);
    zeroPointValues.push_back(zeroPoint);
  }

  if (numScales == 1) {
    auto type = quant::UniformQuantizedType::getChecked(
        emitTypeError, flags, plain, expressed, scaleValues[0],
        zeroPointValues[0], low, high);
    if (!type)
      return failure();
    return Type(type);
  }
  // Early converters wrote the filter's dimension for the bias, too.
  int64_t axis = shape.size() == 1 ? 0 : quantization->quantized_dimension();
  if (axis < 0 || axis >= static_cast<int64_t>(shape.size()) ||
      shape[axis] != numScales)
    return emitTensorError(index)
           << "expected one scale for each index of the quantized dimension "
           << axis << ", found " << numScales
           << " scales for a tensor of shape [" << shape << "]";
  auto type = quant::UniformQuantizedPerAxisType::getChecked(
      emitTypeError, flags, plain, expressed, scaleValues, zeroPointValues,
      static_cast<int32_t>(axis), low, high);
  if (!type)
    return failure();
  return Type(type);
}

FailureOr<RankedTensorType> File::getType(int64_t tensor) const {
  FailureOr<SmallVector<int64_t>> shape = getShape(tensor);
  if (failed(shape))
    return failure();
  FailureOr<Type> element = getElementType(tensor, *shape);
  if (failed(element))
    return failure();
  return RankedTensorType::get(*shape, *element);
}

RankedTensorType File::getStorageType(RankedTensorType type) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(type.getElementType()))
    return type.clone(quantized.getStorageType());
  return type;
}
