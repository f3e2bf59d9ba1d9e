//===- Constant.cpp - The elements of constants ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layer.h"
#include "pare/Interpreter/Interpreter.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

/// The elements of a dense attribute, in the bytes of a host tensor.
static llvm::Error copyElements(Operation *op, ElementsAttr elements,
                                HostTensor &tensor) {
  MutableArrayRef<uint8_t> to = tensor.bytes();
  if (auto dense = dyn_cast<DenseElementsAttr>(elements)) {
    if (tensor.getDType() == DType::Bool) {
      llvm::copy(dense.getValues<bool>(), tensor.data<uint8_t>().begin());
      return llvm::Error::success();
    }
    if (dense.isSplat()) {
      ArrayRef<char> element = dense.getRawData();
      for (size_t at = 0; at < to.size(); at += element.size())
        std::memcpy(to.data() + at, element.data(), element.size());
      return llvm::Error::success();
    }
  }
  std::optional<ArrayRef<char>> bytes = nn::getRawBytes(elements);
  if (!bytes || bytes->size() != to.size())
    return layerError(op, "expects " + Twine(to.size()) +
                              " bytes of constant data, found " +
                              (bytes ? Twine(bytes->size()) : Twine("none")));
  if (!bytes->empty())
    std::memcpy(to.data(), bytes->data(), bytes->size());
  return llvm::Error::success();
}

/// The values of a sparse matrix where they belong; the rest stands for zero.
static llvm::Error expand(nn::SparseConstantOp op, HostTensor &matrix) {
  auto read = [&](ElementsAttr elements) -> llvm::Expected<HostTensor> {
    std::optional<DType> dtype = getStorageDType(elements.getElementType());
    if (!dtype)
      return layerError(op, "expects elements of a known type");
    HostTensor tensor =
        HostTensor::zeros(*dtype, elements.getShapedType().getShape());
    if (llvm::Error error = copyElements(op, elements, tensor))
      return std::move(error);
    return tensor;
  };
  llvm::Expected<HostTensor> positions = read(op.getPositions());
  if (!positions)
    return positions.takeError();
  llvm::Expected<HostTensor> coordinates = read(op.getCoordinates());
  if (!coordinates)
    return coordinates.takeError();
  llvm::Expected<HostTensor> values = read(op.getValues());
  if (!values)
    return values.takeError();

  RankedTensorType type = op.getOutput().getType();
  const auto [blockRows, blockColumns] =
      nn::getSparseBlock(type).value_or(std::make_pair(1, 1));
  const int64_t columns = type.getDimSize(1);
  if (quant::QuantizedType quantized = nn::getQuantizedType(type)) {
    for (int64_t i = 0, size = matrix.getNumElements(); i < size; ++i)
      matrix.setFromDouble(i, nn::getZeroPoint(quantized, i / columns));
  }
  const size_t width = byteWidth(matrix.getDType());
  ArrayRef<int32_t> starts = positions->data<int32_t>();
  ArrayRef<int32_t> blockColumn = coordinates->data<int32_t>();
  const uint8_t *value = values->rawData();
  for (int64_t row = 0, rows = starts.size() - 1; row < rows; ++row)
    for (int64_t i = starts[row]; i < starts[row + 1]; ++i)
      for (int64_t y = 0; y < blockRows; ++y) {
        const int64_t at =
            (row * blockRows + y) * columns + blockColumn[i] * blockColumns;
        std::memcpy(matrix.rawData() + at * width, value, blockColumns * width);
        value += blockColumns * width;
      }
  return llvm::Error::success();
}

llvm::Expected<HostTensor> pare::evaluateConstant(Operation *op) {
  std::optional<TensorInfo> info = getTensorInfo(op->getResult(0).getType());
  if (!info)
    return layerError(op, "expects a tensor of static shape");
  HostTensor tensor = HostTensor::zeros(info->dtype, info->shape);
  if (auto constant = dyn_cast<nn::ConstantOp>(op)) {
    if (llvm::Error error = copyElements(op, constant.getValue(), tensor))
      return std::move(error);
    return tensor;
  }
  auto sparse = dyn_cast<nn::SparseConstantOp>(op);
  if (!sparse)
    return layerError(op, "expects a constant");
  if (llvm::Error error = expand(sparse, tensor))
    return std::move(error);
  return tensor;
}
