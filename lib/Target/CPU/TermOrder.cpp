//===- TermOrder.cpp - Terms in an order that bytes allow -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TermOrder.h"
#include "MicroKernel.h"

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

/// Instructions of a row that shuffle it.
static double shufflesOf(const OrderedPlan &plan) {
  return plan.shuffles ? 2.0 * double(plan.rowBytes()) / 32.0 : 0.0;
}

static void chooseSizes(OrderedPlan &plan, const TargetInfo &target) {
  // Sums; weights of a group, ones, and two products on their way.
  const int64_t deepest = plan.mostDepth();
  const int64_t most =
      std::min(plan.rows, target.vectorRegisters - deepest - 4);
  // Three instructions a cycle; what a tile takes besides, in cycles.
  constexpr double kEnds = 20.0;
  const double steps = double(plan.steps);
  const double perRow =
      TermGroups::costOf(deepest) / double(deepest) * steps + shufflesOf(plan);
  auto tileCycles = [&](int64_t rows) {
    return std::max(double(rows) * perRow / 3.0, steps) + kEnds;
  };
  double least = std::numeric_limits<double>::infinity();
  if (plan.isWindow()) {
    for (int64_t rows = 1; rows <= most; ++rows) {
      double cycles =
          double(llvm::divideCeil(plan.rows, rows)) * tileCycles(rows);
      if (cycles <= least) {
        least = cycles;
        plan.tileRows = rows;
      }
    }
    // Lines wait in the L1 cache, but so many that weights pass by seldom.
    const ConvShape &s = plan.shape;
    const int64_t room = std::max<int64_t>(target.l1Bytes / 2 / plan.rowBytes(),
                                           2 * plan.tileRows);
    const int64_t lines = std::max<int64_t>(1, room / s.outWidth);
    const int64_t blocks = llvm::divideCeil(s.outHeight, lines);
    plan.blockRows = llvm::divideCeil(s.outHeight, blocks) * s.outWidth;
    plan.tileRows = std::min(plan.tileRows, plan.blockRows);
    return;
  }
  // Rows of a block wait in the L1 cache, or more slowly in the L2 cache; each
  // block brings the weights near once.
  constexpr int64_t kMostCopied = 64 << 10;
  constexpr double kFar = 1.1;
  for (int64_t rows = 1; rows <= most; ++rows)
    for (int64_t tiles = 1; (tiles - 1) * rows < plan.rows; ++tiles) {
      const int64_t blockRows = std::min(tiles * rows, plan.rows);
      const int64_t bytes = blockRows * plan.rowBytes();
      if (tiles > 2 && bytes > kMostCopied)
        break;
      const double blocks = double(llvm::divideCeil(plan.rows, blockRows));
      const double far = bytes > target.l1Bytes * 3 / 4 ? kFar : 1.0;
      const double cycles =
          blocks * (double(tiles) * far * tileCycles(rows) + steps);
      if (cycles <= least) {
        least = cycles;
        plan.tileRows = rows;
        plan.blockRows = blockRows;
      }
    }
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
  chooseSizes(plan, target);
  return plan;
}

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

namespace {

/// Pairs up the terms of a block, as many as can be found soon.
class Pairing {
public:
  /// Bit j of `neighbours[i]`: terms i and j may stand side by side.
  explicit Pairing(ArrayRef<uint32_t> neighbours) : neighbours(neighbours) {
    search((uint32_t(1) << neighbours.size()) - 1);
  }

  using Pair = std::pair<unsigned, unsigned>;
  ArrayRef<Pair> pairs() const { return best; }

private:
  void search(uint32_t left) {
    if (current.size() > best.size() || budget == kBudget)
      best = current;
    if (budget == 0 || best.size() == neighbours.size() / 2)
      return;
    --budget;
    // The term with the fewest partners first: it is the one to go without.
    unsigned chosen = 0;
    int fewest = std::numeric_limits<int>::max();
    for (uint32_t rest = left; rest != 0; rest &= rest - 1) {
      unsigned term = llvm::countr_zero(rest);
      int partners = llvm::popcount(neighbours[term] & left);
      if (partners == 0) {
        left &= ~(uint32_t(1) << term);
      } else if (partners < fewest) {
        fewest = partners;
        chosen = term;
      }
    }
    if (left == 0 || current.size() + llvm::popcount(left) / 2 <= best.size())
      return;
    left &= ~(uint32_t(1) << chosen);
    SmallVector<std::pair<int, unsigned>> partners;
    for (uint32_t rest = neighbours[chosen] & left; rest != 0;
         rest &= rest - 1) {
      unsigned term = llvm::countr_zero(rest);
      partners.push_back({llvm::popcount(neighbours[term] & left), term});
    }
    llvm::sort(partners);
    for (auto [count, partner] : partners) {
      current.push_back({chosen, partner});
      search(left & ~(uint32_t(1) << partner));
      current.pop_back();
      if (best.size() == neighbours.size() / 2)
        return;
    }
    search(left);
  }

  static constexpr int kBudget = 300;
  ArrayRef<uint32_t> neighbours;
  SmallVector<Pair> current, best;
  int budget = kBudget;
};

/// The steps of one panel.
struct PanelOrder {
  /// Term at each place of the blocks, -1 for a neighbour of weight 0; empty if
  /// terms do not change places.
  SmallVector<int64_t> places;
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
    for (int64_t block = 0; block < plan.depth; block += OrderedPlan::kBlock)
      orderBlock(panel, block, order);
    SmallVector<TermStep> steps;
    for (size_t at = 0; at < order.places.size(); at += OrderedPlan::kStep)
      steps.push_back(
          stepOf(panel, int64_t(at),
                 ArrayRef(order.places).slice(at, OrderedPlan::kStep)));
    order.groups = groupSteps(steps);
    return order;
  }

private:
  TermStep stepOf(int64_t panel, int64_t place, ArrayRef<int64_t> terms) const {
    TermStep step;
    step.place = place;
    for (int64_t c = 0; c < TermStep::kColumns; ++c)
      for (auto [i, term] : llvm::enumerate(terms))
        step.weights[c * TermStep::kTerms + i] =
            weight(panel * plan.panelWidth() + c, term);
    return step;
  }

  void orderBlock(int64_t panel, int64_t first, PanelOrder &order) const {
    const int64_t column = panel * plan.panelWidth();
    const int64_t count = std::min(OrderedPlan::kBlock, plan.depth - first);
    std::array<uint32_t, OrderedPlan::kBlock> neighbours;
    neighbours.fill((uint32_t(1) << count) - 1);
    for (int64_t c = column; c < column + plan.panelWidth(); ++c) {
      std::array<int32_t, OrderedPlan::kBlock> weights;
      for (int64_t i = 0; i < count; ++i)
        weights[i] = weight(c, first + i);
      for (int64_t i = 0; i < count; ++i) {
        uint32_t allowed = 0;
        for (int64_t j = 0; j < count; ++j)
          allowed |= uint32_t(TermStep::fits(weights[i], weights[j])) << j;
        neighbours[i] &= allowed;
      }
    }
    for (int64_t i = 0; i < count; ++i)
      neighbours[i] &= ~(uint32_t(1) << i);

    // Terms by themselves take the places that are left in the block.
    uint32_t paired = 0;
    const int64_t before = order.places.size();
    Pairing pairing(ArrayRef(neighbours).take_front(count));
    for (auto [x, y] : pairing.pairs()) {
      paired |= uint32_t(1) << x | uint32_t(1) << y;
      order.places.append({first + x, first + y});
    }
    for (int64_t i = 0; i < count; ++i) {
      if (paired >> i & 1)
        continue;
      int64_t used = int64_t(order.places.size()) - before;
      if (used < int64_t(llvm::alignTo(count, OrderedPlan::kStep)))
        order.places.append({first + i, -1});
      else
        addExtra(panel, first + i, order);
    }
    while ((order.places.size() - before) % OrderedPlan::kStep != 0)
      order.places.push_back(-1);
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

static OrderedWeights pack(const OrderedPlan &plan, ArrayRef<PanelOrder> panels,
                           ArrayRef<int8_t> filter, ArrayRef<int32_t> bias) {
  OrderedWeights packed;
  packed.plan = plan;
  for (auto [p, panel] : llvm::enumerate(panels)) {
    const auto &groups = panel.groups.ofDepth;
    for (int64_t depth = 1; depth <= TermGroups::kMostDepth; ++depth)
      packed.table.push_back(int32_t(groups[depth].size()));
    packed.table.push_back(int32_t(panel.extra.size()));
    auto addStep = [&](const TermStep &step) {
      packed.table.push_back(int32_t(step.place));
      packed.filter.append(step.weights.begin(), step.weights.end());
    };
    for (int64_t depth = TermGroups::kMostDepth; depth > 0; --depth)
      for (const TermGroups::Group &group : groups[depth])
        llvm::for_each(group, addStep);
    llvm::for_each(panel.extra, addStep);
    packed.table.resize((p + 1) * plan.tableNumbers());
    packed.filter.resize((p + 1) * plan.steps * sizeof(TermStep::weights));
    if (!plan.shuffles)
      continue;
    for (int64_t place = 0; place < plan.rowBytes(); ++place) {
      int64_t term =
          place < int64_t(panel.places.size()) ? panel.places[place] : -1;
      packed.order.push_back(term < 0 ? 0 : term % OrderedPlan::kBlock);
    }
  }
  for (int64_t channel : plan.channelOrder()) {
    uint32_t sum = channel < 0 || bias.empty() ? 0 : bias[channel];
    for (int64_t term = 0; channel >= 0 && term < plan.depth; ++term)
      sum -= uint32_t(filter[channel * plan.depth + term]) *
             uint32_t(plan.inputZero + 128);
    packed.bias.push_back(int32_t(sum));
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
  // Products in pairs of 16 bits take two instructions a pair, in quads of
  // bytes three a quad.
  const double perRun = bytePairs
                            ? 3.0 * double(llvm::divideCeil(plan.runTerms(), 4))
                            : double(llvm::alignTo(plan.runTerms(), 2));
  double least = kWorth * double(plan.runs()) * perRun;
  // Where steps as they come are nearly always added together, no shuffles can
  // pay off.
  constexpr double kGood = 2.6;
  std::optional<OrderedPlan> best;
  std::vector<PanelOrder> panels;
  for (bool shuffles : {false, true}) {
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
