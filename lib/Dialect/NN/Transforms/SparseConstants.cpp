//===- SparseConstants.cpp - Parts of sparse matrices ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseConstants.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Interpreter/Interpreter.h"

using namespace mlir;
using namespace pare::nn;

Type pare::nn::selectElementType(Type element, int64_t axis,
                                 ArrayRef<int64_t> kept) {
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(element);
  if (!perAxis || perAxis.getQuantizedDimension() != axis)
    return element;
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  for (int64_t i : kept) {
    scales.push_back(perAxis.getScales()[i]);
    zeroPoints.push_back(perAxis.getZeroPoints()[i]);
  }
  return quant::UniformQuantizedPerAxisType::get(
      perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(),
      scales, zeroPoints, axis, perAxis.getStorageTypeMin(),
      perAxis.getStorageTypeMax());
}

namespace {
/// The blocks of the result of `select`.
template <typename T> struct SelectedBlocks {
  std::vector<int32_t> positions{0}, coordinates;
  std::vector<T> values;
};
} // namespace

/// What is stored of `matrix` in the block rows and columns that stay.
/// `newColumn` has the new place of each block column, -1 for none.
template <typename T>
static SelectedBlocks<T>
selectBlocks(SparseConstantOp matrix, ArrayRef<int64_t> blockRows,
             ArrayRef<int64_t> newColumn, int64_t blockSize) {
  // The verifier has read the positions and the coordinates.
  const auto positions = ConstantElements<int32_t>::read(matrix.getPositions());
  const auto coordinates =
      ConstantElements<int32_t>::read(matrix.getCoordinates());
  const auto values = ConstantElements<T>::read(matrix.getValues());
  SelectedBlocks<T> result;
  for (int64_t row : blockRows) {
    for (int64_t i = (*positions)[row]; i < (*positions)[row + 1]; ++i) {
      const int64_t column = newColumn[(*coordinates)[i]];
      if (column < 0)
        continue;
      ArrayRef<T> block = values->get().slice(i * blockSize, blockSize);
      result.coordinates.push_back(column);
      result.values.insert(result.values.end(), block.begin(), block.end());
    }
    result.positions.push_back(result.coordinates.size());
  }
  return result;
}

template <typename T>
static SparseConstantOp
selectStored(OpBuilder &builder, SparseConstantOp matrix,
             ArrayRef<int64_t> rows, ArrayRef<int64_t> columns) {
  RankedTensorType type = matrix.getOutput().getType();
  const auto [height, width] = *getSparseBlock(type);
  SmallVector<int64_t> blockRows,
      newColumn(type.getDimSize(1) / width, int64_t(-1));
  for (size_t i = 0; i < rows.size(); i += height)
    blockRows.push_back(rows[i] / height);
  for (size_t i = 0; i < columns.size(); i += width)
    newColumn[columns[i] / width] = i / width;
  SelectedBlocks<T> blocks =
      selectBlocks<T>(matrix, blockRows, newColumn, height * width);

  Type element = selectElementType(type.getElementType(), 0, rows);
  auto selected =
      RankedTensorType::get({int64_t(rows.size()), int64_t(columns.size())},
                            element, type.getEncoding());
  if (blocks.values.empty()) {
    quant::QuantizedType quantized = getQuantizedType(matrix.getOutput());
    for (int64_t row = 0; row < height; ++row)
      blocks.values.insert(
          blocks.values.end(), width,
          quantized ? static_cast<T>(getZeroPoint(quantized, rows[row]))
                    : T(0));
    blocks.coordinates.push_back(0);
    for (int32_t &position : MutableArrayRef(blocks.positions).drop_front())
      position = 1;
  }
  const std::string name = getLayerName(matrix);
  auto make = [&](const auto &stored, Type storage, StringRef suffix) {
    using Stored = typename std::decay_t<decltype(stored)>::value_type;
    ArrayRef<char> bytes(reinterpret_cast<const char *>(stored.data()),
                         stored.size() * sizeof(Stored));
    return makeElements(
        RankedTensorType::get({int64_t(stored.size())}, storage), bytes,
        name + suffix.str());
  };
  Type i32 = builder.getI32Type();
  return SparseConstantOp::create(
      builder, matrix.getLoc(), selected,
      make(blocks.positions, i32, "/positions"),
      make(blocks.coordinates, i32, "/coordinates"),
      make(blocks.values, matrix.getValues().getElementType(), "/values"));
}

SparseConstantOp pare::nn::selectSparse(OpBuilder &builder,
                                        SparseConstantOp matrix,
                                        ArrayRef<int64_t> rows,
                                        ArrayRef<int64_t> columns) {
  switch (matrix.getValues().getElementType().getIntOrFloatBitWidth()) {
  case 32:
    return selectStored<float>(builder, matrix, rows, columns);
  case 16:
    return selectStored<int16_t>(builder, matrix, rows, columns);
  default:
    return selectStored<int8_t>(builder, matrix, rows, columns);
  }
}

/// The dense filter of `shape` with the weights of `matrix`.
static Value expandFilter(OpBuilder &builder, SparseConstantOp matrix,
                          ArrayRef<int64_t> shape) {
  // The verifier has read the matrix.
  llvm::Expected<pare::HostTensor> dense = pare::evaluateConstant(matrix);
  if (!dense) {
    llvm::consumeError(dense.takeError());
    return {};
  }
  RankedTensorType type = matrix.getOutput().getType();
  ArrayRef<char> bytes(reinterpret_cast<const char *>(dense->rawData()),
                       dense->getByteSize());
  return ConstantOp::create(
      builder, matrix.getLoc(),
      RankedTensorType::get(shape, type.getElementType()),
      makeElements(
          RankedTensorType::get(shape, matrix.getValues().getElementType()),
          bytes, getLayerName(matrix)));
}

Operation *pare::nn::makeDense(Operation *op) {
  OpBuilder builder(op);
  auto matrix = op->getOperand(1).getDefiningOp<SparseConstantOp>();
  RankedTensorType type = matrix.getOutput().getType();
  SmallVector<int64_t> shape(type.getShape());
  auto conv = dyn_cast<SparseConv2DOp>(op);
  if (conv)
    shape = {shape[0], conv.getKernelSize()[0], conv.getKernelSize()[1],
             conv.getInput().getType().getDimSize(3)};
  Value filter = expandFilter(builder, matrix, shape);
  if (!filter)
    return op;
  Operation *dense;
  if (conv) {
    dense = Conv2DOp::create(
        builder, op->getLoc(), conv.getType(), conv.getInput(), filter,
        conv.getBias(), conv.getStrides(), conv.getDilations(),
        conv.getPadding(), conv.getActivationAttr(), conv.getScalesAttr());
  } else {
    auto full = cast<SparseFullyConnectedOp>(op);
    dense = FullyConnectedOp::create(
        builder, op->getLoc(), full.getType(), full.getInput(), filter,
        full.getBias(), full.getActivationAttr(), full.getScalesAttr());
  }
  op->replaceAllUsesWith(dense);
  op->erase();
  return dense;
}
