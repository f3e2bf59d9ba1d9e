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
// product. What stands in blocks of pixels (PixelBlocks.h) is read and stored
// without.
//
//===----------------------------------------------------------------------===//

#include "Contract/Sum.h"
#include "Emit/Arithmetic.h"
#include "Emit/Requantize.h"
#include "Sparse/PixelWindows.h"
#include "Sparse/SparseLiterals.h"

#include <numeric>

using namespace mlir;

namespace pare::cpu {
namespace {

/// The most channels whose sums wait in the scratch.
constexpr int64_t kMostPerGroup = 32;

class PixelsBuilder {
public:
  PixelsBuilder(Layer &e, const SparsePlan &plan, kernel::SparseContractOp op,
                const SparseOperands &operands, const SparseLiterals *literals)
      : e(e), plan(plan), io(operands), literals(literals),
        windows(e, plan, operands.input),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 llvm::to_vector(llvm::seq<int64_t>(plan.channels))),
        residual(Residual::of(e, op)) {
    chooseGroup();
    prefetches =
        plan.allTiles() > 1 && plan.prefetchesTiles(plan.pitch(), e.target);
    if (waits)
      results =
          e.scratch(Layer::element(op.getOutput()), perGroup * plan.pitch());
  }

  void build() {
    const int64_t wide = plan.tileVectors, narrow = (wide - 1) * plan.lanes;
    e.parallelLoop(plan.allTiles(), [&](Value index) {
      Value block = e.div(index, plan.tiles), t = e.rem(index, plan.tiles);
      auto wideTile = [&] { tile(block, e.mul(t, plan.pitch()), wide); };
      if (plan.wideTiles == plan.tiles)
        return wideTile();
      Value isWide = e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, t,
                                           e.index(plan.wideTiles));
      e.when(isWide, wideTile, [&] {
        Value before = e.sub(t, e.index(plan.wideTiles));
        tile(block, e.add(e.mul(before, narrow), plan.wideTiles * plan.pitch()),
             wide - 1);
      });
    });
  }

private:
  /// Neighbouring pixels that are computed together.
  struct Tile {
    /// The pixels that exist, whose sums lie in the vectors of a tile at
    /// `offsets`.
    int64_t valid;
    SmallVector<int64_t> offsets;
    /// The first pixel, in the image; where its input begins, and where its
    /// output does if that stands in blocks of pixels.
    Value first, input, output;
    /// The block, and about which of its tiles it is.
    Value block, index;

    int64_t vectors() const { return offsets.size(); }
  };

  /// Where `vectors` vectors of `valid` pixels begin. In blocks of pixels the
  /// last vectors end with the pixels, in the scratch they are cut short.
  SmallVector<int64_t> offsetsOf(int64_t vectors, int64_t valid) {
    SmallVector<int64_t> offsets;
    for (int64_t v = 0; v < vectors; ++v)
      offsets.push_back(plan.blocks
                            ? std::min(v * plan.lanes, valid - plan.lanes)
                            : v * plan.lanes);
    return offsets;
  }

  /// `vectors` vectors of pixels of a block, from pixel `pixel` of it on.
  Tile tileOf(Value block, Value pixel, int64_t vectors) {
    // The last tile overlaps the one before; one that is all is cut short.
    const int64_t width = vectors * plan.lanes, count = plan.blockPixels();
    Tile tile;
    tile.block = block;
    tile.index = e.div(pixel, plan.pitch());
    tile.valid = std::min(width, count);
    tile.offsets = offsetsOf(vectors, tile.valid);
    if (plan.vectorsOfBlock() * plan.lanes != count && tile.valid == width)
      pixel = e.min(pixel, e.index(count - width));
    tile.first = e.add(e.mul(block, count), pixel);
    tile.input = plan.blocks.in > 0
                     ? e.add(e.mul(block, plan.depth * count), pixel)
                     : e.index(0);
    tile.output = e.add(e.mul(block, plan.channels * count), pixel);
    return tile;
  }

  /// `vectors` vectors of a tile from pixel `from` of it on.
  Tile partOf(const Tile &tile, Value from, int64_t vectors) {
    const int64_t width = vectors * plan.lanes;
    Tile part;
    part.valid = std::min(width, tile.valid);
    part.offsets = offsetsOf(vectors, part.valid);
    if (tile.valid < tile.vectors() * plan.lanes)
      from = e.min(from, e.index(tile.valid - part.valid));
    part.first = e.add(tile.first, from);
    part.input = e.add(tile.input, from);
    part.output = e.add(tile.output, from);
    return part;
  }

  /// The channels that are stored together: whole blocks, and whole stores if
  /// that are not too many. Bytes, and floats of blocks of so many rows, are in
  /// registers then.
  void chooseGroup() {
    if (literals) {
      perGroup = perStore = kSquare;
      return;
    }
    if (plan.blocks.out > 0) {
      perGroup = plan.blockRows;
      return;
    }
    waits = !plan.integer && plan.blockRows % kSquare != 0;
    const int64_t most = waits ? plan.lanes : kSquare;
    for (perStore = most; perStore >= kSquare; perStore /= 2) {
      perGroup = std::lcm(perStore, plan.blockRows);
      const int64_t limit =
          waits ? kMostPerGroup : 2 * plan.blockRows * kSquare;
      if (perGroup > limit || plan.channels % perGroup != 0)
        continue;
      // Lines of two images displace each other: each is used as a whole.
      constexpr int64_t kLine = Emitter::kLineBytes / sizeof(float);
      if (waits && residual && perGroup < kLine && plan.channels % kLine == 0 &&
          kLine % perGroup == 0)
        perGroup = kLine;
      return;
    }
    waits = true;
    perStore = 1;
    perGroup = plan.blockRows;
  }

  void tile(Value block, Value pixel, int64_t vectors) {
    const Tile tile = tileOf(block, pixel, vectors);
    if (plan.blocks.in == 0)
      windows.transpose(tile.first, llvm::divideCeil(tile.valid, plan.lanes),
                        tile.valid);
    const int64_t groups = plan.channels / perGroup;
    auto prefetch = [&](Value group) {
      const int64_t width = vectors * plan.lanes;
      if (prefetches && !plan.blocks)
        prefetchTile(e, plan, io, e.add(tile.first, width), width, group,
                     groups);
      else if (prefetches)
        prefetchBlocks(tile, group, groups);
    };
    if (literals) {
      for (int64_t group = 0; group < groups; ++group) {
        prefetch(e.index(group));
        literalGroup(group * perGroup, tile);
      }
      return;
    }
    e.loop(groups, [&](Value group) {
      prefetch(group);
      Value channel = e.mul(group, perGroup);
      if (!waits) {
        SmallVector<Value> sums;
        for (int64_t r = 0; r < perGroup; r += plan.blockRows)
          llvm::append_range(
              sums, multiply(e.add(e.mul(group, perGroup / plan.blockRows),
                                   r / plan.blockRows),
                             tile));
        storeSums(sums, channel, tile);
        return;
      }
      e.loop(perGroup / plan.blockRows, [&](Value block) {
        Value row = e.mul(block, plan.blockRows);
        keep(multiply(e.add(e.mul(group, perGroup / plan.blockRows), block),
                      tile),
             e.add(channel, row), e.mul(row, plan.pitch()), tile);
      });
      storeKept(channel, tile.first, tile.valid);
    });
  }

  /// The same for a tile of a block of pixels: a part of the next block,
  /// whose lines lie side by side.
  void prefetchBlocks(const Tile &tile, Value part, int64_t parts) {
    const int64_t perLine = Emitter::kLineBytes / sizeof(float);
    auto prefetch = [&](Value buffer, int64_t channels, bool blocked,
                        bool isWrite) {
      const int64_t elements = channels * plan.blockPixels();
      const int64_t lines =
          llvm::divideCeil(elements, perLine * parts * plan.tiles);
      const int64_t all = plan.pixelBlocks() * elements;
      if (!blocked || all < lines * perLine)
        return;
      Value at =
          e.add(e.mul(tile.block, elements),
                e.mul(e.add(e.mul(tile.index, parts), part), lines * perLine));
      at = e.min(e.add(at, elements), e.index(all - lines * perLine));
      prefetchLines(e, buffer, at, lines, perLine, isWrite);
    };
    prefetch(io.input, plan.depth, plan.blocks.in > 0, false);
    prefetch(io.output, plan.channels, plan.blocks.out > 0, true);
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
  SmallVector<Value> multiply(Value blockRow, const Tile &tile) {
    const int64_t lanes = plan.lanes, vectors = tile.vectors();
    SmallVector<Value> init;
    for (int64_t r = 0; r < plan.blockRows; ++r) {
      Value channel = e.add(e.mul(blockRow, plan.blockRows), r);
      Value start = io.bias ? e.splatLoad(io.bias, channel, lanes)
                            : e.constant(e.vec(windows.stepType(), lanes), 0);
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
        SmallVector<Value> next = addBlock(i, tile, acc.take_front(total));
        llvm::append_range(next,
                           addBlock(e.add(i, 1), tile, acc.drop_front(total)));
        return next;
      });
      for (size_t i = 0; i < total; ++i)
        sums[i] = addValues(e, sums[i], sums[total + i]);
      sums.resize(total);
      low = whole;
    }
    return e.carry(low, high, 1, sums, [&](Value i, ValueRange acc) {
      return addBlock(i, tile, acc);
    });
  }

  /// Adds one block to the sums of its channels.
  SmallVector<Value> addBlock(Value block, const Tile &tile, ValueRange sums) {
    const int64_t lanes = plan.lanes, terms = plan.termsPerStep();
    SmallVector<Value> next(sums);
    Value column = io.offsets ? indexAt(e, io.offsets, block)
                              : e.mul(indexAt(e, io.coordinates, block),
                                      plan.columnOffset(1));
    column = e.add(column, tile.input);
    for (int64_t s = 0; s < plan.stepsPerBlock(); ++s) {
      SmallVector<Value> pixels;
      for (int64_t offset : tile.offsets) {
        Value x = e.load(windows.rows(),
                         e.add(column, s * plan.inputPitch() + offset), lanes);
        if (terms > 1)
          x = vector::BitCastOp::create(
              e.b, e.loc, e.vec(windows.termType(), lanes * terms), x);
        pixels.push_back(x);
      }
      for (int64_t r = 0; r < plan.blockRows; ++r) {
        Value w = splatWeights(e.add(e.mul(block, plan.blockSize()),
                                     r * plan.blockColumns + s * terms));
        for (int64_t v = 0; v < tile.vectors(); ++v) {
          Value &sum = next[r * tile.vectors() + v];
          sum = addStep(e, plan, pixels[v], w, sum);
        }
      }
    }
    return next;
  }

  /// A few channels of a tile by literal weights, some vectors of pixels after
  /// the other: a loop, since LLVM would keep what it has loaded for the next
  /// group otherwise, more than there are registers.
  void literalGroup(int64_t channel, const Tile &tile) {
    const int64_t vectors = plan.literalVectors;
    e.loop(tile.vectors() / vectors, [&](Value index) {
      const Tile part =
          partOf(tile, e.mul(index, vectors * plan.lanes), vectors);
      SmallVector<Value> sums = literals->multiply(
          e, plan, channel, perGroup, vectors, [&](int64_t column, int64_t v) {
            return e.load(
                windows.rows(),
                e.add(part.input, column * plan.inputPitch() + part.offsets[v]),
                plan.lanes);
          });
      storeSums(sums, e.index(channel), part);
    });
  }

  /// Stores the sums of a group of channels.
  void storeSums(ArrayRef<Value> sums, Value channel, const Tile &tile) {
    if (plan.blocks.out > 0)
      storePixels(sums, channel, tile);
    else
      storeSquares(sums, channel, tile);
  }

  /// To blocks of pixels, vectors as they are.
  void storePixels(ArrayRef<Value> sums, Value channel, const Tile &tile) {
    Value plane = e.add(e.mul(channel, plan.blockPixels()), tile.output);
    for (int64_t c = 0; c < perGroup; ++c)
      for (int64_t v = 0; v < tile.vectors(); ++v) {
        Value to = e.add(plane, c * plan.blockPixels() + tile.offsets[v]);
        Value result = epilogue.applyToChannel(sums[c * tile.vectors() + v],
                                               e.add(channel, c));
        if (residual)
          result = residual->addTo(e, result, plan.lanes, to);
        e.store(result, io.output, to);
      }
  }

  //===--------------------------------------------------------------------===//
  // Sums to rows of channels
  //===--------------------------------------------------------------------===//

  /// Writes the results of a block row to rows of the scratch from `to` on.
  void keep(ArrayRef<Value> sums, Value channel, Value to, const Tile &tile) {
    for (int64_t r = 0; r < plan.blockRows; ++r)
      for (int64_t v = 0; v < tile.vectors(); ++v)
        e.store(epilogue.applyToChannel(sums[r * tile.vectors() + v],
                                        e.add(channel, r)),
                results, e.add(to, r * plan.pitch() + tile.offsets[v]));
  }

  /// Stores the results of a group of channels from the scratch, all of them of
  /// some pixels before the next.
  void storeKept(Value channel, Value first, int64_t valid) {
    auto forChannels = [&](auto body) {
      for (int64_t c = 0; c < perGroup; c += perStore)
        body(e.index(c * plan.pitch()), e.add(channel, c));
    };
    if (perStore == 1) {
      e.loop(valid, [&](Value p) {
        forChannels([&](Value from, Value place) {
          storePixel(e.load(results, e.add(from, p), 1), e.add(first, p),
                     place);
        });
      });
      return;
    }
    auto store = [&](Value p, int64_t pixels) {
      forChannels([&](Value from, Value place) {
        storeSquaresOf(e.add(from, p), e.add(first, p), place, pixels);
      });
    };
    const int64_t step = plan.lanes / perStore * kSquare;
    e.loop(0, valid / step * step, step, [&](Value p) { store(p, step); });
    if (int64_t rest = valid % step; rest > 0)
      store(e.index(valid - rest), rest);
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
      rows.push_back(concatAll(e, parts));
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
  void storeSquares(ArrayRef<Value> sums, Value channel, const Tile &tile) {
    const int64_t lanes = plan.lanes, vectors = tile.vectors();
    for (int64_t r = 0; r < perGroup; r += kSquare) {
      for (auto [v, offset] : llvm::enumerate(tile.offsets)) {
        SmallVector<Value> square;
        for (int64_t c = r; c < r + kSquare; ++c)
          square.push_back(epilogue.applyToChannel(sums[c * vectors + v],
                                                   e.add(channel, c)));
        Value bytes;
        if (plan.integer)
          bytes = packBytes(square);
        else
          square = transposeSquares(e, square);
        for (int64_t p = 0; p < lanes && offset + p < tile.valid; ++p)
          storePixel(plan.integer ? fourBytes(bytes, p)
                                  : e.slice(square[p % kSquare],
                                            p / kSquare * kSquare, kSquare),
                     e.add(tile.first, offset + p), e.add(channel, r));
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
  const SparseLiterals *literals;
  PixelWindows windows;
  Epilogue epilogue;
  std::optional<Residual> residual;
  /// Channels whose sums are stored together, and those of one store of a
  /// pixel, which divide them.
  int64_t perGroup = 1, perStore = 1;
  /// Results of a group wait in the scratch until all are there.
  bool waits = false;
  /// The next tile is asked for while one is computed.
  bool prefetches = false;
  /// Results of a group of channels as rows of pixels.
  Value results;
};

} // namespace

void lowerSparsePixels(Layer &e, const SparsePlan &plan,
                       kernel::SparseContractOp op,
                       const SparseOperands &operands,
                       const SparseLiterals *literals) {
  PixelsBuilder(e, plan, op, operands, literals).build();
}

} // namespace pare::cpu
