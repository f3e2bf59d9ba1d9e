//===- Normalization.cpp - Normalization and softmax --------------------===//
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

static LogicalResult importBatchNormalization(Node &node) {
  // What the training needed.
  node.ignore("momentum");
  FailureOr<double> epsilon = node.getFloat("epsilon", 1e-5f);
  FailureOr<int64_t> rank = node.getRank(0);
  if (failed(epsilon) || failed(rank) ||
      failed(node.expectInt("training_mode", 0)) || failed(checkIsTest(node)) ||
      failed(node.expectInt("spatial", 1)))
    return failure();
  for (size_t i = 1; i < 5; ++i)
    if (node.hasOutput(i))
      return node.emitError() << "the statistics of training (output " << i
                              << ") are not supported";
  bool channelsLast = *rank >= 3;
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  SmallVector<Value> parameters;
  for (size_t i = 1; i < 5; ++i) {
    FailureOr<Value> value = node.getInput(i);
    FailureOr<int64_t> found = node.getRank(i);
    if (failed(value) || failed(found))
      return failure();
    if (*found != 1)
      return node.emitError() << "expected a list as input " << i << ", found "
                              << *found << " dimensions";
    parameters.push_back(*value);
  }
  FailureOr<Value> result = node.create<nn::BatchNormOp>(
      getElementTypeOrSelf(input->getType()), *input, parameters[0],
      parameters[1], parameters[2], parameters[3],
      node.getBuilder().getF32FloatAttr(static_cast<float>(*epsilon)));
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

static LogicalResult importLayerNormalization(Node &node) {
  FailureOr<double> epsilon = node.getFloat("epsilon", 1e-5f);
  FailureOr<int64_t> given = node.getInt("axis", -1);
  FailureOr<Value> input = node.getInput(0);
  FailureOr<Value> gamma = node.getInput(1);
  if (failed(epsilon) || failed(given) || failed(input) || failed(gamma) ||
      failed(node.expectInt("stash_type", schema::FLOAT)))
    return failure();
  int64_t rank = getShape(*input).size();
  FailureOr<int64_t> axis = node.getAxis(*given, rank);
  if (failed(axis))
    return failure();
  if (*axis != rank - 1)
    return node.emitError() << "expected the last axis, found " << *given;
  for (size_t i : {1, 2})
    if (node.hasOutput(i))
      return node.emitError()
             << "mean and deviation (output " << i << ") are not supported";
  int64_t channels = getShape(*input).back();
  FailureOr<Value> beta =
      node.hasInput(2)
          ? node.getInput(2)
          : node.createConstant(
                Constant::getReals(Float32Type::get(node.getContext()),
                                   channels, std::vector<double>(channels)),
                node.getName());
  if (failed(beta))
    return failure();
  for (Value value : {*gamma, *beta})
    if (getShape(value).size() != 1)
      return node.emitError() << "expected parameters of one dimension, found "
                              << getShape(value).size();
  FailureOr<Value> result = node.create<nn::LayerNormOp>(
      getElementTypeOrSelf(input->getType()), *input, *gamma, *beta,
      node.getBuilder().getF32FloatAttr(static_cast<float>(*epsilon)));
  if (failed(result))
    return failure();
  node.setOutput(0, *result);
  return success();
}

/// Since operator set 13 along one axis; before, over everything from the axis
/// on.
template <typename OpT, typename... More>
static LogicalResult createSoftmax(Node &node, More... more) {
  bool oneAxis = node.getVersion() >= 13;
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  FailureOr<int64_t> given = node.getInt("axis", oneAxis ? -1 : 1);
  if (failed(shape) || failed(given))
    return failure();
  int64_t rank = shape->size();
  FailureOr<int64_t> axis = node.getAxis(*given, rank);
  if (failed(axis))
    return failure();
  auto attribute = [&](int64_t value) {
    return node.getBuilder().getI64IntegerAttr(value);
  };
  int64_t outer = 1, inner = 1;
  for (int64_t d = 0; d < rank; ++d)
    (d < *axis ? outer : inner) *= (*shape)[d];
  if (oneAxis || inner == (*shape)[*axis]) {
    bool channelsLast = node.isChannelsLast(0);
    FailureOr<Value> input = node.getInput(0, channelsLast);
    if (failed(input))
      return failure();
    int64_t physical = channelsLast ? toChannelsLast(*axis, rank) : *axis;
    FailureOr<Value> result = node.create<OpT>(
        getElementTypeOrSelf(input->getType()), *input, more...,
        attribute(physical == rank - 1 ? -1 : physical));
    if (failed(result))
      return failure();
    node.setOutput(0, *result, channelsLast);
    return success();
  }
  FailureOr<Value> input = node.getInput(0);
  if (failed(input))
    return failure();
  FailureOr<Value> result = node.create<OpT>(
      getElementTypeOrSelf(input->getType()),
      node.createReshape(*input, {outer, inner}), more..., attribute(-1));
  if (failed(result))
    return failure();
  node.setOutput(0, node.createReshape(*result, *shape));
  return success();
}

static LogicalResult importSoftmax(Node &node) {
  return createSoftmax<nn::SoftmaxOp>(node,
                                      node.getBuilder().getF32FloatAttr(1.0f));
}

static LogicalResult importLogSoftmax(Node &node) {
  return createSoftmax<nn::LogSoftmaxOp>(node);
}

ArrayRef<OperatorEntry> onnx::getNormalizationOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"BatchNormalization", importBatchNormalization, 5, 5, 5},
      {"LayerNormalization", importLayerNormalization, 2, 3, 3},
      {"Softmax", importSoftmax, 1, 1},
      {"LogSoftmax", importLogSoftmax, 1, 1},
  };
  return kOperators;
}
