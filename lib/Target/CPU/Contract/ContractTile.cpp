//===- ContractTile.cpp - One register tile -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractTile.h"
#include "Emit/Arithmetic.h"
#include "Emit/Unroll.h"

using namespace mlir;

namespace pare::cpu {

ContractTile::ContractTile(Layer &e, const ContractPlan &plan,
                           kernel::EpilogueAttr epilogue, Value output,
                           Value bias, ContractInput &input,
                           const Residual *residual)
    : e(e), plan(plan), input(input), output(output), bias(bias),
      residual(residual),
      epilogue(e, epilogue, Layer::element(output), plan.channelOrder()) {
  if (this->epilogue.isLong() || (residual && residual->sum.isLong()))
    waiting =
        e.scratch(sumType(), plan.tile.rows * plan.tile.vectors * plan.lanes);
}

SmallVector<Value> ContractTile::start(const Panel &panel, int64_t rows) const {
  SmallVector<Value> row, sums;
  for (int64_t v = 0; v < panel.vectors; ++v)
    row.push_back(e.load(bias, e.add(panel.place, v * plan.lanes), plan.lanes));
  for (int64_t r = 0; r < rows; ++r)
    sums.append(row);
  return sums;
}

Value ContractTile::dot(Value x, Value weights, Value sum) const {
  if (!plan.integer)
    return e.micro.multiplyAdd(e, x, weights, sum);
  if (!plan.quads)
    return e.micro.dotPairs(e, x, weights, sum);
  return plan.smallQuads ? e.micro.dotSmallQuads(e, x, weights, sum)
                         : e.micro.dotQuads(e, x, weights, sum);
}

Value ContractTile::broadcastTerms(Value buffer, Value at) const {
  const int64_t count = plan.termsPerStep(), lanes = plan.lanes;
  if (plan.pixels > 1)
    return e.make<vector::BitCastOp>(
        e.vec(e.f32(), lanes), e.splatLoad(buffer, at, lanes / plan.pixels));
  if (count == 1)
    return e.splatLoad(buffer, at, lanes);
  // Terms of a band need not stand at multiples of their step.
  Value terms = e.load(buffer, at, count);
  Value word = vector::BitCastOp::create(e.b, e.loc, e.vec(e.i(32), 1), terms);
  Value all = e.broadcast(
      vector::ExtractOp::create(e.b, e.loc, word, ArrayRef<int64_t>{0}), lanes);
  return vector::BitCastOp::create(e.b, e.loc,
                                   e.vec(input.termType(), count * lanes), all);
}

SmallVector<Value> ContractTile::oneStep(Value run, Value step,
                                         const Steps &steps, const Panel &panel,
                                         ArrayRef<Value> rows,
                                         ValueRange sums) const {
  const int64_t perVector = plan.lanes * plan.termsPerStep();
  Value before = e.add(e.mul(e.sub(run, steps.runLow), plan.runSteps()),
                       e.sub(step, steps.stepLow));
  const int64_t inPanel = panel.apart ? panel.vectors / 2 : panel.vectors;
  Value at = e.add(panel.offset, e.mul(before, inPanel * perVector));
  if (plan.streams)
    prefetchAhead(panel.weights, at, panel.vectors * perVector);
  if (plan.matrices)
    return stepOfMatrices(run, step, at, panel, rows, sums);
  SmallVector<Value> weights, next;
  for (int64_t v = 0; v < panel.vectors; ++v) {
    Value place =
        e.add(at, v / inPanel * panel.apart + v % inPanel * perVector);
    Value w = panel.make ? panel.make(place)
                         : e.load(panel.weights, place, perVector);
    if (plan.integer && w.getType() != e.like(w, input.termType())) {
      w = e.toInt(w, input.termType());
      if (plan.widenedZero() != 0)
        w = subValues(e, w, e.constant(w.getType(), plan.widenedZero()));
    }
    weights.push_back(w);
  }
  Value terms = steps.terms ? steps.terms : input.buffer();
  Value inRow = e.add(input.runOffset(run), e.mul(step, plan.termsPerStep()));
  for (auto [r, rowStart] : llvm::enumerate(rows)) {
    Value x = broadcastTerms(terms, e.add(rowStart, inRow));
    for (int64_t v = 0; v < panel.vectors; ++v)
      next.push_back(dot(x, weights[v], sums[r * panel.vectors + v]));
  }
  return next;
}

SmallVector<Value> ContractTile::stepOfMatrices(Value run, Value step, Value at,
                                                const Panel &panel,
                                                ArrayRef<Value> rows,
                                                ValueRange sums) const {
  // A vector of columns is two pairs of them.
  const int64_t vectors = panel.vectors, width = 2 * plan.termsPerStep();
  SmallVector<Value> weights, next(sums.size());
  for (int64_t pair = 0; pair < 2 * vectors; ++pair)
    weights.push_back(e.load(panel.weights, e.add(at, pair * width), width));
  for (size_t r = 0; r < rows.size(); r += 2) {
    Value x = input.loadPair(rows[r], rows[r + 1], run, step);
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t half : {0, 1}) {
        const size_t sum = (r + half) * vectors + v;
        next[sum] = e.micro.dotMatrices(e, x, weights[2 * v + half], sums[sum]);
      }
  }
  return next;
}

SmallVector<Value> ContractTile::exchange(ArrayRef<Value> sums,
                                          int64_t vectors) const {
  static constexpr int64_t kLow[] = {0, 1, 4, 5}, kHigh[] = {2, 3, 6, 7};
  SmallVector<Value> exchanged(sums.size());
  for (size_t row = 0; row < sums.size(); row += 2 * vectors)
    for (int64_t v = 0; v < vectors; ++v) {
      Value first = sums[row + v], second = sums[row + vectors + v];
      exchanged[row + v] = e.make<vector::ShuffleOp>(first, second, kLow);
      exchanged[row + vectors + v] =
          e.make<vector::ShuffleOp>(first, second, kHigh);
    }
  return exchanged;
}

SmallVector<Value> ContractTile::multiply(const Steps &steps,
                                          const Panel &panel,
                                          ArrayRef<Value> rows,
                                          ArrayRef<Value> sums,
                                          const Prefetch &prefetch) const {
  if (!plan.matrices)
    return multiplySums(steps, panel, rows, sums, prefetch);
  SmallVector<Value> matrices = exchange(sums, panel.vectors);
  return exchange(multiplySums(steps, panel, rows, matrices, prefetch),
                  panel.vectors);
}

int64_t ContractTile::unrolledSteps(const Panel &panel) const {
  // Steps of integers are longer, and weights that are made are made once.
  if (plan.integer || panel.make)
    return 1;
  // An element that no instruction takes from memory in all lanes is in a
  // register, and used once by a panel of one vector: LLVM puts the sum in its
  // place. In a row, steps move sums so from register to register, and those of
  // more than half of the registers leave them.
  const bool takesFromMemory = e.target.vectorBits == 512;
  if (panel.vectors == 1 && !takesFromMemory &&
      2 * plan.tile.rows > int64_t(e.target.vectorRegisters))
    return 1;
  return std::min(kFloatSteps, stepsApart(panel.vectors));
}

int64_t ContractTile::stepsApart(int64_t vectors) const {
  const int64_t pixel = plan.shape.strideWidth * plan.groupChannels();
  if (plan.integer || plan.source != TermSource::Band || vectors > 1)
    return plan.runSteps();
  return std::min(pixel, plan.runSteps());
}

int64_t ContractTile::chains(int64_t sums) const {
  // Products wait four or five cycles for each other, two begin in a cycle.
  // Sums of parts of a panel are too short to be cut.
  constexpr int64_t kEnough = 8, kFewSteps = 16;
  if (plan.rows > plan.tile.rows || plan.blockSteps < plan.steps() ||
      plan.runSteps() < kFewSteps)
    return 1;
  return std::max<int64_t>(1, kEnough / sums);
}

bool ContractTile::unrollsRuns(const Panel &panel, int64_t sums) const {
  // A loop of two steps takes half as long again as the steps, and all of the
  // steps of a run find their terms from the pointers of its first.
  constexpr int64_t kMostProducts = 128;
  return plan.runs > 1 && plan.blockSteps >= plan.steps() &&
         stepsApart(panel.vectors) == plan.runSteps() &&
         plan.runSteps() * sums <= kMostProducts;
}

SmallVector<Value> ContractTile::overChains(Value run, const Steps &steps,
                                            const Panel &panel,
                                            ArrayRef<Value> rows,
                                            ValueRange sums) const {
  const int64_t count = chains(sums.size()), size = sums.size();
  const int64_t whole = plan.runSteps() / count * count;
  SmallVector<Value> all(sums);
  for (int64_t i = size; i < count * size; ++i)
    all.push_back(e.constant(sums[i % size].getType(), 0));
  all = e.carry(0, whole, count, all, [&](Value step, ValueRange all) {
    SmallVector<Value> next;
    for (int64_t chain = 0; chain < count; ++chain)
      next.append(oneStep(run, e.add(step, chain), steps, panel, rows,
                          all.slice(chain * size, size)));
    return next;
  });
  for (int64_t step = whole; step < plan.runSteps(); ++step) {
    const int64_t first = (step - whole) * size;
    llvm::copy(oneStep(run, e.index(step), steps, panel, rows,
                       ValueRange(all).slice(first, size)),
               all.begin() + first);
  }
  for (int64_t i = size; i < count * size; ++i)
    all[i % size] = addValues(e, all[i % size], all[i]);
  all.truncate(size);
  return all;
}

SmallVector<Value> ContractTile::multiplySums(const Steps &steps,
                                              const Panel &panel,
                                              ArrayRef<Value> rows,
                                              ArrayRef<Value> sums,
                                              const Prefetch &prefetch) const {
  auto overSteps = [&](Value run, Value low, Value high, ValueRange sums) {
    return e.carry(low, high, 1, sums, [&](Value step, ValueRange sums) {
      return oneStep(run, step, steps, panel, rows, sums);
    });
  };
  const int64_t unroll = unrolledSteps(panel);
  auto unrolled = [&](Value run, Value low, int64_t count, ValueRange sums) {
    return carryUnrolled(e, low, count, unroll, sums,
                         [&](Value step, ValueRange sums) {
                           return oneStep(run, step, steps, panel, rows, sums);
                         });
  };
  auto ofRun = [&](Value run, ValueRange sums) -> SmallVector<Value> {
    if (chains(sums.size()) > 1)
      return overChains(run, steps, panel, rows, sums);
    if (unrollsRuns(panel, sums.size()) && prefetch.count <= plan.runs) {
      if (prefetch.count > 0)
        prefetchLine(prefetch, e.min(e.sub(run, steps.runLow),
                                     e.index(prefetch.count - 1)));
      SmallVector<Value> all(sums);
      for (int64_t step = 0; step < plan.runSteps(); ++step)
        all = oneStep(run, e.index(step), steps, panel, rows, all);
      return all;
    }
    const bool unrolls = unroll > 1 && steps.count > 0;
    if (prefetch.count == 0)
      return unrolls ? unrolled(run, steps.stepLow, steps.count, sums)
                     : overSteps(run, steps.stepLow, steps.stepHigh, sums);
    // One line every few steps: more at once would take all the buffers that
    // the loads of this loop need.
    const int64_t stepsPerLine =
        std::max<int64_t>(1, plan.blockSteps / prefetch.count);
    if (unrolls && steps.count >= unroll) {
      int64_t length = std::min(
          std::max(stepsPerLine / unroll, int64_t(1)) * unroll, steps.count);
      // Parts of equal length need no code for a shorter one.
      if (steps.count % unroll == 0)
        while (steps.count % length != 0)
          length -= unroll;
      const int64_t whole = steps.count / length;
      const int64_t lines = std::max(length / stepsPerLine, int64_t(1));
      SmallVector<Value> all =
          e.carry(0, whole, 1, sums, [&](Value part, ValueRange sums) {
            Value before = e.add(e.mul(e.sub(run, steps.runLow), whole), part);
            for (int64_t line = 0; line < lines; ++line)
              prefetchLine(prefetch, e.add(e.mul(before, lines), line));
            return unrolled(run, e.add(steps.stepLow, e.mul(part, length)),
                            length, sums);
          });
      return unrolled(run, e.add(steps.stepLow, whole * length),
                      steps.count - whole * length, all);
    }
    return e.carry(
        steps.stepLow, steps.stepHigh, stepsPerLine, sums,
        [&](Value low, ValueRange sums) {
          Value before = e.add(e.mul(e.sub(run, steps.runLow), plan.runSteps()),
                               e.sub(low, steps.stepLow));
          prefetchLine(prefetch, e.div(before, stepsPerLine));
          return overSteps(
              run, low, e.min(e.add(low, stepsPerLine), steps.stepHigh), sums);
        });
  };
  if (plan.runs == 1)
    return ofRun(steps.runLow, sums);
  return e.carry(steps.runLow, steps.runHigh, 1, sums, ofRun);
}

void ContractTile::prefetchAhead(Value weights, Value at,
                                 int64_t stepElements) const {
  // Far enough for memory, near enough to stay in the L1 cache.
  constexpr int64_t kAheadBytes = 4096;
  auto type = cast<MemRefType>(weights.getType());
  const int64_t bytes = type.getElementTypeBitWidth() / 8;
  Value ahead = e.min(e.add(at, kAheadBytes / bytes),
                      e.index(type.getNumElements() - stepElements));
  for (int64_t i = 0; i < stepElements; i += 64 / bytes)
    memref::PrefetchOp::create(e.b, e.loc, weights, e.add(ahead, i),
                               /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
}

void ContractTile::prefetchLine(const Prefetch &prefetch, Value line) const {
  auto type = cast<MemRefType>(prefetch.buffer.getType());
  const int64_t elements = 64 * 8 / type.getElementTypeBitWidth();
  Value at = e.min(e.add(prefetch.first, e.mul(line, elements)),
                   e.index(type.getNumElements() - 1));
  memref::PrefetchOp::create(e.b, e.loc, prefetch.buffer, at,
                             /*isWrite=*/false, /*localityHint=*/2,
                             /*isDataCache=*/true);
}

void ContractTile::prefetchOutput(const Panel &panel, int64_t columns,
                                  Value firstRow) const {
  auto type = cast<MemRefType>(output.getType());
  const int64_t elements = 64 * 8 / type.getElementTypeBitWidth();
  for (int64_t row = 0; row < plan.tile.rows; ++row) {
    Value at = e.add(e.mul(e.add(firstRow, row), plan.shape.outChannels),
                     panel.column);
    for (int64_t column = 0; column < columns; column += elements) {
      Value line = e.add(at, column);
      memref::PrefetchOp::create(e.b, e.loc, output, line, /*isWrite=*/true,
                                 /*localityHint=*/2, /*isDataCache=*/true);
      if (residual)
        memref::PrefetchOp::create(e.b, e.loc, residual->buffer, line,
                                   /*isWrite=*/false, /*localityHint=*/2,
                                   /*isDataCache=*/true);
    }
  }
}

Value ContractTile::pixelOf(Value firstRow, int64_t row) const {
  if (plan.pixels == 1)
    return e.add(firstRow, row);
  const bool isOneLine = plan.endsWithLines(plan.tile.rows);
  Value inLines = isOneLine ? firstRow : e.add(firstRow, row);
  Value before = e.mul(e.div(inLines, plan.lineRows), plan.pixelDistance());
  return e.add(e.add(firstRow, before), row);
}

void ContractTile::storeRows(Value stored, ArrayRef<int64_t> rows,
                             int64_t vector, int64_t count, const Panel &panel,
                             Value firstRow) const {
  const int64_t pixels = plan.pixels, first = vector * plan.lanes / pixels;
  const int64_t width = count * plan.lanes / pixels;
  const int64_t valid = std::min(width, panel.validColumns / pixels - first);
  SmallVector<Value> places;
  for (int64_t row : rows) {
    Value pixel = pixelOf(firstRow, row);
    for (int64_t i = 0; i < pixels; ++i)
      places.push_back(e.add(e.add(e.mul(e.add(pixel, i * plan.pixelDistance()),
                                         plan.shape.outChannels),
                                   panel.column),
                             first));
  }
  if (pixels > 1) {
    SmallVector<int64_t> order;
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t i = 0; i < width; ++i)
        order.push_back(i * pixels + pixel);
    stored = e.make<vector::ShuffleOp>(stored, stored, order);
  }
  if (residual)
    stored = residual->addTo(e, stored, valid, places);
  for (auto [i, place] : llvm::enumerate(places))
    e.storePart(e.slice(stored, i * width, width), valid, output, place);
}

bool ContractTile::packsRows() const {
  // The longest vectors pack columns in their own order.
  return plan.packedColumns ||
         (plan.lanes == 16 && MicroKernel::packsLanes(e.target));
}

Value ContractTile::inOrder(Value pair) const {
  return plan.packedColumns ? MicroKernel::inColumnOrder(e, pair) : pair;
}

void ContractTile::finishByRows(ArrayRef<Value> sums, const Panel &panel,
                                Value firstRow) const {
  // For each sum by itself the code would be longer than the inner loop, and
  // the other sums would leave the registers all the same.
  const int64_t vectors = panel.vectors, lanes = plan.lanes;
  for (auto [i, sum] : llvm::enumerate(sums))
    e.store(sum, waiting, e.index(i * lanes));
  e.loop(int64_t(sums.size()) / vectors, [&](Value row) {
    Value from = e.mul(row, vectors * lanes);
    for (int64_t v = 0; v < vectors; ++v) {
      Value sum = e.load(waiting, e.add(from, v * lanes), lanes);
      storeRows(epilogue.apply(sum, e.add(panel.place, v * lanes)), {0}, v, 1,
                panel, e.add(firstRow, row));
    }
  });
}

void ContractTile::finishSums(ArrayRef<Value> sums, const Panel &panel,
                              Value firstRow) const {
  const int64_t vectors = panel.vectors, lanes = plan.lanes;
  const int64_t rows = int64_t(sums.size()) / vectors;
  auto [low, high] = residual->sum.bounds();
  for (int64_t v = 0; v < vectors; v += 2) {
    const int64_t count = std::min<int64_t>(2, vectors - v);
    const int64_t width = count * lanes, first = v * lanes;
    const int64_t valid = std::min(width, panel.validColumns - first);
    const bool packs = count == 2 && packsRows();
    SmallVector<int64_t> order;
    for (int64_t place = 0; place < width; ++place)
      order.push_back(plan.packedColumns && count == 2
                          ? MicroKernel::packedColumn(place, lanes)
                          : place);
    auto placeOf = [&](int64_t row) {
      return e.add(e.add(e.mul(pixelOf(firstRow, row), plan.shape.outChannels),
                         panel.column),
                   first);
    };
    // Sums of floats of a row.
    auto sumsOf = [&](int64_t row) {
      Value added = e.loadPart(residual->buffer, placeOf(row), valid, width);
      SmallVector<Value> all;
      for (int64_t i = 0; i < count; ++i) {
        Value result = epilogue.applyAsFloats(
            sums[row * vectors + v + i], e.add(panel.place, (v + i) * lanes));
        Value bytes = e.make<vector::ShuffleOp>(
            added, added, ArrayRef(order).slice(i * lanes, lanes));
        all.push_back(residual->sum.addToFloats(result, bytes));
      }
      return all;
    };
    if (!packs) {
      for (int64_t row = 0; row < rows; ++row) {
        SmallVector<Value> all = sumsOf(row);
        Value both = count == 2 ? e.concat(all[0], all[1]) : all[0];
        Value stored = emitRoundAndClamp(e, both, /*zeroPoint=*/0, low, high);
        e.storePart(e.toInt(stored, e.i(8)), valid, output, placeOf(row));
      }
      continue;
    }
    auto roundedOf = [&](int64_t row) {
      SmallVector<Value> all = sumsOf(row);
      for (Value &each : all)
        each = e.micro.roundToInt(e, each);
      return all;
    };
    for (int64_t row = 0; row < rows; row += 2) {
      // The last of an odd number of rows is packed with itself.
      SmallVector<Value> one = roundedOf(row);
      SmallVector<Value> other = row + 1 < rows ? roundedOf(row + 1) : one;
      Value packed =
          e.micro.packRows(e, one, other, /*zeroPoint=*/0, low, high);
      for (int64_t i = 0; i < std::min<int64_t>(2, rows - row); ++i)
        e.storePart(e.slice(packed, i * width, width), valid, output,
                    placeOf(row + i));
    }
  }
}

void ContractTile::finish(ArrayRef<Value> sums, const Panel &panel,
                          Value firstRow) const {
  if (residual && residual->sum.takesFloats())
    return finishSums(sums, panel, firstRow);
  const int64_t most = plan.tile.rows * plan.tile.vectors;
  if (waiting && int64_t(sums.size()) <= most)
    return finishByRows(sums, panel, firstRow);
  const int64_t vectors = panel.vectors;
  const int64_t rows = int64_t(sums.size()) / vectors;
  auto placeOf = [&](int64_t v) { return e.add(panel.place, v * plan.lanes); };
  for (int64_t v = 0; v < vectors;) {
    if (vectors - v == 1) {
      for (int64_t r = 0; r < rows; ++r)
        storeRows(epilogue.apply(sums[r * vectors + v], placeOf(v)), r, v, 1,
                  panel, firstRow);
      return;
    }
    auto pairOf = [&](int64_t r) {
      return ArrayRef(sums).slice(r * vectors + v, 2);
    };
    if (plan.packedColumns ? epilogue.packsRows()
                           : plan.lanes == 16 && epilogue.packsWideRows()) {
      for (int64_t r = 0; r < rows; r += 2) {
        // The last of an odd number of rows is packed with itself.
        int64_t second = std::min(r + 1, rows - 1);
        Value packed =
            epilogue.applyToRows(pairOf(r), pairOf(second), placeOf(v));
        storeRows(packed, {r, second}, v, 2, panel, firstRow);
      }
    } else {
      // Two vectors of sums make one full store of narrow results.
      for (int64_t r = 0; r < rows; ++r) {
        Value both = e.concat(pairOf(r)[0], pairOf(r)[1]);
        storeRows(inOrder(epilogue.apply(both, placeOf(v))), r, v, 2, panel,
                  firstRow);
      }
    }
    v += 2;
  }
}

} // namespace pare::cpu
