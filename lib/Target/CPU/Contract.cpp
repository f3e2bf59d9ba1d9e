//===- Contract.cpp - Contractions, packed or plain -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The entry of contract, and the plain loops for weights that are computed by
// the network.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "PlainConvolution.h"
#include "Requantize.h"
#include "Window.h"

using namespace mlir;

namespace pare::cpu {

PlainConvolution::PlainConvolution(Layer &e, Value input, Value filter,
                                   Value bias, Value output, int64_t inputZero,
                                   int64_t filterZero,
                                   kernel::EpilogueAttr epilogue)
    : e(e), input(e.buffer(input)), filter(e.buffer(filter)),
      bias(bias ? e.buffer(bias) : Value()), output(e.buffer(output)),
      inputZero(inputZero), filterZero(filterZero),
      integer(isa<IntegerType>(Layer::element(input))),
      epilogue(e, epilogue, Layer::element(output), identity(output)) {}

SmallVector<int64_t> PlainConvolution::identity(Value output) {
  return llvm::to_vector(llvm::seq<int64_t>(Layer::shape(output).back()));
}

Type PlainConvolution::sumType(int64_t width) {
  return e.vec(integer ? e.i(32) : e.f32(), width);
}

Value PlainConvolution::start(Value channel, int64_t width) {
  return bias ? e.load(bias, channel, width) : e.constant(sumType(width), 0);
}

Value PlainConvolution::accumulate(Value x, Value w, Value sum) {
  if (!integer)
    return e.micro.multiplyAdd(e, x, w, sum);
  auto widen = [&](Value v, int64_t zero) {
    v = e.toInt(v, e.i(32));
    return zero == 0 ? v
                     : e.make<arith::SubIOp>(v, e.constant(v.getType(), zero));
  };
  return e.make<arith::AddIOp>(
      sum, e.make<arith::MulIOp>(widen(x, inputZero), widen(w, filterZero)));
}

void PlainConvolution::finish(Value sum, Value at, Value channel,
                              const Residual *residual) {
  Value stored = epilogue.apply(sum, channel);
  if (residual)
    stored = residual->addTo(
        e, stored, cast<VectorType>(stored.getType()).getDimSize(0), at);
  e.store(stored, output, at);
}

/// Contraction with one output element at a time.
static void lowerPlain(Layer &e, kernel::ContractOp op,
                       const Residual *residual) {
  ConvShape s = ConvShape::of(op);
  PlainConvolution conv(e, op.getInput(), op.getFilter(), op.getBias(),
                        op.getOutput(), op.getInputZeroPoint(),
                        op.getFilterZeroPoint(), op.getEpilogue());
  int64_t perGroup = Layer::shape(op.getFilter())[3];
  int64_t groups = s.inChannels / perGroup;
  int64_t filters = s.outChannels / groups;
  e.parallelLoop(s.batch * s.outHeight, [&](Value ny) {
    Value n = e.div(ny, s.outHeight), oy = e.rem(ny, s.outHeight);
    Value y = e.add(e.mul(oy, s.strideHeight), -s.padTop);
    Taps ty = tapsInside(e, y, s.inHeight, s.kernelHeight, s.dilationHeight);
    e.loop(s.outWidth, [&](Value ox) {
      Value x = e.add(e.mul(ox, s.strideWidth), -s.padLeft);
      Taps tx = tapsInside(e, x, s.inWidth, s.kernelWidth, s.dilationWidth);
      e.loop(s.outChannels, [&](Value o) {
        Value first = e.mul(e.div(o, filters), perGroup);
        auto overTaps = [&](Value ky, ValueRange sums) {
          Value iy = e.add(y, e.mul(ky, s.dilationHeight));
          Value row = e.mul(e.add(e.mul(n, s.inHeight), iy), s.inWidth);
          Value filterRow = e.add(e.mul(o, s.kernelHeight), ky);
          return e.carry(
              tx.low, tx.high, 1, sums, [&](Value kx, ValueRange sums) {
                Value ix = e.add(x, e.mul(kx, s.dilationWidth));
                Value from = e.add(e.mul(e.add(row, ix), s.inChannels), first);
                Value weight =
                    e.mul(e.add(e.mul(filterRow, s.kernelWidth), kx), perGroup);
                return e.carry(
                    0, perGroup, 1, sums, [&](Value i, ValueRange sum) {
                      return SmallVector<Value>{conv.accumulate(
                          e.load(conv.input, e.add(from, i), 1),
                          e.load(conv.filter, e.add(weight, i), 1), sum[0])};
                    });
              });
        };
        Value sum = e.carry(ty.low, ty.high, 1, conv.start(o, 1), overTaps)[0];
        Value pixel = e.add(e.mul(ny, s.outWidth), ox);
        conv.finish(sum, e.add(e.mul(pixel, s.outChannels), o), o, residual);
      });
    });
  });
}

LogicalResult lower(Layer &e, kernel::ContractOp op) {
  SmallVector<StringRef, 2> packed = packedWeights(op);
  std::optional<Residual> residual = Residual::of(e, op);
  if (packed.empty())
    lowerPlain(e, op, residual ? &*residual : nullptr);
  else
    lowerPackedContract(e, planContract(op, e.target), op.getEpilogue(),
                        op.getInput(), op.getOutput(), packed[0], packed[1],
                        residual ? &*residual : nullptr);
  return success();
}

} // namespace pare::cpu
