//===- ConstantValues.cpp - The numbers in constants ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include <cstring>

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {

template <typename T>
std::optional<ConstantElements<T>>
ConstantElements<T>::read(ElementsAttr elements) {
  if (!elements || !elements.getElementType().isIntOrFloat() ||
      elements.getElementType().getIntOrFloatBitWidth() != sizeof(T) * 8)
    return std::nullopt;
  const size_t count = elements.getNumElements();
  ConstantElements result;
  if (std::optional<ArrayRef<char>> bytes = getRawBytes(elements)) {
    if (bytes->size() != count * sizeof(T))
      return std::nullopt;
    if (reinterpret_cast<uintptr_t>(bytes->data()) % alignof(T) == 0) {
      result.view = {reinterpret_cast<const T *>(bytes->data()), count};
      return result;
    }
    result.owned.resize(count);
    std::memcpy(result.owned.data(), bytes->data(), bytes->size());
    return result;
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense || !dense.isSplat() || dense.getRawData().size() < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, dense.getRawData().data(), sizeof(T));
  result.owned.assign(count, value);
  return result;
}

template class ConstantElements<float>;
template class ConstantElements<int8_t>;
template class ConstantElements<int16_t>;
template class ConstantElements<int32_t>;

template <typename T>
ConstantOp createConstant(OpBuilder &builder, Location loc,
                          RankedTensorType type, ArrayRef<T> values) {
  auto stored = type.clone(getStorageType(type.getElementType()));
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                       values.size() * sizeof(T));
  StringRef name = getLayerName(loc);
  return ConstantOp::create(
      builder, loc, type,
      makeElements(stored, bytes, name.empty() ? "constant" : name));
}

template ConstantOp createConstant<float>(OpBuilder &, Location,
                                          RankedTensorType, ArrayRef<float>);
template ConstantOp createConstant<int8_t>(OpBuilder &, Location,
                                           RankedTensorType, ArrayRef<int8_t>);
template ConstantOp createConstant<int16_t>(OpBuilder &, Location,
                                            RankedTensorType,
                                            ArrayRef<int16_t>);
template ConstantOp createConstant<int32_t>(OpBuilder &, Location,
                                            RankedTensorType,
                                            ArrayRef<int32_t>);

} // namespace pare::nn

std::optional<ConstantElements<float>> pare::nn::readFloats(Value value) {
  ElementsAttr elements = getConstantElements(value);
  if (!elements || !elements.getElementType().isF32())
    return std::nullopt;
  return ConstantElements<float>::read(elements);
}

std::optional<float> pare::nn::getSplatFloat(Value value) {
  std::optional<ConstantElements<float>> values = readFloats(value);
  if (!values || values->size() == 0)
    return std::nullopt;
  for (float element : values->get())
    if (element != (*values)[0])
      return std::nullopt;
  return (*values)[0];
}

ConstantOp pare::nn::createFloats(OpBuilder &builder, Location loc,
                                  ArrayRef<int64_t> shape,
                                  ArrayRef<float> values) {
  return createConstant(
      builder, loc, RankedTensorType::get(shape, builder.getF32Type()), values);
}

AxisLayout::AxisLayout(ArrayRef<int64_t> shape, int64_t axis)
    : channels(shape[axis]), inner(1) {
  for (int64_t size : shape.drop_front(axis + 1))
    inner *= size;
}
