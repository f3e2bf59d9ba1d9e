//===- RecurrentLoops.cpp - Loops of recurrent layers ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recurrent/RecurrentLoops.h"
#include "Contract/PackedWeights.h"
#include "Emit/Arithmetic.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// A copy, widened to `element`, of the elements of `source` at `offsets`; 0
/// for those of -1.
static Value gather(Layer &e, Value source, ArrayRef<int64_t> offsets,
                    Type element) {
  SmallVector<int32_t> entries(offsets.begin(), offsets.end());
  Value table = e.table<int32_t>("offsets", e.i(32), entries);
  Value copy = e.scratch(element, offsets.size());
  e.loop(offsets.size(), [&](Value i) {
    Value from = e.loadScalar(table, i);
    Value none = e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, from,
                                       e.constant(e.i(32), 0));
    Value safe = e.make<arith::IndexCastOp>(
        e.b.getIndexType(),
        e.make<arith::MaxSIOp>(from, e.constant(e.i(32), 0)));
    Value x = e.loadScalar(source, safe);
    if (isa<IntegerType>(element))
      x = e.toInt(x, element);
    e.storeScalar(e.select(none, e.constant(element, 0), x), copy, i);
  });
  return copy;
}

/// bias[place] -= excess * the sum of the place's weights, which begin at
/// weights[rows[place] * plan.inputs].
static void takeExcess(Layer &e, const RecurrentPlan &plan, Value weights,
                       ArrayRef<int64_t> rows, Value bias) {
  const int64_t excess = plan.input.inputZero + plan.input.inputOffset;
  if (excess == 0)
    return;
  SmallVector<int32_t> entries(rows.begin(), rows.end());
  Value table = e.table<int32_t>("rows", e.i(32), entries);
  Type i32 = e.i(32);
  e.loop(rows.size(), [&](Value place) {
    Value row =
        e.make<arith::MaxSIOp>(e.loadScalar(table, place), e.constant(i32, 0));
    Value from =
        e.mul(e.make<arith::IndexCastOp>(e.b.getIndexType(), row), plan.inputs);
    Value sum = e.carry(
        0, plan.inputs, 1, e.constant(i32, 0), [&](Value i, ValueRange sum) {
          Value w = e.loadScalar(weights, e.add(from, i));
          return SmallVector<Value>{addValues(e, sum[0], e.toInt(w, i32))};
        })[0];
    Value added = mulValues(e, sum, e.constant(i32, excess));
    e.storeScalar(subValues(e, e.loadScalar(bias, place), added), bias, place);
  });
}

template <typename OpT>
static RecurrentWeights weightsOf(Layer &e, const RecurrentPlan &plan, OpT op,
                                  Value recurrentBias) {
  RecurrentWeights all;
  SmallVector<StringRef, 2> names = packedWeights(op);
  if (!names.empty()) {
    all.filter = e.global(names[0]);
    all.bias = e.global(names[1]);
    for (size_t i = 0; i < plan.states.size(); ++i)
      all.states.push_back(e.global(names[2 + i]));
    if (recurrentBias)
      all.recurrentBias = e.global(names.back());
    return all;
  }

  const SmallVector<int64_t> rows = plan.rows();
  SmallVector<int64_t> filter, bias;
  forEachPlace(plan.input, [&](int64_t channel, int64_t step) {
    for (int64_t i = 0; i < plan.input.termsPerStep(); ++i) {
      int64_t term = plan.input.termAt(step, i);
      bool exists = channel >= 0 && term >= 0 && rows[channel] >= 0;
      filter.push_back(exists ? rows[channel] * plan.inputs + term : -1);
    }
  });
  for (int64_t channel : plan.input.channelOrder())
    bias.push_back(channel < 0 ? -1 : rows[channel]);
  Value weights = e.buffer(op.getWeights());
  all.filter = gather(e, weights, filter, Layer::element(op.getWeights()));
  all.bias =
      gather(e, e.buffer(op.getBias()), bias, Layer::element(op.getBias()));
  if (plan.integer)
    takeExcess(e, plan, weights, bias, all.bias);
  Type stateType = plan.integer ? Type(e.i(16)) : e.f32();
  for (const StateProduct &state : plan.states)
    all.states.push_back(
        gather(e, e.buffer(op.getRecurrent()), state.order(), stateType));
  if (recurrentBias)
    all.recurrentBias = gather(e, e.buffer(recurrentBias), rows, e.f32());
  return all;
}

RecurrentWeights RecurrentWeights::of(Layer &e, const RecurrentPlan &plan,
                                      kernel::LstmOp op) {
  return weightsOf(e, plan, op, Value());
}
RecurrentWeights RecurrentWeights::of(Layer &e, const RecurrentPlan &plan,
                                      kernel::GruOp op) {
  return weightsOf(e, plan, op, op.getRecurrentBias());
}

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

SmallVector<int64_t> StatePanel::gatesOf(int64_t vector) const {
  const int64_t inBlocks = blocks * layout.gates;
  int64_t place = vector * layout.lanes;
  if (vector >= inBlocks)
    place += (layout.blocks() - blocks) * layout.gates * layout.lanes;
  SmallVector<int64_t> gates;
  for (int64_t lane = 0; lane < layout.lanes; ++lane)
    gates.push_back(layout.gateAt(place + lane));
  return gates;
}

Value StatePanel::tailGate(Emitter &e, ArrayRef<Value> vectors,
                           int64_t gate) const {
  const int64_t lanes = layout.lanes, tail = layout.tailUnits();
  const int64_t width =
      std::min(lanes, std::max<int64_t>(4, llvm::PowerOf2Ceil(uint64_t(tail))));
  ArrayRef<Value> ends = vectors.drop_front(blocks * layout.gates);
  const size_t first = gate * tail / lanes;
  Value low = ends[first], high = ends[std::min(first + 1, ends.size() - 1)];
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < width; ++lane)
    order.push_back(gate * tail + std::min(lane, tail - 1) -
                    int64_t(first) * lanes);
  return e.make<vector::ShuffleOp>(low, high, order);
}

void StatePanel::forUnits(Emitter &e, ArrayRef<SmallVector<Value>> all,
                          Body body) const {
  auto gatesOfBlock = [&](function_ref<Value(ArrayRef<Value>, int64_t)> get) {
    SmallVector<SmallVector<Value>> gates(all.size());
    for (size_t i = 0; i < all.size(); ++i)
      for (int64_t gate = 0; gate < layout.gates; ++gate)
        gates[i].push_back(get(all[i], gate));
    return gates;
  };
  for (int64_t block = 0; block < blocks; ++block)
    body(e.add(unit, block * layout.lanes), layout.lanes,
         gatesOfBlock([&](ArrayRef<Value> vectors, int64_t gate) {
           return vectors[block * layout.gates + gate];
         }));
  if (hasTail)
    body(e.add(unit, blocks * layout.lanes), layout.tailUnits(),
         gatesOfBlock([&](ArrayRef<Value> vectors, int64_t gate) {
           return tailGate(e, vectors, gate);
         }));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

RecurrentLoops::RecurrentLoops(Layer &e, const RecurrentPlan &plan, Value input,
                               const RecurrentWeights &weights,
                               kernel::EpilogueAttr epilogue)
    : e(e), plan(plan), weights(weights), epilogue(epilogue), input(input) {
  sums = e.scratch(plan.integer ? Type(e.i(16)) : e.f32(),
                   plan.chunk * plan.places());
}

void RecurrentLoops::zeroFill(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  e.chunks(
      type.getNumElements(), e.target.lanes(), [&](Value i, int64_t width) {
        e.store(e.constant(e.vec(type.getElementType(), width), 0), buffer, i);
      });
}

void RecurrentLoops::multiplyInputs(Value row) {
  lowerPackedContract(e, plan.input, epilogue,
                      {e.startingAt(input, e.mul(row, plan.inputs)), sums,
                       weights.filter, weights.bias},
                      /*residual=*/nullptr, /*shares=*/false);
}

void RecurrentLoops::build(function_ref<void()> start,
                           function_ref<void(const Step &)> step) {
  const int64_t padded = plan.paddedUnits();
  auto oneStep = [&](Value t, Value at, Value row) {
    Value found = e.mul(e.rem(t, 2), padded);
    step({at, found, e.sub(e.index(padded), found), e.mul(row, plan.places())});
  };
  if (!plan.isChunked()) {
    multiplyInputs(e.index(0));
    e.loop(plan.batches, [&](Value b) {
      start();
      e.loop(plan.steps, [&](Value t) {
        Value at = plan.timeMajor ? e.add(e.mul(t, plan.batches), b)
                                  : e.add(e.mul(b, plan.steps), t);
        oneStep(t, at, at);
      });
    });
    return;
  }
  e.loop(plan.batches, [&](Value b) {
    start();
    e.loop(0, plan.steps, plan.chunk, [&](Value low) {
      // The last product may have steps of the one before.
      Value first = e.min(low, e.index(plan.steps - plan.chunk));
      Value before = e.mul(b, plan.steps);
      multiplyInputs(e.add(before, first));
      e.loop(low, e.min(e.add(low, plan.chunk), e.index(plan.steps)),
             [&](Value t) { oneStep(t, e.add(before, t), e.sub(t, first)); });
    });
  });
}

Value RecurrentLoops::inputSums(const Step &step, int64_t index, Value place) {
  int64_t before = 0;
  for (int64_t i = 0; i < index; ++i)
    before += plan.states[i].layout.places();
  return e.load(sums, e.add(e.add(step.sums, before), place), plan.input.lanes);
}

Value RecurrentLoops::broadcastState(const StateProduct &product, Value state,
                                     Value at) {
  const int64_t lanes = product.layout.lanes;
  if (product.perStep == 1)
    return e.splatLoad(state, at, lanes);
  Value pair = vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1),
                                         e.load(state, at, 2));
  Value all = e.broadcast(e.make<vector::ExtractOp>(pair, int64_t(0)), lanes);
  return vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(16), 2 * lanes), all);
}

/// Carries sums over steps. Few sums would wait for themselves: each is cut
/// into one of the even steps and one of the odd ones.
SmallVector<Value> RecurrentLoops::overSteps(int64_t steps,
                                             ArrayRef<Value> init,
                                             Emitter::CarryingBody oneStep) {
  constexpr size_t kEnough = 8;
  constexpr int64_t kFewSteps = 8;
  if (init.size() >= kEnough || steps < kFewSteps)
    return e.carry(0, steps, 1, init, oneStep);
  const size_t count = init.size();
  SmallVector<Value> both(init);
  for (Value sum : init)
    both.push_back(e.constant(sum.getType(), 0));
  both = e.carry(0, steps / 2 * 2, 2, both, [&](Value step, ValueRange sums) {
    SmallVector<Value> next = oneStep(step, sums.take_front(count));
    next.append(oneStep(e.add(step, 1), sums.drop_front(count)));
    return next;
  });
  SmallVector<Value> all(both.begin(), both.begin() + count);
  if (steps % 2 != 0)
    all = oneStep(e.index(steps - 1), all);
  for (size_t i = 0; i < count; ++i)
    all[i] = addValues(e, all[i], both[count + i]);
  return all;
}

void RecurrentLoops::multiplyState(
    int64_t index, Value state, Value at,
    function_ref<Value(Value place)> start,
    function_ref<void(const StatePanel &, SmallVector<Value>)> finish) {
  const StateProduct &product = plan.states[index];
  const GateLayout &layout = product.layout;
  const int64_t perVector = layout.lanes * product.perStep;
  auto panel = [&](const StatePanel &panel) {
    SmallVector<Value> init;
    for (int64_t v = 0; v < panel.vectors; ++v)
      init.push_back(start(e.add(panel.place, v * layout.lanes)));
    // Panels before this one have as many elements for each place.
    Value offset = e.mul(panel.place, product.steps() * product.perStep);
    auto oneStep = [&](Value step, ValueRange sums) {
      Value x = broadcastState(product, state,
                               e.add(at, e.mul(step, product.perStep)));
      Value from = e.add(offset, e.mul(step, panel.vectors * perVector));
      SmallVector<Value> next;
      for (auto [v, sum] : llvm::enumerate(sums)) {
        Value w = e.load(weights.states[index], e.add(from, v * perVector),
                         perVector);
        next.push_back(plan.integer ? e.micro.dotPairs(e, x, w, sum)
                                    : e.micro.multiplyAdd(e, x, w, sum));
      }
      return next;
    };
    finish(panel, overSteps(product.steps(), init, oneStep));
  };
  const int64_t full = product.fullPanels(), units = product.blocksPerPanel;
  e.loop(full, [&](Value p) {
    panel({layout, e.mul(p, product.panelVectors() * layout.lanes),
           e.mul(p, units * layout.lanes), units, product.panelVectors(),
           false});
  });
  if (product.restVectors() > 0)
    panel({layout, e.index(full * product.panelVectors() * layout.lanes),
           e.index(full * units * layout.lanes), product.restBlocks(),
           product.restVectors(), layout.tailUnits() != 0});
}

} // namespace pare::cpu
