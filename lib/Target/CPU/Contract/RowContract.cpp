//===- RowContract.cpp - Contractions of one row --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The row is copied once, made unsigned; then the weights of a panel of columns
// after the other pass by.
//
//===----------------------------------------------------------------------===//

#include "Contract/RowTerms.h"
#include "Contract/Sum.h"
#include "Emit/Lowering.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class RowLoops {
public:
  RowLoops(Layer &e, kernel::ContractOp op, const RowPlan &plan,
           ArrayRef<StringRef> packed, const Residual *residual)
      : e(e), plan(plan), input(e.buffer(op.getInput())),
        output(e.buffer(op.getOutput())), filter(e.global(packed[0])),
        bias(e.global(packed[1])), order(e.global(packed[2])),
        row(e.scratch(e.i(8), plan.rowBytes())), residual(residual),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 plan.columnOrder()) {
    if (plan.shuffles)
      ordered = e.scratch(e.i(8), RowPlan::kVectors * plan.orderedBytes());
    if (plan.extraSteps > 0)
      places = e.global(packed[3]);
  }

  void build();

private:
  /// Bytes of a vector.
  static constexpr int64_t kVector = TermStep::kTerms * TermStep::kColumns;
  using Sums = SmallVector<Value>;

  void copyRow();
  void buildPanel(Value panel, int64_t vectors, int64_t valid);
  void orderRow(Value panel, int64_t vectors);
  /// The terms at `place` for vector `vector` of a panel.
  Value broadcastTerms(Value place, int64_t vector);
  Sums multiply(Value weights, ValueRange sums);
  /// Asks for weights that `bytes` of weights from `at` on come before.
  void prefetchAhead(Value at, int64_t bytes);
  /// Adds `depth` steps from step `first` on.
  void addGroup(Value weights, Value first, int64_t depth,
                MutableArrayRef<Value> sums);
  Sums multiplyExtra(Value panel, Value weights, ValueRange sums);
  void finish(ArrayRef<Value> sums, Value panel, int64_t valid);

  Layer &e;
  const RowPlan &plan;
  Value input, output, filter, bias, order, row, ordered, places;
  const Residual *residual;
  Epilogue epilogue;
};

void RowLoops::build() {
  e.parallelBlocks(1, plan.numPanels(), [&](Value, Range part) {
    copyRow();
    const int64_t last = plan.numPanels() - 1;
    const int64_t left = plan.columns - last * RowPlan::kPanelWidth;
    const int64_t full = left == RowPlan::kPanelWidth ? last + 1 : last;
    e.loopWithin(part, 0, full, [&](Value panel) {
      buildPanel(panel, RowPlan::kVectors, RowPlan::kPanelWidth);
    });
    if (full == last)
      e.loopWithin(part, last, last + 1, [&](Value) {
        buildPanel(e.index(last), plan.vectorsOf(last), left);
      });
  });
}

void RowLoops::copyRow() {
  e.chunks(plan.terms, kVector, [&](Value i, int64_t width) {
    Value bytes = e.load(input, i, width);
    Value inverted = plan.shuffles ? e.constant(bytes.getType(), -128)
                                   : e.load(order, i, width);
    e.store(e.make<arith::XOrIOp>(bytes, inverted), row, i);
  });
  // What fills up the last group meets weights of zero.
  e.chunks(plan.rowBytes() - plan.terms, kVector, [&](Value i, int64_t width) {
    e.store(e.constant(e.vec(e.i(8), width), 0), row, e.add(i, plan.terms));
  });
}

void RowLoops::orderRow(Value panel, int64_t vectors) {
  Value first = e.mul(panel, RowPlan::kVectors * 2 * plan.rowBytes());
  e.chunks(plan.rowBytes(), kVector, [&](Value i, int64_t width) {
    Value bytes = e.load(row, i, width);
    for (int64_t v = 0; v < vectors; ++v) {
      Value at = e.add(e.add(first, 2 * v * plan.rowBytes()), i);
      Value places = e.load(order, at, width);
      Value inverted = e.load(order, e.add(at, plan.rowBytes()), width);
      e.store(e.make<arith::XOrIOp>(e.micro.shuffleBlocks(e, bytes, places),
                                    inverted),
              ordered, e.add(i, v * plan.orderedBytes()));
    }
  });
}

void RowLoops::buildPanel(Value panel, int64_t vectors, int64_t valid) {
  Sums sums;
  for (int64_t v = 0; v < vectors; ++v)
    sums.push_back(e.load(
        bias, e.add(e.mul(panel, RowPlan::kPanelWidth), v * TermStep::kColumns),
        TermStep::kColumns));
  if (plan.shuffles)
    orderRow(panel, vectors);
  Value weights = e.mul(panel, plan.panelBytes());
  sums = multiply(weights, sums);
  if (plan.extraSteps > 0)
    sums = multiplyExtra(
        panel, e.add(weights, plan.steps() * vectors * kVector), sums);
  finish(sums, panel, valid);
}

Value RowLoops::broadcastTerms(Value place, int64_t vector) {
  Value terms =
      plan.shuffles
          ? e.load(ordered, e.add(place, vector * plan.orderedBytes()),
                   TermStep::kTerms)
          : e.load(row, place, TermStep::kTerms);
  Value word = vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1), terms);
  Value all = e.broadcast(
      vector::ExtractOp::create(e.b, e.loc, word, ArrayRef<int64_t>{0}),
      TermStep::kColumns);
  return vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(8), kVector), all);
}

RowLoops::Sums RowLoops::multiply(Value weights, ValueRange start) {
  return e.carry(0, plan.steps(), plan.iterationSteps(), start,
                 [&](Value first, ValueRange start) {
                   Sums sums(start);
                   int64_t step = 0;
                   for (int64_t depth : plan.groups()) {
                     addGroup(weights, e.add(first, step), depth, sums);
                     step += depth;
                   }
                   return sums;
                 });
}

void RowLoops::prefetchAhead(Value at, int64_t bytes) {
  // So many that memory answers in time.
  constexpr int64_t kAhead = 8192;
  const int64_t size = cast<MemRefType>(filter.getType()).getNumElements();
  Value ahead = e.min(e.add(at, kAhead), e.index(size - bytes));
  for (int64_t line = 0; line < bytes; line += Emitter::kLineBytes)
    e.prefetch(filter, e.add(ahead, line));
}

void RowLoops::addGroup(Value weights, Value first, int64_t depth,
                        MutableArrayRef<Value> sums) {
  const int64_t vectors = sums.size();
  Value at = e.add(weights, e.mul(first, vectors * kVector));
  Value place = e.mul(first, TermStep::kTerms);
  if (plan.isFar)
    prefetchAhead(at, depth * vectors * kVector);
  Sums terms;
  for (int64_t v = 0; v < vectors; ++v) {
    // All vectors share the terms of a row that is not shuffled.
    if (v == 0 || plan.shuffles) {
      terms.clear();
      for (int64_t i = 0; i < depth; ++i)
        terms.push_back(broadcastTerms(e.add(place, i * TermStep::kTerms), v));
    }
    Sums ofSteps;
    for (int64_t i = 0; i < depth; ++i)
      ofSteps.push_back(
          e.load(filter, e.add(at, (i * vectors + v) * kVector), kVector));
    sums[v] = e.micro.dotSmallGroup(e, terms, ofSteps, sums[v]);
  }
}

RowLoops::Sums RowLoops::multiplyExtra(Value panel, Value weights,
                                       ValueRange start) {
  const int64_t vectors = start.size();
  return e.carry(
      0, plan.extraSteps, 1, start, [&](Value step, ValueRange sums) {
        Value number = e.mul(e.add(e.mul(panel, plan.extraSteps), step),
                             RowPlan::kVectors);
        Value at = e.add(weights, e.mul(step, vectors * kVector));
        Sums next;
        for (auto [v, sum] : llvm::enumerate(sums)) {
          Value place = e.make<arith::IndexCastUIOp>(
              e.b.getIndexType(),
              e.loadScalar(places, e.add(number, int64_t(v))));
          Value ofStep =
              e.load(filter, e.add(at, int64_t(v) * kVector), kVector);
          next.push_back(e.micro.dotSmallGroup(
              e, broadcastTerms(place, int64_t(v)), ofStep, sum));
        }
        return next;
      });
}

void RowLoops::finish(ArrayRef<Value> sums, Value panel, int64_t valid) {
  Value place = e.mul(panel, RowPlan::kPanelWidth);
  // Where vectors are missing any do; they are not stored.
  Sums four(sums);
  four.resize(RowPlan::kVectors, sums.front());
  Value bytes = epilogue.applyToLanes(four, place);
  SmallVector<int64_t> order(RowPlan::kPanelWidth);
  for (int64_t at = 0; at < RowPlan::kPanelWidth; ++at)
    order[MicroKernel::laneOrder(at, TermStep::kColumns)] = at;
  bytes = e.make<vector::ShuffleOp>(bytes, bytes, order);
  if (residual)
    bytes = residual->addTo(e, bytes, valid, place);
  e.storePart(bytes, valid, output, place);
}

} // namespace

void lowerRowContract(Layer &e, kernel::ContractOp op, const RowPlan &plan,
                      ArrayRef<StringRef> packed, const Residual *residual) {
  RowLoops(e, op, plan, packed, residual).build();
}

} // namespace pare::cpu
