//===- FuseClamps.cpp - Clamps move into the operation before -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include <algorithm>

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_FUSECLAMPSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

/// The operations that use `buffer` or a view of it; views themselves do not
/// count.
static void collectUsers(Value buffer, SmallVectorImpl<Operation *> &users) {
  for (Operation *user : buffer.getUsers()) {
    if (auto view = dyn_cast<ReshapeOp>(user))
      collectUsers(view.getOutput(), users);
    else if (!llvm::is_contained(users, user))
      users.push_back(user);
  }
}

/// True if the epilogue of `op` is a clamp of the f32 values that it stores.
static bool clampsItsResult(Operation *op) {
  if (!op->hasTrait<DestinationStyle>() || isa<ConvertOp>(op) ||
      !op->getAttrOfType<EpilogueAttr>("epilogue"))
    return false;
  auto type = cast<MemRefType>(op->getOperands().back().getType());
  return type.getElementType().isF32();
}

/// The operation that computes what `clamp` reads, if that is all it is good
/// for: nothing else reads the buffer, and `clamp` is the first to touch the
/// one that it writes.
static Operation *findProducer(UnaryOp clamp) {
  auto source = getRootBuffer(clamp.getInput()).getDefiningOp<BufferOp>();
  if (!source || source.getOffset())
    return nullptr;
  SmallVector<Operation *> users;
  collectUsers(source, users);
  Operation *producer = nullptr;
  for (Operation *user : users) {
    if (user == clamp)
      continue;
    if (producer || user->getBlock() != clamp->getBlock() ||
        !user->isBeforeInBlock(clamp))
      return nullptr;
    producer = user;
  }
  if (!producer || !clampsItsResult(producer) ||
      getRootBuffer(producer->getOperands().back()) != source.getOutput() ||
      llvm::any_of(producer->getOperands().drop_back(), [&](Value operand) {
        return getRootBuffer(operand) == source.getOutput();
      }))
    return nullptr;

  Value target = getRootBuffer(clamp.getOutput());
  users.clear();
  collectUsers(target, users);
  if (llvm::any_of(users, [&](Operation *user) {
        return user->getBlock() != clamp->getBlock() ||
               user->isBeforeInBlock(clamp);
      }))
    return nullptr;
  auto buffer = target.getDefiningOp<BufferOp>();
  if (!buffer && !isa<BlockArgument>(target))
    return nullptr;
  return buffer && buffer.getOffset() ? nullptr : producer;
}

/// A clamp by `first`, then by `second`.
static EpilogueAttr combine(EpilogueAttr first, EpilogueAttr second) {
  auto clamp = [&](double value) {
    return std::min(std::max(value, second.getLowBound()),
                    second.getHighBound());
  };
  return EpilogueAttr::get(first.getContext(), 0, clamp(first.getLowBound()),
                           clamp(first.getHighBound()));
}

/// Makes `producer` write what `clamp` writes and erases `clamp`.
static void fuse(Operation *producer, UnaryOp clamp) {
  Value target = getRootBuffer(clamp.getOutput());
  Value old = producer->getOperands().back();
  if (Operation *buffer = target.getDefiningOp();
      buffer && producer->isBeforeInBlock(buffer))
    buffer->moveBefore(producer);
  OpBuilder builder(producer);
  if (target.getType() != old.getType())
    target =
        ReshapeOp::create(builder, producer->getLoc(), old.getType(), target);
  producer->setOperand(producer->getNumOperands() - 1, target);
  producer->setAttr("epilogue",
                    combine(producer->getAttrOfType<EpilogueAttr>("epilogue"),
                            clamp.getEpilogue()));
  clamp.erase();
  while (old && isOpTriviallyDead(old.getDefiningOp())) {
    auto view = dyn_cast<ReshapeOp>(old.getDefiningOp());
    Value next = view ? view.getSource() : Value();
    old.getDefiningOp()->erase();
    old = next;
  }
}

namespace {
class FuseClampsPass
    : public pare::kernel::impl::FuseClampsPassBase<FuseClampsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    SmallVector<UnaryOp> clamps;
    getOperation().walk([&](UnaryOp op) {
      if (op.getKind() == UnaryKind::Clip)
        clamps.push_back(op);
    });
    for (UnaryOp clamp : clamps)
      if (Operation *producer = findProducer(clamp)) {
        fuse(producer, clamp);
        ++numFused;
      }
  }
};
} // namespace
