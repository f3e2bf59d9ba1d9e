//===- RowSteps.cpp - Steps of a row alone --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/RowSteps.h"
#include "Contract/TermBlocks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace llvm;

namespace pare::cpu {

double RowSteps::instructions() const {
  // And what finds its terms.
  constexpr double kOfExtra = 3.5;
  const double shuffles =
      plan.shuffles ? 2.0 * double(plan.orderedBytes()) / 32.0 : 0.0;
  const int64_t iterations = plan.steps() / plan.iterationSteps();
  double iteration = 0.0;
  for (int64_t depth : plan.groups())
    iteration += TermGroups::costOf(depth);
  return iteration * double(iterations) + kOfExtra * double(plan.extraSteps) +
         shuffles;
}

double RowSteps::bytes() const {
  const double order = plan.shuffles ? 2.0 * double(plan.rowBytes()) : 0.0;
  return double(sizeof(TermStep::weights)) *
             double(plan.steps() + plan.extraSteps) +
         order;
}

namespace {

/// Two terms of each step of a group, which share the lanes of 16 bits, with
/// the weights of all columns.
class Lane {
public:
  Lane(int64_t columns)
      : positive(alignTo(columns, TermStep::kColumns), 0), negative(positive) {}

  /// `mayTurn`: no weight is -128, as 128 is none.
  void add(ArrayRef<int8_t> weights, bool mayTurn) {
    for (auto [c, weight] : enumerate(weights)) {
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
    return map_to_vector(terms, [](const Term &t) { return t.turned; });
  }

private:
  struct Term {
    ArrayRef<int8_t> weights;
    bool mayTurn, turned;
  };

  void turn(Term &term) {
    for (auto [c, weight] : enumerate(term.weights)) {
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
          for (auto [gift, step] : zip_equal(gives, group))
            gift += std::min(most, partOf(&step.weights[at], sign));
    const size_t from = max_element(gives) - gives.begin();
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

/// What four terms of a lane have too much in the columns of a vector, at best,
/// and the bits of those that are turned for that.
struct FoundTurns {
  int32_t excess = std::numeric_limits<int32_t>::max();
  unsigned turned = 0;
};

FoundTurns turnFour(ArrayRef<const TermBlock::Weights *> terms) {
  // One more for a step of its own.
  constexpr int32_t kStep = 64;
  FoundTurns best;
  // All turned are none turned with the signs of sums changed.
  for (unsigned turned = 0; turned < 8 && best.excess > 0; ++turned) {
    bool may = true;
    int32_t excess = 0;
    for (int64_t c = 0; c < TermStep::kColumns; ++c) {
      int32_t high = 0, low = 0;
      for (auto [i, weights] : enumerate(terms)) {
        const int32_t w = (*weights)[c];
        const bool turns = turned >> i & 1;
        // 128 is not a weight.
        may &= !turns || w != -128;
        high += std::max(turns ? -w : w, 0);
        low += std::max(turns ? w : -w, 0);
      }
      excess += std::max(high - TermStep::kMostSum, 0) +
                std::max(low - TermStep::kMostSum, 0);
    }
    excess += excess > 0 ? kStep : 0;
    if (may && excess < best.excess)
      best = {excess, turned};
  }
  return best;
}

/// The terms of a block in lanes of four and of two, with little that is too
/// much.
struct BlockLanes {
  SmallVector<std::array<int8_t, 4>> fours;
  SmallVector<std::array<int8_t, 2>> twos;
  uint32_t turned = 0;
};

/// Appends two lanes of eight terms.
void addLanes(ArrayRef<TermBlock::Weights> terms, ArrayRef<int8_t> eight,
              BlockLanes &found) {
  int32_t least = std::numeric_limits<int32_t>::max();
  std::array<std::array<int8_t, 4>, 2> best;
  uint32_t bestTurned = 0;
  for (unsigned half = 0; half < 1 << 8; ++half) {
    // The first one is in the first lane.
    if (popcount(half) != 4 || !(half & 1))
      continue;
    std::array<std::array<int8_t, 4>, 2> lanes;
    size_t counts[2] = {0, 0};
    for (unsigned i = 0; i < 8; ++i) {
      const unsigned lane = half >> i & 1 ? 0 : 1;
      lanes[lane][counts[lane]++] = eight[i];
    }
    int32_t excess = 0;
    uint32_t turned = 0;
    for (const std::array<int8_t, 4> &lane : lanes) {
      const FoundTurns turns = turnFour(
          {&terms[lane[0]], &terms[lane[1]], &terms[lane[2]], &terms[lane[3]]});
      excess += turns.excess;
      for (auto [i, term] : enumerate(lane))
        turned |= (turns.turned >> i & 1) << term;
    }
    if (excess >= least)
      continue;
    least = excess;
    best = lanes;
    bestTurned = turned;
  }
  found.fours.append(best.begin(), best.end());
  found.turned |= bestTurned;
}

/// Four lanes of four.
BlockLanes arrangeFours(ArrayRef<TermBlock::Weights> terms) {
  const TermBlock block = arrangeBlock(terms);
  BlockLanes found;
  uint32_t left = (uint32_t(1) << terms.size()) - 1;
  for (const std::array<int8_t, 4> &lane : block.fours) {
    found.fours.push_back(lane);
    for (int8_t term : lane) {
      left &= ~(uint32_t(1) << term);
      found.turned |= block.turned & uint32_t(1) << term;
    }
  }
  SmallVector<int8_t> rest;
  for (int8_t term = 0; term < int8_t(terms.size()); ++term)
    if (left >> term & 1)
      rest.push_back(term);
  for (size_t first = 0; first < rest.size(); first += 8)
    addLanes(terms, ArrayRef(rest).slice(first, 8), found);
  return found;
}

/// Two lanes of four and four of two.
BlockLanes arrangeHalves(ArrayRef<TermBlock::Weights> terms) {
  TermBlock block = arrangeBlock(terms);
  BlockLanes found;
  found.turned = block.turned;
  for (std::array<int8_t, 2> &lane : block.twos)
    for (int8_t &term : lane)
      if (term < 0)
        term = block.left.pop_back_val();
  size_t used = 0;
  for (size_t i = 0; i < 2; ++i) {
    if (i < block.fours.size()) {
      found.fours.push_back(block.fours[i]);
      continue;
    }
    const auto &x = block.twos[used], &y = block.twos[used + 1];
    found.fours.push_back({x[0], x[1], y[0], y[1]});
    used += 2;
  }
  for (size_t i = 2; i < block.fours.size(); ++i) {
    const std::array<int8_t, 4> &lane = block.fours[i];
    found.twos.push_back({lane[0], lane[1]});
    found.twos.push_back({lane[2], lane[3]});
  }
  found.twos.append(block.twos.begin() + used, block.twos.end());
  return found;
}

} // namespace

RowBuilder::RowBuilder(const RowPlan &plan, ArrayRef<int8_t> filter)
    : plan(plan), filter(filter) {}

RowOrder RowBuilder::orderOfAll(const RowPlan &plan) const {
  RowOrder order;
  for (int64_t place = 0; place < plan.rowBytes(); ++place) {
    order.terms.push_back(place < plan.terms ? place : -1);
    order.turned.push_back(false);
  }
  // The weights of a lane, term by term.
  std::vector<int8_t> weights(2 * plan.depth * plan.columns);
  for (int64_t first = 0; first < plan.steps(); first += plan.depth)
    for (int64_t half : {0, 2}) {
      Lane lane(plan.columns);
      SmallVector<int64_t> terms;
      int8_t *of = weights.data();
      for (int64_t s = first; s < first + plan.depth; ++s)
        for (int64_t i : {0, 1}) {
          const int64_t term = s * TermStep::kTerms + half + i;
          if (term >= plan.terms)
            continue;
          for (int64_t column = 0; column < plan.columns; ++column)
            of[column] = int8_t(weight(column, term));
          const ArrayRef<int8_t> all(of, plan.columns);
          lane.add(all, !is_contained(all, int8_t(-128)));
          terms.push_back(term);
          of += plan.columns;
        }
      for (auto [term, turned] : zip_equal(terms, lane.turn()))
        order.turned[term] = turned;
    }
  return order;
}

RowOrder RowBuilder::orderOfVector(int64_t vector, bool halves) const {
  RowOrder order;
  for (int64_t block = 0; block < plan.terms; block += TermBlock::kTerms) {
    SmallVector<TermBlock::Weights> weights(TermBlock::kTerms);
    for (int64_t i = 0; i < TermBlock::kTerms; ++i)
      for (int64_t c = 0; c < TermStep::kColumns; ++c)
        weights[i][c] =
            int8_t(weight(vector * TermStep::kColumns + c, block + i));
    const BlockLanes found =
        halves ? arrangeHalves(weights) : arrangeFours(weights);
    auto addTerm = [&](int8_t term) {
      order.terms.push_back(block + term);
      order.turned.push_back(found.turned >> term & 1);
    };
    for (size_t lane = 0; lane < found.fours.size(); lane += 2)
      for (size_t i : {0, 2})
        for (size_t half : {0, 1})
          for (size_t side : {0, 1})
            addTerm(found.fours[lane + half][i + side]);
    for (const std::array<int8_t, 2> &lane : found.twos)
      for_each(lane, addTerm);
  }
  return order;
}

TermStep RowBuilder::stepOf(const RowOrder &order, int64_t vector,
                            int64_t number) const {
  TermStep step;
  step.place = number * TermStep::kTerms;
  for (int64_t c = 0; c < TermStep::kColumns; ++c)
    for (int64_t i = 0; i < TermStep::kTerms; ++i) {
      const int32_t w =
          weight(vector * TermStep::kColumns + c, order.terms[step.place + i]);
      step.weights[c * TermStep::kTerms + i] =
          int8_t(order.turned[step.place + i] ? -w : w);
    }
  return step;
}

RowSteps RowBuilder::build(const RowPlan &plan) const {
  RowSteps row;
  row.plan = plan;
  if (!plan.shuffles)
    row.orders.push_back(orderOfAll(plan));
  for (int64_t vector = 0; vector < plan.numVectors(); ++vector) {
    if (plan.shuffles)
      row.orders.push_back(orderOfVector(vector, plan.halves));
    SmallVector<TermStep> steps, extra;
    for (int64_t s = 0; s < plan.steps(); ++s)
      steps.push_back(stepOf(row.orderOf(vector), vector, s));
    for (MutableArrayRef<TermStep> left(steps); !left.empty();)
      for (int64_t depth : plan.groups()) {
        takeExcess(left.take_front(depth), extra);
        left = left.drop_front(depth);
      }
    row.plan.extraSteps = std::max<int64_t>(row.plan.extraSteps, extra.size());
    row.steps.push_back(std::move(steps));
    row.extra.push_back(std::move(extra));
  }
  return row;
}

} // namespace pare::cpu
