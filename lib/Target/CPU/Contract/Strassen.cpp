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
        filter(buffers.filter) {}

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

  void buildBlock(Value block, Range part);
  void sumRows();
  void buildPair(Value pair);
  void buildProduct(size_t index, Value pair);
  /// Computes and stores the vector `at` of a right factor.
  Value makeFactor(Right right, Value pair, Value at);
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
  SmallVector<Value> rowStarts(Left left, Value t);
  SmallVector<Value> loadSums(Waiting which, Value t);
  void storeSums(ArrayRef<Value> sums, Waiting which, Value t);

  /// Tiles of a half of the block, and their rows.
  int64_t tiles() const { return plan.halfTiles; }
  int64_t halfRows() const { return plan.halfRows(); }
  /// Elements of a half of a panel.
  int64_t halfPanel() const { return plan.halfSteps() * plan.panelWidth(); }
  int64_t panelPairs() const { return plan.fullPanels() / 2; }
  int64_t tileSums() const { return plan.tile.rows * plan.panelWidth(); }

  Layer &e;
  const ContractPlan &plan;
  ContractInput input;
  ContractTile tile;
  Value filter;
  /// The S; the right factor at hand, if it is made; sums.
  Value rowSums, factor, waiting;
  /// Of the block at hand.
  Value firstRow;
};

void StrassenLoops::build() {
  rowSums = e.scratch(e.f32(), 4 * halfRows() * plan.halfSteps());
  factor = e.scratch(e.f32(), halfPanel());
  const bool splits = plan.blockSteps < plan.halfSteps();
  waiting = e.scratch(e.f32(), (splits ? 3 : 2) * tiles() * tileSums());
  const int64_t blocks = plan.numBlocks();
  const int64_t units = plan.numPanels() - panelPairs();
  e.parallelBlocks(blocks, units,
                   [&](Value block, Range part) { buildBlock(block, part); });
}

void StrassenLoops::buildBlock(Value block, Range part) {
  firstRow = e.mul(block, plan.blockRows);
  input.load(e.index(0), firstRow, e.index(0));
  sumRows();
  const int64_t pairs = panelPairs(), full = plan.fullPanels();
  e.loopWithin(part, 0, pairs, [&](Value pair) { buildPair(pair); });
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

void StrassenLoops::sumRows() {
  const int64_t terms = plan.halfSteps(), each = halfRows() * terms;
  e.loop(halfRows(), [&](Value row) {
    auto startOf = [&](Value row) {
      return input.rowStarts(firstRow, row, e.index(0), 1).front();
    };
    Value upper = startOf(row), lower = startOf(e.add(row, plan.lowerHalf()));
    Value to = e.mul(row, terms);
    e.chunks(terms, plan.lanes, [&](Value i, int64_t w) {
      auto load = [&](Value start, int64_t offset) {
        return e.load(input.buffer(), e.add(e.add(start, i), offset), w);
      };
      Value a11 = load(upper, 0), a12 = load(upper, terms);
      Value a21 = load(lower, 0), a22 = load(lower, terms);
      Value s1 = addValues(e, a21, a22), s2 = subValues(e, s1, a11);
      Value s3 = subValues(e, a11, a21), s4 = subValues(e, a12, s2);
      Value all[] = {s1, s2, s3, s4};
      for (int64_t s = 0; s < 4; ++s)
        e.store(all[s], rowSums, e.add(e.add(to, i), s * each));
    });
  });
}

Value StrassenLoops::makeFactor(Right right, Value pair, Value at) {
  // The halves of two panels lie behind each other.
  Value first = e.add(fullPanel(e.mul(pair, 2)).offset, at);
  auto block = [&](Right which) {
    return e.load(filter, e.add(first, which * halfPanel()), plan.lanes);
  };
  auto before = [&] { return e.load(factor, at, plan.lanes); };
  auto value = [&] {
    switch (right) {
    case T1:
      return subValues(e, block(B12), block(B11));
    case T2:
      return addValues(e, before(), block(B11));
    case T3:
      return subValues(e, block(B22), block(B12));
    default:
      return subValues(e, block(B21), before());
    }
  };
  Value made = value();
  e.store(made, factor, at);
  return made;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void StrassenLoops::buildPair(Value pair) {
  for (size_t i = 0; i < std::size(kProducts); ++i)
    buildProduct(i, pair);
  // Rows without a partner, while the panels are near.
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

SmallVector<Value> StrassenLoops::rowStarts(Left left, Value t) {
  Value row = e.mul(t, plan.tile.rows);
  SmallVector<Value> starts;
  if (left >= S1) {
    Value first = e.add(row, (left - S1) * halfRows());
    for (int64_t r = 0; r < plan.tile.rows; ++r)
      starts.push_back(e.mul(e.add(first, r), plan.halfSteps()));
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

SmallVector<Value> StrassenLoops::loadSums(Waiting which, Value t) {
  Value first =
      e.add(e.mul(t, tileSums()), (which - U2) * tiles() * tileSums());
  SmallVector<Value> sums;
  for (int64_t i = 0; i < tileSums(); i += plan.lanes)
    sums.push_back(e.load(waiting, e.add(first, i), plan.lanes));
  return sums;
}

void StrassenLoops::storeSums(ArrayRef<Value> sums, Waiting which, Value t) {
  Value first =
      e.add(e.mul(t, tileSums()), (which - U2) * tiles() * tileSums());
  for (auto [i, sum] : llvm::enumerate(sums))
    e.store(sum, waiting, e.add(first, i * plan.lanes));
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
  SmallVector<Value> sums = loadSums(product.from, t);
  // What both panels get has no bias yet.
  if (product.end != End::Waits)
    addTo(sums, tile.start(outputPanel(product, pair)));
  return sums;
}

void StrassenLoops::end(const HalfProduct &product, Value pair, Value t,
                        SmallVector<Value> sums) {
  if (product.also != Nothing) {
    SmallVector<Value> more = loadSums(product.also, t);
    addTo(more, sums);
    storeSums(more, product.also, t);
  }
  if (product.end == End::Waits)
    return storeSums(sums, product.at, t);
  const Panel panel = outputPanel(product, pair);
  if (product.end == End::LowerSecond) {
    addTo(sums, loadSums(U3, t));
    addTo(sums, tile.start(panel));
  }
  Value row = e.mul(t, plan.tile.rows);
  if (product.end == End::LowerFirst || product.end == End::LowerSecond)
    row = e.add(row, plan.lowerHalf());
  tile.finish(sums, panel, e.add(firstRow, row));
}

void StrassenLoops::buildProduct(size_t index, Value pair) {
  const HalfProduct &product = kProducts[index];
  const int64_t half = plan.halfSteps();
  Panel panel = outputPanel(product, pair);
  panel.offset = e.index(0);
  if (isMade(product.right))
    panel.weights = factor;
  else
    panel.offset =
        e.add(fullPanel(e.mul(pair, 2)).offset, product.right * halfPanel());

  // Each tile asks for its share of the next pair of panels.
  const int64_t line =
      64 * 8 / cast<MemRefType>(filter.getType()).getElementTypeBitWidth();
  const int64_t stepBlocks = (half + plan.blockSteps - 1) / plan.blockSteps;
  const int64_t parts = stepBlocks * tiles();
  const int64_t all = int64_t(std::size(kProducts)) * parts;
  const int64_t share = (4 * halfPanel() / line + all - 1) / all;
  Value next = fullPanel(e.add(e.mul(pair, 2), 2)).offset;
  auto prefetch = [&](Value part) {
    Value at = e.mul(e.add(part, int64_t(index) * parts), share * line);
    return Prefetch{filter, e.add(next, at), share};
  };

  auto make = [&](Value at) { return makeFactor(product.right, pair, at); };
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
    return tile.multiply(steps, some, rowStarts(product.left, t), sums,
                         prefetch(part));
  };
  // The first tile makes the right factor while it is multiplied.
  auto forTiles = [&](function_ref<void(Value t, bool makes)> body) {
    const int64_t first = isMade(product.right);
    if (first)
      body(e.index(0), true);
    e.loop(first, tiles(), 1, [&](Value t) { body(t, false); });
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
    e.loop(tiles(),
           [&](Value t) { storeSums(start(product, pair, t), product.at, t); });
  e.loop(stepBlocks, [&](Value block) {
    Value low = e.mul(block, plan.blockSteps);
    Value high = e.min(e.add(low, plan.blockSteps), e.index(half));
    forTiles([&](Value t, bool makes) {
      Value part = e.add(e.mul(block, tiles()), t);
      storeSums(multiply(low, high, t, part, makes, loadSums(product.at, t)),
                product.at, t);
    });
  });
  if (product.end != End::Waits || product.also != Nothing)
    e.loop(tiles(),
           [&](Value t) { end(product, pair, t, loadSums(product.at, t)); });
}

} // namespace

void lowerStrassen(Layer &e, const ContractPlan &plan,
                   kernel::EpilogueAttr epilogue,
                   const ContractBuffers &buffers, const Residual *residual) {
  StrassenLoops(e, plan, epilogue, buffers, residual).build();
}

} // namespace pare::cpu
