//===- RunTimePacking.cpp - Packs weights in the network ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/RunTimePacking.h"
#include "Emit/Arithmetic.h"

using namespace mlir;

namespace pare::cpu {

SmallVector<Value> transposeSquare(Emitter &e, ArrayRef<Value> rows) {
  SmallVector<Value> result(rows);
  const int64_t size = rows.size();
  // Swaps the quarters off the diagonal, then those inside of all quarters.
  for (int64_t half = size / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < size; ++lane) {
      const bool isLow = (lane & half) == 0;
      low.push_back(isLow ? lane : size + lane - half);
      high.push_back(isLow ? lane + half : size + lane);
    }
    for (int64_t row = 0; row < size; ++row) {
      if (row & half)
        continue;
      Value x = result[row], y = result[row + half];
      result[row] = e.make<vector::ShuffleOp>(x, y, low);
      result[row + half] = e.make<vector::ShuffleOp>(x, y, high);
    }
  }
  return result;
}

RunTimePacking::RunTimePacking(Layer &e, const ContractPlan &plan)
    : e(e), plan(plan), weight(!plan.integer      ? Type(e.f32())
                               : plan.wideWeights ? Type(e.i(16))
                                                  : Type(e.i(8))) {
  packed = e.scratch(weight, plan.groups * plan.groupSize());
  packedBias = e.scratch(plan.integer ? Type(e.i(32)) : e.f32(),
                         plan.groups * plan.paddedColumns());
}

void RunTimePacking::forColumns(function_ref<void(const Columns &)> body) {
  const int64_t full = plan.fullPanels(), width = plan.panelWidth();
  const int64_t perStep = plan.termsPerStep();
  auto panel = [&](Value group, Value p, int64_t first, int64_t vectors,
                   int64_t valid) {
    for (int64_t v = 0; v < vectors; ++v) {
      Columns columns;
      columns.at = e.add(e.add(e.mul(group, plan.groupSize()),
                               e.mul(p, width * plan.steps() * perStep)),
                         v * plan.lanes * perStep);
      columns.place =
          e.add(e.add(e.mul(group, plan.paddedColumns()), e.mul(p, width)),
                v * plan.lanes);
      columns.channel = e.add(e.mul(group, plan.columns), e.mul(p, width));
      for (int64_t lane = 0; lane < plan.lanes; ++lane)
        columns.lanes.push_back(plan.columnAt(first + v * plan.lanes + lane) -
                                first);
      columns.valid = valid;
      columns.stride = vectors * plan.lanes * perStep;
      body(columns);
    }
  };
  e.loop(plan.groups, [&](Value group) {
    e.loop(full,
           [&](Value p) { panel(group, p, 0, plan.tile.vectors, width); });
    if (plan.tailVectors() > 0)
      panel(group, e.index(full), full * width, plan.tailVectors(),
            plan.columns - full * width);
  });
}

bool RunTimePacking::needsSums() const {
  return plan.integer && plan.inputZero + plan.inputOffset != 0;
}

Value RunTimePacking::noSums() {
  return e.constant(e.vec(plan.integer ? Type(e.i(32)) : e.f32(), plan.lanes),
                    0);
}

Value RunTimePacking::addTerms(Value weights, Value sums) {
  if (!needsSums())
    return sums;
  Value ones = e.constant(weights.getType(), 1);
  return plan.quads ? e.micro.dotQuads(e, ones, weights, sums)
                    : e.micro.dotPairs(e, ones, weights, sums);
}

/// Stored weights as factors, zeros behind the first `valid`.
Value RunTimePacking::centered(Value x, int64_t valid) {
  if (!plan.wideWeights)
    return x;
  x = e.toInt(x, weight);
  if (plan.filterZero == 0)
    return x;
  auto type = cast<VectorType>(x.getType());
  // What is added to nothing stays nothing.
  SmallVector<int16_t> zeros(type.getDimSize(0), 0);
  std::fill_n(zeros.begin(), std::min<size_t>(valid, zeros.size()),
              int16_t(plan.filterZero));
  Value subtracted = arith::ConstantOp::create(
      e.b, e.loc, DenseElementsAttr::get(type, ArrayRef<int16_t>(zeros)));
  return subValues(e, x, subtracted);
}

Value RunTimePacking::packBlock(const Columns &columns, Value source,
                                Value term, Value step, int64_t count,
                                Value sums) {
  const int64_t perStep = plan.termsPerStep(), lanes = plan.lanes;
  const int64_t width = lanes * perStep;
  Type unit = e.vec(plan.integer ? Type(e.i(32)) : e.f32(), lanes);
  auto cast = [&](Type type, Value x) -> Value {
    return x.getType() == type
               ? x
               : vector::BitCastOp::create(e.b, e.loc, type, x).getResult();
  };
  SmallVector<Value> rows;
  for (int64_t lane : columns.lanes) {
    if (lane >= columns.valid) {
      rows.push_back(e.constant(unit, 0));
      continue;
    }
    Value from = e.add(e.mul(e.add(columns.channel, lane), plan.depth), term);
    Value terms = e.loadPart(source, from, count, width);
    rows.push_back(cast(unit, centered(terms, count)));
  }
  SmallVector<Value> steps = transposeSquare(e, rows);
  for (int64_t i = 0; i * perStep < count; ++i) {
    Value weights = cast(e.vec(weight, width), steps[i]);
    e.store(weights, packed,
            e.add(columns.at, e.mul(e.add(step, i), columns.stride)));
    sums = addTerms(weights, sums);
  }
  return sums;
}

void RunTimePacking::packChannels(Value source, Value bias) {
  const int64_t block = plan.lanes * plan.termsPerStep();
  const int64_t whole = plan.runTerms / block * block;
  forColumns([&](const Columns &columns) {
    Value sums =
        e.carry(0, plan.runs, 1, noSums(), [&](Value run, ValueRange before) {
          Value first = e.mul(run, plan.runTerms);
          Value step = e.mul(run, plan.runSteps());
          Value sums = e.carry(
              0, whole / block, 1, before, [&](Value i, ValueRange sums) {
                return SmallVector<Value>{packBlock(
                    columns, source, e.add(first, e.mul(i, block)),
                    e.add(step, e.mul(i, plan.lanes)), block, sums[0])};
              })[0];
          if (whole < plan.runTerms)
            sums = packBlock(columns, source, e.add(first, whole),
                             e.add(step, whole / plan.termsPerStep()),
                             plan.runTerms - whole, sums);
          return SmallVector<Value>{sums};
        })[0];
    finish(columns, sums, bias);
  });
}

Value RunTimePacking::packStep(const Columns &columns, Value source, Value step,
                               int64_t count, Value sums) {
  const int64_t perStep = plan.termsPerStep(), lanes = plan.lanes;
  // The lanes of two vectors that are packed together lie in turns.
  const int64_t base = *llvm::min_element(columns.lanes);
  const int64_t first = base / (2 * lanes) * (2 * lanes);
  const bool inTurns = columns.lanes.back() - columns.lanes.front() >= lanes;
  const int64_t from = inTurns ? first : base,
                width = inTurns ? 2 * lanes : lanes;
  SmallVector<Value> terms;
  for (int64_t i = 0; i < perStep; ++i) {
    Type type = e.vec(weight, width);
    if (i >= count) {
      terms.push_back(e.constant(type, 0));
      continue;
    }
    Value row = e.mul(e.add(e.mul(step, perStep), i), plan.columns);
    const int64_t exist = std::min(width, columns.valid - from);
    Value x = e.loadPart(source, e.add(e.add(row, columns.channel), from),
                         exist, width);
    terms.push_back(centered(x, width));
  }
  auto inTurn = [&](Value x, Value y) -> Value {
    SmallVector<int64_t> order;
    for (int64_t lane : columns.lanes)
      order.append({lane - from, width + lane - from});
    return e.make<vector::ShuffleOp>(x, y, order);
  };
  Value weights = terms[0];
  if (perStep == 2)
    weights = inTurn(terms[0], terms[1]);
  if (perStep == 4) {
    Type pair = e.vec(e.i(16), lanes);
    Value low =
        vector::BitCastOp::create(e.b, e.loc, pair, inTurn(terms[0], terms[1]));
    Value high =
        vector::BitCastOp::create(e.b, e.loc, pair, inTurn(terms[2], terms[3]));
    SmallVector<int64_t> order;
    for (int64_t lane = 0; lane < lanes; ++lane)
      order.append({lane, lanes + lane});
    weights =
        vector::BitCastOp::create(e.b, e.loc, e.vec(weight, 4 * lanes),
                                  e.make<vector::ShuffleOp>(low, high, order));
  }
  e.store(weights, packed, e.add(columns.at, e.mul(step, columns.stride)));
  return addTerms(weights, sums);
}

void RunTimePacking::packTerms(Value source, Value bias) {
  const int64_t perStep = plan.termsPerStep(), whole = plan.depth / perStep;
  forColumns([&](const Columns &columns) {
    Value sums =
        e.carry(0, whole, 1, noSums(), [&](Value step, ValueRange sums) {
          return SmallVector<Value>{
              packStep(columns, source, step, perStep, sums[0])};
        })[0];
    if (whole < plan.steps())
      sums =
          packStep(columns, source, e.index(whole), plan.depth % perStep, sums);
    finish(columns, sums, bias);
  });
}

/// What the stored input has too much is taken from the bias.
void RunTimePacking::finish(const Columns &columns, Value sums, Value bias) {
  if (needsSums()) {
    Value excess =
        e.constant(sums.getType(), -(plan.inputZero + plan.inputOffset));
    sums = mulValues(e, sums, excess);
  }
  if (bias) {
    Value added = e.constant(sums.getType(), 0);
    for (auto [lane, column] : llvm::enumerate(columns.lanes))
      if (column < columns.valid)
        added = e.make<vector::InsertOp>(
            e.loadScalar(bias, e.add(columns.channel, column)), added,
            int64_t(lane));
    sums = addValues(e, sums, added);
  }
  e.store(sums, packedBias, columns.place);
}

} // namespace pare::cpu
