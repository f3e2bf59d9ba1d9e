//===- Matmul.cpp - Matrix products of two buffers ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Neither operand is known before, so nothing is packed but a right operand
// that lies transposed, once a batch. Register tiles are as in a contraction.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Lowering.h"
#include "Requantize.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class MatmulBuilder {
public:
  MatmulBuilder(Layer &e, kernel::BatchMatmulOp op)
      : e(e), op(op), lhs(e.buffer(op.getLhs())), rhs(e.buffer(op.getRhs())),
        output(e.buffer(op.getOutput())),
        integer(isa<IntegerType>(Layer::element(op.getLhs()))),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput())) {
    ArrayRef<int64_t> out = Layer::shape(op.getOutput());
    batch = out[0], m = out[1], n = out[2];
    k = Layer::shape(op.getLhs())[op.getTransposeLhs() ? 1 : 2];
  }

  void build() {
    Value rows = rhs;
    if (op.getTransposeRhs())
      rows = e.scratch(Layer::element(op.getRhs()), k * n);
    // Threads share one product by rows, several by products.
    auto product = [&](Value b, Range rowTiles) {
      Value left =
          Layer::shape(op.getLhs())[0] == 1 ? e.index(0) : e.mul(b, m * k);
      Value right =
          Layer::shape(op.getRhs())[0] == 1 ? e.index(0) : e.mul(b, k * n);
      if (op.getTransposeRhs()) {
        transpose(right, rows);
        right = e.index(0);
      }
      int64_t tile = std::min<int64_t>(m, 4), whole = m / tile * tile;
      auto rowsFrom = [&](Value row, int64_t count) {
        e.chunks(n, 2 * e.target.lanes(), [&](Value column, int64_t width) {
          block(b, left, row, count, rows, e.add(right, column), column, width);
        });
      };
      e.loopWithin(rowTiles, 0, whole / tile,
                   [&](Value t) { rowsFrom(e.mul(t, tile), tile); });
      if (whole < m)
        e.loopWithin(rowTiles, whole / tile, whole / tile + 1,
                     [&](Value) { rowsFrom(e.index(whole), m - whole); });
    };
    int64_t tiles = (m + 3) / 4;
    if (batch == 1)
      return product(e.index(0), e.share(tiles));
    e.parallelLoop(batch,
                   [&](Value b) { product(b, {e.index(0), e.index(tiles)}); });
  }

private:
  void transpose(Value from, Value to) {
    e.loop(n, [&](Value column) {
      e.loop(k, [&](Value i) {
        Value x = e.loadScalar(rhs, e.add(e.add(from, e.mul(column, k)), i));
        e.storeScalar(x, to, e.add(e.mul(i, n), column));
      });
    });
  }

  Value widened(Value x, int64_t zero) {
    if (!integer)
      return x;
    x = e.toInt(x, e.i(32));
    return zero == 0 ? x : subValues(e, x, e.constant(x.getType(), zero));
  }

  void block(Value b, Value left, Value row, int64_t count, Value rows,
             Value right, Value column, int64_t width) {
    Type type = e.vec(integer ? e.i(32) : e.f32(), width);
    SmallVector<Value> init(count, e.constant(type, 0));
    SmallVector<Value> sums =
        e.carry(0, k, 1, init, [&](Value i, ValueRange acc) {
          Value y = widened(e.load(rows, e.add(right, e.mul(i, n)), width),
                            op.getRhsZeroPoint());
          SmallVector<Value> next;
          for (int64_t r = 0; r < count; ++r) {
            Value at = op.getTransposeLhs() ? e.add(e.mul(i, m), e.add(row, r))
                                            : e.add(e.mul(e.add(row, r), k), i);
            Value x = widened(e.loadScalar(lhs, e.add(left, at)),
                              op.getLhsZeroPoint());
            x = e.broadcast(x, width);
            next.push_back(integer ? addValues(e, acc[r], mulValues(e, x, y))
                                   : e.micro.multiplyAdd(e, x, y, acc[r]));
          }
          return next;
        });
    for (int64_t r = 0; r < count; ++r) {
      Value at = e.add(e.mul(e.add(e.mul(b, m), e.add(row, r)), n), column);
      e.store(epilogue.apply(sums[r]), output, at);
    }
  }

  Layer &e;
  kernel::BatchMatmulOp op;
  Value lhs, rhs, output;
  bool integer;
  Epilogue epilogue;
  int64_t batch, m, n, k;
};

} // namespace

LogicalResult lower(Layer &e, kernel::BatchMatmulOp op) {
  MatmulBuilder(e, op).build();
  return success();
}

} // namespace pare::cpu
