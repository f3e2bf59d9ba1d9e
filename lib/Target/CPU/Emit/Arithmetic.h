//===- Arithmetic.h - Functions of one and two elements ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_ARITHMETIC_H
#define PARE_LIB_TARGET_CPU_EMIT_ARITHMETIC_H

#include "Emit/Emitter.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"

namespace pare::cpu {

// Of floats or integers.
Value addValues(Emitter &e, Value x, Value y);
Value subValues(Emitter &e, Value x, Value y);
Value mulValues(Emitter &e, Value x, Value y);
/// x > y ? x : y.
Value maxValues(Emitter &e, Value x, Value y);
/// x < y ? x : y.
Value minValues(Emitter &e, Value x, Value y);

/// sum / count, halves away from zero, of i32 vectors with |sum| <= `most` and
/// count > 0.
Value roundedQuotient(Emitter &e, Value sum, Value count, int64_t most);

/// 1 / (1 + exp(-x)).
Value sigmoid(Emitter &e, Value x);
Value tanh(Emitter &e, Value x);

/// upper / lower, for what divides the product of several at once.
struct Quotient {
  Value upper, lower;
};
/// tanh(x) of f32, within 5 units in the last place and no greater than 1; NaN
/// stays. `lower` is from 1 to 230. All x beyond kTanhBound have the result of
/// it, so that one that is bounded already needs no other bound.
constexpr float kTanhBound = 7.9f;
Quotient tanhQuotient(mlir::OpBuilder &b, mlir::Location loc, Value x,
                      bool isBounded = false);
Value exp(Emitter &e, Value x);

/// The function of kernel.unary, before the epilogue.
Value unaryFunction(Emitter &e, kernel::UnaryKind kind, Value x, double alpha);

/// All elements of a vector combined by `combine`, by halves.
Value reduceVector(Emitter &e, Value vector,
                   llvm::function_ref<Value(Value, Value)> combine);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_ARITHMETIC_H
