//===- DspLayers.cpp - Layers by the DSP extension of Cortex-M ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Packing.h"
#include "Window.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

static std::string text(int64_t value) { return std::to_string(value); }

template <typename T>
static Strings hexLiterals(ArrayRef<T> values, unsigned digits) {
  Strings literals;
  for (T value : values) {
    std::string &literal = literals.emplace_back();
    llvm::raw_string_ostream(literal)
        << llvm::format_hex(static_cast<uint64_t>(value), digits + 2);
  }
  return literals;
}

template <typename T> static Strings literals(ArrayRef<T> values) {
  Strings result;
  for (T value : values)
    result.push_back(intLiteral(value));
  return result;
}

static void defineNarrowing(kernel::EpilogueAttr epilogue,
                            ArrayRef<RowScale> scales, LayerWriter &w) {
  Strings multipliers, shifts;
  for (auto [multiplier, shift] : scales) {
    multipliers.push_back(text(multiplier));
    shifts.push_back(text(shift));
  }
  w.narrowing(epilogue, multipliers, shifts);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {
/// A convolution or a matrix product with a constant filter.
struct Product {
  Value input, output;
  int64_t inputZeroPoint;
  kernel::EpilogueAttr epilogue;
  const Window &window;
  ConstantFilter filter;

  /// Estimates for a Cortex-M4 at -O2, from loops that were counted.
  struct Cost {
    double instructions, bytes;
  };
  Cost getDenseCost() const;
  Cost getSparseCost(const SparseRows &rows) const;
};
} // namespace

Product::Cost Product::getDenseCost() const {
  const double pixels = window.getPixels();
  const double rows = filter.rows, size = llvm::alignTo(filter.size, 4);
  const double perWeight = pixels == 1 ? 1.15 : 0.9;
  return {pixels * (rows * (perWeight * size + 15) + 2 * size), rows * size};
}

Product::Cost Product::getSparseCost(const SparseRows &rows) const {
  const double steps =
      window.isMatrixProduct()
          ? llvm::divideCeil(window.getPixels(), 4)
          : window.out[0] * window.out[1] * llvm::divideCeil(window.out[2], 4);
  const double perColumn = window.isMatrixProduct() ? 7 : 12;
  return {steps * (19.0 * rows.entries.size() + 50.0 * filter.rows +
                   perColumn * filter.size),
          4.0 * rows.entries.size() + 2.0 * filter.rows};
}

/// The compressed rows of `p` if they win.
static std::optional<SparseRows> chooseSparse(const Product &p,
                                              const Network &network) {
  if (!network.allowsSparse)
    return std::nullopt;
  if (p.filter.zeroPoint != 0 || p.window.groups != 1)
    return std::nullopt;
  std::optional<SparseRows> rows = packSparse(p.filter);
  if (!rows)
    return std::nullopt;
  const Product::Cost dense = p.getDenseCost(), sparse = p.getSparseCost(*rows);
  const double time = sparse.instructions / dense.instructions;
  const double memory = sparse.bytes / dense.bytes;
  const bool wins = network.sharesKernels        ? memory < 1
                    : network.sharesSmallKernels ? time * memory < 1
                                                 : time < 1;
  return wins ? rows : std::nullopt;
}

static void writeSparse(const Product &p, const SparseRows &rows,
                        LayerWriter &w) {
  const int64_t size = p.filter.size;
  Strings lengths;
  for (uint16_t length : rows.lengths)
    lengths.push_back(text(length));
  w.constant("sparse_rows", "filter",
             {".entries = " + w.array("entries", "uint32_t",
                                      hexLiterals<uint32_t>(rows.entries, 8)),
              ".lengths = " + w.array("lengths", "uint16_t", lengths),
              ".bias = " +
                  w.array("bias", "int32_t", literals<int32_t>(p.filter.bias)),
              ".size = " + text(size) + ", .count = " + text(p.filter.rows)});
  const std::string input = w.pointer(p.input, "input");
  const std::string output = w.pointer(p.output, "output");
  if (p.window.isMatrixProduct()) {
    const int64_t pixels = p.window.getPixels();
    // Four rows are read, then four are written.
    w.overlap((pixels - 1) / 4 * 4 *
              std::max<int64_t>(p.filter.rows - size, 0));
    w.call("sparse_matmul_dsp_s8", {text(pixels), input, "&filter", "&result",
                                    w.patches(8 * size, "uint64_t"), output});
    return;
  }
  defineWindow(p.window, w);
  w.call("sparse_contract_dsp_s8",
         {"&shape", input, text(p.inputZeroPoint), "&filter", "&result",
          w.patches(12 * size, "uint64_t"), output});
}

static void writeDense(const Product &p, ArrayRef<uint64_t> words,
                       LayerWriter &w) {
  const Window &s = p.window;
  const int64_t size = llvm::alignTo(p.filter.size, 4);
  w.constant("paired_rows", "filter",
             {".weights = " + w.array("weights", "uint64_t",
                                      hexLiterals<uint64_t>(words, 16)),
              ".bias = " +
                  w.array("bias", "int32_t", literals<int32_t>(p.filter.bias)),
              ".size = " + text(size) + ", .count = " + text(p.filter.rows),
              ".zero_point = " + text(p.filter.zeroPoint)});
  const std::string input = w.pointer(p.input, "input");
  const std::string output = w.pointer(p.output, "output");
  const int64_t patchBytes = 2 * size;
  if (s.isMatrixProduct()) {
    const int64_t pixels = s.getPixels();
    constexpr int64_t kLongRow = 512;
    if (pixels == 1 && size >= kLongRow && size == p.filter.size &&
        p.filter.zeroPoint == 0) {
      w.call("paired_row_s8", {input, "&filter", "&result", output});
      return;
    }
    // Two rows are read, then two are written.
    w.overlap((pixels - 1) / 2 * 2 *
              std::max<int64_t>(p.filter.rows - p.filter.size, 0));
    const std::string patches =
        w.patches(std::min<int64_t>(pixels, 2) * patchBytes, "uint64_t");
    w.call("paired_matmul_s8", {text(pixels), input, text(p.filter.size),
                                "&filter", "&result", patches, output});
    return;
  }
  defineWindow(s, w);
  // Runs of whole groups, which are widened where they are.
  const bool isDirect =
      s.in[3] % 4 == 0 && s.dilations[1] == 1 && s.groups == 1;
  const std::string patches =
      w.patches(2 * patchBytes + (isDirect ? 0 : p.filter.size), "uint64_t");
  w.call(s.groups != 1 ? "paired_contract_groups_s8"
         : isDirect    ? "paired_contract_s8"
                       : "paired_contract_bytes_s8",
         {"&shape", input, text(p.inputZeroPoint), "&filter", "&result",
          patches, output});
}

static bool writeProduct(Product p, LayerWriter &w) {
  auto scales = makeNarrow(p.filter, p.epilogue);
  if (!scales)
    return false;
  std::optional<SparseRows> sparse = chooseSparse(p, w.getNetwork());
  std::optional<std::vector<uint64_t>> dense;
  if (!sparse)
    dense = pairRows(p.filter, p.window.groups);
  if (!sparse && !dense)
    return false;
  defineNarrowing(p.epilogue, *scales, w);
  if (sparse)
    writeSparse(p, *sparse, w);
  else
    writeDense(p, *dense, w);
  return true;
}

bool pare::c::writeDsp(kernel::ContractOp op, const Window &s, LayerWriter &w) {
  std::optional<ConstantFilter> filter =
      ConstantFilter::get(op.getFilter(), op.getBias(), op.getFilterZeroPoint(),
                          op.getInputZeroPoint());
  return filter &&
         writeProduct({op.getInput(), op.getOutput(), op.getInputZeroPoint(),
                       op.getEpilogue(), s, std::move(*filter)},
                      w);
}

bool pare::c::writeDsp(kernel::SparseContractOp op, const Window &s,
                       LayerWriter &w) {
  std::optional<ConstantFilter> filter = ConstantFilter::get(op);
  return filter &&
         writeProduct({op.getInput(), op.getOutput(), op.getInputZeroPoint(),
                       op.getEpilogue(), s, std::move(*filter)},
                      w);
}

//===----------------------------------------------------------------------===//
// Depthwise convolutions
//===----------------------------------------------------------------------===//

bool pare::c::writeDsp(kernel::DepthwiseOp op, const Window &s,
                       LayerWriter &w) {
  std::optional<ConstantFilter> filter =
      ConstantFilter::get(op.getFilter(), op.getBias(), op.getFilterZeroPoint(),
                          op.getInputZeroPoint(), /*rowsAreInner=*/true);
  if (!filter)
    return false;
  // With one channel it is a convolution as any other.
  if (s.in[3] == 1)
    return writeProduct({op.getInput(), op.getOutput(), op.getInputZeroPoint(),
                         op.getEpilogue(), s, std::move(*filter)},
                        w);
  if (s.dilations[0] != 1 || s.dilations[1] != 1)
    return false;
  auto scales = makeNarrow(*filter, op.getEpilogue());
  if (!scales)
    return false;
  const int64_t height = s.kernel[0], width = s.kernel[1];
  const bool is3x3 =
      height == 3 && width == 3 && s.strides[1] <= 2 && s.in[3] == s.out[3];
  // Layers of less than one in so many multiplications share the kernel.
  constexpr int64_t kSmallPart = 64;
  const int64_t pairs = width / 2 + 1;
  // Windows are taken by twos if they are one column apart, and read whole
  // pairs of columns.
  const int64_t first = s.strides[1] == 1 ? 2 * ((s.out[2] - 1) / 2)
                                          : (s.out[2] - 1) * s.strides[1];
  const int64_t reach = first + 2 * pairs;
  const int64_t needed = (s.out[2] - 1) * s.strides[1] + width;
  const int64_t columns = std::min(s.in[2], needed - s.padding[2]);
  // The padding to the left of a row serves as that to the right of the row
  // before it.
  const int64_t behind = needed - s.padding[2] - columns;
  const int64_t rowSize =
      llvm::alignTo(needed - std::min(behind, s.padding[2]), 2);
  const int64_t patchSize = llvm::alignTo(
      s.in[3] * height * rowSize + std::max<int64_t>(reach - rowSize, 0), 2);
  if (columns <= 0)
    return false;
  defineWindow(s, w);
  // A row of taps is read as a word.
  Strings weights = literals<int8_t>(filter->weights);
  weights.push_back("0");
  w.constant(
      "row_taps", "filter",
      {".weights = " + w.array("weights", "int8_t", weights),
       ".bias = " + w.array("bias", "int32_t", literals<int32_t>(filter->bias)),
       ".zero_point = " + text(filter->zeroPoint)});
  defineNarrowing(op.getEpilogue(), *scales, w);
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  // Rows that the ring holds may be overwritten.
  if (s.in[0] == 1) {
    int64_t distance = 0;
    for (int64_t y = 0; y < s.out[1]; ++y) {
      const int64_t rowsRead = y * s.strides[0] - s.padding[0] + height;
      if (rowsRead < s.in[1])
        distance = std::max(distance, (y + 1) * s.out[2] * s.out[3] -
                                          std::max<int64_t>(rowsRead, 0) *
                                              s.in[2] * s.in[3]);
    }
    w.overlap(distance);
  }
  const int64_t tapBytes = is3x3 ? 0 : 8 * height * pairs;
  const std::string room = w.patches(2 * patchSize + tapBytes);
  // No constant, as the place of the patches is none.
  w.define("const row_ring", "ring",
           {".rows = " + room, ".size = " + text(patchSize),
            ".width = " + text(rowSize) + ", .columns = " + text(columns)});
  Strings arguments = {"&shape",  input,     text(op.getInputZeroPoint()),
                       "&filter", "&result", "&ring"};
  if (!is3x3)
    arguments.push_back("(word_pair *)(void *)(" + room + " + " +
                        text(patchSize) + ")");
  arguments.push_back(output);
  w.call(is3x3 ? chooseKernel("depthwise_3x3_s8", kSmallPart, w)
               : "depthwise_dsp_s8",
         arguments);
  return true;
}
