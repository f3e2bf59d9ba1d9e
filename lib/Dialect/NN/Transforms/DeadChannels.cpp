//===- DeadChannels.cpp - Channels that a network can do without ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeadChannels.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Interpreter/Interpreter.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::nn;

static int64_t countChannels(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > 0 ? type.getShape().back() : 0;
}

//===----------------------------------------------------------------------===//
// Kinds of layers
//===----------------------------------------------------------------------===//

/// The sizes of a layer whose filter is a sparse matrix, one row of all taps
/// and input channels for an output channel.
static std::optional<MixingLayer> matchSparse(MixingLayer layer) {
  auto type = cast<RankedTensorType>(layer.filter.getType());
  const auto [rows, columns] = *getSparseBlock(type);
  layer.outChannels = type.getDimSize(0);
  layer.inChannels = countChannels(layer.input);
  if (layer.inChannels < 1 || type.getDimSize(1) % layer.inChannels != 0)
    return std::nullopt;
  layer.taps = type.getDimSize(1) / layer.inChannels;
  layer.outGroup = rows;
  layer.inGroup = layer.inChannels % columns == 0 ? columns : 0;
  return layer;
}

std::optional<MixingLayer> MixingLayer::match(Operation *op) {
  MixingLayer layer;
  if (auto conv = dyn_cast<Conv2DOp>(op)) {
    if (getGeometry(conv).groups != 1)
      return std::nullopt;
    layer = {conv.getInput(), conv.getFilter(), conv.getBias(),
             conv.getOutput()};
    layer.padded =
        llvm::any_of(conv.getPadding(), [](int64_t pad) { return pad != 0; });
  } else if (auto full = dyn_cast<FullyConnectedOp>(op)) {
    layer = {full.getInput(), full.getFilter(), full.getBias(),
             full.getOutput()};
  } else if (auto conv = dyn_cast<SparseConv2DOp>(op)) {
    layer = {conv.getInput(), conv.getFilter(), conv.getBias(),
             conv.getOutput()};
    layer.padded =
        llvm::any_of(conv.getPadding(), [](int64_t pad) { return pad != 0; });
  } else if (auto full = dyn_cast<SparseFullyConnectedOp>(op)) {
    layer = {full.getInput(), full.getFilter(), full.getBias(),
             full.getOutput()};
  } else {
    return std::nullopt;
  }
  if (layer.bias && !getConstantElements(layer.bias))
    return std::nullopt;
  if (layer.filter.getDefiningOp<SparseConstantOp>())
    return matchSparse(layer);
  if (!getConstantElements(layer.filter))
    return std::nullopt;
  auto shape = cast<RankedTensorType>(layer.filter.getType()).getShape();
  layer.outChannels = shape.front();
  layer.inChannels = shape.back();
  for (int64_t size : shape.drop_front().drop_back())
    layer.taps *= size;
  return layer;
}

std::vector<double> pare::nn::readWeights(Value filter, int64_t channelAxis) {
  auto type = cast<RankedTensorType>(filter.getType());
  std::vector<double> weights;
  if (std::optional<ConstantElements<float>> floats = readFloats(filter)) {
    weights.assign(floats->get().begin(), floats->get().end());
    return weights;
  }
  quant::QuantizedType quantized = getQuantizedType(filter);
  if (auto sparse = filter.getDefiningOp<SparseConstantOp>()) {
    llvm::Expected<HostTensor> matrix = evaluateConstant(sparse);
    if (!matrix) {
      llvm::consumeError(matrix.takeError());
      return weights;
    }
    const int64_t columns = type.getDimSize(1);
    weights.resize(matrix->getNumElements());
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = matrix->getAsDouble(i) -
                   (quantized ? getZeroPoint(quantized, i / columns) : 0);
    return weights;
  }
  auto bytes = ConstantElements<int8_t>::read(filter);
  if (!quantized || !bytes)
    return weights;
  AxisLayout layout(type.getShape(), channelAxis);
  weights.reserve(bytes->size());
  for (size_t i = 0; i < bytes->size(); ++i) {
    double q = quantized.isSigned() ? double((*bytes)[i])
                                    : double(static_cast<uint8_t>((*bytes)[i]));
    weights.push_back(q - getZeroPoint(quantized, layout.channelOf(i)));
  }
  return weights;
}

double pare::nn::getInputZero(Value value) {
  quant::QuantizedType type = getQuantizedType(value);
  return type ? double(getZeroPoint(type)) : 0.0;
}

/// A constant that has the channels of a result, or one value for all.
static bool isChannelConstant(Value value, int64_t numChannels) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!getConstantElements(value))
    return false;
  int64_t count = type.getNumElements();
  return count == 1 || (count == numChannels && countChannels(value) == count);
}

static bool isBinary(Operation *op) {
  return isa<AddOp, SubOp, MulOp, MaximumOp, MinimumOp>(op);
}

bool pare::nn::keepsChannelsApart(Operation *op) {
  if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(op))
    return depthwise.getFilter().getType().getDimSize(3) ==
               depthwise.getInput().getType().getDimSize(3) &&
           getConstantElements(depthwise.getFilter()) &&
           (!depthwise.getBias() || getConstantElements(depthwise.getBias()));
  if (isBinary(op)) {
    Value result = op->getResult(0);
    return llvm::all_of(op->getOperands(), [&](Value operand) {
      return isChannelConstant(operand, countChannels(result)) ||
             cast<RankedTensorType>(operand.getType()).getShape() ==
                 cast<RankedTensorType>(result.getType()).getShape();
    });
  }
  if (auto pad = dyn_cast<PadOp>(op))
    return pad.getLow().back() == 0 && pad.getHigh().back() == 0;
  if (isa<ReduceMeanOp, ReduceSumOp, ReduceMaxOp, ReduceMinOp>(op)) {
    auto axes = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
    int64_t rank =
        cast<RankedTensorType>(op->getOperand(0).getType()).getRank();
    return !llvm::is_contained(axes, rank - 1);
  }
  return isa<AvgPool2DOp, MaxPool2DOp, ReluOp, Relu6Op, ClipOp, LeakyReluOp,
             HardSwishOp, SigmoidOp, TanhOp, GeluOp, AbsOp, NegOp, QuantizeOp,
             DequantizeOp, RequantizeOp>(op);
}

bool pare::nn::splitsChannels(Operation *op) {
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (!reshape)
    return false;
  int64_t from = countChannels(reshape.getInput());
  int64_t to = countChannels(reshape.getOutput());
  return from > 0 && to > 0 && to % from == 0;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// Runs the network once, on anything: what is constant shows its constant.
llvm::Error DeadChannels::observe(func::FuncOp func) {
  auto interpreter = Interpreter::create(func);
  if (!interpreter)
    return interpreter.takeError();
  SmallVector<HostTensor> inputs, outputs;
  for (const TensorInfo &input : (*interpreter)->inputs())
    inputs.push_back(HostTensor::zeros(input.dtype, input.shape));
  return (*interpreter)
      ->run(inputs, outputs, [&](Value value, const HostTensor &tensor) {
        int64_t count = countChannels(value);
        if (count == 0)
          return;
        ChannelInfo &info = channels[value];
        info.constant.resize(count);
        info.removable.resize(count, value.getDefiningOp() != nullptr);
        for (int64_t k = 0; k < count; ++k)
          info.stored.push_back(tensor.getAsDouble(k));
      });
}

/// Whether a constant channel looks the same to a window that may reach into
/// padding, which stands for zero.
static bool isSameInPadding(const ChannelInfo &input, Value value, int64_t k,
                            bool padded) {
  return !padded || input.stored[k] == getInputZero(value);
}

void DeadChannels::findConstants(Operation *op) {
  if (std::optional<MixingLayer> layer = MixingLayer::match(op)) {
    std::vector<double> weights = readWeights(layer->filter, 0);
    const ChannelInfo *input = lookup(layer->input);
    if (weights.empty() || !input)
      return;
    ChannelInfo &output = channels[layer->output];
    size_t rowSize = layer->taps * layer->inChannels;
    for (int64_t o = 0; o < layer->outChannels; ++o) {
      bool constant = true;
      for (size_t i = 0; constant && i < rowSize; ++i) {
        int64_t k = i % layer->inChannels;
        constant = weights[o * rowSize + i] == 0.0 ||
                   (input->constant[k] &&
                    isSameInPadding(*input, layer->input, k, layer->padded));
      }
      output.constant[o] = constant;
    }
    return;
  }
  if (splitsChannels(op)) {
    const ChannelInfo *input = lookup(op->getOperand(0));
    ChannelInfo &output = channels[op->getResult(0)];
    if (input)
      for (size_t i = 0; i < output.constant.size(); ++i)
        output.constant[i] = input->constant[i % input->constant.size()];
    return;
  }
  if (!keepsChannelsApart(op))
    return;
  ChannelInfo &output = channels[op->getResult(0)];
  output.constant.set();
  for (Value operand : op->getOperands()) {
    const ChannelInfo *input = lookup(operand);
    if (input && input->constant.size() == output.constant.size())
      output.constant &= input->constant;
    // Constant weights of an image's shape differ from position to position.
    else if (isBinary(op) &&
             !isChannelConstant(operand, output.constant.size()))
      output.constant.reset();
  }

  // Where padding counts, the constant must be that of the padding.
  bool padded = isa<PadOp>(op);
  if (auto pool = dyn_cast<AvgPool2DOp>(op))
    padded = pool.getCountIncludePad();
  if (auto pad = dyn_cast<PadOp>(op); pad && !pad.getValue().isZero())
    output.constant.reset();
  std::vector<double> weights;
  if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(op)) {
    padded = llvm::any_of(depthwise.getPadding(),
                          [](int64_t pad) { return pad != 0; });
    weights = readWeights(depthwise.getFilter(), 3);
  }
  const ChannelInfo *input = lookup(op->getOperand(0));
  for (size_t k = 0; k < output.constant.size(); ++k) {
    if (output.constant[k] && padded)
      output.constant[k] =
          input && isSameInPadding(*input, op->getOperand(0), k, true);
    bool zero = !weights.empty();
    for (size_t i = k; zero && i < weights.size(); i += output.constant.size())
      zero = weights[i] == 0.0;
    if (zero)
      output.constant.set(k);
  }
}

//===----------------------------------------------------------------------===//
// What can be removed
//===----------------------------------------------------------------------===//

/// The input channels that each output channel of a layer has weights for;
/// empty if they cannot be read.
static std::vector<llvm::BitVector> findUses(const MixingLayer &layer) {
  const std::vector<double> weights = readWeights(layer.filter, 0);
  std::vector<llvm::BitVector> uses;
  for (size_t i = 0; i < weights.size();) {
    llvm::BitVector &used = uses.emplace_back(layer.inChannels);
    for (int64_t tap = 0; tap < layer.taps; ++tap)
      for (int64_t k = 0; k < layer.inChannels; ++k, ++i)
        if (weights[i] != 0.0)
          used.set(k);
  }
  return uses;
}

/// Whether input channel k of a layer can go: the rows that stay multiply it by
/// zero, or it is a constant that its bias can hold.
static llvm::BitVector findNeeded(const MixingLayer &layer,
                                  ArrayRef<llvm::BitVector> uses,
                                  const ChannelInfo &input,
                                  const llvm::BitVector &removedRows) {
  bool integer = bool(getQuantizedType(layer.input));
  llvm::BitVector needed(layer.inChannels);
  for (int64_t o = 0; o < layer.outChannels; ++o)
    if (!removedRows[o])
      needed |= uses[o];
  // Sums of floats depend on their order; a constant zero adds nothing.
  for (int64_t k = 0; k < layer.inChannels; ++k)
    if (input.constant[k] &&
        isSameInPadding(input, layer.input, k, layer.padded) &&
        (integer || input.stored[k] == 0.0))
      needed.reset(k);
  return needed;
}

/// Takes channels out of `removable` whose group of `group` neighbours cannot
/// go as a whole; all for a group of 0.
static void keepGroups(llvm::BitVector &removable, int64_t group) {
  if (group == 0)
    removable.reset();
  if (group <= 1)
    return;
  for (unsigned i = 0; i < removable.size(); i += group) {
    const int kept = removable.find_first_unset_in(i, i + group);
    if (kept >= 0)
      removable.reset(i, i + group);
  }
}

bool DeadChannels::restrict(Operation *op) {
  auto clear = [&](Value value) {
    auto it = channels.find(value);
    if (it == channels.end() || it->second.removable.none())
      return false;
    it->second.removable.reset();
    return true;
  };
  if (std::optional<MixingLayer> layer = MixingLayer::match(op)) {
    auto input = channels.find(layer->input);
    if (input == channels.end())
      return false;
    // The analysis comes by often, and weights do not change.
    auto [uses, isNew] = usesOf.try_emplace(op);
    if (isNew)
      uses->second = findUses(*layer);
    if (uses->second.empty()) {
      const bool cleared = clear(layer->input);
      return clear(layer->output) || cleared;
    }
    llvm::BitVector &rows = channels.find(layer->output)->second.removable;
    llvm::BitVector rowsBefore = rows;
    const bool whole = !torn.contains(op);
    if (whole)
      keepGroups(rows, layer->outGroup);
    llvm::BitVector before = input->second.removable;
    input->second.removable.reset(
        findNeeded(*layer, uses->second, input->second, rows));
    if (whole)
      keepGroups(input->second.removable, layer->inGroup);
    return rows != rowsBefore || input->second.removable != before;
  }
  bool changed = false;
  if (splitsChannels(op)) {
    auto input = channels.find(op->getOperand(0));
    auto output = channels.find(op->getResult(0));
    if (input == channels.end())
      return clear(op->getResult(0));
    llvm::BitVector &from = input->second.removable;
    llvm::BitVector &to = output->second.removable;
    for (size_t i = 0; i < to.size(); ++i)
      if (from[i % from.size()] && !to[i])
        from.reset(i % from.size()), changed = true;
    for (size_t i = 0; i < to.size(); ++i)
      if (to[i] && !from[i % from.size()])
        to.reset(i), changed = true;
    return changed;
  }
  if (keepsChannelsApart(op)) {
    llvm::BitVector common = channels.find(op->getResult(0))->second.removable;
    for (Value operand : op->getOperands())
      if (auto it = channels.find(operand); it != channels.end())
        common &= it->second.removable;
    for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults()))
      if (auto it = channels.find(value);
          it != channels.end() && it->second.removable != common)
        it->second.removable = common, changed = true;
    return changed;
  }
  for (Value value : op->getOperands())
    changed |= clear(value);
  for (Value value : op->getResults())
    changed |= clear(value);
  return changed;
}

/// Whether a row of `rowSize` weights, or every weight of a column of rows, is
/// zero. `isZero(i)` tells of weight i.
template <typename IsZero>
static bool hasZeroChannel(size_t count, size_t rowSize, size_t numColumns,
                           IsZero isZero) {
  llvm::BitVector used(numColumns);
  size_t numUnused = numColumns;
  for (size_t row = 0; row < count; row += rowSize) {
    bool any = false;
    // Mostly the first weights tell.
    for (size_t i = 0; i < rowSize && (!any || numUnused != 0); ++i) {
      if (isZero(row + i))
        continue;
      any = true;
      if (!used[i % numColumns])
        used.set(i % numColumns), --numUnused;
    }
    if (!any)
      return true;
  }
  return numUnused != 0;
}

/// The zero point of all channels, if there is one.
static std::optional<int64_t> commonZeroPoint(quant::QuantizedType type) {
  if (auto perTensor = dyn_cast_or_null<quant::UniformQuantizedType>(type))
    return perTensor.getZeroPoint();
  auto perAxis = dyn_cast_or_null<quant::UniformQuantizedPerAxisType>(type);
  if (perAxis && llvm::all_equal(perAxis.getZeroPoints()))
    return perAxis.getZeroPoints().front();
  return std::nullopt;
}

static bool hasZeroChannel(Value filter, int64_t channelAxis, size_t rowSize,
                           size_t numColumns) {
  if (std::optional<ConstantElements<float>> floats = readFloats(filter))
    return hasZeroChannel(floats->size(), rowSize, numColumns,
                          [&](size_t i) { return floats->get()[i] == 0.0f; });
  const std::optional<int64_t> zero = commonZeroPoint(getQuantizedType(filter));
  auto bytes = ConstantElements<int8_t>::read(filter);
  if (bytes && zero)
    return hasZeroChannel(bytes->size(), rowSize, numColumns, [&](size_t i) {
      return bytes->get()[i] == static_cast<int8_t>(*zero);
    });
  const std::vector<double> weights = readWeights(filter, channelAxis);
  return hasZeroChannel(weights.size(), rowSize, numColumns,
                        [&](size_t i) { return weights[i] == 0.0; });
}

bool DeadChannels::mayExist(func::FuncOp func) {
  WalkResult found = func.walk([](Operation *op) {
    bool zero = false;
    if (std::optional<MixingLayer> layer = MixingLayer::match(op))
      zero = hasZeroChannel(layer->filter, 0, layer->taps * layer->inChannels,
                            layer->inChannels);
    else if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(op);
             depthwise && keepsChannelsApart(op))
      zero = hasZeroChannel(depthwise.getFilter(), 3,
                            depthwise.getFilter().getType().getNumElements(),
                            depthwise.getFilter().getType().getDimSize(3));
    return zero ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found.wasInterrupted();
}

/// Takes channels out of `removable` until a multiple stays; whether there were
/// some to take.
static bool keepMultiple(llvm::BitVector &removable, int64_t multiple) {
  const int64_t size = removable.size();
  if (size % multiple != 0)
    return false;
  const int64_t excess = removable.count() % multiple;
  for (int64_t i = 0; i < excess; ++i)
    removable.reset(removable.find_last());
  return excess > 0;
}

void DeadChannels::settle(Block &block) {
  // The greatest set that every operation allows; a value keeps a channel.
  bool changed = true;
  while (changed) {
    changed = false;
    for (Operation &op : llvm::reverse(block))
      if (!isa<ConstantOp, SparseConstantOp>(op))
        changed |= restrict(&op);
    for (auto &[value, info] : channels)
      if (!changed && info.removable.size() != 0 && info.removable.all())
        info.removable.reset(0), changed = true;
  }
}

DeadChannels::Removable DeadChannels::getAllRemovable() const {
  Removable all;
  for (auto &[value, info] : channels)
    all[value] = info.removable;
  return all;
}

void DeadChannels::setAllRemovable(const Removable &removable) {
  for (auto &[value, info] : channels)
    info.removable = removable.lookup(value);
}

void DeadChannels::replace(Value from, Value to) {
  auto it = channels.find(from);
  if (it == channels.end())
    return;
  ChannelInfo info = std::move(it->second);
  channels.erase(it);
  channels[to] = std::move(info);
}

void DeadChannels::keepMultiples(Block &block, int64_t multiple) {
  bool changed = true;
  while (changed) {
    changed = false;
    // Each on its own, so that the order of values does not matter.
    for (auto &[value, info] : channels)
      changed |= keepMultiple(info.removable, multiple);
    if (changed)
      settle(block);
  }
}

int64_t DeadChannels::getPeakBytes(Block &block) const {
  auto rootOf = [](Value value) {
    while (auto reshape = value.getDefiningOp<ReshapeOp>())
      value = reshape.getInput();
    return value;
  };
  struct Life {
    int64_t first, last;
  };
  llvm::MapVector<Value, Life> lives;
  int64_t steps = 0;
  for (Operation &op : block) {
    if (isa<ConstantOp, SparseConstantOp, ReshapeOp>(op))
      continue;
    for (Value operand : op.getOperands()) {
      auto *life = lives.find(rootOf(operand));
      if (life == lives.end())
        continue;
      if (op.hasTrait<OpTrait::IsTerminator>())
        lives.erase(life);
      else
        life->second.last = steps;
    }
    for (Value result : op.getResults())
      lives[result] = {steps, steps};
    ++steps;
  }
  SmallVector<int64_t> alive(steps, 0);
  for (auto &[value, life] : lives) {
    auto type = cast<RankedTensorType>(value.getType());
    const Type storage = getStorageType(type.getElementType());
    int64_t bytes = type.getNumElements() *
                    std::max<int64_t>(storage.getIntOrFloatBitWidth() / 8, 1);
    if (const llvm::BitVector *removed = getRemovable(value))
      bytes -= bytes / int64_t(removed->size()) * int64_t(removed->count());
    for (int64_t step = life.first; step <= life.last; ++step)
      alive[step] += bytes;
  }
  return alive.empty() ? 0 : *llvm::max_element(alive);
}

void DeadChannels::keepMultiplesWithinPeak(Block &block, int64_t multiple) {
  const int64_t peak = getPeakBytes(block);
  for (Operation &op : block)
    for (Value value : op.getResults()) {
      auto info = channels.find(value);
      if (info == channels.end())
        continue;
      const Removable before = getAllRemovable();
      if (!keepMultiple(info->second.removable, multiple))
        continue;
      settle(block);
      if (getPeakBytes(block) <= peak)
        continue;
      setAllRemovable(before);
    }
}

llvm::Expected<DeadChannels> DeadChannels::analyze(func::FuncOp func,
                                                   int64_t multiple,
                                                   bool withinPeak,
                                                   bool tearBlocks) {
  DeadChannels analysis;
  if (llvm::Error error = analysis.observe(func))
    return std::move(error);
  Block &block = func.getBody().front();
  for (Operation &op : block)
    if (op.getNumResults() == 1 && analysis.channels.count(op.getResult(0)))
      analysis.findConstants(&op);
  if (tearBlocks)
    analysis.tearBlocks(block);
  else
    analysis.settle(block);
  if (multiple > 1 && withinPeak)
    analysis.keepMultiplesWithinPeak(block, multiple);
  else if (multiple > 1)
    analysis.keepMultiples(block, multiple);
  return analysis;
}
