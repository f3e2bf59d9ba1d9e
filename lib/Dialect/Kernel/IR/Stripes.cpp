//===- Stripes.cpp - Chains that run some rows at a time ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::kernel;

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

SmallVector<Operation *> StripesOp::getMembers() {
  SmallVector<Operation *> members;
  for (Operation &op : getBody().front())
    if (op.hasTrait<DestinationStyle>())
      members.push_back(&op);
  return members;
}

bool StripesOp::isMember(Operation *op) {
  return isa_and_nonnull<StripesOp>(op->getParentOp());
}

Value StripesOp::getOperandOf(Value argument) {
  auto of = dyn_cast<BlockArgument>(argument);
  return of && of.getOwner() == &getBody().front()
             ? (*this)->getOperand(of.getArgNumber())
             : Value();
}

static bool hasWindows(ContractOp op) {
  return llvm::any_of(typeOf(op.getFilter()).getShape().slice(1, 2),
                      [](int64_t taps) { return taps > 1; });
}

static bool hasWindows(SparseContractOp op) {
  return llvm::any_of(op.getKernelSize(),
                      [](int64_t taps) { return taps > 1; });
}

template <typename OpT> static bool isPointwise(OpT op) {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  return !hasWindows(op) && all(op.getStrides(), 1) && all(op.getPadding(), 0);
}

/// A member whose rows can be computed some at a time.
static LogicalResult verifyMember(Operation *op, bool isFirst) {
  auto contract = dyn_cast<ContractOp>(op);
  auto sparse = dyn_cast<SparseContractOp>(op);
  if ((sparse && !isPointwise(sparse)) || (contract && !isPointwise(contract) &&
                                           !(isFirst && hasWindows(contract))))
    return op->emitOpError("expects 1x1 taps without padding by steps of 1 in "
                           "stripes, or larger windows in the first operation");
  MemRefType output = typeOf(op->getOperands().back());
  if (output.getDimSize(0) != 1)
    return op->emitOpError("expects a single image in stripes, but found ")
           << output;
  auto rows = op->getAttrOfType<IntegerAttr>(KernelDialect::kStripeRowsAttr);
  if (!rows || rows.getInt() < 1 || output.getDimSize(1) % rows.getInt() != 0)
    return op->emitOpError("expects '")
           << KernelDialect::kStripeRowsAttr
           << "' to divide its height, but found "
           << (rows ? Attribute(rows) : op->getAttrDictionary());
  return success();
}

LogicalResult StripesOp::verify() {
  Block &block = getBody().front();
  if (!llvm::equal(block.getArgumentTypes(), (*this)->getOperandTypes()))
    return emitOpError("expects an argument of the body for each operand");
  for (Operation &op : block)
    if (!isa<memref::GetGlobalOp, BufferOp, ContractOp, SparseContractOp,
             DepthwiseOp>(op))
      return op.emitOpError("expects only contractions and depthwise "
                            "convolutions with their weights in stripes");
  SmallVector<Operation *> members = getMembers();
  if (members.size() < 2)
    return emitOpError("expects a chain of at least two operations, but found ")
           << members.size();
  for (auto [i, op] : llvm::enumerate(members)) {
    if (failed(verifyMember(op, i == 0)))
      return failure();
    Value output = op->getOperands().back();
    if (i + 1 == members.size()) {
      if (output != block.getArguments().back())
        return op->emitOpError(
            "expects the last operation to write the last argument");
    } else if (!output.getDefiningOp<BufferOp>() ||
               members[i + 1]->getOperand(0) != output ||
               llvm::range_size(output.getUses()) != 2) {
      return op->emitOpError("expects to write a buffer that the next "
                             "operation alone reads, as its input");
    }
  }
  return success();
}
