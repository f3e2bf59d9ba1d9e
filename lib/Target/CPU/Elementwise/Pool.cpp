//===- Pool.cpp - Averages and maxima over windows ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"
#include "Emit/Requantize.h"
#include "Emit/Window.h"

#include <limits>

using namespace mlir;

namespace pare::cpu {

/// Windows of more elements are loops.
static constexpr int64_t kMostUnrolled = 25;

/// Whether every window along dimension `d` has an element inside the image.
static bool meetsImage(kernel::PoolOp op, int64_t d) {
  const int64_t before = op.getPadding()[2 * d],
                last = Layer::shape(op.getOutput())[1 + d] - 1;
  return before < op.getKernel()[d] && last * op.getStrides()[d] - before <
                                           Layer::shape(op.getInput())[1 + d];
}

/// Maxima of small windows, elements as they are stored. What would be padding
/// is the nearest element inside: it is in the window, and twice is as good as
/// once.
static void lowerSmallMaximum(Layer &e, kernel::PoolOp op) {
  ArrayRef<int64_t> in = Layer::shape(op.getInput()),
                    out = Layer::shape(op.getOutput()), pad = op.getPadding(),
                    kernel = op.getKernel(), strides = op.getStrides();
  const int64_t channels = in[3];
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  Type element = Layer::element(op.getInput());
  const bool integer = isa<IntegerType>(element);
  kernel::EpilogueAttr attr = op.getEpilogue();
  auto clamped = [&](Value v) {
    if (!integer)
      return Epilogue(e,
                      kernel::EpilogueAttr::get(e.b.getContext(), 0,
                                                attr.getLowBound(),
                                                attr.getHighBound()),
                      element)
          .apply(v);
    auto [low, high] = integerBounds(attr, element);
    return e.clampInt(v, low, high);
  };
  e.parallelLoop(out[0] * out[1], [&](Value ny) {
    Value n = e.div(ny, out[1]);
    Value y = e.add(e.mul(e.rem(ny, out[1]), strides[0]), -pad[0]);
    SmallVector<Value> rows;
    for (int64_t ky = 0; ky < kernel[0]; ++ky) {
      Value row = e.clampIndex(e.add(y, ky), 0, in[1] - 1);
      row = e.add(e.mul(n, in[1]), row);
      rows.push_back(e.mul(row, in[2] * channels));
    }
    e.loop(out[2], [&](Value ox) {
      Value x = e.add(e.mul(ox, strides[1]), -pad[2]);
      SmallVector<Value> from;
      for (int64_t kx = 0; kx < kernel[1]; ++kx)
        from.push_back(
            e.mul(e.clampIndex(e.add(x, kx), 0, in[2] - 1), channels));
      Value to = e.mul(e.add(e.mul(ny, out[2]), ox), channels);
      e.chunks(channels, e.target.vectorBits / element.getIntOrFloatBitWidth(),
               [&](Value c, int64_t width) {
                 Value most;
                 for (Value row : rows)
                   for (Value column : from) {
                     Value v =
                         e.load(input, e.add(e.add(row, column), c), width);
                     most = most ? maxValues(e, most, v) : v;
                   }
                 e.store(clamped(most), output, e.add(to, c));
               });
    });
  });
}

LogicalResult lower(Layer &e, kernel::PoolOp op) {
  if (op.getKind() == kernel::PoolKind::Max &&
      op.getKernel()[0] * op.getKernel()[1] <= kMostUnrolled &&
      meetsImage(op, 0) && meetsImage(op, 1)) {
    lowerSmallMaximum(e, op);
    return success();
  }
  ArrayRef<int64_t> in = Layer::shape(op.getInput()),
                    out = Layer::shape(op.getOutput()), pad = op.getPadding(),
                    kernel = op.getKernel(), strides = op.getStrides();
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  Type element = Layer::element(op.getInput());
  bool integer = isa<IntegerType>(element);
  bool average = op.getKind() == kernel::PoolKind::Average;
  Type sumElement = integer ? e.i(32) : e.f32();
  // Stored integers go in and come out: the zero point is for padding alone.
  auto clampOnly = kernel::EpilogueAttr::get(e.b.getContext(), 0,
                                             op.getEpilogue().getLowBound(),
                                             op.getEpilogue().getHighBound());
  Epilogue epilogue(e, clampOnly, element);
  int64_t channels = in[3], area = kernel[0] * kernel[1];
  int64_t mostSum = area * 128 + area;

  e.parallelLoop(out[0] * out[1], [&](Value ny) {
    Value n = e.div(ny, out[1]);
    Value y = e.add(e.mul(e.rem(ny, out[1]), strides[0]), -pad[0]);
    Taps rows = tapsInside(e, y, in[1], kernel[0], 1);
    e.loop(out[2], [&](Value ox) {
      Value x = e.add(e.mul(ox, strides[1]), -pad[2]);
      Taps columns = tapsInside(e, x, in[2], kernel[1], 1);
      Value count = e.make<arith::MulIOp>(e.sub(rows.high, rows.low),
                                          e.sub(columns.high, columns.low));
      Value countInt = e.make<arith::IndexCastOp>(e.i(32), count);
      Value to = e.mul(e.add(e.mul(ny, out[2]), ox), channels);
      e.chunks(channels, e.target.lanes(), [&](Value c, int64_t width) {
        Type sumType = e.vec(sumElement, width);
        Value init =
            average ? e.constant(sumType, 0)
            : integer
                ? e.constant(sumType, -128)
                : e.constant(sumType, -std::numeric_limits<double>::infinity());
        auto overRows = [&](Value ky, ValueRange acc) {
          Value row = e.add(e.mul(n, in[1]), e.add(y, ky));
          Value from = e.mul(e.add(e.mul(row, in[2]), x), channels);
          auto overColumns = [&](Value kx, ValueRange acc) {
            Value v = e.load(input, e.add(e.add(from, e.mul(kx, channels)), c),
                             width);
            if (integer)
              v = e.toInt(v, e.i(32));
            return SmallVector<Value>{average ? addValues(e, acc[0], v)
                                              : maxValues(e, acc[0], v)};
          };
          return e.carry(columns.low, columns.high, 1, acc, overColumns);
        };
        Value sum = e.carry(rows.low, rows.high, 1, init, overRows)[0];
        if (average) {
          Value divisor = e.broadcast(countInt, width);
          if (op.getCountIncludePad()) {
            Value whole = e.constant(e.vec(e.i(32), width), area);
            // Padding holds the zero point.
            if (integer && op.getEpilogue().getZeroPoint() != 0) {
              Value missing = e.make<arith::SubIOp>(whole, divisor);
              sum = addValues(
                  e, sum,
                  e.make<arith::MulIOp>(
                      missing, e.constant(whole.getType(),
                                          op.getEpilogue().getZeroPoint())));
            }
            divisor = whole;
          }
          sum = integer ? roundedQuotient(e, sum, divisor, mostSum)
                        : e.make<arith::DivFOp>(
                              sum, e.make<arith::SIToFPOp>(sumType, divisor));
        }
        e.store(epilogue.apply(sum), output, e.add(to, c));
      });
    });
  });
  return success();
}

} // namespace pare::cpu
