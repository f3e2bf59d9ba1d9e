//===- MemoryPlan.cpp - What lies where in the arena ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include "PlanProblem.h"
#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/IR/Overlap.h"
#include "pare/Dialect/Kernel/IR/Work.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <algorithm>

using namespace mlir;
using namespace pare::kernel;

using Kind = PlannedBuffer::Kind;

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Lives
//===----------------------------------------------------------------------===//

static bool isStep(Operation &op) {
  return !isa<ViewLikeOpInterface, BufferOp, memref::GetGlobalOp>(op) &&
         !op.hasTrait<OpTrait::IsTerminator>();
}

namespace {
struct Access {
  int64_t begin, end, step;
};
} // namespace

/// Cuts a buffer where the accessed ranges begin and end.
static void cutIntoPieces(ArrayRef<Access> accesses, PlannedBuffer &buffer) {
  SmallVector<int64_t> cuts;
  for (const Access &access : accesses) {
    cuts.push_back(access.begin);
    cuts.push_back(access.end);
  }
  llvm::sort(cuts);
  cuts.erase(llvm::unique(cuts), cuts.end());
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    PlannedPiece piece = {cuts[i], cuts[i + 1], -1, -1};
    for (const Access &access : accesses) {
      if (access.begin > piece.begin || access.end < piece.end)
        continue;
      piece.first =
          piece.first < 0 ? access.step : std::min(piece.first, access.step);
      piece.last = std::max(piece.last, access.step);
    }
    if (piece.first >= 0)
      buffer.pieces.push_back(piece);
  }
}

/// Sets the life of a buffer to that of its pieces.
static void setLife(PlannedBuffer &buffer) {
  buffer.first = buffer.pieces.front().first;
  buffer.last = buffer.pieces.front().last;
  for (const PlannedPiece &piece : buffer.pieces) {
    buffer.first = std::min(buffer.first, piece.first);
    buffer.last = std::max(buffer.last, piece.last);
  }
}

static std::string getPortName(func::FuncOp function, BlockArgument argument,
                               bool isInput) {
  auto name =
      function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "nn.name");
  return name ? name.str() : isInput ? "input" : "output";
}

/// Sets the region of `buffer` to the one that is named on `op`.
static void setRegion(PlannedBuffer &buffer, const MemoryPlan &plan,
                      StringAttr name) {
  buffer.region = plan.regions.size() - 1;
  for (auto [i, region] : llvm::enumerate(plan.regions))
    if (name && region.name == name)
      buffer.region = i;
}

/// All that may lie in an arena, without places.
static MemoryPlan collect(func::FuncOp function, bool ports) {
  MemoryPlan plan;
  plan.regions = getRegions(function);
  if (plan.regions.empty())
    plan.regions.emplace_back();
  llvm::MapVector<Value, SmallVector<Access>> accesses;
  llvm::DenseMap<Value, int64_t> accessedBytes;
  Block &block = function.getBody().front();
  for (BlockArgument argument : block.getArguments())
    accesses[argument];
  for (Operation &op : block) {
    if (!isStep(op))
      continue;
    const int64_t step = plan.steps.size();
    plan.steps.push_back({&op, pare::nn::getLayerName(op.getLoc()).str()});
    const AccessedBytes accessed = getAccessedBytes(&op);
    for (auto [operand, bytes] :
         llvm::zip_equal(op.getOpOperands(), accessed.operands)) {
      if (!isa<MemRefType>(operand.get().getType()))
        continue;
      const ByteRange range = getAccessedRange(operand);
      accessedBytes[range.root] += bytes;
      accesses[range.root].push_back({range.begin, range.end, step});
    }
    if (auto bytes =
            op.getAttrOfType<IntegerAttr>(KernelDialect::kWorkBytesAttr);
        bytes && bytes.getInt() > 0) {
      PlannedBuffer work;
      work.kind = Kind::Work;
      work.name = plan.steps.back().layer;
      work.op = &op;
      work.bytes = bytes.getInt();
      work.accesses = accessed.work;
      setRegion(work, plan, op.getAttrOfType<StringAttr>(kWorkRegionAttr));
      work.pieces.push_back({0, work.bytes, step, step});
      plan.buffers.push_back(std::move(work));
    }
  }
  const int64_t end = std::max<int64_t>(int64_t(plan.steps.size()) - 1, 0);
  auto numInputs =
      function->getAttrOfType<IntegerAttr>(KernelDialect::kNumInputsAttr);
  for (auto &[value, list] : accesses) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument ? !ports || !numInputs : !value.getDefiningOp<BufferOp>())
      continue;
    PlannedBuffer buffer;
    buffer.value = value;
    buffer.bytes = getSizeInBytes(typeOf(value));
    buffer.accesses = accessedBytes.lookup(value);
    setRegion(buffer, plan,
              argument ? function.getArgAttrOfType<StringAttr>(
                             argument.getArgNumber(), kRegionAttr)
                       : value.getDefiningOp()->getAttrOfType<StringAttr>(
                             kRegionAttr));
    if (argument) {
      const bool isInput = argument.getArgNumber() < numInputs.getInt();
      buffer.kind = isInput ? Kind::Input : Kind::Output;
      buffer.name = getPortName(function, argument, isInput);
      if (list.empty())
        list.push_back({0, buffer.bytes, isInput ? 0 : end});
    } else {
      buffer.name = pare::nn::getLayerName(value.getLoc()).str();
    }
    cutIntoPieces(list, buffer);
    for (PlannedPiece &piece : buffer.pieces) {
      if (buffer.kind == Kind::Input)
        piece.first = 0;
      if (buffer.kind == Kind::Output)
        piece.last = end;
    }
    plan.buffers.push_back(std::move(buffer));
  }
  for (PlannedBuffer &buffer : plan.buffers)
    setLife(buffer);
  return plan;
}

//===----------------------------------------------------------------------===//
// Overlap
//===----------------------------------------------------------------------===//

static int64_t getOverlapDistance(RowOrderOpInterface op) {
  auto known = op->getAttrOfType<IntegerAttr>(kOverlapDistanceAttr);
  return known ? known.getInt() : op.getOverlapDistance();
}

SmallVector<Overlap> pare::kernel::findOverlaps(Operation *op) {
  SmallVector<Overlap> overlaps;
  if (!isa<RowOrderOpInterface>(op) && !op->hasTrait<InPlace>())
    return overlaps;
  Value output = op->getOperands().back();
  auto ordered = dyn_cast<RowOrderOpInterface>(op);
  for (Value input : op->getOperands().drop_back()) {
    Value root = getRootBuffer(input);
    // Parts of one buffer have their places already.
    if (root == getRootBuffer(output))
      continue;
    // Read a second time in another way, an element may be needed after it has
    // been overwritten.
    const bool isReadOnce =
        llvm::count_if(op->getOperands(), [&](Value other) {
          return getRootBuffer(other) == root && other != input;
        }) == 0;
    int64_t distance = -1;
    if (ordered && input == op->getOperand(0))
      distance = getOverlapDistance(ordered);
    else if (op->hasTrait<InPlace>() && input.getType() == output.getType())
      distance = 0;
    if (distance >= 0 && isReadOnce)
      overlaps.push_back({root, getRootBuffer(output), getViewOffset(input),
                          getSizeInBytes(typeOf(input)), getViewOffset(output),
                          getSizeInBytes(typeOf(output)), distance});
  }
  return overlaps;
}

/// The distances b.offset - a.offset at which `p` of `a` and `q` of `b` destroy
/// each other.
static std::pair<int64_t, int64_t>
getForbidden(const PlannedBuffer &a, const PlannedPiece &p,
             const PlannedBuffer &b, const PlannedPiece &q,
             ArrayRef<SmallVector<Overlap>> overlaps) {
  if (p.first > q.last || q.first > p.last)
    return {0, 0};
  int64_t low = p.begin - q.end, high = p.end - q.begin;
  auto isDying = [](const PlannedPiece &in, const PlannedPiece &out) {
    return in.last == out.first;
  };
  auto holds = [](const PlannedPiece &piece, int64_t begin, int64_t bytes) {
    return begin <= piece.begin && piece.end <= begin + bytes;
  };
  if (isDying(p, q))
    for (const Overlap &o : overlaps[q.first])
      if (o.input == a.value && o.output == b.value &&
          holds(p, o.inputBegin, o.inputBytes) &&
          holds(q, o.outputBegin, o.outputBytes))
        low = std::max(low, o.inputBegin - o.outputBegin - o.distance);
  if (isDying(q, p))
    for (const Overlap &o : overlaps[p.first])
      if (o.input == b.value && o.output == a.value &&
          holds(q, o.inputBegin, o.inputBytes) &&
          holds(p, o.outputBegin, o.outputBytes))
        high = std::min(high, o.outputBegin - o.inputBegin + o.distance);
  return {low, high};
}

static SmallVector<ArenaConflict>
findConflicts(ArrayRef<PlannedBuffer> buffers,
              ArrayRef<SmallVector<Overlap>> overlaps) {
  SmallVector<ArenaConflict> conflicts;
  for (size_t b = 0; b < buffers.size(); ++b)
    for (size_t a = 0; a < b; ++a) {
      if (buffers[a].first > buffers[b].last ||
          buffers[b].first > buffers[a].last)
        continue;
      for (const PlannedPiece &p : buffers[a].pieces)
        for (const PlannedPiece &q : buffers[b].pieces) {
          auto [low, high] =
              getForbidden(buffers[a], p, buffers[b], q, overlaps);
          if (low < high - 1)
            conflicts.push_back({a, b, low, high});
        }
    }
  return conflicts;
}

static int64_t getAliveBytes(const MemoryPlan &plan, int64_t step,
                             size_t region, bool withWork) {
  int64_t alive = 0;
  for (const PlannedBuffer &buffer : plan.buffers)
    if (buffer.region == region && (withWork || buffer.kind != Kind::Work))
      for (const PlannedPiece &piece : buffer.pieces)
        if (piece.first <= step && step <= piece.last)
          alive += piece.end - piece.begin;
  return alive;
}

/// What is alive in a region at once, less what an output can share with dying
/// inputs.
static int64_t findLowerBound(const MemoryPlan &plan,
                              ArrayRef<SmallVector<Overlap>> overlaps,
                              size_t region, bool withWork) {
  llvm::SmallPtrSet<Value, 16> inRegion;
  for (const PlannedBuffer &buffer : plan.buffers)
    if (buffer.region == region && buffer.value)
      inRegion.insert(buffer.value);
  int64_t bound = 0;
  for (int64_t step = 0, e = plan.steps.size(); step < e; ++step) {
    int64_t saved = 0, outputBytes = 0;
    for (const Overlap &o : overlaps[step]) {
      if (!inRegion.contains(o.input) || !inRegion.contains(o.output))
        continue;
      outputBytes = o.outputBytes;
      saved += std::max<int64_t>(
          o.inputBytes + o.outputBytes -
              std::max(o.inputBytes + o.distance, o.outputBytes),
          0);
    }
    bound = std::max(bound, getAliveBytes(plan, step, region, withWork) -
                                std::min(saved, outputBytes));
  }
  return bound;
}

//===----------------------------------------------------------------------===//
// In place
//===----------------------------------------------------------------------===//

static bool isPart(Value value) {
  return getUnshapedBuffer(value) != getRootBuffer(value);
}

/// Joins the lives of buffers that share their bytes exactly, one after the
/// other: outputs of element-wise operations and inputs that die there. The
/// result is the first buffer of each buffer's place.
static SmallVector<size_t> joinInPlace(MemoryPlan &plan) {
  llvm::DenseMap<Value, size_t> indices;
  SmallVector<size_t> place;
  for (auto [i, buffer] : llvm::enumerate(plan.buffers)) {
    place.push_back(i);
    if (buffer.value)
      indices[buffer.value] = i;
  }
  for (auto [step, planned] : llvm::enumerate(plan.steps)) {
    Operation *op = planned.op;
    if (!op->hasTrait<InPlace>())
      continue;
    Value output = op->getOperands().back();
    auto out = indices.find(getRootBuffer(output));
    if (out == indices.end() ||
        plan.buffers[out->second].first != int64_t(step))
      continue;
    for (Value input : op->getOperands().drop_back()) {
      auto in = indices.find(getRootBuffer(input));
      if (in == indices.end() || in->second == out->second ||
          plan.buffers[in->second].last != int64_t(step) ||
          plan.buffers[in->second].kind != Kind::Buffer ||
          plan.buffers[in->second].region != plan.buffers[out->second].region ||
          input.getType() != output.getType() || isPart(input) ||
          isPart(output))
        continue;
      // Read a second time in another shape, an element would be needed after
      // it has been overwritten.
      if (llvm::any_of(op->getOperands(), [&](Value other) {
            return getRootBuffer(other) == getRootBuffer(input) &&
                   other.getType() != input.getType();
          }))
        continue;
      place[out->second] = place[in->second];
      PlannedBuffer &first = plan.buffers[place[in->second]];
      first.last = std::max(first.last, plan.buffers[out->second].last);
      break;
    }
  }
  return place;
}

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

/// Fills in what the steps need, from the places of the buffers.
static void measureSteps(MemoryPlan &plan) {
  for (auto [step, planned] : llvm::enumerate(plan.steps)) {
    planned.uses.assign(plan.regions.size(), {});
    for (auto [region, use] : llvm::enumerate(planned.uses)) {
      SmallVector<std::pair<int64_t, int64_t>> ranges;
      for (const PlannedBuffer &buffer : plan.buffers)
        for (const PlannedPiece &piece : buffer.pieces)
          if (buffer.region == region && piece.first <= int64_t(step) &&
              int64_t(step) <= piece.last)
            ranges.emplace_back(buffer.offset + piece.begin,
                                buffer.offset + piece.end);
      llvm::sort(ranges);
      for (auto [begin, end] : ranges) {
        use.alive += std::max<int64_t>(end - std::max(begin, use.top), 0);
        use.top = std::max(use.top, end);
      }
    }
  }
}

static void writePlaces(func::FuncOp function, const MemoryPlan &plan) {
  Builder builder(function.getContext());
  for (const PlannedBuffer &buffer : plan.buffers) {
    IntegerAttr offset = builder.getI64IntegerAttr(buffer.offset);
    if (buffer.kind == Kind::Work)
      buffer.op->setAttr(KernelDialect::kWorkOffsetAttr, offset);
    else if (auto argument = dyn_cast<BlockArgument>(buffer.value))
      function.setArgAttr(argument.getArgNumber(),
                          KernelDialect::kArenaOffsetAttr, offset);
    else
      buffer.value.getDefiningOp<BufferOp>().setOffsetAttr(offset);
  }
  if (plan.hasRegions())
    setRegions(function, plan.regions);
  function->setAttr(KernelDialect::kArenaBytesAttr,
                    builder.getI64IntegerAttr(plan.arenaBytes));
  function->setAttr(KernelDialect::kArenaBoundAttr,
                    builder.getI64IntegerAttr(plan.lowerBound));
  function->setAttr(KernelDialect::kBufferBoundAttr,
                    builder.getI64IntegerAttr(plan.bufferBound));
}

LogicalResult pare::kernel::checkBody(func::FuncOp function, StringRef pass) {
  if (llvm::hasSingleElement(function.getBody()))
    return success();
  return function.emitError(pass) << " expects a body of one block, found "
                                  << llvm::range_size(function.getBody());
}

LogicalResult pare::kernel::checkAlignment(func::FuncOp function,
                                           StringRef pass, int64_t alignment) {
  if (alignment >= 1 && llvm::isPowerOf2_64(alignment))
    return success();
  return function.emitError(pass)
         << " expects an alignment that is a power of two, found " << alignment;
}

PlanProblem PlanProblem::create(func::FuncOp function,
                                const PlanOptions &options) {
  PlanProblem problem;
  problem.usesOverlaps = options.overlaps;
  problem.plan = collect(function, options.ports);
  MemoryPlan &plan = problem.plan;
  for (MemoryRegion &region : plan.regions)
    region.alignment = std::max(region.alignment, options.alignment);
  SmallVector<size_t> place;
  problem.overlaps.resize(plan.steps.size());
  if (options.overlaps) {
    for (size_t i = 0; i < plan.buffers.size(); ++i)
      place.push_back(i);
    for (auto [list, step] : llvm::zip_equal(problem.overlaps, plan.steps))
      list = findOverlaps(step.op);
  } else {
    place = joinInPlace(plan);
  }
  problem.slotOf.resize(place.size());
  for (auto [i, first] : llvm::enumerate(place)) {
    const PlannedBuffer &buffer = plan.buffers[i];
    if (first != i) {
      problem.slotOf[i] = problem.slotOf[first];
      // Whole, as long as one of both is alive.
      PlannedBuffer &joined = problem.contents[problem.slotOf[i]];
      joined.pieces = {{0, joined.bytes, joined.first, joined.last}};
      continue;
    }
    problem.slotOf[i] = problem.slots.size();
    problem.slots.push_back({buffer.first, buffer.last, buffer.bytes});
    problem.contents.push_back(buffer);
  }
  problem.conflicts = findConflicts(problem.contents, problem.overlaps);
  return problem;
}

int64_t PlanProblem::getBound(size_t region, bool withWork) const {
  if (usesOverlaps)
    return findLowerBound(plan, overlaps, region, withWork);
  // How much more is alive at each step than at the one before. Ports live at
  // step 0 even if there is none.
  SmallVector<int64_t> growth(plan.steps.size() + 2, 0);
  for (const PlannedBuffer &content : contents) {
    if (content.region != region || (!withWork && content.kind == Kind::Work))
      continue;
    for (const PlannedPiece &piece : content.pieces) {
      growth[piece.first] += piece.end - piece.begin;
      growth[piece.last + 1] -= piece.end - piece.begin;
    }
  }
  int64_t bound = 0, alive = 0;
  for (int64_t change : growth)
    bound = std::max(bound, alive += change);
  return bound;
}

/// Places the slots of one region; the result is the bytes of its arena.
static int64_t placeRegion(PlanProblem &problem, size_t region) {
  constexpr size_t kElsewhere = ~size_t(0);
  SmallVector<ArenaSlot> placed;
  SmallVector<size_t> indices(problem.slots.size(), kElsewhere);
  for (auto [i, content] : llvm::enumerate(problem.contents)) {
    if (content.region != region)
      continue;
    indices[i] = placed.size();
    placed.push_back(problem.slots[i]);
  }
  SmallVector<ArenaConflict> conflicts;
  for (const ArenaConflict &c : problem.conflicts)
    if (indices[c.a] != kElsewhere && indices[c.b] != kElsewhere)
      conflicts.push_back({indices[c.a], indices[c.b], c.low, c.high});
  const MemoryRegion &memory = problem.plan.regions[region];
  const int64_t bytes =
      placeSlots(placed, conflicts, memory.alignment, memory.bound).bytes;
  for (auto [slot, index] : llvm::zip_equal(problem.slots, indices))
    if (index != kElsewhere)
      slot.offset = placed[index].offset;
  return bytes;
}

MemoryPlan pare::kernel::planMemory(func::FuncOp function,
                                    const PlanOptions &options) {
  PlanProblem problem = PlanProblem::create(function, options);
  MemoryPlan &plan = problem.plan;
  plan.lowerBound = plan.bufferBound = 0;
  for (auto [i, region] : llvm::enumerate(plan.regions)) {
    region.bound = problem.getBound(i);
    region.bytes = placeRegion(problem, i);
    plan.lowerBound += region.bound;
    plan.bufferBound += problem.getBound(i, /*withWork=*/false);
    plan.arenaBytes += region.bytes;
  }
  for (auto [buffer, slot] : llvm::zip_equal(plan.buffers, problem.slotOf))
    buffer.offset = problem.slots[slot].offset;
  measureSteps(plan);
  writePlaces(function, plan);
  return plan;
}

int64_t pare::kernel::getArenaBound(func::FuncOp function,
                                    const PlanOptions &options) {
  MemoryPlan plan = collect(function, options.ports);
  // Whatever lies where, it takes so many bytes.
  for (PlannedBuffer &buffer : plan.buffers)
    buffer.region = 0;
  SmallVector<SmallVector<Overlap>> overlaps(plan.steps.size());
  for (auto [list, step] : llvm::zip_equal(overlaps, plan.steps))
    if (options.overlaps || step.op->hasTrait<InPlace>())
      list = findOverlaps(step.op);
  return findLowerBound(plan, overlaps, /*region=*/0, /*withWork=*/true);
}

MemoryPlan pare::kernel::readMemoryPlan(func::FuncOp function) {
  MemoryPlan plan = collect(function, /*ports=*/true);
  llvm::erase_if(plan.buffers, [&](PlannedBuffer &buffer) {
    IntegerAttr offset;
    if (buffer.kind == Kind::Work)
      offset =
          buffer.op->getAttrOfType<IntegerAttr>(KernelDialect::kWorkOffsetAttr);
    else if (auto argument = dyn_cast<BlockArgument>(buffer.value))
      offset = function.getArgAttrOfType<IntegerAttr>(
          argument.getArgNumber(), KernelDialect::kArenaOffsetAttr);
    else
      offset = buffer.value.getDefiningOp<BufferOp>().getOffsetAttr();
    if (offset)
      buffer.offset = offset.getInt();
    return !offset;
  });
  auto number = [&](StringRef name) {
    auto attribute = function->getAttrOfType<IntegerAttr>(name);
    return attribute ? attribute.getInt() : int64_t(-1);
  };
  if (!plan.hasRegions())
    plan.regions.front().bytes = number(KernelDialect::kArenaBytesAttr);
  for (const PlannedBuffer &buffer : plan.buffers) {
    MemoryRegion &region = plan.regions[buffer.region];
    region.bytes = std::max(region.bytes, buffer.offset + buffer.bytes);
  }
  for (MemoryRegion &region : plan.regions)
    plan.arenaBytes += region.bytes = std::max<int64_t>(region.bytes, 0);
  plan.lowerBound = number(KernelDialect::kArenaBoundAttr);
  if (!plan.hasRegions())
    plan.regions.front().bound = plan.lowerBound;
  plan.bufferBound = number(KernelDialect::kBufferBoundAttr);
  measureSteps(plan);
  return plan;
}

int64_t PlannedStep::getAlive() const {
  int64_t alive = 0;
  for (const Use &use : uses)
    alive += use.alive;
  return alive;
}
