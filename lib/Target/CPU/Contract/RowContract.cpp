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
        bias(e.global(packed[1])), inverted(e.global(packed[2])),
        row(e.scratch(e.i(8), plan.rowBytes())), residual(residual),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 plan.columnOrder()) {
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
  Value broadcastTerms(Value place);
  Sums multiply(Value weights, ValueRange sums);
  Sums multiplyExtra(Value panel, Value weights, ValueRange sums);
  void finish(ArrayRef<Value> sums, Value panel, int64_t valid);

  Layer &e;
  const RowPlan &plan;
  Value input, output, filter, bias, inverted, row, places;
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
    e.store(e.make<arith::XOrIOp>(e.load(input, i, width),
                                  e.load(inverted, i, width)),
            row, i);
  });
  // What fills up the last group meets weights of zero.
  e.chunks(plan.rowBytes() - plan.terms, kVector, [&](Value i, int64_t width) {
    e.store(e.constant(e.vec(e.i(8), width), 0), row, e.add(i, plan.terms));
  });
}

void RowLoops::buildPanel(Value panel, int64_t vectors, int64_t valid) {
  Sums sums;
  for (int64_t v = 0; v < vectors; ++v)
    sums.push_back(e.load(
        bias, e.add(e.mul(panel, RowPlan::kPanelWidth), v * TermStep::kColumns),
        TermStep::kColumns));
  Value weights = e.mul(panel, plan.panelBytes());
  sums = multiply(weights, sums);
  if (plan.extraSteps > 0)
    sums = multiplyExtra(
        panel, e.add(weights, plan.steps() * vectors * kVector), sums);
  finish(sums, panel, valid);
}

Value RowLoops::broadcastTerms(Value place) {
  Value word = vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1),
                                         e.load(row, place, TermStep::kTerms));
  Value all = e.broadcast(
      vector::ExtractOp::create(e.b, e.loc, word, ArrayRef<int64_t>{0}),
      TermStep::kColumns);
  return vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(8), kVector), all);
}

RowLoops::Sums RowLoops::multiply(Value weights, ValueRange start) {
  const int64_t vectors = start.size();
  return e.carry(
      0, plan.steps(), plan.depth, start, [&](Value first, ValueRange sums) {
        Value at = e.add(weights, e.mul(first, vectors * kVector));
        Value place = e.mul(first, TermStep::kTerms);
        Sums terms, next;
        for (int64_t i = 0; i < plan.depth; ++i)
          terms.push_back(broadcastTerms(e.add(place, i * TermStep::kTerms)));
        for (auto [v, sum] : llvm::enumerate(sums)) {
          Sums ofSteps;
          for (int64_t i = 0; i < plan.depth; ++i)
            ofSteps.push_back(
                e.load(filter, e.add(at, (i * vectors + int64_t(v)) * kVector),
                       kVector));
          next.push_back(e.micro.dotSmallGroup(e, terms, ofSteps, sum));
        }
        return next;
      });
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
          next.push_back(
              e.micro.dotSmallGroup(e, broadcastTerms(place), ofStep, sum));
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
