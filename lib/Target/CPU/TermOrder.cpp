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

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

int64_t OrderedPlan::columnAt(int64_t place) const {
  if (vectors == 1)
    return place;
  const int64_t width = panelWidth();
  return place / width * width +
         MicroKernel::packedColumn(place % width, lanes);
}

SmallVector<int64_t> OrderedPlan::channelOrder() const {
  SmallVector<int64_t> order;
  for (int64_t place = 0; place < numPanels() * panelWidth(); ++place) {
    int64_t column = columnAt(place);
    order.push_back(column < columns ? column : -1);
  }
  return order;
}

/// Instructions of a row and a vector of columns that a port must take, but for
/// those of the epilogue: two multiplications and an addition a step, and the
/// shuffles of its share of the row.
static double costOf(const OrderedPlan &plan, double extraSteps) {
  return 3.0 * (double(plan.blockSteps()) + extraSteps) +
         2.0 * double(plan.rowBytes()) / 32.0 / double(plan.vectors);
}

static void chooseSizes(OrderedPlan &plan, const TargetInfo &target) {
  // Sums, the weights, ones, and a product on its way.
  const int64_t registers = target.vectorRegisters - plan.vectors - 3;
  const int64_t most = std::min(plan.rows, registers / plan.vectors);
  // Three instructions a cycle; what a tile takes besides, in cycles.
  constexpr double kEnds = 20.0;
  double least = 0;
  for (int64_t rows = 1; rows <= most; ++rows) {
    double tile =
        double(rows * plan.vectors) * costOf(plan, double(plan.extraSteps));
    double cycles = double(llvm::divideCeil(plan.rows, rows)) *
                    (std::max(tile / 3.0, double(plan.steps())) + kEnds);
    if (rows == 1 || cycles <= least) {
      least = cycles;
      plan.tileRows = rows;
    }
  }
  // Rows wait in the L1 cache, but so many that the weights pass by seldom.
  const int64_t room = std::max<int64_t>(target.l1Bytes / 2 / plan.rowBytes(),
                                         2 * plan.tileRows);
  if (plan.isWindow()) {
    const ConvShape &s = plan.shape;
    const int64_t lines = std::max<int64_t>(1, room / s.outWidth);
    const int64_t blocks = llvm::divideCeil(s.outHeight, lines);
    plan.blockRows = llvm::divideCeil(s.outHeight, blocks) * s.outWidth;
    plan.tileRows = std::min(plan.tileRows, plan.blockRows);
    return;
  }
  const int64_t blocks = llvm::divideCeil(plan.rows, room);
  plan.blockRows = std::min<int64_t>(
      llvm::alignTo(llvm::divideCeil(plan.rows, blocks), plan.tileRows),
      plan.rows);
}

/// All but what the order says.
static OrderedPlan planOf(kernel::ContractOp op, const TargetInfo &target) {
  OrderedPlan plan;
  plan.shape = ConvShape::of(op);
  const ConvShape &s = plan.shape;
  plan.inputZero = op.getInputZeroPoint();
  plan.rows = s.batch * s.outHeight * s.outWidth;
  plan.depth = s.kernelHeight * s.kernelWidth * s.inChannels;
  plan.columns = s.outChannels;
  plan.lanes = target.lanes();
  return plan;
}

std::optional<OrderedPlan> OrderedPlan::of(kernel::ContractOp op,
                                           const TargetInfo &target) {
  auto order = op->getAttrOfType<DenseI64ArrayAttr>(
      kernel::KernelDialect::kTermOrderAttr);
  if (!order || !MicroKernel::ordersTerms(target))
    return std::nullopt;
  OrderedPlan plan = planOf(op, target);
  plan.vectors = order[0];
  plan.extraSteps = order[1];
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

/// The order of one panel.
struct PanelOrder {
  /// Term at each place of the blocks, -1 for a neighbour of weight 0.
  SmallVector<int64_t> places;
  /// Terms behind the blocks, each without a neighbour.
  SmallVector<int64_t> extra;

  int64_t extraSteps() const { return llvm::divideCeil(extra.size(), 2); }
};

/// The weights of a filter by column.
class Columns {
public:
  Columns(const OrderedPlan &plan, ArrayRef<int8_t> filter)
      : plan(plan), filter(filter) {}

  int32_t weight(int64_t column, int64_t term) const {
    return column < plan.columns ? filter[column * plan.depth + term] : 0;
  }

  PanelOrder orderPanel(int64_t panel) const {
    PanelOrder order;
    const int64_t first = panel * plan.panelWidth();
    for (int64_t block = 0; block < plan.depth; block += OrderedPlan::kBlock)
      orderBlock(first, block, order);
    return order;
  }

private:
  void orderBlock(int64_t column, int64_t first, PanelOrder &order) const {
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
          allowed |= uint32_t(fits(weights[i], weights[j])) << j;
        neighbours[i] &= allowed;
      }
    }
    for (int64_t i = 0; i < count; ++i)
      neighbours[i] &= ~(uint32_t(1) << i);

    // Terms by themselves take the places that are left in the block.
    SmallVector<int64_t> alone;
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
        order.extra.push_back(first + i);
    }
    while ((order.places.size() - before) % OrderedPlan::kStep != 0)
      order.places.push_back(-1);
  }

  /// Whether the products of two weights with any unsigned bytes come to 16
  /// bits.
  static bool fits(int32_t x, int32_t y) {
    const int32_t high = 255 * (std::max(x, 0) + std::max(y, 0));
    const int32_t low = 255 * (std::min(x, 0) + std::min(y, 0));
    return high <= std::numeric_limits<int16_t>::max() &&
           low >= std::numeric_limits<int16_t>::min();
  }

  const OrderedPlan &plan;
  ArrayRef<int8_t> filter;
};

} // namespace

static SmallVector<PanelOrder>
orderPanels(OrderedPlan &plan, ArrayRef<int8_t> filter, double &cost) {
  SmallVector<PanelOrder> panels;
  int64_t extraSteps = 0;
  for (int64_t p = 0; p < plan.numPanels(); ++p) {
    panels.push_back(Columns(plan, filter).orderPanel(p));
    plan.extraSteps = std::max(plan.extraSteps, panels.back().extraSteps());
    extraSteps += panels.back().extraSteps();
  }
  cost = costOf(plan, double(extraSteps) / double(plan.numPanels()));
  return panels;
}

static OrderedWeights pack(const OrderedPlan &plan, ArrayRef<PanelOrder> panels,
                           ArrayRef<int8_t> filter, ArrayRef<int32_t> bias) {
  OrderedWeights packed;
  packed.plan = plan;
  Columns columns(plan, filter);
  for (auto [p, panel] : llvm::enumerate(panels)) {
    const int64_t first = int64_t(p) * plan.panelWidth();
    SmallVector<int64_t> terms = panel.places;
    for (int64_t term : panel.extra)
      terms.append({term, -1});
    terms.resize(plan.steps() * OrderedPlan::kStep, -1);
    for (int64_t step = 0; step < plan.steps(); ++step)
      for (int64_t place = first; place < first + plan.panelWidth(); ++place)
        for (int64_t i = 0; i < OrderedPlan::kStep; ++i) {
          int64_t term = terms[step * OrderedPlan::kStep + i];
          packed.filter.push_back(
              term < 0 ? 0 : columns.weight(plan.columnAt(place), term));
        }
    for (int64_t place = 0; place < plan.rowBytes(); ++place) {
      int64_t term =
          place < int64_t(panel.places.size()) ? panel.places[place] : -1;
      packed.order.push_back(term < 0 ? 0 : term % OrderedPlan::kBlock);
    }
    if (plan.extraSteps == 0)
      continue;
    packed.extra.push_back(panel.extraSteps());
    for (int64_t i = 0; i < 2 * plan.extraSteps; ++i)
      packed.extra.push_back(i < int64_t(panel.extra.size()) ? panel.extra[i]
                                                             : 0);
  }
  for (int64_t channel : plan.channelOrder()) {
    uint32_t sum = channel < 0 || bias.empty() ? 0 : bias[channel];
    for (int64_t term = 0; channel >= 0 && term < plan.depth; ++term)
      sum -= uint32_t(columns.weight(channel, term)) *
             uint32_t(plan.inputZero + 128);
    packed.bias.push_back(int32_t(sum));
  }
  return packed;
}

std::optional<OrderedWeights> orderTerms(kernel::ContractOp op,
                                         const TargetInfo &target,
                                         ArrayRef<int8_t> filter,
                                         ArrayRef<int32_t> bias) {
  // Fewer rows wait for weights; fewer terms are over before the order counts.
  constexpr int64_t kLeastRows = 4, kLeastTerms = 16;
  // Products in pairs of 16 bits take two instructions a pair. What is to be
  // gained must be worth the code.
  constexpr double kWorth = 0.92;
  OrderedPlan plan = planOf(op, target);
  if (!MicroKernel::ordersTerms(target) || op.getFilterZeroPoint() != 0 ||
      filter.size() != size_t(plan.depth * plan.columns) ||
      plan.rows < kLeastRows || plan.depth < kLeastTerms)
    return std::nullopt;
  double least =
      kWorth * double(plan.runs() * llvm::alignTo(plan.runTerms(), 2));
  std::optional<OrderedPlan> best;
  SmallVector<PanelOrder> panels;
  for (int64_t vectors : {1, 2}) {
    OrderedPlan candidate = plan;
    candidate.vectors = vectors;
    if (vectors > 1 && plan.columns % candidate.panelWidth() != 0)
      continue;
    double cost = 0;
    SmallVector<PanelOrder> found = orderPanels(candidate, filter, cost);
    if (cost >= least)
      continue;
    least = cost;
    best = candidate;
    panels = std::move(found);
  }
  if (!best)
    return std::nullopt;
  return pack(*best, panels, filter, bias);
}

} // namespace pare::cpu
