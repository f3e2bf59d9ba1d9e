//===- ContractInput.h - Where the terms of a row are -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The left side of a contraction, as its plan's TermSource has it: read in
// place, gathered, or a band of the image with its padding. What is copied is
// converted to what the inner loop multiplies at the same time: 16-bit factors,
// or bytes with the plan's offset. A term of two pixels is the pair of f32,
// which is moved as a f64.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTINPUT_H
#define PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTINPUT_H

#include "Contract/ContractPlan.h"
#include "Emit/Layer.h"

namespace pare::cpu {

class ContractInput {
public:
  /// `input` is a flat buffer. Takes scratch memory if the plan copies.
  ContractInput(Layer &e, const ContractPlan &plan, Value input);

  /// Copies what the rows of a block need. `image` and `firstRow` (in the image
  /// for bands, otherwise of all) say which block.
  void load(Value image, Value firstRow, Value group);

  /// Offsets of the first terms of the rows of a tile in `buffer()`, of which
  /// the first is row `row` of the block that starts at `firstRow`.
  llvm::SmallVector<Value> rowStarts(Value firstRow, Value row, Value group,
                                     int64_t count);
  /// A step of two rows, one behind the other. For plans with matrices.
  Value loadPair(Value first, Value second, Value run, Value step) const;
  /// What a run adds to them.
  Value runOffset(Value run) const;

  /// f32, i16 or i8; f64 for a pair of f32.
  Value buffer() const { return terms; }
  Type termType() const { return term; }

private:
  void copyTerms(Value from, Value to, int64_t count);
  void fillTerms(Value to, int64_t count);
  void loadBand(Value image, Value firstRow, Value group);
  /// A line of the input that starts at `from` as pairs of terms, with its
  /// padding.
  void copyPairs(Value from, Value to);
  /// `count` terms of one line and of another, put together; null for zeros.
  void copyPairs(Value first, Value second, Value to, int64_t count);
  void loadPairs(Value firstRow, Value group);
  /// Elements that are copied or filled at a time.
  int64_t copyWidth() const;
  /// Offset of the first tap of a row that has no padding.
  Value inputOffset(Value row);

  Layer &e;
  const ContractPlan &plan;
  const ConvShape &s;
  Type term;
  Value input, terms;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTINPUT_H
