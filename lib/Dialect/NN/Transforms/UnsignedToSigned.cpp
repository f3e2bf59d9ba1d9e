//===- UnsignedToSigned.cpp - Turns u8 networks into i8 networks ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_UNSIGNEDTOSIGNEDPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

static constexpr int64_t kOffset = 128;

/// The i8 type of the same real numbers; null for all types but u8 ones.
static quant::QuantizedType getSignedType(Type tensorType) {
  quant::QuantizedType type = getQuantizedType(tensorType);
  if (!type || type.isSigned() || type.getStorageTypeIntegralWidth() != 8)
    return {};
  const unsigned flags = quant::QuantizationFlags::Signed;
  const int64_t low = type.getStorageTypeMin() - kOffset;
  const int64_t high = type.getStorageTypeMax() - kOffset;
  if (auto perTensor = dyn_cast<quant::UniformQuantizedType>(type))
    return quant::UniformQuantizedType::get(
        flags, type.getStorageType(), type.getExpressedType(),
        perTensor.getScale(), perTensor.getZeroPoint() - kOffset, low, high);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!perAxis)
    return {};
  SmallVector<int64_t> zeroPoints;
  for (int64_t zero : perAxis.getZeroPoints())
    zeroPoints.push_back(zero - kOffset);
  return quant::UniformQuantizedPerAxisType::get(
      flags, type.getStorageType(), type.getExpressedType(),
      perAxis.getScales(), zeroPoints, perAxis.getQuantizedDimension(), low,
      high);
}

static RankedTensorType withElement(Type tensorType, Type element) {
  auto type = cast<RankedTensorType>(tensorType);
  return RankedTensorType::get(type.getShape(), element, type.getEncoding());
}

/// The bytes q as the bytes q - 128; null if they cannot be read.
static ElementsAttr shiftBytes(ElementsAttr elements, StringRef name) {
  auto bytes = ConstantElements<int8_t>::read(elements);
  if (!bytes)
    return {};
  std::vector<char> shifted(bytes->size());
  for (size_t i = 0; i < shifted.size(); ++i)
    shifted[i] = static_cast<char>((*bytes)[i] ^ 0x80);
  return makeElements(elements.getShapedType(), shifted, name);
}

namespace {
class UnsignedToSigned
    : public pare::nn::impl::UnsignedToSignedPassBase<UnsignedToSigned> {
public:
  using UnsignedToSignedPassBase::UnsignedToSignedPassBase;

  void runOnOperation() override {
    originals.clear();
    WalkResult result =
        getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
          if (auto function = dyn_cast<func::FuncOp>(op))
            convertArguments(function);
          else if (isa_and_nonnull<NNDialect>(op->getDialect()))
            return WalkResult(convertLayer(op));
          else
            keepUnsigned(op);
          return WalkResult::advance();
        });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  /// Users of `value`, which stays u8, read i8.
  void convertUses(OpBuilder &builder, Value value) {
    quant::QuantizedType type = getSignedType(value.getType());
    if (!type || value.use_empty())
      return;
    auto converted = RequantizeOp::create(builder, value.getLoc(),
                                          withElement(value.getType(), type),
                                          value, ScalesAttr());
    value.replaceAllUsesExcept(converted.getOutput(), converted);
    originals[converted.getOutput()] = value.getType();
    ++numValues;
  }

  void convertArguments(func::FuncOp function) {
    if (function.isExternal())
      return;
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    for (BlockArgument argument : function.getArguments())
      convertUses(builder, argument);
  }

  LogicalResult convertLayer(Operation *op) {
    // What this pass itself has put behind an argument or a call.
    if (llvm::none_of(op->getResultTypes(), getSignedType))
      return success();
    for (Value result : op->getResults())
      if (quant::QuantizedType type = getSignedType(result.getType())) {
        originals[result] = result.getType();
        result.setType(withElement(result.getType(), type));
        ++numValues;
      }
    ElementsAttr shifted;
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      shifted = shiftBytes(constant.getValue(), getLayerName(op));
      if (shifted)
        constant.setValueAttr(shifted);
    } else if (auto sparse = dyn_cast<SparseConstantOp>(op)) {
      shifted = shiftBytes(sparse.getValues(), getLayerName(op));
      if (shifted)
        sparse.setValuesAttr(shifted);
    } else {
      return success();
    }
    if (!shifted)
      return op->emitError("constant '")
             << getLayerName(op) << "': expects bytes that can be read";
    ++numConstants;
    return success();
  }

  /// Operations of other dialects (return, call) see the types they had.
  void keepUnsigned(Operation *op) {
    OpBuilder before(op);
    for (OpOperand &operand : op->getOpOperands())
      if (Type original = originals.lookup(operand.get()))
        operand.set(RequantizeOp::create(before, operand.get().getLoc(),
                                         original, operand.get(),
                                         ScalesAttr()));
    OpBuilder after(op->getContext());
    if (!op->getResults().empty())
      after.setInsertionPointAfter(op);
    for (Value result : op->getResults())
      convertUses(after, result);
  }

  /// The u8 types of the values that are i8 now.
  llvm::DenseMap<Value, Type> originals;
};
} // namespace
