//===- HostTensor.h - A dense tensor in memory ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The value that files, the interpreter and compiled networks exchange: an
// element type, a static shape, and row-major elements without gaps.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_HOSTTENSOR_H
#define PARE_SUPPORT_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace pare {

/// Element types. Bool is one byte that is 0 or 1; F16 is the IEEE binary16
/// bit pattern.
enum class DType : uint8_t { F16, F32, F64, Bool, I8, U8, I16, I32, I64 };

/// Size of one element in bytes.
unsigned byteWidth(DType dtype);

/// "f16", "f32", "f64", "bool", "i8", "u8", "i16", "i32", "i64".
llvm::StringRef dtypeName(DType dtype);

/// The inverse of dtypeName.
std::optional<DType> parseDType(llvm::StringRef name);

/// True if elements of `dtype` are stored as T: the type of the same name, and
/// uint8_t for Bool, uint16_t for F16.
template <typename T> constexpr bool isStoredAs(DType dtype) {
  if constexpr (std::is_same_v<T, float>)
    return dtype == DType::F32;
  else if constexpr (std::is_same_v<T, double>)
    return dtype == DType::F64;
  else if constexpr (std::is_same_v<T, int8_t>)
    return dtype == DType::I8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return dtype == DType::U8 || dtype == DType::Bool;
  else if constexpr (std::is_same_v<T, int16_t>)
    return dtype == DType::I16;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return dtype == DType::F16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return dtype == DType::I32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return dtype == DType::I64;
  else
    return false;
}

/// The element type that T is the natural storage of.
template <typename T> constexpr DType dtypeOf() {
  if constexpr (std::is_same_v<T, float>)
    return DType::F32;
  else if constexpr (std::is_same_v<T, double>)
    return DType::F64;
  else if constexpr (std::is_same_v<T, bool>)
    return DType::Bool;
  else if constexpr (std::is_same_v<T, int8_t>)
    return DType::I8;
  else if constexpr (std::is_same_v<T, uint8_t>)
    return DType::U8;
  else if constexpr (std::is_same_v<T, int16_t>)
    return DType::I16;
  else if constexpr (std::is_same_v<T, uint16_t>)
    return DType::F16;
  else if constexpr (std::is_same_v<T, int32_t>)
    return DType::I32;
  else {
    static_assert(std::is_same_v<T, int64_t>, "not an element type");
    return DType::I64;
  }
}

/// Product of the dimensions (1 for rank 0); nullopt if one is negative or the
/// product does not fit an int64_t.
std::optional<int64_t> elementCount(llvm::ArrayRef<int64_t> shape);

/// "2x3xf32", "f32" for rank 0: as MLIR writes it between < and >.
std::string shapeToString(DType dtype, llvm::ArrayRef<int64_t> shape);

/// A dense row-major tensor whose bytes start at a multiple of 64. Copies are
/// deep. A default-constructed tensor is an f32 tensor of shape {0}.
class HostTensor {
public:
  static constexpr size_t kAlignment = 64;

  HostTensor() : shape{0} {}
  HostTensor(const HostTensor &other);
  HostTensor(HostTensor &&other) noexcept = default;
  HostTensor &operator=(const HostTensor &other);
  HostTensor &operator=(HostTensor &&other) noexcept = default;

  /// A tensor of zeros. Fails on a negative dimension and on a size that does
  /// not fit into memory: use it for shapes that come from outside.
  static llvm::Expected<HostTensor> create(DType dtype,
                                           llvm::ArrayRef<int64_t> shape);

  /// The same for shapes that are known to be good (those of the IR); ends the
  /// program where memory is exhausted, as all of LLVM does.
  static HostTensor zeros(DType dtype, llvm::ArrayRef<int64_t> shape);

  /// A copy of `values`, whose number must be that of the shape.
  template <typename T>
  static HostTensor fromValues(llvm::ArrayRef<int64_t> shape,
                               llvm::ArrayRef<T> values) {
    HostTensor tensor = zeros(dtypeOf<T>(), shape);
    assert(static_cast<int64_t>(values.size()) == tensor.getNumElements());
    std::copy(values.begin(), values.end(), tensor.data<T>().begin());
    return tensor;
  }

  DType getDType() const { return dtype; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return static_cast<int64_t>(shape.size()); }
  int64_t getDim(unsigned i) const { return shape[i]; }
  int64_t getNumElements() const { return numElements; }
  size_t getByteSize() const {
    return static_cast<size_t>(numElements) * byteWidth(dtype);
  }
  /// "2x3xf32".
  std::string typeString() const { return shapeToString(dtype, shape); }

  uint8_t *rawData() { return storage.get(); }
  const uint8_t *rawData() const { return storage.get(); }
  llvm::ArrayRef<uint8_t> bytes() const { return {rawData(), getByteSize()}; }
  llvm::MutableArrayRef<uint8_t> bytes() { return {rawData(), getByteSize()}; }

  /// The elements; T must be the storage type of the element type.
  template <typename T> llvm::ArrayRef<T> data() const {
    assert(isStoredAs<T>(dtype) && "wrong storage type");
    return {reinterpret_cast<const T *>(rawData()),
            static_cast<size_t>(numElements)};
  }
  template <typename T> llvm::MutableArrayRef<T> data() {
    assert(isStoredAs<T>(dtype) && "wrong storage type");
    return {reinterpret_cast<T *>(rawData()), static_cast<size_t>(numElements)};
  }

  /// Element `index` of the row-major order as a double (exact but for i64
  /// beyond 2^53), whatever the type.
  double getAsDouble(int64_t index) const;

  /// Stores `value` converted as C++ converts it; the caller keeps it in range.
  void setFromDouble(int64_t index, double value);

  /// All elements as f32.
  std::vector<float> toFloats() const;

  /// Gives the same elements another shape; false (and no change) if the
  /// number of elements differs.
  bool reshape(llvm::ArrayRef<int64_t> newShape);

  /// A copy of entry `index` of the first axis, without that axis. The rank
  /// must be at least 1 and `index` in range.
  HostTensor slice(int64_t index) const;

  /// True if type, shape and every byte agree.
  bool operator==(const HostTensor &other) const;
  bool operator!=(const HostTensor &other) const { return !(*this == other); }

private:
  struct Free {
    void operator()(uint8_t *pointer) const;
  };
  /// False where memory is exhausted.
  bool allocate();

  DType dtype = DType::F32;
  llvm::SmallVector<int64_t, 4> shape;
  int64_t numElements = 0;
  std::unique_ptr<uint8_t[], Free> storage;
};

} // namespace pare

#endif // PARE_SUPPORT_HOSTTENSOR_H
