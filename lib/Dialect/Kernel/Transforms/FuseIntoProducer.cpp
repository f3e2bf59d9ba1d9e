//===- FuseIntoProducer.cpp - Functions move into what they read ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuseIntoProducer.h"

#include "mlir/IR/Builders.h"
#include <algorithm>

using namespace mlir;
using namespace pare::kernel;

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

/// True if what `op` stores are values of that type that its epilogue gives. A
/// residual is added after the epilogue.
static bool hasEpilogueOf(Operation *op, Type element) {
  if (!op->hasTrait<DestinationStyle>() || isa<ConvertOp>(op) ||
      !op->getAttrOfType<EpilogueAttr>("epilogue"))
    return false;
  auto contract = dyn_cast<ContractOp>(op);
  auto sparse = dyn_cast<SparseContractOp>(op);
  if ((contract && contract.getResidual()) || (sparse && sparse.getResidual()))
    return false;
  auto type = cast<MemRefType>(op->getOperands().back().getType());
  return type.getElementType() == element;
}

Operation *pare::kernel::findProducer(Operation *function) {
  Value input = function->getOperand(0),
        output = function->getOperands().back();
  auto source = getRootBuffer(input).getDefiningOp<BufferOp>();
  if (!source || source.getOffset())
    return nullptr;
  SmallVector<Operation *> users;
  collectUsers(source, users);
  Operation *producer = nullptr;
  for (Operation *user : users) {
    if (user == function)
      continue;
    if (producer || user->getBlock() != function->getBlock() ||
        !user->isBeforeInBlock(function))
      return nullptr;
    producer = user;
  }
  if (!producer ||
      !hasEpilogueOf(producer,
                     cast<MemRefType>(input.getType()).getElementType()) ||
      getRootBuffer(producer->getOperands().back()) != source.getOutput() ||
      llvm::any_of(producer->getOperands().drop_back(), [&](Value operand) {
        return getRootBuffer(operand) == source.getOutput();
      }))
    return nullptr;

  Value target = getRootBuffer(output);
  users.clear();
  collectUsers(target, users);
  if (llvm::any_of(users, [&](Operation *user) {
        return user->getBlock() != function->getBlock() ||
               user->isBeforeInBlock(function);
      }))
    return nullptr;
  auto buffer = target.getDefiningOp<BufferOp>();
  if (!buffer && !isa<BlockArgument>(target))
    return nullptr;
  return buffer && buffer.getOffset() ? nullptr : producer;
}

std::pair<double, double> pare::kernel::combineBounds(EpilogueAttr first,
                                                      EpilogueAttr second) {
  auto clamp = [&](double value) {
    return std::min(std::max(value, second.getLowBound()),
                    second.getHighBound());
  };
  return {clamp(first.getLowBound()), clamp(first.getHighBound())};
}

void pare::kernel::fuseIntoProducer(Operation *producer, Operation *function,
                                    EpilogueAttr epilogue) {
  Value target = getRootBuffer(function->getOperands().back());
  Value old = producer->getOperands().back();
  if (Operation *buffer = target.getDefiningOp();
      buffer && producer->isBeforeInBlock(buffer))
    buffer->moveBefore(producer);
  OpBuilder builder(producer);
  if (target.getType() != old.getType())
    target =
        ReshapeOp::create(builder, producer->getLoc(), old.getType(), target);
  producer->setOperand(producer->getNumOperands() - 1, target);
  producer->setAttr("epilogue", epilogue);
  function->erase();
  while (old && isOpTriviallyDead(old.getDefiningOp())) {
    auto view = dyn_cast<ReshapeOp>(old.getDefiningOp());
    Value next = view ? view.getSource() : Value();
    old.getDefiningOp()->erase();
    old = next;
  }
}
