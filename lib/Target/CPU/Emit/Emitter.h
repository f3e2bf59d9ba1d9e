//===- Emitter.h - Builds loops over flat buffers ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small words for what all lowerings say: loops, index arithmetic that folds,
// loads and stores of vectors of any static width. A buffer is a memref of rank
// 1; multi-dimensional indices are linear arithmetic. Data are vectors always,
// of one element where there is no more: tails are the same code at a smaller
// width.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_EMITTER_H
#define PARE_LIB_TARGET_CPU_EMIT_EMITTER_H

#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace pare::cpu {

using mlir::Type;
using mlir::Value;
using mlir::ValueRange;

/// The element type of a vector, any other type as it is.
Type elementOf(Type type);

/// How a walk over a box reads or writes one buffer: element i of the box is at
/// offset + i . strides.
struct Access {
  int64_t offset = 0;
  llvm::SmallVector<int64_t> strides;
};

/// Drops dimensions of size 1 and merges neighbours that every access walks as
/// one.
void mergeDimensions(llvm::SmallVector<int64_t> &sizes,
                     llvm::SmallVector<Access> &accesses);

class Emitter {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location loc,
          const TargetInfo &target)
      : b(builder), loc(loc), target(target) {}

  mlir::OpBuilder &b;
  mlir::Location loc;
  const TargetInfo &target;

  template <typename OpT, typename... Args> Value make(Args &&...args) {
    return b.createOrFold<OpT>(loc, std::forward<Args>(args)...);
  }

  //===--------------------------------------------------------------------===//
  // Index arithmetic; constants fold.
  //===--------------------------------------------------------------------===//
  Value index(int64_t value);
  Value add(Value x, Value y);
  Value add(Value x, int64_t y);
  Value sub(Value x, Value y);
  Value mul(Value x, int64_t y);
  /// Of non-negative values.
  Value div(Value x, int64_t y);
  Value rem(Value x, int64_t y);
  Value min(Value x, Value y);
  Value max(Value x, Value y);
  Value clampIndex(Value x, int64_t low, int64_t high);

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//
  using Body = llvm::function_ref<void(Value)>;
  using CarryingBody =
      llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)>;
  void loop(int64_t low, int64_t high, int64_t step, Body body);
  void loop(int64_t count, Body body) { loop(0, count, 1, body); }
  void loop(Value low, Value high, Body body);
  /// A loop that carries values.
  llvm::SmallVector<Value> carry(Value low, Value high, int64_t step,
                                 ValueRange init, CarryingBody body);
  llvm::SmallVector<Value> carry(int64_t low, int64_t high, int64_t step,
                                 ValueRange init, CarryingBody body);

  void when(Value condition, llvm::function_ref<void()> then,
            llvm::function_ref<void()> otherwise = nullptr);

  /// `count` elements in chunks of `width`, the rest in chunks of the lesser
  /// powers of two. `body` is called with the first index of a chunk.
  using ChunkBody = llvm::function_ref<void(Value, int64_t)>;
  void chunks(int64_t count, int64_t width, ChunkBody body);

  /// Walks over a box. `body` gets, for each access, the offset of a chunk and
  /// the stride inside the chunk, which is 0 or 1 unless the width is 1.
  using BoxBody =
      llvm::function_ref<void(llvm::ArrayRef<Value> offsets,
                              llvm::ArrayRef<int64_t> strides, int64_t width)>;
  /// What makes the outermost loop of a walk in place of `loop` and `chunks`.
  struct OuterLoops {
    llvm::function_ref<void(int64_t count, Body body)> loop;
    llvm::function_ref<void(int64_t count, int64_t width, ChunkBody body)>
        chunks;
  };
  void box(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<Access> accesses,
           int64_t width, BoxBody body, const OuterLoops *outer = nullptr);

  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//
  Value load(Value buffer, Value index, int64_t width);
  /// One element, repeated.
  Value splatLoad(Value buffer, Value index, int64_t width);
  /// A chunk of a box: contiguous, or one element for stride 0.
  Value loadChunk(Value buffer, Value index, int64_t width, int64_t stride);
  /// `count` elements and then zeros, which are not read.
  Value loadPart(Value buffer, Value index, int64_t count, int64_t width);
  /// The elements of a buffer of i32 at a vector of indices.
  Value gather(Value buffer, Value indices);
  void store(Value vector, Value buffer, Value index);
  /// The first `count` elements of `vector`.
  void storePart(Value vector, int64_t count, Value buffer, Value index);
  /// The buffer from an element on.
  Value startingAt(Value buffer, Value index);
  Value loadScalar(Value buffer, Value index);
  void storeScalar(Value value, Value buffer, Value index);
  /// Asks for the cache line of an element of the buffer.
  void prefetch(Value buffer, Value index);
  static constexpr int64_t kLineBytes = 64;

  //===--------------------------------------------------------------------===//
  // Data
  //===--------------------------------------------------------------------===//
  mlir::VectorType vec(Type element, int64_t width);
  Type f32() { return b.getF32Type(); }
  Type i(unsigned bits) { return b.getIntegerType(bits); }
  /// A constant of any scalar or vector type of floats or integers.
  Value constant(Type type, double value);
  Value constant(Type type, int64_t value);
  Value constant(Type type, int value) {
    return constant(type, int64_t(value));
  }
  Value broadcast(Value scalar, int64_t width);
  /// The same shape with another element type.
  Type like(Value value, Type element);
  /// Sign (or zero) extension or truncation to `element`.
  Value toInt(Value value, Type element, bool isUnsigned = false);
  Value select(Value condition, Value x, Value y);
  /// x > low ? x : low, then x < high ? x : high; no code for an infinite
  /// bound. NaN becomes `low` where there is one.
  Value clampFloat(Value value, double low, double high);
  Value clampInt(Value value, int64_t low, int64_t high);
  /// Elements `from` to `from + count` of a vector.
  Value slice(Value vector, int64_t from, int64_t count);
  Value concat(Value x, Value y);
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_EMITTER_H
