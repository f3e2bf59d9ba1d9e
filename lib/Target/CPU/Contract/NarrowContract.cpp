//===- NarrowContract.cpp - Products with few columns ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/NarrowContract.h"
#include "Contract/ContractPlan.h"
#include "Contract/Sum.h"
#include "Emit/Arithmetic.h"
#include "Emit/Unroll.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// Elements of a part of a vector inside of which shuffles are cheap.
constexpr int64_t kPart = 4;
/// Partial sums that hide the latency of an addition to one.
constexpr int64_t kLeastSums = 8;

/// Adds neighbours: sums of two neighbouring units of `unit` elements of `x`,
/// then those of `y`, in each stretch of `stretch` elements.
Value addNeighbours(Emitter &e, Value x, Value y, int64_t unit,
                    int64_t stretch) {
  const int64_t width = cast<VectorType>(x.getType()).getDimSize(0);
  SmallVector<int64_t> even, odd;
  for (int64_t from = 0; from < width; from += stretch)
    for (int64_t vector = 0; vector < 2; ++vector)
      for (int64_t at = from; at < from + stretch; at += 2 * unit)
        for (int64_t i = at; i < at + unit; ++i) {
          even.push_back(vector * width + i);
          odd.push_back(vector * width + i + unit);
        }
  return addValues(e, e.make<vector::ShuffleOp>(x, y, even),
                   e.make<vector::ShuffleOp>(x, y, odd));
}

/// The sum of the elements of each vector. There are no more vectors than each
/// has elements, and both are powers of two of at least kPart.
Value addElements(Emitter &e, SmallVector<Value> vectors) {
  const int64_t width = e.target.lanes(), count = vectors.size();
  auto halve = [&](int64_t unit, int64_t stretch) {
    for (size_t i = 0; i < vectors.size() / 2; ++i)
      vectors[i] =
          addNeighbours(e, vectors[2 * i], vectors[2 * i + 1], unit, stretch);
    vectors.resize(vectors.size() / 2);
  };
  halve(1, kPart);
  halve(1, kPart);
  while (vectors.size() > 1)
    halve(kPart, width);
  // Where vectors were too few, neighbouring parts belong to the same ones.
  Value sums = vectors[0];
  for (int64_t left = width / 2; left >= count; left /= 2) {
    SmallVector<int64_t> even, odd;
    for (int64_t i = 0; i < left; ++i) {
      even.push_back(i / kPart * 2 * kPart + i % kPart);
      odd.push_back(even.back() + kPart);
    }
    sums = addValues(e, e.make<vector::ShuffleOp>(sums, sums, even),
                     e.make<vector::ShuffleOp>(sums, sums, odd));
  }
  return sums;
}

int64_t rowsOf(const ConvShape &s) {
  return s.batch * s.outHeight * s.outWidth;
}

class NarrowBuilder {
public:
  NarrowBuilder(Layer &e, kernel::ContractOp op, const Residual *residual)
      : e(e), shape(ConvShape::of(op)), input(e.buffer(op.getInput())),
        filter(e.buffer(op.getFilter())),
        bias(op.getBias() ? e.buffer(op.getBias()) : Value()),
        output(e.buffer(op.getOutput())),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput())),
        residual(residual), lanes(e.target.lanes()), columns(shape.outChannels),
        depth(shape.inChannels) {}

  void build() {
    const int64_t rows = rowsOf(shape);
    if (rows == 1)
      return multiplyRow();
    int64_t perStep = lanes / columns;
    if (lanes < kLeastSums && rows >= kLeastSums / columns)
      perStep = kLeastSums / columns;
    // The last step overlaps the one before.
    e.parallelLoop((rows + perStep - 1) / perStep, [&](Value step) {
      Value first = e.mul(step, perStep);
      if (rows % perStep != 0)
        first = e.min(first, e.index(rows - perStep));
      multiply(first, perStep);
    });
  }

private:
  /// The results of some rows, whole vectors of them.
  void multiply(Value first, int64_t rows) {
    Value from = e.mul(first, depth), to = e.mul(first, columns);
    SmallVector<Value> sums(rows * columns,
                            e.constant(e.vec(e.f32(), lanes), 0));
    // Of the last terms fewer than a vector has.
    auto step = [&](Value term, ValueRange acc, int64_t valid) {
      SmallVector<Value> next(acc), weights;
      for (int64_t c = 0; c < columns; ++c)
        weights.push_back(
            e.loadPart(filter, e.add(term, c * depth), valid, lanes));
      for (int64_t r = 0; r < rows; ++r) {
        Value x = e.loadPart(input, e.add(e.add(from, r * depth), term), valid,
                             lanes);
        for (int64_t c = 0; c < columns; ++c) {
          Value &sum = next[r * columns + c];
          sum = e.micro.multiplyAdd(e, x, weights[c], sum);
        }
      }
      return next;
    };
    const int64_t whole = depth / lanes * lanes;
    sums = e.carry(0, whole, lanes, sums, [&](Value term, ValueRange acc) {
      return step(term, acc, lanes);
    });
    if (depth > whole)
      sums = step(e.index(whole), sums, depth - whole);
    for (int64_t at = 0; at < rows * columns; at += lanes) {
      Value place = e.add(to, at);
      Value result = addElements(
          e, SmallVector<Value>(ArrayRef<Value>(sums).slice(at, lanes)));
      if (bias)
        result = addValues(e, result, repeatedBias());
      result = epilogue.apply(result);
      if (residual)
        result = residual->addTo(e, result, lanes, place);
      e.store(result, output, place);
    }
  }

  /// A row alone. The products of a column are in several sums where there are
  /// too few columns to hide the latency.
  void multiplyRow() {
    const int64_t chains = std::max<int64_t>(1, kLeastSums / columns);
    const int64_t inARow = std::max(chains, kFloatSteps);
    auto step = [&](Value term, int64_t valid, MutableArrayRef<Value> acc) {
      Value x = e.loadPart(input, term, valid, lanes);
      for (auto [c, sum] : llvm::enumerate(acc))
        sum = e.micro.multiplyAdd(
            e, x,
            e.loadPart(filter, e.add(term, int64_t(c) * depth), valid, lanes),
            sum);
    };
    SmallVector<Value> sums(chains * columns,
                            e.constant(e.vec(e.f32(), lanes), 0));
    auto chain = [&](MutableArrayRef<Value> all, int64_t vector) {
      return all.slice(vector % chains * columns, columns);
    };
    const int64_t whole = depth / (inARow * lanes) * inARow;
    sums = e.carry(0, whole * lanes, inARow * lanes, sums,
                   [&](Value term, ValueRange acc) {
                     SmallVector<Value> next(acc);
                     for (int64_t v = 0; v < inARow; ++v)
                       step(e.add(term, v * lanes), lanes, chain(next, v));
                     return next;
                   });
    for (int64_t v = whole; v * lanes < depth; ++v)
      step(e.index(v * lanes), std::min(lanes, depth - v * lanes),
           chain(sums, v));
    while (int64_t(sums.size()) > columns) {
      const int64_t half = sums.size() / 2;
      for (int64_t i = 0; i < half; ++i)
        sums[i] = addValues(e, sums[i], sums[half + i]);
      sums.resize(half);
    }
    // What no column has is not stored.
    sums.resize(std::max<int64_t>(kPart, llvm::PowerOf2Ceil(columns)), sums[0]);
    const int64_t width = sums.size();
    Value result = addElements(e, std::move(sums));
    if (bias)
      result =
          addValues(e, result, e.loadPart(bias, e.index(0), columns, width));
    result = epilogue.apply(result);
    if (residual)
      result = residual->addTo(e, result, columns, e.index(0));
    e.storePart(result, columns, output, e.index(0));
  }

  /// The bias of all columns, as often as a vector has room.
  Value repeatedBias() {
    Value all = e.load(bias, e.index(0), columns);
    for (int64_t width = columns; width < lanes; width *= 2)
      all = e.concat(all, all);
    return all;
  }

  Layer &e;
  ConvShape shape;
  Value input, filter, bias, output;
  Epilogue epilogue;
  const Residual *residual;
  int64_t lanes, columns, depth;
};

} // namespace

bool isNarrow(kernel::ContractOp op, const TargetInfo &target) {
  const ConvShape s = ConvShape::of(op);
  const int64_t lanes = target.lanes(), columns = s.outChannels;
  const bool isWhole = s.isPointwise() && s.strideHeight == 1 &&
                       s.strideWidth == 1 && s.outHeight == s.inHeight &&
                       s.outWidth == s.inWidth;
  if (!Layer::element(op.getInput()).isF32() || !isWhole ||
      kernel::StripesOp::isMember(op) ||
      Layer::shape(op.getFilter())[3] != s.inChannels)
    return false;
  // Sums of one row are in a vector of at most 8 elements, and weights that
  // come from far are asked for ahead by packed code alone.
  if (rowsOf(s) == 1)
    return columns <= std::min<int64_t>(lanes, 8) &&
           s.inChannels >= 2 * lanes &&
           4 * columns * s.inChannels <= target.l1Bytes;
  // Half of the longest vectors, and few terms: to add partial sums takes
  // longer than to put pairs of pixels together.
  if (lanes > 8 && 2 * columns == lanes && s.inChannels < 3 * lanes &&
      s.outWidth > 1)
    return false;
  return lanes % columns == 0 && 2 * columns <= lanes &&
         s.inChannels >= lanes && rowsOf(s) >= lanes / columns;
}

void lowerNarrowContract(Layer &e, kernel::ContractOp op,
                         const Residual *residual) {
  NarrowBuilder(e, op, residual).build();
}

} // namespace pare::cpu
