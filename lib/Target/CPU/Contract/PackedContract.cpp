//===- PackedContract.cpp - Contractions by register tiles ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops around register tiles, as the plan says. The last tile of a block,
// and the last block, overlap the one before: pixels computed twice cost less
// than a second kernel of another size.
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractTile.h"
#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class ContractLoops {
public:
  ContractLoops(Layer &e, const ContractPlan &plan,
                kernel::EpilogueAttr epilogue, const ContractBuffers &buffers,
                const Residual *residual)
      : e(e), plan(plan), input(e, plan, buffers.input),
        tile(e, plan, epilogue, buffers.output, buffers.bias, input, residual),
        filter(buffers.filter) {}

  /// Shared by threads, or as a part of what a thread does.
  void build(bool shares);

private:
  /// What is prepared for all blocks of a group.
  void startGroup(Value group);
  /// The panels `part` of block `block`.
  void buildBlock(Value block, Range part, Value group);
  /// Calls `body` for the panels of `part`.
  void forPanels(Range part, Value group,
                 function_ref<void(const Panel &)> body);
  void forTiles(function_ref<void(Value tile, Value row)> body);

  void tilesInside(Panel panel, Value firstRow, Value outRow, Value group);
  void oneTile(Value row, const Steps &steps, const Panel &panel,
               Value firstRow, Value outRow, Value group,
               const Prefetch &prefetch = {});
  void widen(Value from, Value to, Value count);
  /// Sums of the terms of the rows of a block, times the zero point of the
  /// weights, negated.
  void sumRows(Value firstRow, Value group);
  /// What the sums of a tile begin with, from the bias; `row` is the tile's
  /// first one in the block.
  SmallVector<Value> withRowSums(SmallVector<Value> sums, Value row);
  /// What tile `t` asks for of the weights from `next` on.
  Prefetch prefetchShare(const Panel &panel, Value next, Value t);

  int64_t blocksOfAll() const {
    bool band = plan.source == TermSource::Band;
    return plan.numBlocks() * (band ? plan.shape.batch : 1);
  }
  Steps allSteps() {
    return {e.index(0), e.index(plan.runs), e.index(0),
            e.index(plan.runSteps()), plan.runSteps()};
  }

  Layer &e;
  const ContractPlan &plan;
  ContractInput input;
  ContractTile tile;
  Value filter;
  /// Widened weights; sums between blocks of steps; sums of rows of terms.
  Value wide, waiting, rowSums;
};

void ContractLoops::build(bool shares) {
  const int64_t blockElements =
      plan.blockSteps * plan.panelWidth() * plan.termsPerStep();
  if (plan.widens)
    wide = e.scratch(e.i(16),
                     plan.panelsOutside ? blockElements : plan.groupSize());
  if (plan.blockSteps < plan.steps())
    waiting = e.scratch(tile.sumType(),
                        plan.blockTiles() * plan.tile.rows * plan.panelWidth());
  if (plan.sumsRows())
    rowSums = e.scratch(e.i(32), plan.blockRows);
  const int64_t blocks = blocksOfAll(), panels = plan.numPanels();
  if (shares && plan.groups == 1) {
    startGroup(e.index(0));
    e.parallelBlocks(blocks, panels, [&](Value block, Range part) {
      buildBlock(block, part, e.index(0));
    });
    return;
  }
  auto oneGroup = [&](Value group) {
    startGroup(group);
    e.loop(blocks, [&](Value block) {
      buildBlock(block, {e.index(0), e.index(panels)}, group);
    });
  };
  if (shares)
    e.parallelLoop(plan.groups, oneGroup);
  else
    e.loop(plan.groups, oneGroup);
}

void ContractLoops::startGroup(Value group) {
  if (plan.widens && !plan.panelsOutside)
    widen(e.mul(group, plan.groupSize()), e.index(0),
          e.index(plan.groupSize()));
}

void ContractLoops::forPanels(Range part, Value group,
                              function_ref<void(const Panel &)> body) {
  const int64_t panelSize =
      plan.panelWidth() * plan.steps() * plan.termsPerStep();
  auto one = [&](Value p, int64_t vectors, int64_t valid) {
    Value column = e.mul(p, plan.panelWidth());
    Panel panel;
    panel.weights = filter;
    panel.offset = e.add(e.mul(group, plan.groupSize()), e.mul(p, panelSize));
    panel.vectors = vectors;
    panel.place = e.add(e.mul(group, plan.paddedColumns()), column);
    panel.column = e.add(e.mul(group, plan.columns / plan.pixels),
                         e.mul(p, plan.panelWidth() / plan.pixels));
    panel.validColumns = valid;
    body(panel);
  };
  const int64_t full = plan.fullPanels();
  e.loopWithin(part, 0, full,
               [&](Value p) { one(p, plan.tile.vectors, plan.panelWidth()); });
  if (plan.tailVectors() == 0)
    return;
  e.loopWithin(part, full, full + 1, [&](Value) {
    one(e.index(full), plan.tailVectors(),
        plan.columns - full * plan.panelWidth());
  });
}

void ContractLoops::forTiles(function_ref<void(Value, Value)> body) {
  e.loop(plan.blockTiles(), [&](Value t) {
    Value row = e.mul(t, plan.tile.rows);
    if (plan.blockRows % plan.tile.rows != 0)
      row = e.min(row, e.index(plan.blockRows - plan.tile.rows));
    body(t, row);
  });
}

void ContractLoops::buildBlock(Value block, Range part, Value group) {
  // Where it starts in the image, for bands, or among all rows; and its place
  // in the output.
  Value image = e.index(0), firstRow, outRow;
  const bool isBand = plan.source == TermSource::Band;
  const int64_t rows = isBand ? plan.rows / plan.shape.batch : plan.rows;
  Value inImage = block;
  if (isBand && plan.shape.batch > 1) {
    image = e.div(block, plan.numBlocks());
    inImage = e.rem(block, plan.numBlocks());
  }
  firstRow = e.mul(inImage, plan.blockRows);
  if (rows % plan.blockRows != 0)
    firstRow = e.min(firstRow, e.index(rows - plan.blockRows));
  outRow = isBand ? e.add(e.mul(image, rows), firstRow) : firstRow;

  input.load(image, firstRow, group);
  if (plan.sumsRows())
    sumRows(firstRow, group);
  if (plan.panelsOutside) {
    forPanels(part, group, [&](const Panel &panel) {
      tilesInside(panel, firstRow, outRow, group);
    });
    return;
  }
  forTiles([&](Value, Value row) {
    forPanels(part, group, [&](Panel panel) {
      if (plan.widens) {
        panel.weights = wide;
        panel.offset = e.sub(panel.offset, e.mul(group, plan.groupSize()));
      }
      oneTile(row, allSteps(), panel, firstRow, outRow, group);
    });
  });
}

void ContractLoops::oneTile(Value row, const Steps &steps, const Panel &panel,
                            Value firstRow, Value outRow, Value group,
                            const Prefetch &prefetch) {
  SmallVector<Value> rows =
      input.rowStarts(firstRow, row, group, plan.tile.rows);
  SmallVector<Value> sums = withRowSums(tile.start(panel), row);
  tile.finish(tile.multiply(steps, panel, rows, sums, prefetch), panel,
              e.add(outRow, row));
}

void ContractLoops::sumRows(Value firstRow, Value group) {
  // Vectors as long as a run fills them.
  int64_t width = 4 * plan.lanes;
  while (width > 16 && width > plan.runTerms)
    width /= 2;
  const int64_t rest = plan.runTerms % width;
  Value ones = e.constant(e.vec(e.i(8), width), 1);
  auto addTerms = [&](Value terms, Value sum) {
    return plan.smallQuads ? e.micro.dotSmallQuads(e, terms, ones, sum)
                           : e.micro.dotQuads(e, terms, ones, sum);
  };
  auto sum = [&](Value x, Value y) { return addValues(e, x, y); };
  e.loop(plan.blockRows, [&](Value row) {
    Value start = input.rowStarts(firstRow, row, group, 1)[0];
    Value none = e.constant(e.vec(e.i(32), width / 4), 0);
    Value sums =
        e.carry(0, plan.runs, 1, none, [&](Value run, ValueRange before) {
          Value at = e.add(start, input.runOffset(run));
          SmallVector<Value> all =
              e.carry(0, plan.runTerms - rest, width, before,
                      [&](Value i, ValueRange sums) {
                        Value terms =
                            e.load(input.buffer(), e.add(at, i), width);
                        return SmallVector<Value>{addTerms(terms, sums[0])};
                      });
          if (rest != 0)
            all[0] = addTerms(e.loadPart(input.buffer(),
                                         e.add(at, plan.runTerms - rest), rest,
                                         width),
                              all[0]);
          return all;
        })[0];
    Value total = reduceVector(e, sums, sum);
    e.store(mulValues(e, total, e.constant(total.getType(), -plan.filterZero)),
            rowSums, row);
  });
}

SmallVector<Value> ContractLoops::withRowSums(SmallVector<Value> sums,
                                              Value row) {
  if (!plan.sumsRows())
    return sums;
  const int64_t vectors = sums.size() / plan.tile.rows;
  for (int64_t r = 0; r < plan.tile.rows; ++r) {
    Value ofRow = e.splatLoad(rowSums, e.add(row, r), plan.lanes);
    for (int64_t v = 0; v < vectors; ++v)
      sums[r * vectors + v] = addValues(e, sums[r * vectors + v], ofRow);
  }
  return sums;
}

void ContractLoops::widen(Value from, Value to, Value count) {
  const int64_t width = 2 * plan.lanes;
  e.carry(e.index(0), count, width, {}, [&](Value i, ValueRange) {
    Value weights = e.load(filter, e.add(from, i), width);
    weights = e.toInt(weights, e.i(16));
    if (plan.widenedZero() != 0)
      weights = subValues(e, weights,
                          e.constant(weights.getType(), plan.widenedZero()));
    e.store(weights, wide, e.add(to, i));
    return SmallVector<Value>();
  });
}

Prefetch ContractLoops::prefetchShare(const Panel &panel, Value next, Value t) {
  // Each tile asks for its share of the weights that come after the ones at
  // hand: those of a large filter come from far.
  const int64_t line =
      64 * 8 / cast<MemRefType>(filter.getType()).getElementTypeBitWidth();
  const int64_t lines =
      (plan.blockSteps * panel.vectors * plan.lanes * plan.termsPerStep() +
       line - 1) /
      line;
  const int64_t share = (lines + plan.blockTiles() - 1) / plan.blockTiles();
  return {filter, e.add(next, e.mul(t, share * line)), share};
}

void ContractLoops::tilesInside(Panel panel, Value firstRow, Value outRow,
                                Value group) {
  const int64_t stepSize = panel.vectors * plan.lanes * plan.termsPerStep();
  const Value start = panel.offset;
  auto blockOf =
      [&](Value first, Value count,
          function_ref<void(const Panel &, Value, Value, const Prefetch &)>
              body) {
        Panel part = panel;
        part.offset = e.add(start, e.mul(first, stepSize));
        Value next = e.add(part.offset, e.mul(count, stepSize));
        if (plan.widens) {
          widen(part.offset, e.index(0), e.mul(count, stepSize));
          part.weights = wide;
          part.offset = e.index(0);
        }
        forTiles([&](Value t, Value row) {
          body(part, t, row, prefetchShare(panel, next, t));
        });
      };
  if (plan.blockSteps >= plan.steps()) {
    Steps steps = allSteps();
    blockOf(e.index(0), e.index(plan.steps()),
            [&](const Panel &part, Value, Value row, const Prefetch &prefetch) {
              oneTile(row, steps, part, firstRow, outRow, group, prefetch);
            });
    return;
  }

  // Sums wait in memory: first the bias, at last what is stored.
  const int64_t tileSums = plan.tile.rows * panel.vectors * plan.lanes;
  auto loadSums = [&](Value t) {
    SmallVector<Value> sums;
    for (int64_t i = 0; i < plan.tile.rows * panel.vectors; ++i)
      sums.push_back(e.load(waiting, e.add(e.mul(t, tileSums), i * plan.lanes),
                            plan.lanes));
    return sums;
  };
  auto storeSums = [&](Value t, ArrayRef<Value> sums) {
    for (auto [i, sum] : llvm::enumerate(sums))
      e.store(sum, waiting, e.add(e.mul(t, tileSums), i * plan.lanes));
  };
  const SmallVector<Value> bias = tile.start(panel);
  forTiles([&](Value t, Value row) { storeSums(t, withRowSums(bias, row)); });

  auto multiplyBlock = [&](const Steps &steps, Value first, Value count) {
    blockOf(
        first, count,
        [&](const Panel &part, Value t, Value row, const Prefetch &prefetch) {
          SmallVector<Value> rows =
              input.rowStarts(firstRow, row, group, plan.tile.rows);
          storeSums(t, tile.multiply(steps, part, rows, loadSums(t), prefetch));
        });
  };
  const int64_t runSteps = plan.runSteps();
  if (plan.blockSteps < runSteps) {
    e.loop(plan.runs, [&](Value run) {
      e.loop(0, runSteps, plan.blockSteps, [&](Value low) {
        Value high = e.min(e.add(low, plan.blockSteps), e.index(runSteps));
        multiplyBlock({run, e.add(run, 1), low, high,
                       runSteps % plan.blockSteps == 0 ? plan.blockSteps : 0},
                      e.add(e.mul(run, runSteps), low), e.sub(high, low));
      });
    });
  } else {
    const int64_t perBlock = plan.blockSteps / runSteps;
    e.loop(0, plan.runs, perBlock, [&](Value low) {
      Value high = e.min(e.add(low, perBlock), e.index(plan.runs));
      multiplyBlock({low, high, e.index(0), e.index(runSteps), runSteps},
                    e.mul(low, runSteps), e.mul(e.sub(high, low), runSteps));
    });
  }
  forTiles([&](Value t, Value row) {
    tile.finish(loadSums(t), panel, e.add(outRow, row));
  });
}

} // namespace

void lowerPackedContract(Layer &e, const ContractPlan &plan,
                         kernel::EpilogueAttr epilogue,
                         const ContractBuffers &buffers,
                         const Residual *residual, bool shares) {
  if (plan.strassen)
    return lowerStrassen(e, plan, epilogue, buffers, residual);
  ContractLoops(e, plan, epilogue, buffers, residual).build(shares);
}

} // namespace pare::cpu
