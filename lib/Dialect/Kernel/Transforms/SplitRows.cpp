//===- SplitRows.cpp - Running layers stripe by stripe --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/SplitRows.h"
#include "PlanProblem.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OwningOpRef.h"
#include "pare/Dialect/Kernel/IR/Work.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
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
// Groups
//===----------------------------------------------------------------------===//

static SmallVector<Operation *> getSteps(func::FuncOp function) {
  SmallVector<Operation *> steps;
  for (Operation &op : function.getBody().front())
    if (!isa<ViewLikeOpInterface, BufferOp, memref::GetGlobalOp>(op) &&
        !op.hasTrait<OpTrait::IsTerminator>())
      steps.push_back(&op);
  return steps;
}

/// The operands of which `op` reads the rows of an image: none if it does not
/// go row by row.
static SmallVector<Value, 2> getImages(Operation *op) {
  if (op->getNumOperands() == 0)
    return {};
  Value output = op->getOperands().back();
  SmallVector<Value, 2> images;
  // Sums of images that went different ways.
  if (auto binary = dyn_cast<BinaryOp>(op)) {
    images = {binary.getLhs(), binary.getRhs()};
    if (images[0].getType() != output.getType() ||
        images[1].getType() != output.getType())
      return {};
  } else if (isa<RowOrderOpInterface>(op)) {
    images = {op->getOperand(0)};
  }
  if (images.empty() || !isImage(output) || llvm::is_contained(images, output))
    return {};
  // There are no parts of constants.
  for (Value image : images)
    if (getRootBuffer(image).getDefiningOp<memref::GetGlobalOp>())
      return {};
  return llvm::all_of(images, isImage) ? images : SmallVector<Value, 2>();
}

/// The rows of its images that the rows [rows.first, rows.second) of the output
/// of `op` need.
static Rows getInputRows(Operation *op, Rows rows) {
  auto ordered = dyn_cast<RowOrderOpInterface>(op);
  return ordered ? ordered.getInputRows(rows.first, rows.second) : rows;
}

namespace {
/// Consecutive operations that can run stripe by stripe.
class Group {
public:
  explicit Group(ArrayRef<Operation *> ops);

  ArrayRef<Operation *> getOps() const { return ops; }
  Operation *getLast() const { return ops.back(); }
  Value getResult() const { return ops.back()->getOperands().back(); }
  int64_t getHeight() const {
    return cast<MemRefType>(getResult().getType()).getDimSize(1);
  }
  /// The operation of the group that writes `image`, or -1.
  int64_t getWriter(Value image) const {
    auto writer = writers.find(image);
    return writer == writers.end() ? -1 : writer->second;
  }

  /// Whether what is between the operations is nowhere else.
  bool isClosed() const;
  /// The rows of each output that the rows `last` of the last one need; one
  /// that needs none has none.
  SmallVector<Rows> getRows(Rows last) const;
  /// The rows of each stripe of the last output, as high as each other but for
  /// the last one.
  SmallVector<Rows> getStripes(int64_t count) const;
  /// Whether every stripe of every operation has something to read.
  bool canSplit(int64_t count) const;
  int64_t countRepeatedMacs(int64_t count) const;

private:
  ArrayRef<Operation *> ops;
  llvm::DenseMap<Value, int64_t> writers;
};
} // namespace

Group::Group(ArrayRef<Operation *> ops) : ops(ops) {
  for (auto [i, op] : llvm::enumerate(ops))
    writers[op->getOperands().back()] = i;
}

bool Group::isClosed() const {
  llvm::SmallPtrSet<Operation *, 16> members(ops.begin(), ops.end());
  if (writers.size() != ops.size())
    return false;
  for (Operation *op : ops) {
    // A result that the group reads too is more than its last output.
    Value output = op->getOperands().back();
    const bool isLast = op == ops.back();
    if (!isLast && !output.getDefiningOp<BufferOp>())
      return false;
    for (Operation *user : output.getUsers())
      if (isLast ? user != op && members.contains(user)
                 : !members.contains(user))
        return false;
    // An image of the group is read as such alone.
    SmallVector<Value, 2> images = getImages(op);
    for (Value operand : op->getOperands().drop_back())
      if (!llvm::is_contained(images, operand) && getWriter(operand) >= 0)
        return false;
  }
  return true;
}

SmallVector<Rows> Group::getRows(Rows last) const {
  SmallVector<Rows> rows(ops.size(), {0, 0});
  rows.back() = last;
  for (size_t i = ops.size(); i-- > 0;) {
    const Rows read = getInputRows(ops[i], rows[i]);
    for (Value image : getImages(ops[i])) {
      const int64_t writer = getWriter(image);
      if (writer < 0 || read.first >= read.second)
        continue;
      Rows &needed = rows[writer];
      needed = needed.first >= needed.second
                   ? read
                   : Rows(std::min(needed.first, read.first),
                          std::max(needed.second, read.second));
    }
  }
  return rows;
}

SmallVector<Rows> Group::getStripes(int64_t count) const {
  const int64_t height = getHeight();
  const int64_t rows = llvm::divideCeil(height, count);
  SmallVector<Rows> stripes;
  for (int64_t row = 0; row < height; row += rows)
    stripes.emplace_back(row, std::min(row + rows, height));
  return stripes;
}

bool Group::canSplit(int64_t count) const {
  for (Rows stripe : getStripes(count))
    for (auto [op, rows] : llvm::zip_equal(ops, getRows(stripe))) {
      if (rows.first >= rows.second)
        return false;
      const Rows read = getInputRows(op, rows);
      if (read.first >= read.second)
        return false;
    }
  return true;
}

int64_t Group::countRepeatedMacs(int64_t count) const {
  SmallVector<int64_t> computed(ops.size(), 0);
  for (Rows stripe : getStripes(count))
    for (auto [sum, rows] : llvm::zip_equal(computed, getRows(stripe)))
      sum += rows.second - rows.first;
  int64_t repeated = 0;
  for (auto [op, rows] : llvm::zip_equal(ops, computed)) {
    const int64_t height = typeOf(op->getOperands().back()).getDimSize(1);
    repeated += getWork(op).macs / height * std::max<int64_t>(rows - height, 0);
  }
  return repeated;
}

/// The numbers of operations from `steps[first]` on that are groups.
static SmallVector<int64_t> getGroupSizes(ArrayRef<Operation *> steps,
                                          int64_t first) {
  SmallVector<int64_t> sizes;
  ArrayRef<Operation *> rest = steps.drop_front(first);
  for (size_t size = 1; size <= rest.size(); ++size) {
    if (getImages(rest[size - 1]).empty())
      break;
    const Group group(rest.take_front(size));
    // Rows of the last output need some of all others.
    if (group.isClosed() &&
        llvm::all_of(group.getRows({0, group.getHeight()}),
                     [](Rows rows) { return rows.first < rows.second; }))
      sizes.push_back(size);
  }
  return sizes;
}

SmallVector<int64_t> pare::kernel::getSplittableLayers(func::FuncOp function,
                                                       int64_t first) {
  return getGroupSizes(getSteps(function), first);
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
  MemRefType type = typeOf(buffer);
  const int64_t rowSize = type.getNumElements() / type.getDimSize(1);
  return SubviewOp::create(builder, loc, withRows(buffer, count), buffer,
                           (rows.first - origin) * rowSize);
}

/// Creates what computes `rows` of the output of `op` from views of its images.
static void cloneRows(OpBuilder &builder, Operation *op, Rows rows,
                      ArrayRef<Value> images, Value output) {
  if (auto ordered = dyn_cast<RowOrderOpInterface>(op)) {
    ordered.cloneRows(builder, rows.first, rows.second, images.front(), output);
    return;
  }
  IRMapping mapping;
  for (auto [whole, view] : llvm::zip_equal(getImages(op), images))
    mapping.map(whole, view);
  mapping.map(op->getOperands().back(), output);
  builder.clone(*op, mapping);
}

void pare::kernel::splitRows(func::FuncOp function, const RowSplit &split) {
  SmallVector<Operation *> steps = getSteps(function);
  const Group group(ArrayRef(steps).slice(split.first, split.layers));
  ArrayRef<Operation *> ops = group.getOps();
  OpBuilder builder(group.getLast());
  Value result = group.getResult();
  // Buffers may stand anywhere before their first use.
  if (Operation *buffer = result.getDefiningOp<BufferOp>())
    buffer->moveBefore(ops.front());
  for (Rows stripe : group.getStripes(split.stripes)) {
    const SmallVector<Rows> rowsOf = group.getRows(stripe);
    SmallVector<Value> outputs;
    for (auto [op, rows] : llvm::zip_equal(ops, rowsOf)) {
      Location loc = op->getLoc();
      SmallVector<Value, 2> views;
      for (Value image : getImages(op)) {
        const int64_t writer = group.getWriter(image);
        views.push_back(viewRows(
            builder, loc, writer < 0 ? image : outputs[writer],
            getInputRows(op, rows), writer < 0 ? 0 : rowsOf[writer].first));
      }
      Value whole = op->getOperands().back();
      outputs.push_back(
          op == group.getLast()
              ? viewRows(builder, loc, result, rows, 0)
              : BufferOp::create(builder, whole.getLoc(),
                                 withRows(whole, rows.second - rows.first),
                                 IntegerAttr())
                    .getOutput());
      cloneRows(builder, op, rows, views, outputs.back());
    }
  }
  SmallVector<Operation *> buffers;
  for (Operation *op : ops.drop_back())
    buffers.push_back(op->getOperands().back().getDefiningOp());
  for (Operation *op : llvm::reverse(ops))
    op->erase();
  for (Operation *buffer : buffers)
    buffer->erase();
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

/// All ways to cut, those first that repeat the fewest steps.
static SmallVector<RowSplit> getCandidates(func::FuncOp function) {
  constexpr int64_t kMaxFirst = 4, kMaxLayers = 12, kMaxSteps = 200;
  SmallVector<RowSplit> candidates;
  SmallVector<Operation *> steps = getSteps(function);
  const int64_t starts = std::min<int64_t>(kMaxFirst, steps.size());
  for (int64_t first = 0; first < starts; ++first) {
    for (int64_t layers : getGroupSizes(steps, first)) {
      if (layers < 2 || layers > kMaxLayers)
        continue;
      const Group group(ArrayRef(steps).slice(first, layers));
      const int64_t height = group.getHeight();
      int64_t previous = 0;
      for (int64_t stripes : {2, 3, 4, 6, 8, 12, 16, 24, 32}) {
        const int64_t rows = llvm::divideCeil(height, stripes);
        if (stripes > height || rows == previous ||
            stripes * layers > kMaxSteps || !group.canSplit(stripes))
          continue;
        previous = rows;
        candidates.push_back(
            {first, layers, stripes, group.countRepeatedMacs(stripes)});
      }
    }
  }
  // No two of them are equal.
  llvm::sort(candidates, [](const RowSplit &a, const RowSplit &b) {
    return std::tie(a.repeatedMacs, a.stripes, a.first, a.layers) <
           std::tie(b.repeatedMacs, b.stripes, b.first, b.layers);
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

/// Whether the buffers fit into `regions` after `split`, if there is one.
static bool fits(func::FuncOp function, const RowSplit *split,
                 const PlanOptions &options, ArrayRef<MemoryRegion> regions) {
  int64_t total = 0;
  for (const MemoryRegion &region : regions) {
    if (region.budget == 0)
      return true;
    total += region.budget;
  }
  if (regions.front().name.empty())
    return getArenaBytes(function, split, options, total) <= total;
  OwningOpRef<func::FuncOp> copy = function.clone();
  if (split)
    splitRows(*copy, *split);
  return getArenaBound(*copy, options) <= total &&
         chooseRegions(*copy, options, regions, /*tries=*/0).fits;
}

std::optional<RowSplit>
pare::kernel::splitRowsToFit(func::FuncOp function, const PlanOptions &options,
                             ArrayRef<MemoryRegion> regions) {
  if (fits(function, nullptr, options, regions))
    return std::nullopt;
  for (const RowSplit &split : getCandidates(function)) {
    if (!fits(function, &split, options, regions))
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
    if (failed(checkBody(function, getArgument())))
      return signalPassFailure();
    if (budget > 0 || !regions.empty()) {
      auto memories = parseRegions(regions);
      if (!memories) {
        function.emitError("kernel-split-rows: ")
            << llvm::toString(memories.takeError());
        return signalPassFailure();
      }
      if (memories->empty())
        memories->push_back({"", budget});
      PlanOptions plan;
      plan.alignment = alignment;
      plan.overlaps = overlap;
      plan.ports = ports;
      if (auto split = splitRowsToFit(function, plan, *memories))
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
    SmallVector<int64_t> sizes = getGroupSizes(steps, first);
    if (!llvm::is_contained(sizes, layers)) {
      std::string possible;
      for (int64_t size : sizes)
        possible += (possible.empty() ? "" : ", ") + std::to_string(size);
      return function.emitError("kernel-split-rows expects layers that go row "
                                "by row and that nothing else reads (")
             << (possible.empty() ? "none here" : "here " + possible)
             << "), found " << layers.getValue();
    }
    const Group group(ArrayRef(steps).slice(first, layers));
    const int64_t height = group.getHeight();
    if (stripes < 1 || stripes > height || !group.canSplit(stripes))
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
