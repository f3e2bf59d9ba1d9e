//===- FixedPointMath.h - The fixed-point reciprocal as code ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of pare/Numerics/FixedPointMath.h that is not tabulated, as emitted
// code, to the bit.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_FIXEDPOINTMATH_H
#define PARE_LIB_TARGET_CPU_EMIT_FIXEDPOINTMATH_H

#include "Emit/Emitter.h"

namespace pare::cpu::fixed {

/// The reciprocal of an i32 x > 0 with `integerBits` integer bits.
struct Reciprocal {
  Value mantissa;
  Value bitsOver;
};
Reciprocal emitReciprocal(Emitter &e, Value x, int64_t integerBits);

} // namespace pare::cpu::fixed

#endif // PARE_LIB_TARGET_CPU_EMIT_FIXEDPOINTMATH_H
