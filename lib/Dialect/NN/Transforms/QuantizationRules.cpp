//===- QuantizationRules.cpp - Who shares whose quantization --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/QuantizationRules.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare::nn;

bool pare::nn::isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32();
}

SmallVector<OpOperand *> pare::nn::getDataOperands(Operation *op) {
  std::optional<unsigned> bias;
  if (auto layer = dyn_cast<QuantizableOpInterface>(op))
    bias = layer.getBiasIndex();
  SmallVector<OpOperand *> operands;
  for (OpOperand &operand : op->getOpOperands())
    if (isFloatTensor(operand.get()) && operand.getOperandNumber() != bias)
      operands.push_back(&operand);
  return operands;
}

/// Operands that are neither f32 nor unquantized integers (indices).
static bool isForeign(Value value) {
  Type type = getElementTypeOrSelf(value);
  return !type.isF32() && !isa<IntegerType>(type);
}

QuantRule pare::nn::getEffectiveRule(Operation *op) {
  auto layer = dyn_cast<QuantizableOpInterface>(op);
  if (!layer || op->hasAttr(kKeepFloatAttr) || getDataOperands(op).empty() ||
      llvm::any_of(op->getOperands(), isForeign) ||
      !llvm::all_of(op->getResults(), isFloatTensor))
    return QuantRule::None;
  if (auto softmax = dyn_cast<SoftmaxOp>(op)) {
    const int64_t rank = softmax.getInput().getType().getRank();
    if (softmax.getAxis() != -1 && softmax.getAxis() != rank - 1)
      return QuantRule::None;
  }
  if (std::optional<unsigned> bias = layer.getBiasIndex())
    if (!getConstantElements(op->getOperand(*bias)))
      return QuantRule::None;
  return layer.getQuantRule();
}

bool pare::nn::roundsResult(Operation *op) {
  if (auto clamped = dyn_cast<FusedActivationOpInterface>(op))
    if (clamped.getActivationAttr())
      return true;
  return TypeSwitch<Operation *, bool>(op)
      .Case<AvgPool2DOp, GlobalAvgPoolOp, ResizeBilinearOp>(
          [](auto) { return true; })
      .Case([](PadOp op) { return !op.getValue().isZero(); })
      .Default(false);
}

QuantizationGroups::QuantizationGroups(func::FuncOp function)
    : function(function) {
  auto unite = [&](Value a, Value b) {
    classes.unionSets(a.getAsOpaquePointer(), b.getAsOpaquePointer());
  };
  function.walk([&](Operation *op) {
    if (auto fakeQuant = dyn_cast<FakeQuantOp>(op)) {
      Operation *producer = fakeQuant.getInput().getDefiningOp();
      if (producer && getEffectiveRule(producer) == QuantRule::SameAsInput &&
          roundsResult(producer))
        unite(fakeQuant.getInput(), fakeQuant.getOutput());
      return;
    }
    if (getEffectiveRule(op) != QuantRule::SameAsInput)
      return;
    Value first = getDataOperands(op).front()->get();
    for (OpOperand *operand : getDataOperands(op))
      unite(first, operand->get());
    for (Value result : op->getResults())
      unite(first, result);
  });
}

Value QuantizationGroups::getLeader(Value value) const {
  auto it = classes.findLeader(value.getAsOpaquePointer());
  if (it == classes.member_end())
    return value;
  return Value::getFromOpaquePointer(*it);
}

SmallVector<SmallVector<FakeQuantOp>>
QuantizationGroups::getFakeQuants() const {
  llvm::MapVector<Value, SmallVector<FakeQuantOp>> groups;
  func::FuncOp(function).walk([&](FakeQuantOp op) {
    if (op.getSpec().getAxis() < 0)
      groups[getLeader(op.getOutput())].push_back(op);
  });
  SmallVector<SmallVector<FakeQuantOp>> result;
  for (auto &group : groups)
    result.push_back(std::move(group.second));
  return result;
}
