//===- Movement.cpp - Layers that move elements ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Each operation only says which element of the input every element of a result
// is; one function moves them. Elements keep their bits where input and result
// have the same element type, otherwise they are converted as real numbers.
//
//===----------------------------------------------------------------------===//

#include "Movement.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

/// Index of an element that comes from no input.
static constexpr int64_t kFill = -1;

/// Copies elements of `from`; those of index kFill become `fill`.
static void copyElements(const HostTensor &from, ArrayRef<int64_t> indices,
                         ArrayRef<uint8_t> fill, uint8_t *to) {
  const size_t width = byteWidth(from.getDType());
  for (int64_t index : indices) {
    std::memcpy(to,
                index == kFill ? fill.data() : from.rawData() + index * width,
                width);
    to += width;
  }
}

/// The bytes of one element of the type of `value` that stands for `real`.
static std::vector<uint8_t> elementBytes(Value value, double real) {
  TensorInfo info =
      *getTensorInfo(RankedTensorType::get({1}, getElementTypeOrSelf(value)));
  HostTensor element =
      info.isQuantized()
          ? info.fromReal(HostTensor::fromValues<float>({1}, {float(real)}))
          : HostTensor::zeros(info.dtype, {1});
  if (!info.isQuantized())
    element.setFromDouble(0, real);
  ArrayRef<uint8_t> bytes = element.bytes();
  return std::vector<uint8_t>(bytes.begin(), bytes.end());
}

void interpreter::moveElements(Layer &layer, Value input, Value output,
                               ArrayRef<int64_t> indices, unsigned result,
                               double fill) {
  if (getElementTypeOrSelf(input) == getElementTypeOrSelf(output)) {
    copyElements(layer.operand(0), indices, elementBytes(output, fill),
                 layer.result(result).rawData());
    return;
  }
  const std::vector<float> values = layer.real(0);
  std::vector<float> moved(indices.size());
  for (size_t i = 0; i < indices.size(); ++i)
    moved[i] = indices[i] == kFill ? fill : values[indices[i]];
  layer.setReal(moved, result);
}

/// For each element of `shape` (row-major) `offset + sum of index[d] *
/// step[d]`.
static std::vector<int64_t> stridedIndices(ArrayRef<int64_t> shape,
                                           int64_t offset,
                                           ArrayRef<int64_t> steps) {
  std::vector<int64_t> indices(1, offset);
  for (auto [size, step] : llvm::zip_equal(shape, steps)) {
    std::vector<int64_t> next;
    next.reserve(indices.size() * size);
    for (int64_t index : indices)
      for (int64_t i = 0; i < size; ++i)
        next.push_back(index + i * step);
    indices = std::move(next);
  }
  return indices;
}

/// Elements from one index of each dimension to the next.
static SmallVector<int64_t> rowMajorSteps(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> steps(shape.size(), 1);
  for (int64_t d = int64_t(shape.size()) - 2; d >= 0; --d)
    steps[d] = steps[d + 1] * shape[d + 1];
  return steps;
}

llvm::Error interpreter::eval(nn::ReshapeOp op, Layer &layer) {
  moveElements(layer, op.getInput(), op.getOutput(),
               stridedIndices(layer.operand(0).getNumElements(), 0, {1}));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::TransposeOp op, Layer &layer) {
  const SmallVector<int64_t> inputSteps = rowMajorSteps(layer.operandShape(0));
  SmallVector<int64_t> steps;
  for (int64_t d : op.getPermutation())
    steps.push_back(inputSteps[d]);
  moveElements(layer, op.getInput(), op.getOutput(),
               stridedIndices(layer.resultShape(), 0, steps));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::SliceOp op, Layer &layer) {
  SmallVector<int64_t> steps = rowMajorSteps(layer.operandShape(0));
  int64_t offset = 0;
  for (auto [step, first, stride] :
       llvm::zip_equal(steps, op.getOffsets(), op.getStrides())) {
    offset += first * step;
    step *= stride;
  }
  moveElements(layer, op.getInput(), op.getOutput(),
               stridedIndices(op.getSizes(), offset, steps));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::SplitOp op, Layer &layer) {
  const SmallVector<int64_t> steps = rowMajorSteps(layer.operandShape(0));
  int64_t first = 0;
  for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
    moveElements(layer, op.getInput(), output,
                 stridedIndices(layer.resultShape(i),
                                first * steps[op.getAxis()], steps),
                 i);
    first += layer.resultShape(i)[op.getAxis()];
  }
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::PadOp op, Layer &layer) {
  ArrayRef<int64_t> inputShape = layer.operandShape(0);
  std::vector<int64_t> indices(1, 0);
  for (auto [size, low, high] :
       llvm::zip_equal(inputShape, op.getLow(), op.getHigh())) {
    std::vector<int64_t> next;
    for (int64_t index : indices)
      for (int64_t i = -low; i < size + high; ++i)
        next.push_back(index == kFill || i < 0 || i >= size ? kFill
                                                            : index * size + i);
    indices = std::move(next);
  }
  moveElements(layer, op.getInput(), op.getOutput(), indices, /*result=*/0,
               op.getValue().convertToDouble());
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::ConcatOp op, Layer &layer) {
  const int64_t axis = op.getAxis();
  ArrayRef<int64_t> shape = layer.resultShape();
  int64_t outer = 1, inner = 1;
  for (int64_t size : shape.take_front(axis))
    outer *= size;
  for (int64_t size : shape.drop_front(axis + 1))
    inner *= size;
  const bool keepBits = layer.haveOneElementType();
  HostTensor &result = layer.result();
  const size_t width = byteWidth(result.getDType());
  std::vector<float> values(keepBits ? 0 : result.getNumElements());
  int64_t first = 0;
  for (unsigned i = 0; i < layer.getNumOperands(); ++i) {
    const HostTensor &part = layer.operand(i);
    const int64_t run = layer.operandShape(i)[axis] * inner;
    const std::vector<float> real =
        keepBits ? std::vector<float>() : layer.real(i);
    for (int64_t o = 0; o < outer; ++o) {
      const int64_t at = o * shape[axis] * inner + first;
      if (keepBits)
        std::memcpy(result.rawData() + at * width,
                    part.rawData() + o * run * width, run * width);
      else
        std::copy_n(real.begin() + o * run, run, values.begin() + at);
    }
    first += run;
  }
  if (!keepBits)
    layer.setReal(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::GatherOp op, Layer &layer) {
  ArrayRef<int64_t> table = layer.operandShape(0);
  const int64_t axis = op.getAxis(), batchDims = op.getBatchDims();
  auto product = [](ArrayRef<int64_t> sizes) {
    int64_t count = 1;
    for (int64_t size : sizes)
      count *= size;
    return count;
  };
  const int64_t batches = product(table.take_front(batchDims));
  const int64_t outer = product(table.slice(batchDims, axis - batchDims));
  const int64_t inner = product(table.drop_front(axis + 1));
  const std::vector<int64_t> chosen = layer.wideIntegers(1);
  const int64_t perBatch = batches == 0 ? 0 : chosen.size() / batches;
  for (int64_t index : chosen)
    if (index < 0 || index >= table[axis])
      return layer.error("expects indices in [0, " + Twine(table[axis]) +
                         "), found " + Twine(index));
  std::vector<int64_t> indices;
  indices.reserve(layer.result().getNumElements());
  for (int64_t batch = 0; batch < batches; ++batch)
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t k = 0; k < perBatch; ++k) {
        const int64_t row =
            (batch * outer + o) * table[axis] + chosen[batch * perBatch + k];
        for (int64_t i = 0; i < inner; ++i)
          indices.push_back(row * inner + i);
      }
  moveElements(layer, op.getTable(), op.getOutput(), indices);
  return llvm::Error::success();
}
