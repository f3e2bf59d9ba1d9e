//===- TransposeConv.cpp - Transposed convolutions ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Seen from the output: a pixel is the sum over those taps that reach it.
// Packed weights are [KH][KW][I][O], so that vectors run over output channels;
// of weights that are computed by the network one output is summed at a time.
//
//===----------------------------------------------------------------------===//

#include "Emit/Lowering.h"
#include "Emit/PlainConvolution.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class TransposeConvBuilder {
public:
  TransposeConvBuilder(Layer &e, kernel::TransposeConvOp op)
      : e(e), op(op), in(Layer::shape(op.getInput())),
        out(Layer::shape(op.getOutput())), filter(Layer::shape(op.getFilter())),
        conv(e, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(),
             op.getInputZeroPoint(), op.getFilterZeroPoint(),
             op.getEpilogue()) {
    SmallVector<StringRef, 2> names = packedWeights(op);
    if (!names.empty())
      packed = e.global(names[0]);
  }

  void build() {
    e.parallelLoop(out[0] * out[1], [&](Value ny) {
      Value n = e.div(ny, out[1]);
      Value y = e.add(e.rem(ny, out[1]), op.getPadding()[0]);
      e.loop(out[2], [&](Value ox) {
        Value x = e.add(ox, op.getPadding()[2]);
        Value pixel = e.mul(e.add(e.mul(ny, out[2]), ox), out[3]);
        // Four vectors of sums: as many as hide the latency of a step.
        e.chunks(out[3], packed ? 4 * e.target.lanes() : 1,
                 [&](Value o, int64_t width) {
                   Value sum = sumOf(n, y, x, o, width);
                   conv.finish(sum, e.add(pixel, o), o);
                 });
      });
    });
  }

private:
  using TapBody =
      function_ref<SmallVector<Value>(Value tap, Value place, ValueRange sums)>;

  /// Calls `body` for the taps of a dimension with which a place of the input
  /// reaches `place` of the output.
  SmallVector<Value> overTaps(Value place, int64_t size, int64_t kernel,
                              int64_t stride, ValueRange sums, TapBody body) {
    return e.carry(0, kernel, 1, sums, [&](Value k, ValueRange sums) {
      Value distance = e.sub(place, k);
      // Unsigned, a negative distance is too great.
      Value inside = e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, distance,
                                           e.index(size * stride));
      Value exact = e.make<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                          e.rem(distance, stride), e.index(0));
      Value reached = e.make<arith::AndIOp>(inside, exact);
      auto branch = scf::IfOp::create(e.b, e.loc, sums.getTypes(), reached,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(e.b);
      e.b.setInsertionPointToStart(branch.thenBlock());
      SmallVector<Value> taken = body(k, e.div(distance, stride), sums);
      scf::YieldOp::create(e.b, e.loc, taken);
      e.b.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(e.b, e.loc, sums);
      return SmallVector<Value>(branch.getResults());
    });
  }

  Value sumOf(Value n, Value y, Value x, Value o, int64_t width) {
    auto overColumns = [&](Value ky, Value iy, ValueRange sums) {
      Value row = e.mul(e.add(e.mul(n, in[1]), iy), in[2]);
      return overTaps(x, in[2], filter[2], op.getStrides()[1], sums,
                      [&](Value kx, Value ix, ValueRange sums) {
                        Value from = e.mul(e.add(row, ix), in[3]);
                        Value tap = e.add(e.mul(ky, filter[2]), kx);
                        return overInputs(from, tap, o, width, sums);
                      });
    };
    return overTaps(y, in[1], filter[1], op.getStrides()[0],
                    conv.start(o, width), overColumns)[0];
  }

  SmallVector<Value> overInputs(Value from, Value tap, Value o, int64_t width,
                                ValueRange sums) {
    return e.carry(0, in[3], 1, sums, [&](Value i, ValueRange sum) {
      Value weight;
      if (packed) {
        Value row = e.add(e.mul(tap, in[3]), i);
        weight = e.load(packed, e.add(e.mul(row, out[3]), o), width);
      } else {
        Value row = e.add(e.mul(o, filter[1] * filter[2]), tap);
        weight = e.load(conv.filter, e.add(e.mul(row, in[3]), i), width);
      }
      Value input = e.splatLoad(conv.input, e.add(from, i), width);
      return SmallVector<Value>{conv.accumulate(input, weight, sum[0])};
    });
  }

  Layer &e;
  kernel::TransposeConvOp op;
  ArrayRef<int64_t> in, out, filter;
  PlainConvolution conv;
  /// Null if the weights are computed by the network.
  Value packed;
};

} // namespace

LogicalResult lower(Layer &e, kernel::TransposeConvOp op) {
  TransposeConvBuilder(e, op).build();
  return success();
}

} // namespace pare::cpu
