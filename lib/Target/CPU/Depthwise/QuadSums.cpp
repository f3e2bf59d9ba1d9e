//===- QuadSums.cpp - Depthwise windows four taps at a time ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The code for what DepthwiseQuads.h packs.
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwiseQuads.h"
#include "Depthwise/DepthwiseSums.h"
#include "Emit/ConstantValues.h"
#include "Emit/MicroKernel.h"
#include "Emit/Requantize.h"

#include <map>

using namespace mlir;

namespace pare::cpu {
namespace {

class QuadSums : public DepthwiseSums {
public:
  QuadSums(Layer &e, kernel::DepthwiseOp op, ArrayRef<StringRef> packed)
      : DepthwiseSums(e, ConvShape::of(op)), layout(s, e.target),
        inputZero(op.getInputZeroPoint()), output(e.buffer(op.getOutput())),
        weights(e.global(packed[0])), bias(e.global(packed[1])),
        epilogue(e, op.getEpilogue(), Layer::element(op.getOutput()),
                 layout.channelOrder()),
        weightValues(constantValues<int8_t>(e.symbols, weights)) {
    if (packed.size() > 2) {
      masks = e.global(packed[2]);
      maskValues = constantValues<int8_t>(e.symbols, masks);
    }
    raiseSums();
  }

  ArrayRef<ChannelRun> runs() const override { return layout.runs(); }
  int64_t rowsAtOnce() const override { return layout.rows(); }
  int64_t columnsAtOnce() const override { return layout.columns(); }
  Value padding(Type type) override { return e.constant(type, inputZero); }

  void block(const WindowRows &rows, const WindowColumns &columns,
             ArrayRef<Value> to, const ChannelChunk &chunk) override {
    const ChannelRun &run = chunk.run;
    const int64_t width = run.width, lanes = width / 4;
    // Outputs that are neighbours share quads.
    MadeQuads made;
    Value number = e.add(chunk.first, -run.first);
    Value start = e.add(e.mul(number, run.perChannel), run.weights);
    for (int64_t at = 0; at < columns.outputs; at += layout.columns()) {
      const int64_t column = std::min(at, columns.outputs - layout.columns());
      // All that a column needs, before the products that share it.
      for (int64_t quad = 0; quad < layout.quadsOf(to.size()); ++quad)
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          quadsAt(made, rows.all, quad, placeOf(column, kx), columns, chunk);
      for (auto [row, rowStart] : llvm::enumerate(to)) {
        SmallVector<Value> acc;
        for (int64_t vector = 0; vector < 4; ++vector) {
          Value sum = e.load(bias,
                             e.add(e.mul(chunk.first, layout.rows()),
                                   int64_t(row) * width + vector * lanes),
                             lanes);
          for (ArrayRef<Term> group :
               groupsOf(run, row, vector, layout.quadsOf(to.size()))) {
            SmallVector<Value> x, w;
            for (Term term : group) {
              x.push_back(quadAt(made, rows.all, term, placeOf(column, term.kx),
                                 vector, columns, chunk));
              w.push_back(
                  e.load(weights,
                         e.add(start, layout.weightsAt(row, term.quad, term.kx,
                                                       vector, width)),
                         width));
            }
            sum = MicroKernel::hasDotQuads(e.target)
                      ? e.micro.dotQuads(e, x[0], w[0], sum)
                      : e.micro.dotSmallGroup(e, x, w, sum);
          }
          acc.push_back(sum);
        }
        e.storePart(
            epilogue.applyToLanes(acc, chunk.first), run.valid(), output,
            e.add(e.add(rowStart, chunk.first), column * s.outChannels));
      }
    }
  }

private:
  /// Bytes of four rows side by side, of a quarter of the channels each.
  using Quads = std::array<Value, 4>;
  /// A quad of rows under a column of taps.
  struct Term {
    int64_t quad, kx;
  };
  struct MadeQuads {
    /// By place and quad of rows.
    std::map<std::pair<int64_t, int64_t>, Quads> quads;
    /// Those turned for a column of taps, by that also.
    std::map<std::array<int64_t, 3>, Quads> turned;
  };

  //===--------------------------------------------------------------------===//
  // What weights allow
  //===--------------------------------------------------------------------===//

  /// Where the sums that can be are known, has them begin at
  /// Epilogue::kRaised.
  void raiseSums() {
    // Of one row of outputs LLVM keeps so many more inputs in memory, if there
    // are few registers, that more is lost than gained.
    if (!epilogue.takesRaised() ||
        (layout.rows() == 1 && e.target.vectorRegisters < 32))
      return;
    SmallVector<int32_t> values = constantValues<int32_t>(e.symbols, bias);
    for (const ChannelRun &run : runs())
      for (int64_t chunk = 0; chunk < run.count; ++chunk)
        for (int64_t row = 0; row < layout.rows(); ++row)
          for (int64_t place = 0; place < run.width; ++place) {
            int32_t &value =
                values[(run.first + chunk * run.width) * layout.rows() +
                       row * run.width + place];
            int64_t least = value, most = value;
            forWeights(run, chunk, row, place, [&](Term, int64_t, int8_t w) {
              (w < 0 ? least : most) += 255 * int64_t(w);
            });
            if (least <= -Epilogue::kRaisedRange ||
                most >= Epilogue::kRaisedRange)
              return;
            value += Epilogue::kRaised;
          }
    bias = e.table<int32_t>("bias", e.i(32), values);
    epilogue.raise(layout.channelOrder());
  }

  /// Calls `body` with all weights of a place of the sums.
  void
  forWeights(const ChannelRun &run, int64_t chunk, int64_t row, int64_t place,
             function_ref<void(Term, int64_t tap, int8_t weight)> body) const {
    const int64_t lanes = run.width / 4;
    const int8_t *first =
        weightValues.data() + run.weights + chunk * run.width * run.perChannel;
    for (int64_t quad = 0; quad < layout.quadsOf(layout.rows()); ++quad)
      for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
        for (int64_t tap = 0; tap < DepthwiseQuads::kTaps; ++tap)
          body({quad, kx}, tap,
               first[layout.weightsAt(row, quad, kx, place / lanes, run.width) +
                     place % lanes * DepthwiseQuads::kTaps + tap]);
  }

  using Groups = SmallVector<SmallVector<Term>>;

  /// The terms of a vector of sums, those together whose products may be added
  /// in 16 bits.
  const Groups &groupsOf(const ChannelRun &run, int64_t row, int64_t vector,
                         int64_t numQuads) {
    Groups &groups = knownGroups[{run.first, row, vector, numQuads}];
    if (!groups.empty())
      return groups;
    for (int64_t quad = 0; quad < numQuads; ++quad)
      for (int64_t kx = 0; kx < s.kernelWidth; ++kx) {
        const Term term = {quad, kx};
        auto joins = [&](ArrayRef<Term> group) {
          SmallVector<Term> all(group);
          all.push_back(term);
          return addInWords(run, row, vector, all);
        };
        SmallVector<Term> *group = MicroKernel::hasDotQuads(e.target)
                                       ? groups.end()
                                       : llvm::find_if(groups, joins);
        if (group == groups.end())
          groups.push_back({term});
        else
          group->push_back(term);
      }
    return groups;
  }

  bool addInWords(const ChannelRun &run, int64_t row, int64_t vector,
                  ArrayRef<Term> terms) const {
    const int64_t lanes = run.width / 4;
    for (int64_t chunk = 0; chunk < run.count; ++chunk)
      for (int64_t lane = 0; lane < lanes; ++lane) {
        std::array<int, 2> least = {}, most = {};
        forWeights(run, chunk, row, vector * lanes + lane,
                   [&](Term at, int64_t tap, int8_t weight) {
                     if (llvm::any_of(terms, [&](Term term) {
                           return term.quad == at.quad && term.kx == at.kx;
                         }))
                       (weight < 0 ? least : most)[tap / 2] += weight;
                   });
        for (int pair = 0; pair < 2; ++pair)
          if (most[pair] > DepthwiseQuads::kMostPair ||
              least[pair] < -DepthwiseQuads::kMostPair)
            return false;
      }
    return true;
  }

  /// Whether inputs are turned for a column of taps and a quad of rows beside
  /// how they are for all columns. What one vector of one chunk needs all have:
  /// layers of a network that share a function stay in the cache of
  /// instructions.
  bool turnsColumn(const ChannelRun &run, int64_t kx, int64_t quad) const {
    return hasMask(run, layout.maskOfColumn(kx, quad, 0, run.width),
                   4 * run.width, 0);
  }
  /// Whether they are for all columns.
  bool turnsTap(const ChannelRun &run, int64_t quad, int64_t tap) const {
    return hasMask(run, layout.maskOfTap(quad, tap, run.width), run.width,
                   DepthwiseQuads::kUnsigned);
  }
  bool hasMask(const ChannelRun &run, int64_t at, int64_t count,
               int8_t none) const {
    if (maskValues.empty())
      return false;
    ArrayRef<int8_t> all = maskValues;
    for (int64_t chunk = 0; chunk < run.count; ++chunk) {
      at += chunk == 0 ? masksOf(run) : layout.masksOfChunk(run.width);
      if (llvm::any_of(all.slice(at, count),
                       [&](int8_t mask) { return mask != none; }))
        return true;
    }
    return false;
  }

  /// Where the masks of a run begin.
  int64_t masksOf(const ChannelRun &run) const {
    int64_t begin = 0;
    for (const ChannelRun &other : runs()) {
      if (other.first == run.first)
        break;
      begin += other.count * layout.masksOfChunk(other.width);
    }
    return begin;
  }

  //===--------------------------------------------------------------------===//
  // Inputs
  //===--------------------------------------------------------------------===//

  Value loadMask(const ChannelChunk &chunk, int64_t at) {
    const ChannelRun &run = chunk.run;
    Value number = e.add(chunk.first, -run.first);
    return e.load(
        masks,
        e.add(e.mul(number, layout.masksOfChunk(run.width) / run.width),
              masksOf(run) + at),
        run.width);
  }

  const Quads &quadsAt(MadeQuads &made, ArrayRef<WindowRow> rows, int64_t quad,
                       int64_t place, const WindowColumns &columns,
                       const ChannelChunk &chunk) {
    Quads &quads = made.quads[{place, quad}];
    if (!quads[0])
      quads = makeQuads(rows, quad, place, columns, chunk);
    return quads;
  }

  Value quadAt(MadeQuads &made, ArrayRef<WindowRow> rows, Term term,
               int64_t place, int64_t vector, const WindowColumns &columns,
               const ChannelChunk &chunk) {
    const Quads &quads = quadsAt(made, rows, term.quad, place, columns, chunk);
    const int64_t mask =
        layout.maskOfColumn(term.kx, term.quad, vector, chunk.run.width);
    if (!turnsColumn(chunk.run, term.kx, term.quad))
      return quads[vector];
    Value &turned = made.turned[{place, term.quad, term.kx}][vector];
    if (!turned)
      turned = e.make<arith::XOrIOp>(quads[vector], loadMask(chunk, mask));
    return turned;
  }

  Quads makeQuads(ArrayRef<WindowRow> rows, int64_t quad, int64_t place,
                  const WindowColumns &columns, const ChannelChunk &chunk) {
    std::array<Value, DepthwiseQuads::kTaps> x;
    for (size_t tap = 0; tap < x.size(); ++tap) {
      const size_t row = DepthwiseQuads::rowOf(quad, tap);
      // Rows below the windows meet weights of zero: the one at hand will do.
      if (row >= rows.size()) {
        x[tap] = x[tap - 1];
        continue;
      }
      const int64_t mask = layout.maskOfTap(quad, tap, chunk.run.width);
      x[tap] = e.make<arith::XOrIOp>(
          load(rows[row], place, columns, chunk),
          turnsTap(chunk.run, quad, tap)
              ? loadMask(chunk, mask)
              : e.constant(e.vec(e.i(8), chunk.run.width),
                           int64_t(DepthwiseQuads::kUnsigned)));
    }
    const std::array<Value, 2> upper = unpack(x[0], x[1], 1),
                               lower = unpack(x[2], x[3], 1);
    const std::array<Value, 2> low = unpack(upper[0], lower[0], 2),
                               high = unpack(upper[1], lower[1], 2);
    return {low[0], low[1], high[0], high[1]};
  }

  /// The inputs at a place, and at those of the outputs beside it that are
  /// computed with it. Padding is a constant.
  Value load(const WindowRow &row, int64_t place, const WindowColumns &columns,
             const ChannelChunk &chunk) {
    const int64_t together = layout.columns(), each = s.inChannels;
    auto isInside = [&](int64_t i) {
      return columns.isInside(place + i * s.strideWidth);
    };
    auto at = [&](int64_t i) {
      return e.add(
          row.start,
          e.mul(e.add(columns.first, place + i * s.strideWidth), each));
    };
    if (together == 1 && isInside(0))
      return chunk.run.missing == 0
                 ? loadInput(row, place, columns, chunk)
                 : e.loadPart(row.buffer, e.add(at(0), chunk.first),
                              chunk.run.valid(), chunk.run.width);
    if (s.strideWidth == 1 && isInside(0) && isInside(together - 1))
      return e.load(row.buffer, at(0), chunk.run.width);
    Value all = e.constant(e.vec(e.i(8), chunk.run.width), inputZero);
    for (int64_t i = 0; i < together; ++i)
      if (isInside(i))
        all = e.make<vector::InsertStridedSliceOp>(
            e.load(row.buffer, at(i), each), all, ArrayRef<int64_t>{i * each},
            ArrayRef<int64_t>{1});
    return all;
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
  Value output, weights, bias, masks;
  Epilogue epilogue;
  /// What the constants hold.
  SmallVector<int8_t> weightValues, maskValues;
  /// By first channel of a run, row, vector and number of quads.
  std::map<std::array<int64_t, 4>, Groups> knownGroups;
};

} // namespace

std::unique_ptr<DepthwiseSums> createQuadSums(Layer &e, kernel::DepthwiseOp op,
                                              ArrayRef<StringRef> packed) {
  return std::make_unique<QuadSums>(e, op, packed);
}

} // namespace pare::cpu
