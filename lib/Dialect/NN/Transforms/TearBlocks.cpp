//===- TearBlocks.cpp - Sparse weights or fewer channels ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeadChannels.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"

using namespace mlir;
using namespace pare::nn;

namespace {
/// What layers cost, in multiplications of a dense layer. The numbers are
/// those of vectors: a processor multiplies bytes four at a time, but stores
/// sums of bytes as slowly as floats.
struct Work {
  /// A stored weight in place of a dense one: in blocks that suit vectors, and
  /// in others: floats that share nothing, bytes without a neighbour.
  double stored, apart;
  /// A result that is stored, and a multiplication of a depthwise layer.
  double result, depthwise;
};
constexpr Work kFloatWork = {1.8, 2.8, 3.0, 2.0};
constexpr Work kIntegerWork = {2.2, 6.0, 15.0, 2.0};
} // namespace

/// Whether the blocks of `matrix` suit vectors.
static bool suitsVectors(SparseConstantOp matrix) {
  const auto [rows, columns] = *getSparseBlock(matrix.getOutput().getType());
  return getQuantizedType(matrix.getOutput()) ? columns > 1 : rows >= 4;
}

/// Stored blocks of a layer's weights, in weights, for the channels that stay.
static double countStored(const MixingLayer &layer, SparseConstantOp matrix,
                          const llvm::BitVector &removedRows,
                          const llvm::BitVector &removedColumns) {
  const auto [height, width] = *getSparseBlock(matrix.getOutput().getType());
  const auto positions = ConstantElements<int32_t>::read(matrix.getPositions());
  const auto coordinates =
      ConstantElements<int32_t>::read(matrix.getCoordinates());
  int64_t blocks = 0;
  for (int64_t row = 0; row * height < layer.outChannels; ++row) {
    // Blocks go as a whole.
    if (removedRows[row * height])
      continue;
    for (int64_t i = (*positions)[row]; i < (*positions)[row + 1]; ++i)
      blocks += !removedColumns[(*coordinates)[i] * width % layer.inChannels];
  }
  return double(blocks * height * width);
}

double DeadChannels::estimateWork(Operation *op, bool dense) const {
  auto kept = [&](Value value) {
    const ChannelInfo *info = lookup(value);
    return info
               ? double(info->removable.size() - info->removable.count())
               : double(
                     cast<RankedTensorType>(value.getType()).getShape().back());
  };
  Value output = op->getResult(0);
  const ChannelInfo *info = lookup(output);
  if (!info)
    return 0.0;
  auto type = cast<RankedTensorType>(output.getType());
  const double pixels =
      double(type.getNumElements()) / double(type.getShape().back());
  const Work &work = getQuantizedType(output) ? kIntegerWork : kFloatWork;
  const double results = kept(output) * work.result;
  if (auto depthwise = dyn_cast<DepthwiseConv2DOp>(op)) {
    ArrayRef<int64_t> shape = depthwise.getFilter().getType().getShape();
    return pixels * (results + kept(output) * double(shape[1] * shape[2]) *
                                   work.depthwise);
  }
  std::optional<MixingLayer> layer = MixingLayer::match(op);
  if (!layer)
    return pixels * results;
  double multiplications =
      kept(output) * kept(layer->input) * double(layer->taps);
  auto matrix = layer->filter.getDefiningOp<SparseConstantOp>();
  const ChannelInfo *input = lookup(layer->input);
  if (!dense && matrix && input)
    multiplications = std::min(
        multiplications,
        (suitsVectors(matrix) ? work.stored : work.apart) *
            countStored(*layer, matrix, info->removable, input->removable));
  return pixels * (multiplications + results);
}

void DeadChannels::tearBlocks(Block &block) {
  llvm::SetVector<Operation *> all, some;
  for (Operation &op : block)
    if (std::optional<MixingLayer> layer = MixingLayer::match(&op);
        layer && layer->filter.getDefiningOp<SparseConstantOp>() &&
        lookup(layer->output))
      all.insert(&op);
  const Removable initial = getAllRemovable();
  // Settles with the blocks of `layers` torn; the work of every operation.
  auto attempt = [&](const llvm::SetVector<Operation *> &layers,
                     llvm::MapVector<Operation *, double> &works) {
    torn = layers;
    setAllRemovable(initial);
    settle(block);
    double total = 0;
    for (Operation &op : block)
      if (op.getNumResults() == 1)
        total += works[&op] = estimateWork(&op, torn.contains(&op));
    return total;
  };
  llvm::MapVector<Operation *, double> whole, apart, mixed;
  const double wholeWork = attempt({}, whole);
  const Removable wholeResult = getAllRemovable();
  if (all.empty())
    return;
  const double apartWork = attempt(all, apart);
  const Removable apartResult = getAllRemovable();
  for (Operation *op : all)
    if (apart[op] < whole[op])
      some.insert(op);
  const double mixedWork = attempt(some, mixed);
  if (mixedWork < std::min(wholeWork, apartWork))
    return;
  torn = apartWork < wholeWork ? all : llvm::SetVector<Operation *>();
  setAllRemovable(apartWork < wholeWork ? apartResult : wholeResult);
}
