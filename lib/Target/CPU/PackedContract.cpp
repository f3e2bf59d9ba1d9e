//===- PackedContract.cpp - Contractions by register tiles ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Output pixels are taken `tileRows` at a time. The windows of a tile of pixels
// are gathered into a scratch of that many rows (8-bit values widened to 16),
// which stays in the L1 cache while all panels of weights pass by. f32 windows
// of one tap are read where they are. The last tile overlaps the one before:
// pixels computed twice cost less than a second kernel of another size.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "Requantize.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class TileBuilder {
public:
  TileBuilder(Layer &e, const ContractPlan &plan, kernel::EpilogueAttr epilogue,
              Value input, Value output, StringRef filterName,
              StringRef biasName)
      : e(e), plan(plan), s(plan.shape), input(e.buffer(input)),
        output(e.buffer(output)), filter(e.global(filterName)),
        bias(e.global(biasName)),
        epilogue(e, epilogue, Layer::element(output), plan.channelOrder()) {}

  void build();

private:
  /// Flat offset of the window of output pixel `row` (its first channel), and
  /// for windows of several taps the coordinates of its corner.
  struct Window {
    Value image, y, x;
  };
  Window windowOf(Value row);

  void buildDirect(Value group);
  void buildGathered(Value group);
  void gather(Value firstRow, Value group);
  void gatherRow(Value row, Value to, Value group);
  void copyTerms(Value from, Value to, int64_t count);
  void fillTerms(Value to, int64_t count);
  void panels(Value firstRow, ArrayRef<Value> rowStarts, Value lhs,
              Value group);
  void tile(Value firstRow, ArrayRef<Value> rowStarts, Value lhs, Value panel,
            Value column, int64_t vectors, int64_t validColumns, Value group);
  /// The terms of gathered rows.
  Type termType() {
    return plan.quads ? e.i(8) : plan.integer ? e.i(16) : e.f32();
  }
  Value step(Value x, Value weights, Value sum) {
    if (plan.quads)
      return e.micro.dotQuads(e, x, weights, sum);
    return plan.integer ? e.micro.dotPairs(e, x, weights, sum)
                        : e.micro.multiplyAdd(e, x, weights, sum);
  }
  int64_t numTiles() const {
    return (plan.rows + plan.tileRows - 1) / plan.tileRows;
  }
  /// First row of tile `t`; the last is moved back so that it fits.
  Value firstRowOf(Value t) {
    Value row = e.mul(t, plan.tileRows);
    if (plan.rows % plan.tileRows == 0)
      return row;
    return e.min(row, e.index(plan.rows - plan.tileRows));
  }

  Layer &e;
  const ContractPlan &plan;
  const ConvShape &s;
  Value input, output, filter, bias;
  Epilogue epilogue;
  /// The gathered rows, as they are written and as the inner loop reads them.
  Value rowsWritten, rowsRead;
};

TileBuilder::Window TileBuilder::windowOf(Value row) {
  // With one pixel a row, or rows that follow each other, no division is left.
  Value x = e.rem(row, s.outWidth);
  Value rest = e.div(row, s.outWidth);
  Value y = e.rem(rest, s.outHeight);
  Value image = e.div(rest, s.outHeight);
  return {e.mul(image, s.inHeight * s.inWidth * s.inChannels),
          e.add(e.mul(y, s.strideHeight), -s.padTop),
          e.add(e.mul(x, s.strideWidth), -s.padLeft)};
}

void TileBuilder::build() {
  bool direct = !plan.integer && s.isPointwise();
  if (!direct) {
    int64_t terms = plan.paddedDepth() * plan.tileRows;
    if (plan.integer) {
      rowsWritten = e.scratch(termType(), terms);
      rowsRead = e.scratchAt(e.i(32), terms / plan.termsPerStep(), 0);
    } else {
      rowsWritten = rowsRead = e.scratch(e.f32(), terms);
    }
  }
  e.loop(plan.groups, [&](Value group) {
    if (direct)
      buildDirect(group);
    else
      buildGathered(group);
  });
}

void TileBuilder::buildDirect(Value group) {
  // Blocks of rows that fill half of the L2 cache are swept once a panel, so
  // that a panel is read from the L1 cache.
  int64_t rowBytes = plan.depth * 4 * plan.tileRows;
  int64_t blockTiles = std::max<int64_t>(1, e.target.l2Bytes / 2 /
                                                std::max<int64_t>(1, rowBytes));
  int64_t tiles = numTiles();
  int64_t pixel = s.inChannels;
  bool contiguous = s.strideHeight == 1 && s.strideWidth == 1 &&
                    s.outHeight == s.inHeight && s.outWidth == s.inWidth;

  auto oneTile = [&](Value t, Value panel, Value column, int64_t vectors,
                     int64_t valid) {
    Value first = firstRowOf(t);
    Value channel = e.mul(group, plan.depth);
    SmallVector<Value> starts;
    for (int64_t r = 0; r < plan.tileRows; ++r) {
      Value row = e.add(first, r);
      if (contiguous) {
        starts.push_back(e.add(e.mul(row, pixel), channel));
        continue;
      }
      Window window = windowOf(row);
      Value at = e.add(e.mul(window.y, s.inWidth), window.x);
      starts.push_back(e.add(e.add(window.image, e.mul(at, pixel)), channel));
    }
    tile(first, starts, input, panel, column, vectors, valid, group);
  };
  auto sweep = [&](Value from, Value to) {
    Value base = e.mul(group, plan.groupSize());
    e.loop(plan.fullPanels(), [&](Value p) {
      Value panel = e.add(base, e.mul(p, plan.panelWidth() * plan.steps()));
      Value column = e.mul(p, plan.panelWidth());
      e.loop(from, to, [&](Value t) {
        oneTile(t, panel, column, plan.tileVectors, plan.panelWidth());
      });
    });
    if (plan.tailVectors() == 0)
      return;
    int64_t done = plan.fullPanels() * plan.panelWidth();
    e.loop(from, to, [&](Value t) {
      oneTile(t, e.add(base, done * plan.steps()), e.index(done),
              plan.tailVectors(), plan.columns - done);
    });
  };
  e.loop(0, tiles, blockTiles, [&](Value from) {
    sweep(from, e.min(e.add(from, blockTiles), e.index(tiles)));
  });
}

void TileBuilder::buildGathered(Value group) {
  e.loop(numTiles(), [&](Value t) {
    Value first = firstRowOf(t);
    gather(first, group);
    SmallVector<Value> starts;
    for (int64_t r = 0; r < plan.tileRows; ++r)
      starts.push_back(e.index(r * plan.steps()));
    Value base = e.mul(group, plan.groupSize());
    int64_t stepSize = plan.termsPerStep();
    e.loop(plan.fullPanels(), [&](Value p) {
      tile(first, starts, rowsRead,
           e.add(base, e.mul(p, plan.panelWidth() * plan.steps() * stepSize)),
           e.mul(p, plan.panelWidth()), plan.tileVectors, plan.panelWidth(),
           group);
    });
    if (plan.tailVectors() == 0)
      return;
    int64_t done = plan.fullPanels() * plan.panelWidth();
    tile(first, starts, rowsRead, e.add(base, done * plan.steps() * stepSize),
         e.index(done), plan.tailVectors(), plan.columns - done, group);
  });
}

//===----------------------------------------------------------------------===//
// Gathering windows
//===----------------------------------------------------------------------===//

void TileBuilder::gather(Value firstRow, Value group) {
  int64_t stride = plan.paddedDepth();
  e.loop(plan.tileRows, [&](Value r) {
    Value to = e.mul(r, stride);
    gatherRow(e.add(firstRow, r), to, group);
    // What pads the last step meets weights of zero, but must not be undefined.
    for (int64_t i = plan.depth; i < stride; ++i)
      e.store(e.constant(e.vec(termType(), 1), 0), rowsWritten, e.add(to, i));
  });
}

void TileBuilder::copyTerms(Value from, Value to, int64_t count) {
  int64_t width = plan.termsPerStep() * plan.lanes;
  e.chunks(count, width, [&](Value i, int64_t w) {
    Value values = e.load(input, e.add(from, i), w);
    if (plan.inputOffset != 0)
      values =
          e.make<arith::XOrIOp>(values, e.constant(values.getType(), -128));
    else if (plan.integer && !plan.quads)
      values = e.toInt(values, e.i(16));
    e.store(values, rowsWritten, e.add(to, i));
  });
}

void TileBuilder::fillTerms(Value to, int64_t count) {
  int64_t width = plan.termsPerStep() * plan.lanes;
  // As the byte that has its bits.
  int64_t zero = plan.inputZero;
  if (plan.inputOffset != 0)
    zero += zero < 0 ? 128 : -128;
  e.chunks(count, width, [&](Value i, int64_t w) {
    e.store(e.constant(e.vec(termType(), w), zero), rowsWritten, e.add(to, i));
  });
}

void TileBuilder::gatherRow(Value row, Value to, Value group) {
  int64_t perTap = plan.depth / (s.kernelHeight * s.kernelWidth);
  Window window = windowOf(row);
  Value origin = e.add(window.image, e.mul(group, perTap));
  auto offset = [&](Value y, Value x) {
    return e.add(origin, e.mul(e.add(e.mul(y, s.inWidth), x), s.inChannels));
  };
  auto inside = [&](Value v, int64_t size) {
    return e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, v, e.index(size));
  };
  if (s.isPointwise()) {
    copyTerms(offset(window.y, window.x), to, plan.depth);
    return;
  }

  // A row of taps is one run of memory if channels are not split and columns
  // not dilated.
  bool runs = (s.dilationWidth == 1 || s.kernelWidth == 1) && plan.groups == 1;
  int64_t lastX = (s.kernelWidth - 1) * s.dilationWidth;
  e.loop(s.kernelHeight, [&](Value ky) {
    Value y = e.add(window.y, e.mul(ky, s.dilationHeight));
    Value rowTo = e.add(to, e.mul(ky, s.kernelWidth * perTap));
    auto tapByTap = [&] {
      e.loop(s.kernelWidth, [&](Value kx) {
        Value x = e.add(window.x, e.mul(kx, s.dilationWidth));
        Value tapTo = e.add(rowTo, e.mul(kx, perTap));
        e.when(
            inside(x, s.inWidth),
            [&] { copyTerms(offset(y, x), tapTo, perTap); },
            [&] { fillTerms(tapTo, perTap); });
      });
    };
    auto insideRow = [&] {
      if (!runs)
        return tapByTap();
      // Unsigned, a column left of the image is a great one.
      int64_t places = s.inWidth - lastX;
      if (places <= 0)
        return tapByTap();
      e.when(
          inside(window.x, places),
          [&] {
            copyTerms(offset(y, window.x), rowTo, s.kernelWidth * perTap);
          },
          tapByTap);
    };
    e.when(inside(y, s.inHeight), insideRow,
           [&] { fillTerms(rowTo, s.kernelWidth * perTap); });
  });
}

//===----------------------------------------------------------------------===//
// The register tile
//===----------------------------------------------------------------------===//

void TileBuilder::tile(Value firstRow, ArrayRef<Value> rowStarts, Value lhs,
                       Value panel, Value column, int64_t vectors,
                       int64_t validColumns, Value group) {
  int64_t lanes = plan.lanes, width = vectors * lanes;
  int64_t stepSize = plan.termsPerStep();
  Value place = e.add(e.mul(group, plan.paddedColumns()), column);

  SmallVector<Value> start;
  for (int64_t v = 0; v < vectors; ++v)
    start.push_back(e.load(bias, e.add(place, v * lanes), lanes));
  SmallVector<Value> init;
  for (size_t r = 0; r < rowStarts.size(); ++r)
    init.append(start);

  SmallVector<Value> sums =
      e.carry(0, plan.steps(), 1, init, [&](Value k, ValueRange acc) {
        SmallVector<Value> weights, next;
        Value at = e.add(panel, e.mul(k, width * stepSize));
        for (int64_t v = 0; v < vectors; ++v) {
          Value w =
              e.load(filter, e.add(at, v * lanes * stepSize), lanes * stepSize);
          weights.push_back(plan.integer ? e.toInt(w, termType()) : w);
        }
        for (auto [r, rowStart] : llvm::enumerate(rowStarts)) {
          Value x = e.splatLoad(lhs, e.add(rowStart, k), lanes);
          if (plan.integer)
            x = vector::BitCastOp::create(
                e.b, e.loc, e.vec(termType(), stepSize * lanes), x);
          for (int64_t v = 0; v < vectors; ++v) {
            Value sum = acc[r * vectors + v];
            next.push_back(step(x, weights[v], sum));
          }
        }
        return next;
      });

  Value columnOut = e.add(e.mul(group, plan.columns), column);
  for (size_t r = 0; r < rowStarts.size(); ++r) {
    Value to = e.add(e.mul(e.add(firstRow, r), s.outChannels), columnOut);
    // Two vectors of sums make one full store of narrow results.
    for (int64_t v = 0; v < vectors;) {
      int64_t taken = vectors - v >= 2 ? 2 : 1;
      Value sum = sums[r * vectors + v];
      if (taken == 2)
        sum = e.concat(sum, sums[r * vectors + v + 1]);
      Value stored = epilogue.apply(sum, e.add(place, v * lanes));
      int64_t valid = std::min(taken * lanes, validColumns - v * lanes);
      e.storePart(stored, valid, output, e.add(to, v * lanes));
      v += taken;
    }
  }
}

} // namespace

void lowerPackedContract(Layer &e, const ContractPlan &plan,
                         kernel::EpilogueAttr epilogue, Value input,
                         Value output, StringRef filter, StringRef bias) {
  TileBuilder(e, plan, epilogue, input, output, filter, bias).build();
}

} // namespace pare::cpu
