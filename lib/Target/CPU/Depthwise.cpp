//===- Depthwise.cpp - Convolutions of every channel by itself ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors run over channels. Output rows and columns whose windows lie inside
// the input have all taps unrolled and several columns at once, so that inputs
// and weights are loaded once for all of them; at the border loops run over the
// taps that are inside.
//
//===----------------------------------------------------------------------===//

#include "DepthwiseSums.h"
#include "Lowering.h"
#include "PlainConvolution.h"
#include "Window.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// Output columns at once.
constexpr int64_t kColumns = 4;
/// Larger windows are loops over rows of taps.
constexpr int64_t kMostUnrolledTaps = 25;

class DepthwiseBuilder {
public:
  DepthwiseBuilder(Layer &e, const ConvShape &s, DepthwiseSums &sums)
      : e(e), s(s), sums(sums) {}

  void build() {
    Inner rows = innerPositions(s.outHeight, s.inHeight, s.kernelHeight,
                                s.strideHeight, s.dilationHeight, s.padTop);
    bool unrolls = s.kernelHeight * s.kernelWidth <= kMostUnrolledTaps;
    auto image = [&](Value n, Range part) {
      rowRange(n, part, 0, rows.low, false);
      rowRange(n, part, rows.low, rows.high, unrolls);
      rowRange(n, part, rows.high, s.outHeight, false);
    };
    // One image is shared by rows, several by images.
    if (s.batch == 1)
      return image(e.index(0), e.share(s.outHeight));
    e.parallelLoop(s.batch, [&](Value n) {
      image(n, {e.index(0), e.index(s.outHeight)});
    });
  }

private:
  void rowRange(Value n, Range part, int64_t low, int64_t high, bool unrolled) {
    Inner columns = innerPositions(s.outWidth, s.inWidth, s.kernelWidth,
                                   s.strideWidth, s.dilationWidth, s.padLeft);
    int64_t rest =
        columns.low + (columns.high - columns.low) / kColumns * kColumns;
    e.loopWithin(part, low, high, [&](Value oy) {
      e.loop(0, columns.low, 1,
             [&](Value ox) { block(n, oy, ox, 1, false, true); });
      e.loop(columns.low, rest, kColumns,
             [&](Value ox) { block(n, oy, ox, kColumns, unrolled, false); });
      if (rest < columns.high)
        block(n, oy, e.index(rest), columns.high - rest, unrolled, false);
      e.loop(columns.high, s.outWidth, 1,
             [&](Value ox) { block(n, oy, ox, 1, false, true); });
    });
  }

  /// `count` output columns from `ox`. `unrolled`: all rows of taps are inside.
  /// `guarded`: some columns of taps may not be.
  void block(Value n, Value oy, Value ox, int64_t count, bool unrolled,
             bool guarded) {
    Value y = e.add(e.mul(oy, s.strideHeight), -s.padTop);
    Value x = e.add(e.mul(ox, s.strideWidth), -s.padLeft);
    Value outRow = e.add(e.mul(n, s.outHeight), oy);
    Value to = e.mul(e.add(e.mul(outRow, s.outWidth), ox), s.outChannels);
    bool atBorder = !unrolled || guarded;
    sums.forChannels([&](Value channel, int64_t width) {
      auto tapRow = [&](Value ky, ValueRange acc) {
        Value iy = e.add(y, e.mul(ky, s.dilationHeight));
        Value inRow = e.add(e.mul(n, s.inHeight), iy);
        TapRow row = {e.add(e.mul(inRow, s.inWidth * s.inChannels), channel), x,
                      guarded};
        return sums.addRow(acc, row, ky, channel, width, count, atBorder);
      };
      SmallVector<Value> acc = sums.start(channel, width, count, atBorder);
      if (unrolled) {
        for (int64_t ky = 0; ky < s.kernelHeight; ++ky)
          acc = tapRow(e.index(ky), acc);
      } else {
        Taps taps =
            tapsInside(e, y, s.inHeight, s.kernelHeight, s.dilationHeight);
        acc = e.carry(taps.low, taps.high, 1, acc, tapRow);
      }
      sums.finish(acc, to, channel, width, count);
    });
  }

  Layer &e;
  const ConvShape &s;
  DepthwiseSums &sums;
};

/// Several outputs a channel, or weights that the network computes.
void lowerPlain(Layer &e, kernel::DepthwiseOp op) {
  ConvShape s = ConvShape::of(op);
  PlainConvolution conv(e, op.getInput(), op.getFilter(), op.getBias(),
                        op.getOutput(), op.getInputZeroPoint(),
                        op.getFilterZeroPoint(), op.getEpilogue());
  int64_t multiplier = s.outChannels / s.inChannels;
  e.parallelLoop(s.batch * s.outHeight, [&](Value ny) {
    Value n = e.div(ny, s.outHeight), oy = e.rem(ny, s.outHeight);
    Value y = e.add(e.mul(oy, s.strideHeight), -s.padTop);
    Taps ty = tapsInside(e, y, s.inHeight, s.kernelHeight, s.dilationHeight);
    e.loop(s.outWidth, [&](Value ox) {
      Value x = e.add(e.mul(ox, s.strideWidth), -s.padLeft);
      Taps tx = tapsInside(e, x, s.inWidth, s.kernelWidth, s.dilationWidth);
      Value pixel = e.mul(e.add(e.mul(ny, s.outWidth), ox), s.outChannels);
      e.loop(s.inChannels, [&](Value c) {
        e.chunks(multiplier, e.target.lanes(), [&](Value m, int64_t width) {
          Value o = e.add(e.mul(c, multiplier), m);
          auto overRows = [&](Value ky, ValueRange sums) {
            Value iy = e.add(y, e.mul(ky, s.dilationHeight));
            Value row = e.mul(e.add(e.mul(n, s.inHeight), iy), s.inWidth);
            return e.carry(
                tx.low, tx.high, 1, sums, [&](Value kx, ValueRange sums) {
                  Value ix = e.add(x, e.mul(kx, s.dilationWidth));
                  Value from = e.add(e.mul(e.add(row, ix), s.inChannels), c);
                  Value tap = e.add(e.mul(ky, s.kernelWidth), kx);
                  return SmallVector<Value>{conv.accumulate(
                      e.splatLoad(conv.input, from, width),
                      e.load(conv.filter, e.add(e.mul(tap, s.outChannels), o),
                             width),
                      sums[0])};
                });
          };
          Value sum =
              e.carry(ty.low, ty.high, 1, conv.start(o, width), overRows)[0];
          conv.finish(sum, e.add(pixel, o), o);
        });
      });
    });
  });
}

} // namespace

LogicalResult lower(Layer &e, kernel::DepthwiseOp op) {
  ConvShape s = ConvShape::of(op);
  SmallVector<StringRef, 2> packed = packedWeights(op);
  if (s.inChannels == 1 && packed.size() == 2) {
    lowerPackedContract(e, planContract(op, e.target), op.getEpilogue(),
                        op.getInput(), op.getOutput(), packed[0], packed[1]);
    return success();
  }
  bool integer = isa<IntegerType>(Layer::element(op.getInput()));
  if (s.inChannels != s.outChannels || (integer && packed.empty())) {
    lowerPlain(e, op);
    return success();
  }
  std::unique_ptr<DepthwiseSums> sums =
      integer ? createIntegerSums(e, op, packed) : createFloatSums(e, op);
  DepthwiseBuilder(e, s, *sums).build();
  return success();
}

} // namespace pare::cpu
