//===- Prune.cpp - Sets the weights of least magnitude to zero ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_PRUNEPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

namespace {
/// Where an element of a filter lies in the matrix of blocks.
class BlockGrid {
public:
  BlockGrid(ArrayRef<int64_t> shape, int64_t axis, int64_t blockRows,
            int64_t blockColumns)
      : layout(shape, axis), blockRows(blockRows), blockColumns(blockColumns) {
    int64_t elements = 1;
    for (int64_t size : shape)
      elements *= size;
    const int64_t columns = elements / std::max<int64_t>(layout.channels, 1);
    gridColumns = llvm::divideCeil(columns, blockColumns);
    numBlocks = gridColumns * llvm::divideCeil(layout.channels, blockRows);
  }

  int64_t size() const { return numBlocks; }
  int64_t blockOf(int64_t element) const {
    const int64_t row = layout.channelOf(element);
    const int64_t column =
        element / (layout.inner * layout.channels) * layout.inner +
        element % layout.inner;
    return row / blockRows * gridColumns + column / blockColumns;
  }

private:
  AxisLayout layout;
  int64_t blockRows, blockColumns, gridColumns, numBlocks;
};

/// One filter and the places that read it as a filter.
struct Filter {
  Value constant;
  int64_t axis;
  SmallVector<OpOperand *> uses;
};

/// Zeroes all blocks with a score below `threshold`, and the first `ties` of
/// those that have it: the number of zeros does not depend on equal scores.
struct Cut {
  float threshold;
  int64_t ties;
  bool prunes(float score) {
    if (score != threshold)
      return score < threshold;
    return ties-- > 0;
  }
};

class Prune : public pare::nn::impl::PrunePassBase<Prune> {
public:
  using PrunePassBase::PrunePassBase;

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    FailureOr<SmallVector<Filter>> filters = collect();
    if (failed(filters))
      return signalPassFailure();
    std::vector<float> all;
    for (const Filter &filter : *filters) {
      FailureOr<std::vector<float>> scores = computeScores(filter);
      if (failed(scores))
        return signalPassFailure();
      if (scope == PruneScope::Layer)
        prune(filter, *scores, makeCut(*scores));
      else
        all.insert(all.end(), scores->begin(), scores->end());
    }
    if (scope == PruneScope::Global) {
      Cut cut = makeCut(all);
      for (const Filter &filter : *filters)
        cut = prune(filter, *computeScores(filter), cut);
    }
    getOperation().walk([](ConstantOp op) {
      if (op->use_empty())
        op.erase();
    });
  }

private:
  LogicalResult checkOptions() {
    if (!(sparsity >= 0.0 && sparsity <= 1.0))
      return getOperation().emitError(
                 "expects the option sparsity to be 0 to 1, but found ")
             << double(sparsity);
    if (blockRows < 1 || blockColumns < 1)
      return getOperation().emitError(
                 "expects blocks of at least 1x1, but found ")
             << int64_t(blockRows) << "x" << int64_t(blockColumns);
    return success();
  }

  /// The constant behind a filter operand; `use` becomes the place that reads
  /// it, which is a fake_quant where there is one.
  static Value findConstant(OpOperand *&use) {
    if (auto node = use->get().getDefiningOp<FakeQuantOp>())
      use = &node->getOpOperand(0);
    return readFloats(use->get()) ? use->get() : Value();
  }

  FailureOr<SmallVector<Filter>> collect() {
    SmallVector<Operation *> layers;
    llvm::StringSet<> names;
    getOperation().walk([&](Operation *op) {
      auto layer = dyn_cast<QuantizableOpInterface>(op);
      if (!layer || !layer.getFilterIndex())
        return;
      names.insert(getLayerName(op));
      layers.push_back(op);
    });
    for (const std::string &name : exclude)
      if (!names.contains(name))
        return getOperation().emitError(
                   "expects the option exclude to name layers with weights, "
                   "but there is no layer '")
               << name << "'";
    llvm::MapVector<Value, Filter> filters;
    for (Operation *op : layers) {
      if (llvm::is_contained(exclude, getLayerName(op)) ||
          (!pruneDepthwise && isa<DepthwiseConv2DOp>(op)) ||
          (!pruneFirstLast && (op == layers.front() || op == layers.back())))
        continue;
      auto layer = cast<QuantizableOpInterface>(op);
      OpOperand *use = &op->getOpOperand(*layer.getFilterIndex());
      Value constant = findConstant(use);
      if (!constant || cast<ShapedType>(constant.getType()).getNumElements() <
                           std::max<int64_t>(minElements, 1))
        continue;
      Filter &filter = filters[constant];
      filter.constant = constant;
      filter.axis = layer.getFilterChannelAxis();
      if (!llvm::is_contained(filter.uses, use))
        filter.uses.push_back(use);
    }
    SmallVector<Filter> result;
    for (auto &entry : filters)
      result.push_back(std::move(entry.second));
    return result;
  }

  BlockGrid getGrid(const Filter &filter) {
    return BlockGrid(cast<ShapedType>(filter.constant.getType()).getShape(),
                     filter.axis, blockRows, blockColumns);
  }

  /// Mean magnitude of each block.
  FailureOr<std::vector<float>> computeScores(const Filter &filter) {
    const BlockGrid grid = getGrid(filter);
    auto weights = readFloats(filter.constant);
    std::vector<float> scores(grid.size(), 0.0f);
    std::vector<uint32_t> counts(grid.size(), 0);
    for (size_t i = 0; i < weights->size(); ++i) {
      const float weight = (*weights)[i];
      if (!std::isfinite(weight))
        return filter.constant.getDefiningOp()->emitError("filter '")
               << getLayerName(filter.constant.getDefiningOp())
               << "': expects finite weights, but element " << i << " is "
               << weight;
      const int64_t block = grid.blockOf(i);
      scores[block] += std::fabs(weight);
      ++counts[block];
    }
    for (auto [score, count] : llvm::zip_equal(scores, counts))
      score /= count;
    return scores;
  }

  Cut makeCut(std::vector<float> scores) {
    const int64_t count = std::llround(sparsity * scores.size());
    if (count == 0)
      return {-1.0f, 0};
    auto last = scores.begin() + (count - 1);
    std::nth_element(scores.begin(), last, scores.end());
    const int64_t below =
        llvm::count_if(llvm::make_range(scores.begin(), last),
                       [&](float score) { return score < *last; });
    return {*last, count - below};
  }

  /// Gives the uses of `filter` a pruned constant; returns `cut` less the ties
  /// that it took.
  Cut prune(const Filter &filter, ArrayRef<float> scores, Cut cut) {
    const BlockGrid grid = getGrid(filter);
    std::vector<bool> pruned(scores.size());
    for (size_t block = 0; block < scores.size(); ++block)
      pruned[block] = cut.prunes(scores[block]);
    auto weights = readFloats(filter.constant);
    std::vector<float> values(weights->get().begin(), weights->get().end());
    for (size_t i = 0; i < values.size(); ++i)
      if (pruned[grid.blockOf(i)])
        values[i] = 0.0f;
    numWeights += values.size();
    numZeros += llvm::count(values, 0.0f);
    ++numLayers;
    OpBuilder builder(filter.constant.getDefiningOp());
    ConstantOp replacement =
        createFloats(builder, filter.constant.getLoc(),
                     cast<ShapedType>(filter.constant.getType()).getShape(),
                     ArrayRef<float>(values));
    for (OpOperand *use : filter.uses)
      use->set(replacement);
    return cut;
  }
};
} // namespace
