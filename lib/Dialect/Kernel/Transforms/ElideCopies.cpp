//===- ElideCopies.cpp - Parts of buffers as views ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanProblem.h"
#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"

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

/// Whether no operation but `except` that stands where `stands` says touches
/// (or only: writes) some of `range`.
static bool isUntouched(const ByteRange &range, CopyOp except, bool onlyWrites,
                        llvm::function_ref<bool(Operation *)> stands) {
  for (Operation &op : *except->getBlock()) {
    if (isa<ViewLikeOpInterface, BufferOp>(op) || &op == except || !stands(&op))
      continue;
    for (OpOperand &operand : op.getOpOperands())
      if (isa<MemRefType>(operand.get().getType()) &&
          range.overlaps(getAccessedRange(operand)) &&
          (!onlyWrites || isWritten(operand)))
        return false;
  }
  return true;
}

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

static void eraseIfUnused(Value value) {
  while (Operation *op = value ? value.getDefiningOp() : nullptr) {
    auto view = dyn_cast<ViewLikeOpInterface>(op);
    if ((!view && !isa<BufferOp>(op)) || !op->use_empty())
      return;
    value = view ? view.getViewSource() : Value();
    op->erase();
  }
}

/// Makes a view of `target` of `buffer`, and erases `copy`, which is needed no
/// more.
static void makeView(CopyOp copy, BufferOp buffer, const ByteRange &target) {
  if (Operation *root = target.root.getDefiningOp();
      root && buffer->isBeforeInBlock(root))
    root->moveBefore(buffer);
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
    eraseIfUnused(operand);
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
    SmallVector<CopyOp> copies(function.getOps<CopyOp>());
    for (CopyOp copy : copies)
      elide(copy);
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
    auto isBefore = [&](Operation *op) { return op->isBeforeInBlock(copy); };
    auto isBehind = [&](Operation *op) { return copy->isBeforeInBlock(op); };
    if (!isUntouched(output, copy, /*onlyWrites=*/false, isBefore) ||
        !isUntouched(output, copy, /*onlyWrites=*/true, isBehind) ||
        !isUntouched(input, copy, /*onlyWrites=*/true, isBehind))
      return;
    if (written) {
      makeView(copy, written, output);
      ++numWritten;
    } else {
      makeView(copy, read, input);
      ++numRead;
    }
  }
};
} // namespace
