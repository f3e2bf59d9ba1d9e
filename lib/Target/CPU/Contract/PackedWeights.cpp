//===- PackedWeights.cpp - Weights as inner loops read them ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/PackedWeights.h"
#include "Emit/ConstantValues.h"
#include "Emit/MicroKernel.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace pare::cpu {

/// Whether no two neighbours of the packed filter with inputs from `least` to
/// `least` + 255 leave 16 bits.
static bool fitsBytePairs(ArrayRef<int8_t> filter, const ContractPlan &plan,
                          int32_t least) {
  const int32_t greatest = least + 255;
  for (int64_t channel = 0; channel < plan.groups * plan.columns; ++channel)
    for (int64_t step = 0; step < plan.steps(); ++step)
      for (int64_t first = 0; first < plan.termsPerStep(); first += 2) {
        int32_t low = 0, high = 0;
        for (int64_t i : {first, first + 1}) {
          int64_t term = plan.termAt(step, i);
          int32_t w = term < 0 ? 0 : filter[plan.filterOffset(channel, term)];
          low += std::min(w * least, w * greatest);
          high += std::max(w * least, w * greatest);
        }
        if (low < std::numeric_limits<int16_t>::min() ||
            high > std::numeric_limits<int16_t>::max())
          return false;
      }
  return true;
}

template <typename OpT>
static bool noteAnyBytePairs(SymbolTable &symbols, OpT op,
                             const TargetInfo &target) {
  // The pairs depend on the plan, and the plan on what they allow.
  op->setAttr(kernel::KernelDialect::kBytePairsAttr,
              UnitAttr::get(op->getContext()));
  ContractPlan plan = planContract(op, target);
  if (plan.integer && !plan.wideWeights &&
      MicroKernel::hasDotSmallQuads(target)) {
    const int32_t least = MicroKernel::quadsAreSigned(target) ? -128 : 0;
    ConstantView<int8_t> filter(symbols, op.getFilter());
    if (!filter.get().empty() && fitsBytePairs(filter.get(), plan, least))
      return true;
  }
  op->removeAttr(kernel::KernelDialect::kBytePairsAttr);
  return false;
}

bool noteBytePairs(SymbolTable &symbols, kernel::ContractOp op,
                   const TargetInfo &target) {
  return noteAnyBytePairs(symbols, op, target);
}
bool noteBytePairs(SymbolTable &symbols, kernel::DepthwiseOp op,
                   const TargetInfo &target) {
  return noteAnyBytePairs(symbols, op, target);
}

void forEachPlace(const ContractPlan &plan,
                  function_ref<void(int64_t channel, int64_t step)> place) {
  for (int64_t g = 0; g < plan.groups; ++g) {
    for (int64_t first = 0; first < plan.paddedColumns();) {
      int64_t width = first < plan.fullPanels() * plan.panelWidth()
                          ? plan.panelWidth()
                          : plan.tailVectors() * plan.lanes;
      for (int64_t step = 0; step < plan.steps(); ++step)
        for (int64_t at = first; at < first + width; ++at)
          place(plan.channelAt(g, at), step);
      first += width;
    }
  }
}

PackedFloats
packFloats(const ContractPlan &plan,
           function_ref<float(int64_t channel, int64_t term)> weight,
           function_ref<float(int64_t channel)> bias) {
  PackedFloats packed;
  packed.filter.reserve(plan.groups * plan.groupSize());
  forEachPlace(plan, [&](int64_t channel, int64_t step) {
    packed.filter.push_back(
        channel < 0 ? 0.0f : weight(channel, plan.termAt(step, 0)));
  });
  for (int64_t channel : plan.channelOrder())
    packed.bias.push_back(channel < 0 ? 0.0f : bias(channel));
  return packed;
}

PackedIntegers
packIntegers(const ContractPlan &plan,
             function_ref<int32_t(int64_t channel, int64_t term)> weight,
             function_ref<int32_t(int64_t channel)> bias) {
  PackedIntegers packed;
  const int64_t perStep = plan.termsPerStep();
  SmallVector<int64_t> terms;
  for (int64_t step = 0; step < plan.steps(); ++step)
    for (int64_t i = 0; i < perStep; ++i)
      terms.push_back(plan.termAt(step, i));
  // Each weight is asked for once: there may be hundreds of millions.
  SmallVector<uint32_t> sums(plan.groups * plan.columns, 0);
  // What does not exist is nothing when it is widened, or as it is stored.
  const int32_t zero = plan.wideWeights ? 0 : plan.filterZero;
  auto pack = [&](auto &filter) {
    filter.reserve(plan.groups * plan.groupSize());
    forEachPlace(plan, [&](int64_t channel, int64_t step) {
      for (int64_t i = 0; i < perStep; ++i) {
        const int64_t term = terms[step * perStep + i];
        const bool exists = channel >= 0 && term >= 0;
        const int32_t w = exists ? weight(channel, term) : 0;
        filter.push_back(exists ? w + zero : plan.widenedZero());
        if (w != 0)
          sums[channel] += uint32_t(w);
      }
    });
  };
  if (plan.wideWeights)
    pack(packed.wide);
  else
    pack(packed.narrow);
  const uint32_t excess = plan.inputZero + plan.inputOffset;
  for (int64_t channel : plan.channelOrder())
    packed.bias.push_back(channel < 0 ? 0
                                      : int32_t(uint32_t(bias(channel)) -
                                                sums[channel] * excess));
  return packed;
}

} // namespace pare::cpu
