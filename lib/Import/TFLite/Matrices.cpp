//===- Matrices.cpp - Matrix products ------------------------------------===//
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

/// Without keep_num_dims the input is taken as a matrix with as many columns as
/// the filter, whatever its dimensions are, and so is the result.
static LogicalResult importFullyConnected(Layer &layer) {
  const auto *options = layer.getOptions<schema::FullyConnectedOptions>();
  if (options && options->weights_format() != schema::WeightsFormat::DEFAULT)
    return layer.emitError() << "shuffled weights are not supported";
  schema::Activation fused =
      options ? options->activation() : schema::Activation::NONE;
  FailureOr<Value> input = layer.getInput(0);
  if (failed(input))
    return failure();
  FailureOr<Value> filter = layer.getWeights(1, *input);
  FailureOr<Value> bias = layer.getOptionalInput(2);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  auto activation = layer.getActivation(fused);
  if (failed(filter) || failed(bias) || failed(type) || failed(activation) ||
      failed(layer.expectRank(*filter, 2, "a filter")))
    return failure();

  auto inputType = cast<RankedTensorType>(input->getType());
  auto filterType = cast<RankedTensorType>(filter->getType());
  int64_t columns = filterType.getDimSize(1);
  if (inputType.getNumElements() % columns != 0)
    return layer.emitError()
           << "expected an input whose size is a multiple of " << columns
           << ", found shape [" << inputType.getShape() << "]";
  SmallVector<int64_t> shape = {inputType.getNumElements() / columns};
  bool keep = options && options->keep_num_dims();
  if (keep &&
      (inputType.getRank() == 0 || inputType.getShape().back() != columns))
    return layer.emitError()
           << "expected an input with a last dimension of " << columns
           << ", found shape [" << inputType.getShape() << "]";
  if (keep)
    shape.assign(inputType.getShape().begin(), inputType.getShape().end() - 1);
  shape.push_back(columns);
  Value rows = layer.createReshape(*input, shape);
  shape.back() = filterType.getDimSize(0);
  Value result = nn::FullyConnectedOp::create(
      layer.getBuilder(), layer.getLoc(), type->clone(shape), rows, *filter,
      *bias, *activation, nn::ScalesAttr());
  // Some converters declare a result with more dimensions of size one.
  if (result.getType() != *type &&
      type->getNumElements() ==
          filterType.getDimSize(0) * (inputType.getNumElements() / columns))
    result = layer.createReshape(result, type->getShape());
  return layer.setActivated(fused, result);
}

static LogicalResult importBatchMatmul(Layer &layer) {
  const auto *options = layer.getOptions<schema::BatchMatMulOptions>();
  FailureOr<Value> lhs = layer.getInput(0);
  if (failed(lhs))
    return failure();
  FailureOr<Value> rhs = layer.getWeights(1, *lhs);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(rhs) || failed(type))
    return failure();
  layer.setOutput(0, nn::BatchMatmulOp::create(
                         layer.getBuilder(), layer.getLoc(), *type, *lhs, *rhs,
                         /*transpose_lhs=*/options && options->adj_x(),
                         /*transpose_rhs=*/options && options->adj_y(),
                         nn::ScalesAttr()));
  return success();
}

ArrayRef<OperatorEntry> tflite::getMatrixOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::FULLY_CONNECTED, importFullyConnected, 2, 3},
      {BuiltinOperator::BATCH_MATMUL, importBatchMatmul, 2, 2},
  };
  return kOperators;
}
