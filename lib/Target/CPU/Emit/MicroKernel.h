//===- MicroKernel.h - The inner step of an ISA -----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that knows instructions. Tiling, packing, tails and epilogues
// are written once on top of it. A new ISA is a subclass and a line in
// create().
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_MICROKERNEL_H
#define PARE_LIB_TARGET_CPU_EMIT_MICROKERNEL_H

#include "Emit/Emitter.h"

#include <memory>

namespace pare::cpu {

class MicroKernel {
public:
  virtual ~MicroKernel();

  static std::unique_ptr<MicroKernel> create(const TargetInfo &target);

  /// acc + x * y on f32 vectors, fused or not as the ISA has it.
  virtual Value multiplyAdd(Emitter &e, Value x, Value y, Value acc) const;

  /// x > bound ? x : bound on f32 vectors of any width: NaN becomes the bound.
  virtual Value clampBelow(Emitter &e, Value x, Value bound) const;

  /// acc[i] + x[2i] * y[2i] + x[2i+1] * y[2i+1] on vectors of i16, twice as
  /// long as the vector of i32 `acc`. No product pair overflows 32 bits.
  virtual Value dotPairs(Emitter &e, Value x, Value y, Value acc) const;

  /// Whether products of pairs are worth the interleaving that they need.
  /// Where multiplications widen, products one by one need none.
  static bool prefersPairs(const TargetInfo &target) {
    return !quadsAreSigned(target);
  }

  /// Whether the target has `dotQuads`.
  static bool hasDotQuads(const TargetInfo &target) {
    return target.dotStep == DotStep::VNNI || quadsAreSigned(target);
  }
  /// Whether the first factors of `dotQuads` are signed.
  static bool quadsAreSigned(const TargetInfo &target) {
    return target.dotStep == DotStep::NEON || target.dotStep == DotStep::SDot ||
           target.dotStep == DotStep::SMMLA;
  }

  /// acc[i] + the four products x[4i] * y[4i] ... of bytes `x`, unsigned but
  /// where quadsAreSigned, and signed bytes `y`, four times as long as the
  /// vector of i32 `acc`; no sum saturates. For targets that have it.
  virtual Value dotQuads(Emitter &e, Value x, Value y, Value acc) const;

  /// Whether the target has `dotMatrices`.
  static bool hasDotMatrices(const TargetInfo &target) {
    return target.dotStep == DotStep::SMMLA;
  }
  /// Elements of a row of a factor of `dotMatrices`.
  static constexpr int64_t kMatrixTerms = 8;
  /// acc + x * y of 2x2 sums: `x` is two rows of kMatrixTerms signed bytes, `y`
  /// two columns of as many, one behind the other; `acc` is the first row, then
  /// the second. No sum saturates. For targets that have it.
  virtual Value dotMatrices(Emitter &e, Value x, Value y, Value acc) const;

  /// Whether the target has `dotSmallQuads`.
  static bool hasDotSmallQuads(const TargetInfo &target) {
    return target.dotStep == DotStep::NEON ||
           (target.dotStep == DotStep::PMAddWD && target.vectorBits == 256);
  }
  /// As dotQuads, with unsigned `x` but where quadsAreSigned, if x[2i] * y[2i]
  /// + x[2i+1] * y[2i+1] fits in 16 bits. For targets that have it.
  virtual Value dotSmallQuads(Emitter &e, Value x, Value y, Value acc) const;

  /// The sum of dotSmallQuads of each `x` with its `y`, if in each lane not
  /// even the sums of all products of one sign leave 16 bits. For targets that
  /// order terms.
  virtual Value dotSmallGroup(Emitter &e, ValueRange x, ValueRange y,
                              Value acc) const;

  /// Whether the target has `dotSmallGroup` and `shuffleBlocks` and gains by
  /// them, with vectors of 32 bytes.
  static bool ordersTerms(const TargetInfo &target) {
    return hasDotSmallQuads(target) && !quadsAreSigned(target);
  }
  /// Of each 16 bytes of `x` those at `places`, numbers in [0, 16), of which
  /// there are as many. For targets that have it.
  virtual Value shuffleBlocks(Emitter &e, Value x, Value places) const;

  /// Whether the target has `roundToInt` and `packRows`, with columns in the
  /// order of packedColumn.
  static bool packsRows(const TargetInfo &target) {
    return (target.dotStep == DotStep::PMAddWD ||
            target.dotStep == DotStep::VNNI) &&
           target.vectorBits <= 256;
  }
  /// The column that stands at a place of the two vectors of `lanes` sums of a
  /// row that go into `packRows`.
  static int64_t packedColumn(int64_t place, int64_t lanes) {
    // Each 128-bit half of two vectors is packed by itself.
    int64_t vector = place / lanes, lane = place % lanes;
    return lane / 4 * 8 + vector * 4 + lane % 4;
  }
  /// Whether the target has `roundToInt` and `packLanes`.
  static bool packsLanes(const TargetInfo &target) {
    return target.dotStep == DotStep::PMAddWD ||
           target.dotStep == DotStep::VNNI;
  }
  /// Four vectors of i32 of up to 16 lanes: adds `zeroPoint` and clamps to
  /// [low, high], in i8. Four bytes of each in turn, as laneOrder numbers them.
  virtual Value packLanes(Emitter &e, llvm::ArrayRef<Value> four,
                          int64_t zeroPoint, int64_t low, int64_t high) const;
  /// Which of four vectors of `lanes` elements, one behind the other, `place`
  /// of the result of `packLanes` comes from.
  static int64_t laneOrder(int64_t place, int64_t lanes) {
    return place / 4 % 4 * lanes + place / 16 * 4 + place % 4;
  }
  /// What stands as packedColumn says, in the order of columns: a vector of
  /// twice `lanes` elements.
  static Value inColumnOrder(Emitter &e, Value pair);
  /// Nearest i32, halves to even, of f32 values of less than 2^31.
  virtual Value roundToInt(Emitter &e, Value x) const;
  /// Two rows of two vectors of i32 each: adds `zeroPoint` and clamps to [low,
  /// high], in i8. The bytes of the first row, then those of the second.
  /// Columns are in the order of packedColumn, those of vectors of 16 in their
  /// own.
  virtual Value packRows(Emitter &e, llvm::ArrayRef<Value> first,
                         llvm::ArrayRef<Value> second, int64_t zeroPoint,
                         int64_t low, int64_t high) const;
  /// packLanes with the bytes of each vector one behind the other.
  Value packInOrder(Emitter &e, llvm::ArrayRef<Value> four, int64_t zeroPoint,
                    int64_t low, int64_t high) const;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_MICROKERNEL_H
