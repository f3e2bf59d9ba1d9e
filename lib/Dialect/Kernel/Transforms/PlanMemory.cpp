//===- PlanMemory.cpp - One arena for all buffers -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/Arena.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

namespace {
/// The slots of a function. Buffers that share their bytes, one after the
/// other, have one slot.
class Slots {
public:
  explicit Slots(Block &block);

  SmallVector<ArenaSlot> slots;
  /// The slot of each buffer, in the order of the program.
  SmallVector<std::pair<BufferOp, size_t>> buffers;

private:
  void shareInPlace(Operation &op, int64_t step);

  DenseMap<Value, size_t> slotOf;
  /// First and last use of each buffer.
  DenseMap<Value, std::pair<int64_t, int64_t>> lives;
};
} // namespace

Slots::Slots(Block &block) {
  int64_t step = 0;
  for (Operation &op : block) {
    ++step;
    // A view is no use: what counts is who uses the view.
    if (isa<ReshapeOp>(op))
      continue;
    for (Value operand : op.getOperands()) {
      Value root = getRootBuffer(operand);
      if (!root.getDefiningOp<BufferOp>())
        continue;
      lives.try_emplace(root, step, step).first->second.second = step;
    }
  }
  step = 0;
  for (Operation &op : block) {
    ++step;
    if (isa<ReshapeOp>(op))
      continue;
    shareInPlace(op, step);
    for (Value operand : op.getOperands()) {
      Value root = getRootBuffer(operand);
      auto life = lives.find(root);
      if (life == lives.end() || slotOf.contains(root))
        continue;
      slotOf[root] = slots.size();
      slots.push_back({life->second.first, life->second.second,
                       getSizeInBytes(cast<MemRefType>(root.getType()))});
    }
  }
  for (auto buffer : block.getOps<BufferOp>())
    if (auto slot = slotOf.find(buffer.getOutput()); slot != slotOf.end())
      buffers.emplace_back(buffer, slot->second);
}

/// If the output of `op` may take the place of an input, joins their slots.
void Slots::shareInPlace(Operation &op, int64_t step) {
  if (!op.hasTrait<InPlace>())
    return;
  // The trait's operations are destination style: the output comes last.
  Value output = op.getOperands().back();
  Value outputRoot = getRootBuffer(output);
  auto outputLife = lives.find(outputRoot);
  if (outputLife == lives.end() || outputLife->second.first != step)
    return;
  for (Value input : op.getOperands().drop_back()) {
    Value root = getRootBuffer(input);
    auto life = lives.find(root);
    if (life == lives.end() || life->second.second != step ||
        !slotOf.contains(root) || input.getType() != output.getType())
      continue;
    // Read a second time in another shape, an element would be needed after it
    // has been overwritten.
    if (llvm::any_of(op.getOperands(), [&](Value other) {
          return getRootBuffer(other) == root &&
                 other.getType() != input.getType();
        }))
      continue;
    const size_t slot = slotOf.lookup(root);
    slotOf[outputRoot] = slot;
    slots[slot].last = outputLife->second.second;
    return;
  }
}

namespace {
class PlanMemoryPass
    : public pare::kernel::impl::PlanMemoryPassBase<PlanMemoryPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (alignment < 1 || !llvm::isPowerOf2_64(alignment)) {
      function.emitError("kernel-plan-memory expects an alignment that is a "
                         "power of two, found ")
          << alignment.getValue();
      return signalPassFailure();
    }
    if (!llvm::hasSingleElement(function.getBody())) {
      function.emitError("kernel-plan-memory expects a body of one block, "
                         "found ")
          << llvm::range_size(function.getBody());
      return signalPassFailure();
    }
    Block &block = function.getBody().front();
    eraseUnused(block);

    Slots plan(block);
    const int64_t bytes = placeSlots(plan.slots, alignment);
    Builder builder(&getContext());
    for (auto [buffer, slot] : plan.buffers)
      buffer.setOffsetAttr(builder.getI64IntegerAttr(plan.slots[slot].offset));
    function->setAttr(KernelDialect::kArenaBytesAttr,
                      builder.getI64IntegerAttr(bytes));
    arenaBytes += bytes;
    lowerBound += getArenaLowerBound(plan.slots);
  }

  /// Erases views and buffers that nothing uses.
  static void eraseUnused(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<ReshapeOp, BufferOp>(op) && op.use_empty())
        op.erase();
  }
};
} // namespace
