//===- Matrix.cpp - Matrix products ---------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

//===----------------------------------------------------------------------===//
// Fully connected
//===----------------------------------------------------------------------===//

/// Sums of `input` (rows of `inputs` elements) times the rows of `filter`, plus
/// `bias` (which may be empty). Unsigned sums wrap.
template <typename T, typename In>
static std::vector<T> multiplyRows(ArrayRef<In> input, ArrayRef<In> filter,
                                   ArrayRef<In> bias, int64_t inputs,
                                   int64_t outputs) {
  const int64_t rows = inputs == 0 ? 0 : input.size() / inputs;
  std::vector<T> sums(rows * outputs);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < outputs; ++o) {
      T sum = bias.empty() ? T(0) : static_cast<T>(bias[o]);
      for (int64_t i = 0; i < inputs; ++i)
        sum += static_cast<T>(input[row * inputs + i]) *
               static_cast<T>(filter[o * inputs + i]);
      sums[row * outputs + o] = sum;
    }
  return sums;
}

template <typename OpT>
static llvm::Error evalFullyConnected(OpT op, Layer &layer) {
  const int64_t outputs = layer.operandShape(1)[0];
  const int64_t inputs = layer.operandShape(1)[1];
  if (!nn::isIntegerOp(op)) {
    if (llvm::Error error = layer.checkBias(op.getBias()))
      return error;
    std::vector<float> bias =
        op.getBias() ? layer.real(2) : std::vector<float>();
    std::vector<double> sums = multiplyRows<double, float>(
        layer.real(0), layer.real(1), bias, inputs, outputs);
    std::vector<float> values(sums.size());
    for (size_t i = 0; i < sums.size(); ++i)
      values[i] = activate(sums[i], op.getActivationAttr());
    layer.setReal(values);
    return llvm::Error::success();
  }
  std::vector<int32_t> bias =
      op.getBias() ? layer.integers(2) : std::vector<int32_t>();
  std::vector<uint32_t> sums = multiplyRows<uint32_t, int32_t>(
      layer.centered(0), layer.centered(1), bias, inputs, outputs);
  const Requantizer finish(scalesOf(op), op.getOutput(),
                           clampRange(op.getOutput(), op.getActivationAttr()));
  std::vector<int32_t> values(sums.size());
  for (int64_t i = 0, size = sums.size(); i < size; ++i)
    values[i] = finish(static_cast<int32_t>(sums[i]), i % outputs);
  layer.setIntegers(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::FullyConnectedOp op, Layer &layer) {
  return evalFullyConnected(op, layer);
}
llvm::Error interpreter::eval(nn::SparseFullyConnectedOp op, Layer &layer) {
  return evalFullyConnected(op, layer);
}

//===----------------------------------------------------------------------===//
// Product of two activations
//===----------------------------------------------------------------------===//

namespace {
/// Where the matrices of a product lie.
struct MatmulGeometry {
  int64_t rows, columns, depth;
  /// Number of matrices in the result, and for each the index of the operands'
  /// matrices.
  std::vector<int64_t> lhsMatrices, rhsMatrices;
};
} // namespace

/// For each index of `batch` (row-major) the index into a tensor with leading
/// dimensions `own`, which broadcast.
static std::vector<int64_t> broadcastMatrices(ArrayRef<int64_t> batch,
                                              ArrayRef<int64_t> own) {
  std::vector<int64_t> indices(1, 0);
  const size_t missing = batch.size() - own.size();
  for (size_t d = 0; d < batch.size(); ++d) {
    const int64_t size = d < missing ? 1 : own[d - missing];
    std::vector<int64_t> next;
    for (int64_t index : indices)
      for (int64_t i = 0; i < batch[d]; ++i)
        next.push_back(index * size + (size == 1 ? 0 : i));
    indices = std::move(next);
  }
  return indices;
}

static MatmulGeometry matmulGeometry(nn::BatchMatmulOp op) {
  ArrayRef<int64_t> lhs = op.getLhs().getType().getShape();
  ArrayRef<int64_t> result = op.getOutput().getType().getShape();
  ArrayRef<int64_t> batch = result.drop_back(2);
  MatmulGeometry g;
  g.rows = result[result.size() - 2];
  g.columns = result.back();
  g.depth = op.getTransposeLhs() ? lhs[lhs.size() - 2] : lhs.back();
  g.lhsMatrices = broadcastMatrices(batch, lhs.drop_back(2));
  g.rhsMatrices =
      broadcastMatrices(batch, op.getRhs().getType().getShape().drop_back(2));
  return g;
}

template <typename T, typename In>
static std::vector<T> multiplyMatrices(nn::BatchMatmulOp op, ArrayRef<In> lhs,
                                       ArrayRef<In> rhs) {
  const MatmulGeometry g = matmulGeometry(op);
  // Steps from one row and from one step of the sum to the next.
  const int64_t lhsRow = op.getTransposeLhs() ? 1 : g.depth;
  const int64_t lhsStep = op.getTransposeLhs() ? g.rows : 1;
  const int64_t rhsColumn = op.getTransposeRhs() ? g.depth : 1;
  const int64_t rhsStep = op.getTransposeRhs() ? 1 : g.columns;
  std::vector<T> sums(g.lhsMatrices.size() * g.rows * g.columns);
  T *sum = sums.data();
  for (size_t matrix = 0; matrix < g.lhsMatrices.size(); ++matrix)
    for (int64_t row = 0; row < g.rows; ++row)
      for (int64_t column = 0; column < g.columns; ++column, ++sum) {
        const In *a = lhs.data() + g.lhsMatrices[matrix] * g.rows * g.depth +
                      row * lhsRow;
        const In *b = rhs.data() + g.rhsMatrices[matrix] * g.columns * g.depth +
                      column * rhsColumn;
        for (int64_t k = 0; k < g.depth; ++k)
          *sum +=
              static_cast<T>(a[k * lhsStep]) * static_cast<T>(b[k * rhsStep]);
      }
  return sums;
}

llvm::Error interpreter::eval(nn::BatchMatmulOp op, Layer &layer) {
  if (!nn::isIntegerOp(op)) {
    std::vector<double> sums =
        multiplyMatrices<double, float>(op, layer.real(0), layer.real(1));
    layer.setReal(std::vector<float>(sums.begin(), sums.end()));
    return llvm::Error::success();
  }
  std::vector<uint32_t> sums = multiplyMatrices<uint32_t, int32_t>(
      op, layer.centered(0), layer.centered(1));
  const Requantizer finish(scalesOf(op), op.getOutput(),
                           rangeOf(op.getOutput()));
  std::vector<int32_t> values(sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    values[i] = finish(static_cast<int32_t>(sums[i]), /*channel=*/0);
  layer.setIntegers(values);
  return llvm::Error::success();
}
