//===- Reductions.cpp - Reductions and softmax ----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

using namespace mlir;
using namespace pare;
using namespace pare::tflite;
using schema::BuiltinOperator;

template <typename Op, typename... More>
static LogicalResult createReduction(Layer &layer, More... more) {
  const auto *options = layer.getOptions<schema::ReducerOptions>();
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<SmallVector<int64_t>> axes = layer.getIntegers(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(axes) || failed(type))
    return failure();
  for (int64_t &value : *axes) {
    FailureOr<int64_t> axis = layer.getAxis(
        value, cast<RankedTensorType>(input->getType()).getRank());
    if (failed(axis))
      return failure();
    value = *axis;
  }
  llvm::sort(*axes);
  axes->erase(llvm::unique(*axes), axes->end());
  layer.setOutput(0, Op::create(layer.getBuilder(), layer.getLoc(), *type,
                                *input, ArrayRef<int64_t>(*axes),
                                /*keep_dims=*/options && options->keep_dims(),
                                more...));
  return success();
}

/// A sum or mean, whose integer form has multipliers.
template <typename Op> static LogicalResult importSum(Layer &layer) {
  return createReduction<Op>(layer, nn::ScalesAttr());
}

template <typename Op> static LogicalResult importExtremum(Layer &layer) {
  return createReduction<Op>(layer);
}

static LogicalResult importSoftmax(Layer &layer) {
  auto options = layer.requireOptions<schema::SoftmaxOptions>();
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(options) || failed(input) || failed(type))
    return failure();
  layer.setOutput(0, nn::SoftmaxOp::create(layer.getBuilder(), layer.getLoc(),
                                           *type, *input,
                                           APFloat((*options)->beta())));
  return success();
}

static LogicalResult importLogSoftmax(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  layer.setOutput(0, nn::LogSoftmaxOp::create(layer.getBuilder(),
                                              layer.getLoc(), *type, *input));
  return success();
}

ArrayRef<OperatorEntry> tflite::getReductionOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::MEAN, importSum<nn::ReduceMeanOp>, 2, 2},
      {BuiltinOperator::SUM, importSum<nn::ReduceSumOp>, 2, 2},
      {BuiltinOperator::REDUCE_MAX, importExtremum<nn::ReduceMaxOp>, 2, 2},
      {BuiltinOperator::REDUCE_MIN, importExtremum<nn::ReduceMinOp>, 2, 2},
      {BuiltinOperator::SOFTMAX, importSoftmax, 1, 1},
      {BuiltinOperator::LOG_SOFTMAX, importLogSoftmax, 1, 1},
  };
  return kOperators;
}
