//===- SplitRows.cpp - Running layers stripe by stripe --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/SplitRows.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OwningOpRef.h"
#include "pare/Dialect/Kernel/IR/Work.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_SPLITROWSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

using Rows = std::pair<int64_t, int64_t>;

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

static bool isImage(Value value) {
  MemRefType type = typeOf(value);
  return type.getRank() == 4 && type.getDimSize(0) == 1;
}

//===----------------------------------------------------------------------===//
// Chains
//===----------------------------------------------------------------------===//

static SmallVector<Operation *> getSteps(func::FuncOp function) {
  SmallVector<Operation *> steps;
  for (Operation &op : function.getBody().front())
    if (!isa<ViewLikeOpInterface, BufferOp, memref::GetGlobalOp>(op) &&
        !op.hasTrait<OpTrait::IsTerminator>())
      steps.push_back(&op);
  return steps;
}

/// Whether `op` maps one image to another, row by row.
static bool isRowwise(Operation *op) {
  return isa<RowOrderOpInterface>(op) && isImage(op->getOperand(0)) &&
         isImage(op->getOperands().back()) &&
         op->getOperand(0) != op->getOperands().back();
}

/// Whether `next` alone reads what `op` writes.
static bool feedsOnly(Operation *op, Operation *next) {
  Value output = op->getOperands().back();
  return output.getDefiningOp<BufferOp>() && next->getOperand(0) == output &&
         llvm::all_of(output.getUsers(), [&](Operation *user) {
           return user == op || user == next;
         });
}

static SmallVector<Operation *> getChain(ArrayRef<Operation *> steps,
                                         int64_t first) {
  SmallVector<Operation *> chain;
  for (Operation *op : steps.drop_front(first)) {
    if (!isRowwise(op) || (!chain.empty() && !feedsOnly(chain.back(), op)))
      break;
    chain.push_back(op);
  }
  return chain;
}

int64_t pare::kernel::getSplittableLayers(func::FuncOp function,
                                          int64_t first) {
  return getChain(getSteps(function), first).size();
}

/// The rows of each output that the rows `last` of the chain's last one need.
static SmallVector<Rows> getRowsOf(ArrayRef<Operation *> chain, Rows last) {
  SmallVector<Rows> rows(chain.size());
  for (size_t i = chain.size(); i-- > 0;) {
    rows[i] = last;
    last = cast<RowOrderOpInterface>(chain[i]).getInputRows(last.first,
                                                            last.second);
  }
  return rows;
}

/// The rows of each stripe of the last output, as high as each other but for
/// the last one.
static SmallVector<Rows> getStripes(Operation *last, int64_t count) {
  const int64_t height = typeOf(last->getOperands().back()).getDimSize(1);
  const int64_t rows = llvm::divideCeil(height, count);
  SmallVector<Rows> stripes;
  for (int64_t row = 0; row < height; row += rows)
    stripes.emplace_back(row, std::min(row + rows, height));
  return stripes;
}

/// Whether every stripe of every layer has something to read.
static bool canSplit(ArrayRef<Operation *> chain, int64_t count) {
  for (Rows stripe : getStripes(chain.back(), count))
    for (auto [op, rows] : llvm::zip_equal(chain, getRowsOf(chain, stripe))) {
      Rows input =
          cast<RowOrderOpInterface>(op).getInputRows(rows.first, rows.second);
      if (rows.first >= rows.second || input.first >= input.second)
        return false;
    }
  return true;
}

static int64_t countRepeatedMacs(ArrayRef<Operation *> chain, int64_t count) {
  int64_t repeated = 0;
  SmallVector<int64_t> computed(chain.size(), 0);
  for (Rows stripe : getStripes(chain.back(), count))
    for (auto [sum, rows] : llvm::zip_equal(computed, getRowsOf(chain, stripe)))
      sum += rows.second - rows.first;
  for (auto [op, rows] : llvm::zip_equal(chain, computed)) {
    const int64_t height = typeOf(op->getOperands().back()).getDimSize(1);
    repeated += getWork(op).macs / height * std::max<int64_t>(rows - height, 0);
  }
  return repeated;
}

//===----------------------------------------------------------------------===//
// The split
//===----------------------------------------------------------------------===//

static MemRefType withRows(Value value, int64_t rows) {
  MemRefType type = typeOf(value);
  SmallVector<int64_t> shape(type.getShape());
  shape[1] = rows;
  return MemRefType::get(shape, type.getElementType());
}

/// A view of `rows` of `buffer`, which holds the rows from `origin` on.
static Value viewRows(OpBuilder &builder, Location loc, Value buffer, Rows rows,
                      int64_t origin) {
  const int64_t count = rows.second - rows.first;
  if (rows.first == origin && count == typeOf(buffer).getDimSize(1))
    return buffer;
  return RowsOp::create(builder, loc, withRows(buffer, count), buffer,
                        rows.first - origin);
}

void pare::kernel::splitRows(func::FuncOp function, const RowSplit &split) {
  SmallVector<Operation *> chain = getChain(getSteps(function), split.first);
  chain.resize(split.layers);
  OpBuilder builder(chain.back());
  Value image = chain.front()->getOperand(0);
  Value result = chain.back()->getOperands().back();
  // Buffers may stand anywhere before their first use.
  if (Operation *buffer = result.getDefiningOp<BufferOp>())
    buffer->moveBefore(chain.front());
  for (Rows stripe : getStripes(chain.back(), split.stripes)) {
    Value buffer = image;
    int64_t origin = 0;
    for (auto [op, rows] : llvm::zip_equal(chain, getRowsOf(chain, stripe))) {
      auto ordered = cast<RowOrderOpInterface>(op);
      Location loc = op->getLoc();
      Value input =
          viewRows(builder, loc, buffer,
                   ordered.getInputRows(rows.first, rows.second), origin);
      Value output;
      if (op == chain.back()) {
        output = viewRows(builder, loc, result, rows, 0);
      } else {
        Value whole = op->getOperands().back();
        output = BufferOp::create(builder, whole.getLoc(),
                                  withRows(whole, rows.second - rows.first),
                                  IntegerAttr());
      }
      ordered.cloneRows(builder, rows.first, rows.second, input, output);
      buffer = output;
      origin = rows.first;
    }
  }
  for (Operation *op : llvm::reverse(chain)) {
    Operation *buffer = op->getOperands().back().getDefiningOp<BufferOp>();
    const bool isLast = op == chain.back();
    op->erase();
    if (!isLast)
      buffer->erase();
  }
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

/// All ways to cut, those first that repeat the fewest steps.
static SmallVector<RowSplit> getCandidates(func::FuncOp function) {
  constexpr int64_t kMaxFirst = 4, kMaxLayers = 8;
  SmallVector<RowSplit> candidates;
  SmallVector<Operation *> steps = getSteps(function);
  const int64_t starts = std::min<int64_t>(kMaxFirst, steps.size());
  for (int64_t first = 0; first < starts; ++first) {
    SmallVector<Operation *> chain = getChain(steps, first);
    for (int64_t layers = 2, e = std::min<int64_t>(kMaxLayers, chain.size());
         layers <= e; ++layers) {
      ArrayRef<Operation *> part = ArrayRef(chain).take_front(layers);
      const int64_t height =
          typeOf(part.back()->getOperands().back()).getDimSize(1);
      int64_t previous = 0;
      for (int64_t stripes : {2, 3, 4, 6, 8, 12, 16, 24, 32}) {
        const int64_t rows = llvm::divideCeil(height, stripes);
        if (stripes > height || rows == previous || !canSplit(part, stripes))
          continue;
        previous = rows;
        candidates.push_back(
            {first, layers, stripes, countRepeatedMacs(part, stripes)});
      }
    }
  }
  llvm::stable_sort(candidates, [](const RowSplit &a, const RowSplit &b) {
    return std::tie(a.repeatedMacs, a.stripes) <
           std::tie(b.repeatedMacs, b.stripes);
  });
  return candidates;
}

/// The bytes of the arena after `split`, if there is one; more than `limit` if
/// they are.
static int64_t getArenaBytes(func::FuncOp function, const RowSplit *split,
                             const PlanOptions &options, int64_t limit) {
  OwningOpRef<func::FuncOp> copy = function.clone();
  if (split)
    splitRows(*copy, *split);
  // Much cheaper than a plan, and no plan does better.
  if (int64_t bound = getArenaBound(*copy, options); bound > limit)
    return bound;
  return planMemory(*copy, options).arenaBytes;
}

std::optional<RowSplit> pare::kernel::splitRowsToFit(func::FuncOp function,
                                                     const PlanOptions &options,
                                                     int64_t budget) {
  if (getArenaBytes(function, nullptr, options, budget) <= budget)
    return std::nullopt;
  for (const RowSplit &split : getCandidates(function)) {
    if (getArenaBytes(function, &split, options, budget) > budget)
      continue;
    splitRows(function, split);
    return split;
  }
  return std::nullopt;
}

int64_t pare::kernel::getSmallestSplitArena(func::FuncOp function,
                                            const PlanOptions &options) {
  int64_t smallest = getArenaBytes(function, nullptr, options,
                                   std::numeric_limits<int64_t>::max());
  for (const RowSplit &split : getCandidates(function))
    smallest = std::min(smallest,
                        getArenaBytes(function, &split, options, smallest - 1));
  return smallest;
}

namespace {
class SplitRowsPass
    : public pare::kernel::impl::SplitRowsPassBase<SplitRowsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!llvm::hasSingleElement(function.getBody())) {
      function.emitError("kernel-split-rows expects a body of one block, "
                         "found ")
          << llvm::range_size(function.getBody());
      return signalPassFailure();
    }
    if (budget > 0) {
      PlanOptions plan;
      plan.alignment = alignment;
      plan.overlaps = overlap;
      plan.ports = ports;
      if (auto split = splitRowsToFit(function, plan, budget))
        count(*split);
      return;
    }
    if (failed(check(function)))
      return signalPassFailure();
    RowSplit split = {first, layers, stripes, 0};
    splitRows(function, split);
    count(split);
  }

  LogicalResult check(func::FuncOp function) {
    SmallVector<Operation *> steps = getSteps(function);
    if (first < 0 || first >= int64_t(steps.size()))
      return function.emitError("kernel-split-rows expects a first operation "
                                "from 0 to ")
             << int64_t(steps.size()) - 1 << ", found " << first.getValue();
    SmallVector<Operation *> chain = getChain(steps, first);
    if (layers < 1 || layers > int64_t(chain.size()))
      return function.emitError("kernel-split-rows expects from 1 to ")
             << chain.size() << " layers that go row by row, found "
             << layers.getValue();
    chain.resize(layers);
    const int64_t height =
        typeOf(chain.back()->getOperands().back()).getDimSize(1);
    if (stripes < 1 || stripes > height || !canSplit(chain, stripes))
      return function.emitError("kernel-split-rows expects stripes that all "
                                "have rows, found ")
             << stripes.getValue() << " of " << height << " rows";
    return success();
  }

  void count(const RowSplit &split) {
    numLayers += split.layers;
    numStripes += split.stripes;
  }
};
} // namespace
