//===- Constants.cpp - Constant tensors of an ONNX file -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "pare/Numerics/Float16.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

size_t onnx::getBytesPerElement(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

static int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

int64_t Constant::getNumElements() const { return countElements(shape); }

/// The elements of `list`, each cut to the width of T.
template <typename T, typename List>
static std::vector<char> pack(const List &list) {
  std::vector<char> bytes(list.size() * sizeof(T));
  char *to = bytes.data();
  for (auto value : list) {
    T narrow = static_cast<T>(value);
    std::memcpy(to, &narrow, sizeof(T));
    to += sizeof(T);
  }
  return bytes;
}

FailureOr<Constant> File::getConstant(const schema::Tensor &tensor,
                                      StringRef name) const {
  if (!tensor.external_data().empty() ||
      tensor.location() == schema::Tensor::EXTERNAL)
    return emitValueError(name)
           << "data in another file is not supported; save the model with its "
              "data inside";
  Constant result;
  result.shape.assign(tensor.dims().begin(), tensor.dims().end());
  // Lists without elements say "no axes" or "no sizes".
  bool isEmptyList = result.shape.size() == 1 && result.shape[0] == 0;
  if (!isEmptyList && failed(checkShape(result.shape, name)))
    return failure();
  result.elementType = getElementType(tensor.element_type(), name);
  if (!result.elementType)
    return failure();
  result.isUnsigned = tensor.element_type() == schema::UINT8;

  std::vector<char> bytes;
  size_t width = getBytesPerElement(result.elementType);
  if (tensor.has_raw_data()) {
    static_assert(llvm::endianness::native == llvm::endianness::little,
                  "the file's numbers are little-endian");
    bytes.assign(tensor.raw_data().begin(), tensor.raw_data().end());
  } else if (result.elementType.isF32()) {
    bytes = pack<float>(tensor.float_data());
  } else if (width == 8) {
    bytes = pack<int64_t>(tensor.int64_data());
  } else if (width == 4) {
    bytes = pack<int32_t>(tensor.int32_data());
  } else if (width == 2) {
    bytes = pack<int16_t>(tensor.int32_data());
  } else {
    bytes = pack<int8_t>(tensor.int32_data());
  }
  uint64_t expected = countElements(result.shape) * width;
  if (bytes.size() != expected)
    return emitValueError(name)
           << "expected " << expected << " bytes of data for shape ["
           << ArrayRef<int64_t>(result.shape) << "], found " << bytes.size();
  result.bytes = std::make_shared<std::vector<char>>(std::move(bytes));
  return result;
}

FailureOr<Constant> File::takeInitializer(int index) {
  schema::Tensor *tensor = model.mutable_graph()->mutable_initializer(index);
  FailureOr<Constant> constant = getConstant(*tensor, tensor->name());
  // A string that is cleared keeps its memory.
  std::unique_ptr<std::string>(tensor->release_raw_data());
  return constant;
}

//===----------------------------------------------------------------------===//
// Elements as numbers
//===----------------------------------------------------------------------===//

template <typename R, typename T>
static std::vector<R> convert(ArrayRef<T> elements) {
  return std::vector<R>(elements.begin(), elements.end());
}

/// The integer elements, as numbers of type R.
template <typename R>
static std::vector<R> readIntegers(const Constant &constant) {
  switch (getBytesPerElement(constant.elementType)) {
  case 8:
    return convert<R>(constant.getElements<int64_t>());
  case 4:
    return convert<R>(constant.getElements<int32_t>());
  case 2:
    return convert<R>(constant.getElements<int16_t>());
  default:
    if (constant.isUnsigned)
      return convert<R>(constant.getElements<uint8_t>());
    return convert<R>(constant.getElements<int8_t>());
  }
}

std::vector<int64_t> Constant::getIntegers() const {
  if (!isFloat())
    return readIntegers<int64_t>(*this);
  std::vector<int64_t> result;
  // What an integer cannot hold becomes the nearest that it can.
  constexpr double kLimit = 9223372036854774784.0;
  for (double value : getReals())
    result.push_back(
        std::isnan(value)
            ? 0
            : static_cast<int64_t>(std::min(std::max(value, -kLimit), kLimit)));
  return result;
}

std::vector<double> Constant::getReals() const {
  if (elementType.isF32())
    return convert<double>(getElements<float>());
  if (!elementType.isF16())
    return readIntegers<double>(*this);
  std::vector<double> result;
  for (uint16_t bits : getElements<uint16_t>())
    result.push_back(float16ToFloat(bits));
  return result;
}

Constant Constant::getIntegers(Type elementType, ArrayRef<int64_t> shape,
                               ArrayRef<int64_t> values) {
  Constant result;
  result.shape.assign(shape.begin(), shape.end());
  result.elementType = elementType;
  std::vector<char> bytes;
  if (elementType.isInteger(1)) {
    for (int64_t value : values)
      bytes.push_back(value != 0);
  } else {
    switch (getBytesPerElement(elementType)) {
    case 8:
      bytes = pack<int64_t>(values);
      break;
    case 4:
      bytes = pack<int32_t>(values);
      break;
    case 2:
      bytes = pack<int16_t>(values);
      break;
    default:
      bytes = pack<int8_t>(values);
      break;
    }
  }
  result.bytes = std::make_shared<std::vector<char>>(std::move(bytes));
  return result;
}

Constant Constant::getReals(Type elementType, ArrayRef<int64_t> shape,
                            ArrayRef<double> values) {
  Constant result;
  result.shape.assign(shape.begin(), shape.end());
  result.elementType = elementType;
  std::vector<char> bytes;
  if (elementType.isF32()) {
    bytes = pack<float>(values);
  } else {
    SmallVector<uint16_t> halfs;
    for (double value : values)
      halfs.push_back(floatToFloat16(static_cast<float>(value)));
    bytes = pack<uint16_t>(halfs);
  }
  result.bytes = std::make_shared<std::vector<char>>(std::move(bytes));
  return result;
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

Constant Constant::reshape(ArrayRef<int64_t> newShape) const {
  Constant result = *this;
  result.shape.assign(newShape.begin(), newShape.end());
  return result;
}

Constant Constant::permute(ArrayRef<int64_t> permutation) const {
  int64_t rank = getRank();
  SmallVector<int64_t> strides(rank, 1);
  for (int64_t d = rank - 1; d > 0; --d)
    strides[d - 1] = strides[d] * shape[d];
  Constant result = *this;
  SmallVector<int64_t> steps;
  for (auto [d, source] : llvm::enumerate(permutation)) {
    result.shape[d] = shape[source];
    steps.push_back(strides[source]);
  }

  size_t width = getBytesPerElement(elementType);
  std::vector<char> moved(bytes->size());
  SmallVector<int64_t> index(rank, 0);
  int64_t from = 0;
  for (char *to = moved.data(), *end = to + moved.size(); to != end;
       to += width) {
    std::memcpy(to, bytes->data() + from * width, width);
    for (int64_t d = rank - 1; d >= 0; --d) {
      from += steps[d];
      if (++index[d] < result.shape[d])
        break;
      from -= index[d] * steps[d];
      index[d] = 0;
    }
  }
  result.bytes = std::make_shared<std::vector<char>>(std::move(moved));
  return result;
}
