//===- ElideCopies.cpp - Parts of buffers as views ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanProblem.h"
#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_ELIDECOPIESPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

static bool isWritten(OpOperand &operand) {
  auto effects = dyn_cast<MemoryEffectOpInterface>(operand.getOwner());
  return !effects ||
         effects.getEffectOnValue<MemoryEffects::Write>(operand.get());
}

//===----------------------------------------------------------------------===//
// Who touches what
//===----------------------------------------------------------------------===//

namespace {
/// When some bytes are touched: operations by their numbers in the block.
struct Times {
  std::set<unsigned> all, writes;

  bool isTouchedBefore(unsigned time) const {
    return !all.empty() && *all.begin() < time;
  }
  bool isWrittenBehind(unsigned time) const {
    return !writes.empty() && *writes.rbegin() > time;
  }
  void add(Times &&other) {
    all.merge(other.all);
    writes.merge(other.writes);
  }
};

/// The accesses to one buffer. What is whole stands apart from the parts, so
/// that parts that are about as long as each other are found without a look at
/// the others: a sequence may have thousands of steps.
class BufferAccesses {
public:
  Times &at(const ByteRange &range) {
    if (range.isWhole())
      return whole;
    longest = std::max(longest, range.size());
    return parts[{range.begin, range.end}];
  }

  /// Whether `test` holds for some of the accesses that overlap `range`.
  bool any(const ByteRange &range,
           llvm::function_ref<bool(const Times &)> test) const {
    if (test(whole))
      return true;
    for (auto it = parts.lower_bound({range.begin - longest, 0});
         it != parts.end() && it->first.first < range.end; ++it)
      if (it->first.second > range.begin && test(it->second))
        return true;
    return false;
  }

  /// All of them become accesses to a part of another buffer.
  void moveTo(BufferAccesses &other, const ByteRange &target) {
    other.at(target).add(std::move(whole));
    for (auto &[part, times] : parts)
      other
          .at({target.root, target.begin + part.first,
               target.begin + part.second})
          .add(std::move(times));
    *this = BufferAccesses();
  }

private:
  Times whole;
  std::map<std::pair<int64_t, int64_t>, Times> parts;
  /// Of the parts, in bytes.
  int64_t longest = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

/// A buffer that has no place yet.
static BufferOp getFreeBuffer(const ByteRange &range) {
  auto buffer = range.root.getDefiningOp<BufferOp>();
  return buffer && !buffer.getOffset() ? buffer : BufferOp();
}

/// The buffer that can be a view of `target` while `copy` goes; null if there
/// is none.
static BufferOp getReplaceable(const ByteRange &range,
                               const ByteRange &target) {
  if (!range.isWhole() ||
      (!isa<BlockArgument>(target.root) && !getFreeBuffer(target)))
    return {};
  return getFreeBuffer(range);
}

/// Erases what nothing reads of `view` and of what it is a view of, up to
/// `root`.
static void eraseUnusedViews(Value view, Value root) {
  while (view != root && view.use_empty()) {
    auto op = view.getDefiningOp<ViewLikeOpInterface>();
    view = op.getViewSource();
    op->erase();
  }
}

namespace {
class ElideCopiesPass
    : public pare::kernel::impl::ElideCopiesPassBase<ElideCopiesPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (failed(checkBody(function, getArgument())))
      return signalPassFailure();
    collect(function.getBody().front());
    SmallVector<CopyOp> copies(function.getOps<CopyOp>());
    for (CopyOp copy : copies)
      elide(copy);
    times.clear();
    accesses.clear();
  }

  /// The block's own order is made anew when an operation moves, which is
  /// often.
  void collect(Block &block) {
    for (Operation &op : block) {
      const unsigned time = times.size();
      times[&op] = time;
      if (isa<ViewLikeOpInterface, BufferOp>(op))
        continue;
      for (OpOperand &operand : op.getOpOperands()) {
        if (!isa<MemRefType>(operand.get().getType()))
          continue;
        const ByteRange range = getAccessedRange(operand);
        Times &touched = accesses[range.root].at(range);
        touched.all.insert(time);
        if (isWritten(operand))
          touched.writes.insert(time);
      }
    }
  }

  void elide(CopyOp copy) {
    // In one dimension, as the lowering writes what is consecutive.
    ArrayRef<int64_t> sizes = copy.getSizes();
    if (sizes.size() != 1 ||
        (sizes[0] != 1 &&
         (copy.getInputStrides()[0] != 1 || copy.getOutputStrides()[0] != 1)))
      return;
    const ByteRange input = getAccessedRange(copy->getOpOperand(0));
    const ByteRange output = getAccessedRange(copy->getOpOperand(1));
    BufferOp written = getReplaceable(input, output);
    BufferOp read = getReplaceable(output, input);
    if (input.root == output.root || (!written && !read))
      return;
    // What the copy brings stays, there and where it is from.
    const unsigned time = times.lookup(copy);
    auto isTouchedBefore = [&](const Times &touched) {
      return touched.isTouchedBefore(time);
    };
    auto isWrittenBehind = [&](const Times &touched) {
      return touched.isWrittenBehind(time);
    };
    if (accesses[output.root].any(output, isTouchedBefore) ||
        accesses[output.root].any(output, isWrittenBehind) ||
        accesses[input.root].any(input, isWrittenBehind))
      return;
    accesses[input.root].at(input).all.erase(time);
    Times &there = accesses[output.root].at(output);
    there.all.erase(time);
    there.writes.erase(time);
    if (written) {
      makeView(copy, written, output);
      ++numWritten;
    } else {
      makeView(copy, read, input);
      ++numRead;
    }
  }

  /// Makes a view of `target` of `buffer`, and erases `copy`, which is needed
  /// no more.
  void makeView(CopyOp copy, BufferOp buffer, const ByteRange &target) {
    BufferAccesses moved = std::move(accesses[buffer]);
    accesses.erase(buffer);
    moved.moveTo(accesses[target.root], target);
    if (Operation *root = target.root.getDefiningOp();
        root && times.lookup(buffer) < times.lookup(root)) {
      root->moveBefore(buffer);
      times[root] = times.lookup(buffer);
    }
    OpBuilder builder(buffer);
    Value view = target.root;
    MemRefType type = buffer.getType();
    const int64_t elementBytes = getSizeInBytes(type) / type.getNumElements();
    if (!target.isWhole())
      view = SubviewOp::create(builder, buffer.getLoc(), type, view,
                               target.begin / elementBytes);
    else if (view.getType() != type)
      view = ReshapeOp::create(builder, buffer.getLoc(), type, view);
    buffer.getOutput().replaceAllUsesWith(view);
    buffer.erase();
    Value operands[] = {copy.getInput(), copy.getOutput()};
    copy.erase();
    for (Value operand : operands)
      eraseUnusedViews(operand, target.root);
    if (auto root = target.root.getDefiningOp<BufferOp>();
        root && root->use_empty())
      root.erase();
  }

  /// Numbers of the operations in the block.
  DenseMap<Operation *, unsigned> times;
  DenseMap<Value, BufferAccesses> accesses;
};
} // namespace
