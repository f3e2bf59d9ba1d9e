//===- OrderedContract.cpp - Contractions with ordered terms --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of rows is copied, made unsigned; then, for each panel of columns, a
// tile of rows after the other is multiplied by groups of steps, and put into
// the panel's order before if the plan says so. The shuffles of a tile overlap
// with the multiplications of the one before.
//
//===----------------------------------------------------------------------===//

#include "Contract/Sum.h"
#include "Contract/TermOrder.h"
#include "Emit/Lowering.h"

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
        bias(e.global(packed[1])), table(e.global(packed[2])),
        residual(residual),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 plan.channelOrder()) {
    // Runs are gathered in vectors, which may be longer.
    const int64_t slack = plan.isWindow() ? kVector : 0;
    rows = e.scratch(e.i(8), plan.blockRows * plan.rowBytes() + slack);
    if (plan.isWindow())
      band = e.scratch(
          e.i(8),
          plan.bandLines() * plan.bandWidth() * plan.shape.inChannels + slack);
    if (!plan.shuffles)
      return;
    order = e.global(packed[3]);
    ordered = e.scratch(e.i(8), plan.tileRows * plan.orderedBytes());
  }

  void build();

private:
  /// Bytes of a vector.
  static constexpr int64_t kVector = TermStep::kTerms * TermStep::kColumns;
  using Sums = SmallVector<Value>;
  /// Rows of a tile: the first byte of the first one, and from row to row.
  struct TileRows {
    Value buffer, first;
    int64_t stride;
  };

  void copyRows(Value firstRow);
  void copyTerms(Value from, Value buffer, Value to, int64_t count);
  void fillTerms(Value to, int64_t count);
  void loadBand(Value image, Value firstLine);
  void gatherRows();
  void buildBlock(Value block, Range panels);
  void orderRows(Value panel, Value row);
  Value tableEntry(Value panel, Value number);
  Value broadcastTerms(const TileRows &from, Value place, int64_t row);
  Sums multiply(Value panel, Value row, ValueRange sums);
  /// The groups of `depth` steps from step `low` to before `high`.
  Sums multiplyGroups(Value panel, const TileRows &from, int64_t depth,
                      Value low, Value high, ValueRange sums);
  void finish(ArrayRef<Value> sums, Value panel, Value firstRow, int64_t valid);
  /// The first column of a row in the panel.
  Value placeOf(Value firstRow, int64_t row, Value panel);
  void store(Value stored, ArrayRef<int64_t> rows, Value panel, Value firstRow,
             int64_t valid);
  /// `finish` where bytes of a residual are added in registers.
  void finishSums(ArrayRef<Value> sums, Value panel, Value firstRow,
                  int64_t valid);

  Layer &e;
  const OrderedPlan &plan;
  Value input, output, filter, bias, table, order;
  /// Lines of the image, rows of a block as they come, and those of a tile in
  /// order.
  Value band, rows, ordered;
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
  e.chunks(count, kVector, [&](Value i, int64_t width) {
    Value bytes = e.load(input, e.add(from, i), width);
    bytes = e.make<arith::XOrIOp>(bytes, e.constant(bytes.getType(), -128));
    e.store(bytes, buffer, e.add(to, i));
  });
}

void OrderedLoops::fillTerms(Value to, int64_t count) {
  // The byte that has the bits of the zero point and 128.
  const int64_t zero = plan.inputZero + (plan.inputZero < 0 ? 128 : -128);
  e.chunks(count, kVector, [&](Value i, int64_t width) {
    e.store(e.constant(e.vec(e.i(8), width), zero), band, e.add(to, i));
  });
}

void OrderedLoops::loadBand(Value image, Value firstLine) {
  const ConvShape &s = plan.shape;
  const int64_t width = plan.bandWidth(), channels = s.inChannels;
  const int64_t left = std::min(s.padLeft, width);
  const int64_t inside = std::min(s.inWidth, width - left);
  Value top = e.add(e.mul(e.imageLine(firstLine), s.strideHeight), -s.padTop);
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
      int64_t width = std::min<int64_t>(kVector, llvm::PowerOf2Ceil(left));
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
    Value start =
        e.load(bias, e.mul(panel, plan.panelWidth()), plan.panelWidth());
    e.loop(plan.blockTiles(), [&](Value t) {
      Value row = e.mul(t, plan.tileRows);
      if (plan.blockRows % plan.tileRows != 0)
        row = e.min(row, e.index(plan.blockRows - plan.tileRows));
      if (plan.shuffles)
        orderRows(panel, row);
      Sums sums = multiply(panel, row, Sums(plan.tileRows, start));
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
  Value first = e.mul(panel, 2 * plan.rowBytes());
  e.chunks(plan.rowBytes(), kVector, [&](Value i, int64_t width) {
    Value places = e.load(order, e.add(first, i), width);
    Value inverted =
        e.load(order, e.add(e.add(first, plan.rowBytes()), i), width);
    for (int64_t r = 0; r < plan.tileRows; ++r) {
      Value from = e.add(e.mul(e.add(row, r), plan.rowBytes()), i);
      Value bytes = e.micro.shuffleBlocks(e, e.load(rows, from, width), places);
      e.store(e.make<arith::XOrIOp>(bytes, inverted), ordered,
              e.add(i, r * plan.orderedBytes()));
    }
  });
}

Value OrderedLoops::tableEntry(Value panel, Value number) {
  Value at = e.add(e.mul(panel, plan.tableNumbers()), number);
  return e.make<arith::IndexCastUIOp>(e.b.getIndexType(),
                                      e.loadScalar(table, at));
}

Value OrderedLoops::broadcastTerms(const TileRows &from, Value place,
                                   int64_t row) {
  Value at = e.add(e.add(from.first, place), row * from.stride);
  Value word =
      vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1),
                                e.load(from.buffer, at, OrderedPlan::kStep));
  Value all = e.broadcast(
      vector::ExtractOp::create(e.b, e.loc, word, ArrayRef<int64_t>{0}),
      plan.panelWidth());
  return vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(8), kVector), all);
}

OrderedLoops::Sums OrderedLoops::multiplyGroups(Value panel,
                                                const TileRows &from,
                                                int64_t depth, Value low,
                                                Value high, ValueRange sums) {
  return e.carry(low, high, depth, sums, [&](Value first, ValueRange sums) {
    Value at = e.mul(e.add(e.mul(panel, plan.steps), first), kVector);
    Sums places, weights, next;
    for (int64_t i = 0; i < depth; ++i) {
      places.push_back(
          tableEntry(panel, e.add(first, OrderedPlan::kCounts + i)));
      weights.push_back(e.load(filter, e.add(at, i * kVector), kVector));
    }
    for (auto [row, sum] : llvm::enumerate(sums)) {
      Sums terms;
      for (Value place : places)
        terms.push_back(broadcastTerms(from, place, int64_t(row)));
      next.push_back(e.micro.dotSmallGroup(e, terms, weights, sum));
    }
    return next;
  });
}

OrderedLoops::Sums OrderedLoops::multiply(Value panel, Value row,
                                          ValueRange start) {
  const TileRows plain = {rows, e.mul(row, plan.rowBytes()), plan.rowBytes()};
  const TileRows shuffled = {ordered, e.index(0), plan.orderedBytes()};
  Sums sums(start);
  Value low = e.index(0);
  auto multiplyAll = [&](const TileRows &from, int64_t depth, int64_t number) {
    Value count = tableEntry(panel, e.index(number));
    Value high = e.add(low, e.mul(count, depth));
    sums = multiplyGroups(panel, from, depth, low, high, sums);
    low = high;
  };
  for (int64_t depth = TermGroups::kMostDepth; depth > 0; --depth)
    if (plan.hasDepth(depth))
      multiplyAll(plan.shuffles ? shuffled : plain, depth, depth - 1);
  if (plan.hasExtraSteps())
    multiplyAll(plain, 1, OrderedPlan::kCounts - 1);
  return sums;
}

Value OrderedLoops::placeOf(Value firstRow, int64_t row, Value panel) {
  return e.add(e.mul(e.add(firstRow, row), plan.columns),
               e.mul(panel, plan.panelWidth()));
}

void OrderedLoops::store(Value stored, ArrayRef<int64_t> rows, Value panel,
                         Value firstRow, int64_t valid) {
  const int64_t width = plan.panelWidth();
  SmallVector<Value> places;
  for (int64_t row : rows)
    places.push_back(placeOf(firstRow, row, panel));
  if (residual)
    stored = residual->addTo(e, stored, valid, places);
  for (auto [i, place] : llvm::enumerate(places))
    e.storePart(e.slice(stored, i * width, width), valid, output, place);
}

void OrderedLoops::finishSums(ArrayRef<Value> sums, Value panel, Value firstRow,
                              int64_t valid) {
  const int64_t rows = plan.tileRows, width = plan.panelWidth();
  auto [low, high] = residual->sum.bounds();
  Value channel = e.mul(panel, width);
  for (int64_t first = 0; first < rows; first += 4) {
    const int64_t count = std::min<int64_t>(4, rows - first);
    SmallVector<Value> rounded;
    for (int64_t row = first; row < first + count; ++row) {
      Value added = e.loadPart(residual->buffer, placeOf(firstRow, row, panel),
                               valid, width);
      rounded.push_back(e.micro.roundToInt(
          e, residual->sum.addToFloats(
                 epilogue.applyAsFloats(sums[row], channel), added)));
    }
    rounded.resize(4, rounded.back());
    Value packed = e.micro.packInOrder(e, rounded, /*zeroPoint=*/0, low, high);
    for (int64_t i = 0; i < count; ++i)
      e.storePart(e.slice(packed, i * width, width), valid, output,
                  placeOf(firstRow, first + i, panel));
  }
}

void OrderedLoops::finish(ArrayRef<Value> sums, Value panel, Value firstRow,
                          int64_t valid) {
  if (residual && residual->sum.takesFloats())
    return finishSums(sums, panel, firstRow, valid);
  const int64_t rows = plan.tileRows;
  Value place = e.mul(panel, plan.panelWidth());
  if (!epilogue.packsRows()) {
    for (int64_t r = 0; r < rows; ++r)
      store(epilogue.apply(sums[r], place), r, panel, firstRow, valid);
    return;
  }
  for (int64_t first = 0; first < rows; first += 4) {
    SmallVector<int64_t> stored;
    SmallVector<Value> four;
    for (int64_t r = first; r < first + 4; ++r) {
      // The last row is packed again, and stored at its place, for those behind
      // it.
      stored.push_back(std::min(r, rows - 1));
      four.push_back(sums[stored.back()]);
    }
    store(epilogue.applyToFour(four, place), stored, panel, firstRow, valid);
  }
}

} // namespace

void lowerOrderedContract(Layer &e, kernel::ContractOp op,
                          const OrderedPlan &plan, ArrayRef<StringRef> packed,
                          const Residual *residual) {
  OrderedLoops(e, op, plan, packed, residual).build();
}

} // namespace pare::cpu
