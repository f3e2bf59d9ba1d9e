//===- RowTerms.cpp - Weights of a row alone as bytes ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/RowTerms.h"
#include "Contract/ContractPlan.h"
#include "Emit/MicroKernel.h"

#include "llvm/Support/MathExtras.h"

#include <limits>
#include <vector>

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

int64_t RowPlan::steps() const {
  return llvm::alignTo(llvm::divideCeil(terms, TermStep::kTerms), depth);
}
int64_t RowPlan::numVectors() const {
  return llvm::divideCeil(columns, TermStep::kColumns);
}
int64_t RowPlan::numPanels() const {
  return llvm::divideCeil(numVectors(), kVectors);
}
int64_t RowPlan::vectorsOf(int64_t panel) const {
  return std::min(numVectors() - panel * kVectors, kVectors);
}
int64_t RowPlan::panelBytes() const {
  return (steps() + extraSteps) * kPanelWidth * TermStep::kTerms;
}

SmallVector<int64_t> RowPlan::columnOrder() const {
  SmallVector<int64_t> order;
  for (int64_t place = 0; place < numPanels() * kPanelWidth; ++place)
    order.push_back(place < columns ? place : -1);
  return order;
}

std::array<int64_t, 3> RowPlan::termOrder() const {
  return {0, steps() + extraSteps,
          int64_t(1) << depth | int64_t(extraSteps > 0)};
}

/// All but what the order says, if the input is one row.
static std::optional<RowPlan> planOf(kernel::ContractOp op,
                                     const TargetInfo &target) {
  const ConvShape s = ConvShape::of(op);
  if (!MicroKernel::ordersTerms(target) || !s.isPointwise() ||
      s.batch * s.outHeight * s.outWidth != 1)
    return std::nullopt;
  RowPlan plan;
  plan.inputZero = op.getInputZeroPoint();
  plan.terms = s.inChannels;
  plan.columns = s.outChannels;
  return plan;
}

std::optional<RowPlan> RowPlan::of(kernel::ContractOp op,
                                   const TargetInfo &target) {
  auto order = op->getAttrOfType<DenseI64ArrayAttr>(
      kernel::KernelDialect::kTermOrderAttr);
  std::optional<RowPlan> plan = planOf(op, target);
  if (!order || !plan)
    return std::nullopt;
  for (plan->depth = TermGroups::kMostDepth;
       plan->depth > 1 && !(order[2] >> plan->depth & 1);)
    --plan->depth;
  plan->extraSteps = std::max<int64_t>(0, order[1] - plan->steps());
  return plan;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

namespace {

/// Two terms of each step of a group, which share the lanes of 16 bits, with
/// the weights of all columns.
class Lane {
public:
  Lane(int64_t columns)
      : positive(llvm::alignTo(columns, TermStep::kColumns), 0),
        negative(positive) {}

  /// `mayTurn`: no weight is -128, as 128 is none.
  void add(ArrayRef<int8_t> weights, bool mayTurn) {
    for (auto [c, weight] : llvm::enumerate(weights)) {
      positive[c] += std::max<int32_t>(weight, 0);
      negative[c] -= std::min<int32_t>(weight, 0);
    }
    terms.push_back({weights, mayTurn, false});
  }

  /// Whether each term is turned: what is found by turning one after the other
  /// as long as that leaves less that is too much.
  SmallVector<bool> turn() {
    constexpr int kRounds = 3;
    int64_t least = excess();
    bool better = true;
    for (int round = 0; round < kRounds && better && least > 0; ++round) {
      better = false;
      for (Term &term : terms) {
        if (!term.mayTurn)
          continue;
        turn(term);
        const int64_t cost = excess();
        better |= cost < least;
        if (cost < least)
          least = cost;
        else
          turn(term);
      }
    }
    return llvm::map_to_vector(terms, [](const Term &t) { return t.turned; });
  }

private:
  struct Term {
    ArrayRef<int8_t> weights;
    bool mayTurn, turned;
  };

  void turn(Term &term) {
    for (auto [c, weight] : llvm::enumerate(term.weights)) {
      const int32_t now = term.turned ? -weight : weight;
      positive[c] -= now;
      negative[c] += now;
    }
    term.turned = !term.turned;
  }

  /// What is too much, and more for each vector of columns that has any.
  int64_t excess() const {
    constexpr int64_t kStep = 64;
    int64_t all = 0;
    for (size_t first = 0; first < positive.size();
         first += TermStep::kColumns) {
      int64_t sum = 0;
      for (size_t c = first; c < first + TermStep::kColumns; ++c)
        sum += std::max(positive[c] - TermStep::kMostSum, 0) +
               std::max(negative[c] - TermStep::kMostSum, 0);
      all += sum + (sum > 0 ? kStep : 0);
    }
    return all;
  }

  SmallVector<int32_t> positive, negative;
  SmallVector<Term> terms;
};

/// The greatest part of two weights of the sign of `sign` that comes to `most`
/// or less, taken from them.
std::array<int32_t, 2> takePart(int8_t *pair, int32_t sign, int32_t most) {
  std::array<int32_t, 2> part = {};
  for (int i : {0, 1}) {
    part[i] = std::clamp(sign * pair[i], 0, most);
    most -= part[i];
    part[i] *= sign;
    pair[i] = int8_t(pair[i] - part[i]);
  }
  return part;
}

/// What two weights have of one sign.
int32_t partOf(const int8_t *pair, int32_t sign) {
  return std::max(sign * pair[0], 0) + std::max(sign * pair[1], 0);
}

/// Appends to `extra` what the lanes of a group have too much, which it loses.
void takeExcess(MutableArrayRef<TermStep> group,
                SmallVectorImpl<TermStep> &extra) {
  constexpr int64_t kPairs = TermStep::kColumns * TermStep::kTerms;
  while (true) {
    auto excess = [&](int64_t at, int32_t sign) {
      int32_t sum = 0;
      for (const TermStep &step : group)
        sum += partOf(&step.weights[at], sign);
      return std::max(sum - TermStep::kMostSum, 0);
    };
    // From the step that can give most.
    SmallVector<int32_t> gives(group.size(), 0);
    for (int64_t at = 0; at < kPairs; at += 2)
      for (int32_t sign : {1, -1})
        if (const int32_t most = std::min(excess(at, sign), TermStep::kMostSum))
          for (auto [gift, step] : llvm::zip_equal(gives, group))
            gift += std::min(most, partOf(&step.weights[at], sign));
    const size_t from = llvm::max_element(gives) - gives.begin();
    if (gives[from] == 0)
      return;
    TermStep taken;
    taken.place = group[from].place;
    for (int64_t at = 0; at < kPairs; at += 2)
      for (int32_t sign : {1, -1}) {
        const int32_t most = std::min(excess(at, sign), TermStep::kMostSum);
        auto part = takePart(&group[from].weights[at], sign, most);
        for (int i : {0, 1})
          taken.weights[at + i] = int8_t(taken.weights[at + i] + part[i]);
      }
    extra.push_back(taken);
  }
}

/// The steps of each vector of columns, for one depth.
struct RowSteps {
  RowPlan plan;
  SmallVector<bool> turned;
  std::vector<SmallVector<TermStep>> steps, extra;

  /// Instructions of a vector of columns.
  double cost() const {
    // And what finds its terms.
    constexpr double kOfExtra = 3.5;
    return TermGroups::costOf(plan.depth) * double(plan.steps() / plan.depth) +
           kOfExtra * double(plan.extraSteps);
  }
};

class RowBuilder {
public:
  RowBuilder(const RowPlan &plan, ArrayRef<int8_t> filter)
      : plan(plan), byTerm(plan.terms * plan.columns), mayTurn(plan.terms) {
    for (int64_t term = 0; term < plan.terms; ++term) {
      for (int64_t column = 0; column < plan.columns; ++column)
        byTerm[term * plan.columns + column] =
            filter[column * plan.terms + term];
      mayTurn[term] = !llvm::is_contained(weightsOf(term), int8_t(-128));
    }
  }

  RowSteps build(int64_t depth) const {
    RowSteps row;
    row.plan = plan;
    row.plan.depth = depth;
    row.turned.resize(row.plan.rowBytes(), false);
    turnTerms(row);
    for (int64_t vector = 0; vector < plan.numVectors(); ++vector) {
      SmallVector<TermStep> steps, extra;
      for (int64_t s = 0; s < row.plan.steps(); ++s)
        steps.push_back(stepOf(row, vector, s));
      for (int64_t s = 0; s < row.plan.steps(); s += depth)
        takeExcess(MutableArrayRef(steps).slice(s, depth), extra);
      row.plan.extraSteps =
          std::max<int64_t>(row.plan.extraSteps, extra.size());
      row.steps.push_back(std::move(steps));
      row.extra.push_back(std::move(extra));
    }
    return row;
  }

  int32_t weight(int64_t column, int64_t term) const {
    return column < plan.columns && term < plan.terms
               ? byTerm[term * plan.columns + column]
               : 0;
  }

private:
  ArrayRef<int8_t> weightsOf(int64_t term) const {
    return ArrayRef(byTerm).slice(term * plan.columns, plan.columns);
  }

  void turnTerms(RowSteps &row) const {
    const int64_t depth = row.plan.depth;
    for (int64_t first = 0; first < row.plan.steps(); first += depth)
      for (int64_t half : {0, 2}) {
        Lane lane(plan.columns);
        SmallVector<int64_t> terms;
        for (int64_t s = first; s < first + depth; ++s)
          for (int64_t i : {0, 1}) {
            const int64_t term = s * TermStep::kTerms + half + i;
            if (term >= plan.terms)
              continue;
            lane.add(weightsOf(term), mayTurn[term]);
            terms.push_back(term);
          }
        for (auto [term, turned] : llvm::zip_equal(terms, lane.turn()))
          row.turned[term] = turned;
      }
  }

  TermStep stepOf(const RowSteps &row, int64_t vector, int64_t number) const {
    TermStep step;
    step.place = number * TermStep::kTerms;
    for (int64_t c = 0; c < TermStep::kColumns; ++c)
      for (int64_t i = 0; i < TermStep::kTerms; ++i) {
        const int32_t w =
            weight(vector * TermStep::kColumns + c, step.place + i);
        step.weights[c * TermStep::kTerms + i] =
            int8_t(row.turned[step.place + i] ? -w : w);
      }
    return step;
  }

  const RowPlan &plan;
  std::vector<int8_t> byTerm;
  SmallVector<bool> mayTurn;
};

} // namespace

static RowWeights pack(RowSteps &row, const RowBuilder &builder,
                       ArrayRef<int32_t> bias) {
  const RowPlan &plan = row.plan;
  RowWeights packed;
  packed.plan = plan;
  for (bool turned : row.turned)
    packed.inverted.push_back(turned ? 127 : -128);
  packed.bias.resize(plan.numPanels() * RowPlan::kPanelWidth, 0);
  for (int64_t column = 0; column < plan.columns; ++column) {
    uint32_t sum = bias.empty() ? 0 : bias[column];
    for (int64_t term = 0; term < plan.terms; ++term) {
      // u * w = 255 * w + (255 - u) * -w.
      const int64_t excess =
          plan.inputZero + 128 - (row.turned[term] ? 255 : 0);
      sum -= uint32_t(builder.weight(column, term)) * uint32_t(excess);
    }
    packed.bias[column] = int32_t(sum);
  }
  for (SmallVector<TermStep> &extra : row.extra)
    extra.resize(plan.extraSteps);
  for (int64_t panel = 0; panel < plan.numPanels(); ++panel) {
    auto addSteps = [&](ArrayRef<SmallVector<TermStep>> of, int64_t count,
                        bool places) {
      for (int64_t s = 0; s < count; ++s)
        for (int64_t v = 0; v < RowPlan::kVectors; ++v) {
          const bool has = v < plan.vectorsOf(panel);
          const TermStep step =
              has ? of[panel * RowPlan::kVectors + v][s] : TermStep();
          if (has)
            packed.filter.append(step.weights.begin(), step.weights.end());
          if (places)
            packed.places.push_back(int32_t(step.place));
        }
    };
    addSteps(row.steps, plan.steps(), false);
    addSteps(row.extra, plan.extraSteps, true);
  }
  return packed;
}

std::optional<RowWeights> packRow(kernel::ContractOp op,
                                  const TargetInfo &target,
                                  ArrayRef<int8_t> filter,
                                  ArrayRef<int32_t> bias, bool bytePairs) {
  std::optional<RowPlan> plan = planOf(op, target);
  if (!plan || op.getFilterZeroPoint() != 0 ||
      filter.size() != size_t(plan->terms * plan->columns))
    return std::nullopt;
  // As bytes, step by step; or in pairs of 16 bits, which are widened.
  constexpr double kBytes = 3.0, kPairs = 6.0;
  double least = (bytePairs ? kBytes : kPairs) *
                 double(llvm::divideCeil(plan->terms, TermStep::kTerms));
  const RowBuilder builder(*plan, filter);
  std::optional<RowSteps> best;
  for (int64_t depth = TermGroups::kMostDepth; depth > 0; --depth) {
    RowSteps row = builder.build(depth);
    if (row.cost() >= least)
      continue;
    least = row.cost();
    best = std::move(row);
    if (best->plan.extraSteps == 0)
      break;
  }
  if (!best)
    return std::nullopt;
  return pack(*best, builder, bias);
}

} // namespace pare::cpu
