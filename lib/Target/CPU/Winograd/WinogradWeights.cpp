//===- WinogradWeights.cpp - Transformed weights --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/ConstantValues.h"
#include "Winograd/WinogradPlan.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

/// The bias, or zeros where there is none; empty if it is not constant.
template <typename T>
static SmallVector<T> biasOf(kernel::ContractOp op, SymbolTable &symbols) {
  if (op.getBias())
    return constantValues<T>(symbols, op.getBias());
  return SmallVector<T>(Layer::shape(op.getOutput()).back(), T(0));
}

bool isWinogradExact(kernel::ContractOp op, int64_t outputs,
                     SymbolTable &symbols) {
  if (!Layer::element(op.getInput()).isInteger(8))
    return !constantValues<float>(symbols, op.getFilter()).empty() &&
           !biasOf<float>(op, symbols).empty();
  const auto filter = constantValues<int8_t>(symbols, op.getFilter());
  const auto bias = biasOf<int32_t>(op, symbols);
  if (filter.empty() || bias.empty())
    return false;
  const int64_t limit = WinogradTransform::get(outputs)->limit();
  const int64_t least = -128 - op.getInputZeroPoint(), greatest = least + 255;
  const size_t terms = filter.size() / bias.size();
  for (size_t channel = 0; channel < bias.size(); ++channel) {
    int64_t low = bias[channel], high = low;
    for (size_t i = channel * terms; i < (channel + 1) * terms; ++i) {
      const int64_t w = int64_t(filter[i]) - op.getFilterZeroPoint();
      low += std::min(w * least, w * greatest);
      high += std::max(w * least, w * greatest);
    }
    if (low < -limit || high >= limit)
      return false;
  }
  return true;
}

/// Calls `place(at, channel, input)` with the offset of each weight of the
/// first point of a panel: that of point p is p * `pointSize` further on. The
/// channel is -1 where there is none.
static void forEachPlace(const WinogradPlan &plan,
                         function_ref<void(int64_t at, int64_t pointSize,
                                           int64_t channel, int64_t input)>
                             place) {
  const ContractPlan &p = plan.products;
  const int64_t points = plan.transform->products();
  int64_t start = 0;
  for (int64_t first = 0; first < p.paddedColumns();) {
    const int64_t vectors = first < p.fullPanels() * p.panelWidth()
                                ? p.tile.vectors
                                : p.tailVectors();
    const int64_t pointSize = plan.panelPointSize(vectors);
    int64_t at = start;
    for (int64_t step = 0; step < p.steps(); ++step)
      for (int64_t column = first; column < first + vectors * p.lanes; ++column)
        for (int64_t i = 0; i < p.termsPerStep(); ++i, ++at) {
          const int64_t channel = p.columnAt(column), input = p.termAt(step, i);
          place(at, pointSize, channel < p.columns && input >= 0 ? channel : -1,
                input);
        }
    start += points * pointSize;
    first += vectors * p.lanes;
  }
}

template <typename T> static SmallVector<char, 0> toBytes(ArrayRef<T> values) {
  auto *bytes = reinterpret_cast<const char *>(values.data());
  return SmallVector<char, 0>(bytes, bytes + values.size() * sizeof(T));
}

/// `FilterT` and `TapT`: elements of the filter and what is transformed.
template <typename FilterT, typename TapT, typename PackedT>
static SmallVector<char, 0> packFilter(kernel::ContractOp op,
                                       const WinogradPlan &plan,
                                       SymbolTable &symbols) {
  constexpr int64_t kTaps = WinogradTransform::kTaps * WinogradTransform::kTaps;
  const auto filter = constantValues<FilterT>(symbols, op.getFilter());
  const int64_t inputs = plan.shape.inChannels;
  const int64_t points = plan.transform->products();
  SmallVector<PackedT, 0> packed(
      points * plan.products.paddedColumns() * plan.inputStride(), PackedT(0));
  forEachPlace(
      plan, [&](int64_t at, int64_t pointSize, int64_t channel, int64_t input) {
        if (channel < 0)
          return;
        TapT taps[kTaps];
        PackedT transformed[WinogradTransform::kMostPoints *
                            WinogradTransform::kMostPoints];
        for (int64_t tap = 0; tap < kTaps; ++tap)
          taps[tap] = TapT(filter[(channel * kTaps + tap) * inputs + input]) -
                      TapT(plan.filterZero);
        plan.transform->transformFilter(taps, transformed);
        for (int64_t point = 0; point < points; ++point)
          packed[at + point * pointSize] = transformed[point];
      });
  return toBytes<PackedT>(packed);
}

/// Without what the zero point of the input adds, prepared for the transform.
static SmallVector<char, 0> packIntegerBias(kernel::ContractOp op,
                                            const WinogradPlan &plan,
                                            SymbolTable &symbols) {
  const auto filter = constantValues<int8_t>(symbols, op.getFilter());
  const auto bias = biasOf<int32_t>(op, symbols);
  const size_t terms = filter.size() / bias.size();
  SmallVector<int32_t> packed;
  for (int64_t channel : plan.products.channelOrder()) {
    uint32_t sum = channel < 0 ? 0 : bias[channel];
    for (size_t i = 0; channel >= 0 && i < terms; ++i)
      sum -= uint32_t(filter[channel * terms + i] - plan.filterZero) *
             uint32_t(plan.inputZero);
    packed.push_back(int32_t(plan.transform->scaledBias(int32_t(sum))));
  }
  return toBytes<int32_t>(packed);
}

WinogradWeights packWinograd(kernel::ContractOp op, const WinogradPlan &plan,
                             SymbolTable &symbols) {
  if (plan.integer)
    return {packFilter<int8_t, int32_t, int16_t>(op, plan, symbols),
            packIntegerBias(op, plan, symbols)};
  const auto bias = biasOf<float>(op, symbols);
  SmallVector<float> packed;
  for (int64_t channel : plan.products.channelOrder())
    packed.push_back(channel < 0 ? 0.0f : bias[channel]);
  return {packFilter<float, float, float>(op, plan, symbols),
          toBytes<float>(packed)};
}

} // namespace pare::cpu
