//===- FuseResiduals.cpp - Sums move into the contraction before ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

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
  Operation *producer = nullptr;
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

/// Whether `op` is a contraction that can take a residual. Of integers, sparse
/// ones cannot, nor those that have a table.
static bool canTakeResidual(Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case([](ContractOp contract) {
        return !contract.getResidual() && !contract.getEpilogue().getTable();
      })
      .Case([](SparseContractOp sparse) {
        auto type = cast<MemRefType>(sparse.getOutput().getType());
        return !sparse.getResidual() && type.getElementType().isF32();
      })
      .Default(false);
}

/// The contraction that writes `summand` and is good for nothing else.
static Operation *findProducer(BinaryOp add, Value summand) {
  auto source = getRootBuffer(summand).getDefiningOp<BufferOp>();
  if (!source || source.getOffset())
    return nullptr;
  Users users = usersOf(source.getOutput());
  users.erase(add);
  if (users.size() != 1)
    return nullptr;
  Operation *producer = *users.begin();
  if (!canTakeResidual(producer) || producer->getBlock() != add->getBlock() ||
      getRootBuffer(producer->getOperands().back()) != source.getOutput() ||
      getRootBuffer(producer->getOperand(0)) == source.getOutput())
    return nullptr;
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
    Operation *producer = findProducer(add, summand);
    if (!producer ||
        producer->getAttrOfType<EpilogueAttr>("epilogue").getZeroPoint() !=
            zeroPoint)
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

/// The contraction with the residual, in place of `producer`.
static void createFused(OpBuilder &builder, Location loc, ContractOp producer,
                        Value residual, Value output, int64_t zeroPoint,
                        EpilogueAttr epilogue) {
  ContractOp::create(builder, loc, producer.getInput(), producer.getFilter(),
                     producer.getBias(), residual, output,
                     producer.getStrides(), producer.getDilations(),
                     producer.getPadding(), producer.getInputZeroPoint(),
                     producer.getFilterZeroPoint(), producer.getEpilogue(),
                     zeroPoint, epilogue);
}
static void createFused(OpBuilder &builder, Location loc,
                        SparseContractOp producer, Value residual, Value output,
                        int64_t, EpilogueAttr epilogue) {
  SparseContractOp::create(
      builder, loc, producer.getInput(), producer.getPositions(),
      producer.getCoordinates(), producer.getValues(), producer.getBias(),
      residual, output, producer.getKernelSize(), producer.getBlock(),
      producer.getStrides(), producer.getDilations(), producer.getPadding(),
      producer.getInputZeroPoint(), producer.getEpilogue(), epilogue);
}

static void fuse(const Candidate &candidate, BinaryOp add) {
  Operation *producer = candidate.producer;
  Value oldOutput = producer->getOperands().back();
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
    return ReshapeOp::create(builder, producer->getLoc(), oldOutput.getType(),
                             value);
  };
  EpilogueAttr epilogue = add.getEpilogue();
  if (candidate.isRhs)
    epilogue = swapSummands(epilogue);
  const int64_t zeroPoint =
      candidate.isRhs ? add.getLhsZeroPoint() : add.getRhsZeroPoint();
  Value residual = viewOf(candidate.residual), output = viewOf(target);
  // The result is that of the sum, and so is its name.
  TypeSwitch<Operation *>(producer).Case<ContractOp, SparseContractOp>(
      [&](auto op) {
        createFused(builder, add.getLoc(), op, residual, output, zeroPoint,
                    epilogue);
      });
  Value operands[] = {add.getLhs(), add.getRhs(), add.getOutput()};
  add.erase();
  producer->erase();
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
      if (isa<IntegerType>(type.getElementType()) &&
          (integersFrom < 0 || 3 * getSizeInBytes(type) < integersFrom))
        continue;
      if (std::optional<Candidate> candidate = findCandidate(add)) {
        fuse(*candidate, add);
        ++numFused;
      }
    }
  }
};
} // namespace
