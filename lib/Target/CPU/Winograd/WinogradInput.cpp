//===- WinogradInput.cpp - Transformed inputs of tiles --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Neighbouring tiles share columns: each column of a line of tiles is
// transformed once, then each tile's rows of what that gives. A column is a
// few vectors of channels, which stay in registers.
//
//===----------------------------------------------------------------------===//

#include "Winograd/Winograd.h"
#include "Winograd/WinogradTransforms.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

WinogradInput::WinogradInput(Layer &e, const WinogradPlan &plan, Value input)
    : e(e), plan(plan), s(plan.shape), term(plan.integer ? e.i(16) : e.f32()),
      input(input) {
  half = e.scratch(term, plan.points() * plan.bandWidth() * plan.inputWidth());
  transformed =
      e.scratch(term, plan.transform->products() * plan.inputPointStride());
  const int64_t lastLine = s.outHeight + WinogradTransform::kTaps - 1;
  if (s.padTop > 0 || lastLine - s.padTop > s.inHeight)
    addPaddingRow();
}

/// A row of padding, and the input as a buffer of the same type.
void WinogradInput::addPaddingRow() {
  Type element = cast<MemRefType>(input.getType()).getElementType();
  const int64_t count = s.inWidth * s.inChannels;
  Value row = e.scratch(element, count);
  e.chunks(count, e.target.vectorBits / element.getIntOrFloatBitWidth(),
           [&](Value i, int64_t width) {
             e.store(e.constant(e.vec(element, width), plan.inputZero), row, i);
           });
  auto open = MemRefType::get({ShapedType::kDynamic}, element);
  paddingRow = memref::CastOp::create(e.b, e.loc, open, row);
  input = memref::CastOp::create(e.b, e.loc, open, input);
}

WinogradInput::Row WinogradInput::rowOf(Value image, Value y) {
  Value offset =
      e.mul(e.add(e.mul(image, s.inHeight), y), s.inWidth * s.inChannels);
  if (!paddingRow)
    return {input, offset};
  // Unsigned, a row above the image is a great one.
  Value inside =
      e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, y, e.index(s.inHeight));
  return {e.select(inside, input, paddingRow),
          e.select(inside, offset, e.index(0))};
}

void WinogradInput::transformLine(Value image, Value y, Value column,
                                  Value tile) {
  SmallVector<Row> rows;
  for (int64_t i = 0; i < plan.points(); ++i)
    rows.push_back(rowOf(image, e.add(y, i)));
  e.chunks(s.inChannels, plan.inputWidth(), [&](Value channel, int64_t width) {
    transformColumns(rows, column, channel, width);
    transformTiles(column, channel, width, tile);
  });
}

void WinogradInput::storeColumn(ArrayRef<Value> points, Value column,
                                int64_t width) {
  for (auto [i, point] : llvm::enumerate(points))
    e.store(point, half,
            e.mul(e.add(column, int64_t(i) * plan.bandWidth()), width));
}

void WinogradInput::transformColumns(ArrayRef<Row> rows, Value column,
                                     Value channel, int64_t width) {
  // Of the band: where the image begins and ends in it, and where it begins in
  // the image.
  Value begin, end, before;
  Value first = e.index(0), last = e.index(plan.bandWidth());
  if (plan.splitsLines()) {
    Value start = e.mul(column, plan.outputs());
    begin = e.max(e.sub(e.index(s.padLeft), start), first);
    end = e.min(e.sub(e.index(s.padLeft + s.inWidth), start), last);
    before = e.add(start, -s.padLeft);
  } else {
    const int64_t left = std::min(s.padLeft, plan.bandWidth());
    begin = e.index(left);
    end = e.index(std::min(left + s.inWidth, plan.bandWidth()));
    before = e.index(-s.padLeft);
  }
  Type type = e.vec(term, width);
  // Columns of padding are constants.
  SmallVector<Value> padding;
  for (int64_t value : transformConstant(*plan.transform, plan.inputZero))
    padding.push_back(e.constant(type, value));
  auto pad = [&](Value low, Value high) {
    e.loop(low, high, [&](Value at) { storeColumn(padding, at, width); });
  };
  pad(first, begin);
  e.loop(begin, end, [&](Value to) {
    Value x = e.add(before, to);
    SmallVector<Value> points;
    Value at = e.add(e.mul(x, s.inChannels), channel);
    for (const Row &row : rows) {
      Value loaded = e.load(row.buffer, e.add(row.start, at), width);
      points.push_back(plan.integer ? e.toInt(loaded, term) : loaded);
    }
    storeColumn(transformInput(e, *plan.transform, points), to, width);
  });
  pad(end, last);
}

void WinogradInput::transformTiles(Value column, Value channel, int64_t width,
                                   Value tile) {
  const int64_t points = plan.points();
  e.loop(plan.blockColumns, [&](Value t) {
    Value first = e.mul(t, plan.outputs());
    Value rightmost = e.index(s.outWidth - plan.outputs());
    if (plan.splitsLines())
      rightmost = e.sub(rightmost, e.mul(column, plan.outputs()));
    first = e.min(first, rightmost);
    Value to = e.add(e.mul(e.add(tile, t), plan.inputStride()), channel);
    e.loop(points, [&](Value line) {
      Value from = e.add(e.mul(line, plan.bandWidth()), first);
      SmallVector<Value> row;
      for (int64_t i = 0; i < points; ++i)
        row.push_back(e.load(half, e.mul(e.add(from, i), width), width));
      Value at = e.add(to, e.mul(line, points * plan.inputPointStride()));
      for (auto [i, point] :
           llvm::enumerate(transformInput(e, *plan.transform, row)))
        e.store(point, transformed,
                e.add(at, int64_t(i) * plan.inputPointStride()));
    });
  });
}

} // namespace pare::cpu
