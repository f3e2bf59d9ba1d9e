//===- ContractTile.h - One register tile -----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The inner loop of a contraction and what comes after it: sums of some rows
// and some vectors of columns, in registers.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTTILE_H
#define PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTTILE_H

#include "Contract/ContractInput.h"
#include "Contract/Sum.h"

namespace pare::cpu {

/// Steps [stepLow, stepHigh) of each of the runs [runLow, runHigh).
struct Steps {
  Value runLow, runHigh, stepLow, stepHigh;
  /// stepHigh - stepLow if that is a constant, or else 0.
  int64_t count = 0;
  /// The buffer of the terms, if it is not the input's.
  Value terms = {};
};

/// Weights to ask for while others are multiplied: `count` cache lines of
/// `buffer` from element `first` on, spread over the steps.
struct Prefetch {
  Value buffer, first;
  int64_t count = 0;
};

/// Some vectors of weights side by side.
struct Panel {
  /// Of the first weight of `steps` in `weights`, in elements.
  Value weights, offset;
  int64_t vectors;
  /// In padded per-channel data, and in a pixel of the output.
  Value place, column;
  /// Columns that exist.
  int64_t validColumns;
  /// Elements from the first half of the vectors to the second one, where they
  /// are two panels; 0 if they are one.
  int64_t apart = 0;
  /// Gives a vector of weights at an offset where they are not just loaded.
  llvm::function_ref<Value(Value at)> make = {};
};

class ContractTile {
public:
  /// `output` and `bias` are flat buffers.
  ContractTile(Layer &e, const ContractPlan &plan,
               kernel::EpilogueAttr epilogue, Value output, Value bias,
               ContractInput &input, const Residual *residual);

  /// The sums of `rows` rows before the first step: the bias.
  llvm::SmallVector<Value> start(const Panel &panel, int64_t rows) const;
  llvm::SmallVector<Value> start(const Panel &panel) const {
    return start(panel, plan.tile.rows);
  }
  /// Adds the products of some steps; `rows` from ContractInput::rowStarts.
  llvm::SmallVector<Value> multiply(const Steps &steps, const Panel &panel,
                                    llvm::ArrayRef<Value> rows,
                                    llvm::ArrayRef<Value> sums,
                                    const Prefetch &prefetch = {}) const;
  /// Stores the results of a tile from row `firstRow` of all on.
  void finish(llvm::ArrayRef<Value> sums, const Panel &panel,
              Value firstRow) const;

  /// Asks for what `finish` will write of `columns` columns from those of
  /// `panel` on, and for what it adds.
  void prefetchOutput(const Panel &panel, int64_t columns,
                      Value firstRow) const;

  /// f32 or i32.
  Type sumType() const { return plan.integer ? e.i(32) : e.f32(); }

private:
  llvm::SmallVector<Value> oneStep(Value run, Value step, const Steps &steps,
                                   const Panel &panel,
                                   llvm::ArrayRef<Value> rows,
                                   ValueRange sums) const;
  void prefetchLine(const Prefetch &prefetch, Value line) const;
  /// Asks for a step that comes later.
  void prefetchAhead(Value weights, Value at, int64_t stepElements) const;
  /// oneStep for pairs of rows and columns; `at` is the panel's step.
  llvm::SmallVector<Value> stepOfMatrices(Value run, Value step, Value at,
                                          const Panel &panel,
                                          llvm::ArrayRef<Value> rows,
                                          ValueRange sums) const;
  /// Vectors of sums of rows as matrices, or matrices as vectors.
  llvm::SmallVector<Value> exchange(llvm::ArrayRef<Value> sums,
                                    int64_t vectors) const;
  /// How many steps stand one after the other in the innermost loop.
  int64_t unrolledSteps(const Panel &panel) const;
  /// Into how many partial sums each sum of a tile is cut: those of a few
  /// columns of one row would wait for each other.
  int64_t chains(int64_t sums) const;
  /// Whether the steps of a run stand one after the other in code.
  bool unrollsRuns(const Panel &panel, int64_t sums) const;
  /// Steps from a term of a window to the same term in the window beside it.
  /// More steps in a row have terms in common, which LLVM would load once and
  /// keep, where one product alone takes each, in memory. All steps of a run if
  /// there is nothing in common, or vectors enough that take a term.
  int64_t stepsApart(int64_t vectors) const;
  /// All steps of a run for as many partial sums.
  llvm::SmallVector<Value> overChains(Value run, const Steps &steps,
                                      const Panel &panel,
                                      llvm::ArrayRef<Value> rows,
                                      ValueRange sums) const;
  llvm::SmallVector<Value> multiplySums(const Steps &steps, const Panel &panel,
                                        llvm::ArrayRef<Value> rows,
                                        llvm::ArrayRef<Value> sums,
                                        const Prefetch &prefetch) const;
  /// The terms of one step of a row, in all lanes.
  Value broadcastTerms(Value terms, Value at) const;
  Value dot(Value x, Value weights, Value sum) const;
  /// The output pixel of a row of the tile, the first one of a pair.
  Value pixelOf(Value firstRow, int64_t row) const;
  /// `count` vectors of each of the rows, side by side in `stored`.
  void storeRows(Value stored, llvm::ArrayRef<int64_t> rows, int64_t vector,
                 int64_t count, const Panel &panel, Value firstRow) const;
  /// `finish` where bytes of a residual are added to results in registers.
  void finishSums(llvm::ArrayRef<Value> sums, const Panel &panel,
                  Value firstRow) const;
  /// `finish` for a long epilogue: a loop over rows.
  void finishByRows(llvm::ArrayRef<Value> sums, const Panel &panel,
                    Value firstRow) const;
  /// Whether MicroKernel::packRows takes pairs of vectors of this tile.
  bool packsRows() const;
  /// The first pair of vectors of a row in the order of columns.
  Value inOrder(Value pair) const;

  Layer &e;
  const ContractPlan &plan;
  ContractInput &input;
  Value output, bias;
  /// What is added to the results, or null.
  const Residual *residual;
  Epilogue epilogue;
  /// Where the sums of a tile wait for a long epilogue, if it has one.
  Value waiting;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTTILE_H
