//===- Strassen.cpp - Products of halves ----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One level of Strassen's algorithm, in the form of Winograd: seven products of
// halves and fifteen sums in place of eight products.
//
// A is a block of rows, its lower half below the upper one, and its terms in a
// first and a second half; B is a pair of neighbouring panels, each with its
// steps in two halves. With
//
//   S1 = A21 + A22   S2 = S1 - A11    S3 = A11 - A21   S4 = A12 - S2
//   T1 = B12 - B11   T3 = B22 - B12   T2 = T3 + B11    T4 = B21 - T2
//   U2 = A11 B11 + S2 T2              U3 = U2 + S3 T3
//
// the four blocks of the output are
//
//   A11 B11 + A12 B21                 U2 + S1 T1 + S4 B22
//   U3 + A22 T4                       U3 + S1 T1
//
// What is added to a product are the sums with which its register tile starts;
// only S1 T1 and U2 are added to two. The S are computed once for a block of
// rows. Each T is computed from the weights while its first tile is multiplied,
// one in the place of the other, and stays in the L1 cache: weights are neither
// stored twice nor larger. Panels that have no partner are multiplied as they
// are, and so are rows, or the halves overlap and compute some rows twice.
//
// The S are as large as all of A. Where that is too much for the arena, the
// products are computed in phases, each for all pairs of panels, so that only
// two S are there at a time, or one S of some of the rows. U2 and U3 wait in
// the second column of the output then. The weights pass by once a phase, and a
// T is computed for each group of rows. Results have the same bits.
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractTile.h"
#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class StrassenLoops {
public:
  StrassenLoops(Layer &e, const ContractPlan &plan,
                kernel::EpilogueAttr epilogue, const ContractBuffers &buffers,
                const Residual *residual)
      : e(e), plan(plan), input(e, plan, buffers.input),
        tile(e, plan, epilogue, buffers.output, buffers.bias, input, residual),
        filter(buffers.filter), output(buffers.output) {}

  void build();

private:
  enum Left { A11, A12, A22, S1, S2, S3, S4 };
  enum Right { B11, B21, B12, B22, T1, T2, T3, T4 };
  /// Sums that wait for another product.
  enum Waiting { Nothing, U2, U3, Other };
  /// What becomes of a product's sums.
  enum class End { Waits, UpperFirst, UpperSecond, LowerFirst, LowerSecond };

  struct HalfProduct {
    Left left;
    Right right;
    /// What the sums start with, and where they wait between blocks of steps.
    Waiting from, at;
    /// What gets the sums too.
    Waiting also;
    End end;
  };
  /// T2 and T4 are made of the T before them.
  static constexpr HalfProduct kProducts[] = {
      {A11, B11, Nothing, U2, Nothing, End::Waits},
      {A12, B21, U2, Other, Nothing, End::UpperFirst},
      {S3, T3, Nothing, U3, Nothing, End::Waits},
      {S2, T2, U2, U2, U3, End::Waits},
      {A22, T4, U3, Other, Nothing, End::LowerFirst},
      {S1, T1, Nothing, Other, U2, End::LowerSecond},
      {S4, B22, U2, U2, Nothing, End::UpperSecond},
  };
  static constexpr size_t kOfT3 = 2, kOfT2 = 3;

  /// Products that follow each other for a pair of panels, and the sums of rows
  /// that they need, which are in the scratch memory meanwhile.
  struct Phase {
    size_t first, end;
    SmallVector<Left, 4> sums;
  };
  SmallVector<Phase> phases() const;

  void buildBlock(Value block, Range part);
  void buildPhase(const Phase &phase, Range part);
  /// The first term of a row of the block.
  Value startOf(Value row) {
    return input.rowStarts(firstRow, row, e.index(0), 1).front();
  }
  /// The S at vector `i` of rows of both halves that start there.
  Value sumOf(Left left, Value upper, Value lower, Value i, int64_t width);
  /// The S of a phase for the tiles at hand.
  void sumRows(const Phase &phase);
  /// Rows without a partner.
  void buildRowsAlone(Value pair);
  void buildProduct(const Phase &phase, size_t index, Value pair);
  /// Computes and stores the vector `at` of a right factor.
  Value makeFactor(const Phase &phase, Right right, Value pair, Value at);
  /// Whether a right factor is not just read from the weights.
  static bool isMade(Right right) { return right >= T1; }
  /// The sums that tile `t` starts with, and what becomes of those it has then.
  SmallVector<Value> start(const HalfProduct &product, Value pair, Value t);
  void end(const HalfProduct &product, Value pair, Value t,
           SmallVector<Value> sums);
  void addTo(SmallVector<Value> &sums, ArrayRef<Value> more);
  /// `count` rows of a block from `row` on by a whole panel.
  void plainTile(Value row, int64_t count, const Panel &panel);

  Panel panelAt(Value p, int64_t vectors, int64_t valid);
  Panel fullPanel(Value p) {
    return panelAt(p, plan.tile.vectors, plan.panelWidth());
  }
  /// The panel of which a product gives sums.
  Panel outputPanel(const HalfProduct &product, Value pair) {
    bool second =
        product.end == End::UpperSecond || product.end == End::LowerSecond;
    return fullPanel(e.add(e.mul(pair, 2), second));
  }
  SmallVector<Value> rowStarts(const Phase &phase, Left left, Value t);
  /// Where vector `i` of the sums of a tile waits in sumsBuffer().
  Value waitingPlace(Waiting which, Value pair, Value t, int64_t i);
  SmallVector<Value> loadSums(Waiting which, Value pair, Value t);
  void storeSums(ArrayRef<Value> sums, Waiting which, Value pair, Value t);

  /// Tiles of a half of the block, and their rows.
  int64_t tiles() const { return plan.halfTiles; }
  /// Whether all products of a pair follow each other, so that their sums need
  /// not wait long.
  bool byPairs() const { return plan.rowSums == 4; }
  Value sumsBuffer() const { return byPairs() ? waiting : output; }
  /// Elements of an S in the scratch memory.
  int64_t rowSumSize() const {
    return plan.sumTiles * plan.tile.rows * plan.halfSteps();
  }
  int64_t halfRows() const { return plan.halfRows(); }
  /// Elements of a half of a panel.
  int64_t halfPanel() const { return plan.halfSteps() * plan.panelWidth(); }
  int64_t panelPairs() const { return plan.fullPanels() / 2; }
  int64_t tileSums() const { return plan.tile.rows * plan.panelWidth(); }

  Layer &e;
  const ContractPlan &plan;
  ContractInput input;
  ContractTile tile;
  Value filter, output;
  /// The S; the right factor at hand, if it is made; sums.
  Value rowSums, factor, waiting;
  /// Of the block at hand.
  Value firstRow;
  /// Its tiles at hand.
  Range group;
};

void StrassenLoops::build() {
  rowSums = e.scratch(e.f32(), plan.rowSums * rowSumSize());
  factor = e.scratch(e.f32(), halfPanel());
  const bool splits = plan.blockSteps < plan.halfSteps();
  if (byPairs())
    waiting = e.scratch(e.f32(), (splits ? 3 : 2) * tiles() * tileSums());
  const int64_t blocks = plan.numBlocks();
  const int64_t units = plan.numPanels() - panelPairs();
  e.parallelBlocks(blocks, units,
                   [&](Value block, Range part) { buildBlock(block, part); });
}

void StrassenLoops::buildBlock(Value block, Range part) {
  firstRow = e.mul(block, plan.blockRows);
  input.load(e.index(0), firstRow, e.index(0));
  const int64_t pairs = panelPairs(), full = plan.fullPanels();
  for (const Phase &phase : phases())
    buildPhase(phase, part);
  if (!byPairs())
    e.loopWithin(part, 0, pairs, [&](Value pair) { buildRowsAlone(pair); });
  auto alone = [&](int64_t p, int64_t vectors, int64_t valid) {
    e.loopWithin(part, p - pairs, p - pairs + 1, [&](Value) {
      Panel panel = panelAt(e.index(p), vectors, valid);
      e.loop(plan.blockTiles(), [&](Value t) {
        plainTile(e.min(e.mul(t, plan.tile.rows),
                        e.index(plan.blockRows - plan.tile.rows)),
                  plan.tile.rows, panel);
      });
    });
  };
  if (full % 2 != 0)
    alone(full - 1, plan.tile.vectors, plan.panelWidth());
  if (plan.tailVectors() != 0)
    alone(full, plan.tailVectors(), plan.columns - full * plan.panelWidth());
}

Panel StrassenLoops::panelAt(Value p, int64_t vectors, int64_t valid) {
  Panel panel;
  panel.weights = filter;
  panel.offset = e.mul(p, plan.panelWidth() * plan.steps());
  panel.vectors = vectors;
  panel.place = panel.column = e.mul(p, plan.panelWidth());
  panel.validColumns = valid;
  return panel;
}

void StrassenLoops::plainTile(Value row, int64_t count, const Panel &panel) {
  // A few rows that are left need no unrolled code.
  Steps steps = {e.index(0), e.index(1), e.index(0), e.index(plan.steps()),
                 count < plan.tile.rows ? 0 : plan.steps()};
  SmallVector<Value> rows = input.rowStarts(firstRow, row, e.index(0), count);
  tile.finish(tile.multiply(steps, panel, rows, tile.start(panel, count)),
              panel, e.add(firstRow, row));
}

//===----------------------------------------------------------------------===//
// Sums of factors
//===----------------------------------------------------------------------===//

Value StrassenLoops::sumOf(Left left, Value upper, Value lower, Value i,
                           int64_t width) {
  auto load = [&](Value start, int64_t offset) {
    return e.load(input.buffer(), e.add(e.add(start, i), offset), width);
  };
  auto sum = [&](Left which) { return sumOf(which, upper, lower, i, width); };
  switch (left) {
  case A11:
    return load(upper, 0);
  case A12:
    return load(upper, plan.halfSteps());
  case A22:
    return load(lower, plan.halfSteps());
  case S1:
    return addValues(e, load(lower, 0), sum(A22));
  case S2:
    return subValues(e, sum(S1), sum(A11));
  case S3:
    return subValues(e, sum(A11), load(lower, 0));
  case S4:
    return subValues(e, sum(A12), sum(S2));
  }
  llvm_unreachable("no left factor");
}

void StrassenLoops::sumRows(const Phase &phase) {
  const int64_t terms = plan.halfSteps(), rows = plan.tile.rows;
  Value first = e.mul(group.low, rows);
  e.loop(first, e.mul(group.high, rows), [&](Value row) {
    Value upper = startOf(row), lower = startOf(e.add(row, plan.lowerHalf()));
    Value to = e.mul(e.sub(row, first), terms);
    e.chunks(terms, plan.lanes, [&](Value i, int64_t w) {
      SmallVector<Value> all;
      for (Left left : phase.sums)
        all.push_back(sumOf(left, upper, lower, i, w));
      for (auto [s, sum] : llvm::enumerate(all))
        e.store(sum, rowSums, e.add(e.add(to, i), int64_t(s) * rowSumSize()));
    });
  });
}

Value StrassenLoops::makeFactor(const Phase &phase, Right right, Value pair,
                                Value at) {
  // The halves of two panels lie behind each other.
  Value first = e.add(fullPanel(e.mul(pair, 2)).offset, at);
  auto block = [&](Right which) {
    return e.load(filter, e.add(first, which * halfPanel()), plan.lanes);
  };
  // T2 and T4 are made of the T that was there before, if it was this pair's.
  auto make = [&](Right which, auto &make) -> Value {
    auto before = [&](size_t product) {
      return product >= phase.first ? e.load(factor, at, plan.lanes)
                                    : make(kProducts[product].right, make);
    };
    switch (which) {
    case T1:
      return subValues(e, block(B12), block(B11));
    case T2:
      return addValues(e, before(kOfT3), block(B11));
    case T3:
      return subValues(e, block(B22), block(B12));
    default:
      return subValues(e, block(B21), before(kOfT2));
    }
  };
  Value made = make(right, make);
  e.store(made, factor, at);
  return made;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

SmallVector<StrassenLoops::Phase> StrassenLoops::phases() const {
  if (plan.rowSums == 4)
    return {{0, 7, {S1, S2, S3, S4}}};
  if (plan.rowSums == 2)
    return {{0, 5, {S2, S3}}, {5, 7, {S1, S4}}};
  return {{0, 2, {}}, {2, 3, {S3}}, {3, 4, {S2}},
          {4, 5, {}}, {5, 6, {S1}}, {6, 7, {S4}}};
}

void StrassenLoops::buildPhase(const Phase &phase, Range part) {
  auto buildPairs = [&] {
    if (!phase.sums.empty())
      sumRows(phase);
    e.loopWithin(part, 0, panelPairs(), [&](Value pair) {
      for (size_t i = phase.first; i < phase.end; ++i)
        buildProduct(phase, i, pair);
      // While the panels are near.
      if (byPairs())
        buildRowsAlone(pair);
    });
  };
  group = {e.index(0), e.index(tiles())};
  if (phase.sums.empty() || plan.sumTiles == tiles())
    return buildPairs();
  e.loop(0, tiles(), plan.sumTiles, [&](Value low) {
    group = {low, e.min(e.add(low, plan.sumTiles), e.index(tiles()))};
    buildPairs();
  });
}

void StrassenLoops::buildRowsAlone(Value pair) {
  for (int64_t row = 2 * halfRows(); row < plan.blockRows;) {
    const int64_t count = std::min(plan.tile.rows, plan.blockRows - row);
    if (fitsRegisters(plan, e.target, {count, 2 * plan.tile.vectors})) {
      // By both panels at once: few sums wait for each other.
      Panel both = fullPanel(e.mul(pair, 2));
      both.apart = plan.panelWidth() * plan.steps();
      both.vectors *= 2;
      both.validColumns *= 2;
      plainTile(e.index(row), count, both);
    } else {
      e.loop(2, [&](Value second) {
        plainTile(e.index(row), count,
                  fullPanel(e.add(e.mul(pair, 2), second)));
      });
    }
    row += count;
  }
}

SmallVector<Value> StrassenLoops::rowStarts(const Phase &phase, Left left,
                                            Value t) {
  Value row = e.mul(t, plan.tile.rows);
  SmallVector<Value> starts;
  if (left >= S1) {
    const int64_t sum = llvm::find(phase.sums, left) - phase.sums.begin();
    Value first = e.sub(row, e.mul(group.low, plan.tile.rows));
    for (int64_t r = 0; r < plan.tile.rows; ++r)
      starts.push_back(
          e.add(e.mul(e.add(first, r), plan.halfSteps()), sum * rowSumSize()));
    return starts;
  }
  if (left == A22)
    row = e.add(row, plan.lowerHalf());
  starts = input.rowStarts(firstRow, row, e.index(0), plan.tile.rows);
  if (left != A11)
    for (Value &start : starts)
      start = e.add(start, plan.halfSteps());
  return starts;
}

Value StrassenLoops::waitingPlace(Waiting which, Value pair, Value t,
                                  int64_t i) {
  if (byPairs())
    return e.add(e.mul(t, tileSums()),
                 (which - U2) * tiles() * tileSums() + i * plan.lanes);
  const int64_t vectors = plan.tile.vectors;
  Value row = e.add(firstRow, e.mul(t, plan.tile.rows));
  row = e.add(row, (which == U3 ? plan.lowerHalf() : 0) + i / vectors);
  Value column = fullPanel(e.add(e.mul(pair, 2), 1)).column;
  return e.add(e.add(e.mul(row, plan.shape.outChannels), column),
               i % vectors * plan.lanes);
}

SmallVector<Value> StrassenLoops::loadSums(Waiting which, Value pair, Value t) {
  SmallVector<Value> sums;
  for (int64_t i = 0; i < tileSums() / plan.lanes; ++i)
    sums.push_back(
        e.load(sumsBuffer(), waitingPlace(which, pair, t, i), plan.lanes));
  return sums;
}

void StrassenLoops::storeSums(ArrayRef<Value> sums, Waiting which, Value pair,
                              Value t) {
  for (auto [i, sum] : llvm::enumerate(sums))
    e.store(sum, sumsBuffer(), waitingPlace(which, pair, t, int64_t(i)));
}

void StrassenLoops::addTo(SmallVector<Value> &sums, ArrayRef<Value> more) {
  for (auto [sum, added] : llvm::zip_equal(sums, more))
    sum = addValues(e, sum, added);
}

SmallVector<Value> StrassenLoops::start(const HalfProduct &product, Value pair,
                                        Value t) {
  // The output's columns of two panels are as good as at random places.
  if (product.at != Other && product.from == Nothing) {
    Value row = e.mul(t, plan.tile.rows);
    if (product.at == U3)
      row = e.add(row, plan.lowerHalf());
    tile.prefetchOutput(fullPanel(e.mul(pair, 2)), 2 * plan.panelWidth(),
                        e.add(firstRow, row));
  }
  if (product.from == Nothing)
    return SmallVector<Value>(tileSums() / plan.lanes,
                              e.constant(e.vec(e.f32(), plan.lanes), 0));
  SmallVector<Value> sums = loadSums(product.from, pair, t);
  // What both panels get has no bias yet.
  if (product.end != End::Waits)
    addTo(sums, tile.start(outputPanel(product, pair)));
  return sums;
}

void StrassenLoops::end(const HalfProduct &product, Value pair, Value t,
                        SmallVector<Value> sums) {
  if (product.also != Nothing) {
    SmallVector<Value> more = loadSums(product.also, pair, t);
    addTo(more, sums);
    storeSums(more, product.also, pair, t);
  }
  if (product.end == End::Waits)
    return storeSums(sums, product.at, pair, t);
  const Panel panel = outputPanel(product, pair);
  if (product.end == End::LowerSecond) {
    addTo(sums, loadSums(U3, pair, t));
    addTo(sums, tile.start(panel));
  }
  Value row = e.mul(t, plan.tile.rows);
  if (product.end == End::LowerFirst || product.end == End::LowerSecond)
    row = e.add(row, plan.lowerHalf());
  tile.finish(sums, panel, e.add(firstRow, row));
}

void StrassenLoops::buildProduct(const Phase &phase, size_t index, Value pair) {
  const HalfProduct &product = kProducts[index];
  const int64_t half = plan.halfSteps();
  Panel panel = outputPanel(product, pair);
  panel.offset = e.index(0);
  if (isMade(product.right))
    panel.weights = factor;
  else
    panel.offset =
        e.add(fullPanel(e.mul(pair, 2)).offset, product.right * halfPanel());

  // Each tile asks for its share of the next pair of panels, which may come
  // from far.
  const int64_t line =
      64 * 8 / cast<MemRefType>(filter.getType()).getElementTypeBitWidth();
  const int64_t stepBlocks = (half + plan.blockSteps - 1) / plan.blockSteps;
  const int64_t parts = stepBlocks * tiles();
  const int64_t all = int64_t(std::size(kProducts)) * parts;
  const int64_t share = (4 * halfPanel() / line + all - 1) / all;
  Value next = fullPanel(e.add(e.mul(pair, 2), 2)).offset;
  auto prefetch = [&](Value part) {
    if (!byPairs())
      return Prefetch();
    Value at = e.mul(e.add(part, int64_t(index) * parts), share * line);
    return Prefetch{filter, e.add(next, at), share};
  };

  auto make = [&](Value at) {
    return makeFactor(phase, product.right, pair, at);
  };
  auto multiply = [&](Value low, Value high, Value t, Value part, bool makes,
                      ArrayRef<Value> sums) {
    Steps steps = {e.index(0), e.index(1), low, high,
                   half % plan.blockSteps == 0 ? plan.blockSteps : 0};
    if (product.left >= S1)
      steps.terms = rowSums;
    Panel some = panel;
    some.offset = e.add(panel.offset, e.mul(low, plan.panelWidth()));
    if (makes)
      some.make = make;
    return tile.multiply(steps, some, rowStarts(phase, product.left, t), sums,
                         prefetch(part));
  };
  // The first tile makes the right factor while it is multiplied.
  auto forTiles = [&](function_ref<void(Value t, bool makes)> body) {
    const int64_t first = isMade(product.right);
    if (first)
      body(group.low, true);
    auto others = [&](Value t) { body(t, false); };
    e.loop(e.add(group.low, first), group.high, others);
  };
  if (stepBlocks == 1) {
    forTiles([&](Value t, bool makes) {
      end(product, pair, t,
          multiply(e.index(0), e.index(half), t, t, makes,
                   start(product, pair, t)));
    });
    return;
  }
  if (product.from != product.at || product.end != End::Waits)
    e.loop(tiles(), [&](Value t) {
      storeSums(start(product, pair, t), product.at, pair, t);
    });
  e.loop(stepBlocks, [&](Value block) {
    Value low = e.mul(block, plan.blockSteps);
    Value high = e.min(e.add(low, plan.blockSteps), e.index(half));
    forTiles([&](Value t, bool makes) {
      Value part = e.add(e.mul(block, tiles()), t);
      storeSums(
          multiply(low, high, t, part, makes, loadSums(product.at, pair, t)),
          product.at, pair, t);
    });
  });
  if (product.end != End::Waits || product.also != Nothing)
    e.loop(tiles(), [&](Value t) {
      end(product, pair, t, loadSums(product.at, pair, t));
    });
}

} // namespace

void lowerStrassen(Layer &e, const ContractPlan &plan,
                   kernel::EpilogueAttr epilogue,
                   const ContractBuffers &buffers, const Residual *residual) {
  StrassenLoops(e, plan, epilogue, buffers, residual).build();
}

} // namespace pare::cpu
