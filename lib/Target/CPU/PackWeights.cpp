//===- PackWeights.cpp - Implements kernel-pack-weights -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantValues.h"
#include "ContractPlan.h"
#include "DepthwiseLayout.h"
#include "Layer.h"
#include "SparsePlan.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

struct PackWeights : public impl::PackWeightsPassBase<PackWeights> {
  using PackWeightsPassBase::PackWeightsPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info) {
      getOperation().emitError(llvm::toString(info.takeError()));
      return signalPassFailure();
    }
    SymbolTable symbols(getOperation());
    getOperation().walk([&](Operation *op) {
      TypeSwitch<Operation *>(op)
          .Case([&](kernel::ContractOp contract) {
            packContract(symbols, contract, *info);
          })
          .Case([&](kernel::SparseContractOp sparse) {
            SparsePlan plan = planSparse(sparse, *info);
            if (plan.integer && MicroKernel::hasDotSmallQuads(*info) &&
                fitsBytePairs(symbols, sparse, plan)) {
              sparse->setAttr(kernel::KernelDialect::kBytePairsAttr,
                              UnitAttr::get(&getContext()));
              plan = planSparse(sparse, *info);
            }
            if (plan.integer)
              packSparse<int8_t, int32_t>(symbols, sparse, plan);
            else
              packSparse<float, float>(symbols, sparse, plan);
          })
          .Case([&](kernel::LstmOp lstm) { packRecurrent(symbols, lstm); })
          .Case([&](kernel::TransposeConvOp conv) {
            packTransposed(symbols, conv);
          })
          .Case([&](kernel::DepthwiseOp depthwise) {
            ConvShape shape = ConvShape::of(depthwise);
            if (shape.inChannels == 1)
              packContract(symbols, depthwise, *info);
            else if (DepthwiseLayout::fits(shape))
              packDepthwise(symbols, depthwise, shape, *info);
          });
    });
  }

private:
  void addPacked(SymbolTable &symbols, Operation *op,
                 ArrayRef<std::tuple<StringRef, Type, ArrayRef<char>>> parts) {
    SmallVector<Attribute> names;
    std::string layer = identifierOf(op);
    for (auto [suffix, type, bytes] : parts) {
      auto global = createConstant(symbols, op->getLoc(), layer + suffix.str(),
                                   type, bytes);
      names.push_back(FlatSymbolRefAttr::get(global));
      packedBytes += bytes.size();
    }
    op->setAttr(kernel::KernelDialect::kPackedAttr,
                ArrayAttr::get(op->getContext(), names));
    ++numPacked;
  }

  template <typename OpT>
  void packContract(SymbolTable &symbols, OpT op, const TargetInfo &info) {
    ContractPlan plan = planContract(op, info);
    if (!plan.integer)
      return packFloats(symbols, op, plan);
    if (!plan.wideWeights && MicroKernel::hasDotSmallQuads(info)) {
      // The pairs depend on the plan, and the plan on what they allow.
      op->setAttr(kernel::KernelDialect::kBytePairsAttr,
                  UnitAttr::get(&getContext()));
      plan = planContract(op, info);
      const int32_t least = MicroKernel::quadsAreSigned(info) ? -128 : 0;
      if (!fitsBytePairs(symbols, op, plan, least)) {
        op->removeAttr(kernel::KernelDialect::kBytePairsAttr);
        plan = planContract(op, info);
      }
    }
    packIntegers(symbols, op, plan);
  }

  /// Whether no two neighbours of the packed filter with inputs from `least` to
  /// `least` + 255 leave 16 bits.
  template <typename OpT>
  static bool fitsBytePairs(SymbolTable &symbols, OpT op,
                            const ContractPlan &plan, int32_t least) {
    SmallVector<int8_t> filter =
        constantValues<int8_t>(symbols, op.getFilter());
    if (filter.empty())
      return false;
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

  /// Calls `place(channel, step)` for every place of the packed filter, in
  /// order; the channel is -1 where there is none.
  static void
  forEachPlace(const ContractPlan &plan,
               function_ref<void(int64_t channel, int64_t step)> place) {
    for (int64_t g = 0; g < plan.groups; ++g) {
      for (int64_t first = 0; first < plan.paddedColumns();) {
        int64_t width = first < plan.fullPanels() * plan.panelWidth()
                            ? plan.panelWidth()
                            : plan.tailVectors() * plan.lanes;
        for (int64_t step = 0; step < plan.steps(); ++step)
          for (int64_t at = first; at < first + width; ++at) {
            int64_t c = plan.columnAt(at);
            place(c < plan.columns ? g * plan.columns + c : -1, step);
          }
        first += width;
      }
    }
  }

  template <typename OpT>
  void packFloats(SymbolTable &symbols, OpT op, const ContractPlan &plan) {
    SmallVector<float> filter = constantValues<float>(symbols, op.getFilter());
    SmallVector<float> bias;
    if (op.getBias()) {
      bias = constantValues<float>(symbols, op.getBias());
      if (bias.empty())
        return;
    }
    if (filter.empty())
      return;
    SmallVector<float> packed, packedBias;
    packed.reserve(plan.groups * plan.groupSize());
    forEachPlace(plan, [&](int64_t channel, int64_t step) {
      int64_t term = plan.termAt(step, 0);
      packed.push_back(channel < 0 ? 0.0f
                                   : filter[plan.filterOffset(channel, term)]);
    });
    for (int64_t channel : plan.channelOrder())
      packedBias.push_back(channel < 0 || bias.empty() ? 0.0f : bias[channel]);
    Type f32 = Float32Type::get(&getContext());
    addPacked(symbols, op,
              {{"_packed", f32, bytesOf(packed)},
               {"_bias", f32, bytesOf(packedBias)}});
  }

  template <typename OpT>
  void packIntegers(SymbolTable &symbols, OpT op, const ContractPlan &plan) {
    SmallVector<int8_t> filter =
        constantValues<int8_t>(symbols, op.getFilter());
    SmallVector<int32_t> bias;
    if (op.getBias()) {
      bias = constantValues<int32_t>(symbols, op.getBias());
      if (bias.empty())
        return;
    }
    if (filter.empty())
      return;
    auto weight = [&](int64_t channel, int64_t term) -> int32_t {
      return filter[plan.filterOffset(channel, term)] - plan.filterZero;
    };
    SmallVector<int8_t> narrow;
    SmallVector<int16_t> wide;
    forEachPlace(plan, [&](int64_t channel, int64_t step) {
      for (int64_t i = 0; i < plan.termsPerStep(); ++i) {
        int64_t term = plan.termAt(step, i);
        int32_t w = channel < 0 || term < 0 ? 0 : weight(channel, term);
        if (plan.wideWeights)
          wide.push_back(w);
        else
          narrow.push_back(w);
      }
    });
    // What the stored input has too much.
    const int64_t excess = plan.inputZero + plan.inputOffset;
    SmallVector<int32_t> packedBias;
    for (int64_t channel : plan.channelOrder()) {
      uint32_t sum = channel < 0 || bias.empty() ? 0 : bias[channel];
      for (int64_t term = 0; channel >= 0 && term < plan.depth; ++term)
        sum -= uint32_t(weight(channel, term)) * uint32_t(excess);
      packedBias.push_back(int32_t(sum));
    }
    auto type = [&](unsigned bits) {
      return IntegerType::get(&getContext(), bits);
    };
    if (plan.wideWeights)
      addPacked(symbols, op,
                {{"_packed", type(16), bytesOf(wide)},
                 {"_bias", type(32), bytesOf(packedBias)}});
    else
      addPacked(symbols, op,
                {{"_packed", type(8), bytesOf(narrow)},
                 {"_bias", type(32), bytesOf(packedBias)}});
  }

  /// The elements of blocks in the order in which they are read; the bias is
  /// less what the stored input has too much.
  template <typename WeightT, typename SumT>
  void packSparse(SymbolTable &symbols, kernel::SparseContractOp op,
                  const SparsePlan &plan) {
    auto values = constantValues<WeightT>(symbols, op.getValues());
    auto positions = constantValues<int32_t>(symbols, op.getPositions());
    SmallVector<SumT> bias(plan.channels, SumT(0));
    if (op.getBias())
      bias = constantValues<SumT>(symbols, op.getBias());
    if (values.empty() || positions.empty() || bias.empty())
      return;
    const SmallVector<int64_t> order = plan.blockOrder();
    SmallVector<WeightT> packed;
    for (size_t block = 0; block < values.size(); block += plan.blockSize())
      for (int64_t place : order)
        packed.push_back(values[block + place]);
    if constexpr (std::is_integral_v<WeightT>)
      for (int64_t channel = 0; channel < plan.channels; ++channel)
        bias[channel] -= excessOfChannel(plan, positions, values, channel);
    SmallVector<SumT> packedBias;
    for (int64_t place = 0; place < plan.channels; ++place)
      packedBias.push_back(bias[plan.channelAt(place)]);
    Type sumType = Float32Type::get(&getContext());
    if (plan.integer)
      sumType = IntegerType::get(&getContext(), 32);
    addPacked(symbols, op,
              {{"_packed", Layer::element(op.getValues()), bytesOf(packed)},
               {"_bias", sumType, bytesOf(packedBias)}});
  }

  /// Whether blocks have quads in which no two neighbours leave 16 bits with
  /// inputs of up to 255.
  static bool fitsBytePairs(SymbolTable &symbols, kernel::SparseContractOp op,
                            const SparsePlan &plan) {
    auto values = constantValues<int8_t>(symbols, op.getValues());
    if (values.empty() || plan.blockColumns % 4 != 0)
      return false;
    for (size_t i = 0; i < values.size(); i += 2) {
      const int32_t x = values[i], y = values[i + 1];
      const int32_t low = 255 * (std::min(x, 0) + std::min(y, 0));
      const int32_t high = 255 * (std::max(x, 0) + std::max(y, 0));
      if (low < std::numeric_limits<int16_t>::min() ||
          high > std::numeric_limits<int16_t>::max())
        return false;
    }
    return true;
  }

  /// What a channel's sum has too much because the stored input has.
  static uint32_t excessOfChannel(const SparsePlan &plan,
                                  ArrayRef<int32_t> positions,
                                  ArrayRef<int8_t> values, int64_t channel) {
    const int64_t row = channel / plan.blockRows;
    const int64_t first = channel % plan.blockRows * plan.blockColumns;
    uint32_t sum = 0;
    for (int64_t i = positions[row]; i < positions[row + 1]; ++i)
      for (int64_t c = 0; c < plan.blockColumns; ++c)
        sum += uint32_t(int32_t(values[i * plan.blockSize() + first + c])) *
               uint32_t(plan.excess());
    return sum;
  }

  /// The weights of f32 gates for the input, then those for the hidden state:
  /// a row for each element of these, all gates side by side.
  void packRecurrent(SymbolTable &symbols, kernel::LstmOp op) {
    auto type = cast<MemRefType>(op.getWeights().getType());
    if (!type.getElementType().isF32())
      return;
    SmallVector<float> packed;
    for (Value value : {op.getWeights(), op.getRecurrent()}) {
      SmallVector<float> weights = constantValues<float>(symbols, value);
      if (weights.empty())
        return;
      const size_t gates = type.getDimSize(0), terms = weights.size() / gates;
      for (size_t term = 0; term < terms; ++term)
        for (size_t gate = 0; gate < gates; ++gate)
          packed.push_back(weights[gate * terms + term]);
    }
    addPacked(symbols, op,
              {{"_packed", type.getElementType(), bytesOf(packed)}});
  }

  void packTransposed(SymbolTable &symbols, kernel::TransposeConvOp op) {
    if (cast<MemRefType>(op.getFilter().getType()).getElementType().isF32())
      packTransposed<float>(symbols, op);
    else
      packTransposed<int8_t>(symbols, op);
  }

  /// OxKHxKWxI becomes KHxKWxIxO.
  template <typename T>
  void packTransposed(SymbolTable &symbols, kernel::TransposeConvOp op) {
    auto type = cast<MemRefType>(op.getFilter().getType());
    SmallVector<T> filter = constantValues<T>(symbols, op.getFilter());
    if (filter.empty())
      return;
    const int64_t outputs = type.getDimSize(0);
    const int64_t terms = type.getNumElements() / outputs;
    SmallVector<T> packed;
    packed.reserve(filter.size());
    for (int64_t term = 0; term < terms; ++term)
      for (int64_t o = 0; o < outputs; ++o)
        packed.push_back(filter[o * terms + term]);
    addPacked(symbols, op,
              {{"_packed", type.getElementType(), bytesOf(packed)}});
  }

  void packDepthwise(SymbolTable &symbols, kernel::DepthwiseOp op,
                     const ConvShape &shape, const TargetInfo &info) {
    if (!cast<MemRefType>(op.getInput().getType())
             .getElementType()
             .isInteger(8))
      return;
    SmallVector<int8_t> filter =
        constantValues<int8_t>(symbols, op.getFilter());
    SmallVector<int32_t> bias(shape.outChannels, 0);
    if (op.getBias())
      bias = constantValues<int32_t>(symbols, op.getBias());
    if (filter.empty() || bias.empty())
      return;
    DepthwiseLayout layout(shape, info, /*integer=*/true);
    int32_t zero = op.getFilterZeroPoint();
    SmallVector<int16_t> packed;
    for (int64_t offset : layout.weightOrder())
      packed.push_back(offset < 0 ? 0 : filter[offset] - zero);
    SmallVector<int32_t> folded;
    for (int64_t c : layout.channelOrder()) {
      uint32_t sum = bias[c];
      for (size_t at = c; at < filter.size(); at += shape.outChannels)
        sum -= uint32_t(filter[at] - zero) * uint32_t(op.getInputZeroPoint());
      folded.push_back(int32_t(sum));
    }
    auto type = [&](unsigned bits) {
      return IntegerType::get(&getContext(), bits);
    };
    addPacked(symbols, op,
              {{"_packed", type(16), bytesOf(packed)},
               {"_bias", type(32), bytesOf(folded)}});
  }
};

} // namespace
} // namespace pare::cpu
