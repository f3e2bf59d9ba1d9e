//===- Elementwise.cpp - Element-wise operators --------------------------===//
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

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

template <typename Op, typename... More>
static LogicalResult createUnary(Layer &layer, More... more) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  layer.setOutput(0, Op::create(layer.getBuilder(), layer.getLoc(), *type,
                                *input, more...));
  return success();
}

template <typename Op> static LogicalResult importUnary(Layer &layer) {
  return createUnary<Op>(layer);
}

/// RELU_N1_TO_1 and RELU_0_TO_1.
template <int low, int high> static LogicalResult importClip(Layer &layer) {
  return createUnary<nn::ClipOp>(layer, layer.getBuilder().getF64FloatAttr(low),
                                 layer.getBuilder().getF64FloatAttr(high));
}

static LogicalResult importLeakyRelu(Layer &layer) {
  auto options = layer.requireOptions<schema::LeakyReluOptions>();
  if (failed(options))
    return failure();
  return createUnary<nn::LeakyReluOp>(
      layer, layer.getBuilder().getF64FloatAttr((*options)->alpha()));
}

static LogicalResult importGelu(Layer &layer) {
  const auto *options = layer.getOptions<schema::GeluOptions>();
  return createUnary<nn::GeluOp>(layer, options && options->approximate());
}

static LogicalResult importSquare(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  layer.setOutput(0, nn::MulOp::create(layer.getBuilder(), layer.getLoc(),
                                       *type, *input, *input,
                                       nn::ActivationAttr(), nn::ScalesAttr()));
  return success();
}

ArrayRef<OperatorEntry> tflite::getUnaryOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::RELU, importUnary<nn::ReluOp>, 1, 1},
      {BuiltinOperator::RELU6, importUnary<nn::Relu6Op>, 1, 1},
      {BuiltinOperator::RELU_N1_TO_1, importClip<-1, 1>, 1, 1},
      {BuiltinOperator::RELU_0_TO_1, importClip<0, 1>, 1, 1},
      {BuiltinOperator::LEAKY_RELU, importLeakyRelu, 1, 1},
      {BuiltinOperator::HARD_SWISH, importUnary<nn::HardSwishOp>, 1, 1},
      {BuiltinOperator::LOGISTIC, importUnary<nn::SigmoidOp>, 1, 1},
      {BuiltinOperator::TANH, importUnary<nn::TanhOp>, 1, 1},
      {BuiltinOperator::GELU, importGelu, 1, 1},
      {BuiltinOperator::SQRT, importUnary<nn::SqrtOp>, 1, 1},
      {BuiltinOperator::RSQRT, importUnary<nn::RsqrtOp>, 1, 1},
      {BuiltinOperator::EXP, importUnary<nn::ExpOp>, 1, 1},
      {BuiltinOperator::LOG, importUnary<nn::LogOp>, 1, 1},
      {BuiltinOperator::ABS, importUnary<nn::AbsOp>, 1, 1},
      {BuiltinOperator::NEG, importUnary<nn::NegOp>, 1, 1},
      {BuiltinOperator::SQUARE, importSquare, 1, 1},
  };
  return kOperators;
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

template <typename Op> static LogicalResult importBinary(Layer &layer) {
  FailureOr<Value> lhs = layer.getInput(0);
  FailureOr<Value> rhs = layer.getInput(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(lhs) || failed(rhs) || failed(type))
    return failure();
  layer.setOutput(
      0, Op::create(layer.getBuilder(), layer.getLoc(), *type, *lhs, *rhs));
  return success();
}

template <typename Op, typename Options>
static LogicalResult importArithmetic(Layer &layer) {
  const Options *options = layer.getOptions<Options>();
  schema::Activation fused =
      options ? options->activation() : schema::Activation::NONE;
  FailureOr<Value> lhs = layer.getInput(0);
  FailureOr<Value> rhs = layer.getInput(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  auto activation = layer.getActivation(fused);
  if (failed(lhs) || failed(rhs) || failed(type) || failed(activation))
    return failure();
  Value result = Op::create(layer.getBuilder(), layer.getLoc(), *type, *lhs,
                            *rhs, *activation, nn::ScalesAttr());
  return layer.setActivated(fused, result);
}

ArrayRef<OperatorEntry> tflite::getBinaryOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::ADD, importArithmetic<nn::AddOp, schema::AddOptions>, 2,
       2},
      {BuiltinOperator::SUB, importArithmetic<nn::SubOp, schema::SubOptions>, 2,
       2},
      {BuiltinOperator::MUL, importArithmetic<nn::MulOp, schema::MulOptions>, 2,
       2},
      {BuiltinOperator::DIV, importArithmetic<nn::DivOp, schema::DivOptions>, 2,
       2},
      {BuiltinOperator::MAXIMUM, importBinary<nn::MaximumOp>, 2, 2},
      {BuiltinOperator::MINIMUM, importBinary<nn::MinimumOp>, 2, 2},
      {BuiltinOperator::SQUARED_DIFFERENCE,
       importBinary<nn::SquaredDifferenceOp>, 2, 2},
      {BuiltinOperator::POW, importBinary<nn::PowOp>, 2, 2},
      {BuiltinOperator::PRELU, importBinary<nn::PreluOp>, 2, 2},
  };
  return kOperators;
}
