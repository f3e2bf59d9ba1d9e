//===- Interpreter.h - The reference interpreter of nn ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs networks of nn, one operation after the other, by the plainest code that
// does it. What it computes is the meaning of the dialect (docs/numerics.md):
// every pass and every back end is tested against it.
//
// Floating-point layers sum in double and round each result once to f32, so a
// back end agrees with them up to its own rounding errors. Integer layers are
// exact: a back end must give the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_INTERPRETER_INTERPRETER_H
#define PARE_INTERPRETER_INTERPRETER_H

#include "pare/Runtime/Executable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>
#include <vector>

namespace pare {

/// Evaluates one operation of nn that is not a constant: `operands` have the
/// types of its operands (a sparse matrix is given densely), `results` is
/// overwritten. Errors name the layer.
llvm::Error evaluate(mlir::Operation *op,
                     llvm::ArrayRef<const HostTensor *> operands,
                     llvm::SmallVectorImpl<HostTensor> &results);

/// The elements of an `nn.constant` or (densely) an `nn.sparse_constant`.
llvm::Expected<HostTensor> evaluateConstant(mlir::Operation *op);

/// A function of nn operations, ready to run.
class Interpreter : public Executable {
public:
  /// Called with each value that a run has computed, constants excepted.
  using Observer = llvm::function_ref<void(mlir::Value, const HostTensor &)>;

  /// Prepares `func`: one block of nn operations on tensors of static shape.
  /// The function must stay as it is while the interpreter lives. Fails with
  /// the name of the first layer that cannot be run.
  static llvm::Expected<std::unique_ptr<Interpreter>>
  create(mlir::func::FuncOp func);

  llvm::Error run(llvm::ArrayRef<HostTensor> in,
                  llvm::SmallVectorImpl<HostTensor> &out) override;

  /// The same, and shows `observer` the arguments and all results on the way.
  llvm::Error run(llvm::ArrayRef<HostTensor> in,
                  llvm::SmallVectorImpl<HostTensor> &out, Observer observer);

  /// The greatest number of bytes of intermediate values that are alive at
  /// once: results are freed after their last use.
  int64_t arenaBytes() const override { return peakBytes; }
  int64_t weightBytes() const override { return constantBytes; }

private:
  Interpreter(mlir::func::FuncOp func, Signature signature);

  /// Fills in the constants, the last uses and the byte counts.
  llvm::Error prepare();

  mlir::func::FuncOp func;
  llvm::DenseMap<mlir::Value, HostTensor> constants;
  /// The values that die with each operation.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value, 2>> lastUses;
  int64_t peakBytes = 0;
  int64_t constantBytes = 0;
};

} // namespace pare

#endif // PARE_INTERPRETER_INTERPRETER_H
