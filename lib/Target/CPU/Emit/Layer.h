//===- Layer.h - The function that a kernel operation becomes ---*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every kernel operation becomes a private function of its own, named after the
// layer: a profile shows layers, LLVM never sees a function that grows with the
// network, and arguments can be declared not to alias.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_LAYER_H
#define PARE_LIB_TARGET_CPU_EMIT_LAYER_H

#include "Emit/Emitter.h"
#include "Emit/MicroKernel.h"
#include "Emit/Sharing.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace pare::cpu {

/// The iterations from `low` to before `high` of a loop.
struct Range {
  Value low, high;
};

/// A new private constant global of rank 1. `hint` is the start of its name.
mlir::memref::GlobalOp createConstant(mlir::SymbolTable &symbols,
                                      mlir::Location loc, llvm::StringRef hint,
                                      Type element, llvm::ArrayRef<char> bytes);

class Layer : public Emitter {
public:
  /// Starts the function of `op`.
  Layer(mlir::OpBuilder &builder, mlir::Operation *op,
        mlir::SymbolTable &symbols, const TargetInfo &target,
        const MicroKernel &micro);

  mlir::SymbolTable &symbols;
  const MicroKernel &micro;
  mlir::Operation *operation() const { return op; }

  /// The buffer of an operand, of rank 1.
  Value buffer(Value operand);
  static llvm::ArrayRef<int64_t> shape(Value operand);
  static int64_t count(Value operand);
  static Type element(Value operand);

  /// The global of that name.
  Value global(llvm::StringRef name);

  /// The one value of all elements of an f32 operand, if it is constant.
  std::optional<float> constantSplat(Value operand);

  /// A new constant.
  template <typename T>
  Value table(llvm::StringRef hint, Type element, llvm::ArrayRef<T> values) {
    return global(createConstant(symbols, loc, hint, element,
                                 {reinterpret_cast<const char *>(values.data()),
                                  values.size() * sizeof(T)})
                      .getSymName());
  }

  //===--------------------------------------------------------------------===//
  // Threads. A layer that says nothing here runs on one.
  //===--------------------------------------------------------------------===//

  /// The part of the iterations [0, `count`) of the outermost loop that a call
  /// of this layer's function computes: all of them, unless threads share them.
  /// They must not depend on each other, on their order, or on where a part
  /// begins; two may store the same value at the same place. What stands before
  /// the loop is done by every thread. At most once a layer, and not inside of
  /// a loop.
  Range share(int64_t count);
  /// Of a member of a kernel.stripes: the rows of its output that a call
  /// computes. It takes their ends as arguments, then, and shares nothing.
  Range givenRows();
  bool takesRows() const { return bool(firstRow); }
  /// The line of the image that is line `line` of what a call computes.
  Value imageLine(Value line);
  /// The iterations of [low, high) that lie in a part, as one of several loops
  /// that together are the shared one.
  void loopWithin(Range part, int64_t low, int64_t high, Body body);
  /// The loops of Emitter, shared as the outermost loop of the layer.
  void parallelLoop(int64_t count, Body body);
  void parallelChunks(int64_t count, int64_t width, ChunkBody body);
  /// Shares `blocks` that have `parts` each: many by blocks, few by blocks and
  /// parts. `body` does some of the parts of a block, none outside of [0,
  /// parts).
  void parallelBlocks(int64_t blocks, int64_t parts,
                      llvm::function_ref<void(Value block, Range part)> body);
  void parallelBox(llvm::ArrayRef<int64_t> sizes,
                   llvm::ArrayRef<Access> accesses, int64_t width,
                   BoxBody body);

  /// A view of the scratch memory of this layer, behind all views before; each
  /// thread has its own, which holds nothing from another iteration of a shared
  /// loop. Two views of the same bytes: give `at` of the first.
  Value scratch(Type element, int64_t count);
  Value scratchAt(Type element, int64_t count, int64_t at);
  int64_t scratchBytes() const { return scratchSize; }

  /// Ends the function. `arguments` are the values to call it with, without the
  /// scratch memory and, of a shared loop, the two ends of the part to do.
  mlir::func::FuncOp finish();
  llvm::ArrayRef<Value> arguments() const { return args; }
  /// How threads share the layer, if they do.
  std::optional<Sharing> shared() const {
    return sharing.iterations ? std::optional(sharing) : std::nullopt;
  }

private:
  mlir::Operation *op;
  mlir::func::FuncOp func;
  llvm::SmallVector<Value> args;
  Value scratchArgument;
  int64_t scratchSize = 0;
  Range sharedArguments;
  /// The first of the given rows, null if there are none.
  Value firstRow;
  Sharing sharing;
};

/// The rank-1 form of a buffer's type.
mlir::MemRefType flatType(Type type);

/// The name of the global that a value reads, empty if it is none.
llvm::StringRef globalName(Value value);

/// The layer's name as an identifier.
std::string identifierOf(mlir::Operation *op);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_LAYER_H
