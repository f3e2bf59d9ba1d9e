//===- LegalizeQuantized.cpp - Rewrites layers without an integer form ----===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_LEGALIZEQUANTIZEDPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

static bool isQuantized(Value value) { return bool(getQuantizedType(value)); }

static bool isQuantizedPerTensor(Value value) {
  return isa_and_nonnull<quant::UniformQuantizedType>(getQuantizedType(value));
}

static bool isByte(Value value) {
  return isQuantizedPerTensor(value) &&
         getQuantizedType(value).getStorageTypeIntegralWidth() == 8;
}

/// True if the result of a softmax has the type that the specification fixes,
/// in its i8 or its u8 form.
static bool hasFixedResult(SoftmaxOp op) {
  auto fixed = op.getFixedResultType();
  auto type = dyn_cast_or_null<quant::UniformQuantizedType>(
      getQuantizedType(op.getOutput()));
  return type && isByte(op.getInput()) && isByte(op.getOutput()) &&
         type.getScale() == fixed.getScale() &&
         type.getZeroPoint() - type.getStorageTypeMin() ==
             fixed.getZeroPoint() - fixed.getStorageTypeMin();
}

/// True if all quantized operands and results have one type.
static bool sharesOneType(Operation *op) {
  SmallVector<Type> types;
  for (Value value : llvm::concat<Value>(SmallVector<Value>(op->getOperands()),
                                         SmallVector<Value>(op->getResults())))
    if (auto type = getQuantizedType(value)) {
      if (!isQuantizedPerTensor(value))
        return false;
      types.push_back(type);
    }
  return llvm::all_equal(types);
}

/// True if the arithmetic of `op` is defined on its quantized types.
static bool hasIntegerForm(QuantizableOpInterface op) {
  switch (op.getQuantRule()) {
  case QuantRule::None:
    // The recurrent layer that says how its state is stored has one.
    if (auto lstm = dyn_cast<LstmOp>(op.getOperation()))
      return lstm.getCellScale().has_value();
    return false;
  case QuantRule::SameAsInput:
    // Interpolation weighs its pixels by real numbers.
    return sharesOneType(op) && !isa<ResizeBilinearOp>(op);
  case QuantRule::Own:
  case QuantRule::Fixed:
    break;
  }
  return TypeSwitch<Operation *, bool>(op)
      .Case<Conv2DOp, DepthwiseConv2DOp, TransposeConv2DOp, FullyConnectedOp,
            SparseConv2DOp, SparseFullyConnectedOp, BatchMatmulOp, AddOp, SubOp,
            MulOp, ReduceMeanOp, ReduceSumOp>(
          [](Operation *layer) { return isIntegerOp(layer); })
      .Case([](SoftmaxOp softmax) { return hasFixedResult(softmax); })
      // The others are tables of 256 entries.
      .Default([](Operation *layer) {
        return llvm::all_of(layer->getOperands(), isByte) &&
               llvm::all_of(layer->getResults(), isByte);
      });
}

namespace {
class LegalizeQuantized
    : public pare::nn::impl::LegalizeQuantizedPassBase<LegalizeQuantized> {
public:
  using LegalizeQuantizedPassBase::LegalizeQuantizedPassBase;

  void runOnOperation() override {
    SmallVector<QuantizableOpInterface> illegal;
    getOperation().walk([&](QuantizableOpInterface op) {
      const bool quantized = llvm::any_of(op->getOperands(), isQuantized) ||
                             llvm::any_of(op->getResults(), isQuantized);
      if (quantized && !hasIntegerForm(op))
        illegal.push_back(op);
    });
    for (QuantizableOpInterface op : illegal) {
      if (op.getQuantRule() == QuantRule::SameAsInput &&
          !isa<ResizeBilinearOp>(op) && canRequantize(op))
        requantize(op);
      else
        computeInFloat(op);
    }
  }

private:
  /// True if operands and results differ in scale or zero point alone, so that
  /// a change of range is all that is missing.
  static bool canRequantize(Operation *op) {
    auto fits = [](Value value) {
      return !isa<FloatType>(
                 cast<ShapedType>(value.getType()).getElementType()) &&
             (!isQuantized(value) || isQuantizedPerTensor(value));
    };
    return llvm::all_of(op->getOperands(), fits) &&
           llvm::all_of(op->getResults(), fits);
  }

  Value requantizeTo(OpBuilder &builder, Location loc, Value value,
                     Type element) {
    ++numRequantized;
    auto type = cast<RankedTensorType>(value.getType()).clone(element);
    return RequantizeOp::create(builder, loc, type, value, ScalesAttr());
  }

  /// One result: its operands take its quantization. Several, each with its
  /// own: they are made with that of the operand and changed behind.
  void requantize(Operation *op) {
    OpBuilder builder(op);
    if (op->getNumResults() == 1) {
      Type target = getQuantizedType(op->getResult(0));
      for (OpOperand &operand : op->getOpOperands())
        if (isQuantized(operand.get()) &&
            getQuantizedType(operand.get()) != target)
          operand.set(
              requantizeTo(builder, op->getLoc(), operand.get(), target));
      return;
    }
    Type source = getQuantizedType(op->getOperand(0));
    builder.setInsertionPointAfter(op);
    for (Value result : op->getResults()) {
      Type target = getQuantizedType(result);
      if (target == source)
        continue;
      result.setType(cast<RankedTensorType>(result.getType()).clone(source));
      Value changed = requantizeTo(builder, op->getLoc(), result, target);
      result.replaceAllUsesExcept(changed, changed.getDefiningOp());
    }
  }

  void computeInFloat(Operation *op) {
    OpBuilder builder(op);
    auto toFloat = [&](Type type) {
      return cast<RankedTensorType>(type).clone(builder.getF32Type());
    };
    Operation *layer = builder.clone(*op);
    layer->removeAttr("scales");
    builder.setInsertionPoint(layer);
    for (OpOperand &operand : layer->getOpOperands())
      if (isQuantized(operand.get()))
        operand.set(DequantizeOp::create(builder, op->getLoc(),
                                         toFloat(operand.get().getType()),
                                         operand.get()));
    builder.setInsertionPointAfter(layer);
    for (auto [from, to] :
         llvm::zip_equal(op->getResults(), layer->getResults())) {
      Value replacement = to;
      if (isQuantized(to)) {
        to.setType(toFloat(to.getType()));
        replacement =
            QuantizeOp::create(builder, op->getLoc(), from.getType(), to);
      }
      from.replaceAllUsesWith(replacement);
    }
    op->erase();
    ++numFloat;
  }
};
} // namespace
