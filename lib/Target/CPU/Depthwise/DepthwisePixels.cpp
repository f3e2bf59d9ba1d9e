//===- DepthwisePixels.cpp - Depthwise, vectors of pixels -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each unit of lines and each channel, a strip of the unit after the other:
// one vector of each of its lines. A strip goes through the lines of the input
// from above; what it loads of a line is multiplied for all outputs that it is
// under, and an output is stored as soon as it is complete, so that no more
// sums are alive than a window has lines. Units at the upper and lower border
// have code of their own, which knows what lies outside, and so have strips at
// the ends of lines.
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwisePixels.h"
#include "Emit/Requantize.h"
#include "Stripes/StripePlan.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace mlir;

namespace pare::cpu {
namespace {

/// Where a line of a channel begins in a buffer.
struct LineStart {
  Value dynamic;
  int64_t constant = 0;
  /// Elements until the block of the channel ends.
  int64_t room = 0;
};

/// A first output of a vector: `dynamic`, if it is there, is a multiple of the
/// vector's elements far from both ends of the line.
struct Column {
  Value dynamic;
  int64_t constant = 0;
  /// Half of the vector is of the next channel.
  bool isPaired = false;
};

/// What each line of a unit, or of the input under it, has in a buffer.
/// Channels are not counted yet. Lines outside of the image have none.
using UnitLines = SmallVector<std::optional<LineStart>>;

class PixelsBuilder {
public:
  PixelsBuilder(Layer &e, const DepthwisePixels &plan, kernel::DepthwiseOp op)
      : e(e), plan(plan), s(plan.shape), input(e.buffer(op.getInput())),
        filter(e.buffer(op.getFilter())), output(e.buffer(op.getOutput())),
        bias(op.getBias() ? e.buffer(op.getBias()) : Value()),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput())),
        isMember(kernel::StripesOp::isMember(op)),
        ring(isMember ? inputRing(op) : 0) {}

  void build() {
    const int64_t steps = s.inChannels / together();
    const Range all = {e.index(0), e.index(steps)};
    if (isMember) {
      given = e.givenRows();
      e.carry(given.low, given.high, plan.unitLines, {},
              [&](Value line, ValueRange) {
                unit(e.div(line, plan.unitLines), all);
                return SmallVector<Value>();
              });
      return;
    }
    e.parallelBlocks(plan.units(), steps, [&](Value number, Range channels) {
      unit(number, channels);
    });
  }

private:
  //===--------------------------------------------------------------------===//
  // Units
  //===--------------------------------------------------------------------===//

  /// The first line of a unit.
  int64_t lineOf(int64_t number) const {
    return std::min(number * plan.unitLines, s.outHeight - plan.unitLines);
  }

  bool isInner(int64_t number) const {
    const int64_t top = lineOf(number) * s.strideHeight - s.padTop;
    return lineOf(number) == number * plan.unitLines && top >= 0 &&
           top + plan.inputLines() <= s.inHeight;
  }

  /// Branches to the code of the unit.
  void unit(Value number, Range channels) {
    if (std::optional<int64_t> known = getConstantIntValue(number))
      return border(*known, channels);
    SmallVector<int64_t> borders;
    bool anyInner = false;
    for (int64_t i = 0; i < plan.units(); ++i)
      if (isInner(i))
        anyInner = true;
      else
        borders.push_back(i);
    // Where no other is left, nothing has to be compared.
    auto branch = [&](auto &branch, ArrayRef<int64_t> left) -> void {
      if (left.empty())
        return inner(number, channels);
      if (left.size() == 1 && !anyInner)
        return border(left[0], channels);
      e.when(
          e.make<arith::CmpIOp>(arith::CmpIPredicate::eq, number,
                                e.index(left[0])),
          [&] { border(left[0], channels); },
          [&] { branch(branch, left.drop_front()); });
    };
    branch(branch, borders);
  }

  void inner(Value number, Range channels) {
    Value first = e.mul(number, plan.unitLines);
    Value base = e.mul(first, s.strideHeight * s.inWidth * s.inChannels);
    UnitLines in, out;
    for (int64_t line = 0; line < plan.inputLines(); ++line) {
      const int64_t y = line - s.padTop;
      if (ring > 0)
        in.push_back(inRing(e.add(e.mul(first, s.strideHeight), y)));
      else
        in.push_back(inputLine(base, y));
    }
    Value outLine = isMember ? e.sub(first, given.low) : first;
    Value outBase = e.mul(outLine, s.outWidth * s.outChannels);
    for (int64_t line = 0; line < plan.unitLines; ++line)
      out.push_back(outputLine(outBase, line));
    forChannels(in, out, channels);
  }

  void border(int64_t number, Range channels) {
    const int64_t first = lineOf(number);
    UnitLines in, out;
    for (int64_t line = 0; line < plan.inputLines(); ++line) {
      const int64_t y = first * s.strideHeight - s.padTop + line;
      if (y < 0 || y >= s.inHeight)
        in.push_back(std::nullopt);
      else if (ring > 0)
        in.push_back(inputLine(Value(), y % ring));
      else
        in.push_back(inputLine(Value(), y));
    }
    Value base;
    int64_t firstOut = first;
    if (isMember) {
      base =
          e.mul(e.sub(e.index(first), given.low), s.outWidth * s.outChannels);
      firstOut = 0;
    }
    for (int64_t line = 0; line < plan.unitLines; ++line)
      out.push_back(outputLine(base, firstOut + line));
    forChannels(in, out, channels);
  }

  /// Line `y`, which may be above, from a block that begins at `base`.
  LineStart lineFrom(Value base, int64_t y, int64_t lines,
                     int64_t width) const {
    const int64_t inBlock = ((y % lines) + lines) % lines;
    return {base, ((y - inBlock) * s.inChannels + inBlock) * width,
            (lines - inBlock) * width};
  }
  LineStart inputLine(Value base, int64_t y) const {
    return lineFrom(base, y, plan.blocks.in, s.inWidth);
  }
  LineStart outputLine(Value base, int64_t y) const {
    return lineFrom(base, y, plan.blocks.out, s.outWidth);
  }

  LineStart inRing(Value y) {
    return {e.mul(e.rem(y, ring), s.inWidth * s.inChannels), 0, s.inWidth};
  }

  //===--------------------------------------------------------------------===//
  // Channels and strips
  //===--------------------------------------------------------------------===//

  /// Channels that share vectors.
  int64_t together() const { return plan.half > 0 ? 2 : 1; }

  /// All strips of a channel after the other, so that its lines stay in the L1
  /// cache meanwhile. `steps` are numbers of channels, or of pairs of them.
  void forChannels(const UnitLines &in, const UnitLines &out, Range steps) {
    e.loop(steps.low, steps.high, [&](Value step) {
      Value channel = e.mul(step, together());
      if (plan.vectors() > 0)
        e.loop(together(), [&](Value i) {
          enterChannel(in, out, e.add(channel, i), /*isPaired=*/false);
          forStrips();
        });
      if (plan.half == 0)
        return;
      enterChannel(in, out, channel, /*isPaired=*/true);
      strip({Value(), std::max<int64_t>(s.outWidth - plan.half, 0),
             /*isPaired=*/true});
    });
  }

  void enterChannel(const UnitLines &in, const UnitLines &out, Value channel,
                    bool isPaired) {
    auto ofChannel = [&](UnitLines lines, int64_t pitch) {
      Value offset = e.mul(channel, pitch);
      // Lines that begin with the same value go on to do so.
      Value from, to;
      for (std::optional<LineStart> &line : lines) {
        if (!line)
          continue;
        if (!to || line->dynamic != from) {
          from = line->dynamic;
          to = from ? e.add(from, offset) : offset;
        }
        line->dynamic = to;
      }
      return lines;
    };
    inLines = ofChannel(in, inPitch());
    outLines = ofChannel(out, outPitch());
    auto splat = [&](Value buffer, int64_t offset) {
      Value at = e.add(channel, offset);
      Value one = e.splatLoad(buffer, at, plan.width);
      if (!isPaired)
        return one;
      Value two = e.splatLoad(buffer, e.add(at, 1), plan.width);
      return e.make<vector::ShuffleOp>(one, two, pairOrder());
    };
    weights.clear();
    for (int64_t tap = 0; tap < s.kernelHeight * s.kernelWidth; ++tap)
      weights.push_back(splat(filter, tap * s.outChannels));
    start = bias ? splat(bias, 0) : zeros(plan.width);
  }

  /// How two channels share a vector: its halves, or, with steps of 2, those of
  /// each four elements.
  SmallVector<int64_t> pairOrder() const {
    const int64_t half = s.strideWidth == 1 ? plan.half : 2;
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < plan.width; ++i)
      order.push_back(i / half % 2 == 0 ? i : plan.width + i);
    return order;
  }

  /// Elements from a channel of a block to the next.
  int64_t inPitch() const { return plan.blocks.in * s.inWidth; }
  int64_t outPitch() const { return plan.blocks.out * s.outWidth; }

  Column columnOf(int64_t strip) const {
    return {Value(),
            std::max<int64_t>(
                std::min(strip * plan.width, s.outWidth - plan.width), 0)};
  }

  /// Strips whose windows lie inside of the line are a loop, if they are many.
  void forStrips() {
    constexpr int64_t kFew = 3;
    const int64_t width = plan.width, count = plan.vectors();
    auto isInner = [&](int64_t i) {
      const int64_t ox = i * width, first = ox * s.strideWidth - s.padLeft,
                    last = first + (s.kernelWidth - 1) * s.dilationWidth +
                           width * s.strideWidth;
      return ox + width <= s.outWidth && first >= 0 && last <= s.inWidth;
    };
    int64_t low = 0;
    while (low < count && !isInner(low))
      ++low;
    int64_t high = low;
    while (high < count && isInner(high))
      ++high;
    if (high - low < kFew)
      low = high = count;
    for (int64_t i = 0; i < low; ++i)
      strip(columnOf(i));
    e.loop(low * width, high * width, width, [&](Value x) { strip({x}); });
    for (int64_t i = high; i < count; ++i)
      strip(columnOf(i));
  }

  void strip(const Column &column) {
    SmallVector<Value> sums(plan.unitLines);
    const int64_t reach = (s.kernelHeight - 1) * s.dilationHeight;
    for (auto [number, line] : llvm::enumerate(inLines)) {
      std::map<int64_t, Value> loaded;
      for (int64_t out = 0; out < plan.unitLines; ++out) {
        const int64_t ky = int64_t(number) - out * s.strideHeight;
        if (!line || ky < 0 || ky % s.dilationHeight != 0 || ky > reach)
          continue;
        Value &sum = sums[out];
        if (!sum)
          sum = start;
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          if (Value x = tapAt(loaded, *line, column, kx * s.dilationWidth))
            sum = e.micro.multiplyAdd(
                e, x, weights[ky / s.dilationHeight * s.kernelWidth + kx], sum);
      }
      // The outputs whose last line this is.
      const int64_t done = int64_t(number) - reach;
      if (done >= 0 && done % s.strideHeight == 0)
        store(sums[done / s.strideHeight], done / s.strideHeight, column);
    }
  }

  //===--------------------------------------------------------------------===//
  // Pixels
  //===--------------------------------------------------------------------===//

  /// The inputs of a strip under a column of taps, null where all are padding.
  /// With steps of 2 they stand in an order of their own.
  Value tapAt(std::map<int64_t, Value> &loaded, const LineStart &line,
              const Column &column, int64_t tap) {
    auto [at, isNew] = loaded.try_emplace(tap);
    if (!isNew)
      return at->second;
    const int64_t x = column.constant * s.strideWidth - s.padLeft;
    if (s.strideWidth == 1)
      return at->second = load(line, column, x + tap);
    // Two taps come from the same two vectors: of neighbours, or of channels.
    const int64_t first = tap - tap % 2;
    const Column one = {column.dynamic, column.constant};
    LineStart next = line;
    next.constant += column.isPaired ? inPitch() : 0;
    Value low = load(line, one, x + first),
          high =
              load(next, one, x + first + (column.isPaired ? 0 : plan.width));
    if (!low && !high)
      return loaded[first] = loaded[first + 1] = Value();
    for (int64_t odd = 0; odd < 2; ++odd)
      loaded[first + odd] = e.make<vector::ShuffleOp>(
          low ? low : zeros(plan.width), high ? high : zeros(plan.width),
          alternate(odd));
    return loaded[tap];
  }

  /// Every other element of two vectors, as one instruction has them: in each
  /// four, two of the first and two of the second.
  SmallVector<int64_t> alternate(int64_t odd) const {
    SmallVector<int64_t> order;
    for (int64_t group = 0; group < plan.width; group += 4)
      order.append({group + odd, group + 2 + odd, plan.width + group + odd,
                    plan.width + group + 2 + odd});
    return order;
  }
  /// What brings such vectors into the order of pixels, one channel after the
  /// other.
  SmallVector<int64_t> inOrder() const {
    SmallVector<int64_t> order;
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t group = 0; group < plan.width; group += 4)
        order.append({group + 2 * half, group + 2 * half + 1});
    return order;
  }

  /// Pixels of a channel in a vector.
  int64_t pixelsOf(const Column &column) const {
    return column.isPaired ? plan.half : plan.width;
  }
  /// Those of them that are outputs.
  int64_t validPixels(const Column &column) const {
    return std::min(pixelsOf(column), s.outWidth);
  }
  Value zeros(int64_t width) { return e.constant(e.vec(e.f32(), width), 0.0); }

  /// A vector of a line from pixel `x` on, of the column where that is not
  /// known; zeros outside of the line, null if nothing is inside.
  Value load(const LineStart &line, const Column &column, int64_t x) {
    const int64_t pixels = pixelsOf(column);
    if (column.dynamic)
      return e.load(
          input,
          e.add(e.add(line.dynamic, e.mul(column.dynamic, s.strideWidth)),
                line.constant + x),
          pixels);
    const int64_t low = std::clamp<int64_t>(-x, 0, pixels),
                  high = std::clamp<int64_t>(s.inWidth - x, 0, pixels);
    if (low >= high)
      return {};
    // What is behind the line has no output above it, or has to be a zero.
    const bool isWhole =
        low == 0 &&
        (high == pixels || (s.strideWidth == 1 && high >= validPixels(column) &&
                            x + pixels <= line.room));
    if (isWhole)
      return loadFrom(line, column, x, 0, pixels);
    if (s.inWidth < pixels ||
        (low == 0 && plan.loadsMasked && !column.isPaired))
      return loadFrom(line, column, x, low, high);
    // From inside of the line, moved.
    const int64_t inside = std::clamp<int64_t>(x, 0, s.inWidth - pixels);
    Value all = loadFrom(line, column, inside, 0, pixels);
    SmallVector<int64_t> order;
    for (int64_t first = 0; first < plan.width; first += pixels)
      for (int64_t i = 0; i < pixels; ++i)
        order.push_back(i < low || i >= high ? plan.width
                                             : first + x + i - inside);
    return e.make<vector::ShuffleOp>(all, zeros(plan.width), order);
  }

  /// The same of the pixels from `low` to before `high` of it, of which the
  /// others are not read.
  Value loadFrom(const LineStart &line, const Column &column, int64_t x,
                 int64_t low, int64_t high) {
    const int64_t pixels = pixelsOf(column);
    auto part = [&](int64_t pitch) -> Value {
      Value at = e.add(line.dynamic, line.constant + x + pitch);
      if (low == 0 && high == pixels)
        return e.load(input, at, pixels);
      return vector::MaskedLoadOp::create(e.b, e.loc, e.vec(e.f32(), pixels),
                                          input, at, maskOf(low, high, pixels),
                                          zeros(pixels));
    };
    return column.isPaired ? e.concat(part(0), part(inPitch())) : part(0);
  }

  Value maskOf(int64_t low, int64_t high, int64_t width) {
    SmallVector<bool> mask;
    for (int64_t i = 0; i < width; ++i)
      mask.push_back(i >= low && i < high);
    return arith::ConstantOp::create(
        e.b, e.loc, DenseElementsAttr::get(e.vec(e.i(1), width), mask));
  }

  void store(Value sum, int64_t number, const Column &column) {
    const LineStart &line = *outLines[number];
    Value results = epilogue.apply(sum ? sum : start);
    const int64_t pixels = pixelsOf(column);
    if (s.strideWidth == 2 && plan.width > 4)
      results = e.make<vector::ShuffleOp>(results, results, inOrder());
    Value at = line.dynamic;
    if (column.dynamic)
      at = e.add(at, column.dynamic);
    at = e.add(at, line.constant + column.constant);
    for (int64_t first = 0; first < plan.width; first += pixels)
      storePixels(e.slice(results, first, pixels), column, line,
                  e.add(at, first / pixels * outPitch()));
    // LLVM would load lines of the input long before they are needed, and keep
    // more than there are registers: a fence that is no instruction.
    LLVM::FenceOp::create(e.b, e.loc, LLVM::AtomicOrdering::seq_cst,
                          "singlethread");
  }

  void storePixels(Value results, const Column &column, const LineStart &line,
                   Value at) {
    const int64_t pixels = pixelsOf(column), valid = validPixels(column);
    // What is stored behind a short line is stored again with the next one.
    if (valid == pixels || pixels <= line.room)
      return e.store(results, output, at);
    if (!plan.storesMasked)
      return e.storePart(results, valid, output, at);
    vector::MaskedStoreOp::create(e.b, e.loc, output, at,
                                  maskOf(0, valid, pixels), results);
  }

  Layer &e;
  const DepthwisePixels &plan;
  const ConvShape &s;
  Value input, filter, output, bias;
  Epilogue epilogue;
  /// In kernel.stripes a call computes some rows, and those of the input may
  /// stand in a ring of so many.
  const bool isMember;
  const int64_t ring;
  Range given;
  /// Of the channel at hand: lines, each weight and the bias as a vector.
  UnitLines inLines, outLines;
  SmallVector<Value> weights;
  Value start;
};

} // namespace

void lowerDepthwisePixels(Layer &e, const DepthwisePixels &plan,
                          kernel::DepthwiseOp op) {
  PixelsBuilder(e, plan, op).build();
}

} // namespace pare::cpu
