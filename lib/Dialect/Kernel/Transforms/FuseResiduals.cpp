//===- FuseResiduals.cpp - Sums move into the contraction before ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_FUSERESIDUALSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

namespace {
/// The operations that use a buffer or a view of it; views do not count.
using Users = llvm::SmallPtrSet<Operation *, 4>;

/// A summand of `add` that a contraction writes for it.
struct Candidate {
  ContractOp producer;
  Value summand, residual;
  bool isRhs;
};
} // namespace

static void collectUsers(Value buffer, Users &users) {
  for (Operation *user : buffer.getUsers()) {
    if (auto view = dyn_cast<ReshapeOp>(user))
      collectUsers(view.getOutput(), users);
    else
      users.insert(user);
  }
}

static Users usersOf(Value value) {
  Users users;
  collectUsers(getRootBuffer(value), users);
  return users;
}

static bool writes(Operation *op, Value root) {
  return !op->hasTrait<DestinationStyle>() ||
         getRootBuffer(op->getOperands().back()) == root;
}

/// The contraction that writes `summand` and is good for nothing else.
static ContractOp findProducer(BinaryOp add, Value summand) {
  auto source = getRootBuffer(summand).getDefiningOp<BufferOp>();
  if (!source || source.getOffset())
    return {};
  Users users = usersOf(source.getOutput());
  users.erase(add);
  if (users.size() != 1)
    return {};
  auto producer = dyn_cast<ContractOp>(*users.begin());
  if (!producer || producer.getResidual() ||
      producer->getBlock() != add->getBlock() ||
      getRootBuffer(producer.getOutput()) != source.getOutput() ||
      getRootBuffer(producer.getInput()) == source.getOutput())
    return {};
  return producer;
}

/// Whether the sum can be computed where the contraction stands: nothing
/// touches its buffer before, and the residual is complete by then.
static bool canMove(const Candidate &candidate, BinaryOp add) {
  auto isBetween = [&](Operation *op) {
    return op->getBlock() != add->getBlock() ||
           (op != add && !op->isBeforeInBlock(candidate.producer));
  };
  Value target = getRootBuffer(add.getOutput());
  Value residual = getRootBuffer(candidate.residual);
  auto buffer = target.getDefiningOp<BufferOp>();
  if (target == residual || (!buffer && !isa<BlockArgument>(target)) ||
      (buffer && buffer.getOffset()))
    return false;
  for (Operation *user : usersOf(target))
    if (user->getBlock() != add->getBlock() || user->isBeforeInBlock(add))
      return false;
  for (Operation *user : usersOf(residual))
    if (isBetween(user) && user->isBeforeInBlock(add) && writes(user, residual))
      return false;
  // A view of the target may stand between the two; the target itself may be
  // moved.
  return true;
}

static std::optional<Candidate> findCandidate(BinaryOp add) {
  if (add.getKind() != BinaryKind::Add ||
      add.getLhs().getType() != add.getOutput().getType() ||
      add.getRhs().getType() != add.getOutput().getType() ||
      getRootBuffer(add.getLhs()) == getRootBuffer(add.getRhs()))
    return std::nullopt;
  std::optional<Candidate> best;
  for (bool isRhs : {false, true}) {
    Value summand = isRhs ? add.getRhs() : add.getLhs();
    Value residual = isRhs ? add.getLhs() : add.getRhs();
    int64_t zeroPoint = isRhs ? add.getRhsZeroPoint() : add.getLhsZeroPoint();
    ContractOp producer = findProducer(add, summand);
    if (!producer || producer.getEpilogue().getZeroPoint() != zeroPoint)
      continue;
    Candidate candidate = {producer, summand, residual, isRhs};
    // Of two contractions the later one finds the other's result.
    if (canMove(candidate, add) &&
        (!best || best->producer->isBeforeInBlock(producer)))
      best = candidate;
  }
  return best;
}

/// The epilogue with the entries of the two summands in the other order.
static EpilogueAttr swapSummands(EpilogueAttr epilogue) {
  pare::nn::ScalesAttr scales = epilogue.getScales();
  if (!scales)
    return epilogue;
  MLIRContext *context = epilogue.getContext();
  auto swap32 = [&](DenseI32ArrayAttr array) {
    SmallVector<int32_t> values(array ? array.asArrayRef()
                                      : ArrayRef<int32_t>());
    if (!array)
      return array;
    std::swap(values[0], values[1]);
    return DenseI32ArrayAttr::get(context, values);
  };
  DenseF32ArrayAttr factors = scales.getFactors();
  if (factors) {
    SmallVector<float> values(factors.asArrayRef());
    std::swap(values[0], values[1]);
    factors = DenseF32ArrayAttr::get(context, values);
  }
  scales = pare::nn::ScalesAttr::get(context, scales.getMode(),
                                     swap32(scales.getMultipliers()),
                                     swap32(scales.getShifts()), factors);
  return EpilogueAttr::get(context, epilogue.getZeroPoint(),
                           epilogue.getLowBound(), epilogue.getHighBound(),
                           scales);
}

static void eraseIfUnused(Value view) {
  while (Operation *op = view.getDefiningOp()) {
    if (!isa<ReshapeOp, BufferOp>(op) || !op->use_empty())
      return;
    auto reshape = dyn_cast<ReshapeOp>(op);
    view = reshape ? reshape.getSource() : Value();
    op->erase();
    if (!view)
      return;
  }
}

/// Whether so many weights are zero that the layer may become sparse.
static bool isMuchZero(ContractOp op) {
  constexpr int64_t kLeastPart = 4;
  auto name = op.getFilter().getDefiningOp<memref::GetGlobalOp>();
  auto global = name ? SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
                           op, name.getNameAttr())
                     : memref::GlobalOp();
  if (!global || !global.getConstant() || !global.getInitialValue())
    return false;
  auto elements = dyn_cast<ElementsAttr>(*global.getInitialValue());
  std::optional<ArrayRef<char>> bytes =
      elements ? pare::nn::getRawBytes(elements) : std::nullopt;
  if (!bytes)
    return false;
  // Zeros of f32, of either sign, and of 8-bit integers without a zero point.
  const size_t width =
      cast<MemRefType>(op.getFilter().getType()).getElementTypeBitWidth() / 8;
  if (width != 4 && op.getFilterZeroPoint() != 0)
    return false;
  int64_t zeros = 0;
  for (size_t at = 0; at + width <= bytes->size(); at += width) {
    ArrayRef<char> element = bytes->slice(at, width);
    const bool isZero =
        llvm::all_of(element.drop_back(), [](char c) { return c == 0; }) &&
        (element.back() == 0 || (width == 4 && element.back() == char(0x80)));
    zeros += isZero;
  }
  return kLeastPart * zeros >= int64_t(bytes->size() / width);
}

static void fuse(const Candidate &candidate, BinaryOp add) {
  ContractOp producer = candidate.producer;
  Value oldOutput = producer.getOutput();
  Value target = getRootBuffer(add.getOutput());
  // A residual that nothing writes is a constant, which may stand behind.
  for (Value root : {target, getRootBuffer(candidate.residual)})
    if (Operation *buffer = root.getDefiningOp();
        buffer && producer->isBeforeInBlock(buffer))
      buffer->moveBefore(producer);

  OpBuilder builder(producer);
  auto viewOf = [&](Value value) -> Value {
    value = getRootBuffer(value);
    if (value.getType() == oldOutput.getType())
      return value;
    return ReshapeOp::create(builder, producer.getLoc(), oldOutput.getType(),
                             value);
  };
  EpilogueAttr epilogue = add.getEpilogue();
  // The result is that of the sum, and so is its name.
  ContractOp::create(
      builder, add.getLoc(), producer.getInput(), producer.getFilter(),
      producer.getBias(), viewOf(candidate.residual), viewOf(target),
      producer.getStrides(), producer.getDilations(), producer.getPadding(),
      producer.getInputZeroPoint(), producer.getFilterZeroPoint(),
      producer.getEpilogue(),
      candidate.isRhs ? add.getLhsZeroPoint() : add.getRhsZeroPoint(),
      candidate.isRhs ? swapSummands(epilogue) : epilogue);
  Value operands[] = {add.getLhs(), add.getRhs(), add.getOutput()};
  add.erase();
  producer.erase();
  eraseIfUnused(oldOutput);
  for (Value operand : operands)
    if (operand != oldOutput)
      eraseIfUnused(operand);
}

namespace {
class FuseResidualsPass
    : public pare::kernel::impl::FuseResidualsPassBase<FuseResidualsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    SmallVector<BinaryOp> sums;
    getOperation().walk([&](BinaryOp op) { sums.push_back(op); });
    for (BinaryOp add : sums) {
      auto type = cast<MemRefType>(add.getOutput().getType());
      if (isa<IntegerType>(type.getElementType()) && !integers)
        continue;
      std::optional<Candidate> candidate = findCandidate(add);
      if (candidate && !(keepSparse && isMuchZero(candidate->producer))) {
        fuse(*candidate, add);
        ++numFused;
      }
    }
  }
};
} // namespace
