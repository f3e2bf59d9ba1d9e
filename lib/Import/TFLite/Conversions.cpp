//===- Conversions.cpp - Operators that change element types --------------===//
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

static LogicalResult importQuantize(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  OpBuilder &builder = layer.getBuilder();
  Value result;
  if (isa<FloatType>(getElementTypeOrSelf(*input)))
    result = nn::QuantizeOp::create(builder, layer.getLoc(), *type, *input);
  else
    result = nn::RequantizeOp::create(builder, layer.getLoc(), *type, *input,
                                      nn::ScalesAttr());
  layer.setOutput(0, result);
  return success();
}

/// Also the conversion of f16 weights, which is how half-size float networks
/// are stored.
static LogicalResult importDequantize(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  OpBuilder &builder = layer.getBuilder();
  Value result;
  if (isa<FloatType>(getElementTypeOrSelf(*input)))
    result = nn::CastOp::create(builder, layer.getLoc(), *type, *input);
  else
    result = nn::DequantizeOp::create(builder, layer.getLoc(), *type, *input);
  layer.setOutput(0, result);
  return success();
}

/// Constants are decoded as they are read, so nothing is left to do.
static LogicalResult importDensify(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  if (failed(input))
    return failure();
  layer.setOutput(0, *input);
  return success();
}

static LogicalResult importCast(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  OpBuilder &builder = layer.getBuilder();
  // A cast looks at stored integers. Where scale 1 and zero point 0 make them
  // the real values too, dequantize is the same.
  auto quantized =
      dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(*input));
  Value result;
  if (quantized && quantized.getScale() == 1.0 && quantized.getZeroPoint() == 0)
    result = nn::DequantizeOp::create(builder, layer.getLoc(), *type, *input);
  else
    result = nn::CastOp::create(builder, layer.getLoc(), *type, *input);
  layer.setOutput(0, result);
  return success();
}

ArrayRef<OperatorEntry> tflite::getConversionOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::QUANTIZE, importQuantize, 1, 1},
      {BuiltinOperator::DEQUANTIZE, importDequantize, 1, 1},
      {BuiltinOperator::DENSIFY, importDensify, 1, 1},
      {BuiltinOperator::CAST, importCast, 1, 1},
  };
  return kOperators;
}
