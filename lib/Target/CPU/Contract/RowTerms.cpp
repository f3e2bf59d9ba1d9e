//===- RowTerms.cpp - Weights of a row alone as bytes ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/RowTerms.h"
#include "Contract/ContractPlan.h"
#include "Contract/RowSteps.h"
#include "Contract/TermBlocks.h"
#include "Emit/MicroKernel.h"

#include "llvm/Support/MathExtras.h"

#include <limits>
using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

SmallVector<int64_t, 3> RowPlan::groups() const {
  if (!shuffles)
    return {depth};
  return halves ? SmallVector<int64_t, 3>{2, 1, 1}
                : SmallVector<int64_t, 3>{2, 2};
}
int64_t RowPlan::iterationSteps() const {
  return shuffles ? TermBlock::kTerms / TermStep::kTerms : depth;
}
int64_t RowPlan::steps() const {
  return llvm::alignTo(llvm::divideCeil(terms, TermStep::kTerms),
                       iterationSteps());
}
int64_t RowPlan::orderedBytes() const {
  return llvm::alignTo(rowBytes(), TermStep::kColumns * TermStep::kTerms);
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
  return {int64_t(shuffles), steps() + extraSteps,
          int64_t(1) << depth | int64_t(halves) << 1 | int64_t(extraSteps > 0)};
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
  plan.isFar = plan.terms * plan.columns > target.l2Bytes / 2;
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
  plan->shuffles = order[0] != 0;
  plan->halves = plan->depth > 1 && (order[2] >> 1 & 1);
  plan->extraSteps = std::max<int64_t>(0, order[1] - plan->steps());
  return plan;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static RowWeights pack(RowSteps &row, const RowBuilder &builder,
                       ArrayRef<int32_t> bias) {
  const RowPlan &plan = row.plan;
  RowWeights packed;
  packed.plan = plan;
  for (const RowOrder &order : row.orders) {
    if (plan.shuffles)
      for (int64_t term : order.terms)
        packed.order.push_back(int8_t(term % TermBlock::kTerms));
    // A row that is shuffled is unsigned already.
    for (bool turned : order.turned)
      packed.order.push_back(plan.shuffles ? (turned ? -1 : 0)
                                           : (turned ? 127 : -128));
  }
  packed.bias.resize(plan.numPanels() * RowPlan::kPanelWidth, 0);
  for (int64_t column = 0; column < plan.columns; ++column) {
    uint32_t sum = bias.empty() ? 0 : bias[column];
    const RowOrder &order = row.orderOf(column / TermStep::kColumns);
    for (auto [term, turned] : llvm::zip_equal(order.terms, order.turned)) {
      // u * w = 255 * w + (255 - u) * -w.
      const int64_t excess = plan.inputZero + 128 - (turned ? 255 : 0);
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
  auto asked = op->getAttrOfType<StringAttr>(kernel::KernelDialect::kOrderAttr);
  if (asked && asked.getValue() == "none")
    return std::nullopt;
  const int64_t steps = llvm::divideCeil(plan->terms, TermStep::kTerms);
  // As bytes, step by step; or in pairs of 16 bits, which are widened. Weights
  // from beyond the L2 cache take longer than any instructions.
  constexpr double kBytes = 3.0, kPairs = 6.0, kOfByte = 1.0;
  auto costOf = [&](double instructions, double bytes) {
    return instructions + (plan->isFar ? kOfByte * bytes : 0.0);
  };
  double least = costOf((bytePairs ? kBytes : kPairs) * double(steps),
                        double(steps) * double(sizeof(TermStep::weights)));
  const RowBuilder builder(*plan, filter);
  std::optional<RowSteps> best;
  auto attempt = [&](const RowPlan &candidate) {
    RowSteps row = builder.build(candidate);
    const double cost = costOf(row.instructions(), row.bytes());
    if (cost >= least)
      return;
    least = cost;
    best = std::move(row);
  };
  RowPlan candidate = *plan;
  for (int64_t depth = TermGroups::kMostDepth; depth > 0; --depth) {
    candidate.depth = depth;
    attempt(candidate);
    if (best && best->plan.extraSteps == 0)
      break;
  }
  // Where that leaves little to gain, an order of each vector cannot pay off;
  // nor where it has to come from far.
  constexpr double kGood = 2.6;
  if (!plan->isFar && least > kGood * double(steps) &&
      plan->terms % TermBlock::kTerms == 0) {
    candidate.depth = 2;
    candidate.shuffles = true;
    for (bool halves : {false, true}) {
      candidate.halves = halves;
      attempt(candidate);
    }
  }
  if (!best)
    return std::nullopt;
  return pack(*best, builder, bias);
}

} // namespace pare::cpu
