//===- Unroll.h - Loops with some steps in a row ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inner loops of products of floats. To count takes a fifth of the instructions
// of a step, and such a loop is fast as long as nothing else needs what
// executes them: another thread of the same core does.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_UNROLL_H
#define PARE_LIB_TARGET_CPU_EMIT_UNROLL_H

#include "Emit/Emitter.h"

namespace pare::cpu {

/// Steps of products of floats that stand in a row.
inline constexpr int64_t kFloatSteps = 4;

/// `count` steps from `low` on, `unroll` of them in a row in a loop, and those
/// that are left behind it. `body` gets a step and what is carried.
inline llvm::SmallVector<Value> carryUnrolled(Emitter &e, Value low,
                                              int64_t count, int64_t unroll,
                                              ValueRange init,
                                              Emitter::CarryingBody body) {
  auto inARow = [&](Value first, int64_t length, ValueRange values) {
    llvm::SmallVector<Value> all(values);
    for (int64_t step = 0; step < length; ++step)
      all = body(e.add(first, step), all);
    return all;
  };
  const int64_t whole = count / unroll * unroll;
  llvm::SmallVector<Value> all =
      e.carry(0, whole, unroll, init, [&](Value step, ValueRange values) {
        return inARow(e.add(low, step), unroll, values);
      });
  return inARow(e.add(low, whole), count - whole, all);
}

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_UNROLL_H
