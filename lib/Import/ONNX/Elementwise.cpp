//===- Elementwise.cpp - Element-wise operators -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// Before operator set 7, the second operand broadcasts only if an attribute
/// says so; with another attribute in other dimensions than the last.
static LogicalResult checkBroadcast(Node &node) {
  if (node.getVersion() >= 7)
    return success();
  FailureOr<int64_t> broadcast = node.getInt("broadcast", 0);
  FailureOr<SmallVector<int64_t>> lhs = node.getShape(0);
  if (failed(broadcast) || failed(lhs))
    return failure();
  for (size_t i = 1; i < node.getNumInputs(); ++i) {
    FailureOr<SmallVector<int64_t>> rhs = node.getShape(i);
    if (failed(rhs))
      return failure();
    if (*rhs != *lhs && !*broadcast)
      return node.emitError() << "expected operands of one shape, found ["
                              << *lhs << "] and [" << *rhs << "]";
  }
  return success();
}

FailureOr<Operands> onnx::getOperands(Node &node) {
  if (failed(checkBroadcast(node)))
    return failure();
  Operands operands;
  int64_t rank = 0;
  size_t count = node.getNumInputs();
  for (size_t i = 0; i < count; ++i) {
    FailureOr<int64_t> found = node.getRank(i);
    if (failed(found))
      return failure();
    rank = std::max(rank, *found);
  }
  for (size_t i = 0; i < count && rank >= 3; ++i)
    operands.channelsLast |= *node.getRank(i) == rank && node.isChannelsLast(i);
  for (size_t i = 0; i < count; ++i) {
    SmallVector<int64_t> shape = *node.getShape(i);
    FailureOr<Value> value;
    bool isScalar = llvm::all_of(shape, [](int64_t size) { return size == 1; });
    if (!operands.channelsLast || (isScalar && node.isConstant(i))) {
      value = node.getInput(i);
    } else if (static_cast<int64_t>(shape.size()) == rank) {
      value = node.getChannelsLast(i);
    } else {
      shape.insert(shape.begin(), rank - shape.size(), 1);
      value = node.getPermuted(i, getChannelsLastOrder(rank), shape);
    }
    if (failed(value))
      return failure();
    // One number for a channel is a vector in nn.
    if (operands.channelsLast && node.isConstant(i) &&
        !isa<quant::QuantizedType>(getElementTypeOrSelf(value->getType())) &&
        value->getDefiningOp<nn::ConstantOp>()) {
      ArrayRef<int64_t> found = getShape(*value);
      if (!found.empty() &&
          llvm::all_of(found.drop_back(), [](int64_t s) { return s == 1; })) {
        auto constant = value->getDefiningOp<nn::ConstantOp>();
        auto type = RankedTensorType::get(
            found.back(), getElementTypeOrSelf(value->getType()));
        if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
          value = Value(nn::ConstantOp::create(
              node.getBuilder(), constant.getLoc(), type, dense.reshape(type)));
        else
          value = node.createReshape(*value, found.back());
      }
    }
    operands.values.push_back(*value);
  }
  return operands;
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

template <typename OpT, typename... More>
static LogicalResult createUnary(Node &node, More... more) {
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  FailureOr<Value> result =
      node.create<OpT>(getElementTypeOrSelf(input->getType()), *input, more...);
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

template <typename OpT> static LogicalResult importUnary(Node &node) {
  return createUnary<OpT>(node);
}

static LogicalResult importLeakyRelu(Node &node) {
  FailureOr<double> alpha = node.getFloat("alpha", 0.01f);
  if (failed(alpha))
    return failure();
  return createUnary<nn::LeakyReluOp>(
      node, node.getBuilder().getF64FloatAttr(*alpha));
}

static LogicalResult importGelu(Node &node) {
  FailureOr<StringRef> approximate = node.getString("approximate", "none");
  if (failed(approximate))
    return failure();
  if (*approximate != "none" && *approximate != "tanh")
    return node.emitError() << "expected approximate none or tanh, found "
                            << quote(*approximate);
  return createUnary<nn::GeluOp>(node, *approximate == "tanh");
}

/// The bounds are attributes before operator set 11, and inputs since.
static LogicalResult importClip(Node &node) {
  double low = -std::numeric_limits<double>::infinity(), high = -low;
  if (node.getVersion() < 11) {
    FailureOr<double> min = node.getFloat("min", low);
    FailureOr<double> max = node.getFloat("max", high);
    if (failed(min) || failed(max))
      return failure();
    low = *min;
    high = *max;
  } else {
    for (auto [i, bound] : {std::pair(size_t(1), &low), {size_t(2), &high}}) {
      if (!node.hasInput(i))
        continue;
      FailureOr<double> value = node.getScalar(i);
      if (failed(value))
        return failure();
      *bound = *value;
    }
  }
  // Exporters write the largest number where they mean none.
  constexpr double kLargest = std::numeric_limits<float>::max();
  low = low <= -kLargest ? -std::numeric_limits<double>::infinity() : low;
  high = high >= kLargest ? std::numeric_limits<double>::infinity() : high;
  if (low == 0 && high == 6)
    return createUnary<nn::Relu6Op>(node);
  if (low == 0 && std::isinf(high))
    return createUnary<nn::ReluOp>(node);
  if (std::isinf(low) && std::isinf(high)) {
    FailureOr<Entry *> entry = node.getEntry(0);
    if (succeeded(entry))
      node.setOutput(0, **entry);
    return entry;
  }
  return createUnary<nn::ClipOp>(node, node.getBuilder().getF64FloatAttr(low),
                                 node.getBuilder().getF64FloatAttr(high));
}

/// clip(alpha * x + beta, 0, 1).
static LogicalResult importHardSigmoid(Node &node) {
  FailureOr<double> alpha = node.getFloat("alpha", 0.2f);
  FailureOr<double> beta = node.getFloat("beta", 0.5f);
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(alpha) || failed(beta) || failed(input))
    return failure();
  Type element = getElementTypeOrSelf(input->getType());
  FailureOr<Value> scaled =
      node.create<nn::MulOp>(element, *input, node.createScalar(*alpha),
                             nn::ActivationAttr(), nn::ScalesAttr());
  if (failed(scaled))
    return failure();
  FailureOr<Value> result = node.create<nn::AddOp>(
      element, *scaled, node.createScalar(*beta),
      nn::ActivationAttr::get(node.getContext(), 0.0, 1.0), nn::ScalesAttr());
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

static LogicalResult importReciprocal(Node &node) {
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  FailureOr<Value> result = node.create<nn::DivOp>(
      getElementTypeOrSelf(input->getType()), node.createScalar(1.0), *input,
      nn::ActivationAttr(), nn::ScalesAttr());
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

ArrayRef<OperatorEntry> onnx::getUnaryOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Relu", importUnary<nn::ReluOp>, 1, 1},
      {"Clip", importClip, 1, 3},
      {"LeakyRelu", importLeakyRelu, 1, 1},
      {"Sigmoid", importUnary<nn::SigmoidOp>, 1, 1},
      {"HardSigmoid", importHardSigmoid, 1, 1},
      {"HardSwish", importUnary<nn::HardSwishOp>, 1, 1},
      {"Tanh", importUnary<nn::TanhOp>, 1, 1},
      {"Gelu", importGelu, 1, 1},
      {"Sqrt", importUnary<nn::SqrtOp>, 1, 1},
      {"Exp", importUnary<nn::ExpOp>, 1, 1},
      {"Log", importUnary<nn::LogOp>, 1, 1},
      {"Abs", importUnary<nn::AbsOp>, 1, 1},
      {"Neg", importUnary<nn::NegOp>, 1, 1},
      {"Reciprocal", importReciprocal, 1, 1},
  };
  return kOperators;
}

//===----------------------------------------------------------------------===//
// Two operands and more
//===----------------------------------------------------------------------===//

template <typename OpT, typename... More>
static LogicalResult createBinary(Node &node, More... more) {
  FailureOr<Operands> operands = getOperands(node);
  if (failed(operands))
    return failure();
  // Maximum and minimum take any number of operands.
  Value result = operands->values.front();
  for (Value operand : ArrayRef(operands->values).drop_front()) {
    FailureOr<Value> next = node.create<OpT>(
        getElementTypeOrSelf(result.getType()), result, operand, more...);
    if (failed(next))
      return failure();
    result = *next;
  }
  node.setOutput(0, result, operands->channelsLast);
  return success();
}

template <typename OpT> static LogicalResult importBinary(Node &node) {
  return createBinary<OpT>(node);
}

template <typename OpT> static LogicalResult importArithmetic(Node &node) {
  return createBinary<OpT>(node, nn::ActivationAttr(), nn::ScalesAttr());
}

/// Before operator set 7, a list of slopes is one for each channel.
static LogicalResult importPRelu(Node &node) {
  if (node.getVersion() < 7)
    return node.emitError()
           << "expected operator set 7 or later, found " << node.getVersion();
  return createBinary<nn::PreluOp>(node);
}

static LogicalResult importAdd(Node &node) {
  FailureOr<bool> isBias = addBias(node);
  if (failed(isBias) || *isBias)
    return isBias;
  return importArithmetic<nn::AddOp>(node);
}

static LogicalResult importPow(Node &node) {
  if (node.isConstant(1)) {
    FailureOr<Constant> exponent = node.getConstant(1);
    if (failed(exponent))
      return failure();
    double value =
        exponent->getNumElements() == 1 ? exponent->getReals().front() : 0;
    if (value == 0.5)
      return createUnary<nn::SqrtOp>(node);
    if (value == 2.0) {
      bool channelsLast = node.isChannelsLast(0);
      FailureOr<Value> input = node.getInput(0, channelsLast);
      if (failed(input))
        return failure();
      FailureOr<Value> square = node.create<nn::MulOp>(
          getElementTypeOrSelf(input->getType()), *input, *input,
          nn::ActivationAttr(), nn::ScalesAttr());
      if (failed(square))
        return failure();
      node.setOutput(0, *square, channelsLast);
      return success();
    }
  }
  return createBinary<nn::PowOp>(node);
}

ArrayRef<OperatorEntry> onnx::getBinaryOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Add", importAdd, 2, 2},
      {"Sub", importArithmetic<nn::SubOp>, 2, 2},
      {"Mul", importArithmetic<nn::MulOp>, 2, 2},
      {"Div", importArithmetic<nn::DivOp>, 2, 2},
      {"Sum", importArithmetic<nn::AddOp>, 1, kAnyNumber},
      {"Max", importBinary<nn::MaximumOp>, 1, kAnyNumber},
      {"Min", importBinary<nn::MinimumOp>, 1, kAnyNumber},
      {"Pow", importPow, 2, 2},
      {"PRelu", importPRelu, 2, 2},
  };
  return kOperators;
}
