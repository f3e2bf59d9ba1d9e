//===- HostTensor.cpp - A dense tensor in memory --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/HostTensor.h"

#include "pare/Numerics/Float16.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>

using namespace pare;

unsigned pare::byteWidth(DType dtype) {
  switch (dtype) {
  case DType::Bool:
  case DType::I8:
  case DType::U8:
    return 1;
  case DType::F16:
  case DType::I16:
    return 2;
  case DType::F32:
  case DType::I32:
    return 4;
  case DType::F64:
  case DType::I64:
    return 8;
  }
  llvm_unreachable("all element types are covered");
}

/// In the order of DType.
static constexpr llvm::StringLiteral kDTypeNames[] = {
    "f16", "f32", "f64", "bool", "i8", "u8", "i16", "i32", "i64"};

llvm::StringRef pare::dtypeName(DType dtype) {
  return kDTypeNames[static_cast<size_t>(dtype)];
}

std::optional<DType> pare::parseDType(llvm::StringRef name) {
  for (size_t i = 0; i < std::size(kDTypeNames); ++i)
    if (kDTypeNames[i] == name)
      return static_cast<DType>(i);
  return std::nullopt;
}

std::optional<int64_t> pare::elementCount(llvm::ArrayRef<int64_t> shape) {
  // A zero makes the product 0 whatever the others are, but a file with such a
  // shape is suspect all the same: the others must fit together as well.
  int64_t nonZero = 1;
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    if (dim == 0)
      empty = true;
    else if (__builtin_mul_overflow(nonZero, dim, &nonZero))
      return std::nullopt;
  }
  return empty ? 0 : nonZero;
}

std::string pare::shapeToString(DType dtype, llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (int64_t dim : shape)
    os << dim << 'x';
  os << dtypeName(dtype);
  return text;
}

void HostTensor::Free::operator()(uint8_t *pointer) const {
  std::free(pointer);
}

bool HostTensor::allocate() {
  if (numElements == 0)
    return true;
  size_t bytes;
  if (__builtin_mul_overflow(static_cast<size_t>(numElements),
                             static_cast<size_t>(byteWidth(dtype)), &bytes) ||
      bytes > SIZE_MAX - kAlignment)
    return false;
  // aligned_alloc wants a multiple of the alignment.
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  storage.reset(static_cast<uint8_t *>(std::aligned_alloc(kAlignment, bytes)));
  if (!storage)
    return false;
  std::memset(storage.get(), 0, bytes);
  return true;
}

llvm::Expected<HostTensor> HostTensor::create(DType dtype,
                                              llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> count = elementCount(shape);
  if (!count)
    return llvm::createStringError(
        "tensor of type %s has a negative dimension or too many elements",
        shapeToString(dtype, shape).c_str());
  HostTensor tensor;
  tensor.dtype = dtype;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.numElements = *count;
  if (!tensor.allocate())
    return llvm::createStringError("tensor of type %s does not fit into memory",
                                   shapeToString(dtype, shape).c_str());
  return tensor;
}

HostTensor HostTensor::zeros(DType dtype, llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<HostTensor> tensor = create(dtype, shape);
  if (!tensor)
    llvm::report_fatal_error(tensor.takeError());
  return std::move(*tensor);
}

HostTensor::HostTensor(const HostTensor &other) { *this = other; }

HostTensor &HostTensor::operator=(const HostTensor &other) {
  if (this == &other)
    return *this;
  HostTensor copy = zeros(other.dtype, other.shape);
  if (copy.numElements)
    std::memcpy(copy.rawData(), other.rawData(), copy.getByteSize());
  return *this = std::move(copy);
}

double HostTensor::getAsDouble(int64_t index) const {
  assert(index >= 0 && index < numElements && "index out of range");
  switch (dtype) {
  case DType::F16:
    return float16ToFloat(data<uint16_t>()[index]);
  case DType::F32:
    return data<float>()[index];
  case DType::F64:
    return data<double>()[index];
  case DType::Bool:
  case DType::U8:
    return data<uint8_t>()[index];
  case DType::I8:
    return data<int8_t>()[index];
  case DType::I16:
    return data<int16_t>()[index];
  case DType::I32:
    return data<int32_t>()[index];
  case DType::I64:
    return static_cast<double>(data<int64_t>()[index]);
  }
  llvm_unreachable("all element types are covered");
}

void HostTensor::setFromDouble(int64_t index, double value) {
  assert(index >= 0 && index < numElements && "index out of range");
  switch (dtype) {
  case DType::F16:
    data<uint16_t>()[index] = floatToFloat16(static_cast<float>(value));
    return;
  case DType::F32:
    data<float>()[index] = static_cast<float>(value);
    return;
  case DType::F64:
    data<double>()[index] = value;
    return;
  case DType::Bool:
    data<uint8_t>()[index] = value != 0;
    return;
  case DType::U8:
    data<uint8_t>()[index] = static_cast<uint8_t>(value);
    return;
  case DType::I8:
    data<int8_t>()[index] = static_cast<int8_t>(value);
    return;
  case DType::I16:
    data<int16_t>()[index] = static_cast<int16_t>(value);
    return;
  case DType::I32:
    data<int32_t>()[index] = static_cast<int32_t>(value);
    return;
  case DType::I64:
    data<int64_t>()[index] = static_cast<int64_t>(value);
    return;
  }
}

std::vector<float> HostTensor::toFloats() const {
  std::vector<float> values(numElements);
  for (int64_t i = 0; i < numElements; ++i)
    values[i] = static_cast<float>(getAsDouble(i));
  return values;
}

bool HostTensor::reshape(llvm::ArrayRef<int64_t> newShape) {
  if (elementCount(newShape) != numElements)
    return false;
  shape.assign(newShape.begin(), newShape.end());
  return true;
}

HostTensor HostTensor::slice(int64_t index) const {
  assert(!shape.empty() && index >= 0 && index < shape[0] &&
         "no such entry of the first axis");
  HostTensor entry = zeros(dtype, llvm::ArrayRef<int64_t>(shape).drop_front());
  if (entry.numElements)
    std::memcpy(entry.rawData(),
                rawData() + static_cast<size_t>(index) * entry.getByteSize(),
                entry.getByteSize());
  return entry;
}

bool HostTensor::operator==(const HostTensor &other) const {
  return dtype == other.dtype && shape == other.shape &&
         bytes() == other.bytes();
}
