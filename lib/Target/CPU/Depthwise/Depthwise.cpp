//===- Depthwise.cpp - Convolutions of every channel by itself ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors run over channels. All taps are unrolled and several columns computed
// at once, so that inputs and weights are loaded once for all of them. Nothing
// is tested at the border: a row outside of the image is a row of padding in
// the scratch memory, and columns of the border have code of their own, which
// knows what is padding.
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwisePixels.h"
#include "Depthwise/DepthwiseSums.h"
#include "Emit/Lowering.h"
#include "Emit/PlainConvolution.h"
#include "Emit/Window.h"
#include "Stripes/StripePlan.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// Output columns at once, at most. Neighbours share what is loaded, widened
/// and interleaved for them, which of bytes is much.
int64_t mostColumns(const ConvShape &s, const TargetInfo &target,
                    bool integer) {
  constexpr int64_t kFew = 4, kMost = 8;
  // More taps make much code.
  if (s.kernelHeight * s.kernelWidth > 9)
    return kFew;
  if (target.vectorRegisters >= 32)
    return kMost;
  // Two vectors of sums each, and weights that are read from memory.
  return integer ? target.vectorRegisters / 2 - 1 : kFew;
}

class DepthwiseBuilder {
public:
  DepthwiseBuilder(Layer &e, const ConvShape &s, const DepthwiseLayout &layout,
                   DepthwiseSums &sums, kernel::DepthwiseOp op)
      : e(e), s(s), layout(layout), sums(sums), input(e.buffer(op.getInput())),
        isMember(kernel::StripesOp::isMember(op)),
        ring(isMember ? inputRing(op) : 0) {}

  void build() {
    Inner rows = innerPositions(s.outHeight, s.inHeight, s.kernelHeight,
                                s.strideHeight, s.dilationHeight, s.padTop);
    const bool isPadded = rows.low > 0 || rows.high < s.outHeight;
    if (isMember) {
      Range part = e.givenRows();
      if (isPadded) {
        // Most stripes have nothing of it.
        Value above = e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, part.low,
                                            e.index(rows.low));
        Value below = e.make<arith::CmpIOp>(arith::CmpIPredicate::sgt,
                                            part.high, e.index(rows.high));
        addPaddingRow(e.make<arith::OrIOp>(above, below));
      }
      return image(e.index(0), part);
    }
    if (isPadded)
      addPaddingRow();
    // One image is shared by rows, several by images.
    if (s.batch == 1)
      return image(e.index(0), shareRows());
    e.parallelLoop(s.batch, [&](Value n) {
      image(n, {e.index(0), e.index(s.outHeight)});
    });
  }

private:
  /// The rows of outputs that a call computes.
  Range shareRows() {
    const int64_t atOnce = sums.rowsAtOnce();
    Range part = e.share(llvm::divideCeil(s.outHeight, atOnce));
    if (!e.shared())
      return {e.index(0), e.index(s.outHeight)};
    return {e.mul(part.low, atOnce),
            e.min(e.mul(part.high, atOnce), e.index(s.outHeight))};
  }

  /// A row of padding, filled if `isRead` (always, if null), and the input as a
  /// buffer of the same type.
  void addPaddingRow(Value isRead = {}) {
    Type element = cast<MemRefType>(input.getType()).getElementType();
    int64_t count = s.inWidth * s.inChannels;
    Value row = e.scratch(element, count);
    auto fill = [&] {
      e.chunks(count, e.target.vectorBits / element.getIntOrFloatBitWidth(),
               [&](Value i, int64_t width) {
                 e.store(sums.padding(e.vec(element, width)), row, i);
               });
    };
    if (isRead)
      e.when(isRead, fill);
    else
      fill();
    auto open = MemRefType::get({ShapedType::kDynamic}, element);
    paddingRow = memref::CastOp::create(e.b, e.loc, open, row);
    input = memref::CastOp::create(e.b, e.loc, open, input);
  }

  WindowRow rowOf(Value n, Value y) {
    Value line = ring > 0 ? e.rem(y, ring) : e.add(e.mul(n, s.inHeight), y);
    Value offset = e.mul(line, s.inWidth * s.inChannels);
    if (!paddingRow)
      return {input, offset};
    // Unsigned, a row above the image is a great one.
    Value inside = e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, y,
                                         e.index(s.inHeight));
    return {e.select(inside, input, paddingRow),
            e.select(inside, offset, e.index(0))};
  }

  void image(Value n, Range part) {
    if (sums.rowsAtOnce() == 1)
      return e.loopWithin(part, 0, s.outHeight,
                          [&](Value oy) { outputRows(n, part, oy, 1); });
    // Two rows at a time, then the last of an odd number.
    e.carry(part.low, e.add(part.high, -1), 2, {}, [&](Value oy, ValueRange) {
      outputRows(n, part, oy, 2);
      return SmallVector<Value>();
    });
    Value odd = e.rem(e.sub(part.high, part.low), 2);
    if (std::optional<int64_t> known = getConstantIntValue(odd)) {
      if (*known == 1)
        outputRows(n, part, e.add(part.high, -1), 1);
      return;
    }
    e.when(e.make<arith::CmpIOp>(arith::CmpIPredicate::ne, odd, e.index(0)),
           [&] { outputRows(n, part, e.add(part.high, -1), 1); });
  }

  /// `count` rows of outputs from row `oy` on.
  void outputRows(Value n, Range part, Value oy, int64_t count) {
    Value y = e.add(e.mul(oy, s.strideHeight), -s.padTop);
    // The output of a stripe begins with its first row.
    Value outRow =
        isMember ? e.sub(oy, part.low) : e.add(e.mul(n, s.outHeight), oy);
    SmallVector<Value> starts;
    for (int64_t row = 0; row < count; ++row)
      starts.push_back(e.mul(e.add(outRow, row), s.outWidth * s.outChannels));
    SmallVector<WindowRow> rows;
    if (layout.unrolls())
      for (int64_t ky = 0; ky < s.kernelHeight + count - 1; ++ky)
        rows.push_back(rowOf(n, e.add(y, ky * s.dilationHeight)));
    auto rowAt = [&](Value ky) {
      return rowOf(n, e.add(y, e.mul(ky, s.dilationHeight)));
    };
    forBlocks([&](Value ox, const WindowColumns &columns) {
      SmallVector<Value> to;
      for (Value start : starts)
        to.push_back(e.add(start, e.mul(ox, s.outChannels)));
      for (const ChannelRun &run : sums.runs())
        e.loop(run.first, run.first + run.count * run.width, run.width,
               [&](Value channel) {
                 sums.block({rows, rowAt}, columns, to, {run, channel});
               });
    });
  }

  /// Calls `body` with the first output column of each block. Blocks whose
  /// windows lie inside of the image altogether are a loop.
  void
  forBlocks(function_ref<void(Value ox, const WindowColumns &columns)> body) {
    const bool integer =
        isa<IntegerType>(cast<MemRefType>(input.getType()).getElementType());
    // Vectors of some columns each share less with their neighbours.
    const int64_t unit = sums.columnsAtOnce(),
                  most = mostColumns(s, e.target, integer) / (unit > 1 ? 2 : 1),
                  units = llvm::divideCeil(s.outWidth, unit);
    const int64_t count = llvm::divideCeil(units, most);
    const int64_t size = llvm::divideCeil(units, count) * unit;
    auto columnsOf = [&](int64_t ox) {
      int64_t first = ox * s.strideWidth - s.padLeft;
      return WindowColumns{e.index(first), -first, s.inWidth - first,
                           std::min(size, s.outWidth - ox)};
    };
    auto isInner = [&](int64_t ox) {
      WindowColumns columns = columnsOf(ox);
      int64_t last = (columns.outputs - 1) * s.strideWidth +
                     (s.kernelWidth - 1) * s.dilationWidth;
      return columns.outputs == size && columns.isInside(0) &&
             columns.isInside(last);
    };
    // The last block may compute columns of the one before again.
    auto border = [&](int64_t ox) {
      ox = std::min(ox, s.outWidth - unit);
      body(e.index(ox), columnsOf(ox));
    };
    int64_t ox = 0;
    for (; ox < s.outWidth && !isInner(ox); ox += size)
      border(ox);
    int64_t inner = ox;
    while (inner < s.outWidth && isInner(inner))
      inner += size;
    e.loop(ox, inner, size, [&](Value ox) {
      body(ox,
           {e.add(e.mul(ox, s.strideWidth), -s.padLeft), 0, s.inWidth, size});
    });
    for (ox = inner; ox < s.outWidth; ox += size)
      border(ox);
  }

  Layer &e;
  const ConvShape &s;
  const DepthwiseLayout &layout;
  DepthwiseSums &sums;
  Value input, paddingRow;
  /// In kernel.stripes a call computes some rows, and those of the input may
  /// stand in a ring of so many.
  const bool isMember;
  const int64_t ring;
};

/// Many outputs a channel, or weights that the network computes.
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
  if (PixelBlocks::of(op)) {
    std::optional<DepthwisePixels> plan = DepthwisePixels::of(op, e.target);
    if (!plan)
      return op.emitOpError("has no code for images in blocks of pixels");
    lowerDepthwisePixels(e, *plan, op);
    return success();
  }
  ConvShape s = ConvShape::of(op);
  SmallVector<StringRef, 2> packed = packedWeights(op);
  if (s.inChannels == 1 && packed.size() == 2) {
    lowerPackedContract(e, planContract(op, e.target), op.getEpilogue(),
                        {e.buffer(op.getInput()), e.buffer(op.getOutput()),
                         e.global(packed[0]), e.global(packed[1])});
    return success();
  }
  bool integer = isa<IntegerType>(Layer::element(op.getInput()));
  if (!DepthwiseLayout::fits(s) || (integer && packed.empty())) {
    if (kernel::StripesOp::isMember(op))
      return op.emitOpError("has no code that computes some rows at a time");
    lowerPlain(e, op);
    return success();
  }
  DepthwiseLayout layout(s, e.target, integer);
  std::unique_ptr<DepthwiseSums> sums;
  if (!integer)
    sums = createFloatSums(e, op, layout);
  else if (cast<MemRefType>(e.global(packed[0]).getType())
               .getElementType()
               .isInteger(8))
    sums = createQuadSums(e, op, packed);
  else
    sums = createIntegerSums(e, op, layout, packed);
  DepthwiseBuilder(e, s, layout, *sums, op).build();
  return success();
}

} // namespace pare::cpu
