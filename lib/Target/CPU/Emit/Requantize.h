//===- Requantize.h - From sums to stored values ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of pare/Numerics as vector code, to the bit, in both modes.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_REQUANTIZE_H
#define PARE_LIB_TARGET_CPU_EMIT_REQUANTIZE_H

#include "Emit/ByteTable.h"
#include "pare/Numerics/FixedPoint.h"

#include <memory>

namespace pare::cpu {

/// round(x * m / 2^31) as saturatingRoundingDoublingHighMul, for values that
/// are not both the least integer.
Value emitHighMul(Emitter &e, Value x, Value m);

/// x / 2^exponent rounded, halves away from zero, as roundingDivideByPowerOfTwo
/// (vectors or scalars of i32 or i16).
Value emitRoundingShift(Emitter &e, Value x, Value exponent);
Value emitRoundingShift(Emitter &e, Value x, int64_t exponent);

/// multiplyByQuantizedMultiplier for one factor.
Value emitMultiply(Emitter &e, Value x, QuantizedMultiplier factor);

/// roundAndClampF32: clamps an f32 value (zero point not yet added), rounds
/// half to even, adds the zero point. The bounds are quantized values of at
/// most 16 bits.
Value emitRoundAndClamp(Emitter &e, Value value, int64_t zeroPoint, int64_t low,
                        int64_t high);

/// The factor of entry `index` in mode `fixed`.
QuantizedMultiplier fixedEntry(nn::ScalesAttr scales, int64_t index);

/// The bounds of an integer epilogue that stores `element`: where the attribute
/// has none, those of the type.
std::pair<int64_t, int64_t> integerBounds(kernel::EpilogueAttr epilogue,
                                          Type element);

/// What happens to a sum before it is stored: kernel's epilogue attribute.
class Epilogue {
public:
  /// `order` lists the channels as the caller numbers them, -1 for a place
  /// that holds no channel; empty if the caller never names a channel.
  Epilogue(Layer &layer, kernel::EpilogueAttr attribute, Type outElement,
           llvm::ArrayRef<int64_t> order = {});

  /// The stored values for a vector of sums, of which the first is at place
  /// `channel` of `order`.
  Value apply(Value sums, Value channel = {}) const;

  /// The same for sums of one channel.
  Value applyToChannel(Value sums, Value channel) const;

  /// What `apply` stores less the zero point, as f32, for what is done with it
  /// in registers. Without a table.
  Value applyAsFloats(Value sums, Value channel) const;

  /// Whether `applyToRows` can be used: bytes by small factors in mode `float`,
  /// on a target that packs rows of sums.
  bool packsRows() const;
  /// The same for vectors of 16 sums, with columns in their own order.
  bool packsWideRows() const;
  /// Two rows of two vectors of sums each, as MicroKernel::packRows takes them;
  /// `channel` is the place of the first vector of both. The bytes of both.
  Value applyToRows(llvm::ArrayRef<Value> first, llvm::ArrayRef<Value> second,
                    Value channel) const;

  /// Whether what it does to floats is much code, which is worth a loop.
  bool isLong() const;

  /// Four vectors of sums, each of channels of its own: the first place of the
  /// first is `channel`, that of the others follows. The bytes as
  /// MicroKernel::laneOrder numbers them. Always possible.
  Value applyToLanes(llvm::ArrayRef<Value> sums, Value channel) const;

  /// The bits of 2^23 as a float, which added to k >= 0 make those of 2^23 + k,
  /// and to k < 0 those of less, for |k| < kRaisedRange.
  static constexpr int32_t kRaised = 0x4B000000;
  static constexpr int64_t kRaisedRange = 1 << 23;
  /// Whether `raise` can be used: what is negative is clamped, and bytes are
  /// packed.
  bool takesRaised() const;
  /// From now on sums have their range and are kRaised higher, those of
  /// applyToRows, applyToLanes and applyToFour, in `order`. With factor f,
  /// fma(2^23 + k, f, -2^23 * f) is k * f rounded once, so that nothing has to
  /// be converted to floats.
  void raise(llvm::ArrayRef<int64_t> order);

  /// Four vectors of sums of the same channels, in their order; `channel` is
  /// the place of the first. The bytes of each, one behind the other.
  Value applyToFour(llvm::ArrayRef<Value> sums, Value channel) const;

private:
  /// Whether a product is an i32 when it is rounded, and results are bytes.
  bool roundsToBytes() const;
  /// Gives the entries of a table that belong to the sums at hand.
  using Entries = llvm::function_ref<Value(Value table)>;
  /// Finds products that stand for the table, or prepares to look bytes up.
  void prepareTable();
  /// Results of the table, by products: integers that are not yet clamped.
  Value multiplyOut(Value sums, Entries entries) const;
  Value lookUp(Value bytes) const {
    return lookups ? lookups->apply(bytes) : bytes;
  }
  Value finish(Value sums, Entries entries) const;
  /// Results as f32, rounded: less the zero point, in range.
  Value roundedFloats(Value sums, Entries entries, double low,
                      double high) const;
  Value clampSums(Value sums) const;
  Value requantizeFixed(Value sums, Entries entries) const;
  Value requantizeFloat(Value sums, Entries entries) const;
  /// The rounded product of sums whose first is at place `channel`.
  Value scaleAndRound(Value sums, Value channel) const;
  Value packRows(llvm::ArrayRef<Value> first,
                 llvm::ArrayRef<Value> second) const;

  Layer &e;
  kernel::EpilogueAttr attr;
  Type outElement;
  /// Per-channel factors, null for one factor; what raised products are too
  /// high by, negated.
  Value factors, multipliers, lefts, rights, lowered;
  bool raised = false;

  /// What is packed: the zero point that is added to it, and its bounds.
  int64_t packedZero = 0;
  std::pair<int64_t, int64_t> packedBounds;
  /// A table in the epilogue: one of the two.
  std::optional<TableProducts> products;
  std::shared_ptr<ByteTable> lookups;
  /// Which bounds the operand of products needs.
  bool clampsLow = true, clampsHigh = true;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_REQUANTIZE_H
