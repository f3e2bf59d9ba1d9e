//===- Reduce.cpp - Combinations along dimensions -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the last dimension is kept, vectors run over it; where it is reduced,
// a vector of partial results runs along it and is combined at its end.
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"
#include "Emit/Requantize.h"

#include <limits>

using namespace mlir;

namespace pare::cpu {
namespace {

class Reducer {
public:
  Reducer(Layer &e, kernel::ReduceOp op)
      : e(e), op(op), kind(op.getKind()),
        integer(isa<IntegerType>(Layer::element(op.getInput()))),
        input(e.buffer(op.getInput())), output(e.buffer(op.getOutput())),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput())) {
    ArrayRef<int64_t> shape = Layer::shape(op.getInput());
    SmallVector<int64_t> strides = rowMajor(shape);
    for (size_t d = 0; d < shape.size(); ++d) {
      bool reduced = llvm::is_contained(op.getAxes(), int64_t(d));
      (reduced ? reducedSizes : keptSizes).push_back(shape[d]);
      (reduced ? reducedStrides : keptStrides).push_back(strides[d]);
      count *= reduced ? shape[d] : 1;
    }
    lastReduced = !shape.empty() &&
                  llvm::is_contained(op.getAxes(), int64_t(shape.size()) - 1);
  }

  void build() {
    Access from{0, keptStrides}, to{0, rowMajor(keptSizes)};
    e.parallelBox(keptSizes, {from, to}, lastReduced ? 1 : e.target.lanes(),
                  [&](ArrayRef<Value> at, ArrayRef<int64_t>, int64_t width) {
                    finish(lastReduced ? along(at[0]) : across(at[0], width),
                           at[1]);
                  });
  }

private:
  Value initial(int64_t width) {
    Type type = e.vec(integer ? e.i(32) : e.f32(), width);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    switch (kind) {
    case kernel::ReduceKind::Max:
      return integer ? e.constant(type, int64_t(INT32_MIN))
                     : e.constant(type, -infinity);
    case kernel::ReduceKind::Min:
      return integer ? e.constant(type, int64_t(INT32_MAX))
                     : e.constant(type, infinity);
    default:
      return e.constant(type, 0);
    }
  }

  Value combine(Value x, Value y) {
    switch (kind) {
    case kernel::ReduceKind::Max:
      return maxValues(e, x, y);
    case kernel::ReduceKind::Min:
      return minValues(e, x, y);
    default:
      return addValues(e, x, y);
    }
  }

  Value element(Value at, int64_t width) {
    Value x = e.load(input, at, width);
    return integer ? e.toInt(x, e.i(32)) : x;
  }

  /// Loops over reduced dimensions `d` to `last`.
  SmallVector<Value>
  nest(size_t d, size_t last, Value at, ValueRange acc,
       function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    if (d == last)
      return body(at, acc);
    return e.carry(0, reducedSizes[d], 1, acc, [&](Value i, ValueRange acc) {
      return nest(d + 1, last, e.add(at, e.mul(i, reducedStrides[d])), acc,
                  body);
    });
  }

  Value across(Value at, int64_t width) {
    return nest(0, reducedSizes.size(), at, initial(width),
                [&](Value at, ValueRange acc) {
                  return SmallVector<Value>{
                      combine(acc[0], element(at, width))};
                })[0];
  }

  Value along(Value at) {
    int64_t width = e.target.lanes(), length = reducedSizes.back();
    int64_t whole = length / width * width;
    auto rows = [&](Value at, ValueRange acc) {
      SmallVector<Value> next =
          e.carry(0, whole, width, acc[0], [&](Value i, ValueRange acc) {
            return SmallVector<Value>{
                combine(acc[0], element(e.add(at, i), width))};
          });
      SmallVector<Value> rest =
          e.carry(whole, length, 1, acc[1], [&](Value i, ValueRange acc) {
            return SmallVector<Value>{
                combine(acc[0], element(e.add(at, i), 1))};
          });
      return SmallVector<Value>{next[0], rest[0]};
    };
    SmallVector<Value> acc = nest(0, reducedSizes.size() - 1, at,
                                  {initial(width), initial(1)}, rows);
    Value partial = reduceVector(
        e, acc[0], [&](Value x, Value y) { return combine(x, y); });
    return combine(partial, acc[1]);
  }

  void finish(Value sum, Value to) {
    bool sums =
        kind == kernel::ReduceKind::Mean || kind == kernel::ReduceKind::Sum;
    if (!integer) {
      if (kind == kernel::ReduceKind::Mean)
        sum = e.make<arith::DivFOp>(sum,
                                    e.constant(sum.getType(), double(count)));
      e.store(epilogue.apply(sum), output, to);
      return;
    }
    Type outElement = Layer::element(op.getOutput());
    if (sums) {
      // Wraps as the sum itself does.
      int32_t offset = int32_t(uint32_t(op.getInputZeroPoint() * count));
      if (offset != 0)
        sum = subValues(e, sum, e.constant(sum.getType(), int64_t(offset)));
      e.store(epilogue.apply(sum), output, to);
      return;
    }
    auto [low, high] = integerBounds(op.getEpilogue(), outElement);
    e.store(e.toInt(e.clampInt(sum, low, high), outElement), output, to);
  }

  Layer &e;
  kernel::ReduceOp op;
  kernel::ReduceKind kind;
  bool integer, lastReduced = false;
  Value input, output;
  Epilogue epilogue;
  int64_t count = 1;
  SmallVector<int64_t> keptSizes, keptStrides, reducedSizes, reducedStrides;
};

} // namespace

LogicalResult lower(Layer &e, kernel::ReduceOp op) {
  Type element = Layer::element(op.getInput());
  if (!element.isF32() && element.getIntOrFloatBitWidth() > 32)
    return op.emitOpError("has no CPU code for ") << op.getInput().getType();
  if (Layer::shape(op.getInput()).empty() || op.getAxes().empty())
    return op.emitOpError("reduces no dimension");
  Reducer(e, op).build();
  return success();
}

} // namespace pare::cpu
