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

#ifndef PARE_LIB_TARGET_CPU_LAYER_H
#define PARE_LIB_TARGET_CPU_LAYER_H

#include "Emitter.h"
#include "MicroKernel.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace pare::cpu {

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

  /// A view of the scratch memory of this layer, behind all views before. Two
  /// views of the same bytes: give `at` of the first.
  Value scratch(Type element, int64_t count);
  Value scratchAt(Type element, int64_t count, int64_t at);
  int64_t scratchBytes() const { return scratchSize; }

  /// Ends the function. `arguments` are the values to call it with, without the
  /// scratch memory.
  mlir::func::FuncOp finish();
  llvm::ArrayRef<Value> arguments() const { return args; }

private:
  mlir::func::FuncOp func;
  llvm::SmallVector<Value> args;
  Value scratchArgument;
  int64_t scratchSize = 0;
};

/// The rank-1 form of a buffer's type.
mlir::MemRefType flatType(Type type);

/// The name of the global that a value reads, empty if it is none.
llvm::StringRef globalName(Value value);

/// The layer's name as an identifier.
std::string identifierOf(mlir::Operation *op);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_LAYER_H
