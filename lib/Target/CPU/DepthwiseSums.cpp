//===- DepthwiseSums.cpp - The arithmetic of depthwise windows ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthwiseSums.h"
#include "PlainConvolution.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/ADT/DenseMap.h"

#include <limits>
#include <map>

using namespace mlir;

namespace pare::cpu {

DepthwiseSums::~DepthwiseSums() = default;

Value loadTap(Emitter &e, const TapRow &row, int64_t place, const ConvShape &s,
              function_ref<Value(Value)> load) {
  Value column = e.add(row.column, place);
  if (!row.guarded)
    return load(e.add(row.start, e.mul(column, s.inChannels)));
  Value nearest = e.clampIndex(column, 0, s.inWidth - 1);
  Value x = load(e.add(row.start, e.mul(nearest, s.inChannels)));
  Value inside =
      e.make<arith::CmpIOp>(arith::CmpIPredicate::eq, column, nearest);
  return e.select(inside, x, e.constant(x.getType(), 0));
}

//===----------------------------------------------------------------------===//
// f32
//===----------------------------------------------------------------------===//

namespace {
class FloatSums : public DepthwiseSums {
public:
  FloatSums(Layer &e, kernel::DepthwiseOp op)
      : e(e), s(ConvShape::of(op)),
        conv(e, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(), 0,
             0, op.getEpilogue()) {}

  void forChannels(Emitter::ChunkBody body) override {
    e.chunks(s.outChannels, e.target.lanes(), body);
  }

  Acc start(Value channel, int64_t width, int64_t columns, bool) override {
    return Acc(columns, conv.start(channel, width));
  }

  Acc addRow(ValueRange acc, const TapRow &row, Value ky, Value channel,
             int64_t width, int64_t columns, bool) override {
    Acc next(acc);
    llvm::DenseMap<int64_t, Value> loaded;
    for (int64_t kx = 0; kx < s.kernelWidth; ++kx) {
      Value w = weight(ky, e.index(kx), channel, width);
      for (int64_t column = 0; column < columns; ++column) {
        int64_t place = column * s.strideWidth + kx * s.dilationWidth;
        Value &x = loaded[place];
        if (!x)
          x = loadTap(e, row, place, s,
                      [&](Value at) { return e.load(conv.input, at, width); });
        next[column] = conv.accumulate(x, w, next[column]);
      }
    }
    return next;
  }

  void finish(ValueRange acc, Value to, Value channel, int64_t,
              int64_t columns) override {
    for (int64_t column = 0; column < columns; ++column)
      conv.finish(acc[column],
                  e.add(e.add(to, channel), column * s.outChannels), channel);
  }

private:
  Value weight(Value ky, Value kx, Value channel, int64_t width) {
    Value tap = e.add(e.mul(ky, s.kernelWidth), kx);
    return e.load(conv.filter, e.add(e.mul(tap, s.outChannels), channel),
                  width);
  }

  Layer &e;
  ConvShape s;
  PlainConvolution conv;
};
} // namespace

std::unique_ptr<DepthwiseSums> createFloatSums(Layer &e,
                                               kernel::DepthwiseOp op) {
  return std::make_unique<FloatSums>(e, op);
}

//===----------------------------------------------------------------------===//
// 8 bit
//===----------------------------------------------------------------------===//

/// Channel at place `i` of half `half` of a chunk: the elements that punpcklwd
/// and punpckhwd take from each 128 bits.
static int64_t channelInHalf(int64_t half, int64_t i) {
  return i / 4 * 8 + half * 4 + i % 4;
}

/// Channels of a chunk that use pairs of taps at least.
static int64_t leastPairWidth(const TargetInfo &target) {
  return MicroKernel::prefersPairs(target)
             ? 8
             : std::numeric_limits<int64_t>::max();
}

SmallVector<int64_t> depthwiseOrder(const ConvShape &s,
                                    const TargetInfo &target) {
  const int64_t leastPair = leastPairWidth(target);
  SmallVector<int64_t> order;
  int64_t channels = s.outChannels;
  auto filterOffset = [&](int64_t ky, int64_t kx, int64_t channel) {
    return (ky * s.kernelWidth + kx) * channels + channel;
  };
  auto chunk = [&](int64_t first, int64_t width) {
    for (int64_t ky = 0; ky < s.kernelHeight; ++ky) {
      if (width < leastPair) {
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          for (int64_t c = 0; c < width; ++c)
            order.push_back(filterOffset(ky, kx, first + c));
        continue;
      }
      for (int64_t kx = 0; kx < s.kernelWidth; kx += 2)
        for (int64_t half = 0; half < 2; ++half)
          for (int64_t i = 0; i < width / 2; ++i)
            for (int64_t k = kx; k < kx + 2; ++k)
              order.push_back(
                  k < s.kernelWidth
                      ? filterOffset(ky, k, first + channelInHalf(half, i))
                      : -1);
    }
  };
  int64_t first = 0;
  for (int64_t width = 2 * target.lanes(); width >= 1; width /= 2)
    for (; channels - first >= width; first += width)
      chunk(first, width);
  return order;
}

namespace {
class IntegerSums : public DepthwiseSums {
public:
  IntegerSums(Layer &e, kernel::DepthwiseOp op, ArrayRef<StringRef> packed)
      : e(e), s(ConvShape::of(op)), leastPair(leastPairWidth(e.target)),
        inputZero(op.getInputZeroPoint()), input(e.buffer(op.getInput())),
        output(e.buffer(op.getOutput())), weights(e.global(packed[0])),
        bias(e.global(packed[1])), foldedBias(e.global(packed[2])),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 llvm::to_vector(llvm::seq<int64_t>(s.outChannels))) {}

  void forChannels(Emitter::ChunkBody body) override {
    e.chunks(s.outChannels, 2 * e.target.lanes(), body);
  }

  Acc start(Value channel, int64_t width, int64_t columns,
            bool atBorder) override {
    Value sums = e.load(atBorder ? bias : foldedBias, channel, width);
    if (width < leastPair)
      return Acc(columns, sums);
    Acc acc;
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t half = 0; half < 2; ++half)
        acc.push_back(takeHalf(sums, half));
    return acc;
  }

  Acc addRow(ValueRange acc, const TapRow &row, Value ky, Value channel,
             int64_t width, int64_t columns, bool atBorder) override {
    Acc next(acc);
    llvm::DenseMap<int64_t, Value> loaded;
    auto inputAt = [&](int64_t place) {
      Value &x = loaded[place];
      if (!x)
        x = loadTap(e, row, place, s,
                    [&](Value at) { return loadInput(at, width, atBorder); });
      return x;
    };
    auto placeOf = [&](int64_t column, int64_t kx) {
      return column * s.strideWidth + kx * s.dilationWidth;
    };
    if (width < leastPair) {
      for (int64_t kx = 0; kx < s.kernelWidth; ++kx) {
        Value w = singleWeight(ky, e.index(kx), channel, width);
        for (int64_t column = 0; column < columns; ++column)
          next[column] =
              addProduct(next[column], inputAt(placeOf(column, kx)), w);
      }
      return next;
    }
    // Pairs of taps; the partner of an odd last tap has the weight 0.
    std::map<std::pair<int64_t, int64_t>, std::array<Value, 2>> pairs;
    for (int64_t kx = 0; kx < s.kernelWidth; kx += 2) {
      for (int64_t column = 0; column < columns; ++column) {
        int64_t first = placeOf(column, kx);
        int64_t second =
            kx + 1 < s.kernelWidth ? placeOf(column, kx + 1) : first;
        auto &pair = pairs[{first, second}];
        if (!pair[0])
          for (int64_t half = 0; half < 2; ++half)
            pair[half] = interleave(inputAt(first), inputAt(second), half);
        for (int64_t half = 0; half < 2; ++half) {
          Value &sum = next[2 * column + half];
          sum = e.micro.dotPairs(
              e, pair[half], pairWeight(ky, kx / 2, half, channel, width), sum);
        }
      }
    }
    return next;
  }

  void finish(ValueRange acc, Value to, Value channel, int64_t width,
              int64_t columns) override {
    for (int64_t column = 0; column < columns; ++column) {
      Value sums = width < leastPair
                       ? Value(acc[column])
                       : joinHalves(acc[2 * column], acc[2 * column + 1]);
      e.store(epilogue.apply(sums, channel), output,
              e.add(e.add(to, channel), column * s.outChannels));
    }
  }

private:
  Value loadInput(Value at, int64_t width, bool subtractZero) {
    Value x = e.toInt(e.load(input, at, width), e.i(16));
    if (subtractZero && inputZero != 0)
      x = e.make<arith::SubIOp>(x, e.constant(x.getType(), inputZero));
    return x;
  }

  Value addProduct(Value sum, Value x, Value w) {
    return e.make<arith::AddIOp>(
        sum, e.make<arith::MulIOp>(e.toInt(x, e.i(32)), e.toInt(w, e.i(32))));
  }

  /// Packed weights of the chunk that starts at `channel`: chunks of pairs have
  /// an even number of columns.
  Value chunkStart(Value channel) {
    int64_t pairColumns = (s.kernelWidth + 1) / 2 * 2;
    int64_t paired = s.outChannels / leastPair * leastPair;
    if (std::optional<int64_t> first = getConstantIntValue(channel))
      return e.index(s.kernelHeight *
                     (std::min(*first, paired) * pairColumns +
                      std::max<int64_t>(*first - paired, 0) * s.kernelWidth));
    // A loop over chunks has pairs in all of them or in none.
    return e.mul(channel,
                 s.kernelHeight * (paired > 0 ? pairColumns : s.kernelWidth));
  }
  Value rowOffset(Value ky, int64_t width) {
    int64_t columns =
        width < leastPair ? s.kernelWidth : (s.kernelWidth + 1) / 2 * 2;
    return e.mul(ky, columns * width);
  }
  Value pairWeight(Value ky, int64_t pair, int64_t half, Value channel,
                   int64_t width) {
    Value at = e.add(chunkStart(channel), rowOffset(ky, width));
    return e.load(weights, e.add(at, (2 * pair + half) * width), width);
  }
  Value singleWeight(Value ky, Value kx, Value channel, int64_t width) {
    Value at = e.add(chunkStart(channel), rowOffset(ky, width));
    return e.load(weights, e.add(at, e.mul(kx, width)), width);
  }

  Value interleave(Value x, Value y, int64_t half) {
    int64_t width = cast<VectorType>(x.getType()).getDimSize(0);
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < width / 2; ++i) {
      order.push_back(channelInHalf(half, i));
      order.push_back(width + channelInHalf(half, i));
    }
    return e.make<vector::ShuffleOp>(x, y, order);
  }
  Value takeHalf(Value x, int64_t half) {
    int64_t width = cast<VectorType>(x.getType()).getDimSize(0);
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < width / 2; ++i)
      order.push_back(channelInHalf(half, i));
    return e.make<vector::ShuffleOp>(x, x, order);
  }
  Value joinHalves(Value x, Value y) {
    int64_t width = 2 * cast<VectorType>(x.getType()).getDimSize(0);
    SmallVector<int64_t> order(width);
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t i = 0; i < width / 2; ++i)
        order[channelInHalf(half, i)] = half * width / 2 + i;
    return e.make<vector::ShuffleOp>(x, y, order);
  }

  Layer &e;
  ConvShape s;
  int64_t leastPair;
  int64_t inputZero;
  Value input, output, weights, bias, foldedBias;
  Epilogue epilogue;
};
} // namespace

std::unique_ptr<DepthwiseSums> createIntegerSums(Layer &e,
                                                 kernel::DepthwiseOp op,
                                                 ArrayRef<StringRef> packed) {
  return std::make_unique<IntegerSums>(e, op, packed);
}

} // namespace pare::cpu
