//===- Work.cpp - How much an operation has to do -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Work.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;
using namespace pare::kernel;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<MemRefType>(value.getType()).getShape();
}

static int64_t countOf(Value value) {
  return cast<MemRefType>(value.getType()).getNumElements();
}

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                         std::multiplies<>());
}

/// Steps of `gates` matrix-vector products for each vector of a sequence.
static int64_t recurrentMacs(Value input, Value weights, Value recurrent) {
  return product(shapeOf(input).drop_back()) *
         (countOf(weights) + countOf(recurrent));
}

static int64_t macsOf(Operation *op) {
  return TypeSwitch<Operation *, int64_t>(op)
      .Case([](ContractOp op) {
        return countOf(op.getOutput()) *
               product(shapeOf(op.getFilter()).drop_front());
      })
      .Case([](DepthwiseOp op) {
        return countOf(op.getOutput()) *
               product(shapeOf(op.getFilter()).slice(1, 2));
      })
      .Case([](TransposeConvOp op) {
        return countOf(op.getInput()) *
               product(shapeOf(op.getFilter()).drop_back());
      })
      .Case([](SparseContractOp op) {
        return product(shapeOf(op.getOutput()).drop_back()) *
               countOf(op.getValues());
      })
      .Case([](BatchMatmulOp op) {
        return countOf(op.getOutput()) *
               shapeOf(op.getLhs())[op.getTransposeLhs() ? 1 : 2];
      })
      .Case<LstmOp, GruOp>([](auto op) {
        return recurrentMacs(op.getInput(), op.getWeights(), op.getRecurrent());
      })
      .Default([](Operation *) { return int64_t(0); });
}

static int64_t bytesOf(Operation *op) {
  auto elementBytes = [](Value value, int64_t count) {
    auto type = cast<MemRefType>(value.getType());
    return getSizeInBytes(type) / type.getNumElements() * count;
  };
  if (auto copy = dyn_cast<CopyOp>(op))
    return 2 * elementBytes(copy.getOutput(), product(copy.getSizes()));
  if (auto gather = dyn_cast<GatherOp>(op))
    return 2 * elementBytes(gather.getOutput(), countOf(gather.getOutput()));
  int64_t bytes = 0;
  llvm::SmallPtrSet<Value, 8> seen;
  for (Value operand : op->getOperands())
    if (seen.insert(getUnshapedBuffer(operand)).second)
      bytes += getSizeInBytes(cast<MemRefType>(operand.getType()));
  return bytes;
}

static int64_t constantBytesOf(Operation *op) {
  // Of a table that is gathered from, what is touched is not known.
  if (isa<CopyOp, GatherOp>(op))
    return 0;
  int64_t bytes = 0;
  llvm::SmallPtrSet<Value, 8> seen;
  for (Value operand : op->getOperands()) {
    Value root = getRootBuffer(operand);
    if (root.getDefiningOp<memref::GetGlobalOp>() && seen.insert(root).second)
      bytes += getSizeInBytes(cast<MemRefType>(operand.getType()));
  }
  return bytes;
}

/// Of all members, without the buffers between them, which stay in a cache.
static Work workOfStripes(StripesOp op) {
  Work work;
  for (Operation *member : op.getMembers()) {
    Work one = getWork(member);
    for (Value operand : member->getOperands())
      if (operand.getDefiningOp<BufferOp>())
        one.bytes -= getSizeInBytes(cast<MemRefType>(operand.getType()));
    work.macs += one.macs;
    work.bytes += one.bytes;
    work.constantBytes += one.constantBytes;
    work.isInteger |= one.isInteger;
  }
  return work;
}

Work pare::kernel::getWork(Operation *op) {
  Work work;
  if (!op->hasTrait<DestinationStyle>())
    return work;
  if (auto stripes = dyn_cast<StripesOp>(op))
    return workOfStripes(stripes);
  work.macs = macsOf(op);
  work.bytes = bytesOf(op);
  work.constantBytes = constantBytesOf(op);
  work.isInteger =
      work.macs != 0 && cast<MemRefType>(op->getOperand(0).getType())
                            .getElementType()
                            .isInteger(8);
  return work;
}

/// How often the windows of `op` cover an element of its first operand.
static int64_t windowElements(Operation *op) {
  auto pixels = [](Value output) {
    return product(shapeOf(output).drop_back());
  };
  return TypeSwitch<Operation *, int64_t>(op)
      .Case([&](ContractOp op) {
        return pixels(op.getOutput()) *
               product(shapeOf(op.getFilter()).slice(1, 2)) *
               shapeOf(op.getInput()).back();
      })
      .Case([&](SparseContractOp op) {
        return pixels(op.getOutput()) * product(op.getKernelSize()) *
               shapeOf(op.getInput()).back();
      })
      .Case([&](DepthwiseOp op) {
        return countOf(op.getOutput()) *
               product(shapeOf(op.getFilter()).slice(1, 2));
      })
      .Case([&](PoolOp op) {
        return countOf(op.getOutput()) * product(op.getKernel());
      })
      .Default([](Operation *) { return int64_t(0); });
}

AccessedBytes pare::kernel::getAccessedBytes(Operation *op) {
  AccessedBytes accessed;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    accessed.operands.push_back(type ? getSizeInBytes(type) : 0);
  }
  if (!op->hasTrait<DestinationStyle>() || accessed.operands.empty())
    return accessed;
  // Of a large buffer they may touch little.
  if (isa<CopyOp, GatherOp>(op)) {
    accessed.operands.front() = accessed.operands.back() = bytesOf(op) / 2;
    return accessed;
  }
  constexpr int64_t kHalfword = 2;
  auto type = cast<MemRefType>(op->getOperand(0).getType());
  const int64_t elementBytes =
      getSizeInBytes(type) / std::max<int64_t>(countOf(op->getOperand(0)), 1);
  const int64_t windows = windowElements(op), macs = macsOf(op);
  int64_t &input = accessed.operands.front();
  if (op->hasAttr(KernelDialect::kWorkBytesAttr)) {
    input = std::max(input, windows * elementBytes);
    accessed.work = std::max(input, windows) * kHalfword + macs;
    return accessed;
  }
  input = std::max({input, windows * elementBytes, macs * elementBytes});
  // A product of two buffers reads both.
  if (isa<BatchMatmulOp>(op))
    accessed.operands[1] = std::max(accessed.operands[1], macs * elementBytes);
  return accessed;
}
