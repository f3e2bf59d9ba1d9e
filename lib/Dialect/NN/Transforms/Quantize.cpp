//===- Quantize.cpp - From fake quantization to quantized types -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/SymbolTable.h"
#include "pare/Dialect/NN/IR/FakeQuant.h"
#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Dialect/NN/Transforms/QuantizationRules.h"
#include "pare/Numerics/QuantizationParameters.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace pare;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_QUANTIZEPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

template <typename T>
static ConstantOp quantizeElements(OpBuilder &builder, Location loc,
                                   RankedTensorType type,
                                   ArrayRef<float> values) {
  auto element = cast<quant::QuantizedType>(type.getElementType());
  int64_t axis = 0;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(element))
    axis = perAxis.getQuantizedDimension();
  const QuantRange range = getQuantRange(element);
  SmallVector<int64_t> shape(type.getShape());
  if (shape.empty()) // A scalar has one scale and no axis.
    shape.push_back(1);
  const AxisLayout layout(shape, axis);
  std::vector<T> integers(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t c = layout.channelOf(i);
    integers[i] = static_cast<T>(quantizeF32(
        values[i],
        {getScale(element, c), static_cast<int32_t>(getZeroPoint(element, c))},
        range));
  }
  return createConstant(builder, loc, type, ArrayRef<T>(integers));
}

/// The bias of a layer with scale input scale * filter scale.
static Value quantizeBias(OpBuilder &builder, Operation *layer, Value bias,
                          quant::QuantizedType input,
                          quant::QuantizedType filter) {
  std::optional<ConstantElements<float>> values = readFloats(bias);
  if (!values)
    return {};
  const double inputScale = getScale(input);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter);
  std::vector<int32_t> integers(values->size());
  SmallVector<double> scales;
  for (size_t c = 0; c < integers.size(); ++c) {
    const double scale = biasScale(inputScale, getScale(filter, c));
    if (perAxis || c == 0)
      scales.push_back(scale);
    if (std::fabs((*values)[c] / scale) > std::numeric_limits<int32_t>::max())
      layer->emitWarning("layer '")
          << getLayerName(layer) << "': the bias " << (*values)[c]
          << " of channel " << c << " does not fit 32 bits and saturates";
    integers[c] = pare::quantizeBias((*values)[c], scale);
  }
  MLIRContext *context = builder.getContext();
  auto storage = IntegerType::get(context, 32);
  auto expressed = Float32Type::get(context);
  const int64_t low = std::numeric_limits<int32_t>::min();
  const int64_t high = std::numeric_limits<int32_t>::max();
  constexpr unsigned flags = quant::QuantizationFlags::Signed;
  Type element;
  if (perAxis)
    element = quant::UniformQuantizedPerAxisType::get(
        flags, storage, expressed, scales,
        SmallVector<int64_t>(scales.size(), 0), /*quantizedDimension=*/0, low,
        high);
  else
    element = quant::UniformQuantizedType::get(
        flags, storage, expressed, scales.front(), /*zeroPoint=*/0, low, high);
  return createConstant(
      builder, bias.getLoc(),
      RankedTensorType::get({int64_t(integers.size())}, element),
      ArrayRef<int32_t>(integers));
}

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

namespace {
/// Builds the integer network beside the float one, value by value, then
/// removes the float one where nothing reads it any more.
class FunctionQuantizer {
public:
  explicit FunctionQuantizer(func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  LogicalResult run();
  /// Gives arguments and results that are quantized at once their quantized
  /// types.
  void quantizeBorders();

  unsigned numQuantized = 0;
  unsigned numFloat = 0;
  unsigned numConstants = 0;

private:
  LogicalResult visitFakeQuant(FakeQuantOp op);
  bool isDeferred(Operation *op);
  bool canConvert(Operation *op, quant::QuantizedType result);
  Operation *convert(Operation *op, ArrayRef<Type> resultTypes);
  Value quantizeConstant(Value constant, RankedTensorType type);
  Value lookup(Value value) const { return twins.lookup(value); }
  void setTwin(Value value, Value twin) { twins[value] = twin; }
  void replaceFloatUses();

  func::FuncOp function;
  OpBuilder builder;
  /// The quantized value for a float value.
  llvm::MapVector<Value, Value> twins;
  /// Float operations that have an integer form.
  llvm::SetVector<Operation *> replaced;
  llvm::DenseMap<std::pair<Value, Type>, Value> constants;
};
} // namespace

/// The only user of the only result of `op` if that is a fake_quant.
static FakeQuantOp getOnlyFakeQuant(Operation *op) {
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return {};
  return dyn_cast<FakeQuantOp>(*op->user_begin());
}

/// True if all operands that hold data have quantized values, and the layer has
/// an integer form for them and `result`.
bool FunctionQuantizer::canConvert(Operation *op, quant::QuantizedType result) {
  const QuantRule rule = getEffectiveRule(op);
  if (rule == QuantRule::None)
    return false;
  SmallVector<Type> elements;
  for (OpOperand *operand : getDataOperands(op)) {
    Value twin = lookup(operand->get());
    if (!twin)
      return false;
    elements.push_back(getQuantizedType(twin));
  }
  auto layer = cast<QuantizableOpInterface>(op);
  if (std::optional<unsigned> index = layer.getFilterIndex()) {
    // The integer kernels multiply weights as they are stored.
    quant::QuantizedType filter =
        getQuantizedType(lookup(op->getOperand(*index)));
    auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter);
    if (perAxis ? !llvm::all_of(perAxis.getZeroPoints(),
                                [](int64_t zero) { return zero == 0; })
                : getZeroPoint(filter) != 0)
      return false;
    if (perAxis &&
        perAxis.getQuantizedDimension() != layer.getFilterChannelAxis())
      return false;
    return isa<quant::UniformQuantizedType>(elements.front());
  }
  if (!llvm::all_of(elements, llvm::IsaPred<quant::UniformQuantizedType>))
    return false;
  if (rule == QuantRule::SameAsInput)
    return llvm::all_equal(elements) && (!result || result == elements.front());
  if (isa<SoftmaxOp>(op))
    return result == layer.getFixedResultType();
  return true;
}

/// True if the integer form of `op` is made when its fake_quant is met, which
/// says what its result is.
bool FunctionQuantizer::isDeferred(Operation *op) {
  FakeQuantOp node = getOnlyFakeQuant(op);
  if (!node)
    return false;
  auto type =
      dyn_cast_or_null<quant::UniformQuantizedType>(getFakeQuantType(node));
  return type && canConvert(op, type);
}

/// The integer form of a layer, behind the layer.
Operation *FunctionQuantizer::convert(Operation *op,
                                      ArrayRef<Type> resultTypes) {
  builder.setInsertionPointAfter(op);
  SmallVector<Value> operands(op->getOperands());
  for (OpOperand *operand : getDataOperands(op))
    operands[operand->getOperandNumber()] = lookup(operand->get());
  auto layer = cast<QuantizableOpInterface>(op);
  if (std::optional<unsigned> bias = layer.getBiasIndex()) {
    operands[*bias] = quantizeBias(
        builder, op, op->getOperand(*bias), getQuantizedType(operands.front()),
        getQuantizedType(operands[*layer.getFilterIndex()]));
    ++numConstants;
  }
  Operation *converted = builder.clone(*op);
  converted->setOperands(operands);
  for (auto [result, element] :
       llvm::zip_equal(converted->getResults(), resultTypes))
    result.setType(cast<RankedTensorType>(result.getType()).clone(element));
  replaced.insert(op);
  ++numQuantized;
  return converted;
}

Value FunctionQuantizer::quantizeConstant(Value constant,
                                          RankedTensorType type) {
  Value &known = constants[{constant, type}];
  if (known)
    return known;
  std::optional<ConstantElements<float>> values = readFloats(constant);
  if (!values)
    return {};
  builder.setInsertionPointAfterValue(constant);
  const unsigned width = cast<quant::QuantizedType>(type.getElementType())
                             .getStorageTypeIntegralWidth();
  known = width == 8 ? quantizeElements<int8_t>(builder, constant.getLoc(),
                                                type, values->get())
                     : quantizeElements<int16_t>(builder, constant.getLoc(),
                                                 type, values->get());
  ++numConstants;
  return known;
}

LogicalResult FunctionQuantizer::visitFakeQuant(FakeQuantOp op) {
  quant::QuantizedType element = getFakeQuantType(op);
  if (!element)
    return op.emitError("layer '")
           << getLayerName(op)
           << "': expects a nn.fake_quant with a finite range; run "
              "nn-calibrate first";
  Value input = op.getInput();
  auto type = cast<RankedTensorType>(input.getType()).clone(element);
  replaced.insert(op);
  if (getConstantElements(input)) {
    Value constant = quantizeConstant(input, type);
    if (!constant)
      return op.emitError("layer '")
             << getLayerName(op) << "': expects a constant of f32 with data";
    setTwin(op.getOutput(), constant);
    return success();
  }
  if (!isa<quant::UniformQuantizedType>(element))
    return op.emitError("layer '")
           << getLayerName(op)
           << "': expects one range for a value that is no constant";
  Operation *producer = input.getDefiningOp();
  if (producer && producer->getBlock() == op->getBlock() &&
      isDeferred(producer)) {
    Operation *converted = convert(producer, {element});
    setTwin(op.getOutput(), converted->getResult(0));
    return success();
  }
  builder.setInsertionPoint(op);
  if (Value twin = lookup(input)) {
    if (twin.getType() != type)
      twin =
          RequantizeOp::create(builder, op.getLoc(), type, twin, ScalesAttr());
    setTwin(op.getOutput(), twin);
    return success();
  }
  setTwin(op.getOutput(),
          QuantizeOp::create(builder, op.getLoc(), type, input));
  return success();
}

LogicalResult FunctionQuantizer::run() {
  if (!function.getBody().hasOneBlock())
    return function.emitError("expects a function of one block");
  SmallVector<Operation *> ops;
  for (Operation &op : function.front())
    ops.push_back(&op);
  for (Operation *op : ops) {
    if (auto node = dyn_cast<FakeQuantOp>(op)) {
      if (failed(visitFakeQuant(node)))
        return failure();
    } else if (isDeferred(op)) {
      continue;
    } else if (getEffectiveRule(op) == QuantRule::SameAsInput &&
               !roundsResult(op) && canConvert(op, /*result=*/{})) {
      Type element =
          getQuantizedType(lookup(getDataOperands(op).front()->get()));
      Operation *converted =
          convert(op, SmallVector<Type>(op->getNumResults(), element));
      for (auto [from, to] :
           llvm::zip_equal(op->getResults(), converted->getResults()))
        setTwin(from, to);
    } else if (isa<QuantizableOpInterface>(op)) {
      ++numFloat;
    }
  }
  replaceFloatUses();
  function.walk([](Operation *op) { op->removeAttr(kKeepFloatAttr); });
  return success();
}

/// What stays in float reads dequantized values; the rest of the float network
/// goes.
void FunctionQuantizer::replaceFloatUses() {
  for (auto &[value, twin] : twins) {
    auto isRead = [&](OpOperand &use) {
      return !replaced.contains(use.getOwner());
    };
    if (llvm::none_of(value.getUses(), isRead))
      continue;
    builder.setInsertionPointAfterValue(twin);
    auto real =
        DequantizeOp::create(builder, value.getLoc(), value.getType(), twin);
    value.replaceUsesWithIf(real.getOutput(), isRead);
  }
  for (Operation *op : llvm::reverse(replaced.getArrayRef()))
    for (Value result : op->getResults())
      result.dropAllUses();
  for (Operation *op : replaced)
    op->erase();
  // Float constants that only quantized layers read.
  function.walk([](ConstantOp op) {
    if (op->use_empty())
      op.erase();
  });
}

void FunctionQuantizer::quantizeBorders() {
  for (BlockArgument argument : function.getArguments()) {
    auto isSame = [&](Operation *user) {
      return isa<QuantizeOp>(user) &&
             user->getResult(0).getType() ==
                 (*argument.user_begin())->getResult(0).getType();
    };
    if (argument.use_empty() || !isa<QuantizeOp>(*argument.user_begin()) ||
        !llvm::all_of(argument.getUsers(), isSame))
      continue;
    SmallVector<Operation *> users(argument.getUsers());
    argument.setType(users.front()->getResult(0).getType());
    for (Operation *user : users) {
      user->getResult(0).replaceAllUsesWith(argument);
      user->erase();
    }
  }
  Operation *terminator = function.front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    auto real = operand.get().getDefiningOp<DequantizeOp>();
    if (!real)
      continue;
    operand.set(real.getInput());
    if (real->use_empty())
      real.erase();
  }
  function.setType(FunctionType::get(function.getContext(),
                                     function.front().getArgumentTypes(),
                                     terminator->getOperandTypes()));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
class Quantize : public pare::nn::impl::QuantizePassBase<Quantize> {
public:
  using QuantizePassBase::QuantizePassBase;

  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      FunctionQuantizer quantizer(function);
      if (failed(quantizer.run()))
        return signalPassFailure();
      // A function that another one calls keeps the types that the call has.
      if (io == BorderType::Int8 &&
          SymbolTable::symbolKnownUseEmpty(function, getOperation()))
        quantizer.quantizeBorders();
      numQuantized += quantizer.numQuantized;
      numFloat += quantizer.numFloat;
      numConstants += quantizer.numConstants;
    }
  }
};
} // namespace
