//===- Recurrent.cpp - Recurrent layers of floats -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of a step; its products are in RecurrentLoops. What is left of
// the sums of all gates stays in registers until the new state is stored.
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Recurrent/RecurrentLoops.h"
#include "pare/Numerics/Lstm.h"

#include <limits>

using namespace mlir;

namespace pare::cpu {
namespace {

/// Sums are stored as they are.
kernel::EpilogueAttr noEpilogue(Layer &e) {
  const double infinity = std::numeric_limits<double>::infinity();
  return kernel::EpilogueAttr::get(e.b.getContext(), 0, -infinity, infinity);
}

/// sigmoid(x) = 1/2 + 1/2 tanh(x/2), with the error of tanh.
Value gateOf(Layer &e, Value x) {
  Value half = e.constant(x.getType(), 0.5);
  return e.micro.multiplyAdd(e, tanh(e, mulValues(e, x, half)), half, half);
}

SmallVector<Value> gatesOf(Layer &e, ArrayRef<Value> sums) {
  SmallVector<Value> activated;
  for (Value sum : sums)
    activated.push_back(gateOf(e, sum));
  return activated;
}

int64_t widthOf(Value x) { return cast<VectorType>(x.getType()).getDimSize(0); }

/// The tanh of x, for the lanes of the cell gate, or of x/2 for all others: one
/// function, so that gates may share a vector.
Quotient gateQuotient(Layer &e, Value x, ArrayRef<int64_t> gates) {
  SmallVector<float> factors;
  for (int64_t gate : gates)
    factors.push_back(gate == kCellGate ? 1.0f : 0.5f);
  Value factor = arith::ConstantOp::create(
      e.b, e.loc,
      DenseElementsAttr::get(cast<VectorType>(x.getType()),
                             ArrayRef<float>(factors)));
  return tanhQuotient(e.b, e.loc, mulValues(e, x, factor));
}

/// The new cell state and the new state. Divisions are what takes longest, and
/// one waits for the other: there is one for each of the two, of the products
/// of all numerators and of all denominators. sigmoid(x) is, of the quotient of
/// tanh(x/2), (upper + lower) / (2 lower).
struct LstmCell {
  LstmCell(Layer &e, ArrayRef<Value> upper, ArrayRef<Value> lower)
      : e(e), upper(upper), lower(lower),
        two(e.constant(upper[0].getType(), 2.0)) {}

  Value sigmoidUpper(int64_t gate) {
    return addValues(e, upper[gate], lower[gate]);
  }

  /// f * c + i * g
  Value next(Value cell) {
    Value kept = mulValues(e, sigmoidUpper(kForgetGate), cell);
    Value added = mulValues(e, sigmoidUpper(kInputGate), upper[kCellGate]);
    Value ofAdded = mulValues(e, lower[kInputGate], lower[kCellGate]);
    Value ofKept = lower[kForgetGate];
    Value sum =
        e.micro.multiplyAdd(e, kept, ofAdded, mulValues(e, added, ofKept));
    return e.make<arith::DivFOp>(
        sum, mulValues(e, ofAdded, mulValues(e, ofKept, two)));
  }

  /// o * tanh(c) of a c that is clamped to [-clip, clip] where clip > 0.
  Value state(Value cell, double clip) {
    if (clip > 0) {
      const double bound = std::min(clip, double(kTanhBound));
      cell = e.clampFloat(cell, -bound, bound);
    }
    Quotient tanh = tanhQuotient(e.b, e.loc, cell, /*isBounded=*/clip > 0);
    Value lowerGate = mulValues(e, lower[kOutputGate], two);
    return e.make<arith::DivFOp>(
        mulValues(e, sigmoidUpper(kOutputGate), tanh.upper),
        mulValues(e, lowerGate, tanh.lower));
  }

private:
  Layer &e;
  ArrayRef<Value> upper, lower;
  Value two;
};

void floatLstm(Layer &e, kernel::LstmOp op) {
  RecurrentPlan plan = RecurrentPlan::of(op, e.target);
  RecurrentWeights weights = RecurrentWeights::of(e, plan, op);
  RecurrentLoops loops(e, plan, e.buffer(op.getInput()), weights,
                       noEpilogue(e));
  const int64_t padded = plan.paddedUnits();
  const double clip = op.getCellClip().convertToFloat();
  Value states = e.scratch(e.f32(), 2 * padded),
        cells = e.scratch(e.f32(), padded), output = e.buffer(op.getOutput());
  auto start = [&] {
    loops.zeroFill(states);
    loops.zeroFill(cells);
  };
  loops.build(start, [&](const RecurrentLoops::Step &step) {
    auto storeUnits = [&](Value unit, int64_t count,
                          ArrayRef<SmallVector<Value>> all) {
      LstmCell gates(e, all[0], all[1]);
      Value cell = gates.next(e.load(cells, unit, widthOf(all[0][0])));
      // Nothing waits for the cell state before the next step.
      Value result = gates.state(cell, clip);
      if (clip > 0)
        cell = e.clampFloat(cell, -clip, clip);
      e.store(cell, cells, unit);
      e.store(result, states, e.add(step.left, unit));
      e.storePart(result, count, output,
                  e.add(e.mul(step.at, plan.units), unit));
    };
    loops.multiplyState(
        0, states, step.found,
        [&](Value place) { return loops.inputSums(step, 0, place); },
        [&](const StatePanel &panel, SmallVector<Value> sums) {
          SmallVector<Value> upper, lower;
          for (auto [v, sum] : llvm::enumerate(sums)) {
            Quotient gate = gateQuotient(e, sum, panel.gatesOf(v));
            upper.push_back(gate.upper);
            lower.push_back(gate.lower);
          }
          panel.forUnits(e, {upper, lower}, storeUnits);
        });
  });
}

/// The gates of kernel.gru.
enum GruGate { kUpdate, kReset, kCandidate };

class GruBuilder {
public:
  GruBuilder(Layer &e, kernel::GruOp op)
      : e(e), op(op), plan(RecurrentPlan::of(op, e.target)),
        weights(RecurrentWeights::of(e, plan, op)),
        loops(e, plan, e.buffer(op.getInput()), weights, noEpilogue(e)),
        output(e.buffer(op.getOutput())) {
    states = e.scratch(e.f32(), 2 * plan.paddedUnits());
    if (!op.getLinearBeforeReset()) {
      updates = e.scratch(e.f32(), plan.paddedUnits());
      resetState = e.scratch(e.f32(), plan.paddedUnits());
    }
  }

  void build() {
    loops.build([&] { loops.zeroFill(states); },
                [&](const Step &step) {
                  if (op.getLinearBeforeReset()) {
                    resetProduct(step);
                  } else {
                    multiplyGates(step);
                    multiplyReset(step);
                  }
                });
  }

private:
  using Step = RecurrentLoops::Step;

  Value added(int64_t index, Value place) {
    if (index > 0)
      place = e.add(place, plan.states[0].layout.places());
    return e.load(weights.recurrentBias, place, e.target.lanes());
  }

  /// n = tanh(Wn x + bn + r * (Rn h + rbn))
  void resetProduct(const Step &step) {
    const int64_t lanes = e.target.lanes();
    loops.multiplyState(
        0, states, step.found, [&](Value place) { return added(0, place); },
        [&](const StatePanel &panel, SmallVector<Value> sums) {
          SmallVector<Value> inputs;
          for (int64_t v = 0; v < panel.vectors; ++v)
            inputs.push_back(
                loops.inputSums(step, 0, e.add(panel.place, v * lanes)));
          panel.forUnits(
              e, {sums, inputs},
              [&](Value unit, int64_t count, ArrayRef<SmallVector<Value>> all) {
                auto gate = [&](GruGate g) {
                  return gateOf(e, addValues(e, all[0][g], all[1][g]));
                };
                Value candidate = tanh(
                    e, e.micro.multiplyAdd(e, gate(kReset), all[0][kCandidate],
                                           all[1][kCandidate]));
                finish(step, unit, count, gate(kUpdate), candidate);
              });
        });
  }

  /// z, and r * h.
  void multiplyGates(const Step &step) {
    loops.multiplyState(
        0, states, step.found,
        [&](Value place) {
          return addValues(e, loops.inputSums(step, 0, place), added(0, place));
        },
        [&](const StatePanel &panel, SmallVector<Value> sums) {
          panel.forUnits(
              e, {gatesOf(e, sums)},
              [&](Value unit, int64_t, ArrayRef<SmallVector<Value>> all) {
                Value state = e.load(states, e.add(step.found, unit),
                                     widthOf(all[0][kReset]));
                e.store(all[0][kUpdate], updates, unit);
                e.store(mulValues(e, all[0][kReset], state), resetState, unit);
              });
        });
  }

  /// n = tanh(Wn x + bn + Rn (r * h) + rbn)
  void multiplyReset(const Step &step) {
    loops.multiplyState(
        1, resetState, e.index(0),
        [&](Value place) {
          return addValues(e, loops.inputSums(step, 1, place), added(1, place));
        },
        [&](const StatePanel &panel, SmallVector<Value> sums) {
          panel.forUnits(
              e, {sums},
              [&](Value unit, int64_t count, ArrayRef<SmallVector<Value>> all) {
                Value candidate = tanh(e, all[0][0]);
                finish(step, unit, count,
                       e.load(updates, unit, widthOf(candidate)), candidate);
              });
        });
  }

  /// h = (1 - z) * n + z * h
  void finish(const Step &step, Value unit, int64_t count, Value update,
              Value candidate) {
    Value state = e.load(states, e.add(step.found, unit), widthOf(candidate));
    Value rest = subValues(e, e.constant(update.getType(), 1.0), update);
    Value result = addValues(e, mulValues(e, rest, candidate),
                             mulValues(e, update, state));
    e.store(result, states, e.add(step.left, unit));
    e.storePart(result, count, output, e.add(e.mul(step.at, plan.units), unit));
  }

  Layer &e;
  kernel::GruOp op;
  RecurrentPlan plan;
  RecurrentWeights weights;
  RecurrentLoops loops;
  Value output, states, updates, resetState;
};

} // namespace

LogicalResult lower(Layer &e, kernel::LstmOp op) {
  if (op.getScalesAttr())
    lowerIntegerLstm(e, op);
  else
    floatLstm(e, op);
  return success();
}

LogicalResult lower(Layer &e, kernel::GruOp op) {
  GruBuilder(e, op).build();
  return success();
}

} // namespace pare::cpu
