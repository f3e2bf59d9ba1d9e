//===- Matmul.cpp - Matrix products of two buffers ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The right operand is packed once a batch, and the product is that of a
// contraction. Where that does not pay, the operand is read where it lies.
//
//===----------------------------------------------------------------------===//

#include "Contract/RunTimePacking.h"
#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"
#include "Emit/Requantize.h"
#include "Emit/Unroll.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// Products without packing, but for a right operand that lies transposed.
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
    Product product;
    product.rows = m, product.depth = k, product.columns = n;
    // Vectors of the right operand begin anywhere, and to load one of two cache
    // lines takes as long as two: two of them shall serve many rows. A single
    // one leaves too many loads of the left operand.
    const int64_t vectors = n > e.target.lanes() ? 2 : 1;
    auto tiles = tileCandidates(planProduct(product, e.target), e.target);
    tile = *llvm::find_if(tiles, [&](const TileShape &tile) {
      return tile.vectors == vectors || tile.rows == m;
    });
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
      e.loopWithin(rowTiles, 0, numTiles(), [&](Value t) {
        Value row = e.mul(t, tile.rows);
        // The last tile overlaps the one before.
        if (m % tile.rows != 0)
          row = e.min(row, e.index(m - tile.rows));
        forPanels([&](Value column, int64_t width) {
          block(b, left, row, rows, e.add(right, column), column, width);
        });
      });
    };
    const int64_t tiles = numTiles();
    if (batch == 1)
      return product(e.index(0), e.share(tiles));
    e.parallelLoop(batch,
                   [&](Value b) { product(b, {e.index(0), e.index(tiles)}); });
  }

private:
  int64_t numTiles() const { return (m + tile.rows - 1) / tile.rows; }

  /// Panels of columns. The last one is as narrow as whole vectors make it, and
  /// overlaps the one before: two columns by themselves take as long as eight.
  void forPanels(Emitter::ChunkBody body) {
    const int64_t lanes = e.target.lanes(), width = tile.vectors * lanes;
    if (n < lanes)
      return e.chunks(n, lanes, body);
    const int64_t whole = n / width * width;
    e.loop(0, whole, width, [&](Value column) { body(column, width); });
    if (whole == n)
      return;
    const int64_t last =
        std::min<int64_t>(llvm::alignTo(n - whole, lanes), n / lanes * lanes);
    if (last < n - whole)
      body(e.index(whole), last);
    body(e.index(n - last), last);
  }

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

  /// The sums of a tile over `width` columns, vector by vector.
  void block(Value b, Value left, Value row, Value rows, Value right,
             Value column, int64_t width) {
    const int64_t lanes = std::min<int64_t>(width, e.target.lanes()),
                  vectors = width / lanes;
    Type type = e.vec(integer ? e.i(32) : e.f32(), lanes);
    SmallVector<Value> init(tile.rows * vectors, e.constant(type, 0));
    SmallVector<Value> sums = carryUnrolled(
        e, e.index(0), k, integer ? 1 : kFloatSteps, init,
        [&](Value i, ValueRange acc) {
          Value from = e.add(right, e.mul(i, n));
          SmallVector<Value> factors, next;
          for (int64_t v = 0; v < vectors; ++v)
            factors.push_back(
                widened(e.load(rows, e.add(from, v * lanes), lanes),
                        op.getRhsZeroPoint()));
          for (int64_t r = 0; r < tile.rows; ++r) {
            Value at = op.getTransposeLhs() ? e.add(e.mul(i, m), e.add(row, r))
                                            : e.add(e.mul(e.add(row, r), k), i);
            Value x = widened(e.loadScalar(lhs, e.add(left, at)),
                              op.getLhsZeroPoint());
            x = e.broadcast(x, lanes);
            for (Value y : factors) {
              Value sum = acc[next.size()];
              next.push_back(integer ? addValues(e, sum, mulValues(e, x, y))
                                     : e.micro.multiplyAdd(e, x, y, sum));
            }
          }
          return next;
        });
    for (auto [i, sum] : llvm::enumerate(sums)) {
      Value inBatch = e.add(e.mul(b, m), e.add(row, int64_t(i) / vectors));
      e.store(epilogue.apply(sum), output,
              e.add(e.add(e.mul(inBatch, n), column),
                    int64_t(i) % vectors * lanes));
    }
  }

  Layer &e;
  kernel::BatchMatmulOp op;
  Value lhs, rhs, output;
  bool integer;
  Epilogue epilogue;
  int64_t batch, m, n, k;
  /// Rows and vectors of columns of which all sums are in registers.
  TileShape tile;
};

class PackedMatmul {
public:
  PackedMatmul(Layer &e, kernel::BatchMatmulOp op)
      : e(e), op(op), plan(planOf(e, op)), packing(e, plan),
        lhs(e.buffer(op.getLhs())), rhs(e.buffer(op.getRhs())),
        output(e.buffer(op.getOutput())) {
    if (op.getTransposeLhs())
      rows = e.scratch(Layer::element(op.getLhs()), plan.rows * plan.depth);
  }

  void build() {
    const int64_t batch = Layer::shape(op.getOutput())[0];
    const bool oneLeft = Layer::shape(op.getLhs())[0] == 1;
    const bool oneRight = Layer::shape(op.getRhs())[0] == 1;
    // What all products share stands before them.
    if (oneLeft)
      prepareLeft(e.index(0));
    if (oneRight)
      prepareRight(e.index(0));
    if (batch == 1)
      return product(e.index(0), e.index(0), /*shares=*/true);
    e.parallelLoop(batch, [&](Value b) {
      if (!oneLeft)
        prepareLeft(b);
      if (!oneRight)
        prepareRight(b);
      product(b, oneLeft ? e.index(0) : b, /*shares=*/false);
    });
  }

private:
  static ContractPlan planOf(Layer &e, kernel::BatchMatmulOp op) {
    ArrayRef<int64_t> out = Layer::shape(op.getOutput());
    Product product;
    product.rows = out[1];
    product.columns = out[2];
    product.depth = Layer::shape(op.getLhs())[op.getTransposeLhs() ? 1 : 2];
    product.integer = isa<IntegerType>(Layer::element(op.getLhs()));
    product.leftZero = op.getLhsZeroPoint();
    product.rightZero = op.getRhsZeroPoint();
    product.packsAtRunTime = true;
    return planProduct(product, e.target);
  }

  void prepareLeft(Value b) {
    if (!op.getTransposeLhs())
      return;
    Value from = e.mul(b, plan.rows * plan.depth);
    e.loop(plan.depth, [&](Value i) {
      e.loop(plan.rows, [&](Value row) {
        Value x =
            e.loadScalar(lhs, e.add(from, e.add(e.mul(i, plan.rows), row)));
        e.storeScalar(x, rows, e.add(e.mul(row, plan.depth), i));
      });
    });
  }

  void prepareRight(Value b) {
    Value matrix = e.startingAt(rhs, e.mul(b, plan.depth * plan.columns));
    if (op.getTransposeRhs())
      packing.packChannels(matrix, /*bias=*/Value());
    else
      packing.packTerms(matrix, /*bias=*/Value());
  }

  void product(Value b, Value left, bool shares) {
    Value input =
        rows ? rows : e.startingAt(lhs, e.mul(left, plan.rows * plan.depth));
    lowerPackedContract(
        e, plan, op.getEpilogue(),
        {input, e.startingAt(output, e.mul(b, plan.rows * plan.columns)),
         packing.filter(), packing.bias()},
        /*residual=*/nullptr, shares);
  }

  Layer &e;
  kernel::BatchMatmulOp op;
  ContractPlan plan;
  RunTimePacking packing;
  Value lhs, rhs, output;
  /// The left operand, if it lies transposed.
  Value rows;
};

} // namespace

/// Packing pays if there are rows enough, and something to change: floats whose
/// rows lie side by side are read as well from the L2 cache.
static bool packs(Layer &e, kernel::BatchMatmulOp op) {
  constexpr int64_t kFewRows = 4;
  ArrayRef<int64_t> out = Layer::shape(op.getOutput());
  if (out[1] < kFewRows)
    return false;
  const int64_t bytes =
      Layer::count(op.getRhs()) / Layer::shape(op.getRhs())[0] * 4;
  return op.getTransposeRhs() ||
         isa<IntegerType>(Layer::element(op.getRhs())) ||
         bytes > e.target.l2Bytes / 2;
}

LogicalResult lower(Layer &e, kernel::BatchMatmulOp op) {
  if (packs(e, op))
    PackedMatmul(e, op).build();
  else
    MatmulBuilder(e, op).build();
  return success();
}

} // namespace pare::cpu
