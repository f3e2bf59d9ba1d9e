//===- Constants.cpp - Constant tensors of a TensorFlow Lite file ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare::tflite;

/// Alignment that vector code may ask of constants where the file gives it.
static constexpr size_t kAlignment = 16;

/// Constants of so few bytes are written out in the IR, where people read them.
static constexpr size_t kLiteralBytes = 64;

static size_t getBytesPerElement(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

bool File::hasData(int64_t index) const {
  uint32_t number = getTensor(index).buffer();
  if (!number)
    return false;
  const schema::Buffer &entry = *model->buffers()->Get(number);
  return (entry.data() && entry.data()->size()) || entry.offset() > 1;
}

FailureOr<ArrayRef<char>> File::getBuffer(int64_t index) const {
  if (!hasData(index))
    return emitTensorError(index) << "expected constant data, found none";
  const schema::Buffer &entry =
      *model->buffers()->Get(getTensor(index).buffer());
  if (entry.data() && entry.data()->size())
    return ArrayRef<char>(reinterpret_cast<const char *>(entry.data()->data()),
                          entry.data()->size());
  uint64_t size = buffer.getBufferSize();
  if (entry.offset() > size || entry.size() > size - entry.offset())
    return emitTensorError(index)
           << "expected data inside of the file's " << size << " bytes, found "
           << entry.size() << " bytes at offset " << entry.offset();
  return ArrayRef<char>(buffer.getBufferStart() + entry.offset(), entry.size());
}

FailureOr<ArrayRef<char>> File::getBytes(int64_t index) const {
  FailureOr<RankedTensorType> type = getType(index);
  if (failed(type))
    return failure();
  RankedTensorType storage = getStorageType(*type);
  FailureOr<ArrayRef<char>> bytes = getBuffer(index);
  if (failed(bytes))
    return failure();
  uint64_t expected =
      storage.getNumElements() * getBytesPerElement(storage.getElementType());
  if (bytes->size() != expected)
    return emitTensorError(index)
           << "expected " << expected << " bytes of data for type " << storage
           << ", found " << bytes->size();
  return bytes;
}

ElementsAttr File::makeElements(RankedTensorType type, StringRef name,
                                AsmResourceBlob blob) const {
  if (type.getElementType().isInteger(1)) {
    // Bits in a DenseElementsAttr are packed, in the file they are bytes.
    SmallVector<bool> values;
    for (char byte : blob.getData())
      values.push_back(byte != 0);
    return DenseElementsAttr::get(type, values);
  }
  if (blob.getData().size() <= kLiteralBytes)
    return DenseElementsAttr::getFromRawBuffer(type, blob.getData());
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

FailureOr<ElementsAttr> File::getConstant(int64_t index) const {
  FailureOr<RankedTensorType> type = getType(index);
  if (failed(type))
    return failure();
  RankedTensorType storage = getStorageType(*type);
  std::string name = getTensorName(index);
  if (getTensor(index).sparsity()) {
    FailureOr<AsmResourceBlob> blob = decodeSparse(index, storage);
    if (failed(blob))
      return failure();
    return makeElements(storage, name, std::move(*blob));
  }

  FailureOr<ArrayRef<char>> bytes = getBytes(index);
  if (failed(bytes))
    return failure();
  size_t natural = getBytesPerElement(storage.getElementType());
  auto address = reinterpret_cast<uintptr_t>(bytes->data());
  if (address % natural)
    return makeElements(
        storage, name,
        HeapAsmResourceBlob::allocateAndCopyWithAlign(*bytes, kAlignment));
  return makeElements(storage, name,
                      AsmResourceBlob(
                          *bytes, address % kAlignment ? natural : kAlignment,
                          [keep = owner](void *, size_t, size_t) {},
                          /*dataIsMutable=*/false));
}

FailureOr<SmallVector<int64_t>> File::getIntegers(int64_t index) const {
  schema::TensorType type = getTensor(index).type();
  if (type != schema::TensorType::INT32 && type != schema::TensorType::INT64)
    return emitTensorError(index) << "expected type INT32 or INT64";
  FailureOr<ArrayRef<char>> bytes = getBytes(index);
  if (failed(bytes))
    return failure();
  SmallVector<int64_t> values;
  size_t width = type == schema::TensorType::INT32 ? 4 : 8;
  for (size_t i = 0; i < bytes->size(); i += width)
    values.push_back(width == 4
                         ? static_cast<int32_t>(
                               llvm::support::endian::read32le(&(*bytes)[i]))
                         : static_cast<int64_t>(
                               llvm::support::endian::read64le(&(*bytes)[i])));
  return values;
}
