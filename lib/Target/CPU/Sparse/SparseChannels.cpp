//===- SparseChannels.cpp - Sparse weights, vectors of channels -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The register tile of the dense contraction, rows by vectors of channels, with
// the list of a block row's columns in place of a count. A tile of windows is
// gathered into a scratch as terms, once for all channels; f32 windows of one
// tap are read where they are. The last tile overlaps the one before.
//
//===----------------------------------------------------------------------===//

#include "Contract/Sum.h"
#include "Emit/Arithmetic.h"
#include "Emit/Requantize.h"
#include "Sparse/SparseRows.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class ChannelsBuilder {
public:
  ChannelsBuilder(Layer &e, const SparsePlan &plan, kernel::SparseContractOp op,
                  const SparseOperands &operands)
      : e(e), plan(plan), io(operands), windows(e, plan, operands.input),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 orderOf(plan)),
        residual(Residual::of(e, op)) {
    direct = plan.step == SparseStep::Float && plan.shape.isPointwise();
    if (direct)
      return;
    // Steps of integers are read as 32 bits that hold one or more terms.
    const int64_t terms = plan.tileRows * plan.depth, at = e.scratchBytes();
    written = e.scratch(windows.termType(), terms);
    read = plan.integer ? e.scratchAt(e.i(32), terms / plan.termsPerStep(), at)
                        : written;
  }

  void build() {
    const int64_t tile = plan.tileRows;
    const int64_t tiles = (plan.rows + tile - 1) / tile;
    const int64_t blockRows = plan.channels / plan.blockRows;
    // What threads share: the tiles, or the channels of the only one.
    if (tiles == 1) {
      SmallVector<Value> starts = prepare(e.index(0));
      e.parallelLoop(blockRows, [&](Value blockRow) {
        multiply(blockRow, e.index(0), starts);
      });
      return;
    }
    e.parallelLoop(tiles, [&](Value t) {
      Value first = e.mul(t, tile);
      if (plan.rows % tile != 0)
        first = e.min(first, e.index(plan.rows - tile));
      SmallVector<Value> starts = prepare(first);
      e.loop(blockRows, [&](Value blockRow) {
        if (plan.prefetchesTiles(tile, e.target))
          prefetchTile(e, plan, io, e.add(first, tile), tile, blockRow,
                       blockRows);
        multiply(blockRow, first, starts);
      });
    });
  }

private:
  static SmallVector<int64_t> orderOf(const SparsePlan &plan) {
    SmallVector<int64_t> order;
    for (int64_t place = 0; place < plan.channels; ++place)
      order.push_back(plan.channelAt(place));
    return order;
  }

  /// Gathers the windows of a tile; returns where each begins.
  SmallVector<Value> prepare(Value first) {
    if (!direct)
      e.loop(plan.tileRows, [&](Value r) {
        windows.gather(e.add(first, r), written, e.mul(r, plan.depth),
                       /*asTerms=*/true);
      });
    SmallVector<Value> starts;
    for (int64_t r = 0; r < plan.tileRows; ++r) {
      if (!direct)
        starts.push_back(e.index(r * (plan.depth / plan.termsPerStep())));
      else if (plan.isContiguous())
        // From one base, so that a row takes no register of its own.
        starts.push_back(e.add(windows.pointwiseStart(first), r * plan.depth));
      else
        starts.push_back(windows.pointwiseStart(e.add(first, r)));
    }
    return starts;
  }

  /// Adds one block to the sums of all rows.
  SmallVector<Value> addBlock(Value block, ArrayRef<Value> starts,
                              ValueRange sums) {
    const int64_t width = plan.width, terms = plan.termsPerStep();
    SmallVector<Value> next(sums);
    Value column =
        e.mul(indexAt(e, io.coordinates, block), plan.stepsPerBlock());
    for (int64_t s = 0; s < plan.stepsPerBlock(); ++s) {
      Value at =
          e.add(e.mul(block, plan.blockSize()), s * plan.blockRows * terms);
      SmallVector<Value> weights;
      for (int64_t v = 0; v < plan.vectors(); ++v) {
        Value w =
            e.load(io.values, e.add(at, v * width * terms), width * terms);
        weights.push_back(plan.integer ? e.toInt(w, windows.termType()) : w);
      }
      for (auto [r, start] : llvm::enumerate(starts)) {
        Value x = e.splatLoad(direct ? io.input : read,
                              e.add(e.add(start, column), s), width);
        if (terms > 1)
          x = vector::BitCastOp::create(
              e.b, e.loc, e.vec(windows.termType(), terms * width), x);
        for (int64_t v = 0; v < plan.vectors(); ++v) {
          Value &sum = next[r * plan.vectors() + v];
          sum = addStep(e, plan, x, weights[v], sum);
        }
      }
    }
    return next;
  }

  void multiply(Value blockRow, Value first, ArrayRef<Value> starts) {
    const int64_t width = plan.width;
    const size_t perRow = plan.vectors(), total = starts.size() * perRow;
    Value channel = e.mul(blockRow, plan.blockRows);
    Type sumType = e.vec(plan.integer ? e.i(32) : e.f32(), width);
    SmallVector<Value> init;
    for (size_t i = 0; i < total; ++i) {
      Value place = e.add(channel, int64_t(i % perRow) * width);
      init.push_back(io.bias ? e.load(io.bias, place, width)
                             : e.constant(sumType, 0));
    }
    auto [low, high] = blocksOf(e, io.positions, blockRow);
    // A few sums are not enough to hide the latency of a step: several blocks
    // at once have sums of their own.
    const int64_t copies =
        std::max<int64_t>(1, std::min<int64_t>(8, 8 / int64_t(total)));
    SmallVector<Value> sums = init;
    if (copies > 1) {
      Value count = e.sub(high, low);
      Value whole = e.add(low, e.mul(e.div(count, copies), copies));
      for (size_t i = total; i < total * copies; ++i)
        sums.push_back(e.constant(sumType, 0));
      sums = e.carry(low, whole, copies, sums, [&](Value i, ValueRange acc) {
        SmallVector<Value> next;
        for (int64_t copy = 0; copy < copies; ++copy)
          llvm::append_range(next, addBlock(e.add(i, copy), starts,
                                            acc.slice(copy * total, total)));
        return next;
      });
      for (int64_t half = copies / 2; half >= 1; half /= 2)
        for (size_t i = 0; i < half * total; ++i)
          sums[i] = addValues(e, sums[i], sums[half * total + i]);
      sums.resize(total);
      low = whole;
    }
    sums = e.carry(low, high, 1, sums, [&](Value i, ValueRange acc) {
      return addBlock(i, starts, acc);
    });
    store(sums, first, channel, starts.size());
  }

  void store(ArrayRef<Value> sums, Value firstRow, Value channel,
             int64_t rows) {
    const int64_t width = plan.width, perRow = plan.vectors();
    Value base = e.add(e.mul(firstRow, plan.channels), channel);
    auto to = [&](int64_t r, int64_t v) {
      return e.add(base, r * plan.channels + v * width);
    };
    auto pairOf = [&](int64_t r, int64_t v) {
      return sums.slice(r * perRow + v, 2);
    };
    // Four rows of one vector of sums make a vector of bytes.
    if (perRow == 1 && width == plan.lanes && epilogue.packsRows()) {
      for (int64_t first = 0; first < rows; first += 4) {
        SmallVector<Value> four;
        for (int64_t r = first; r < first + 4; ++r)
          four.push_back(sums[std::min(r, rows - 1)]);
        Value bytes = epilogue.applyToFour(four, channel);
        for (int64_t r = first; r < std::min(first + 4, rows); ++r)
          e.store(e.slice(bytes, (r - first) * width, width), io.output,
                  to(r, 0));
      }
      return;
    }
    const bool packs = plan.packedColumns && epilogue.packsRows();
    // Two vectors of sums make one full store of narrow results.
    for (int64_t v = 0; v < perRow; v += 2) {
      Value place = e.add(channel, v * width);
      for (int64_t r = 0; r < rows; r += packs ? 2 : 1) {
        if (v + 1 == perRow) {
          e.store(added(epilogue.apply(sums[r * perRow + v], place), to(r, v)),
                  io.output, to(r, v));
          continue;
        }
        if (!packs) {
          Value both = e.concat(pairOf(r, v)[0], pairOf(r, v)[1]);
          e.store(added(inOrder(epilogue.apply(both, place)), to(r, v)),
                  io.output, to(r, v));
          continue;
        }
        // The last of an odd number of rows is packed with itself.
        const int64_t second = std::min(r + 1, rows - 1);
        Value packed =
            epilogue.applyToRows(pairOf(r, v), pairOf(second, v), place);
        e.store(e.slice(packed, 0, 2 * width), io.output, to(r, v));
        if (second != r)
          e.store(e.slice(packed, 2 * width, 2 * width), io.output,
                  to(second, v));
      }
    }
  }

  /// Results that belong to places from `to` on, with the residual.
  Value added(Value results, Value to) {
    return residual ? residual->addTo(
                          e, results,
                          cast<VectorType>(results.getType()).getDimSize(0), to)
                    : results;
  }

  /// The channels of two vectors, one after the other.
  Value inOrder(Value pair) {
    return plan.packedColumns ? MicroKernel::inColumnOrder(e, pair) : pair;
  }

  Layer &e;
  const SparsePlan &plan;
  const SparseOperands &io;
  SparseRows windows;
  Epilogue epilogue;
  std::optional<Residual> residual;
  bool direct = false;
  /// The gathered rows, as they are written and as the inner loop reads them.
  Value written, read;
};

} // namespace

void lowerSparseChannels(Layer &e, const SparsePlan &plan,
                         kernel::SparseContractOp op,
                         const SparseOperands &operands) {
  ChannelsBuilder(e, plan, op, operands).build();
}

} // namespace pare::cpu
