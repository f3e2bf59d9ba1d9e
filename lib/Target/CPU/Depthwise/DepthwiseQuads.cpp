//===- DepthwiseQuads.cpp - Depthwise windows four taps at a time ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwiseQuads.h"
#include "Depthwise/DepthwiseSums.h"
#include "Emit/MicroKernel.h"
#include "Emit/Requantize.h"

#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;

namespace pare::cpu {

/// Each of the four vectors of sums has a 128-bit lane at least.
static constexpr int64_t kLeastWidth = 16;

DepthwiseQuads::DepthwiseQuads(const ConvShape &shape, const TargetInfo &target)
    : s(shape) {
  const bool shares = s.strideHeight == 1 && s.dilationHeight == 1 &&
                      s.kernelHeight % kTaps != 0 && s.outHeight > 1;
  outputRows = shares ? 2 : 1;
  int64_t first = 0, weights = 0;
  for (int64_t width = 4 * target.lanes(); width >= kLeastWidth; width /= 2) {
    const int64_t count = (s.outChannels - first) / width;
    if (count == 0)
      continue;
    ChannelRun run = {first, width, count};
    run.weights = weights;
    run.perChannel = rows() * weightsOfRow(1);
    channelRuns.push_back(run);
    first += count * width;
    weights += count * width * run.perChannel;
  }
}

bool DepthwiseQuads::fits(const ConvShape &s, const TargetInfo &target,
                          ArrayRef<int8_t> filter) {
  if (s.outChannels % kLeastWidth != 0 || s.kernelHeight == 1 ||
      !DepthwiseLayout::unrolls(s) ||
      !llvm::isPowerOf2_64(s.outChannels / s.inChannels) ||
      MicroKernel::quadsAreSigned(target))
    return false;
  if (MicroKernel::hasDotQuads(target))
    return true;
  if (!MicroKernel::hasDotSmallQuads(target))
    return false;
  // 255 * 128 fits in 16 bits, 255 * -128 too.
  constexpr int kMost = 128;
  DepthwiseQuads quads(s, target);
  SmallVector<int64_t> order = quads.weightOrder();
  auto weight = [&](size_t place) {
    return order[place] < 0 ? 0 : int(filter[order[place]]);
  };
  for (size_t place = 0; place < order.size(); place += 2) {
    const int one = weight(place), two = weight(place + 1);
    if (std::max(one, 0) + std::max(two, 0) > kMost ||
        std::min(one, 0) + std::min(two, 0) < -kMost)
      return false;
  }
  return true;
}

/// The channel of a chunk of `width` that stands at `place` of its sums.
static int64_t channelAt(int64_t place, int64_t width) {
  const int64_t lanes = width / 4, vector = place / lanes, lane = place % lanes;
  return lane / 4 * 16 + vector * 4 + lane % 4;
}

SmallVector<int64_t> DepthwiseQuads::weightOrder() const {
  SmallVector<int64_t> order;
  forEachChunk(runs(), [&](const ChannelRun &run, int64_t first) {
    for (int64_t row = 0; row < rows(); ++row)
      for (int64_t quad = 0; quad < quadsOf(rows()); ++quad)
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          for (int64_t place = 0; place < run.width; ++place)
            for (int64_t tap = 0; tap < kTaps; ++tap) {
              const int64_t ky = quad * kTaps + tap - row;
              const int64_t channel = first + channelAt(place, run.width);
              order.push_back(ky < 0 || ky >= s.kernelHeight
                                  ? -1
                                  : (ky * s.kernelWidth + kx) * s.outChannels +
                                        channel);
            }
  });
  return order;
}

SmallVector<int64_t> DepthwiseQuads::channelOrder() const {
  SmallVector<int64_t> order;
  forEachChunk(runs(), [&](const ChannelRun &run, int64_t first) {
    for (int64_t place = 0; place < run.width; ++place)
      order.push_back(first + channelAt(place, run.width));
  });
  return order;
}

namespace {

class QuadSums : public DepthwiseSums {
public:
  QuadSums(Layer &e, kernel::DepthwiseOp op, ArrayRef<StringRef> packed)
      : DepthwiseSums(e, ConvShape::of(op)), layout(s, e.target),
        inputZero(op.getInputZeroPoint()), output(e.buffer(op.getOutput())),
        weights(e.global(packed[0])), bias(e.global(packed[1])),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 layout.channelOrder()) {}

  ArrayRef<ChannelRun> runs() const override { return layout.runs(); }
  int64_t rowsAtOnce() const override { return layout.rows(); }
  Value padding(Type type) override { return e.constant(type, inputZero); }

  void block(const WindowRows &rows, const WindowColumns &columns,
             ArrayRef<Value> to, const ChannelChunk &chunk) override {
    const ChannelRun &run = chunk.run;
    const int64_t width = run.width, lanes = width / 4;
    const int64_t numQuads = layout.quadsOf(to.size());
    // By place and quad of rows; outputs that are neighbours share them.
    std::map<std::pair<int64_t, int64_t>, Quads> made;
    auto quadsAt = [&](int64_t place, int64_t quad) -> const Quads & {
      Quads &quads = made[{place, quad}];
      if (!quads[0])
        quads = makeQuads(rows.all, quad, place, columns, chunk);
      return quads;
    };
    Value start = e.add(e.mul(e.add(chunk.first, -run.first), run.perChannel),
                        run.weights);
    for (int64_t column = 0; column < columns.outputs; ++column) {
      for (int64_t quad = 0; quad < numQuads; ++quad)
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          quadsAt(placeOf(column, kx), quad);
      for (auto [row, rowStart] : llvm::enumerate(to)) {
        SmallVector<Value> acc;
        for (int64_t vector = 0; vector < 4; ++vector) {
          Value sum = e.load(bias, e.add(chunk.first, vector * lanes), lanes);
          for (int64_t quad = 0; quad < numQuads; ++quad)
            for (int64_t kx = 0; kx < s.kernelWidth; ++kx) {
              const int64_t at = int64_t(row) * layout.weightsOfRow(width) +
                                 (quad * s.kernelWidth + kx) * 4 * width +
                                 vector * width;
              sum = multiply(quadsAt(placeOf(column, kx), quad)[vector],
                             e.load(weights, e.add(start, at), width), sum);
            }
          acc.push_back(sum);
        }
        e.store(epilogue.applyToLanes(acc, chunk.first), output,
                e.add(e.add(rowStart, chunk.first), column * s.outChannels));
      }
    }
  }

private:
  /// Bytes of four rows side by side, of a quarter of the channels each.
  using Quads = std::array<Value, 4>;

  Value multiply(Value x, Value y, Value acc) {
    return MicroKernel::hasDotQuads(e.target)
               ? e.micro.dotQuads(e, x, y, acc)
               : e.micro.dotSmallQuads(e, x, y, acc);
  }

  Quads makeQuads(ArrayRef<WindowRow> rows, int64_t quad, int64_t place,
                  const WindowColumns &columns, const ChannelChunk &chunk) {
    std::array<Value, DepthwiseQuads::kTaps> x;
    for (size_t i = 0; i < x.size(); ++i) {
      const size_t row = quad * DepthwiseQuads::kTaps + i;
      // Rows below the windows meet weights of zero.
      x[i] = row < rows.size() ? moved(rows[row], place, columns, chunk)
                               : x[i - 1];
    }
    const std::array<Value, 2> upper = unpack(x[0], x[1], 1),
                               lower = unpack(x[2], x[3], 1);
    const std::array<Value, 2> low = unpack(upper[0], lower[0], 2),
                               high = unpack(upper[1], lower[1], 2);
    return {low[0], low[1], high[0], high[1]};
  }

  /// The inputs at a place as bytes without a sign; of padding a constant.
  Value moved(const WindowRow &row, int64_t place, const WindowColumns &columns,
              const ChannelChunk &chunk) {
    Type bytes = e.vec(e.i(8), chunk.run.width);
    if (!columns.isInside(place))
      return e.constant(bytes,
                        inputZero < 0 ? inputZero + 128 : inputZero - 128);
    return e.make<arith::XOrIOp>(loadInput(row, place, columns, chunk),
                                 e.constant(bytes, -128));
  }

  /// Groups of `size` bytes of two vectors in turn: of the lower half of each
  /// 16 bytes, and of the upper.
  std::array<Value, 2> unpack(Value x, Value y, int64_t size) {
    const int64_t width = cast<VectorType>(x.getType()).getDimSize(0);
    std::array<Value, 2> halves;
    for (int64_t half = 0; half < 2; ++half) {
      SmallVector<int64_t> order;
      for (int64_t lane = 0; lane < width; lane += 16)
        for (int64_t at = 0; at < 8; at += size)
          for (int64_t of : {int64_t(0), width})
            for (int64_t i = 0; i < size; ++i)
              order.push_back(of + lane + half * 8 + at + i);
      halves[half] = e.make<vector::ShuffleOp>(x, y, order);
    }
    return halves;
  }

  DepthwiseQuads layout;
  int64_t inputZero;
  Value output, weights, bias;
  Epilogue epilogue;
};

} // namespace

std::unique_ptr<DepthwiseSums> createQuadSums(Layer &e, kernel::DepthwiseOp op,
                                              ArrayRef<StringRef> packed) {
  return std::make_unique<QuadSums>(e, op, packed);
}

} // namespace pare::cpu
