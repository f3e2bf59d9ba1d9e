//===- Layer.cpp - One operator while it is being imported ----------------===//
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

static Location getNameLoc(const File &file, int64_t tensor) {
  return NameLoc::get(
      StringAttr::get(file.getContext(), file.getTensorName(tensor)));
}

Layer::Layer(ImportState &state, const schema::Operator &op)
    : state(state), op(op), loc(getNameLoc(state.file, op.outputs()->Get(0))) {}

InFlightDiagnostic Layer::emitError() const {
  return state.file.emitError()
         << "layer " << quote(state.file.getTensorName(getOutputTensor(0)))
         << " (" << state.file.getOperatorName(op) << "): ";
}

FailureOr<Value> Layer::getInput(size_t i) {
  int64_t tensor = getInputTensor(i);
  if (tensor < 0)
    return emitError() << "expected input " << i << ", found none";
  if (Value value = state.values.lookup(tensor))
    return value;
  const File &file = state.file;
  if (!file.hasData(tensor))
    return emitError() << "input " << i << " is tensor "
                       << quote(file.getTensorName(tensor))
                       << ", which is neither constant nor the result of an "
                          "earlier operator";
  FailureOr<RankedTensorType> type = file.getType(tensor);
  if (failed(type))
    return failure();
  FailureOr<ElementsAttr> elements = file.getConstant(tensor);
  if (failed(elements))
    return failure();
  Value value = nn::ConstantOp::create(state.builder, getNameLoc(file, tensor),
                                       *type, *elements);
  state.values[tensor] = value;
  return value;
}

FailureOr<Value> Layer::getOptionalInput(size_t i) {
  return hasInput(i) ? getInput(i) : FailureOr<Value>(Value());
}

bool tflite::isQuantized(Value value) {
  return isa<quant::QuantizedType>(getElementTypeOrSelf(value.getType()));
}

FailureOr<Value> Layer::getWeights(size_t i, Value activations) {
  FailureOr<Value> weights = getInput(i);
  if (failed(weights) || isQuantized(activations) || !isQuantized(*weights))
    return weights;
  auto type = cast<RankedTensorType>(weights->getType());
  return Value(nn::DequantizeOp::create(
      state.builder, weights->getLoc(),
      type.clone(getElementTypeOrSelf(activations.getType())), *weights));
}

FailureOr<SmallVector<int64_t>> Layer::getIntegers(size_t i) const {
  int64_t tensor = getInputTensor(i);
  if (tensor < 0 || !state.file.hasData(tensor))
    return emitError() << "expected input " << i
                       << " to be constant; a value known only at run time is "
                          "not supported here";
  return state.file.getIntegers(tensor);
}

FailureOr<int64_t> Layer::getInteger(size_t i) const {
  FailureOr<SmallVector<int64_t>> values = getIntegers(i);
  if (failed(values))
    return failure();
  if (values->size() != 1)
    return emitError() << "expected one element in input " << i << ", found "
                       << values->size();
  return values->front();
}

FailureOr<RankedTensorType> Layer::getInputType(size_t i) {
  FailureOr<Value> value = getInput(i);
  if (failed(value))
    return failure();
  return cast<RankedTensorType>(value->getType());
}

FailureOr<RankedTensorType> Layer::getOutputType(size_t i) const {
  return state.file.getType(getOutputTensor(i));
}

void Layer::setOutput(size_t i, Value value) {
  state.values[getOutputTensor(i)] = value;
}

FailureOr<int64_t> Layer::getAxis(int64_t axis, int64_t rank) const {
  int64_t result = axis < 0 ? axis + rank : axis;
  if (result < 0 || result >= rank)
    return emitError() << "expected an axis of a tensor of " << rank
                       << " dimensions, found " << axis;
  return result;
}

LogicalResult Layer::expectRank(Value value, int64_t rank,
                                StringRef what) const {
  int64_t found = cast<RankedTensorType>(value.getType()).getRank();
  if (found == rank)
    return success();
  return emitError() << "expected " << what << " of " << rank
                     << " dimensions, found " << found;
}

FailureOr<nn::ActivationAttr>
Layer::getActivation(schema::Activation activation) const {
  switch (activation) {
  case schema::Activation::NONE:
  case schema::Activation::TANH:
    return nn::ActivationAttr();
  case schema::Activation::RELU:
    return nn::ActivationAttr::get(getContext(), nn::ActivationKind::Relu);
  case schema::Activation::RELU6:
    return nn::ActivationAttr::get(getContext(), nn::ActivationKind::Relu6);
  case schema::Activation::RELU_N1_TO_1:
    return nn::ActivationAttr::get(getContext(), nn::ActivationKind::ReluN1To1);
  default:
    return emitError() << "fused activation "
                       << (activation == schema::Activation::SIGN_BIT
                               ? std::string("SIGN_BIT")
                               : std::to_string(static_cast<int>(activation)))
                       << " is not supported";
  }
}

LogicalResult Layer::setActivated(schema::Activation activation, Value value) {
  if (activation == schema::Activation::TANH) {
    // A quantized layer would have to round once more in between, to a scale
    // that the file does not give.
    if (isQuantized(value))
      return emitError() << "fused activation TANH is not supported on "
                            "quantized tensors";
    value = nn::TanhOp::create(state.builder, loc, value.getType(), value);
  }
  setOutput(0, value);
  return success();
}

Value Layer::createReshape(Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return nn::ReshapeOp::create(state.builder, loc, type.clone(shape), value);
}
