//===- Matrices.cpp - Matrix products -----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// Multiplies `value` by `factor`.
static LogicalResult scale(Node &node, double factor, Value &value) {
  if (factor == 1.0)
    return success();
  Type element = getElementTypeOrSelf(value.getType());
  FailureOr<Value> scaled =
      node.create<nn::MulOp>(element, value, node.createScalar(factor),
                             nn::ActivationAttr(), nn::ScalesAttr());
  if (failed(scaled))
    return failure();
  value = *scaled;
  return success();
}

/// alpha * A * B + beta * C, with A and B transposed if asked.
static LogicalResult importGemm(Node &node) {
  // C always may, since operator set 7.
  node.ignore("broadcast");
  FailureOr<double> alpha = node.getFloat("alpha", 1.0);
  FailureOr<double> beta = node.getFloat("beta", 1.0);
  FailureOr<int64_t> transposeA = node.getInt("transA", 0);
  FailureOr<int64_t> transposeB = node.getInt("transB", 0);
  if (failed(alpha) || failed(beta) || failed(transposeA) || failed(transposeB))
    return failure();
  for (size_t i : {0, 1}) {
    FailureOr<int64_t> rank = node.getRank(i);
    if (failed(rank))
      return failure();
    if (*rank != 2)
      return node.emitError() << "expected a matrix as input " << i
                              << ", found " << *rank << " dimensions";
  }
  FailureOr<SmallVector<int64_t>> shapeB = node.getShape(1);
  FailureOr<Value> lhs = node.getInput(0);
  // One row of the filter for an output: the transpose of B.
  FailureOr<Value> filter =
      *transposeB ? node.getInput(1) : node.getPermuted(1, {1, 0}, *shapeB);
  if (failed(lhs) || failed(filter))
    return failure();
  Value input = *transposeA ? node.createTranspose(*lhs, {1, 0}) : *lhs;
  int64_t results = getShape(*filter)[0];

  // C is one number for an output, or any shape that broadcasts.
  Value bias, addend;
  if (node.hasInput(2) && *beta != 0.0) {
    FailureOr<Value> value = node.getInput(2);
    if (failed(value))
      return failure();
    ArrayRef<int64_t> shape = getShape(*value);
    bool isVector =
        !shape.empty() && shape.back() == results &&
        llvm::all_of(shape.drop_back(), [](int64_t size) { return size == 1; });
    (isVector ? bias : addend) = *value;
    if (isVector && node.isConstant(2)) {
      FailureOr<Value> vector = node.getPermuted(2, {0}, results);
      if (failed(vector))
        return failure();
      bias = *vector;
    } else if (isVector) {
      bias = node.createReshape(bias, results);
    }
    if (failed(scale(node, *beta, isVector ? bias : addend)))
      return failure();
  }
  Type element = getElementTypeOrSelf(input.getType());
  // The factor belongs to the product alone.
  bool isScaled = *alpha != 1.0;
  FailureOr<Value> result = node.create<nn::FullyConnectedOp>(
      element, input, *filter, isScaled ? Value() : bias, nn::ActivationAttr(),
      nn::ScalesAttr());
  if (failed(result) || failed(scale(node, *alpha, *result)))
    return failure();
  if (isScaled && bias)
    addend = bias;
  if (addend) {
    result = node.create<nn::AddOp>(element, *result, addend,
                                    nn::ActivationAttr(), nn::ScalesAttr());
    if (failed(result))
      return failure();
  }
  node.setOutput(0, *result);
  return success();
}

static LogicalResult importMatMul(Node &node) {
  FailureOr<SmallVector<int64_t>> shapeA = node.getShape(0);
  FailureOr<SmallVector<int64_t>> shapeB = node.getShape(1);
  FailureOr<Value> lhs = node.getInput(0);
  if (failed(shapeA) || failed(shapeB) || failed(lhs))
    return failure();
  if (shapeA->empty() || shapeB->empty())
    return node.emitError() << "expected operands of one dimension or more, "
                               "found a scalar";
  // Vectors get a dimension, which the result loses again.
  SmallVector<int64_t> matrixB = *shapeB;
  if (matrixB.size() == 1)
    matrixB.push_back(1);
  SmallVector<int64_t> matrixA = *shapeA;
  if (matrixA.size() == 1)
    matrixA.insert(matrixA.begin(), 1);
  Value input = node.createReshape(*lhs, matrixA);
  Type element = getElementTypeOrSelf(input.getType());
  FailureOr<Value> result;
  if (matrixB.size() == 2 && node.isConstant(1)) {
    FailureOr<Value> filter = node.getPermuted(1, {1, 0}, matrixB);
    if (failed(filter))
      return failure();
    result = node.create<nn::FullyConnectedOp>(element, input, *filter, Value(),
                                               nn::ActivationAttr(),
                                               nn::ScalesAttr());
  } else {
    FailureOr<Value> rhs = node.getInput(1);
    if (failed(rhs))
      return failure();
    result = node.create<nn::BatchMatmulOp>(
        element, input, node.createReshape(*rhs, matrixB),
        /*transpose_lhs=*/false, /*transpose_rhs=*/false, nn::ScalesAttr());
  }
  if (failed(result))
    return failure();
  SmallVector<int64_t> shape(getShape(*result));
  if (shapeA->size() == 1)
    shape.erase(shape.end() - 2);
  if (shapeB->size() == 1)
    shape.pop_back();
  node.setOutput(0, node.createReshape(*result, shape));
  return success();
}

FailureOr<bool> onnx::addBias(Node &node) {
  for (size_t i : {0, 1}) {
    // A product that nobody else reads, and one constant for each column.
    if (!node.hasInput(1 - i) || !node.isConstant(1 - i) || node.isConstant(i))
      continue;
    FailureOr<Entry *> entry = node.getEntry(i);
    FailureOr<SmallVector<int64_t>> shape = node.getShape(1 - i);
    if (failed(entry) || failed(shape))
      return failure();
    Value value = (*entry)->logical;
    auto product =
        value ? value.getDefiningOp<nn::FullyConnectedOp>() : nullptr;
    if (!product || product.getBias() || node.getNumReaders(i) != 1)
      continue;
    int64_t results = getShape(value).back();
    bool isVector = !shape->empty() && shape->back() == results &&
                    shape->size() <= getShape(value).size();
    for (int64_t size : ArrayRef(*shape).drop_back(isVector))
      isVector &= size == 1;
    if (!isVector)
      continue;
    FailureOr<Value> bias = node.getPermuted(1 - i, {0}, results);
    if (failed(bias))
      return failure();
    FailureOr<Value> sum = node.create<nn::FullyConnectedOp>(
        getElementTypeOrSelf(value.getType()), product.getInput(),
        product.getFilter(), *bias, nn::ActivationAttr(), nn::ScalesAttr());
    if (failed(sum))
      return failure();
    node.setOutput(0, *sum);
    return true;
  }
  return false;
}

ArrayRef<OperatorEntry> onnx::getMatrixOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Gemm", importGemm, 2, 3},
      {"MatMul", importMatMul, 2, 2},
  };
  return kOperators;
}
