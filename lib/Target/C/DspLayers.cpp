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

static Strings biasLiterals(ArrayRef<int32_t> bias) {
  Strings literals;
  for (int32_t value : bias)
    literals.push_back(intLiteral(value));
  return literals;
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

bool pare::c::writeDsp(kernel::ContractOp op, const Window &s, LayerWriter &w) {
  if (s.groups != 1)
    return false;
  std::optional<ConstantFilter> filter =
      ConstantFilter::get(op.getFilter(), op.getBias(), op.getFilterZeroPoint(),
                          op.getInputZeroPoint());
  if (!filter)
    return false;
  auto scales = makeNarrow(*filter, op.getEpilogue());
  if (!scales)
    return false;
  std::optional<std::vector<uint64_t>> words = pairRows(*filter);
  if (!words)
    return false;
  const int64_t size = llvm::alignTo(filter->size, 4);
  w.constant(
      "paired_rows", "filter",
      {".weights = " +
           w.array("weights", "uint64_t", hexLiterals<uint64_t>(*words, 16)),
       ".bias = " + w.array("bias", "int32_t", biasLiterals(filter->bias)),
       ".size = " + text(size) + ", .count = " + text(filter->rows)});
  defineNarrowing(op.getEpilogue(), *scales, w);
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  const int64_t patchBytes = 2 * size;
  if (s.isMatrixProduct()) {
    const int64_t rows = s.getPixels();
    constexpr int64_t kLongRow = 512;
    if (rows == 1 && size >= kLongRow && size == filter->size) {
      w.call("paired_row_s8", {input, "&filter", "&result", output});
      return true;
    }
    const std::string patches =
        w.patches(std::min<int64_t>(rows, 2) * patchBytes);
    // Two rows are read, then two are written.
    w.overlap((rows - 1) / 2 * 2 *
              std::max<int64_t>(filter->rows - filter->size, 0));
    w.call("paired_matmul_s8",
           {text(rows), input, text(filter->size), "&filter", "&result",
            "(void *)" + patches, output});
    return true;
  }
  defineWindow(s, w);
  // Runs of whole groups, which are widened where they are.
  const bool isDirect = s.in[3] % 4 == 0 && s.dilations[1] == 1;
  const std::string patches =
      w.patches(2 * patchBytes + (isDirect ? 0 : filter->size));
  w.call(isDirect ? "paired_contract_s8" : "paired_contract_bytes_s8",
         {"&shape", input, text(op.getInputZeroPoint()), "&filter", "&result",
          "(void *)" + patches, output});
  return true;
}

//===----------------------------------------------------------------------===//
// Depthwise convolutions
//===----------------------------------------------------------------------===//

bool pare::c::writeDsp(kernel::DepthwiseOp op, const Window &s,
                       LayerWriter &w) {
  const bool is3x3 = s.kernel[0] == 3 && s.kernel[1] == 3 &&
                     s.dilations[0] == 1 && s.dilations[1] == 1;
  if (!is3x3 || s.strides[1] > 2 || s.in[3] != s.out[3])
    return false;
  std::optional<ConstantFilter> filter =
      ConstantFilter::get(op.getFilter(), op.getBias(), op.getFilterZeroPoint(),
                          op.getInputZeroPoint(), /*rowsAreInner=*/true);
  if (!filter)
    return false;
  auto scales = makeNarrow(*filter, op.getEpilogue());
  if (!scales)
    return false;
  // Windows are taken by twos, or are two columns apart: either way, four
  // columns from an even one on are read at once.
  const int64_t reach =
      2 * (s.strides[1] == 2 ? s.out[2] : llvm::divideCeil(s.out[2], 2)) + 2;
  const int64_t needed = (s.out[2] - 1) * s.strides[1] + 3;
  const int64_t columns = std::min(s.in[2], needed - s.padding[2]);
  // The padding to the left of a row serves as that to the right of the row
  // before it.
  const int64_t behind = needed - s.padding[2] - columns;
  const int64_t width =
      llvm::alignTo(needed - std::min(behind, s.padding[2]), 2);
  const int64_t patchSize =
      s.in[3] * 3 * width + std::max<int64_t>(reach - width, 0);
  if (columns <= 0)
    return false;
  defineWindow(s, w);
  w.constant(
      "row_taps", "filter",
      {".weights = " +
           w.array("weights", "uint32_t",
                   hexLiterals<uint32_t>(packTaps3(*filter, 3, 3), 8)),
       ".bias = " + w.array("bias", "int32_t", biasLiterals(filter->bias))});
  defineNarrowing(op.getEpilogue(), *scales, w);
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  // Rows that the ring holds may be overwritten.
  if (s.in[0] == 1) {
    int64_t distance = 0;
    for (int64_t y = 0; y < s.out[1]; ++y) {
      const int64_t rowsRead = y * s.strides[0] - s.padding[0] + 3;
      if (rowsRead < s.in[1])
        distance = std::max(distance, (y + 1) * s.out[2] * s.out[3] -
                                          rowsRead * s.in[2] * s.in[3]);
    }
    w.overlap(distance);
  }
  // No constant, as the place of the patches is none.
  w.define(
      "const row_ring", "ring",
      {".rows = " + w.patches(2 * patchSize) + ", .size = " + text(patchSize),
       ".width = " + text(width) + ", .columns = " + text(columns)});
  w.call("depthwise_3x3_s8", {"&shape", input, text(op.getInputZeroPoint()),
                              "&filter", "&result", "&ring", output});
  return true;
}
