//===- EliminateDeadChannels.cpp - Removes channels that do nothing -------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeadChannels.h"
#include "SparseConstants.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_ELIMINATEDEADCHANNELSPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

using Indices = SmallVector<int64_t>;

/// The entries of one dimension that stay; all if `removed` is null.
static Indices keptIndices(const llvm::BitVector *removed, int64_t size) {
  Indices kept;
  for (int64_t i = 0; i < size; ++i)
    if (!removed || !(*removed)[i])
      kept.push_back(i);
  return kept;
}

template <typename T>
static Value selectElements(OpBuilder &builder, Value constant, int64_t axis,
                            ArrayRef<int64_t> kept) {
  auto type = cast<RankedTensorType>(constant.getType());
  auto elements = ConstantElements<T>::read(constant);
  AxisLayout layout(type.getShape(), axis);
  int64_t outer = type.getNumElements() / layout.channels / layout.inner;
  std::vector<T> selected;
  selected.reserve(outer * kept.size() * layout.inner);
  for (int64_t a = 0; a < outer; ++a)
    for (int64_t i : kept)
      for (int64_t b = 0; b < layout.inner; ++b)
        selected.push_back(
            (*elements)[(a * layout.channels + i) * layout.inner + b]);
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = kept.size();
  auto selectedType = RankedTensorType::get(
      shape, selectElementType(type.getElementType(), axis, kept));
  return createConstant<T>(builder, constant.getLoc(), selectedType, selected);
}

/// The entries `kept` of dimension `axis` of a constant of 8- or 32-bit
/// elements.
static Value select(OpBuilder &builder, Value constant, int64_t axis,
                    ArrayRef<int64_t> kept) {
  auto type = cast<RankedTensorType>(constant.getType());
  if (int64_t(kept.size()) == type.getDimSize(axis))
    return constant;
  Type storage = getStorageType(type.getElementType());
  if (storage.isF32())
    return selectElements<float>(builder, constant, axis, kept);
  if (storage.isInteger(32))
    return selectElements<int32_t>(builder, constant, axis, kept);
  return selectElements<int8_t>(builder, constant, axis, kept);
}

/// All entries of a dimension.
static Indices allIndices(int64_t size) { return keptIndices(nullptr, size); }

/// The filter of a layer without the output or input channels that go.
static Value selectRows(OpBuilder &builder, Value filter,
                        ArrayRef<int64_t> kept) {
  auto type = cast<RankedTensorType>(filter.getType());
  if (auto sparse = filter.getDefiningOp<SparseConstantOp>())
    return selectSparse(builder, sparse, kept, allIndices(type.getDimSize(1)));
  return select(builder, filter, 0, kept);
}
static Value selectColumns(OpBuilder &builder, const MixingLayer &layer,
                           ArrayRef<int64_t> kept) {
  auto sparse = layer.filter.getDefiningOp<SparseConstantOp>();
  if (!sparse)
    return select(builder, layer.filter,
                  cast<RankedTensorType>(layer.filter.getType()).getRank() - 1,
                  kept);
  Indices columns;
  for (int64_t tap = 0; tap < layer.taps; ++tap)
    for (int64_t i : kept)
      columns.push_back(tap * layer.inChannels + i);
  return selectSparse(builder, sparse, allIndices(layer.outChannels), columns);
}

//===----------------------------------------------------------------------===//
// Constants into biases
//===----------------------------------------------------------------------===//

/// The type of a bias for `filter`: i32 with the scale of the sums.
static RankedTensorType biasType(Value input, Value filter) {
  auto type = cast<RankedTensorType>(filter.getType());
  MLIRContext *context = type.getContext();
  double inputScale = getScale(getQuantizedType(input));
  const unsigned flags = quant::QuantizationFlags::Signed;
  Type i32 = IntegerType::get(context, 32), f32 = Float32Type::get(context);
  Type element;
  if (auto perAxis =
          dyn_cast<quant::UniformQuantizedPerAxisType>(type.getElementType())) {
    SmallVector<double> scales;
    for (double scale : perAxis.getScales())
      scales.push_back(static_cast<float>(inputScale * scale));
    element = quant::UniformQuantizedPerAxisType::get(
        flags, i32, f32, scales, SmallVector<int64_t>(scales.size(), 0), 0,
        INT32_MIN, INT32_MAX);
  } else {
    double scale = inputScale * getScale(getQuantizedType(filter));
    element = quant::UniformQuantizedType::get(
        flags, i32, f32, static_cast<float>(scale), 0, INT32_MIN, INT32_MAX);
  }
  return RankedTensorType::get({type.getDimSize(0)}, element);
}

/// The bias with what the removed constant inputs add to every sum. Sums wrap,
/// so that the order of additions does not matter.
static Value foldIntoBias(OpBuilder &builder, const MixingLayer &layer,
                          const ChannelInfo &input) {
  if (!getQuantizedType(layer.input))
    return layer.bias; // Removed float channels are zero.
  std::vector<double> weights = readWeights(layer.filter, 0);
  double zero = getInputZero(layer.input);
  std::vector<int32_t> sums(layer.outChannels, 0);
  if (layer.bias) {
    auto bias = ConstantElements<int32_t>::read(layer.bias);
    sums.assign(bias->get().begin(), bias->get().end());
  }
  bool changed = false;
  for (size_t i = 0; i < weights.size(); ++i) {
    int64_t k = i % layer.inChannels;
    if (!input.removable[k] || !input.constant[k])
      continue;
    auto term = static_cast<int32_t>(weights[i] * (input.stored[k] - zero));
    int32_t &sum = sums[i / (layer.taps * layer.inChannels)];
    sum = static_cast<int32_t>(static_cast<uint32_t>(sum) +
                               static_cast<uint32_t>(term));
    changed |= term != 0;
  }
  if (!changed)
    return layer.bias;
  RankedTensorType type = layer.bias
                              ? cast<RankedTensorType>(layer.bias.getType())
                              : biasType(layer.input, layer.filter);
  return createConstant<int32_t>(builder, layer.output.getLoc(), type, sums);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct EliminateDeadChannelsPass
    : pare::nn::impl::EliminateDeadChannelsPassBase<EliminateDeadChannelsPass> {
  using EliminateDeadChannelsPassBase::EliminateDeadChannelsPassBase;

  void runOnOperation() override;

private:
  LogicalResult runOnFunction(func::FuncOp func);
  void rewrite(Operation *op, const DeadChannels &dead);
};
} // namespace

/// Replaces the operands of `op` that are constants with one entry for each
/// channel (weights of depthwise convolutions, biases, vectors) by their kept
/// entries.
static void selectOperands(OpBuilder &builder, Operation *op, int64_t channels,
                           ArrayRef<int64_t> kept) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    if (getConstantElements(operand.get()) && type.getRank() > 0 &&
        type.getShape().back() == channels)
      operand.set(select(builder, operand.get(), type.getRank() - 1, kept));
  }
}

/// Prepared scales of the channels that stay, if there is one for each.
static void selectScales(Operation *op, ArrayRef<int64_t> kept,
                         int64_t channels) {
  auto scales = op->getAttrOfType<ScalesAttr>("scales");
  if (!scales || scales.size() == 1 || scales.size() != channels)
    return;
  auto pick = [&](auto array) -> decltype(array) {
    if (!array)
      return array;
    auto all = array.asArrayRef();
    SmallVector<std::decay_t<decltype(all[0])>> some;
    for (int64_t i : kept)
      some.push_back(all[i]);
    return decltype(array)::get(op->getContext(), some);
  };
  op->setAttr("scales", ScalesAttr::get(op->getContext(), scales.getMode(),
                                        pick(scales.getMultipliers()),
                                        pick(scales.getShifts()),
                                        pick(scales.getFactors())));
}

void EliminateDeadChannelsPass::rewrite(Operation *op,
                                        const DeadChannels &dead) {
  OpBuilder builder(op);
  std::optional<MixingLayer> layer = MixingLayer::match(op);
  if (layer)
    if (const llvm::BitVector *removed = dead.getRemovable(layer->input)) {
      Value bias = foldIntoBias(builder, *layer, *dead.lookup(layer->input));
      if (bias && !layer->bias)
        op->insertOperands(2, bias);
      else if (bias)
        op->setOperand(2, bias);
      op->setOperand(1, selectColumns(builder, *layer,
                                      keptIndices(removed, layer->inChannels)));
    }
  if (op->getNumResults() != 1)
    return;
  const llvm::BitVector *removed = dead.getRemovable(op->getResult(0));
  if (!removed)
    return;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t channels = type.getShape().back();
  Indices kept = keptIndices(removed, channels);
  if (layer) {
    for (unsigned i = 1; i < op->getNumOperands(); ++i)
      op->setOperand(i, selectRows(builder, op->getOperand(i), kept));
  } else if (keepsChannelsApart(op)) {
    selectOperands(builder, op, channels, kept);
  }
  if (layer || isa<DepthwiseConv2DOp>(op))
    selectScales(op, kept, channels);
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = kept.size();
  op->getResult(0).setType(RankedTensorType::get(shape, type.getElementType()));
  numChannels += channels - kept.size();
}

LogicalResult EliminateDeadChannelsPass::runOnFunction(func::FuncOp func) {
  if (!DeadChannels::mayExist(func))
    return success();
  llvm::Expected<DeadChannels> dead =
      DeadChannels::analyze(func, multiple, withinPeak, tearBlocks);
  if (!dead)
    return func.emitError("dead channels: ")
           << llvm::toString(dead.takeError());
  for (Operation *op : dead->getTorn()) {
    Value before = op->getResult(0);
    dead->replace(before, makeDense(op)->getResult(0));
    ++numTorn;
  }
  SmallVector<Operation *> layers;
  for (Operation &op : func.getBody().front())
    if (!isa<ConstantOp, SparseConstantOp>(op))
      layers.push_back(&op);
  // From the last to the first: a layer is matched before the shape of what it
  // reads changes.
  for (Operation *op : llvm::reverse(layers))
    rewrite(op, *dead);
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(func.getBody().front())))
    if (isa<ConstantOp, SparseConstantOp>(op) && op.use_empty())
      op.erase();
  return success();
}

void EliminateDeadChannelsPass::runOnOperation() {
  if (multiple < 1) {
    getOperation().emitError("expected a multiple of at least 1, found ")
        << int64_t(multiple);
    return signalPassFailure();
  }
  for (auto func : getOperation().getOps<func::FuncOp>())
    if (!func.isExternal() && failed(runOnFunction(func)))
      return signalPassFailure();
}
