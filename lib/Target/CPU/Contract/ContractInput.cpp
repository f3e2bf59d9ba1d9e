//===- ContractInput.cpp - Where the terms of a row are -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractInput.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

ContractInput::ContractInput(Layer &e, const ContractPlan &plan, Value input)
    : e(e), plan(plan), s(plan.shape), term(plan.quads        ? e.i(8)
                                            : plan.integer    ? e.i(16)
                                            : plan.pixels > 1 ? e.b.getF64Type()
                                                              : e.f32()),
      input(input) {
  switch (plan.source) {
  case TermSource::Direct:
    terms = this->input;
    break;
  case TermSource::Rows:
    terms =
        e.scratch(term, (plan.pairsRows() ? plan.blockTiles() * plan.tile.rows
                                          : plan.blockRows) *
                            plan.runSteps() * plan.termsPerStep());
    break;
  case TermSource::Band:
    // The last step may read behind the last run, where weights are zero.
    terms = e.scratch(term, plan.bandStart() +
                                plan.bandLines() * plan.bandStride() +
                                plan.termsPerStep() - 1);
    break;
  }
}

int64_t ContractInput::copyWidth() const {
  return (plan.quads ? 4 : plan.termsPerStep()) * plan.lanes;
}

void ContractInput::copyTerms(Value from, Value to, int64_t count) {
  int64_t width = copyWidth();
  e.chunks(count, width, [&](Value i, int64_t w) {
    Value values = e.load(input, e.add(from, i), w);
    if (plan.inputOffset != 0)
      values =
          e.make<arith::XOrIOp>(values, e.constant(values.getType(), -128));
    else if (plan.integer && !plan.quads)
      values = e.toInt(values, e.i(16));
    e.store(values, terms, e.add(to, i));
  });
}

void ContractInput::fillTerms(Value to, int64_t count) {
  int64_t width = copyWidth();
  // As the byte that has its bits.
  int64_t zero = plan.inputZero;
  if (plan.inputOffset != 0)
    zero += zero < 0 ? 128 : -128;
  e.chunks(count, width, [&](Value i, int64_t w) {
    e.store(e.constant(e.vec(term, w), zero), terms, e.add(to, i));
  });
}

Value ContractInput::inputOffset(Value row) {
  if (plan.isContiguous())
    return e.mul(row, s.inChannels);
  Value x = e.rem(row, s.outWidth), line = e.div(row, s.outWidth);
  Value y = e.rem(line, s.outHeight), image = e.div(line, s.outHeight);
  Value at = e.add(e.mul(image, s.inHeight), e.mul(y, s.strideHeight));
  at = e.add(e.mul(at, s.inWidth), e.mul(x, s.strideWidth));
  return e.mul(at, s.inChannels);
}

void ContractInput::load(Value image, Value firstRow, Value group) {
  if (plan.source == TermSource::Band)
    return loadBand(image, firstRow, group);
  if (plan.source == TermSource::Direct)
    return;
  if (plan.pairsRows())
    return loadPairs(firstRow, group);
  const int64_t stride = plan.runSteps() * plan.termsPerStep();
  if (plan.isContiguous() && plan.groups == 1 && stride == plan.depth)
    return copyTerms(e.mul(firstRow, stride), e.index(0),
                     plan.blockRows * stride);
  e.loop(plan.blockRows, [&](Value r) {
    Value from =
        e.add(inputOffset(e.add(firstRow, r)), e.mul(group, plan.depth));
    Value to = e.mul(r, stride);
    copyTerms(from, to, plan.depth);
    // What fills up the last step meets weights of zero.
    for (int64_t i = plan.depth; i < stride; ++i)
      e.store(e.constant(e.vec(term, 1), 0), terms, e.add(to, i));
  });
}

void ContractInput::loadPairs(Value firstRow, Value group) {
  const int64_t perStep = plan.termsPerStep(), rows = plan.tile.rows;
  const int64_t stride = plan.runSteps() * perStep;
  const int64_t last = plan.blockRows - rows;
  auto copyPair = [&](Value first, Value to) {
    Value from[2];
    for (int64_t r : {0, 1})
      from[r] = e.add(inputOffset(e.add(first, r)), e.mul(group, plan.depth));
    // Where row `r` of the pair has term `i`.
    auto place = [&](Value i, int64_t r) {
      Value step = e.mul(e.div(i, perStep), 2 * perStep);
      return e.add(e.add(to, step), e.add(e.rem(i, perStep), r * perStep));
    };
    e.chunks(plan.depth, 2 * perStep, [&](Value i, int64_t w) {
      Value values[2];
      for (int64_t r : {0, 1})
        values[r] = e.load(input, e.add(from[r], i), w);
      for (int64_t at = 0; at < w; at += perStep) {
        Value step = e.add(i, at);
        if (w < perStep)
          for (int64_t r : {0, 1})
            e.store(values[r], terms, place(step, r));
        else
          e.store(e.concat(e.slice(values[0], at, perStep),
                           e.slice(values[1], at, perStep)),
                  terms, place(step, 0));
      }
    });
    // What fills up the last step meets weights of zero.
    if (plan.depth < stride)
      for (int64_t r : {0, 1})
        e.store(e.constant(e.vec(term, stride - plan.depth), 0), terms,
                place(e.index(plan.depth), r));
  };
  e.loop(plan.blockTiles(), [&](Value t) {
    Value row = e.min(e.mul(t, rows), e.index(last));
    e.loop(rows / 2, [&](Value pair) {
      Value inTile = e.mul(pair, 2);
      copyPair(e.add(firstRow, e.add(row, inTile)),
               e.mul(e.add(e.mul(t, rows), inTile), stride));
    });
  });
}

void ContractInput::loadBand(Value image, Value firstRow, Value group) {
  const int64_t width = plan.bandWidth();
  const int64_t left = std::min(s.padLeft, width);
  const int64_t inside = std::min(s.inWidth, width - left);
  const int64_t channels = plan.groupChannels();
  Value firstLine = e.imageLine(e.div(firstRow, plan.lineRows));
  Value top = e.add(e.mul(firstLine, s.strideHeight), -s.padTop);
  e.loop(plan.bandLines(), [&](Value line) {
    Value to = e.add(e.mul(line, plan.bandStride()), plan.bandStart());
    Value y = e.add(top, line);
    // Unsigned, a line above the image is a great one.
    e.when(
        e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, y,
                              e.index(s.inHeight)),
        [&] {
          Value from = e.mul(e.add(e.mul(image, s.inHeight), y),
                             s.inWidth * s.inChannels);
          from = e.add(from, e.mul(group, channels));
          if (plan.pixels > 1)
            return copyPairs(from, to);
          fillTerms(to, left * channels);
          Value first = e.add(to, left * channels);
          if (plan.groups == 1)
            copyTerms(from, first, inside * channels);
          else
            e.loop(inside, [&](Value x) {
              copyTerms(e.add(from, e.mul(x, s.inChannels)),
                        e.add(first, e.mul(x, channels)), channels);
            });
          fillTerms(e.add(to, (left + inside) * channels),
                    (width - left - inside) * channels);
        },
        [&] { fillTerms(to, width * channels); });
  });
}

void ContractInput::copyPairs(Value from, Value to) {
  // Both pixels see the line from an offset on; the second one further to the
  // right.
  const int64_t size = s.inWidth * s.inChannels;
  const int64_t count = plan.bandWidth() * s.inChannels;
  const int64_t offsets[] = {
      -s.padLeft * s.inChannels,
      (plan.pixelDistance() * s.strideWidth - s.padLeft) * s.inChannels};
  SmallVector<int64_t> ends = {count};
  for (int64_t offset : offsets)
    for (int64_t end : {-offset, size - offset})
      if (end > 0 && end < count)
        ends.push_back(end);
  llvm::sort(ends);
  ends.erase(llvm::unique(ends), ends.end());
  int64_t begin = 0;
  for (int64_t end : ends) {
    Value sides[2];
    for (auto [side, offset] : llvm::zip_equal(sides, offsets))
      if (begin + offset >= 0 && begin + offset < size)
        side = e.add(from, begin + offset);
    copyPairs(sides[0], sides[1], e.add(to, begin), end - begin);
    begin = end;
  }
}

void ContractInput::copyPairs(Value first, Value second, Value to,
                              int64_t count) {
  e.chunks(count, plan.lanes, [&](Value i, int64_t w) {
    SmallVector<int64_t> order;
    for (int64_t at = 0; at < w; ++at)
      order.append({at, w + at});
    auto side = [&](Value start) -> Value {
      return start ? e.load(input, e.add(start, i), w)
                   : e.constant(e.vec(e.f32(), w), 0);
    };
    Value pairs = e.make<vector::ShuffleOp>(side(first), side(second), order);
    e.store(e.make<vector::BitCastOp>(e.vec(term, w), pairs), terms,
            e.add(to, i));
  });
}

SmallVector<Value> ContractInput::rowStarts(Value firstRow, Value row,
                                            Value group, int64_t count) {
  SmallVector<Value> starts;
  if (plan.source == TermSource::Rows) {
    const int64_t stride = plan.runSteps() * plan.termsPerStep();
    if (plan.pairsRows() && plan.blockRows % count != 0)
      row = e.mul(e.div(e.add(row, count - 1), count), count);
    for (int64_t r = 0; r < count; ++r)
      starts.push_back(e.mul(e.add(row, r), stride));
    return starts;
  }
  if (plan.source == TermSource::Direct) {
    Value channel = e.mul(group, plan.depth);
    for (int64_t r = 0; r < count; ++r)
      starts.push_back(
          e.add(inputOffset(e.add(e.add(firstRow, row), r)), channel));
    return starts;
  }
  // A step to the right, or from the end of a line to the start of the next.
  const int64_t pixel = s.strideWidth * plan.groupChannels();
  const int64_t line = s.strideHeight * plan.bandStride();
  Value x = e.rem(row, plan.lineRows);
  Value at =
      e.add(e.add(e.mul(e.div(row, plan.lineRows), line), e.mul(x, pixel)),
            plan.bandStart());
  if (plan.endsWithLines(count)) {
    for (int64_t r = 0; r < count; ++r)
      starts.push_back(e.add(at, r * pixel));
    return starts;
  }
  for (int64_t r = 0; r < count; ++r) {
    starts.push_back(at);
    if (plan.lineRows == 1) {
      at = e.add(at, line);
      continue;
    }
    Value next = e.add(x, 1);
    Value ends = e.make<arith::CmpIOp>(arith::CmpIPredicate::eq, next,
                                       e.index(plan.lineRows));
    x = e.select(ends, e.index(0), next);
    at = e.add(at, e.select(ends, e.index(line - (plan.lineRows - 1) * pixel),
                            e.index(pixel)));
  }
  return starts;
}

Value ContractInput::loadPair(Value first, Value second, Value run,
                              Value step) const {
  const int64_t count = plan.termsPerStep();
  if (plan.pairsRows())
    return e.load(terms, e.add(first, e.mul(step, 2 * count)), 2 * count);
  Value at = e.add(runOffset(run), e.mul(step, count));
  return e.concat(e.load(terms, e.add(first, at), count),
                  e.load(terms, e.add(second, at), count));
}

Value ContractInput::runOffset(Value run) const {
  if (plan.runs == 1)
    return e.index(0);
  const int64_t line = s.dilationHeight * plan.bandStride();
  if (plan.runs == s.kernelHeight)
    return e.mul(run, line);
  Value ky = e.div(run, s.kernelWidth), kx = e.rem(run, s.kernelWidth);
  return e.add(e.mul(ky, line),
               e.mul(kx, s.dilationWidth * plan.groupChannels()));
}

} // namespace pare::cpu
