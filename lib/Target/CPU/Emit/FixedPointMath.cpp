//===- FixedPointMath.cpp - The fixed-point reciprocal as code ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/FixedPointMath.h"
#include "Emit/Arithmetic.h"
#include "Emit/Requantize.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace pare::cpu::fixed {

/// A number of the type of `x`, i32.
static Value number(Emitter &e, Value x, int64_t value) {
  return e.constant(x.getType(), value);
}

static Value shiftLeftSaturated(Emitter &e, Value x, int64_t exponent) {
  int64_t threshold = (int64_t(1) << (31 - exponent)) - 1;
  auto compare = [&](arith::CmpIPredicate predicate, int64_t y) {
    return e.make<arith::CmpIOp>(predicate, x, number(e, x, y));
  };
  Value shifted = e.make<arith::ShLIOp>(x, number(e, x, exponent));
  shifted =
      e.select(compare(arith::CmpIPredicate::sgt, threshold),
               number(e, x, std::numeric_limits<int32_t>::max()), shifted);
  return e.select(compare(arith::CmpIPredicate::slt, -threshold),
                  number(e, x, std::numeric_limits<int32_t>::min()), shifted);
}

/// (a + 1) / 2 rounded; the sum itself would overflow.
static Value halfOfOnePlus(Emitter &e, Value a) {
  Value sum = e.toInt(a, e.i(64));
  Type wide = sum.getType();
  sum = addValues(
      e, sum, e.constant(wide, int64_t(std::numeric_limits<int32_t>::max())));
  // The definition moves away from zero by one and divides by two, truncating:
  // floor((s + 1) / 2) for s >= 0, ceil((s - 1) / 2) = floor(s / 2) below.
  Value negative = e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, sum,
                                         e.constant(wide, 0));
  sum = e.select(negative, sum, addValues(e, sum, e.constant(wide, 1)));
  return e.toInt(e.make<arith::ShRSIOp>(sum, e.constant(wide, 1)), e.i(32));
}

/// 1 / (1 + a) for a in [0, 1) in Q0.31: three Newton-Raphson steps.
static Value oneOverOnePlus(Emitter &e, Value a) {
  Value one = number(e, a, int64_t(1) << 29);
  Value half = halfOfOnePlus(e, a);
  Value x = addValues(e, number(e, a, 1515870810),
                      emitHighMul(e, half, number(e, a, -1010580540)));
  for (int step = 0; step < 3; ++step) {
    Value error = subValues(e, one, emitHighMul(e, half, x));
    x = addValues(e, x, shiftLeftSaturated(e, emitHighMul(e, x, error), 2));
  }
  return shiftLeftSaturated(e, x, 1);
}

Reciprocal emitReciprocal(Emitter &e, Value x, int64_t integerBits) {
  Value headroom = e.make<math::CountLeadingZerosOp>(x);
  Value shifted = subValues(e, e.make<arith::ShLIOp>(x, headroom),
                            number(e, x, std::numeric_limits<int32_t>::min()));
  return {oneOverOnePlus(e, shifted),
          subValues(e, number(e, x, integerBits), headroom)};
}

} // namespace pare::cpu::fixed
