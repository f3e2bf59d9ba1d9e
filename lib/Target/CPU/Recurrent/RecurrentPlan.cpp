//===- RecurrentPlan.cpp - How the sums of gates are laid out -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recurrent/RecurrentPlan.h"
#include "Emit/Layer.h"

using namespace mlir;

namespace pare::cpu {

int64_t GateLayout::gateAt(int64_t place) const {
  const int64_t tail = blocks() * gates * lanes;
  if (place < tail)
    return place / lanes % gates;
  return std::min((place - tail) / tailUnits(), gates - 1);
}

int64_t GateLayout::rowAt(int64_t place) const {
  const int64_t tail = blocks() * gates * lanes;
  int64_t unit;
  if (place < tail)
    unit = place / (gates * lanes) * lanes + place % lanes;
  else if (place - tail < gates * tailUnits())
    unit = blocks() * lanes + (place - tail) % tailUnits();
  else
    return -1;
  return (firstGate + gateAt(place)) * units + unit;
}

SmallVector<int64_t> StateProduct::order() const {
  SmallVector<int64_t> order;
  auto panel = [&](int64_t first, int64_t vectors) {
    for (int64_t step = 0; step < steps(); ++step)
      for (int64_t place = first; place < first + vectors * layout.lanes;
           ++place)
        for (int64_t i = 0; i < perStep; ++i) {
          int64_t row = layout.rowAt(place), term = step * perStep + i;
          order.push_back(row < 0 || term >= terms ? -1 : row * terms + term);
        }
  };
  const int64_t width = panelVectors() * layout.lanes;
  for (int64_t p = 0; p < fullPanels(); ++p)
    panel(p * width, panelVectors());
  if (restVectors() > 0)
    panel(fullPanels() * width, restVectors());
  return order;
}

int64_t RecurrentPlan::places() const {
  int64_t all = 0;
  for (const StateProduct &state : states)
    all += state.layout.places();
  return all;
}

SmallVector<int64_t> RecurrentPlan::rows() const {
  SmallVector<int64_t> rows;
  for (const StateProduct &state : states)
    for (int64_t place = 0; place < state.layout.places(); ++place)
      rows.push_back(state.layout.rowAt(place));
  return rows;
}

int64_t RecurrentPlan::paddedUnits() const {
  return (units + input.lanes - 1) / input.lanes * input.lanes;
}

/// `gates` are the numbers of gates of each product with a state.
template <typename OpT>
static RecurrentPlan planAny(OpT op, const TargetInfo &target,
                             ArrayRef<int64_t> gates, int64_t inputZero) {
  RecurrentPlan plan;
  ArrayRef<int64_t> in = Layer::shape(op.getInput());
  plan.timeMajor = op.getTimeMajor();
  plan.batches = in[plan.timeMajor ? 1 : 0];
  plan.steps = in[plan.timeMajor ? 0 : 1];
  plan.inputs = in[2];
  plan.units = Layer::shape(op.getOutput())[2];
  plan.integer = isa<IntegerType>(Layer::element(op.getInput()));

  // Registers for a factor, an element of the state and a product.
  const int64_t sums = int64_t(target.vectorRegisters) - 4;
  int64_t firstGate = 0;
  for (int64_t count : gates) {
    StateProduct state;
    state.layout = {firstGate, count, plan.units, target.lanes()};
    state.terms = plan.units;
    state.perStep = plan.integer ? 2 : 1;
    state.blocksPerPanel = std::max<int64_t>(1, sums / count);
    plan.states.push_back(state);
    firstGate += count;
  }

  // The sums of the inputs stay in the L2 cache until they are used. Steps of
  // several sequences that lie in turns are not cut.
  constexpr int64_t kMostBytes = 256 << 10;
  const int64_t rows = plan.batches * plan.steps;
  const int64_t rowBytes = plan.places() * (plan.integer ? 2 : 4);
  const int64_t most = std::max<int64_t>(1, kMostBytes / rowBytes);
  plan.chunk = rows;
  if (rows > most && (!plan.timeMajor || plan.batches == 1)) {
    const int64_t chunks = (plan.steps + most - 1) / most;
    plan.chunk = (plan.steps + chunks - 1) / chunks;
  }
  Product product;
  product.rows = plan.chunk;
  product.depth = plan.inputs;
  product.columns = plan.places();
  product.integer = plan.integer;
  product.leftZero = inputZero;
  plan.input = planProduct(product, target);
  return plan;
}

RecurrentPlan RecurrentPlan::of(kernel::LstmOp op, const TargetInfo &target) {
  return planAny(op, target, 4, op.getInputZeroPoint());
}

RecurrentPlan RecurrentPlan::of(kernel::GruOp op, const TargetInfo &target) {
  // Unless it is applied to the product, the reset gate is known only after the
  // first product, and the candidate's needs it.
  if (op.getLinearBeforeReset())
    return planAny(op, target, 3, 0);
  return planAny(op, target, {2, 1}, 0);
}

} // namespace pare::cpu
