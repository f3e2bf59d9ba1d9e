//===- TermOrder.cpp - Terms in an order that bytes allow -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/TermOrder.h"
#include "Emit/MicroKernel.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <limits>
#include <vector>

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

int64_t OrderedPlan::mostDepth() const {
  for (int64_t depth = TermGroups::kMostDepth; depth > 1; --depth)
    if (hasDepth(depth))
      return depth;
  return 1;
}

SmallVector<int64_t> OrderedPlan::channelOrder() const {
  SmallVector<int64_t> order;
  for (int64_t place = 0; place < numPanels() * panelWidth(); ++place)
    order.push_back(place < columns ? place : -1);
  return order;
}

/// Instructions of a row that shuffle it and invert bits.
static double shufflesOf(const OrderedPlan &plan) {
  return plan.shuffles ? 2.0 * double(plan.rowBytes()) / 32.0 : 0.0;
}

/// Rows of sums that stay in registers: beside them weights of a group, ones,
/// and two products on their way.
static int64_t mostTileRows(const OrderedPlan &plan, const TargetInfo &target) {
  return std::min(plan.rows, target.vectorRegisters - plan.mostDepth() - 4);
}

/// Estimated cycles of a tile.
static double tileCycles(const OrderedPlan &plan, int64_t rows) {
  // Three instructions a cycle; what a tile takes besides, in cycles.
  constexpr double kEnds = 20.0;
  const int64_t deepest = plan.mostDepth();
  const double steps = double(plan.steps);
  const double perRow =
      TermGroups::costOf(deepest) / double(deepest) * steps + shufflesOf(plan);
  // Four rows are scaled and packed together, by 24 instructions.
  const double packs = 8.0 * double(llvm::divideCeil(rows, int64_t(4)));
  return std::max(double(rows) * perRow / 3.0, steps) + packs + kEnds;
}

/// Gives `plan` tiles of so many rows, and blocks for them. Returns the
/// estimated cycles.
static double setTileRows(OrderedPlan &plan, const TargetInfo &target,
                          int64_t rows) {
  plan.tileRows = rows;
  if (plan.isWindow()) {
    // Lines wait in the L1 cache, but so many that weights pass by seldom.
    const ConvShape &s = plan.shape;
    const int64_t room =
        std::max<int64_t>(target.l1Bytes / 2 / plan.rowBytes(), 2 * rows);
    const int64_t lines = std::max<int64_t>(1, room / s.outWidth);
    const int64_t blocks = llvm::divideCeil(s.outHeight, lines);
    plan.blockRows = llvm::divideCeil(s.outHeight, blocks) * s.outWidth;
    plan.tileRows = std::min(rows, plan.blockRows);
    return double(llvm::divideCeil(plan.rows, rows)) * tileCycles(plan, rows);
  }
  // Rows of a block wait in the L1 cache, or more slowly in the L2 cache; each
  // block brings the weights near once.
  constexpr int64_t kMostCopied = 64 << 10;
  constexpr double kFar = 1.1;
  // Weights in the L1 cache are near for any block, which then can be as small
  // as what is free in the arena.
  int64_t room = kMostCopied, leastTiles = 2;
  if (plan.freeBytes && plan.filterBytes() <= target.l1Bytes) {
    room = std::min(room, *plan.freeBytes - plan.tileBytes());
    leastTiles = 1;
  }
  double least = std::numeric_limits<double>::infinity();
  for (int64_t tiles = 1; (tiles - 1) * rows < plan.rows; ++tiles) {
    const int64_t blockRows = std::min(tiles * rows, plan.rows);
    const int64_t bytes = blockRows * plan.rowBytes();
    if (tiles > leastTiles && bytes > room)
      break;
    const double blocks = double(llvm::divideCeil(plan.rows, blockRows));
    const double far = bytes > target.l1Bytes * 3 / 4 ? kFar : 1.0;
    const double cycles =
        blocks *
        (double(tiles) * far * tileCycles(plan, rows) + double(plan.steps));
    if (cycles <= least) {
      least = cycles;
      plan.blockRows = blockRows;
    }
  }
  return least;
}

SmallVector<int64_t>
OrderedPlan::tileRowsByCost(const TargetInfo &target) const {
  SmallVector<std::pair<double, int64_t>> found;
  for (int64_t rows = 1; rows <= mostTileRows(*this, target); ++rows) {
    OrderedPlan plan = *this;
    // Among equals, more rows.
    found.push_back({setTileRows(plan, target, rows), -rows});
  }
  llvm::sort(found);
  SmallVector<int64_t> all;
  for (const auto &[cycles, rows] : found)
    all.push_back(-rows);
  return all;
}

/// All but what the order says.
static OrderedPlan planOf(kernel::ContractOp op) {
  OrderedPlan plan;
  plan.shape = ConvShape::of(op);
  const ConvShape &s = plan.shape;
  plan.inputZero = op.getInputZeroPoint();
  plan.rows = s.batch * s.outHeight * s.outWidth;
  plan.depth = s.kernelHeight * s.kernelWidth * s.inChannels;
  plan.columns = s.outChannels;
  if (auto freeBytes =
          op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kFreeBytesAttr))
    plan.freeBytes = freeBytes.getInt();
  return plan;
}

std::optional<OrderedPlan> OrderedPlan::of(kernel::ContractOp op,
                                           const TargetInfo &target) {
  auto order = op->getAttrOfType<DenseI64ArrayAttr>(
      kernel::KernelDialect::kTermOrderAttr);
  if (!order || !MicroKernel::ordersTerms(target))
    return std::nullopt;
  OrderedPlan plan = planOf(op);
  plan.shuffles = order[0] != 0;
  plan.steps = order[1];
  plan.depths = order[2];
  const SmallVector<int64_t> rows = plan.tileRowsByCost(target);
  auto tile =
      op->getAttrOfType<DenseI64ArrayAttr>(kernel::KernelDialect::kTileAttr);
  const bool isAsked = tile && op->hasAttr(kernel::KernelDialect::kOrderAttr) &&
                       llvm::is_contained(rows, tile[0]);
  setTileRows(plan, target, isAsked ? tile[0] : rows.front());
  return plan;
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

namespace {

/// The steps of one panel.
struct PanelOrder {
  /// Term at each place of the blocks, -1 for a neighbour of weight 0, and
  /// whether it is turned; empty if terms do not change places.
  SmallVector<int64_t> places;
  SmallVector<bool> turned;
  TermGroups groups;
  /// Of terms without a neighbour, from rows as they come.
  SmallVector<TermStep> extra;

  int64_t numSteps() const { return groups.numSteps() + int64_t(extra.size()); }
  double cost() const {
    return groups.cost() + TermGroups::costOf(1) * double(extra.size());
  }
};

/// The weights of a filter by column.
class Columns {
public:
  Columns(const OrderedPlan &plan, ArrayRef<int8_t> filter)
      : plan(plan), filter(filter) {}

  int32_t weight(int64_t column, int64_t term) const {
    return column < plan.columns && term >= 0 && term < plan.depth
               ? filter[column * plan.depth + term]
               : 0;
  }

  /// Rows as they come.
  PanelOrder orderSteps(int64_t panel) const {
    PanelOrder order;
    SmallVector<TermStep> steps;
    for (int64_t first = 0; first < plan.depth; first += OrderedPlan::kStep)
      steps.push_back(
          stepOf(panel, first, {first, first + 1, first + 2, first + 3}));
    order.groups = groupSteps(steps);
    return order;
  }

  /// Rows with terms in other places.
  PanelOrder orderTerms(int64_t panel) const {
    PanelOrder order;
    SmallVector<TermStep> all, single;
    for (int64_t block = 0; block < plan.depth; block += OrderedPlan::kBlock)
      orderBlock(panel, block, order, all, single);
    // What the blocks have as pairs of steps, others as they fit; or all as
    // they fit.
    SmallVector<TermGroups::Group> pairs = std::move(order.groups.ofDepth[2]);
    order.groups = groupSteps(single);
    order.groups.ofDepth[2].append(pairs.begin(), pairs.end());
    TermGroups others = groupSteps(all);
    if (others.cost() < order.groups.cost())
      order.groups = std::move(others);
    return order;
  }

private:
  TermStep stepOf(int64_t panel, int64_t place, ArrayRef<int64_t> terms,
                  ArrayRef<bool> turned = {}) const {
    TermStep step;
    step.place = place;
    for (int64_t c = 0; c < TermStep::kColumns; ++c)
      for (auto [i, term] : llvm::enumerate(terms)) {
        const int32_t w = weight(panel * plan.panelWidth() + c, term);
        step.weights[c * TermStep::kTerms + i] =
            int8_t(!turned.empty() && turned[i] ? -w : w);
      }
    return step;
  }

  /// Appends the places of a block; its steps to `all`, and to the groups of
  /// two or to `single`.
  void orderBlock(int64_t panel, int64_t first, PanelOrder &order,
                  SmallVector<TermStep> &all,
                  SmallVector<TermStep> &single) const {
    const int64_t count = std::min(OrderedPlan::kBlock, plan.depth - first);
    SmallVector<TermBlock::Weights> weights(count);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t c = 0; c < TermStep::kColumns; ++c)
        weights[i][c] =
            int8_t(weight(panel * plan.panelWidth() + c, first + i));
    const TermBlock block = arrangeBlock(weights);
    auto addStep = [&](std::array<int8_t, OrderedPlan::kStep> terms) {
      const size_t place = order.places.size();
      for (int8_t term : terms) {
        order.places.push_back(term < 0 ? -1 : first + term);
        order.turned.push_back(term >= 0 && (block.turned >> term & 1));
      }
      all.push_back(stepOf(panel, int64_t(place),
                           ArrayRef(order.places).drop_front(place),
                           ArrayRef(order.turned).drop_front(place)));
      return all.back();
    };
    for (size_t i = 0; i < block.fours.size(); i += 2) {
      const auto &x = block.fours[i], &y = block.fours[i + 1];
      TermStep one = addStep({x[0], x[1], y[0], y[1]});
      TermStep two = addStep({x[2], x[3], y[2], y[3]});
      order.groups.ofDepth[2].push_back({one, two});
    }
    for (size_t i = 0; i < block.twos.size(); i += 2) {
      const auto &x = block.twos[i], &y = block.twos[i + 1];
      single.push_back(addStep({x[0], x[1], y[0], y[1]}));
    }
    for (int8_t term : block.left)
      addExtra(panel, first + term, order);
  }

  /// A step for one term, from where the row has it.
  void addExtra(int64_t panel, int64_t term, PanelOrder &order) const {
    const int64_t place = term / OrderedPlan::kStep * OrderedPlan::kStep;
    std::array<int64_t, OrderedPlan::kStep> terms;
    for (int64_t i = 0; i < OrderedPlan::kStep; ++i)
      terms[i] = place + i == term ? term : -1;
    order.extra.push_back(stepOf(panel, place, terms));
  }

  const OrderedPlan &plan;
  ArrayRef<int8_t> filter;
};

} // namespace

/// Groups of a depth that few steps have are not worth a loop.
static void splitRareDepths(MutableArrayRef<PanelOrder> panels) {
  constexpr double kRare = 1.0 / 32.0;
  std::array<double, TermGroups::kMostDepth + 1> steps = {};
  double all = 0;
  for (const PanelOrder &panel : panels) {
    all += double(panel.groups.numSteps());
    for (int64_t depth = 2; depth <= TermGroups::kMostDepth; ++depth)
      steps[depth] += double(depth * panel.groups.ofDepth[depth].size());
  }
  for (int64_t depth = TermGroups::kMostDepth; depth >= 2; --depth) {
    if (steps[depth] >= kRare * all)
      continue;
    for (PanelOrder &panel : panels)
      panel.groups.split(depth);
    steps[depth - 1] += steps[depth];
  }
}

static void describe(OrderedPlan &plan, ArrayRef<PanelOrder> panels) {
  for (const PanelOrder &panel : panels) {
    plan.steps = std::max(plan.steps, panel.numSteps());
    plan.depths |= int64_t(!panel.extra.empty());
    for (int64_t depth = 1; depth <= TermGroups::kMostDepth; ++depth)
      plan.depths |= int64_t(!panel.groups.ofDepth[depth].empty()) << depth;
  }
}

static OrderedWeights pack(const OrderedPlan &plan,
                           MutableArrayRef<PanelOrder> panels,
                           ArrayRef<int8_t> filter, ArrayRef<int32_t> bias) {
  OrderedWeights packed;
  packed.plan = plan;
  packed.bias.resize(plan.numPanels() * plan.panelWidth(), 0);
  for (int64_t channel = 0; channel < plan.columns; ++channel) {
    uint32_t sum = bias.empty() ? 0 : bias[channel];
    for (int64_t term = 0; term < plan.depth; ++term)
      sum -= uint32_t(filter[channel * plan.depth + term]) *
             uint32_t(plan.inputZero + 128);
    packed.bias[channel] = int32_t(sum);
  }
  const Columns columns(plan, filter);
  for (auto [p, panel] : llvm::enumerate(panels)) {
    for (int64_t depth = 1; depth <= TermGroups::kMostDepth; ++depth)
      packed.table.push_back(int32_t(panel.groups.ofDepth[depth].size()));
    packed.table.push_back(int32_t(panel.extra.size()));
    auto addStep = [&](const TermStep &step) {
      packed.table.push_back(int32_t(step.place));
      packed.filter.append(step.weights.begin(), step.weights.end());
    };
    for (int64_t depth = TermGroups::kMostDepth; depth > 0; --depth)
      for (const TermGroups::Group &group : panel.groups.ofDepth[depth])
        llvm::for_each(group, addStep);
    llvm::for_each(panel.extra, addStep);
    packed.table.resize((p + 1) * plan.tableNumbers());
    packed.filter.resize((p + 1) * plan.steps * sizeof(TermStep::weights));
    if (!plan.shuffles)
      continue;
    panel.places.resize(plan.rowBytes(), -1);
    panel.turned.resize(plan.rowBytes(), false);
    for (int64_t term : panel.places)
      packed.order.push_back(term < 0 ? 0 : term % OrderedPlan::kBlock);
    for (auto [term, turned] : llvm::zip_equal(panel.places, panel.turned)) {
      packed.order.push_back(turned ? -1 : 0);
      // u * w = 255 * w + (255 - u) * -w.
      for (int64_t c = 0; turned && c < plan.panelWidth(); ++c) {
        const int64_t column = int64_t(p) * plan.panelWidth() + c;
        packed.bias[column] =
            int32_t(uint32_t(packed.bias[column]) +
                    255 * uint32_t(columns.weight(column, term)));
      }
    }
  }
  return packed;
}

std::optional<OrderedWeights>
orderTerms(kernel::ContractOp op, const TargetInfo &target,
           ArrayRef<int8_t> filter, ArrayRef<int32_t> bias, bool bytePairs) {
  // Fewer rows wait for weights; fewer terms are over before the order counts.
  constexpr int64_t kLeastRows = 4, kLeastTerms = 16;
  // What is to be gained must be worth the code.
  constexpr double kWorth = 0.92;
  OrderedPlan plan = planOf(op);
  if (!MicroKernel::ordersTerms(target) || op.getFilterZeroPoint() != 0 ||
      filter.size() != size_t(plan.depth * plan.columns) ||
      plan.rows < kLeastRows || plan.depth < kLeastTerms)
    return std::nullopt;
  auto asked = op->getAttrOfType<StringAttr>(kernel::KernelDialect::kOrderAttr);
  if (asked && asked.getValue() == "none")
    return std::nullopt;
  // Products in pairs of 16 bits take two instructions a pair, in quads of
  // bytes three a quad.
  const double perRun = bytePairs
                            ? 3.0 * double(llvm::divideCeil(plan.runTerms(), 4))
                            : double(llvm::alignTo(plan.runTerms(), 2));
  // Rows of windows are gathered, in runs, for all panels.
  const double gathers =
      plan.isWindow() ? 4.0 * double(plan.runs()) / double(plan.numPanels())
                      : 0.0;
  double least = asked ? std::numeric_limits<double>::infinity()
                       : kWorth * double(plan.runs()) * perRun - gathers;
  // Where steps as they come are nearly always added together, no shuffles can
  // pay off.
  constexpr double kGood = 2.6;
  std::optional<OrderedPlan> best;
  std::vector<PanelOrder> panels;
  for (bool shuffles : {false, true}) {
    if (asked && shuffles != (asked.getValue() == "terms"))
      continue;
    OrderedPlan candidate = plan;
    candidate.shuffles = shuffles;
    Columns columns(candidate, filter);
    std::vector<PanelOrder> found;
    double cost = 0;
    for (int64_t p = 0; p < plan.numPanels(); ++p) {
      found.push_back(shuffles ? columns.orderTerms(p) : columns.orderSteps(p));
      cost += found.back().cost();
    }
    cost = cost / double(plan.numPanels()) + shufflesOf(candidate);
    if (cost >= least)
      continue;
    least = cost;
    best = candidate;
    panels = std::move(found);
    if (cost <= kGood * double(llvm::divideCeil(plan.depth, 4)))
      break;
  }
  if (!best)
    return std::nullopt;
  splitRareDepths(panels);
  describe(*best, panels);
  return pack(*best, panels, filter, bias);
}

} // namespace pare::cpu
