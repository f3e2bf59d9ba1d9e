//===- Joins.cpp - Operators that join tensors ----------------------------===//
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

/// The inputs, of the quantized type of the result: the kernels of 8-bit
/// networks rescale what differs.
static FailureOr<SmallVector<Value>> getParts(Layer &layer,
                                              RankedTensorType result) {
  SmallVector<Value> parts;
  for (size_t i = 0, e = layer.getNumInputs(); i < e; ++i) {
    FailureOr<Value> part = layer.getInput(i);
    if (failed(part))
      return failure();
    auto type = cast<RankedTensorType>(part->getType());
    if (type.getElementType() != result.getElementType() &&
        isa<quant::QuantizedType>(type.getElementType()) &&
        isa<quant::QuantizedType>(result.getElementType()))
      *part = nn::RequantizeOp::create(layer.getBuilder(), layer.getLoc(),
                                       type.clone(result.getElementType()),
                                       *part, nn::ScalesAttr());
    parts.push_back(*part);
  }
  return parts;
}

static LogicalResult importConcatenation(Layer &layer) {
  auto options = layer.requireOptions<schema::ConcatenationOptions>();
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(options) || failed(type))
    return failure();
  if ((*options)->activation() != schema::Activation::NONE)
    return layer.emitError() << "a fused activation is not supported here";
  FailureOr<int64_t> axis = layer.getAxis((*options)->axis(), type->getRank());
  FailureOr<SmallVector<Value>> parts = getParts(layer, *type);
  if (failed(axis) || failed(parts))
    return failure();
  layer.setOutput(0, nn::ConcatOp::create(layer.getBuilder(), layer.getLoc(),
                                          *type, *parts, *axis));
  return success();
}

static LogicalResult importPack(Layer &layer) {
  auto options = layer.requireOptions<schema::PackOptions>();
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(options) || failed(type))
    return failure();
  FailureOr<int64_t> axis = layer.getAxis((*options)->axis(), type->getRank());
  FailureOr<SmallVector<Value>> parts = getParts(layer, *type);
  if (failed(axis) || failed(parts))
    return failure();
  for (Value &part : *parts) {
    auto partType = cast<RankedTensorType>(part.getType());
    if (partType.getRank() + 1 != type->getRank())
      return layer.emitError() << "expected inputs of " << type->getRank() - 1
                               << " dimensions, found " << partType.getRank();
    SmallVector<int64_t> shape(partType.getShape());
    shape.insert(shape.begin() + *axis, 1);
    part = layer.createReshape(part, shape);
  }
  layer.setOutput(0, nn::ConcatOp::create(layer.getBuilder(), layer.getLoc(),
                                          *type, *parts, *axis));
  return success();
}

ArrayRef<OperatorEntry> tflite::getJoinOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::CONCATENATION, importConcatenation, 1, 4096},
      {BuiltinOperator::PACK, importPack, 1, 4096},
  };
  return kOperators;
}
