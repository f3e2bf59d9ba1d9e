//===- ByteTable.h - Bytes that are looked up -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Processors look up bytes in tables of 16 (x86), 64 (NEON) or 128 entries
// (AVX-512 VBMI) in registers, a vector at once. A table of 256 is several of
// them, of which each byte needs one: those of NEON give 0 for an index that is
// too great; those of x86 do so for a negative one, and take the low four bits
// of any other.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_BYTETABLE_H
#define PARE_LIB_TARGET_CPU_EMIT_BYTETABLE_H

#include "Emit/Layer.h"

namespace pare::cpu {

/// A constant table of 256 bytes.
class ByteTable {
public:
  /// `entries` belong to the bytes from -128 on.
  ByteTable(Layer &e, llvm::ArrayRef<int8_t> entries);

  /// The bytes that are looked up at once; 0 for a target that loads them one
  /// by one.
  static int64_t vectorWidth(const TargetInfo &target);

  /// The entries of a vector of any number of bytes, or of a byte.
  Value apply(Value bytes);

private:
  /// The instructions that look up a vector of bytes.
  enum class Lookup { None, Shuffle, Permute, NEON };
  static Lookup findLookup(const TargetInfo &target);

  /// 16 entries that are shuffled, for bytes of one sign.
  struct Row {
    bool negative;
    /// The least index, in [0, 128), and where it is stored.
    int64_t first, at;
  };
  llvm::SmallVector<int8_t> chooseRows();

  Value part(int64_t at, int64_t count) const;
  Value number(Value like, int64_t value) const;
  Value call(llvm::StringRef name, mlir::ValueRange arguments) const;
  Value loadEntry(Value byte);
  /// The entries of a vector of `width` bytes.
  Value lookUp(Value bytes) const;
  Value byShuffles(Value bytes) const;
  Value byPermutes(Value bytes) const;
  Value byTables(Value bytes) const;

  Layer &e;
  Lookup kind;
  int64_t width;
  llvm::SmallVector<int8_t> entries;
  llvm::SmallVector<Row> rows;
  /// As vectors are looked up, and in order where a byte was.
  Value table, inOrder;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_BYTETABLE_H
