//===- PixelWindows.cpp - Windows as rows of pixels -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/PixelWindows.h"

using namespace mlir;

namespace pare::cpu {

PixelWindows::PixelWindows(Layer &e, const SparsePlan &plan, Value input)
    : e(e), plan(plan), windows(e, plan, input),
      step(plan.integer ? e.i(32) : e.f32()),
      steps(plan.depth / plan.termsPerStep()), source(input) {
  if (plan.blocks.in > 0)
    return;
  transposed = e.scratch(step, steps * plan.pitch());
  if (plan.shape.isPointwise())
    return;
  gathered = e.scratch(Layer::element(input), plan.lanes * plan.depth);
  source = gathered;
}

void PixelWindows::transpose(Value first, int64_t vectors, int64_t valid) {
  const int64_t squares = steps / kSquare;
  auto ofVector = [&](Value v, Value low, Value high) {
    Value from = e.mul(v, plan.lanes);
    transposeSteps(e.add(first, from), from, valid, low, high);
  };
  if (!plan.isContiguous()) {
    e.loop(vectors,
           [&](Value v) { ofVector(v, e.index(0), e.index(squares)); });
  } else {
    const int64_t stepBytes = plan.termsPerStep() * (plan.integer ? 1 : 4);
    const int64_t perLine = 64 / (stepBytes * kSquare);
    e.loop(0, squares, perLine, [&](Value low) {
      Value high = e.add(low, perLine);
      if (squares % perLine != 0)
        high = e.min(high, e.index(squares));
      e.loop(vectors, [&](Value v) { ofVector(v, low, high); });
    });
  }
  if (steps % kSquare != 0)
    e.loop(vectors, [&](Value v) {
      Value from = e.mul(v, plan.lanes);
      transposeRest(e.add(first, from), from, valid);
    });
}

/// Where the windows of a vector of pixels begin. Pixels that do not exist
/// repeat the last.
SmallVector<Value> PixelWindows::startsOf(Value first, int64_t valid) {
  auto row = [&](Value r) {
    return valid % plan.lanes == 0
               ? e.add(first, r)
               : e.min(e.add(first, r), e.index(plan.rows - 1));
  };
  if (gathered)
    e.loop(plan.lanes, [&](Value r) {
      windows.gather(row(r), gathered, e.mul(r, plan.depth),
                     /*asTerms=*/false);
    });
  SmallVector<Value> starts;
  for (int64_t r = 0; r < plan.lanes; ++r)
    starts.push_back(gathered ? e.index(r * plan.depth)
                              : windows.pointwiseStart(row(e.index(r))));
  return starts;
}

/// The windows of a vector of pixels from `first` on to places `to` on of
/// each row of the scratch, squares of steps from `low` to `high`.
void PixelWindows::transposeSteps(Value first, Value to, int64_t valid,
                                  Value low, Value high) {
  const SmallVector<Value> starts = startsOf(first, valid);
  const int64_t terms = plan.termsPerStep();
  e.loop(low, high, [&](Value square) {
    Value s = e.mul(square, kSquare);
    SmallVector<Value> squares;
    for (int64_t j = 0; j < kSquare; ++j) {
      SmallVector<Value> parts;
      for (int64_t r = j; r < plan.lanes; r += kSquare)
        parts.push_back(
            e.load(source, e.add(starts[r], e.mul(s, terms)), kSquare * terms));
      squares.push_back(asSteps(concatAll(e, parts)));
    }
    squares = transposeSquares(e, squares);
    for (int64_t j = 0; j < kSquare; ++j)
      e.store(squares[j], transposed,
              e.add(e.mul(e.add(s, j), plan.pitch()), to));
  });
}

/// The same for the steps behind all squares.
void PixelWindows::transposeRest(Value first, Value to, int64_t valid) {
  const SmallVector<Value> starts = startsOf(first, valid);
  const int64_t terms = plan.termsPerStep();
  for (int64_t s = steps / kSquare * kSquare; s < steps; ++s)
    for (int64_t r = 0; r < plan.lanes; ++r)
      e.store(asSteps(e.load(source, e.add(starts[r], s * terms), terms)),
              transposed, e.add(to, s * plan.pitch() + r));
}

/// Input elements as terms, seen as steps of 32 bits.
Value PixelWindows::asSteps(Value elements) {
  Value terms = windows.toTerms(elements);
  if (terms.getType() == step || plan.termsPerStep() == 1)
    return terms;
  int64_t count = cast<VectorType>(terms.getType()).getDimSize(0);
  return vector::BitCastOp::create(
      e.b, e.loc, e.vec(step, count / plan.termsPerStep()), terms);
}

} // namespace pare::cpu
