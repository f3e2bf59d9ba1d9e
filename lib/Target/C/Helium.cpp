//===- Helium.cpp - Layers by the vector extension of Cortex-M ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Filters keep their order: vectors are loaded from anywhere, and the last one
// of a row is cut off by tail predication.
//
//===----------------------------------------------------------------------===//

#include "Packing.h"
#include "Window.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

static std::string text(int64_t value) { return std::to_string(value); }

template <typename T> static Strings literals(ArrayRef<T> values) {
  Strings result;
  for (T value : values)
    result.push_back(intLiteral(value));
  return result;
}

/// `epilogue` as the vector forms of requantize() take it: all shifts are from
/// -31 to -1. Null if it has others.
static kernel::EpilogueAttr limitShifts(kernel::EpilogueAttr epilogue) {
  nn::ScalesAttr scales = epilogue.getScales();
  if (!scales || scales.getMode() != nn::RequantMode::Fixed)
    return {};
  SmallVector<int32_t> shifts;
  for (auto [multiplier, shift] :
       llvm::zip_equal(scales.getMultipliers().asArrayRef(),
                       scales.getShifts().asArrayRef())) {
    // Scales too small for the format are 0, whatever the shift.
    shifts.push_back(multiplier == 0 ? -1 : shift);
    if (shifts.back() < -31 || shifts.back() > -1)
      return {};
  }
  MLIRContext *context = epilogue.getContext();
  return kernel::EpilogueAttr::get(
      context, epilogue.getZeroPoint(), epilogue.getLowBound(),
      epilogue.getHighBound(),
      nn::ScalesAttr::get(context, nn::RequantMode::Fixed,
                          scales.getMultipliers(),
                          DenseI32ArrayAttr::get(context, shifts), {}));
}

/// Layers of less than one in so many multiplications share kernels.
static constexpr int64_t kSmallPart = 100;

/// Vectors have four channels.
static constexpr int64_t kLanes = 4;

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// A convolution without groups. `weights` are the rows of `filter` in C.
template <typename OpT>
static void writeRows(OpT op, const ConstantFilter &filter,
                      const std::string &weights, kernel::EpilogueAttr epilogue,
                      const Window &s, LayerWriter &w) {
  w.constant(
      "dense_rows", "filter",
      {".weights = " + weights,
       ".bias = " + w.array("bias", "int32_t", literals<int32_t>(filter.bias)),
       ".size = " + text(filter.size) + ", .count = " + text(filter.rows)});
  w.requantization(epilogue);
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  if (s.isMatrixProduct()) {
    w.call(chooseKernel("matmul_mve_s8", kSmallPart, w),
           {text(s.getPixels()), input, "&filter", "&result", output});
    return;
  }
  defineWindow(s, w);
  w.call(chooseKernel("contract_mve_s8", kSmallPart, w),
         {"&shape", input, text(op.getInputZeroPoint()), "&filter", "&result",
          w.patches(4 * filter.size, "int8_t"), output});
}

bool pare::c::writeHelium(kernel::ContractOp op, const Window &s,
                          LayerWriter &w) {
  kernel::EpilogueAttr epilogue = limitShifts(op.getEpilogue());
  if (s.groups != 1 || s.out[3] < kLanes || !epilogue)
    return false;
  std::optional<ConstantFilter> filter =
      ConstantFilter::get(op.getFilter(), op.getBias(), op.getFilterZeroPoint(),
                          op.getInputZeroPoint());
  if (!filter || filter->zeroPoint != 0)
    return false;
  writeRows(op, *filter, w.pointer(op.getFilter(), "weights"), epilogue, s, w);
  return true;
}

bool pare::c::writeHelium(kernel::DepthwiseOp op, const Window &s,
                          LayerWriter &w) {
  // The taps of a window that make one vector of bytes.
  constexpr int64_t kTaps = 4;
  const int64_t channels = s.in[3];
  kernel::EpilogueAttr epilogue = limitShifts(op.getEpilogue());
  if (!epilogue || s.out[3] < kLanes)
    return false;
  std::optional<ConstantFilter> filter =
      ConstantFilter::get(op.getFilter(), op.getBias(), op.getFilterZeroPoint(),
                          op.getInputZeroPoint(), /*rowsAreInner=*/true);
  if (!filter || filter->zeroPoint != 0)
    return false;
  if (channels == 1) {
    // All outputs see all of the input.
    writeRows(op, *filter,
              w.array("weights", "int8_t", literals<int8_t>(filter->weights)),
              epilogue, s, w);
    return true;
  }
  if (s.out[3] != channels || s.kernel[0] > kTaps || s.kernel[1] > kTaps)
    return false;
  std::vector<int8_t> weights;
  for (int64_t channel = 0; channel < channels; ++channel)
    for (int64_t x = 0; x < s.kernel[1]; ++x)
      for (int64_t y = 0; y < s.kernel[0]; ++y)
        weights.push_back(filter->getRow(channel)[y * s.kernel[1] + x]);
  w.constant(
      "channel_taps", "filter",
      {".weights = " + w.array("weights", "int8_t", literals<int8_t>(weights)),
       ".bias = " + w.array("bias", "int32_t", literals<int32_t>(filter->bias)),
       ".channels = " + text(channels) + ", .height = " + text(s.kernel[0]) +
           ", .width = " + text(s.kernel[1])});
  w.requantization(epilogue);
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  defineWindow(s, w);
  // As depthwise_mve_s8 wants it.
  const int64_t needed =
      (s.out[2] - 1) * s.strides[1] + (s.kernel[1] - 1) * s.dilations[1] + 1;
  const int64_t columns = std::max(needed, s.padding[2] + s.in[2]);
  const int64_t bytes = 4 * channels * columns + 60 + s.in[2] * channels;
  w.call(chooseKernel("depthwise_mve_s8", kSmallPart, w),
         {"&shape", input, text(op.getInputZeroPoint()), "&filter", "&result",
          w.patches(bytes, "int8_t"), output});
  return true;
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

bool pare::c::canAddByHelium(kernel::BinaryOp op) {
  nn::ScalesAttr scales = op.getEpilogue().getScales();
  if (op.getKind() != kernel::BinaryKind::Add || !isI8(op.getOutput()) ||
      typeOf(op.getLhs()).getShape() != typeOf(op.getOutput()).getShape() ||
      typeOf(op.getRhs()).getShape() != typeOf(op.getOutput()).getShape() ||
      !scales || scales.getMode() != nn::RequantMode::Fixed)
    return false;
  // Of both operands and of the sum.
  ArrayRef<int32_t> shifts = scales.getShifts();
  return llvm::all_of(
             shifts,
             [](int32_t shift) { return shift >= -31 && shift <= 0; }) &&
         shifts.back() < 0;
}

bool pare::c::canPoolByHelium(kernel::PoolOp op) {
  return op.getKind() == kernel::PoolKind::Average && isI8(op.getInput()) &&
         isI8(op.getOutput()) && typeOf(op.getInput()).getDimSize(3) >= kLanes;
}
