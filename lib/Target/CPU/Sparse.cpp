//===- Sparse.cpp - Contractions with compressed weights ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pixels are gathered in tiles, transposed: the terms of a tile's windows stand
// as [term][pixel], so that a nonzero weight times a vector of pixels is one
// step. f32 terms are multiplied as they are, 8-bit terms as i32 less the zero
// point.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Lowering.h"
#include "Requantize.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class SparseBuilder {
public:
  SparseBuilder(Layer &e, kernel::SparseContractOp op)
      : e(e), op(op), in(Layer::shape(op.getInput())),
        out(Layer::shape(op.getOutput())), input(e.buffer(op.getInput())),
        positions(e.buffer(op.getPositions())),
        coordinates(e.buffer(op.getCoordinates())),
        values(e.buffer(op.getValues())),
        bias(op.getBias() ? e.buffer(op.getBias()) : Value()),
        output(e.buffer(op.getOutput())),
        integer(isa<IntegerType>(Layer::element(op.getInput()))),
        sumElement(integer ? e.i(32) : e.f32()), channels(out[3]),
        pixels(out[0] * out[1] * out[2]),
        terms(op.getKernelSize()[0] * op.getKernelSize()[1] * in[3]),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 llvm::to_vector(
                     llvm::seq<int64_t>(Layer::shape(op.getOutput())[3]))) {
    width = std::min<int64_t>(4 * e.target.lanes(),
                              llvm::PowerOf2Ceil(uint64_t(pixels)));
    gathered = e.scratch(sumElement, terms * width);
    results = e.scratch(Layer::element(op.getOutput()), width);
  }

  void build() {
    int64_t tiles = (pixels + width - 1) / width;
    e.loop(tiles, [&](Value t) {
      Value first = e.mul(t, width);
      e.loop(width, [&](Value p) { gather(e.add(first, p), p); });
      e.loop(channels / op.getBlock()[0],
             [&](Value blockRow) { multiply(blockRow, first); });
    });
  }

private:
  Value compare(arith::CmpIPredicate predicate, Value x, int64_t y) {
    return e.make<arith::CmpIOp>(predicate, x, e.index(y));
  }

  /// The window of a pixel to column `p` of the scratch; a pixel behind the
  /// last is the last again.
  void gather(Value pixel, Value p) {
    pixel = e.min(pixel, e.index(pixels - 1));
    Value x = e.rem(pixel, out[2]), rest = e.div(pixel, out[2]);
    Value y = e.rem(rest, out[1]), n = e.div(rest, out[1]);
    y = e.add(e.mul(y, op.getStrides()[0]), -op.getPadding()[0]);
    x = e.add(e.mul(x, op.getStrides()[1]), -op.getPadding()[2]);
    int64_t kh = op.getKernelSize()[0], kw = op.getKernelSize()[1];
    e.loop(kh * kw, [&](Value tap) {
      Value iy = e.add(y, e.mul(e.div(tap, kw), op.getDilations()[0]));
      Value ix = e.add(x, e.mul(e.rem(tap, kw), op.getDilations()[1]));
      Value inside =
          e.make<arith::AndIOp>(compare(arith::CmpIPredicate::ult, iy, in[1]),
                                compare(arith::CmpIPredicate::ult, ix, in[2]));
      Value to = e.add(e.mul(tap, in[3] * width), p);
      e.when(
          inside,
          [&] {
            Value row = e.add(e.mul(n, in[1]), iy);
            Value from = e.mul(e.add(e.mul(row, in[2]), ix), in[3]);
            e.loop(in[3], [&](Value c) {
              Value v = e.loadScalar(input, e.add(from, c));
              if (integer) {
                v = e.toInt(v, e.i(32));
                v = subValues(
                    e, v,
                    e.constant(v.getType(), int64_t(op.getInputZeroPoint())));
              }
              e.storeScalar(v, gathered, e.add(to, e.mul(c, width)));
            });
          },
          [&] {
            e.loop(in[3], [&](Value c) {
              e.storeScalar(e.constant(sumElement, 0), gathered,
                            e.add(to, e.mul(c, width)));
            });
          });
    });
  }

  Value entry(Value list, Value at) {
    return e.make<arith::IndexCastOp>(e.b.getIndexType(),
                                      e.loadScalar(list, at));
  }

  void multiply(Value blockRow, Value first) {
    int64_t bh = op.getBlock()[0], bw = op.getBlock()[1];
    SmallVector<Value> init;
    for (int64_t r = 0; r < bh; ++r) {
      Value channel = e.add(e.mul(blockRow, bh), r);
      init.push_back(bias ? e.splatLoad(bias, channel, width)
                          : e.constant(e.vec(sumElement, width), 0));
    }
    SmallVector<Value> sums = e.carry(
        entry(positions, blockRow), entry(positions, e.add(blockRow, 1)), 1,
        init, [&](Value i, ValueRange acc) {
          SmallVector<Value> next(acc);
          Value column = entry(coordinates, i);
          for (int64_t c = 0; c < bw; ++c) {
            Value term = e.add(e.mul(column, bw), c);
            Value x = e.load(gathered, e.mul(term, width), width);
            for (int64_t r = 0; r < bh; ++r) {
              Value w =
                  e.loadScalar(values, e.add(e.mul(i, bh * bw), r * bw + c));
              if (integer)
                w = e.toInt(w, e.i(32));
              w = e.broadcast(w, width);
              next[r] = integer ? addValues(e, next[r], mulValues(e, x, w))
                                : e.micro.multiplyAdd(e, x, w, next[r]);
            }
          }
          return next;
        });
    Value valid = e.min(e.sub(e.index(pixels), first), e.index(width));
    for (int64_t r = 0; r < bh; ++r)
      finish(sums[r], e.add(e.mul(blockRow, bh), r), first, valid);
  }

  /// Stores one channel of a tile of pixels, which lie apart in the output.
  void finish(Value sums, Value channel, Value first, Value valid) {
    e.store(epilogue.applyToChannel(sums, channel), results, e.index(0));
    e.loop(e.index(0), valid, [&](Value p) {
      e.storeScalar(e.loadScalar(results, p), output,
                    e.add(e.mul(e.add(first, p), channels), channel));
    });
  }

  Layer &e;
  kernel::SparseContractOp op;
  ArrayRef<int64_t> in, out;
  Value input, positions, coordinates, values, bias, output, gathered, results;
  bool integer;
  Type sumElement;
  int64_t channels, pixels, terms, width;
  Epilogue epilogue;
};

} // namespace

LogicalResult lower(Layer &e, kernel::SparseContractOp op) {
  SparseBuilder(e, op).build();
  return success();
}

} // namespace pare::cpu
