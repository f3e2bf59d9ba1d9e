//===- Softmax.cpp - Softmax and layer normalization ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/FixedPointMath.h"
#include "Emit/Lowering.h"
#include "Emit/Requantize.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;

namespace pare::cpu {
namespace {

/// Walks over a row in vectors of `width`, and what is left one by one, and
/// combines what `map` makes of each, of the type of the scalar `initial`.
Value reduceRow(Emitter &e, Value from, int64_t length, int64_t width,
                TypedAttr initial,
                function_ref<Value(Value at, int64_t width)> map,
                function_ref<Value(Value, Value)> combine) {
  int64_t whole = length / width * width;
  auto part = [&](int64_t low, int64_t high, int64_t w) {
    VectorType type = e.vec(initial.getType(), w);
    Value init = arith::ConstantOp::create(
        e.b, e.loc, DenseElementsAttr::get(type, Attribute(initial)));
    Value all = e.carry(low, high, w, init, [&](Value i, ValueRange acc) {
      return SmallVector<Value>{combine(acc[0], map(e.add(from, i), w))};
    })[0];
    return reduceVector(e, all, combine);
  };
  return combine(part(0, whole, width), part(whole, length, 1));
}

/// exp(x) for x <= 0, to a unit in the last place; 0 for what is less than the
/// least normal number, and NaN for NaN. About half the instructions of an exp
/// of any number.
Value expOfNegative(Emitter &e, Value x) {
  Type type = x.getType(), bits = e.like(x, e.i(32));
  auto number = [&](double value) { return e.constant(type, value); };
  auto multiplyAdd = [&](Value a, Value b, Value c) {
    return e.target.hasFMA ? e.make<math::FmaOp>(a, b, c)
                           : addValues(e, mulValues(e, a, b), c);
  };
  constexpr double kLeast = -87.0;
  Value vanishes =
      e.make<arith::CmpFOp>(arith::CmpFPredicate::OLT, x, number(kLeast));
  x = maxValues(e, number(kLeast), x);
  // x = n * ln 2 + r, |r| <= ln(2) / 2. The sum with 1.5 * 2^23 has n in its
  // low bits. The first part of ln 2 has so few bits that its product is exact.
  constexpr double kMagic = 12582912.0;
  Value shifted = multiplyAdd(x, number(1.0 / M_LN2), number(kMagic));
  Value n = subValues(e, shifted, number(kMagic));
  Value r = multiplyAdd(n, number(-0.693359375), x);
  r = multiplyAdd(n, number(0.693359375 - M_LN2), r);
  // 1 + r + r^2 * q(r): the relative error in that range is 3e-9 at most.
  constexpr double kTerms[] = {0.0083687166, 0.0416683890, 0.1666652113,
                               0.4999999404, 1.0,          1.0};
  Value y = number(0.0013814599);
  for (double term : kTerms)
    y = multiplyAdd(y, r, number(term));
  // 2^n goes to the exponent.
  Value exponent = e.make<arith::ShLIOp>(
      e.make<arith::BitcastOp>(bits, shifted), e.constant(bits, 23));
  Value power = e.make<arith::BitcastOp>(
      type, addValues(e, e.make<arith::BitcastOp>(bits, y), exponent));
  return e.select(vanishes, number(0.0), power);
}

/// Combines what `map` makes of the vectors of a row, of which the last one may
/// be a part: `map` gets how many elements there are and gives a whole vector.
Value reduceFloats(Emitter &e, Value from, int64_t length, double initial,
                   function_ref<Value(Value at, int64_t count)> map,
                   function_ref<Value(Value, Value)> combine) {
  const int64_t width = e.target.lanes(), rest = length % width;
  Value neutral = e.constant(e.vec(e.f32(), width), initial);
  Value all =
      e.carry(0, length - rest, width, neutral, [&](Value i, ValueRange acc) {
        return SmallVector<Value>{combine(acc[0], map(e.add(from, i), width))};
      })[0];
  if (rest != 0) {
    SmallVector<bool> exists(width, false);
    std::fill_n(exists.begin(), rest, true);
    Value mask = arith::ConstantOp::create(
        e.b, e.loc,
        DenseElementsAttr::get(e.vec(e.i(1), width), ArrayRef<bool>(exists)));
    Value last = map(e.add(from, length - rest), rest);
    all = combine(all, e.select(mask, last, neutral));
  }
  Value result = reduceVector(e, all, combine);
  return e.make<vector::ExtractOp>(result, int64_t(0));
}

/// Calls `body` for the vectors of a row, and for what is left over.
void forVectors(Emitter &e, int64_t length,
                function_ref<void(Value i, int64_t count)> body) {
  const int64_t width = e.target.lanes(), rest = length % width;
  e.loop(0, length - rest, width, [&](Value i) { body(i, width); });
  if (rest != 0)
    body(e.index(length - rest), rest);
}

void floatSoftmax(Layer &e, kernel::SoftmaxOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  const int64_t length = Layer::shape(op.getInput()).back();
  const int64_t rows = Layer::count(op.getInput()) / length;
  const int64_t width = e.target.lanes();
  const double beta = op.getBeta().convertToFloat();
  auto max = [&](Value x, Value y) { return maxValues(e, x, y); };
  auto sum = [&](Value x, Value y) { return addValues(e, x, y); };
  e.parallelLoop(rows, [&](Value row) {
    Value from = e.mul(row, length);
    Value greatest = reduceFloats(
        e, from, length, -std::numeric_limits<double>::infinity(),
        [&](Value at, int64_t count) {
          return e.loadPart(input, at, count, width);
        },
        max);
    greatest = e.broadcast(greatest, width);
    // The powers are kept in the output: they are computed once.
    Value total = reduceFloats(
        e, from, length, 0.0,
        [&](Value at, int64_t count) {
          Value x = subValues(e, e.loadPart(input, at, count, width), greatest);
          x = mulValues(e, x, e.constant(x.getType(), beta));
          Value power = beta > 0 ? expOfNegative(e, x) : exp(e, x);
          e.storePart(op.getLog() ? x : power, count, output, at);
          return power;
        },
        sum);
    Type scalar = e.vec(e.f32(), 1);
    total = e.broadcast(total, 1);
    total = op.getLog() ? e.make<math::LogOp>(total)
                        : e.make<arith::DivFOp>(e.constant(scalar, 1.0), total);
    total = e.broadcast(e.make<vector::ExtractOp>(total, int64_t(0)), width);
    forVectors(e, length, [&](Value i, int64_t count) {
      Value at = e.add(from, i);
      Value x = e.loadPart(output, at, count, width);
      e.storePart(op.getLog() ? subValues(e, x, total) : mulValues(e, x, total),
                  count, output, at);
    });
  });
}

/// docs/numerics.md: a table of exponentials, the sum of a row in Q12.19, its
/// reciprocal, and one rounded product an element.
void integerSoftmax(Layer &e, kernel::SoftmaxOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput()),
        table = e.buffer(op.getTable());
  Type i32 = e.i(32), outElement = Layer::element(op.getOutput());
  int64_t length = Layer::shape(op.getInput()).back();
  int64_t rows = Layer::count(op.getInput()) / length;
  int64_t outputBits = outElement.getIntOrFloatBitWidth();
  int64_t least = -(int64_t(1) << (outputBits - 1));

  const int64_t lanes = e.target.lanes();
  auto first = [&](Value v) {
    return e.make<vector::ExtractOp>(v, int64_t(0));
  };
  e.parallelLoop(rows, [&](Value row) {
    Value from = e.mul(row, length);
    Value greatest = reduceRow(
        e, from, length, 4 * lanes, e.b.getI8IntegerAttr(-128),
        [&](Value at, int64_t w) { return e.load(input, at, w); },
        [&](Value x, Value y) { return maxValues(e, x, y); });
    greatest = first(e.toInt(greatest, i32));
    auto powers = [&](Value at, int64_t w) {
      Value stored = e.toInt(e.load(input, at, w), i32);
      return e.gather(table, subValues(e, e.broadcast(greatest, w), stored));
    };
    Value sum = first(reduceRow(
        e, from, length, lanes, e.b.getI32IntegerAttr(0),
        [&](Value at, int64_t w) {
          return emitRoundingShift(e, powers(at, w), 12);
        },
        [&](Value x, Value y) { return addValues(e, x, y); }));
    fixed::Reciprocal reciprocal = fixed::emitReciprocal(e, sum, 12);
    Value shift = addValues(e, reciprocal.bitsOver,
                            e.constant(i32, int64_t(31 - outputBits)));
    Value tooSmall = e.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, shift,
                                           e.constant(i32, 31));
    Value safeShift = minValues(e, shift, e.constant(i32, 31));
    e.chunks(length, lanes, [&](Value i, int64_t w) {
      Type type = e.vec(i32, w);
      Value at = e.add(from, i);
      Value v =
          emitHighMul(e, e.broadcast(reciprocal.mantissa, w), powers(at, w));
      v = emitRoundingShift(e, v, e.broadcast(safeShift, w));
      v = addValues(e, v, e.constant(type, least));
      v = e.clampInt(v, least, -least - 1);
      v = e.select(tooSmall, e.constant(type, least), v);
      e.store(e.toInt(v, outElement), output, at);
    });
  });
}

} // namespace

LogicalResult lower(Layer &e, kernel::SoftmaxOp op) {
  if (op.getTable())
    integerSoftmax(e, op);
  else
    floatSoftmax(e, op);
  return success();
}

LogicalResult lower(Layer &e, kernel::LayerNormOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput()),
        gamma = e.buffer(op.getGamma()), beta = e.buffer(op.getBeta());
  const int64_t length = Layer::shape(op.getInput()).back();
  const int64_t rows = Layer::count(op.getInput()) / length;
  const int64_t width = e.target.lanes();
  const double epsilon = op.getEpsilon().convertToFloat();
  auto sum = [&](Value x, Value y) { return addValues(e, x, y); };
  auto first = [&](Value v) {
    return e.make<vector::ExtractOp>(v, int64_t(0));
  };
  Value divisor = e.constant(e.vec(e.f32(), 1), double(length));
  e.parallelLoop(rows, [&](Value row) {
    Value from = e.mul(row, length);
    auto load = [&](Value at, int64_t count) {
      return e.loadPart(input, at, count, width);
    };
    Value total = reduceFloats(e, from, length, 0.0, load, sum);
    Value mean = e.make<arith::DivFOp>(e.broadcast(total, 1), divisor);
    mean = e.broadcast(first(mean), width);
    Value squares = reduceFloats(
        e, from, length, 0.0,
        [&](Value at, int64_t count) {
          Value x = subValues(e, load(at, count), mean);
          return mulValues(e, x, x);
        },
        sum);
    Value variance = e.make<arith::DivFOp>(e.broadcast(squares, 1), divisor);
    Value deviation = e.make<math::SqrtOp>(
        addValues(e, variance, e.constant(variance.getType(), epsilon)));
    Value inverse =
        e.make<arith::DivFOp>(e.constant(deviation.getType(), 1.0), deviation);
    inverse = e.broadcast(first(inverse), width);
    forVectors(e, length, [&](Value i, int64_t count) {
      Value at = e.add(from, i);
      Value x = mulValues(e, subValues(e, load(at, count), mean), inverse);
      x = addValues(e, mulValues(e, x, e.loadPart(gamma, i, count, width)),
                    e.loadPart(beta, i, count, width));
      e.storePart(x, count, output, at);
    });
  });
  return success();
}

} // namespace pare::cpu
