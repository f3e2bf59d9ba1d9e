//===- PackWeights.cpp - Implements kernel-pack-weights -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractPlan.h"
#include "Contract/NarrowContract.h"
#include "Contract/PackedWeights.h"
#include "Contract/RowTerms.h"
#include "Contract/TermOrder.h"
#include "Depthwise/DepthwiseLayout.h"
#include "Depthwise/DepthwiseQuads.h"
#include "Emit/ConstantValues.h"
#include "Emit/Layer.h"
#include "Emit/Lowering.h"
#include "Recurrent/RecurrentPlan.h"
#include "Sparse/SparseLiterals.h"
#include "Winograd/WinogradPlan.h"
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
    // Tiles, and with them the layout, depend on how much may be copied.
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr(kernel::KernelDialect::kArenaBytesAttr))
        noteFreeBytes(func);
    SymbolTable symbols(getOperation());
    getOperation().walk([&](Operation *op) {
      TypeSwitch<Operation *>(op)
          .Case([&](kernel::ContractOp contract) {
            if (isNarrow(contract, *info))
              return;
            if (!packTiles(symbols, contract, *info))
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
          .Case(
              [&](kernel::LstmOp lstm) { packRecurrent(symbols, lstm, *info); })
          .Case([&](kernel::GruOp gru) {
            packRecurrent<float, float>(symbols, gru,
                                        RecurrentPlan::of(gru, *info),
                                        gru.getRecurrentBias());
          })
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

  /// The weights of an operation that is computed by tiles. If it cannot be, it
  /// loses the attribute that asks for it.
  bool packTiles(SymbolTable &symbols, kernel::ContractOp op,
                 const TargetInfo &info) {
    std::optional<WinogradPlan> plan = planWinograd(op, info);
    if (!plan || !isWinogradExact(op, plan->outputs(), symbols)) {
      op->removeAttr(kernel::KernelDialect::kWinogradAttr);
      return false;
    }
    WinogradWeights weights = packWinograd(op, *plan, symbols);
    Builder b(&getContext());
    const bool integer = plan->integer;
    addPacked(symbols, op,
              {{"_tiles", integer ? Type(b.getI16Type()) : b.getF32Type(),
                weights.filter},
               {"_bias", integer ? Type(b.getI32Type()) : b.getF32Type(),
                weights.bias}});
    return true;
  }

  template <typename OpT>
  void packContract(SymbolTable &symbols, OpT op, const TargetInfo &info) {
    ContractPlan plan = planContract(op, info);
    if (!plan.integer)
      return packFloats(symbols, op, plan);
    const bool bytePairs = noteBytePairs(symbols, op, info);
    if constexpr (std::is_same_v<OpT, kernel::ContractOp>)
      if (packOrdered(symbols, op, info, bytePairs))
        return;
    // The plan depends on what the pairs allow.
    packIntegers(symbols, op, planContract(op, info));
  }

  /// Weights whose terms stand in an order of each panel.
  bool packOrdered(SymbolTable &symbols, kernel::ContractOp op,
                   const TargetInfo &info, bool bytePairs) {
    SmallVector<int32_t> bias;
    if (op.getBias()) {
      bias = constantValues<int32_t>(symbols, op.getBias());
      if (bias.empty())
        return false;
    }
    const SmallVector<int8_t> filter =
        constantValues<int8_t>(symbols, op.getFilter());
    if (std::optional<RowWeights> row =
            packRow(op, info, filter, bias, bytePairs)) {
      addRow(symbols, op, *row);
      return true;
    }
    std::optional<OrderedWeights> weights =
        orderTerms(op, info, filter, bias, bytePairs);
    if (!weights)
      return false;
    Builder b(&getContext());
    SmallVector<std::tuple<StringRef, Type, ArrayRef<char>>> parts = {
        {"_packed", b.getI8Type(), bytesOf(weights->filter)},
        {"_bias", b.getI32Type(), bytesOf(weights->bias)},
        {"_steps", b.getI32Type(), bytesOf(weights->table)}};
    if (!weights->order.empty())
      parts.push_back({"_order", b.getI8Type(), bytesOf(weights->order)});
    addPacked(symbols, op, parts);
    const OrderedPlan &plan = weights->plan;
    op->setAttr(
        kernel::KernelDialect::kTermOrderAttr,
        b.getDenseI64ArrayAttr({plan.shuffles, plan.steps, plan.depths}));
    op->removeAttr(kernel::KernelDialect::kBytePairsAttr);
    return true;
  }

  void addRow(SymbolTable &symbols, kernel::ContractOp op,
              const RowWeights &weights) {
    Builder b(&getContext());
    SmallVector<std::tuple<StringRef, Type, ArrayRef<char>>> parts = {
        {"_packed", b.getI8Type(), bytesOf(weights.filter)},
        {"_bias", b.getI32Type(), bytesOf(weights.bias)},
        {"_order", b.getI8Type(), bytesOf(weights.order)}};
    if (!weights.places.empty())
      parts.push_back({"_steps", b.getI32Type(), bytesOf(weights.places)});
    addPacked(symbols, op, parts);
    op->setAttr(kernel::KernelDialect::kTermOrderAttr,
                b.getDenseI64ArrayAttr(weights.plan.termOrder()));
    op->removeAttr(kernel::KernelDialect::kBytePairsAttr);
  }

  template <typename OpT>
  void packFloats(SymbolTable &symbols, OpT op, const ContractPlan &plan) {
    const ConstantView<float> view(symbols, op.getFilter());
    const ArrayRef<float> filter = view.get();
    SmallVector<float> bias;
    if (op.getBias()) {
      bias = constantValues<float>(symbols, op.getBias());
      if (bias.empty())
        return;
    }
    if (filter.empty())
      return;
    PackedFloats packed = cpu::packFloats(
        plan,
        [&](int64_t channel, int64_t term) {
          return filter[plan.filterOffset(channel, term)];
        },
        [&](int64_t channel) { return bias.empty() ? 0.0f : bias[channel]; });
    addFloats(symbols, op, packed);
  }

  template <typename OpT>
  void packIntegers(SymbolTable &symbols, OpT op, const ContractPlan &plan) {
    const ConstantView<int8_t> view(symbols, op.getFilter());
    const ArrayRef<int8_t> filter = view.get();
    SmallVector<int32_t> bias;
    if (op.getBias()) {
      bias = constantValues<int32_t>(symbols, op.getBias());
      if (bias.empty())
        return;
    }
    if (filter.empty())
      return;
    addIntegers(
        symbols, op,
        cpu::packIntegers(
            plan,
            [&](int64_t channel, int64_t term) {
              return filter[plan.filterOffset(channel, term)] - plan.filterZero;
            },
            [&](int64_t channel) { return bias.empty() ? 0 : bias[channel]; }));
  }

  void addFloats(SymbolTable &symbols, Operation *op,
                 const PackedFloats &packed) {
    Type f32 = Float32Type::get(&getContext());
    addPacked(symbols, op,
              {{"_packed", f32, bytesOf(packed.filter)},
               {"_bias", f32, bytesOf(packed.bias)}});
  }

  IntegerType integer(unsigned bits) {
    return IntegerType::get(&getContext(), bits);
  }

  void addIntegers(SymbolTable &symbols, Operation *op,
                   const PackedIntegers &packed) {
    const bool wide = packed.narrow.empty();
    addPacked(symbols, op,
              {{"_packed", integer(wide ? 16 : 8),
                wide ? bytesOf(packed.wide) : bytesOf(packed.narrow)},
               {"_bias", integer(32), bytesOf(packed.bias)}});
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
    // Literal weights stand in the code.
    if (values.empty() || positions.empty() || bias.empty() ||
        SparseLiterals::of(symbols, op, plan))
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
    SmallVector<std::tuple<StringRef, Type, ArrayRef<char>>> parts = {
        {"_packed", Layer::element(op.getValues()), bytesOf(packed)},
        {"_bias", sumType, bytesOf(packedBias)}};
    SmallVector<int32_t> offsets;
    if (!plan.overChannels)
      for (int32_t column :
           constantValues<int32_t>(symbols, op.getCoordinates()))
        offsets.push_back(plan.columnOffset(column));
    if (!offsets.empty())
      parts.push_back({"_offsets", integer(32), bytesOf(offsets)});
    addPacked(symbols, op, parts);
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

  void packRecurrent(SymbolTable &symbols, kernel::LstmOp op,
                     const TargetInfo &info) {
    RecurrentPlan plan = RecurrentPlan::of(op, info);
    if (plan.integer)
      packRecurrent<int8_t, int32_t>(symbols, op, plan, Value());
    else
      packRecurrent<float, float>(symbols, op, plan, Value());
  }

  /// What RecurrentWeights reads: the input's weights, their bias, those of the
  /// states and the recurrent bias if there is one.
  template <typename WeightT, typename SumT, typename OpT>
  void packRecurrent(SymbolTable &symbols, OpT op, const RecurrentPlan &plan,
                     Value recurrentBias) {
    auto weights = constantValues<WeightT>(symbols, op.getWeights());
    auto recurrent = constantValues<WeightT>(symbols, op.getRecurrent());
    auto bias = constantValues<SumT>(symbols, op.getBias());
    SmallVector<SumT> added;
    if (recurrentBias)
      added = constantValues<SumT>(symbols, recurrentBias);
    if (weights.empty() || recurrent.empty() || bias.empty() ||
        (recurrentBias && added.empty()))
      return;
    const SmallVector<int64_t> rows = plan.rows();
    auto weight = [&](int64_t channel, int64_t term) {
      return rows[channel] < 0 ? WeightT(0)
                               : weights[rows[channel] * plan.inputs + term];
    };
    auto biasOf = [&](int64_t channel) {
      return rows[channel] < 0 ? SumT(0) : bias[rows[channel]];
    };
    using StateT =
        std::conditional_t<std::is_integral_v<WeightT>, int16_t, float>;
    SmallVector<SmallVector<StateT>, 2> states;
    for (const StateProduct &state : plan.states) {
      SmallVector<StateT> values;
      for (int64_t from : state.order())
        values.push_back(from < 0 ? StateT(0) : recurrent[from]);
      states.push_back(std::move(values));
    }
    SmallVector<SumT> packedAdded;
    if (recurrentBias)
      for (int64_t row : rows)
        packedAdded.push_back(row < 0 ? SumT(0) : added[row]);

    Type sumType = Layer::element(op.getBias());
    SmallVector<std::tuple<StringRef, Type, ArrayRef<char>>> parts;
    PackedFloats floats;
    PackedIntegers integers;
    if constexpr (std::is_integral_v<WeightT>) {
      integers = cpu::packIntegers(plan.input, weight, biasOf);
      parts.push_back({"_packed", integer(8), bytesOf(integers.narrow)});
      parts.push_back({"_bias", sumType, bytesOf(integers.bias)});
    } else {
      floats = cpu::packFloats(plan.input, weight, biasOf);
      parts.push_back({"_packed", sumType, bytesOf(floats.filter)});
      parts.push_back({"_bias", sumType, bytesOf(floats.bias)});
    }
    Type stateType = plan.integer ? Type(integer(16)) : sumType;
    for (const SmallVector<StateT> &state : states)
      parts.push_back({"_recurrent", stateType, bytesOf(state)});
    if (recurrentBias)
      parts.push_back({"_recurrent_bias", sumType, bytesOf(packedAdded)});
    addPacked(symbols, op, parts);
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
    auto type = [&](unsigned bits) {
      return IntegerType::get(&getContext(), bits);
    };
    const int32_t zero = op.getFilterZeroPoint();
    auto foldedBias = [&](ArrayRef<int64_t> order, int32_t inputZero) {
      SmallVector<int32_t> folded;
      for (int64_t c : order) {
        uint32_t sum = bias[c];
        for (size_t at = c; at < filter.size(); at += shape.outChannels)
          sum -= uint32_t(filter[at] - zero) * uint32_t(inputZero);
        folded.push_back(int32_t(sum));
      }
      return folded;
    };
    if (zero == 0)
      if (std::optional<PackedQuads> quads = DepthwiseQuads::pack(
              shape, info, filter, bias, op.getInputZeroPoint())) {
        SmallVector<std::tuple<StringRef, Type, ArrayRef<char>>> parts = {
            {"_packed", type(8), bytesOf(quads->weights)},
            {"_bias", type(32), bytesOf(quads->bias)}};
        if (!quads->masks.empty())
          parts.push_back({"_masks", type(8), bytesOf(quads->masks)});
        return addPacked(symbols, op, parts);
      }
    DepthwiseLayout layout(shape, info, /*integer=*/true);
    SmallVector<int16_t> packed;
    for (int64_t offset : layout.weightOrder())
      packed.push_back(offset < 0 ? 0 : filter[offset] - zero);
    addPacked(
        symbols, op,
        {{"_packed", type(16), bytesOf(packed)},
         {"_bias", type(32),
          bytesOf(foldedBias(layout.channelOrder(), op.getInputZeroPoint()))}});
  }
};

} // namespace
} // namespace pare::cpu
