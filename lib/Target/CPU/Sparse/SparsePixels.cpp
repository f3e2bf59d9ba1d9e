//===- SparsePixels.cpp - Sparse weights, vectors of pixels ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A few vectors of pixels are a tile. Its windows stand transposed in a
// scratch, one row of pixels for each step of 32 bits (an f32 term, a pair, a
// quad), so that a weight times a vector of pixels is one instruction; the
// channels of a block share what is loaded. Sums are transposed back: four
// channels at a time in registers, where blocks have as many rows or results
// are bytes, else by way of a second scratch, as many channels as a vector has
// places. Transposing a tile costs about as much as four channels of a dense
// product; the layout between layers stays as it is.
//
//===----------------------------------------------------------------------===//

#include "Contract/Sum.h"
#include "Emit/Arithmetic.h"
#include "Emit/Requantize.h"
#include "Sparse/SparseRows.h"

#include <numeric>

using namespace mlir;

namespace pare::cpu {
namespace {

/// Channels that are transposed together.
constexpr int64_t kSquare = 4;
/// The most channels whose sums wait in the scratch.
constexpr int64_t kMostPerGroup = 32;

/// Transposes squares of four 32-bit elements: element i of each group of four
/// in vector j becomes element j of that group in vector i.
SmallVector<Value> transposeSquares(Emitter &e, ArrayRef<Value> rows) {
  const int64_t width = cast<VectorType>(rows[0].getType()).getDimSize(0);
  auto shuffle = [&](Value x, Value y, ArrayRef<int64_t> group) {
    SmallVector<int64_t> order;
    for (int64_t at = 0; at < width; at += kSquare)
      for (int64_t place : group)
        order.push_back(at + place % kSquare + place / kSquare * width);
    return e.make<vector::ShuffleOp>(x, y, order);
  };
  // Even and odd places, twice: on many processors instructions that interleave
  // halves have one port, those that choose places two.
  Value even01 = shuffle(rows[0], rows[1], {0, 2, 4, 6});
  Value odd01 = shuffle(rows[0], rows[1], {1, 3, 5, 7});
  Value even23 = shuffle(rows[2], rows[3], {0, 2, 4, 6});
  Value odd23 = shuffle(rows[2], rows[3], {1, 3, 5, 7});
  return {shuffle(even01, even23, {0, 2, 4, 6}),
          shuffle(odd01, odd23, {0, 2, 4, 6}),
          shuffle(even01, even23, {1, 3, 5, 7}),
          shuffle(odd01, odd23, {1, 3, 5, 7})};
}

class PixelsBuilder {
public:
  PixelsBuilder(Layer &e, const SparsePlan &plan, kernel::SparseContractOp op,
                const SparseOperands &operands)
      : e(e), plan(plan), io(operands), windows(e, plan, operands.input),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 llvm::to_vector(llvm::seq<int64_t>(plan.channels))),
        residual(Residual::of(e, op)),
        stepType(plan.integer ? e.i(32) : e.f32()),
        steps(plan.depth / plan.termsPerStep()) {
    transposed = e.scratch(stepType, steps * plan.pitch());
    if (!plan.shape.isPointwise())
      gathered =
          e.scratch(Layer::element(op.getInput()), plan.lanes * plan.depth);
    chooseGroup();
    prefetches = plan.tiles > 1 && plan.prefetchesTiles(plan.pitch(), e.target);
    if (waits)
      results =
          e.scratch(Layer::element(op.getOutput()), perGroup * plan.pitch());
  }

  void build() {
    const int64_t wide = plan.tileVectors, narrow = (wide - 1) * plan.lanes;
    e.parallelLoop(plan.tiles, [&](Value t) {
      auto wideTile = [&] { tile(e.mul(t, plan.pitch()), wide); };
      if (plan.wideTiles == plan.tiles)
        return wideTile();
      Value isWide = e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, t,
                                           e.index(plan.wideTiles));
      e.when(isWide, wideTile, [&] {
        Value before = e.sub(t, e.index(plan.wideTiles));
        tile(e.add(e.mul(before, narrow), plan.wideTiles * plan.pitch()),
             wide - 1);
      });
    });
  }

private:
  /// The channels that are stored together: whole blocks, and whole stores if
  /// that are not too many. Bytes, and floats of blocks of so many rows, are in
  /// registers then.
  void chooseGroup() {
    waits = !plan.integer && plan.blockRows % kSquare != 0;
    const int64_t most = waits ? plan.lanes : kSquare;
    for (perStore = most; perStore >= kSquare; perStore /= 2) {
      perGroup = std::lcm(perStore, plan.blockRows);
      const int64_t limit =
          waits ? kMostPerGroup : 2 * plan.blockRows * kSquare;
      if (perGroup <= limit && plan.channels % perGroup == 0)
        return;
    }
    waits = true;
    perStore = 1;
    perGroup = plan.blockRows;
  }

  void tile(Value first, int64_t vectors) {
    // The last tile overlaps the one before; one that is all is cut short.
    const int64_t width = vectors * plan.lanes;
    const int64_t valid = std::min(width, plan.rows);
    if (plan.rows % plan.lanes != 0 && valid == width)
      first = e.min(first, e.index(plan.rows - width));
    transpose(first, vectors, valid);
    const int64_t groups = plan.channels / perGroup;
    e.loop(groups, [&](Value group) {
      if (prefetches)
        prefetchTile(e, plan, io, e.add(first, width), width, group, groups);
      Value channel = e.mul(group, perGroup);
      if (!waits) {
        SmallVector<Value> sums;
        for (int64_t r = 0; r < perGroup; r += plan.blockRows)
          llvm::append_range(
              sums, multiply(e.add(e.mul(group, perGroup / plan.blockRows),
                                   r / plan.blockRows),
                             vectors));
        storeSquares(sums, channel, first, vectors, valid);
        return;
      }
      e.loop(perGroup / plan.blockRows, [&](Value block) {
        Value row = e.mul(block, plan.blockRows);
        keep(multiply(e.add(e.mul(group, perGroup / plan.blockRows), block),
                      vectors),
             e.add(channel, row), e.mul(row, plan.pitch()), vectors);
      });
      storeKept(channel, first, valid);
    });
  }

  //===--------------------------------------------------------------------===//
  // Windows to rows of pixels
  //===--------------------------------------------------------------------===//

  /// The windows of a tile. Where they are read in place, a cache line of each
  /// pixel of all vectors is done before the next: what is read and written
  /// meanwhile stays in the L1 cache, of which all rows of the scratch may take
  /// the most.
  void transpose(Value first, int64_t vectors, int64_t valid) {
    const int64_t squares = steps / kSquare;
    auto ofVector = [&](Value v, Value low, Value high) {
      Value from = e.mul(v, plan.lanes);
      transpose(e.add(first, from), from, valid, low, high);
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
  SmallVector<Value> startsOf(Value first, int64_t valid) {
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
  void transpose(Value first, Value to, int64_t valid, Value low, Value high) {
    const SmallVector<Value> starts = startsOf(first, valid);
    Value source = gathered ? gathered : io.input;
    const int64_t terms = plan.termsPerStep();
    e.loop(low, high, [&](Value square) {
      Value s = e.mul(square, kSquare);
      SmallVector<Value> squares;
      for (int64_t j = 0; j < kSquare; ++j) {
        SmallVector<Value> parts;
        for (int64_t r = j; r < plan.lanes; r += kSquare)
          parts.push_back(e.load(source, e.add(starts[r], e.mul(s, terms)),
                                 kSquare * terms));
        squares.push_back(asSteps(concatAll(parts)));
      }
      squares = transposeSquares(e, squares);
      for (int64_t j = 0; j < kSquare; ++j)
        e.store(squares[j], transposed,
                e.add(e.mul(e.add(s, j), plan.pitch()), to));
    });
  }

  /// The same for the steps behind all squares.
  void transposeRest(Value first, Value to, int64_t valid) {
    const SmallVector<Value> starts = startsOf(first, valid);
    Value source = gathered ? gathered : io.input;
    const int64_t terms = plan.termsPerStep();
    for (int64_t s = steps / kSquare * kSquare; s < steps; ++s)
      for (int64_t r = 0; r < plan.lanes; ++r)
        e.store(asSteps(e.load(source, e.add(starts[r], s * terms), terms)),
                transposed, e.add(to, s * plan.pitch() + r));
  }

  /// A power of two of equal vectors as one.
  Value concatAll(SmallVectorImpl<Value> &parts) {
    for (; parts.size() > 1; parts.resize(parts.size() / 2))
      for (size_t i = 0; i < parts.size() / 2; ++i)
        parts[i] = e.concat(parts[2 * i], parts[2 * i + 1]);
    return parts[0];
  }

  /// Input elements as terms, seen as steps of 32 bits.
  Value asSteps(Value elements) {
    Value terms = windows.toTerms(elements);
    if (terms.getType() == stepType || plan.termsPerStep() == 1)
      return terms;
    int64_t count = cast<VectorType>(terms.getType()).getDimSize(0);
    return vector::BitCastOp::create(
        e.b, e.loc, e.vec(stepType, count / plan.termsPerStep()), terms);
  }

  //===--------------------------------------------------------------------===//
  // Sums
  //===--------------------------------------------------------------------===//

  /// The weights of one step of one channel, for each pixel of a vector.
  Value splatWeights(Value at) {
    const int64_t terms = plan.termsPerStep(), lanes = plan.lanes;
    if (plan.step == SparseStep::Float)
      return e.splatLoad(io.values, at, lanes);
    if (plan.step == SparseStep::Single)
      return e.broadcast(e.toInt(e.loadScalar(io.values, at), e.i(32)), lanes);
    Value w = e.toInt(e.load(io.values, at, terms), windows.termType());
    w = vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1), w);
    w = e.broadcast(e.make<vector::ExtractOp>(w, 0), lanes);
    return vector::BitCastOp::create(
        e.b, e.loc, e.vec(windows.termType(), lanes * terms), w);
  }

  /// The sums of a block row: for each channel, each vector of pixels.
  SmallVector<Value> multiply(Value blockRow, int64_t vectors) {
    const int64_t lanes = plan.lanes;
    SmallVector<Value> init;
    for (int64_t r = 0; r < plan.blockRows; ++r) {
      Value channel = e.add(e.mul(blockRow, plan.blockRows), r);
      Value start = io.bias ? e.splatLoad(io.bias, channel, lanes)
                            : e.constant(e.vec(stepType, lanes), 0);
      init.append(vectors, start);
    }
    auto [low, high] = blocksOf(e, io.positions, blockRow);
    // Less than eight f32 sums wait for each other: two blocks at once.
    const size_t total = init.size();
    SmallVector<Value> sums = init;
    if (!plan.integer && total < 8) {
      Value whole = e.add(low, e.mul(e.div(e.sub(high, low), 2), 2));
      sums.append(total, e.constant(init[0].getType(), 0));
      sums = e.carry(low, whole, 2, sums, [&](Value i, ValueRange acc) {
        SmallVector<Value> next = addBlock(i, vectors, acc.take_front(total));
        llvm::append_range(
            next, addBlock(e.add(i, 1), vectors, acc.drop_front(total)));
        return next;
      });
      for (size_t i = 0; i < total; ++i)
        sums[i] = addValues(e, sums[i], sums[total + i]);
      sums.resize(total);
      low = whole;
    }
    return e.carry(low, high, 1, sums, [&](Value i, ValueRange acc) {
      return addBlock(i, vectors, acc);
    });
  }

  /// Adds one block to the sums of its channels.
  SmallVector<Value> addBlock(Value block, int64_t vectors, ValueRange sums) {
    const int64_t lanes = plan.lanes, terms = plan.termsPerStep();
    SmallVector<Value> next(sums);
    Value column = io.offsets ? indexAt(e, io.offsets, block)
                              : e.mul(indexAt(e, io.coordinates, block),
                                      plan.columnOffset(1));
    for (int64_t s = 0; s < plan.stepsPerBlock(); ++s) {
      SmallVector<Value> pixels;
      for (int64_t v = 0; v < vectors; ++v) {
        Value x = e.load(transposed,
                         e.add(column, s * plan.pitch() + v * lanes), lanes);
        if (terms > 1)
          x = vector::BitCastOp::create(
              e.b, e.loc, e.vec(windows.termType(), lanes * terms), x);
        pixels.push_back(x);
      }
      for (int64_t r = 0; r < plan.blockRows; ++r) {
        Value w = splatWeights(e.add(e.mul(block, plan.blockSize()),
                                     r * plan.blockColumns + s * terms));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[r * vectors + v];
          sum = addStep(e, plan, pixels[v], w, sum);
        }
      }
    }
    return next;
  }

  //===--------------------------------------------------------------------===//
  // Sums to rows of channels
  //===--------------------------------------------------------------------===//

  /// Writes the results of a block row to rows of the scratch from `to` on.
  void keep(ArrayRef<Value> sums, Value channel, Value to, int64_t vectors) {
    for (int64_t r = 0; r < plan.blockRows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        e.store(
            epilogue.applyToChannel(sums[r * vectors + v], e.add(channel, r)),
            results, e.add(to, r * plan.pitch() + v * plan.lanes));
  }

  /// Stores the results of a group of channels from the scratch.
  void storeKept(Value channel, Value first, int64_t valid) {
    for (int64_t c = 0; c < perGroup; c += perStore) {
      Value from = e.index(c * plan.pitch()), place = e.add(channel, c);
      if (perStore == 1) {
        e.loop(valid, [&](Value p) {
          storePixel(e.load(results, e.add(from, p), 1), e.add(first, p),
                     place);
        });
        continue;
      }
      const int64_t step = plan.lanes / perStore * kSquare;
      e.loop(0, valid / step * step, step, [&](Value p) {
        storeSquaresOf(e.add(from, p), e.add(first, p), place, step);
      });
      if (int64_t rest = valid % step; rest > 0) {
        Value p = e.index(valid - rest);
        storeSquaresOf(e.add(from, p), e.add(first, p), place, rest);
      }
    }
  }

  /// Of a few pixels, `perStore` channels each. A vector of the squares has
  /// four channels of a pixel, then the next four, then further pixels.
  void storeSquaresOf(Value from, Value pixel, Value channel, int64_t valid) {
    SmallVector<Value> rows;
    for (int64_t j = 0; j < kSquare; ++j) {
      SmallVector<Value> parts;
      for (int64_t p = 0; p < plan.lanes / perStore; ++p)
        for (int64_t c = j; c < perStore; c += kSquare)
          parts.push_back(e.load(
              results, e.add(from, c * plan.pitch() + p * kSquare), kSquare));
      rows.push_back(concatAll(parts));
    }
    rows = transposeSquares(e, rows);
    for (int64_t p = 0; p < valid; ++p)
      storePixel(e.slice(rows[p % kSquare], p / kSquare * perStore, perStore),
                 e.add(pixel, p), channel);
  }

  /// Stores consecutive channels of one pixel, with the residual.
  void storePixel(Value values, Value pixel, Value channel) {
    Value to = e.add(e.mul(pixel, plan.channels), channel);
    if (residual)
      values = residual->addTo(
          e, values, cast<VectorType>(values.getType()).getDimSize(0), to);
    e.store(values, io.output, to);
  }

  /// Stores four channels of each pixel at once.
  void storeSquares(ArrayRef<Value> sums, Value channel, Value first,
                    int64_t vectors, int64_t valid) {
    const int64_t lanes = plan.lanes;
    for (int64_t r = 0; r < perGroup; r += kSquare) {
      for (int64_t v = 0; v < vectors; ++v) {
        SmallVector<Value> square;
        for (int64_t c = r; c < r + kSquare; ++c)
          square.push_back(epilogue.applyToChannel(sums[c * vectors + v],
                                                   e.add(channel, c)));
        Value bytes;
        if (plan.integer)
          bytes = packBytes(square);
        else
          square = transposeSquares(e, square);
        for (int64_t p = 0; p < lanes && v * lanes + p < valid; ++p)
          storePixel(plan.integer ? fourBytes(bytes, p)
                                  : e.slice(square[p % kSquare],
                                            p / kSquare * kSquare, kSquare),
                     e.add(first, v * lanes + p), e.add(channel, r));
      }
    }
  }

  /// One 32-bit element for each pixel, of the bytes of four channels.
  Value packBytes(ArrayRef<Value> square) {
    Value packed;
    for (auto [c, bytes] : llvm::enumerate(square)) {
      Value wide = e.toInt(bytes, e.i(32), /*isUnsigned=*/true);
      if (c > 0)
        wide = e.make<arith::ShLIOp>(
            wide, e.constant(wide.getType(), int64_t(8 * c)));
      packed = packed ? e.make<arith::OrIOp>(packed, wide) : wide;
    }
    return packed;
  }
  Value fourBytes(Value packed, int64_t pixel) {
    return vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(8), kSquare),
                                     e.slice(packed, pixel, 1));
  }

  Layer &e;
  const SparsePlan &plan;
  const SparseOperands &io;
  SparseRows windows;
  Epilogue epilogue;
  std::optional<Residual> residual;
  Type stepType;
  int64_t steps;
  /// Channels whose sums are stored together, and those of one store of a
  /// pixel, which divide them.
  int64_t perGroup = 1, perStore = 1;
  /// Results of a group wait in the scratch until all are there.
  bool waits = false;
  /// The next tile is asked for while one is computed.
  bool prefetches = false;
  /// Windows as rows of pixels, windows of a vector of pixels, results of a
  /// group of channels as rows of pixels.
  Value transposed, gathered, results;
};

} // namespace

void lowerSparsePixels(Layer &e, const SparsePlan &plan,
                       kernel::SparseContractOp op,
                       const SparseOperands &operands) {
  PixelsBuilder(e, plan, op, operands).build();
}

} // namespace pare::cpu
