//===- Softmax.cpp - Softmax and layer normalization ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "FixedPointMath.h"
#include "Lowering.h"
#include "Requantize.h"

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

Value reduceRow(Emitter &e, Value from, int64_t length, double initial,
                function_ref<Value(Value at, int64_t width)> map,
                function_ref<Value(Value, Value)> combine) {
  return reduceRow(e, from, length, e.target.lanes(),
                   e.b.getF32FloatAttr(initial), map, combine);
}

void floatSoftmax(Layer &e, kernel::SoftmaxOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  int64_t length = Layer::shape(op.getInput()).back();
  int64_t rows = Layer::count(op.getInput()) / length;
  double beta = op.getBeta().convertToFloat();
  auto max = [&](Value x, Value y) { return maxValues(e, x, y); };
  auto sum = [&](Value x, Value y) { return addValues(e, x, y); };
  e.parallelLoop(rows, [&](Value row) {
    Value from = e.mul(row, length);
    Value greatest = reduceRow(
        e, from, length, -std::numeric_limits<double>::infinity(),
        [&](Value at, int64_t w) { return e.load(input, at, w); }, max);
    greatest = e.make<vector::ExtractOp>(greatest, int64_t(0));
    auto scaled = [&](Value at, int64_t w) {
      Value x = subValues(e, e.load(input, at, w), e.broadcast(greatest, w));
      return mulValues(e, x, e.constant(x.getType(), beta));
    };
    // The powers are kept in the output: they are computed once.
    Value total = reduceRow(
        e, from, length, 0.0,
        [&](Value at, int64_t w) {
          Value x = scaled(at, w), power = exp(e, x);
          e.store(op.getLog() ? x : power, output, at);
          return power;
        },
        sum);
    if (op.getLog())
      total = e.make<math::LogOp>(total);
    total = e.make<vector::ExtractOp>(total, int64_t(0));
    e.chunks(length, e.target.lanes(), [&](Value i, int64_t w) {
      Value at = e.add(from, i);
      Value x = e.load(output, at, w), t = e.broadcast(total, w);
      e.store(op.getLog() ? subValues(e, x, t) : e.make<arith::DivFOp>(x, t),
              output, at);
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
  int64_t length = Layer::shape(op.getInput()).back();
  int64_t rows = Layer::count(op.getInput()) / length;
  double epsilon = op.getEpsilon().convertToFloat();
  auto sum = [&](Value x, Value y) { return addValues(e, x, y); };
  auto first = [&](Value v) {
    return e.make<vector::ExtractOp>(v, int64_t(0));
  };
  Value divisor = e.constant(e.vec(e.f32(), 1), double(length));
  e.parallelLoop(rows, [&](Value row) {
    Value from = e.mul(row, length);
    Value total = reduceRow(
        e, from, length, 0.0,
        [&](Value at, int64_t w) { return e.load(input, at, w); }, sum);
    Value mean = first(e.make<arith::DivFOp>(total, divisor));
    auto centered = [&](Value at, int64_t w) {
      return subValues(e, e.load(input, at, w), e.broadcast(mean, w));
    };
    Value squares = reduceRow(
        e, from, length, 0.0,
        [&](Value at, int64_t w) {
          Value x = centered(at, w);
          return mulValues(e, x, x);
        },
        sum);
    Value variance = e.make<arith::DivFOp>(squares, divisor);
    Value deviation = e.make<math::SqrtOp>(
        addValues(e, variance, e.constant(variance.getType(), epsilon)));
    Value inverse = first(
        e.make<arith::DivFOp>(e.constant(deviation.getType(), 1.0), deviation));
    e.chunks(length, e.target.lanes(), [&](Value i, int64_t w) {
      Value at = e.add(from, i);
      Value x = mulValues(e, centered(at, w), e.broadcast(inverse, w));
      x = addValues(e, mulValues(e, x, e.load(gamma, i, w)),
                    e.load(beta, i, w));
      e.store(x, output, at);
    });
  });
  return success();
}

} // namespace pare::cpu
