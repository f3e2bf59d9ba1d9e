//===- OrderedContract.cpp - Contractions with ordered terms --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of rows is copied, made unsigned; then, for each panel of columns, a
// tile of rows after the other is put into the panel's order and multiplied.
// The shuffles of a tile overlap with the multiplications of the one before.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "Sum.h"
#include "TermOrder.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class OrderedLoops {
public:
  OrderedLoops(Layer &e, kernel::ContractOp op, const OrderedPlan &plan,
               ArrayRef<StringRef> packed, const Residual *residual)
      : e(e), plan(plan), input(e.buffer(op.getInput())),
        output(e.buffer(op.getOutput())), filter(e.global(packed[0])),
        bias(e.global(packed[1])), order(e.global(packed[2])),
        residual(residual),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 plan.channelOrder()) {
    if (plan.extraSteps > 0)
      extra = e.global(packed[3]);
    // Runs are gathered in vectors, which may be longer.
    const int64_t slack = plan.isWindow() ? 4 * plan.lanes : 0;
    rows = e.scratch(e.i(8), plan.blockRows * plan.rowBytes() + slack);
    if (plan.isWindow())
      band = e.scratch(
          e.i(8),
          plan.bandLines() * plan.bandWidth() * plan.shape.inChannels + slack);
    const int64_t bytes = plan.tileRows * plan.orderedBytes();
    const int64_t at = e.scratchBytes();
    ordered = e.scratch(e.i(8), bytes);
    orderedWords = e.scratchAt(e.i(32), bytes / 4, at);
  }

  void build();

private:
  using Sums = SmallVector<Value>;

  void copyRows(Value firstRow);
  void copyTerms(Value from, Value buffer, Value to, int64_t count);
  void fillTerms(Value to, int64_t count);
  void loadBand(Value image, Value firstLine);
  void gatherRows();
  void buildBlock(Value block, Range panels);
  void orderRows(Value panel, Value row);
  void orderExtra(Value panel, Value row, Value count);
  Sums multiply(Value panel, Value low, Value high, ValueRange sums);
  void finish(ArrayRef<Value> sums, Value panel, Value firstRow, int64_t valid);
  void store(Value stored, ArrayRef<int64_t> rows, Value panel, Value firstRow,
             int64_t valid);

  Layer &e;
  const OrderedPlan &plan;
  Value input, output, filter, bias, order, extra;
  /// Lines of the image, rows of a block as they come, and those of a tile in
  /// order.
  Value band, rows, ordered, orderedWords;
  const Residual *residual;
  Epilogue epilogue;
};

void OrderedLoops::build() {
  const int64_t images = plan.isWindow() ? plan.shape.batch : 1;
  e.parallelBlocks(images * plan.numBlocks(), plan.numPanels(),
                   [&](Value block, Range part) { buildBlock(block, part); });
}

void OrderedLoops::copyTerms(Value from, Value buffer, Value to,
                             int64_t count) {
  e.chunks(count, 4 * plan.lanes, [&](Value i, int64_t width) {
    Value bytes = e.load(input, e.add(from, i), width);
    bytes = e.make<arith::XOrIOp>(bytes, e.constant(bytes.getType(), -128));
    e.store(bytes, buffer, e.add(to, i));
  });
}

void OrderedLoops::fillTerms(Value to, int64_t count) {
  // The byte that has the bits of the zero point and 128.
  const int64_t zero = plan.inputZero + (plan.inputZero < 0 ? 128 : -128);
  e.chunks(count, 4 * plan.lanes, [&](Value i, int64_t width) {
    e.store(e.constant(e.vec(e.i(8), width), zero), band, e.add(to, i));
  });
}

void OrderedLoops::loadBand(Value image, Value firstLine) {
  const ConvShape &s = plan.shape;
  const int64_t width = plan.bandWidth(), channels = s.inChannels;
  const int64_t left = std::min(s.padLeft, width);
  const int64_t inside = std::min(s.inWidth, width - left);
  Value top = e.add(e.mul(firstLine, s.strideHeight), -s.padTop);
  e.loop(plan.bandLines(), [&](Value line) {
    Value to = e.mul(line, width * channels), y = e.add(top, line);
    // Unsigned, a line above the image is a great one.
    e.when(
        e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, y,
                              e.index(s.inHeight)),
        [&] {
          Value from =
              e.mul(e.add(e.mul(image, s.inHeight), y), s.inWidth * channels);
          fillTerms(to, left * channels);
          copyTerms(from, band, e.add(to, left * channels), inside * channels);
          fillTerms(e.add(to, (left + inside) * channels),
                    (width - left - inside) * channels);
        },
        [&] { fillTerms(to, width * channels); });
  });
}

void OrderedLoops::gatherRows() {
  const ConvShape &s = plan.shape;
  const int64_t channels = s.inChannels;
  auto gatherRun = [&](Value from, Value to) {
    // What a vector has too much is written over by the next run.
    for (int64_t done = 0; done < plan.runTerms();) {
      int64_t left = plan.runTerms() - done;
      int64_t width =
          std::min<int64_t>(4 * plan.lanes, llvm::PowerOf2Ceil(left));
      e.store(e.load(band, e.add(from, done), width), rows, e.add(to, done));
      done += width;
    }
  };
  e.loop(plan.blockRows / s.outWidth, [&](Value line) {
    e.loop(s.outWidth, [&](Value x) {
      Value pixel =
          e.add(e.mul(line, s.strideHeight * plan.bandWidth() * channels),
                e.mul(x, s.strideWidth * channels));
      Value row = e.mul(e.add(e.mul(line, s.outWidth), x), plan.rowBytes());
      e.loop(s.kernelHeight, [&](Value ky) {
        Value tap = e.add(
            pixel, e.mul(ky, s.dilationHeight * plan.bandWidth() * channels));
        const int64_t perLine = plan.runs() / s.kernelHeight;
        for (int64_t kx = 0; kx < perLine; ++kx)
          gatherRun(e.add(tap, kx * s.dilationWidth * channels),
                    e.add(row, e.mul(e.add(e.mul(ky, perLine), kx),
                                     plan.runTerms())));
      });
    });
  });
}

void OrderedLoops::copyRows(Value firstRow) {
  const ConvShape &s = plan.shape;
  const bool contiguous = s.strideHeight == 1 && s.strideWidth == 1 &&
                          s.outHeight == s.inHeight && s.outWidth == s.inWidth;
  if (contiguous && plan.depth == plan.rowBytes())
    return copyTerms(e.mul(firstRow, plan.depth), rows, e.index(0),
                     plan.blockRows * plan.depth);
  e.loop(plan.blockRows, [&](Value r) {
    Value row = e.add(firstRow, r), pixel = row;
    if (!contiguous) {
      Value x = e.rem(row, s.outWidth), line = e.div(row, s.outWidth);
      Value y = e.rem(line, s.outHeight), image = e.div(line, s.outHeight);
      pixel = e.add(e.mul(image, s.inHeight), e.mul(y, s.strideHeight));
      pixel = e.add(e.mul(pixel, s.inWidth), e.mul(x, s.strideWidth));
    }
    copyTerms(e.mul(pixel, plan.depth), rows, e.mul(r, plan.rowBytes()),
              plan.depth);
  });
}

void OrderedLoops::buildBlock(Value block, Range panels) {
  const ConvShape &s = plan.shape;
  const int64_t rowsOfImage = s.outHeight * s.outWidth;
  const int64_t all = plan.isWindow() ? rowsOfImage : plan.rows;
  Value image = e.div(block, plan.numBlocks());
  Value firstRow = e.mul(e.rem(block, plan.numBlocks()), plan.blockRows);
  if (all % plan.blockRows != 0)
    firstRow = e.min(firstRow, e.index(all - plan.blockRows));
  if (plan.isWindow()) {
    loadBand(image, e.div(firstRow, s.outWidth));
    gatherRows();
    firstRow = e.add(firstRow, e.mul(image, rowsOfImage));
  } else {
    copyRows(firstRow);
  }
  auto onePanel = [&](Value panel, int64_t valid) {
    Sums start;
    for (int64_t r = 0; r < plan.tileRows; ++r)
      for (int64_t v = 0; v < plan.vectors; ++v)
        start.push_back(r > 0 ? start[v]
                              : e.load(bias,
                                       e.add(e.mul(panel, plan.panelWidth()),
                                             v * plan.lanes),
                                       plan.lanes));
    Value count;
    if (extra)
      count = e.make<arith::IndexCastOp>(
          e.b.getIndexType(),
          e.loadScalar(extra, e.mul(panel, plan.extraNumbers())));
    e.loop(plan.blockTiles(), [&](Value t) {
      Value row = e.mul(t, plan.tileRows);
      if (plan.blockRows % plan.tileRows != 0)
        row = e.min(row, e.index(plan.blockRows - plan.tileRows));
      orderRows(panel, row);
      Sums sums =
          multiply(panel, e.index(0), e.index(plan.blockSteps()), start);
      if (extra) {
        orderExtra(panel, row, count);
        sums = multiply(panel, e.index(plan.blockSteps()),
                        e.add(count, plan.blockSteps()), sums);
      }
      finish(sums, panel, e.add(firstRow, row), valid);
    });
  };
  // The last panel may have places without a column.
  const int64_t full = plan.columns / plan.panelWidth();
  e.loop(panels.low, e.min(panels.high, e.index(full)),
         [&](Value panel) { onePanel(panel, plan.panelWidth()); });
  if (full < plan.numPanels())
    e.loop(e.max(panels.low, e.index(full)), panels.high, [&](Value panel) {
      onePanel(panel, plan.columns - full * plan.panelWidth());
    });
}

void OrderedLoops::orderRows(Value panel, Value row) {
  e.chunks(plan.rowBytes(), 4 * plan.lanes, [&](Value i, int64_t width) {
    Value places =
        e.load(order, e.add(e.mul(panel, plan.rowBytes()), i), width);
    for (int64_t r = 0; r < plan.tileRows; ++r) {
      Value from = e.add(e.mul(e.add(row, r), plan.rowBytes()), i);
      e.store(e.micro.shuffleBlocks(e, e.load(rows, from, width), places),
              ordered, e.add(i, r * plan.orderedBytes()));
    }
  });
}

void OrderedLoops::orderExtra(Value panel, Value row, Value count) {
  Value numbers = e.add(e.mul(panel, plan.extraNumbers()), 1);
  e.loop(e.index(0), count, [&](Value step) {
    std::array<Value, 2> places;
    for (int64_t i : {0, 1})
      places[i] = e.make<arith::IndexCastOp>(
          e.b.getIndexType(),
          e.loadScalar(extra, e.add(numbers, e.add(e.mul(step, 2), i))));
    for (int64_t r = 0; r < plan.tileRows; ++r) {
      Value from = e.mul(e.add(row, r), plan.rowBytes());
      auto term = [&](int64_t i) {
        return e.toInt(e.loadScalar(rows, e.add(from, places[i])), e.i(32),
                       /*isUnsigned=*/true);
      };
      // The two neighbours have weights of 0.
      Value second = e.make<arith::ShLIOp>(term(1), e.constant(e.i(32), 16));
      e.storeScalar(
          e.make<arith::OrIOp>(term(0), second), orderedWords,
          e.add(step, r * plan.orderedBytes() / 4 + plan.blockSteps()));
    }
  });
}

OrderedLoops::Sums OrderedLoops::multiply(Value panel, Value low, Value high,
                                          ValueRange sums) {
  const int64_t perVector = plan.lanes * OrderedPlan::kStep;
  const int64_t stepSize = plan.vectors * perVector;
  Value first = e.mul(panel, plan.steps() * stepSize);
  return e.carry(low, high, 1, sums, [&](Value step, ValueRange sums) {
    Value at = e.add(first, e.mul(step, stepSize));
    Sums weights, next;
    for (int64_t v = 0; v < plan.vectors; ++v)
      weights.push_back(e.load(filter, e.add(at, v * perVector), perVector));
    for (int64_t r = 0; r < plan.tileRows; ++r) {
      Value word = e.splatLoad(
          orderedWords, e.add(step, r * plan.orderedBytes() / 4), plan.lanes);
      Value terms =
          vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(8), perVector), word);
      for (int64_t v = 0; v < plan.vectors; ++v)
        next.push_back(e.micro.dotSmallQuads(e, terms, weights[v],
                                             sums[r * plan.vectors + v]));
    }
    return next;
  });
}

void OrderedLoops::store(Value stored, ArrayRef<int64_t> rows, Value panel,
                         Value firstRow, int64_t valid) {
  const int64_t width = plan.panelWidth();
  SmallVector<Value> places;
  for (int64_t row : rows)
    places.push_back(
        e.add(e.mul(e.add(firstRow, row), plan.columns), e.mul(panel, width)));
  for (auto [i, place] : llvm::enumerate(places)) {
    Value row = e.slice(stored, i * width, width);
    if (residual)
      row = residual->addTo(e, row, valid, place);
    e.storePart(row, valid, output, place);
  }
}

void OrderedLoops::finish(ArrayRef<Value> sums, Value panel, Value firstRow,
                          int64_t valid) {
  const int64_t rows = plan.tileRows;
  Value place = e.mul(panel, plan.panelWidth());
  auto rowOf = [&](int64_t r) {
    // Rows behind the last are packed but not stored.
    return sums.slice(std::min(r, rows - 1) * plan.vectors, plan.vectors);
  };
  if (!epilogue.packsRows()) {
    for (int64_t r = 0; r < rows; ++r) {
      Value all = rowOf(r)[0];
      if (plan.vectors == 2)
        all = e.concat(all, rowOf(r)[1]);
      all = epilogue.apply(all, place);
      if (plan.vectors == 2)
        all = MicroKernel::inColumnOrder(e, all);
      store(all, r, panel, firstRow, valid);
    }
    return;
  }
  const int64_t together = 4 / plan.vectors;
  for (int64_t first = 0; first < rows; first += together) {
    SmallVector<int64_t> stored;
    for (int64_t r = first; r < std::min(first + together, rows); ++r)
      stored.push_back(r);
    Value bytes;
    if (plan.vectors == 2) {
      bytes = epilogue.applyToRows(rowOf(first), rowOf(first + 1), place);
    } else {
      SmallVector<Value> four;
      for (int64_t r = first; r < first + together; ++r)
        four.push_back(rowOf(r)[0]);
      bytes = epilogue.applyToFour(four, place);
    }
    store(bytes, stored, panel, firstRow, valid);
  }
}

} // namespace

void lowerOrderedContract(Layer &e, kernel::ContractOp op,
                          const OrderedPlan &plan, ArrayRef<StringRef> packed,
                          const Residual *residual) {
  OrderedLoops(e, op, plan, packed, residual).build();
}

} // namespace pare::cpu
