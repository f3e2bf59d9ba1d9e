//===- InsertFakeQuant.cpp - Marks where integers will be rounded ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Dialect/NN/Transforms/QuantizationRules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_INSERTFAKEQUANTPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

/// A range as fake_quant holds it: [minimum, maximum].
using RealRange = std::pair<float, float>;

static std::optional<RealRange> getRange(FakeQuantOp op) {
  if (!op.getMinimums())
    return std::nullopt;
  return RealRange(op.getMinimums()->front(), op.getMaximums()->front());
}

/// The range whose scale and zero point are those of `type`.
static RealRange rangeOf(quant::UniformQuantizedType type) {
  auto real = [&](int64_t q) {
    return static_cast<float>(type.getScale() * (q - type.getZeroPoint()));
  };
  return {real(type.getStorageTypeMin()), real(type.getStorageTypeMax())};
}

namespace {
class InsertFakeQuant
    : public pare::nn::impl::InsertFakeQuantPassBase<InsertFakeQuant> {
public:
  using InsertFakeQuantPassBase::InsertFakeQuantPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (failed(checkOptions(function)))
      return signalPassFailure();
    floatNames.clear();
    for (const std::string &name : floatLayers)
      floatNames.insert(name);
    shared.clear();

    // The layers are collected first: the walk must not see what it inserts.
    SmallVector<Operation *> layers;
    llvm::StringSet<> found;
    function.walk([&](Operation *op) {
      if (!isa<QuantizableOpInterface>(op))
        return;
      found.insert(getLayerName(op));
      if (floatNames.contains(getLayerName(op)))
        op->setAttr(kKeepFloatAttr, UnitAttr::get(&getContext()));
      if (isQuantized(op))
        layers.push_back(op);
      else
        ++numFloat;
    });
    for (const std::string &name : floatLayers)
      if (!found.contains(name)) {
        function.emitError("expects the option float-layers to name layers, "
                           "but there is no layer '")
            << name << "'";
        return signalPassFailure();
      }
    for (Operation *op : layers)
      markResults(op);
    for (Operation *op : layers)
      markOperands(op);
    for (Operation *op : layers)
      separateFixed(op);
  }

private:
  LogicalResult checkOptions(func::FuncOp function) {
    for (auto [name, value] : {std::pair<StringRef, unsigned>("bits", bits),
                               {"weight-bits", weightBits}})
      if (value < 2 || value > 8)
        return function.emitError("expects the option ")
               << name << " to be 2 to 8, but found " << value;
    bool marked = false;
    function.walk([&](FakeQuantOp) { marked = true; });
    if (marked)
      return function.emitError("expects no nn.fake_quant before this pass");
    return success();
  }

  bool isQuantized(Operation *op) {
    return getEffectiveRule(op) != QuantRule::None;
  }

  FakeQuantOp create(OpBuilder &builder, Location loc, Value value,
                     QuantSpecAttr spec,
                     std::optional<RealRange> range = std::nullopt) {
    DenseF32ArrayAttr low, high;
    if (range) {
      low = builder.getDenseF32ArrayAttr({range->first});
      high = builder.getDenseF32ArrayAttr({range->second});
    }
    return FakeQuantOp::create(builder, loc, value.getType(), value, spec, low,
                               high);
  }

  QuantSpecAttr activationSpec() {
    return QuantSpecAttr::get(&getContext(), bits, /*symmetric=*/false,
                              /*narrow=*/false, /*axis=*/-1);
  }

  /// One node behind each result that the integer layer rounds; all users see
  /// the rounded value.
  void markResults(Operation *op) {
    const QuantRule rule = getEffectiveRule(op);
    if (rule == QuantRule::SameAsInput && !roundsResult(op))
      return;
    std::optional<RealRange> range;
    if (rule == QuantRule::Fixed && bits == 8)
      range = rangeOf(cast<QuantizableOpInterface>(op).getFixedResultType());
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfter(op);
    for (Value result : op->getResults()) {
      FakeQuantOp node =
          create(builder, op->getLoc(), result, activationSpec(), range);
      result.replaceAllUsesExcept(node.getOutput(), node);
      ++numActivations;
    }
  }

  void markOperands(Operation *op) {
    auto layer = cast<QuantizableOpInterface>(op);
    for (OpOperand *operand : getDataOperands(op)) {
      const bool isFilter =
          layer.getFilterIndex() == operand->getOperandNumber();
      markOperand(*operand,
                  isFilter ? weightSpec(layer, operand->get())
                           : activationSpec(),
                  isFilter);
    }
  }

  QuantSpecAttr weightSpec(QuantizableOpInterface layer, Value filter) {
    const bool perChannel =
        !weightsPerTensor && getConstantElements(filter) != nullptr;
    return QuantSpecAttr::get(&getContext(), weightBits, /*symmetric=*/true,
                              /*narrow=*/true,
                              perChannel ? layer.getFilterChannelAxis() : -1);
  }

  /// True if the integer network has `value` as integers without a node: it
  /// went through one, or a layer that only moves elements made it.
  bool isRounded(Value value) {
    Operation *producer = value.getDefiningOp();
    return producer && (isa<FakeQuantOp>(producer) || isQuantized(producer));
  }

  void markOperand(OpOperand &operand, QuantSpecAttr spec, bool isWeight) {
    Value value = operand.get();
    if (isRounded(value))
      return;
    FakeQuantOp &node = shared[{value, spec}];
    if (!node) {
      OpBuilder builder(&getContext());
      builder.setInsertionPointAfterValue(value);
      node = create(builder, locationOf(value), value, spec);
      if (isWeight)
        ++numWeights;
      else
        ++numActivations;
    }
    operand.set(node.getOutput());
  }

  /// The name of the value: that of its layer or its `nn.name`.
  Location locationOf(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      if (auto function =
              dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()))
        if (auto name = function.getArgAttrOfType<StringAttr>(
                argument.getArgNumber(), NNDialect::kNameAttr))
          return NameLoc::get(name);
    return value.getLoc();
  }

  /// A layer that joins values gives them one quantization, but that of a
  /// sigmoid or softmax is fixed: where it would be joined with another, a
  /// second node makes the change of range visible.
  void separateFixed(Operation *op) {
    if (getEffectiveRule(op) != QuantRule::SameAsInput)
      return;
    SmallVector<OpOperand *> operands = getDataOperands(op);
    if (operands.size() < 2)
      return;
    SmallVector<std::optional<RealRange>> ranges;
    for (OpOperand *operand : operands)
      ranges.push_back(fixedRangeOf(operand->get()));
    if (llvm::all_equal(ranges))
      return;
    OpBuilder builder(op);
    for (auto [operand, range] : llvm::zip_equal(operands, ranges)) {
      if (!range)
        continue;
      operand->set(create(builder, operand->get().getLoc(), operand->get(),
                          activationSpec()));
      ++numActivations;
    }
  }

  /// The fixed range that `value` has from the layer that made it, seen through
  /// layers that keep the quantization of their operands.
  std::optional<RealRange> fixedRangeOf(Value value) {
    while (Operation *producer = value.getDefiningOp()) {
      if (auto node = dyn_cast<FakeQuantOp>(producer)) {
        if (std::optional<RealRange> range = getRange(node))
          return range;
        value = node.getInput();
        if (Operation *source = value.getDefiningOp();
            !source || getEffectiveRule(source) != QuantRule::SameAsInput ||
            !roundsResult(source))
          return std::nullopt;
      } else if (isQuantized(producer) &&
                 getEffectiveRule(producer) == QuantRule::SameAsInput) {
        value = getDataOperands(producer).front()->get();
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  llvm::StringSet<> floatNames;
  /// One node for each value and specification.
  llvm::DenseMap<std::pair<Value, Attribute>, FakeQuantOp> shared;
};
} // namespace
