//===- WinogradTransforms.cpp - Transforms of vectors ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Winograd/WinogradTransforms.h"
#include "Emit/Arithmetic.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {

namespace {
/// Sums and differences.
struct Terms {
  Layer &e;

  Value add(Value x, Value y) const { return addValues(e, x, y); }
  Value sub(Value x, Value y) const { return subValues(e, x, y); }
  /// `factor` is a power of two.
  Value scaled(Value x, int64_t factor) const {
    if (isa<FloatType>(elementOf(x.getType())))
      return mulValues(e, x, e.constant(x.getType(), double(factor)));
    return e.make<arith::ShLIOp>(
        x, e.constant(x.getType(), int64_t(llvm::Log2_64(factor))));
  }
  /// y + factor * x.
  Value addScaled(Value y, int64_t factor, Value x) const {
    if (factor == 1)
      return add(y, x);
    if (isa<FloatType>(elementOf(x.getType())))
      return e.micro.multiplyAdd(e, x, e.constant(x.getType(), double(factor)),
                                 y);
    return add(y, scaled(x, factor));
  }
  /// y - factor * x.
  Value subScaled(Value y, int64_t factor, Value x) const {
    if (isa<FloatType>(elementOf(x.getType())))
      return addScaled(y, -factor, x);
    return sub(y, scaled(x, factor));
  }
};
} // namespace

SmallVector<Value> transformInput(Layer &e, const WinogradTransform &t,
                                  ArrayRef<Value> x) {
  Terms of{e};
  if (t.outputs == 2)
    return {of.sub(x[0], x[2]), of.add(x[1], x[2]), of.sub(x[2], x[1]),
            of.sub(x[1], x[3])};
  const Value even = of.sub(x[4], x[2]), odd = of.sub(x[3], x[1]);
  const Value evenFour = of.subScaled(x[4], 4, x[2]);
  const Value oddFour = of.subScaled(x[3], 4, x[1]);
  return {of.addScaled(even, 4, of.sub(x[0], x[2])),
          of.add(evenFour, oddFour),
          of.sub(evenFour, oddFour),
          of.addScaled(even, 2, odd),
          of.subScaled(even, 2, odd),
          of.subScaled(of.sub(x[5], x[3]), 4, odd)};
}

SmallVector<Value> transformOutput(Layer &e, const WinogradTransform &t,
                                   ArrayRef<Value> x) {
  Terms of{e};
  const Value sum = of.add(x[1], x[2]), difference = of.sub(x[1], x[2]);
  if (t.outputs == 2)
    return {of.add(x[0], sum), of.sub(difference, x[3])};
  const Value sum2 = of.add(x[3], x[4]), difference2 = of.sub(x[3], x[4]);
  if (isa<FloatType>(elementOf(x[0].getType())))
    return {of.add(of.add(x[0], sum), sum2),
            of.addScaled(difference, 2, difference2),
            of.addScaled(sum, 4, sum2),
            of.add(of.addScaled(difference, 8, difference2), x[5])};
  // Columns 1, 2 and 5 count four times.
  const Value sumFour = of.scaled(sum, 4);
  const Value differenceFour = of.scaled(difference, 4);
  const Value twice = of.scaled(difference2, 2);
  return {of.add(of.add(x[0], sumFour), sum2), of.add(differenceFour, twice),
          of.addScaled(sumFour, 4, sum2),
          of.addScaled(differenceFour, 4, of.add(twice, x[5]))};
}

SmallVector<int64_t> transformConstant(const WinogradTransform &t,
                                       int64_t value) {
  SmallVector<int64_t> results;
  for (int64_t i = 0; i < t.points(); ++i) {
    int64_t sum = 0;
    for (int64_t j = 0; j < t.points(); ++j)
      sum += t.input[i][j];
    results.push_back(sum * value);
  }
  return results;
}

} // namespace pare::cpu
