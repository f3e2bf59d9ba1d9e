//===- Elementwise.cpp - Layers that act on each element ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "pare/Dialect/NN/IR/UnaryFunction.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

static UnaryKind getUnaryKind(Operation *op) {
  return TypeSwitch<Operation *, UnaryKind>(op)
      .Case([](nn::LeakyReluOp) { return UnaryKind::LeakyRelu; })
      .Case([](nn::HardSwishOp) { return UnaryKind::HardSwish; })
      .Case([](nn::SigmoidOp) { return UnaryKind::Sigmoid; })
      .Case([](nn::TanhOp) { return UnaryKind::Tanh; })
      .Case([](nn::GeluOp op) {
        return op.getApproximate() ? UnaryKind::GeluTanh : UnaryKind::Gelu;
      })
      .Case([](nn::SqrtOp) { return UnaryKind::Sqrt; })
      .Case([](nn::RsqrtOp) { return UnaryKind::Rsqrt; })
      .Case([](nn::ExpOp) { return UnaryKind::Exp; })
      .Case([](nn::LogOp) { return UnaryKind::Log; })
      .Case([](nn::AbsOp) { return UnaryKind::Abs; })
      .Case([](nn::NegOp) { return UnaryKind::Neg; })
      // The clamps are all in the epilogue.
      .Default(UnaryKind::Clip);
}

static EpilogueAttr getUnaryEpilogue(Operation *op, Lowering &l) {
  const double infinity = std::numeric_limits<double>::infinity();
  return TypeSwitch<Operation *, EpilogueAttr>(op)
      .Case([&](nn::ReluOp) { return l.floatEpilogue(0.0, infinity); })
      .Case([&](nn::Relu6Op) { return l.floatEpilogue(0.0, 6.0); })
      .Case([&](nn::ClipOp op) {
        return l.floatEpilogue(op.getLow().convertToDouble(),
                               op.getHigh().convertToDouble());
      })
      .Default([&](Operation *) { return l.floatEpilogue(); });
}

/// The function of a layer as a product with a gate; null where it is none.
static std::optional<GatedFunction> getGatedFunction(Operation *op) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  using Result = std::optional<GatedFunction>;
  // The bounds of clips are those of the entries.
  const GatedFunction identity = {0.0, 1.0, 1.0, 1.0};
  return TypeSwitch<Operation *, Result>(op)
      .Case<nn::ReluOp, nn::Relu6Op, nn::ClipOp>(
          [&](auto) -> Result { return identity; })
      .Case([&](nn::LeakyReluOp op) -> Result {
        const double alpha = op.getAlpha().convertToDouble();
        return GatedFunction{alpha <= 1.0 ? kInfinity : -kInfinity, 0.0,
                             std::min(alpha, 1.0), std::max(alpha, 1.0)};
      })
      .Case([](nn::HardSwishOp) -> Result {
        return GatedFunction{1.0 / 6.0, 0.5, 0.0, 1.0};
      })
      .Case([&](nn::AbsOp) -> Result {
        return GatedFunction{kInfinity, 0.0, -1.0, 1.0};
      })
      .Case([](nn::NegOp) -> Result {
        return GatedFunction{0.0, -1.0, -1.0, -1.0};
      })
      .Default([](Operation *) { return Result(); });
}

/// Products that give the table of a layer; null where there are none.
static TableProductsAttr makeProducts(Operation *op, DenseElementsAttr table) {
  std::optional<GatedFunction> function = getGatedFunction(op);
  if (!function)
    return {};
  auto values = table.getValues<int8_t>();
  std::optional<TableProducts> products = findTableProducts(
      *function, nn::getQuantParams(nn::getQuantizedType(op->getOperand(0))),
      nn::getQuantParams(nn::getQuantizedType(op->getResult(0))),
      {values.begin(), values.end()});
  return products ? TableProductsAttr::get(op->getContext(), *products)
                  : TableProductsAttr();
}

/// The 256 results of a layer on signed 8-bit integers. Those outside of the
/// input's range count as its ends.
static DenseElementsAttr makeTable(Operation *op) {
  quant::QuantizedType input = nn::getQuantizedType(op->getOperand(0));
  quant::QuantizedType output = nn::getQuantizedType(op->getResult(0));
  const QuantRange range = nn::getQuantRange(input);
  std::vector<int32_t> entries =
      buildTable(nn::getUnaryFunction(op), nn::getQuantParams(input), range,
                 nn::getQuantParams(output), nn::getQuantRange(output));
  SmallVector<int8_t> values;
  for (int32_t q = -128; q <= 127; ++q)
    values.push_back(
        static_cast<int8_t>(entries[clampTo(q, range) - range.lo]));
  auto type =
      RankedTensorType::get({256}, IntegerType::get(op->getContext(), 8));
  return DenseElementsAttr::get(type, ArrayRef<int8_t>(values));
}

LogicalResult pare::kernel::lowerUnary(Operation *op, Lowering &l) {
  Value input = op->getOperand(0), output = op->getResult(0);
  if (isSigned8(input) && isSigned8(output)) {
    Value source = l.input(input, "input");
    DenseElementsAttr entries = makeTable(op);
    Value table = l.global(entries, "table");
    TableOp::create(l.b, source, table, l.output(output),
                    makeProducts(op, entries));
    return success();
  }
  if (failed(expectF32(op)))
    return failure();
  auto leaky = dyn_cast<nn::LeakyReluOp>(op);
  Value source = l.input(input, "input");
  UnaryOp::create(l.b, source, l.output(output), getUnaryKind(op),
                  leaky ? leaky.getAlphaAttr() : FloatAttr(),
                  getUnaryEpilogue(op, l));
  return success();
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

static BinaryKind getBinaryKind(Operation *op) {
  return TypeSwitch<Operation *, BinaryKind>(op)
      .Case([](nn::AddOp) { return BinaryKind::Add; })
      .Case([](nn::SubOp) { return BinaryKind::Sub; })
      .Case([](nn::MulOp) { return BinaryKind::Mul; })
      .Case([](nn::DivOp) { return BinaryKind::Div; })
      .Case([](nn::MaximumOp) { return BinaryKind::Maximum; })
      .Case([](nn::MinimumOp) { return BinaryKind::Minimum; })
      .Case(
          [](nn::SquaredDifferenceOp) { return BinaryKind::SquaredDifference; })
      .Case([](nn::PowOp) { return BinaryKind::Pow; })
      .Default(BinaryKind::Prelu);
}

/// The multipliers of a binary layer on integers; null where it has none.
static nn::ScalesAttr binaryScales(Operation *op, Lowering &l) {
  return TypeSwitch<Operation *, nn::ScalesAttr>(op)
      .Case<nn::AddOp, nn::SubOp, nn::MulOp>(
          [&](auto op) { return l.scalesOf(op); })
      .Default(nn::ScalesAttr());
}

/// A maximum or minimum with one constant number is a clamp. False if `op` is
/// something else.
static bool lowerToClamp(Operation *op, Lowering &l) {
  if (!isa<nn::MaximumOp, nn::MinimumOp>(op) || !isF32(op->getResult(0)))
    return false;
  for (unsigned side : {0, 1}) {
    Value input = op->getOperand(1 - side);
    std::optional<float> bound = nn::getSplatFloat(op->getOperand(side));
    // The other operand must not be broadcast; NaN is no bound.
    if (!bound || std::isnan(*bound) ||
        shapeOf(input) != shapeOf(op->getResult(0)))
      continue;
    const double infinity = std::numeric_limits<double>::infinity();
    EpilogueAttr clamp = isa<nn::MaximumOp>(op)
                             ? l.floatEpilogue(*bound, infinity)
                             : l.floatEpilogue(-infinity, *bound);
    Value source = l.input(input, "input");
    UnaryOp::create(l.b, source, l.output(op->getResult(0)), UnaryKind::Clip,
                    FloatAttr(), clamp);
    return true;
  }
  return false;
}

LogicalResult pare::kernel::lowerBinary(Operation *op, Lowering &l) {
  if (lowerToClamp(op, l))
    return success();
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  Value output = op->getResult(0);
  nn::ScalesAttr scales;
  if (isa<nn::MaximumOp, nn::MinimumOp>(op) && !isF32(lhs)) {
    if (failed(expectSameQuantization(op)))
      return failure();
    if (!isSigned8(lhs))
      return fail(op) << "expected f32 or signed 8-bit quantized types, found "
                      << lhs.getType();
  } else if (isSigned8(lhs) && isSigned8(rhs) && isSigned8(output) &&
             isa<nn::AddOp, nn::SubOp, nn::MulOp>(op)) {
    scales = binaryScales(op, l);
  } else if (failed(expectF32(op))) {
    return failure();
  }
  nn::ActivationAttr activation;
  if (auto fused = dyn_cast<nn::FusedActivationOpInterface>(op))
    activation = fused.getActivationAttr();
  Value a = l.input(lhs, "lhs");
  Value b = l.input(rhs, "rhs");
  BinaryOp::create(l.b, getBinaryKind(op), a, b, l.output(output),
                   zeroPointOf(lhs), zeroPointOf(rhs),
                   l.epilogue(output, activation, scales));
  return success();
}
