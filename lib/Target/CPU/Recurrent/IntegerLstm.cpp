//===- IntegerLstm.cpp - LSTM of 8-bit integers ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// pare/Numerics/Lstm.h on vectors of i32 that hold 16-bit values, to the bit.
// The input's part of a gate is a contraction that stores 16 bits. Gates that
// share a vector differ in constants only: each lane has its own.
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/Requantize.h"
#include "Recurrent/RecurrentLoops.h"
#include "pare/Numerics/Lstm.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class IntegerLstm {
public:
  IntegerLstm(Layer &e, kernel::LstmOp op)
      : e(e), op(op), plan(RecurrentPlan::of(op, e.target)),
        weights(RecurrentWeights::of(e, plan, op)), scales(op.getScalesAttr()),
        loops(e, plan, e.buffer(op.getInput()), weights, inputEpilogue()),
        output(e.buffer(op.getOutput())), i32(e.i(32)),
        log2(op.getCellScaleLog2()), hiddenZero(op.getHiddenZeroPoint()) {
    const double clip = op.getCellClip().convertToFloat();
    if (clip > 0)
      cellClip = int64_t(std::min(clip / std::ldexp(1.0, log2), 32767.0));
    states = e.scratch(e.i(16), 2 * plan.paddedUnits());
    cells = e.scratch(e.i(16), plan.paddedUnits());
    buildTable();
  }

  void build() {
    auto start = [&] {
      loops.zeroFill(states);
      loops.zeroFill(cells);
    };
    loops.build(start, [&](const RecurrentLoops::Step &step) {
      loops.multiplyState(
          0, states, step.found,
          [&](Value) { return e.constant(e.vec(i32, e.target.lanes()), 0); },
          [&](const StatePanel &panel, SmallVector<Value> sums) {
            finishPanel(step, panel, sums);
          });
    });
  }

private:
  kernel::EpilogueAttr inputEpilogue() {
    SmallVector<int32_t> multipliers, shifts;
    for (int64_t place = 0; place < plan.places(); ++place) {
      QuantizedMultiplier factor =
          fixedEntry(op.getScalesAttr(), plan.states[0].layout.gateAt(place));
      multipliers.push_back(factor.multiplier);
      shifts.push_back(factor.shift);
    }
    MLIRContext *context = e.b.getContext();
    return kernel::EpilogueAttr::get(
        context, 0, -32768.0, 32767.0,
        nn::ScalesAttr::get(context, nn::RequantMode::Fixed,
                            DenseI32ArrayAttr::get(context, multipliers),
                            DenseI32ArrayAttr::get(context, shifts),
                            DenseF32ArrayAttr()));
  }

  void finishPanel(const RecurrentLoops::Step &step, const StatePanel &panel,
                   ArrayRef<Value> sums) {
    SmallVector<Value> activated;
    const int64_t lanes = e.target.lanes();
    for (auto [v, sum] : llvm::enumerate(sums)) {
      SmallVector<int64_t> gates = panel.gatesOf(v);
      Value input =
          e.toInt(loops.inputSums(step, 0, e.add(panel.place, v * lanes)), i32);
      Value gate =
          saturate(addValues(e, input, saturate(rescaled(sum, gates))));
      activated.push_back(activate(gate, gates));
    }
    panel.forUnits(
        e, {activated},
        [&](Value unit, int64_t count, ArrayRef<SmallVector<Value>> all) {
          Value found = e.load(cells, unit, widthOf(all[0][0]));
          Value cell = nextCell(all[0], e.toInt(found, i32));
          Value hidden = hiddenState(all[0][kOutputGate], cell);
          e.store(e.toInt(cell, e.i(16)), cells, unit);
          e.storePart(e.toInt(hidden, e.i(8)), count, output,
                      e.add(e.mul(step.at, plan.units), unit));
          // Kept less the zero point, as the sums need it.
          Value centered = subValues(e, hidden, like(hidden, hiddenZero));
          e.store(e.toInt(centered, e.i(16)), states, e.add(step.left, unit));
        });
  }

  static int64_t widthOf(Value x) {
    return cast<VectorType>(x.getType()).getDimSize(0);
  }
  /// `value` in each lane of a vector as `x` is one.
  Value like(Value x, int64_t value) { return e.constant(x.getType(), value); }
  Value saturate(Value x) { return e.clampInt(x, -32768, 32767); }
  Value shiftRight(Value x, Value by) { return e.make<arith::ShRSIOp>(x, by); }
  Value perLane(ArrayRef<int64_t> gates, function_ref<int32_t(int64_t)> value) {
    SmallVector<int32_t> values;
    for (int64_t gate : gates)
      values.push_back(value(gate));
    return arith::ConstantOp::create(
        e.b, e.loc,
        DenseElementsAttr::get(e.vec(i32, gates.size()),
                               ArrayRef<int32_t>(values)));
  }

  /// The product of a number from 0 to 2^15 - 1 and one of 16 bits: one
  /// instruction where pairs of them are added, of half the latency of one for
  /// 32 bits. The upper half of x is 0.
  Value multiply16(Value x, Value y) {
    VectorType pairs = e.vec(e.i(16), 2 * widthOf(x));
    return e.micro.dotPairs(e, e.make<vector::BitCastOp>(pairs, x),
                            e.make<vector::BitCastOp>(pairs, y), like(x, 0));
  }
  Value threeTimes(Value x) { return addValues(e, addValues(e, x, x), x); }

  /// emitRoundingShift of |x| <= 2^30: no sum with a half leaves 32 bits.
  Value roundingShift(Value x, ArrayRef<int64_t> bits) {
    auto lanes = [&](function_ref<int32_t(int64_t)> value) {
      return perLane(bits, value);
    };
    Value isNegative = shiftRight(x, like(x, 31));
    // Halves go away from zero. There are none where nothing is shifted.
    if (llvm::is_contained(bits, 0))
      isNegative = e.make<arith::AndIOp>(
          isNegative, lanes([](int64_t n) { return n > 0 ? -1 : 0; }));
    Value half = lanes([](int64_t n) { return n > 0 ? 1 << (n - 1) : 0; });
    x = addValues(e, addValues(e, x, isNegative), half);
    return shiftRight(x, lanes([](int64_t n) { return int32_t(n); }));
  }

  /// A sum of products with the state by the factor of each lane's gate.
  Value rescaled(Value sum, ArrayRef<int64_t> gates) {
    auto factor = [&](int64_t gate) { return fixedEntry(scales, 4 + gate); };
    Value left =
        perLane(gates, [&](int64_t g) { return std::max(factor(g).shift, 0); });
    sum = e.make<arith::ShLIOp>(sum, left);
    sum = emitHighMul(e, sum, perLane(gates, [&](int64_t g) {
                        return factor(g).multiplier;
                      }));
    SmallVector<int64_t> right;
    bool isSmall = plan.units < (1 << 14);
    for (int64_t gate : gates) {
      right.push_back(std::max(-factor(gate).shift, 0));
      isSmall &= factor(gate).shift <= 0;
    }
    // A product of a state and a weight is less than 2^15.
    if (isSmall)
      return roundingShift(sum, right);
    return emitRoundingShift(
        e, sum, perLane(right, [](int64_t n) { return int32_t(n); }));
  }

  /// x * 2^-bits as multiplyByQuantizedMultiplier rounds it, |x| <= 2^30: the
  /// multiplier is 2^30.
  Value halved(Value x, int64_t bits) {
    Value half = shiftRight(addValues(e, x, like(x, 1)), like(x, 1));
    return roundingShift(half, SmallVector<int64_t>(widthOf(x), bits - 1));
  }

  //===--------------------------------------------------------------------===//
  // Activations
  //===--------------------------------------------------------------------===//

  /// What distinguishes logistic16 from tanh16.
  struct Curve {
    /// Bits of the distance from a point of the table to the next, and of the
    /// result's fraction.
    int32_t pointBits, fraction;
    /// Is added to y, or y is taken from it, before the fraction goes.
    int32_t above, below;
    /// Of its points.
    int32_t table;
  };
  static constexpr Curve kLogistic = {9, 10, 1 << 9, (1 << 25) + (1 << 9) - 1,
                                      0};
  static constexpr Curve kTanh = {8, 8, -(1 << 23) + (1 << 7),
                                  (1 << 23) + (1 << 7) - 1, 256};

  /// For each curve 256 entries: a point in the low 16 bits and the distance to
  /// the next above. The last is what lies beyond the table.
  void buildTable() {
    SigmoidTable points = buildSigmoidTable();
    SmallVector<int32_t> entries;
    for (uint32_t beyond : {0xfffeu, 0xffffu}) {
      for (size_t i = 0; i < 255; ++i)
        entries.push_back(
            int32_t(points[i] | uint32_t(points[i + 1] - points[i]) << 16));
      entries.push_back(int32_t(beyond));
    }
    table = e.table<int32_t>("sigmoid", i32, entries);
  }

  Value activate(Value gate, ArrayRef<int64_t> gates) {
    return interpolate(threeTimes(gate), gates);
  }

  Value interpolate(Value scaled, ArrayRef<int64_t> gates) {
    auto curve = [&](int32_t Curve::*member) {
      return perLane(gates, [&](int64_t gate) {
        return (gate == kCellGate ? kTanh : kLogistic).*member;
      });
    };
    Value magnitude =
        e.make<arith::MaxSIOp>(scaled, subValues(e, like(scaled, 0), scaled));
    Value bits = curve(&Curve::pointBits);
    Value index = addValues(
        e, minValues(e, shiftRight(magnitude, bits), like(magnitude, 255)),
        curve(&Curve::table));
    Value entry = e.gather(table, index);
    Value point = e.make<arith::AndIOp>(entry, like(entry, 0xffff));
    Value distance = e.make<arith::ShRUIOp>(entry, like(entry, 16));
    Value mask = perLane(gates, [](int64_t gate) {
      return (1 << (gate == kCellGate ? kTanh : kLogistic).pointBits) - 1;
    });
    Value rest = e.make<arith::AndIOp>(magnitude, mask);
    Value y = addValues(e, e.make<arith::ShLIOp>(point, bits),
                        multiply16(rest, distance));
    Value positive = e.make<arith::CmpIOp>(arith::CmpIPredicate::sge, scaled,
                                           like(scaled, 0));
    Value rounded = e.select(positive, addValues(e, y, curve(&Curve::above)),
                             subValues(e, curve(&Curve::below), y));
    return shiftRight(rounded, curve(&Curve::fraction));
  }

  //===--------------------------------------------------------------------===//
  // States
  //===--------------------------------------------------------------------===//

  Value nextCell(ArrayRef<Value> gates, Value cell) {
    Value kept = saturate(halved(multiply16(gates[kForgetGate], cell), 15));
    // 2^-30 by the scale of the cell state.
    Value added = saturate(
        halved(multiply16(gates[kInputGate], gates[kCellGate]), 30 + log2));
    Value sum = saturate(addValues(e, kept, added));
    return cellClip == 0 ? sum : e.clampInt(sum, -cellClip, cellClip);
  }

  Value hiddenState(Value outputGate, Value cell) {
    const int64_t shift = log2 + 12;
    Value scaled;
    if (shift >= 0)
      scaled = mulValues(e, cell, like(cell, 3 << shift));
    else
      scaled = shiftRight(addValues(e, threeTimes(cell),
                                    like(cell, int64_t(1) << (-shift - 1))),
                          like(cell, -shift));
    SmallVector<int64_t> tanhGates(widthOf(cell), kCellGate);
    Value product = multiply16(outputGate, interpolate(scaled, tanhGates));
    const QuantizedMultiplier factor = fixedEntry(scales, 8);
    Value v =
        factor.shift > 0
            ? emitMultiply(e, product, factor)
            : roundingShift(
                  emitHighMul(e, product, like(product, factor.multiplier)),
                  SmallVector<int64_t>(widthOf(product), -factor.shift));
    return e.clampInt(addValues(e, v, like(v, hiddenZero)), -128, 127);
  }

  Layer &e;
  kernel::LstmOp op;
  RecurrentPlan plan;
  RecurrentWeights weights;
  nn::ScalesAttr scales;
  RecurrentLoops loops;
  Value output;
  Type i32;
  int64_t log2, hiddenZero, cellClip = 0;
  Value states, cells, table;
};

} // namespace

void lowerIntegerLstm(Layer &e, kernel::LstmOp op) {
  IntegerLstm(e, op).build();
}

} // namespace pare::cpu
