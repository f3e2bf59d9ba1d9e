//===- Movement.cpp - Copies, fills, gathers and resizing -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"
#include "Emit/Transpose.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <array>

using namespace mlir;

namespace pare::cpu {

/// Bytes of the vectors that move data.
static int64_t moveWidth(Emitter &e, Type element) {
  return std::max<int64_t>(
      1, e.target.vectorBits / std::max(8u, element.getIntOrFloatBitWidth()));
}

namespace {
/// A copy of a few planes into one buffer whose elements come from each of them
/// in turn: images with their channels first get them last.
struct Interleaving {
  int64_t planes, planeStride;
  SmallVector<int64_t> sizes;
  Access from, to;

  static std::optional<Interleaving> find(kernel::CopyOp op);
  void build(Layer &e, Value input, Value output, int64_t width) const;
};
} // namespace

std::optional<Interleaving> Interleaving::find(kernel::CopyOp op) {
  // More planes are better copied one by one.
  constexpr int64_t kMostPlanes = 8;
  SmallVector<int64_t> sizes(op.getSizes());
  SmallVector<Access> accesses = {
      {int64_t(op.getInputOffset()), llvm::to_vector(op.getInputStrides())},
      {int64_t(op.getOutputOffset()), llvm::to_vector(op.getOutputStrides())}};
  mergeDimensions(sizes, accesses);
  if (sizes.size() < 2)
    return std::nullopt;
  Interleaving found = {sizes.pop_back_val(),
                        accesses[0].strides.pop_back_val(), sizes, accesses[0],
                        accesses[1]};
  if (found.planes > kMostPlanes || found.to.strides.pop_back_val() != 1 ||
      found.from.strides.back() != 1 || found.to.strides.back() != found.planes)
    return std::nullopt;
  // Positions in the output count its groups of elements.
  for (int64_t &stride : found.to.strides) {
    if (stride % found.planes != 0)
      return std::nullopt;
    stride /= found.planes;
  }
  return found;
}

void Interleaving::build(Layer &e, Value input, Value output,
                         int64_t width) const {
  Access groups = {0, to.strides};
  e.parallelBox(
      sizes, {from, groups}, width,
      [&](ArrayRef<Value> at, ArrayRef<int64_t>, int64_t width) {
        Value all = e.load(input, at[0], width);
        for (int64_t plane = 1; plane < planes; ++plane)
          all = e.concat(
              all, e.load(input, e.add(at[0], plane * planeStride), width));
        SmallVector<int64_t> order;
        for (int64_t i = 0; i < width; ++i)
          for (int64_t plane = 0; plane < planes; ++plane)
            order.push_back(plane * width + i);
        e.store(e.make<vector::ShuffleOp>(all, all, order), output,
                e.add(e.mul(at[1], planes), to.offset));
      });
}

namespace {
/// A copy between two buffers that are contiguous along different dimensions,
/// by squares that are transposed in registers.
///
/// A block is a few vectors of places along `row`, the dimension in which the
/// output is contiguous, by `side` places along `column`, the one of the input.
/// A vector is loaded as parts of `side` elements from as many rows, so that
/// each part of it holds a square with those of the other vectors. Blocks at an
/// end overlap those before.
struct Transposition {
  SmallVector<int64_t> sizes;
  Access from, to;
  size_t row = 0, column = 0;
  /// All powers of two.
  int64_t side = 0, width = 0, blockRows = 0;

  static std::optional<Transposition> find(kernel::CopyOp op,
                                           const TargetInfo &target);
  void build(Layer &e, Value input, Value output) const;

private:
  void block(Layer &e, Value input, Value fromAt, Value output,
             Value toAt) const;
};
} // namespace

std::optional<Transposition> Transposition::find(kernel::CopyOp op,
                                                 const TargetInfo &target) {
  Transposition found;
  found.sizes = llvm::to_vector(op.getSizes());
  SmallVector<Access> accesses = {
      {int64_t(op.getInputOffset()), llvm::to_vector(op.getInputStrides())},
      {int64_t(op.getOutputOffset()), llvm::to_vector(op.getOutputStrides())}};
  mergeDimensions(found.sizes, accesses);
  found.from = accesses[0];
  found.to = accesses[1];
  ArrayRef<int64_t> from = found.from.strides, to = found.to.strides;
  found.column = llvm::find(from, 1) - from.begin();
  found.row = llvm::find(to, 1) - to.begin();
  const size_t rank = found.sizes.size();
  // A stride of 0 is a repetition or, in the output, a race.
  if (found.column == rank || found.row == rank || found.row == found.column ||
      from[found.row] <= 1 || llvm::is_contained(to, 0))
    return std::nullopt;

  // Registers of 128 bits hold the rows of a square: to interleave these, all
  // processors have instructions, and for each part of longer ones at once.
  const int64_t bits =
      std::max(8u, Layer::element(op.getInput()).getIntOrFloatBitWidth());
  const int64_t rows = found.sizes[found.row];
  auto fit = [](int64_t most, int64_t count) {
    while (most > count)
      most /= 2;
    return most;
  };
  found.side = fit(fit(128 / bits, rows), found.sizes[found.column]);
  // Whole cache lines of the output are written, of not too many vectors.
  constexpr int64_t kMostVectors = 32;
  const int64_t vector = target.vectorBits / bits;
  const int64_t most = std::min(Emitter::kLineBytes * 8 / bits,
                                kMostVectors / found.side * vector);
  found.blockRows = fit(std::max(most, found.side), rows);
  found.width = fit(std::max(vector, found.side), found.blockRows);
  return found.side > 1 ? std::optional(found) : std::nullopt;
}

void Transposition::build(Layer &e, Value input, Value output) const {
  SmallVector<int64_t> box;
  Access fromBox = {from.offset, {}}, toBox = {to.offset, {}}, firstRow = {},
         firstColumn = {};
  auto append = [&](int64_t size, int64_t fromStride, int64_t toStride,
                    int64_t rowStride, int64_t columnStride) {
    box.push_back(size);
    fromBox.strides.push_back(fromStride);
    toBox.strides.push_back(toStride);
    firstRow.strides.push_back(rowStride);
    firstColumn.strides.push_back(columnStride);
  };
  for (size_t d = 0; d < sizes.size(); ++d)
    if (d != row && d != column)
      append(sizes[d], from.strides[d], to.strides[d], 0, 0);
  const int64_t rowBlocks = llvm::divideCeil(sizes[row], blockRows);
  const int64_t columnBlocks = llvm::divideCeil(sizes[column], side);
  auto appendRows = [&] { append(rowBlocks, 0, 0, blockRows, 0); };
  // Few blocks of rows stay in the cache from one column to the next, and
  // threads share the columns.
  constexpr int64_t kFewBlocks = 16;
  const bool columnsOutermost =
      rowBlocks < kFewBlocks && columnBlocks > rowBlocks;
  if (!columnsOutermost)
    appendRows();
  append(columnBlocks, 0, 0, 0, side);
  if (columnsOutermost)
    appendRows();

  e.parallelBox(
      box, {fromBox, toBox, firstRow, firstColumn}, 1,
      [&](ArrayRef<Value> at, ArrayRef<int64_t>, int64_t) {
        auto first = [&](Value first, size_t d, int64_t block) {
          return sizes[d] % block == 0
                     ? first
                     : e.min(first, e.index(sizes[d] - block));
        };
        Value r = first(at[2], row, blockRows), c = first(at[3], column, side);
        block(e, input, e.add(e.add(at[0], e.mul(r, from.strides[row])), c),
              output, e.add(e.add(at[1], e.mul(c, to.strides[column])), r));
      });
}

void Transposition::block(Layer &e, Value input, Value fromAt, Value output,
                          Value toAt) const {
  for (int64_t first = 0; first < blockRows; first += width) {
    SmallVector<Value> vectors;
    for (int64_t i = 0; i < side; ++i) {
      // Neighbours are joined first.
      SmallVector<Value> parts;
      for (int64_t r = first + i; r < first + width; r += side)
        parts.push_back(
            e.load(input, e.add(fromAt, r * from.strides[row]), side));
      vectors.push_back(concatAll(e, parts));
    }
    vectors = transposeSquares(e, vectors);
    for (int64_t i = 0; i < side; ++i)
      e.store(vectors[i], output, e.add(toAt, i * to.strides[column] + first));
  }
}

LogicalResult lower(Layer &e, kernel::CopyOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  if (std::optional<Interleaving> found = Interleaving::find(op)) {
    // Vectors of 128 bits: shuffles of bytes know no longer ones.
    int64_t bits =
        std::max(8u, Layer::element(op.getInput()).getIntOrFloatBitWidth());
    found->build(e, input, output, 128 / bits);
    return success();
  }
  if (std::optional<Transposition> found = Transposition::find(op, e.target)) {
    found->build(e, input, output);
    return success();
  }
  Access from{op.getInputOffset(), llvm::to_vector(op.getInputStrides())},
      to{op.getOutputOffset(), llvm::to_vector(op.getOutputStrides())};
  // A stride of 0 in the output would be a race of the vector's elements.
  int64_t width = llvm::is_contained(to.strides, 0)
                      ? 1
                      : moveWidth(e, Layer::element(op.getInput()));
  e.parallelBox(
      op.getSizes(), {from, to}, width,
      [&](ArrayRef<Value> at, ArrayRef<int64_t> strides, int64_t width) {
        e.store(e.loadChunk(input, at[0], width, strides[0]), output, at[1]);
      });
  return success();
}

LogicalResult lower(Layer &e, kernel::FillOp op) {
  Value output = e.buffer(op.getOutput());
  Type element = elementOf(cast<MemRefType>(output.getType()).getElementType());
  auto constant = [&](int64_t width) {
    Type type = e.vec(element, width);
    if (auto value = dyn_cast<FloatAttr>(op.getValue()))
      return e.constant(type, value.getValueAsDouble());
    APInt bits = cast<IntegerAttr>(op.getValue()).getValue();
    return e.constant(type, bits.getBitWidth() == 1
                                ? int64_t(bits.getZExtValue())
                                : bits.getSExtValue());
  };
  e.parallelChunks(
      Layer::count(op.getOutput()), moveWidth(e, element),
      [&](Value i, int64_t width) { e.store(constant(width), output, i); });
  return success();
}

LogicalResult lower(Layer &e, kernel::GatherOp op) {
  Value table = e.buffer(op.getTable()), indices = e.buffer(op.getIndices()),
        output = e.buffer(op.getOutput());
  ArrayRef<int64_t> shape = Layer::shape(op.getTable());
  int64_t picked = Layer::shape(op.getIndices())[1];
  int64_t width = moveWidth(e, Layer::element(op.getTable()));
  e.parallelLoop(shape[0] * picked, [&](Value at) {
    Value b = e.div(at, picked), j = e.rem(at, picked);
    Value entry = e.make<arith::IndexCastOp>(e.b.getIndexType(),
                                             e.loadScalar(indices, at));
    entry = e.clampIndex(entry, 0, shape[2] - 1);
    e.loop(shape[1], [&](Value o) {
      Value outer = e.add(e.mul(b, shape[1]), o);
      Value from = e.mul(e.add(e.mul(outer, shape[2]), entry), shape[3]);
      Value to = e.mul(e.add(e.mul(outer, picked), j), shape[3]);
      e.chunks(shape[3], width, [&](Value i, int64_t w) {
        e.store(e.load(table, e.add(from, i), w), output, e.add(to, i));
      });
    });
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Resize
//===----------------------------------------------------------------------===//

namespace {
/// Where one dimension of an image is read. All positions are known, so that
/// they are tables and not arithmetic.
struct ResizeTables {
  SmallVector<int32_t> low, high;
  SmallVector<float> fraction;
};

ResizeTables resizeTables(kernel::ResizeOp op, int64_t in, int64_t out) {
  ResizeTables tables;
  float scale = op.getAlignCorners() && out > 1 ? float(in - 1) / float(out - 1)
                                                : float(in) / float(out);
  for (int64_t i = 0; i < out; ++i) {
    bool half = op.getHalfPixelCenters();
    if (!op.getBilinear()) {
      float place = (half ? float(i) + 0.5f : float(i)) * scale;
      int64_t nearest = op.getAlignCorners() ? int64_t(std::round(place))
                                             : int64_t(std::floor(place));
      tables.low.push_back(std::clamp<int64_t>(nearest, 0, in - 1));
      continue;
    }
    float place = half ? (float(i) + 0.5f) * scale - 0.5f : float(i) * scale;
    float floor = std::floor(place);
    int64_t low = std::max<int64_t>(int64_t(floor), 0);
    int64_t high = std::min<int64_t>(int64_t(std::ceil(place)), in - 1);
    tables.low.push_back(std::min(low, in - 1));
    tables.high.push_back(std::max<int64_t>(high, 0));
    tables.fraction.push_back(place - float(tables.low.back()));
  }
  return tables;
}

/// Stretches of a dimension that is enlarged by a whole factor: `factor` places
/// in a row, from `first` on, lie between two neighbours that are read, and so
/// on for all pairs of neighbours, with the same fractions.
struct ResizeStretches {
  int64_t first = 0, factor = 0;
};

std::optional<ResizeStretches> findStretches(const ResizeTables &tables,
                                             int64_t in, int64_t out) {
  // Of more places than that, registers would not hold the weights.
  constexpr int64_t kMostPlaces = 4;
  if (tables.high.empty() || in < 2 || out % in != 0 ||
      out / in > kMostPlaces || out == in)
    return std::nullopt;
  const int64_t factor = out / in;
  const int64_t first = llvm::find(tables.high, 1) - tables.high.begin();
  if (first + (in - 1) * factor > out)
    return std::nullopt;
  for (int64_t i = 0; i < (in - 1) * factor; ++i)
    if (tables.low[first + i] != i / factor ||
        tables.high[first + i] != i / factor + 1 ||
        tables.fraction[first + i] != tables.fraction[first + i % factor])
      return std::nullopt;
  return ResizeStretches{first, factor};
}
} // namespace

LogicalResult lower(Layer &e, kernel::ResizeOp op) {
  ArrayRef<int64_t> in = Layer::shape(op.getInput()),
                    out = Layer::shape(op.getOutput());
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  ResizeTables rows = resizeTables(op, in[1], out[1]),
               columns = resizeTables(op, in[2], out[2]);
  auto table = [&](StringRef name, ArrayRef<int32_t> values) {
    return values.empty() ? Value() : e.table<int32_t>(name, e.i(32), values);
  };
  auto weights = [&](StringRef name, ArrayRef<float> values) {
    return values.empty() ? Value() : e.table<float>(name, e.f32(), values);
  };
  Value rowLow = table("rows_low", rows.low),
        rowHigh = table("rows_high", rows.high),
        rowFraction = weights("rows_fraction", rows.fraction);
  Value columnLow = table("columns_low", columns.low),
        columnHigh = table("columns_high", columns.high),
        columnFraction = weights("columns_fraction", columns.fraction);
  auto entry = [&](Value table, Value i) {
    return e.make<arith::IndexCastOp>(e.b.getIndexType(),
                                      e.loadScalar(table, i));
  };
  int64_t width = op.getBilinear()
                      ? e.target.lanes()
                      : moveWidth(e, Layer::element(op.getInput()));
  const std::optional<ResizeStretches> stretches =
      findStretches(columns, in[2], out[2]);
  e.parallelLoop(out[0] * out[1], [&](Value outRow) {
    Value n = e.div(outRow, out[1]), oy = e.rem(outRow, out[1]);
    auto pixel = [&](Value y, Value x) {
      Value row = e.add(e.mul(n, in[1]), y);
      return e.mul(e.add(e.mul(row, in[2]), x), in[3]);
    };
    auto outPixel = [&](Value ox) {
      return e.mul(e.add(e.mul(outRow, out[2]), ox), out[3]);
    };
    Value y0 = entry(rowLow, oy);
    if (!op.getBilinear()) {
      e.loop(out[2], [&](Value ox) {
        Value from = pixel(y0, entry(columnLow, ox)), to = outPixel(ox);
        e.chunks(in[3], width, [&](Value c, int64_t w) {
          e.store(e.load(input, e.add(from, c), w), output, e.add(to, c));
        });
      });
      return;
    }
    Value y1 = entry(rowHigh, oy), fy = e.loadScalar(rowFraction, oy);
    // Of neighbours in a line, each times the weight of its line.
    using Lines = std::array<Value, 2>;
    auto load = [&](Value x, Value c, int64_t w) -> Lines {
      Value dy = e.broadcast(fy, w);
      Value ey = subValues(e, e.constant(dy.getType(), 1.0), dy);
      auto line = [&](Value y, Value weight) {
        return mulValues(e, e.load(input, e.add(pixel(y, x), c), w), weight);
      };
      return {line(y0, ey), line(y1, dy)};
    };
    auto store = [&](const Lines &left, const Lines &right, Value dx,
                     Value at) {
      Value ex = subValues(e, e.constant(dx.getType(), 1.0), dx);
      Value sum =
          addValues(e, mulValues(e, left[0], ex), mulValues(e, right[0], dx));
      sum = addValues(e, sum, mulValues(e, left[1], ex));
      sum = addValues(e, sum, mulValues(e, right[1], dx));
      e.store(sum, output, at);
    };
    auto alone = [&](Value ox) {
      Value x0 = entry(columnLow, ox), x1 = entry(columnHigh, ox);
      Value fx = e.loadScalar(columnFraction, ox), to = outPixel(ox);
      e.chunks(in[3], width, [&](Value c, int64_t w) {
        store(load(x0, c, w), load(x1, c, w), e.broadcast(fx, w), e.add(to, c));
      });
    };
    if (!stretches) {
      e.loop(out[2], alone);
      return;
    }
    // Each vector of the input is loaded once a line.
    const int64_t first = stretches->first, factor = stretches->factor;
    const int64_t behind = first + (in[2] - 1) * factor;
    e.loop(0, first, 1, alone);
    e.chunks(in[3], width, [&](Value c, int64_t w) {
      const Lines left = load(e.index(0), c, w);
      e.carry(0, in[2] - 1, 1, {left[0], left[1]},
              [&](Value x, ValueRange carried) {
                const Lines right = load(e.add(x, 1), c, w);
                Value to = e.add(outPixel(e.add(e.mul(x, factor), first)), c);
                for (int64_t place = 0; place < factor; ++place)
                  store({carried[0], carried[1]}, right,
                        e.constant(e.vec(e.f32(), w),
                                   double(columns.fraction[first + place])),
                        e.add(to, place * out[3]));
                return SmallVector<Value>{right[0], right[1]};
              });
    });
    e.loop(behind, out[2], 1, alone);
  });
  return success();
}

} // namespace pare::cpu
