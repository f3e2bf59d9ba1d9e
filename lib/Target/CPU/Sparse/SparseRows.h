//===- SparseRows.h - Windows as sparse contractions read them --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_SPARSEROWS_H
#define PARE_LIB_TARGET_CPU_SPARSE_SPARSEROWS_H

#include "Emit/Layer.h"
#include "Sparse/SparsePlan.h"

namespace pare::cpu {

/// The lowerings of the two forms. `values` and `bias` are the buffers to read;
/// no bias is none at all. `offsets` are SparsePlan::columnOffset of the
/// coordinates, or null.
struct SparseOperands {
  Value input, positions, coordinates, offsets, values, bias, output;
};
void lowerSparseChannels(Layer &e, const SparsePlan &plan,
                         kernel::SparseContractOp op,
                         const SparseOperands &operands);
/// `literals` are the weights where the plan has them in the code, else null.
struct SparseLiterals;
void lowerSparsePixels(Layer &e, const SparsePlan &plan,
                       kernel::SparseContractOp op,
                       const SparseOperands &operands,
                       const SparseLiterals *literals);

/// The windows of a contraction, one for each row of the product.
class SparseRows {
public:
  SparseRows(Layer &e, const SparsePlan &plan, Value input)
      : e(e), plan(plan), s(plan.shape), input(input) {}

  /// The type of a term as a step multiplies it.
  Type termType() const;
  /// Input elements as terms: widened and less the zero point, or as they are
  /// for signed quads, or with 128 added for unsigned ones.
  Value toTerms(Value elements) const;

  /// Offset in the input of the window of `row`, which has one tap.
  Value pointwiseStart(Value row) const;

  /// Copies the window of `row` to `scratch` at `to`, as terms or as it is
  /// stored.
  void gather(Value row, Value scratch, Value to, bool asTerms) const;

private:
  struct Corner {
    Value image, y, x;
  };
  Corner cornerOf(Value row) const;
  void copy(Value from, Value scratch, Value to, int64_t count,
            bool asTerms) const;
  void fill(Value scratch, Value to, int64_t count, bool asTerms) const;

  Layer &e;
  const SparsePlan &plan;
  const ConvShape &s;
  Value input;
};

/// The number of steps of the list of blocks of `blockRow`: [first, last).
std::pair<Value, Value> blocksOf(Layer &e, Value positions, Value blockRow);
/// An entry of a list of i32, as an index.
Value indexAt(Layer &e, Value list, Value at);

/// Asks for `lines` cache lines, of `perLine` elements each, from `at` on.
void prefetchLines(Layer &e, Value buffer, Value at, int64_t lines,
                   int64_t perLine, bool isWrite);

/// Asks for part `part` of `parts` of what a tile of `width` rows from `first`
/// on reads and writes. The rows of a tile are too many streams for a processor
/// to see what comes.
void prefetchTile(Layer &e, const SparsePlan &plan,
                  const SparseOperands &operands, Value first, int64_t width,
                  Value part, int64_t parts);

/// sum plus the products of one step of `plan`, exact for integers.
Value addStep(Layer &e, const SparsePlan &plan, Value x, Value weights,
              Value sum);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_SPARSEROWS_H
