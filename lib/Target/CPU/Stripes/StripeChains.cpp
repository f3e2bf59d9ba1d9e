//===- StripeChains.cpp - Chains of layers that run in stripes ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stripes/StripeChains.h"
#include "Contract/ContractPlan.h"
#include "Depthwise/DepthwiseLayout.h"
#include "Emit/Layer.h"
#include "Emit/Lowering.h"
#include "Sparse/SparsePlan.h"
#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

static bool isConstant(Value value) {
  return bool(value.getDefiningOp<memref::GetGlobalOp>());
}

/// Whether `op` may stand in a chain at all.
static bool canJoin(Operation *op, const TargetInfo &target) {
  if (auto depthwise = dyn_cast<kernel::DepthwiseOp>(op)) {
    const ConvShape s = ConvShape::of(depthwise);
    // Any number of lines, so blocks have one.
    const PixelBlocks blocks = PixelBlocks::of(op);
    return s.batch == 1 && s.inChannels > 1 && DepthwiseLayout::fits(s) &&
           blocks.in <= 1 && blocks.out <= 1 &&
           !isConstant(depthwise.getInput()) &&
           isConstant(depthwise.getFilter()) &&
           (!depthwise.getBias() || isConstant(depthwise.getBias()));
  }
  // Sums of sparse weights are added in an order of their own in each form.
  if (auto sparse = dyn_cast<kernel::SparseContractOp>(op))
    return planSparse(sparse, target).takesLines() &&
           !isConstant(sparse.getInput()) && isConstant(sparse.getValues()) &&
           isConstant(sparse.getPositions()) &&
           isConstant(sparse.getCoordinates()) &&
           (!sparse.getBias() || isConstant(sparse.getBias())) &&
           (!sparse.getResidual() || !isConstant(sparse.getResidual()));
  auto contract = dyn_cast<kernel::ContractOp>(op);
  if (!contract)
    return false;
  const ConvShape s = ConvShape::of(contract);
  if (s.batch != 1 || !s.isPointwise() || s.strideHeight != 1 ||
      s.strideWidth != 1 || s.inHeight != s.outHeight ||
      s.inWidth != s.outWidth || isConstant(contract.getInput()) ||
      !isConstant(contract.getFilter()) ||
      (contract.getBias() && !isConstant(contract.getBias())) ||
      (contract.getResidual() && isConstant(contract.getResidual())))
    return false;
  // Its sums would be rounded in another order.
  return !planContract(contract, target).strassen;
}

/// Whether `op`, a contraction of larger windows, may be the first of a chain,
/// which reads an image.
static bool canBegin(Operation *op) {
  auto contract = dyn_cast<kernel::ContractOp>(op);
  return contract && StripeMember::isWindowed(op) &&
         ConvShape::of(contract).batch == 1 && !contract.getResidual() &&
         !op->hasAttr(kernel::KernelDialect::kWinogradAttr) &&
         !isConstant(contract.getInput()) && isConstant(contract.getFilter()) &&
         (!contract.getBias() || isConstant(contract.getBias()));
}

/// Whether `op` alone reads what `before` writes, as its input.
static bool follows(Operation *op, Operation *before) {
  Value output = before->getOperands().back();
  return output.getDefiningOp<kernel::BufferOp>() &&
         op->getOperand(0) == output && llvm::range_size(output.getUses()) == 2;
}

SmallVector<StripeRun> findStripeRuns(func::FuncOp func,
                                      const TargetInfo &info) {
  SmallVector<StripeRun> runs(1);
  auto isData = [](Operation &op) {
    return isa<kernel::BufferOp, memref::GetGlobalOp, ViewLikeOpInterface>(op);
  };
  for (Operation &op : func.getBody().front()) {
    if (isData(op))
      continue;
    StripeRun &run = runs.back();
    const bool joins = canJoin(&op, info);
    if (!run.empty() && (!joins || !follows(&op, run.back())))
      runs.emplace_back();
    if (joins || canBegin(&op))
      runs.back().push_back(&op);
  }
  llvm::erase_if(runs, [](const auto &run) { return run.size() < 2; });
  return runs;
}

/// Bytes of the image that an operation writes.
static int64_t outputBytes(Operation *op) {
  return kernel::getSizeInBytes(typeOf(op->getOperands().back()));
}

SmallVector<StripeRun> cutAtSmallImages(ArrayRef<Operation *> run,
                                        const TargetInfo &target) {
  SmallVector<StripeRun> parts(1);
  for (Operation *op : run) {
    parts.back().push_back(op);
    if (outputBytes(op) < target.l2Bytes / 4)
      parts.emplace_back();
  }
  llvm::erase_if(parts, [](const auto &part) { return part.size() < 2; });
  return parts;
}

//===----------------------------------------------------------------------===//
// Chains
//===----------------------------------------------------------------------===//

/// The largest divisor of `height` that is at most `most`.
static int64_t divisorOf(int64_t height, int64_t most) {
  int64_t rows = std::clamp<int64_t>(most, 1, height);
  while (height % rows != 0)
    --rows;
  return rows;
}

StripePlan planChain(ArrayRef<Operation *> chain, int64_t rows, int64_t most) {
  SmallVector<StripeMember> members;
  for (Operation *op : llvm::reverse(chain)) {
    StripeMember member = StripeMember::of(op, 1);
    if (!members.empty())
      rows = members.back().rows * members.back().stride;
    member.rows = divisorOf(member.outHeight, std::min(rows, most));
    members.push_back(member);
  }
  std::reverse(members.begin(), members.end());
  return StripePlan::of(members);
}

namespace {

/// Decides how a run of operations is cut into chains.
class ChainChooser {
public:
  using Chain = StripeChain;

  ChainChooser(ArrayRef<Operation *> run, const TargetInfo &target, double kept)
      : run(run), target(target), kept(kept) {}

  /// The chains that save most together.
  SmallVector<Chain> choose();

private:
  Chain evaluate(size_t first, size_t count) const;
  double gainOf(Operation *producer) const;
  double lossOf(const StripeMember &member) const;

  ArrayRef<Operation *> run;
  const TargetInfo &target;
  double kept;
};

/// What it saves that the output of an operation stays in the second cache.
double ChainChooser::gainOf(Operation *producer) const {
  // Written to what is behind it, and read from there, but for a part that
  // stays.
  constexpr double kCyclesPerByte = 0.12;
  const double far =
      double(outputBytes(producer)) - kept * double(target.l2Bytes);
  return std::max(kCyclesPerByte * far, 0.0);
}

/// What it costs to compute an operation a few rows at a time.
double ChainChooser::lossOf(const StripeMember &member) const {
  // To call it, to begin and to end its loops.
  constexpr double kCyclesPerCall = 150.0;
  double loss = kCyclesPerCall * double(member.outHeight) / double(member.rows);
  auto contract = dyn_cast<kernel::ContractOp>(member.op);
  if (!contract)
    return loss;
  const ContractPlan plan = planContract(contract, target);
  // The last tile of a stripe overlaps the one before.
  const int64_t pixels = member.rows * plan.shape.outWidth;
  const double computed = double(llvm::alignTo(pixels, plan.tile.rows));
  return loss + double(estimateCycles(contract, target)) *
                    (computed / double(pixels) - 1.0);
}

ChainChooser::Chain ChainChooser::evaluate(size_t first, size_t count) const {
  constexpr double kMostFilled = 0.75;
  Chain best;
  best.first = first, best.count = count;
  ArrayRef<Operation *> ops = run.slice(first, count);
  double gain = 0.0;
  for (Operation *op : ops.drop_back())
    gain += gainOf(op);
  if (gain == 0.0)
    return best;
  const int64_t height = typeOf(ops.back()->getOperands().back()).getDimSize(1);
  for (int64_t rows = 1; 2 * rows <= height; ++rows) {
    if (height % rows != 0)
      continue;
    StripePlan plan = planChain(ops, rows);
    // Weights, and what comes in and goes out, pass through the cache too, and
    // displace rows that wait the more of them there are.
    const double filled = double(plan.ringBytes()) / double(target.l2Bytes);
    if (filled > kMostFilled)
      break;
    double loss = gain * filled * filled;
    for (const StripeMember &member : plan.members)
      loss += lossOf(member);
    if (gain - loss > best.gain) {
      best.gain = gain - loss;
      best.plan = std::move(plan);
    }
  }
  return best;
}

SmallVector<ChainChooser::Chain> ChainChooser::choose() {
  constexpr size_t kMostMembers = 6;
  // best[i]: chains among the first i operations.
  SmallVector<double> best(run.size() + 1, 0.0);
  SmallVector<Chain> last(run.size() + 1);
  for (size_t end = 1; end <= run.size(); ++end) {
    best[end] = best[end - 1];
    for (size_t count = 2; count <= std::min(end, kMostMembers); ++count) {
      Chain chain = evaluate(end - count, count);
      if (chain.gain > 0.0 && best[end - count] + chain.gain > best[end]) {
        best[end] = best[end - count] + chain.gain;
        last[end] = std::move(chain);
      }
    }
  }
  SmallVector<Chain> chains;
  for (size_t end = run.size(); end > 0;) {
    const bool isEnd = best[end] > best[end - 1];
    if (isEnd)
      chains.push_back(last[end]);
    end -= isEnd ? last[end].count : 1;
  }
  std::reverse(chains.begin(), chains.end());
  return chains;
}

} // namespace

SmallVector<StripeChain> chooseChains(ArrayRef<Operation *> run,
                                      const TargetInfo &target, double kept) {
  return ChainChooser(run, target, kept).choose();
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static void setRows(Operation *op, int64_t rows) {
  op->setAttr(kernel::KernelDialect::kStripeRowsAttr,
              Builder(op).getI64IntegerAttr(rows));
}

/// The name of a chain: those of its layers.
static Location nameOf(const StripePlan &plan) {
  SmallVector<std::string> names;
  for (const StripeMember &member : plan.members)
    names.push_back(
        StringRef(nn::getLayerName(member.op)).split(';').first.str());
  MLIRContext *context = plan.members.front().op->getContext();
  return NameLoc::get(StringAttr::get(context, llvm::join(names, " + ")));
}

/// Of few rows another tile might look faster, but all of them have to pass
/// by in the end. Halves of a stripe would be rounded in another way than
/// those of an image.
static void keepTile(kernel::ContractOp op, const TargetInfo &info) {
  Builder b(op);
  const ContractPlan plan = planContract(op, info);
  // What integers are multiplied by follows from their weights, later.
  if (plan.integer)
    return;
  op->setAttr(kernel::KernelDialect::kTileAttr,
              b.getDenseI64ArrayAttr({plan.tile.rows, plan.tile.vectors}));
  op->setAttr(kernel::KernelDialect::kStrassenAttr, b.getBoolAttr(false));
}

/// Whether `value` is what one member writes for the next one.
static bool isInner(Value value, const StripePlan &plan) {
  return llvm::any_of(
      ArrayRef(plan.members).drop_back(),
      [&](const StripeMember &member) { return member.output == value; });
}

void fuseChain(const StripePlan &plan, const TargetInfo &info) {
  Operation *last = plan.members.back().op;
  llvm::SetVector<Value> inputs;
  for (const StripeMember &member : plan.members)
    for (Value operand : member.op->getOperands().drop_back())
      if (!isConstant(operand) && !isInner(operand, plan))
        inputs.insert(operand);

  OpBuilder b(last);
  auto stripes = kernel::StripesOp::create(
      b, nameOf(plan), inputs.getArrayRef(), last->getOperands().back());
  Block &body = stripes.getBody().emplaceBlock();
  IRMapping mapping;
  for (Value operand : stripes->getOperands())
    mapping.map(operand, body.addArgument(operand.getType(), operand.getLoc()));
  for (const StripeMember &member : plan.members) {
    auto buffer = member.output.getDefiningOp<kernel::BufferOp>();
    if (member.op != last) {
      buffer.removeOffsetAttr();
      buffer->moveBefore(&body, body.end());
    }
  }
  for (const StripeMember &member : plan.members) {
    Operation *op = member.op;
    op->moveBefore(&body, body.end());
    b.setInsertionPoint(op);
    for (OpOperand &operand : op->getOpOperands()) {
      if (isConstant(operand.get()))
        operand.set(b.clone(*operand.get().getDefiningOp())->getResult(0));
      else
        operand.set(mapping.lookupOrDefault(operand.get()));
    }
    if (auto contract = dyn_cast<kernel::ContractOp>(op))
      keepTile(contract, info);
    setRows(op, member.rows);
  }
}

/// Bytes that a chain needs beside its images: rings, and a line of zero points
/// where windows reach beyond the image.
static int64_t workBytes(const StripePlan &plan) {
  int64_t line = 0;
  for (const StripeMember &member : plan.members)
    if (isa<kernel::DepthwiseOp>(member.op))
      line = std::max(line, kernel::getSizeInBytes(typeOf(member.input)) /
                                member.inHeight);
  return plan.ringBytes() + line;
}

void shrinkRings(func::FuncOp network) {
  // Lives have changed: a chain reads its inputs while it writes its output.
  const kernel::MemoryPlan memory = kernel::planMemory(network, {});
  const int64_t bound = boundArena(memory);
  for (const kernel::PlannedStep &step : memory.steps) {
    auto stripes = dyn_cast<kernel::StripesOp>(step.op);
    if (!stripes)
      continue;
    // Some of it is for what operations need themselves.
    const int64_t room = (bound - step.getAlive()) / 8 * 7;
    StripePlan plan = StripePlan::of(stripes);
    SmallVector<Operation *> chain;
    for (const StripeMember &member : plan.members)
      chain.push_back(member.op);
    auto tryRows = [&](int64_t rows, int64_t most) {
      if (workBytes(plan) > room)
        plan = planChain(chain, rows, most);
    };
    for (int64_t rows = plan.members.back().rows; rows > 0; --rows)
      tryRows(rows, std::numeric_limits<int64_t>::max());
    // No row before the next operation needs it, at the price of more calls.
    tryRows(1, 1);
    if (workBytes(plan) > room)
      continue;
    for (const StripeMember &member : plan.members)
      setRows(member.op, member.rows);
  }
}

} // namespace pare::cpu
