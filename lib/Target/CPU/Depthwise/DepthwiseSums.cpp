//===- DepthwiseSums.cpp - The arithmetic of depthwise windows ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwiseSums.h"
#include "Emit/ConstantValues.h"
#include "Emit/PlainConvolution.h"

#include "llvm/ADT/DenseMap.h"

#include <map>

using namespace mlir;

namespace pare::cpu {

DepthwiseSums::~DepthwiseSums() = default;

Value DepthwiseSums::loadInput(const WindowRow &row, int64_t place,
                               const WindowColumns &columns,
                               const ChannelChunk &chunk) {
  const int64_t width = chunk.run.width, each = s.outChannels / s.inChannels;
  Value column = e.mul(e.add(columns.first, place), s.inChannels);
  Value at = e.add(row.start, column);
  if (each == 1)
    return e.load(row.buffer, e.add(at, chunk.first), width);
  at = e.add(at, e.div(chunk.first, each));
  if (width <= each)
    return e.splatLoad(row.buffer, at, width);
  Value few = e.load(row.buffer, at, width / each);
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < width; ++i)
    order.push_back(i / each);
  return e.make<vector::ShuffleOp>(few, few, order);
}

namespace {

/// Sums that are carried from a row of taps to the next.
class RowSums : public DepthwiseSums {
public:
  RowSums(Layer &e, const ConvShape &s, const DepthwiseLayout &layout)
      : DepthwiseSums(e, s), layout(layout) {}

  ArrayRef<ChannelRun> runs() const override { return layout.runs(); }

  void block(const WindowRows &rows, const WindowColumns &columns,
             ArrayRef<Value> to, const ChannelChunk &chunk) override {
    Acc acc = start(chunk, columns.outputs);
    if (layout.unrolls())
      acc = addRows(acc, rows.all, e.index(0), columns, chunk);
    else
      acc = e.carry(0, s.kernelHeight, 1, acc, [&](Value ky, ValueRange acc) {
        return addRows(acc, rows.at(ky), ky, columns, chunk);
      });
    finish(acc, to[0], chunk, columns.outputs);
  }

protected:
  using Acc = SmallVector<Value>;

  /// The sums of `outputs` columns before any tap.
  virtual Acc start(const ChannelChunk &chunk, int64_t outputs) = 0;
  /// Adds rows of taps, of which `ky` is the number of the first: all rows if
  /// the layout unrolls them, otherwise one.
  virtual Acc addRows(ValueRange acc, ArrayRef<WindowRow> rows, Value ky,
                      const WindowColumns &columns,
                      const ChannelChunk &chunk) = 0;
  /// Stores the results; `to` is the flat offset of the first column.
  virtual void finish(ValueRange acc, Value to, const ChannelChunk &chunk,
                      int64_t outputs) = 0;

  int64_t numPlaces(int64_t outputs) const {
    return placeOf(outputs - 1, s.kernelWidth - 1) + 1;
  }
  /// Calls `body` for each output and column of taps that meet at `place`.
  void forTaps(int64_t place, int64_t outputs,
               function_ref<void(int64_t output, int64_t kx)> body) const {
    for (int64_t output = 0; output < outputs; ++output)
      for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
        if (placeOf(output, kx) == place)
          body(output, kx);
  }

  const DepthwiseLayout &layout;
};

//===----------------------------------------------------------------------===//
// f32
//===----------------------------------------------------------------------===//

class FloatSums : public RowSums {
public:
  FloatSums(Layer &e, kernel::DepthwiseOp op, const DepthwiseLayout &layout)
      : RowSums(e, ConvShape::of(op), layout),
        conv(e, op.getInput(), op.getFilter(), op.getBias(), op.getOutput(), 0,
             0, op.getEpilogue()) {}

  Value padding(Type type) override { return e.constant(type, 0.0); }

  Acc start(const ChannelChunk &chunk, int64_t outputs) override {
    return Acc(outputs, conv.start(chunk.first, chunk.run.width));
  }

  Acc addRows(ValueRange acc, ArrayRef<WindowRow> rows, Value ky,
              const WindowColumns &columns,
              const ChannelChunk &chunk) override {
    Acc next(acc);
    for (size_t r = 0; r < rows.size(); ++r) {
      SmallVector<Value> weights;
      for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
        weights.push_back(weight(e.add(ky, int64_t(r)), kx, chunk));
      for (int64_t place = 0; place < numPlaces(columns.outputs); ++place) {
        if (!columns.isInside(place))
          continue;
        Value x;
        forTaps(place, columns.outputs, [&](int64_t output, int64_t kx) {
          if (!x)
            x = loadInput(rows[r], place, columns, chunk);
          next[output] = conv.accumulate(x, weights[kx], next[output]);
        });
      }
    }
    return next;
  }

  void finish(ValueRange acc, Value to, const ChannelChunk &chunk,
              int64_t outputs) override {
    for (int64_t output = 0; output < outputs; ++output)
      conv.finish(acc[output],
                  e.add(e.add(to, chunk.first), output * s.outChannels),
                  chunk.first);
  }

private:
  Value weight(Value ky, int64_t kx, const ChannelChunk &chunk) {
    Value tap = e.add(e.mul(ky, s.kernelWidth), kx);
    return e.load(conv.filter, e.add(e.mul(tap, s.outChannels), chunk.first),
                  chunk.run.width);
  }

  PlainConvolution conv;
};

//===----------------------------------------------------------------------===//
// 8 bit
//===----------------------------------------------------------------------===//

/// Padding is the zero point, which the bias takes out again.
class IntegerSums : public RowSums {
public:
  IntegerSums(Layer &e, kernel::DepthwiseOp op, const DepthwiseLayout &layout,
              ArrayRef<StringRef> packed)
      : RowSums(e, ConvShape::of(op), layout),
        inputZero(op.getInputZeroPoint()), output(e.buffer(op.getOutput())),
        weights(e.global(packed[0])), bias(e.global(packed[1])),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 layout.channelOrder()) {
    raiseSums();
  }

  Value padding(Type type) override { return e.constant(type, inputZero); }

  Acc start(const ChannelChunk &chunk, int64_t outputs) override {
    const int64_t width = chunk.run.width;
    if (!chunk.run.pairs)
      return Acc(outputs, e.load(bias, chunk.first, width));
    Acc acc;
    for (int64_t i = 0; i < 2 * outputs; ++i)
      acc.push_back(
          i < 2 ? e.load(bias, e.add(chunk.first, i * width / 2), width / 2)
                : acc[i - 2]);
    return acc;
  }

  Acc addRows(ValueRange acc, ArrayRef<WindowRow> rows, Value ky,
              const WindowColumns &columns,
              const ChannelChunk &chunk) override {
    Acc next(acc);
    if (!chunk.run.pairs) {
      for (auto [r, row] : llvm::enumerate(rows))
        addSingles(next, row, e.add(ky, r), columns, chunk);
      return next;
    }
    const int64_t paired = layout.pairedRows();
    for (int64_t r = 0; r < paired; r += 2)
      addTwoRows(next, rows[r], rows[r + 1], r / 2 * s.kernelWidth, columns,
                 chunk);
    for (size_t r = paired; r < rows.size(); ++r) {
      Value unpaired = e.add(ky, int64_t(r) - paired);
      addOneRow(next, rows[r],
                e.add(e.mul(unpaired, layout.pairsOfRow()),
                      paired / 2 * s.kernelWidth),
                columns, chunk);
    }
    return next;
  }

  void finish(ValueRange acc, Value to, const ChannelChunk &chunk,
              int64_t outputs) override {
    const int64_t width = chunk.run.width;
    to = e.add(to, chunk.first);
    auto store = [&](Value bytes, int64_t output) {
      e.store(bytes, this->output, e.add(to, output * s.outChannels));
    };
    auto sums = [&](int64_t output) {
      return llvm::to_vector(acc.slice(2 * output, 2));
    };
    if (packsRows(chunk.run)) {
      for (int64_t first = 0; first < outputs; first += 2) {
        // The last of an odd number is packed with itself.
        int64_t second = std::min(first + 1, outputs - 1);
        Value both =
            epilogue.applyToRows(sums(first), sums(second), chunk.first);
        store(e.slice(both, 0, width), first);
        if (second != first)
          store(e.slice(both, width, width), second);
      }
      return;
    }
    for (int64_t output = 0; output < outputs; ++output)
      store(chunk.run.pairs
                ? MicroKernel::inColumnOrder(
                      e, epilogue.apply(
                             e.concat(acc[2 * output], acc[2 * output + 1]),
                             chunk.first))
                : epilogue.apply(acc[output], chunk.first),
            output);
  }

private:
  /// Whether all sums of a chunk go through Epilogue::applyToRows.
  bool packsRows(const ChannelRun &run) const {
    return run.pairs && epilogue.packsRows() &&
           run.width == 2 * e.target.lanes();
  }

  /// Where the sums that can be are known, has them begin at
  /// Epilogue::kRaised.
  void raiseSums() {
    if (!epilogue.takesRaised() ||
        !llvm::all_of(runs(),
                      [&](const ChannelRun &run) { return packsRows(run); }))
      return;
    const SmallVector<int16_t> factors =
        constantValues<int16_t>(e.symbols, weights);
    SmallVector<int32_t> values = constantValues<int32_t>(e.symbols, bias);
    const SmallVector<int64_t> order = layout.channelOrder();
    // Of each channel, by 128, the greatest absolute value of an input.
    SmallVector<int64_t> most(s.outChannels, 0);
    for (auto [weight, offset] : llvm::zip_equal(factors, layout.weightOrder()))
      if (offset >= 0)
        most[offset % s.outChannels] += 128 * std::abs(int64_t(weight));
    for (auto [value, channel] : llvm::zip_equal(values, order)) {
      if (most[channel] + std::abs(int64_t(value)) >= Epilogue::kRaisedRange)
        return;
      value += Epilogue::kRaised;
    }
    bias = e.table<int32_t>("bias", e.i(32), values);
    epilogue.raise(order);
  }

  /// The inputs at a place, widened; of padding a constant.
  Value widened(const WindowRow &row, int64_t place,
                const WindowColumns &columns, const ChannelChunk &chunk) {
    if (!columns.isInside(place))
      return e.constant(e.vec(e.i(16), chunk.run.width), inputZero);
    return e.toInt(loadInput(row, place, columns, chunk), e.i(16));
  }

  /// Where the packed weights of a chunk begin.
  Value chunkStart(const ChannelChunk &chunk) {
    const ChannelRun &run = chunk.run;
    return e.add(e.mul(e.add(chunk.first, -run.first), run.perChannel),
                 run.weights);
  }

  void addSingles(Acc &acc, const WindowRow &row, Value ky,
                  const WindowColumns &columns, const ChannelChunk &chunk) {
    const int64_t width = chunk.run.width;
    for (int64_t place = 0; place < numPlaces(columns.outputs); ++place) {
      Value x;
      forTaps(place, columns.outputs, [&](int64_t output, int64_t kx) {
        if (!x)
          x = e.toInt(widened(row, place, columns, chunk), e.i(32));
        Value tap = e.add(e.mul(ky, s.kernelWidth), kx);
        Value w = e.toInt(
            e.load(weights, e.add(chunkStart(chunk), e.mul(tap, width)), width),
            e.i(32));
        acc[output] =
            e.make<arith::AddIOp>(acc[output], e.make<arith::MulIOp>(x, w));
      });
    }
  }

  /// Two rows of taps together; `pair` is the number of the first pair.
  void addTwoRows(Acc &acc, const WindowRow &upper, const WindowRow &lower,
                  int64_t pair, const WindowColumns &columns,
                  const ChannelChunk &chunk) {
    for (int64_t place = 0; place < numPlaces(columns.outputs); ++place) {
      Value x, y;
      std::array<Value, 2> halves;
      forTaps(place, columns.outputs, [&](int64_t output, int64_t kx) {
        if (!x) {
          x = widened(upper, place, columns, chunk);
          y = widened(lower, place, columns, chunk);
          halves = interleave(x, y);
        }
        addPair(acc, output, halves, e.index(pair + kx), chunk);
      });
    }
  }

  /// A row of taps, two columns together.
  void addOneRow(Acc &acc, const WindowRow &row, Value pair,
                 const WindowColumns &columns, const ChannelChunk &chunk) {
    std::map<int64_t, Value> inputs;
    auto inputAt = [&](int64_t place) {
      Value &x = inputs[place];
      if (!x)
        x = widened(row, place, columns, chunk);
      return x;
    };
    // By place: the second of two taps is the first of another output.
    struct Use {
      int64_t output, pair;
    };
    std::map<std::pair<int64_t, int64_t>, SmallVector<Use>> uses;
    for (int64_t output = 0; output < columns.outputs; ++output)
      for (int64_t kx = 0; kx < s.kernelWidth; kx += 2) {
        int64_t first = placeOf(output, kx);
        // A tap without a partner takes one that others need, if there is one:
        // its weight is 0.
        int64_t second = first + s.dilationWidth;
        if (kx + 1 == s.kernelWidth && second >= numPlaces(columns.outputs))
          second = first;
        uses[{first, second}].push_back({output, kx / 2});
      }
    for (const auto &[places, list] : uses) {
      std::array<Value, 2> halves =
          interleave(inputAt(places.first), inputAt(places.second));
      for (const Use &use : list)
        addPair(acc, use.output, halves, e.add(pair, use.pair), chunk);
    }
  }

  void addPair(Acc &acc, int64_t output, const std::array<Value, 2> &halves,
               Value pair, const ChannelChunk &chunk) {
    const int64_t width = chunk.run.width;
    Value at = e.add(chunkStart(chunk), e.mul(pair, 2 * width));
    for (int64_t half = 0; half < 2; ++half) {
      Value w = e.load(weights, e.add(at, half * width), width);
      Value &sum = acc[2 * output + half];
      sum = e.micro.dotPairs(e, halves[half], w, sum);
    }
  }

  /// The elements of two vectors in turn, in two halves whose channels stand as
  /// in MicroKernel::packedColumn: what unpack instructions do.
  std::array<Value, 2> interleave(Value x, Value y) {
    const int64_t width = cast<VectorType>(x.getType()).getDimSize(0);
    std::array<Value, 2> halves;
    for (int64_t half = 0; half < 2; ++half) {
      SmallVector<int64_t> order;
      for (int64_t i = 0; i < width / 2; ++i) {
        int64_t channel =
            MicroKernel::packedColumn(half * width / 2 + i, width / 2);
        order.append({channel, width + channel});
      }
      halves[half] = e.make<vector::ShuffleOp>(x, y, order);
    }
    return halves;
  }

  int64_t inputZero;
  Value output, weights, bias;
  Epilogue epilogue;
};
} // namespace

std::unique_ptr<DepthwiseSums> createFloatSums(Layer &e, kernel::DepthwiseOp op,
                                               const DepthwiseLayout &layout) {
  return std::make_unique<FloatSums>(e, op, layout);
}

std::unique_ptr<DepthwiseSums> createIntegerSums(Layer &e,
                                                 kernel::DepthwiseOp op,
                                                 const DepthwiseLayout &layout,
                                                 ArrayRef<StringRef> packed) {
  return std::make_unique<IntegerSums>(e, op, layout, packed);
}

} // namespace pare::cpu
