//===- Winograd.cpp - Convolutions by transformed tiles -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Winograd/Winograd.h"
#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"
#include "Emit/Unroll.h"
#include "Winograd/WinogradTransforms.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

WinogradProducts::WinogradProducts(Layer &e, const WinogradPlan &plan,
                                   Value inputs)
    : e(e), plan(plan), p(plan.products), inputs(inputs),
      sums(e.scratch(sumType(),
                     plan.transform->products() * plan.sumPointStride())) {}

Value WinogradProducts::broadcastTerms(Value at) {
  const int64_t count = p.termsPerStep();
  if (count == 1)
    return e.splatLoad(inputs, at, p.lanes);
  Value terms = e.load(inputs, at, count);
  Value word = vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1), terms);
  Value all = e.broadcast(
      vector::ExtractOp::create(e.b, e.loc, word, ArrayRef<int64_t>{0}),
      p.lanes);
  return vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(16), count * p.lanes),
                                   all);
}

SmallVector<Value> WinogradProducts::oneStep(const Panel &panel, Value weights,
                                             Value inputs, ValueRange sums) {
  const int64_t perVector = p.lanes * p.termsPerStep();
  SmallVector<Value> columns, next;
  for (int64_t v = 0; v < panel.vectors; ++v)
    columns.push_back(
        e.load(panel.weights, e.add(weights, v * perVector), perVector));
  for (int64_t r = 0; r < p.tile.rows; ++r) {
    Value x = broadcastTerms(e.add(inputs, r * plan.inputStride()));
    for (int64_t v = 0; v < panel.vectors; ++v) {
      Value sum = sums[r * panel.vectors + v];
      next.push_back(plan.integer ? e.micro.dotPairs(e, x, columns[v], sum)
                                  : e.micro.multiplyAdd(e, x, columns[v], sum));
    }
  }
  return next;
}

void WinogradProducts::prefetch(const Panel &panel, Value at, int64_t lines) {
  auto type = cast<MemRefType>(panel.weights.getType());
  const int64_t line = 64 * 8 / type.getElementTypeBitWidth();
  for (int64_t i = 0; i < lines; ++i)
    memref::PrefetchOp::create(
        e.b, e.loc, panel.weights,
        e.min(e.add(at, i * line), e.index(type.getNumElements() - 1)),
        /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

void WinogradProducts::multiplyTile(const Panel &panel, Value point,
                                    Value number, Value tile) {
  const int64_t rows = p.tile.rows, vectors = panel.vectors;
  const int64_t pointSize = plan.panelPointSize(vectors);
  const int64_t stepSize = vectors * p.lanes * p.termsPerStep();
  Value weights = e.add(panel.offset, e.mul(point, pointSize));
  Value first = e.add(e.mul(point, plan.inputPointStride()),
                      e.mul(tile, plan.inputStride()));
  auto step = [&](Value step, ValueRange sums) {
    return oneStep(panel, e.add(weights, e.mul(step, stepSize)),
                   e.add(first, e.mul(step, p.termsPerStep())), sums);
  };
  auto overSteps = [&](Value low, Value high, ValueRange sums) {
    return e.carry(low, high, 1, sums, step);
  };
  SmallVector<Value> start(rows * vectors,
                           e.constant(e.vec(sumType(), p.lanes), 0)),
      results;
  if (!plan.prefetches) {
    results = carryUnrolled(e, e.index(0), p.steps(),
                            plan.integer ? 1 : kFloatSteps, start, step);
  } else {
    // Each tile asks for its share of the weights of the next point, a line
    // every few steps: more at once would take all the buffers that the loads
    // of this loop need.
    const int64_t line = plan.integer ? 32 : 16;
    const int64_t share = llvm::divideCeil(pointSize, line * p.blockTiles());
    int64_t steps = std::max<int64_t>(1, p.steps() / share);
    if (!plan.integer && p.steps() % kFloatSteps == 0) {
      steps = std::max(steps / kFloatSteps, int64_t(1)) * kFloatSteps;
      while (p.steps() % steps != 0)
        steps -= kFloatSteps;
    }
    const int64_t atOnce = llvm::divideCeil(share * steps, p.steps());
    Value ahead = e.add(e.add(weights, pointSize), e.mul(number, share * line));
    results = e.carry(
        e.index(0), e.index(p.steps()), steps, start,
        [&](Value low, ValueRange sums) {
          prefetch(panel, e.add(ahead, e.mul(e.div(low, steps), atOnce * line)),
                   atOnce);
          if (!plan.integer && p.steps() % steps == 0)
            return carryUnrolled(e, low, steps, kFloatSteps, sums, step);
          Value high = e.add(low, steps);
          if (p.steps() % steps != 0)
            high = e.min(high, e.index(p.steps()));
          return overSteps(low, high, sums);
        });
  }
  Value to =
      e.add(e.mul(point, plan.sumPointStride()), e.mul(tile, p.panelWidth()));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < vectors; ++v)
      e.store(results[r * vectors + v], sums,
              e.add(to, r * p.panelWidth() + v * p.lanes));
}

void WinogradProducts::multiply(const Panel &panel, Value tiles) {
  const int64_t rows = p.tile.rows;
  Value last = e.max(e.add(tiles, -rows), e.index(0));
  Value count = e.div(e.add(tiles, rows - 1), rows);
  e.loop(plan.transform->products(), [&](Value point) {
    e.loop(e.index(0), count, [&](Value number) {
      multiplyTile(panel, point, number, e.min(e.mul(number, rows), last));
    });
  });
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

WinogradResults::WinogradResults(Layer &e, const WinogradPlan &plan, Value sums,
                                 Value bias, const ContractTile &tile)
    : e(e), plan(plan), sums(sums), bias(bias),
      half(e.scratch(cast<MemRefType>(sums.getType()).getElementType(),
                     plan.outputs() * plan.points() *
                         plan.products.panelWidth())),
      tile(tile) {}

/// Integer results without the factor of the transform.
Value WinogradResults::unscaled(Value sums) {
  if (!plan.integer)
    return sums;
  const WinogradTransform &t = *plan.transform;
  if (t.inverse != 1)
    sums = e.make<arith::MulIOp>(
        sums, e.constant(sums.getType(), int64_t(int32_t(t.inverse))));
  return e.make<arith::ShRSIOp>(sums, e.constant(sums.getType(), t.shift));
}

void WinogradResults::transform(const Panel &panel, Value tile, Value pixel) {
  const WinogradTransform &t = *plan.transform;
  const ContractPlan &p = plan.products;
  const int64_t points = plan.points(), vectors = panel.vectors;
  Value from = e.mul(tile, p.panelWidth());
  for (int64_t column = 0; column < points; ++column)
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value> loaded;
      for (int64_t line = 0; line < points; ++line) {
        const int64_t point = line * points + column;
        Value sum = e.load(
            sums, e.add(from, point * plan.sumPointStride() + v * p.lanes),
            p.lanes);
        // The middle point adds to all results alike.
        if (line == 1 && column == 1)
          sum = addValues(
              e, sum, e.load(bias, e.add(panel.place, v * p.lanes), p.lanes));
        loaded.push_back(sum);
      }
      for (auto [line, value] : llvm::enumerate(transformOutput(e, t, loaded)))
        e.store(value, half,
                e.index(((int64_t(line) * points + column) * vectors + v) *
                        p.lanes));
    }
  e.loop(plan.outputs(), [&](Value line) {
    SmallVector<Value> results(plan.outputs() * vectors);
    for (int64_t v = 0; v < vectors; ++v) {
      SmallVector<Value> row;
      for (int64_t column = 0; column < points; ++column)
        row.push_back(e.load(
            half,
            e.mul(e.add(e.mul(e.add(e.mul(line, points), column), vectors), v),
                  p.lanes),
            p.lanes));
      for (auto [i, value] : llvm::enumerate(transformOutput(e, t, row)))
        results[i * vectors + v] = unscaled(value);
    }
    this->tile.finish(results, panel,
                      e.add(pixel, e.mul(line, plan.shape.outWidth)));
  });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

namespace {
class WinogradLoops {
public:
  WinogradLoops(Layer &e, const WinogradPlan &plan,
                kernel::EpilogueAttr epilogue, const ContractBuffers &buffers,
                const Residual *residual)
      : e(e), plan(plan), s(plan.shape), filter(buffers.filter),
        input(e, plan, buffers.input), products(e, plan, input.buffer()),
        unused(e, plan.results, buffers.input),
        tile(e, plan.results, epilogue, buffers.output, buffers.bias, unused,
             residual),
        results(e, plan, products.buffer(), buffers.bias, tile) {}

  void build() {
    const int64_t blocks = s.batch * plan.blocksOfImage();
    e.parallelBlocks(blocks, plan.products.numPanels(),
                     [&](Value block, Range part) { buildBlock(block, part); });
  }

private:
  void buildBlock(Value block, Range part) {
    Value image = e.div(block, plan.blocksOfImage());
    Value ofImage = e.rem(block, plan.blocksOfImage());
    Value firstLine = e.mul(ofImage, plan.blockLines);
    Value firstColumn = e.index(0);
    if (plan.splitsLines()) {
      firstLine = e.mul(e.div(ofImage, plan.blocksOfLine()), plan.blockLines);
      firstColumn =
          e.min(e.mul(e.rem(ofImage, plan.blocksOfLine()), plan.blockColumns),
                e.index(plan.tileColumns - plan.blockColumns));
    }
    Value lines = e.index(plan.blockLines);
    if (plan.tileLines % plan.blockLines != 0)
      lines = e.min(lines, e.sub(e.index(plan.tileLines), firstLine));
    // The first line of results of each line of tiles.
    auto lineAt = [&](Value line) {
      return e.min(e.mul(e.add(firstLine, line), plan.outputs()),
                   e.index(s.outHeight - plan.outputs()));
    };
    e.loop(e.index(0), lines, [&](Value line) {
      input.transformLine(image, e.add(lineAt(line), -s.padTop), firstColumn,
                          e.mul(line, plan.blockColumns));
    });
    forPanels(part, [&](const Panel &panel) {
      products.multiply(panel, e.mul(lines, plan.blockColumns));
      e.loop(e.index(0), lines, [&](Value line) {
        Value y = e.add(e.mul(image, s.outHeight), lineAt(line));
        Value before = e.mul(y, s.outWidth);
        e.loop(plan.blockColumns, [&](Value column) {
          Value x = e.min(e.mul(e.add(firstColumn, column), plan.outputs()),
                          e.index(s.outWidth - plan.outputs()));
          results.transform(panel,
                            e.add(e.mul(line, plan.blockColumns), column),
                            e.add(before, x));
        });
      });
    });
  }

  void forPanels(Range part, function_ref<void(const Panel &)> body) {
    const ContractPlan &p = plan.products;
    const int64_t full = p.fullPanels();
    const int64_t size =
        plan.transform->products() * plan.panelPointSize(p.tile.vectors);
    auto one = [&](Value number, int64_t vectors, int64_t valid) {
      Value column = e.mul(number, p.panelWidth());
      body({filter, e.mul(number, size), vectors, column, column, valid});
    };
    e.loopWithin(part, 0, full, [&](Value number) {
      one(number, p.tile.vectors, p.panelWidth());
    });
    if (p.tailVectors() == 0)
      return;
    e.loopWithin(part, full, full + 1, [&](Value) {
      one(e.index(full), p.tailVectors(), p.columns - full * p.panelWidth());
    });
  }

  Layer &e;
  const WinogradPlan &plan;
  const ConvShape &s;
  Value filter;
  WinogradInput input;
  WinogradProducts products;
  ContractInput unused;
  ContractTile tile;
  WinogradResults results;
};
} // namespace

void lowerWinograd(Layer &e, const WinogradPlan &plan,
                   kernel::EpilogueAttr epilogue,
                   const ContractBuffers &buffers, const Residual *residual) {
  WinogradLoops(e, plan, epilogue, buffers, residual).build();
}

} // namespace pare::cpu
