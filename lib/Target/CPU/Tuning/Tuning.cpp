//===- Tuning.cpp - What can be chosen for a layer ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Tuning.h"
#include "Contract/PackedWeights.h"
#include "Contract/RowTerms.h"
#include "Contract/TermOrder.h"
#include "Emit/ConstantValues.h"
#include "Tuning/Describe.h"
#include "Winograd/WinogradPlan.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// What an operation allows
//===----------------------------------------------------------------------===//

static ArrayRef<int64_t> shapeOf(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getShape();
}

static bool isInteger(kernel::ContractOp op) {
  return isa<IntegerType>(
      cast<MemRefType>(op.getInput().getType()).getElementType());
}

/// The order of an integer contraction that its attributes ask for, or else
/// that the cost model prefers.
static std::optional<OrderedWeights>
orderOf(kernel::ContractOp op, SymbolTable &symbols, const TargetInfo &target) {
  if (!isInteger(op))
    return std::nullopt;
  return orderTerms(op, target, constantValues<int8_t>(symbols, op.getFilter()),
                    {}, noteBytePairs(symbols, op, target));
}

/// `op` with the attributes of a choice while this lives.
namespace {
class Trial {
public:
  Trial(Operation *op, const Choice &choice)
      : op(op), attributes(op->getAttrDictionary()) {
    setChoice(op, choice);
  }
  ~Trial() { op->setAttrs(attributes); }

private:
  Operation *op;
  DictionaryAttr attributes;
};
} // namespace

/// Whether Strassen's algorithm can multiply with that tile.
static bool allowsStrassen(kernel::ContractOp op, TileShape tile,
                           const TargetInfo &target) {
  Choice choice;
  choice.tile = {tile.rows, tile.vectors};
  choice.strassen = 1;
  Trial trial(op, choice);
  return planContract(op, target).strassen;
}

/// The order of an integer contraction, if it can have that one.
static std::optional<OrderedWeights> tryOrder(kernel::ContractOp op,
                                              TermOrdering order,
                                              SymbolTable &symbols,
                                              const TargetInfo &target) {
  Choice choice;
  choice.tile = {1, 1};
  choice.order = order;
  Trial trial(op, choice);
  return orderOf(op, symbols, target);
}

static bool canTile(kernel::ContractOp op, int64_t outputs,
                    SymbolTable &symbols) {
  return isWinogradWorthALook(op, outputs) && fitsWinograd(op, outputs) &&
         isWinogradExact(op, outputs, symbols);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

std::string joinSizes(ArrayRef<int64_t> sizes) {
  return llvm::join(
      llvm::map_range(sizes, [](int64_t size) { return std::to_string(size); }),
      "x");
}

std::string describeTarget(const TargetInfo &target) {
  // The same name stands for another processor elsewhere.
  return target.name == "native" ? target.name + ":" + target.cpu : target.name;
}

std::string describeShape(Operation *op, SymbolTable &symbols,
                          const TargetInfo &target) {
  auto contract = dyn_cast<kernel::ContractOp>(op);
  // Weights that the network computes are not packed.
  if (!contract || !contract.getFilter().getDefiningOp<memref::GetGlobalOp>())
    return "";
  // One row of bytes has a tile of its own.
  if (isInteger(contract) &&
      packRow(contract, target,
              constantValues<int8_t>(symbols, contract.getFilter()), {},
              noteBytePairs(symbols, contract, target)))
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << describeTarget(target) << " contract "
     << cast<MemRefType>(contract.getInput().getType()).getElementType() << ' '
     << joinSizes(shapeOf(contract.getInput())) << " by "
     << joinSizes(shapeOf(contract.getFilter())) << " to "
     << joinSizes(shapeOf(contract.getOutput())) << " strides "
     << joinSizes(contract.getStrides()) << " dilations "
     << joinSizes(contract.getDilations()) << " padding "
     << joinSizes(contract.getPadding());
  if (noteBytePairs(symbols, contract, target))
    os << " byte pairs";
  if (auto order = orderOf(contract, symbols, target))
    os << (order->plan.shuffles ? " ordered terms" : " ordered steps");
  if (isInteger(contract) && canTile(contract, 2, symbols) &&
      fitsWinograd(contract, 4) && !canTile(contract, 4, symbols))
    os << " small tiles";
  return text;
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// Direct code of floats.
static SmallVector<Choice> listFloats(kernel::ContractOp op,
                                      const TargetInfo &target, size_t count) {
  const ContractPlan plan = planContract(op, target);
  SmallVector<TileShape> tiles = {plan.tile};
  for (TileShape tile : tileCandidates(plan, target))
    if (tile.rows != plan.tile.rows || tile.vectors != plan.tile.vectors)
      tiles.push_back(tile);
  tiles.truncate(std::min(tiles.size(), count));
  const bool eitherWay = llvm::any_of(
      tiles, [&](TileShape tile) { return allowsStrassen(op, tile, target); });
  SmallVector<Choice> choices;
  for (int64_t levels : {int64_t(plan.strassen), int64_t(!plan.strassen)})
    for (TileShape tile : tiles) {
      Choice choice;
      choice.tile = {tile.rows, tile.vectors};
      if (eitherWay)
        choice.strassen = levels;
      if (levels == 0 || allowsStrassen(op, tile, target))
        choices.push_back(choice);
    }
  return choices;
}

/// Direct code of integers: in three orders, if the target multiplies bytes.
static SmallVector<Choice> listIntegers(kernel::ContractOp op,
                                        SymbolTable &symbols,
                                        const TargetInfo &target,
                                        size_t count) {
  // Tiles of products of bytes differ less.
  constexpr size_t kOrderedTiles = 3;
  SmallVector<Choice> choices;
  TermOrdering preferred = TermOrdering::None;
  if (auto order = orderOf(op, symbols, target))
    preferred =
        order->plan.shuffles ? TermOrdering::Terms : TermOrdering::Steps;
  for (TermOrdering kind : {TermOrdering::Steps, TermOrdering::Terms}) {
    auto order = tryOrder(op, kind, symbols, target);
    if (!order)
      continue;
    SmallVector<int64_t> rows = order->plan.tileRowsByCost(target);
    rows.truncate(std::min(rows.size(), kOrderedTiles));
    SmallVector<Choice> ordered;
    for (int64_t tileRows : rows) {
      Choice choice;
      choice.tile = {tileRows, 1};
      choice.order = kind;
      ordered.push_back(choice);
    }
    choices.insert(kind == preferred ? choices.begin() : choices.end(),
                   ordered.begin(), ordered.end());
  }
  const bool isOrderable = !choices.empty();
  SmallVector<TileShape> tiles =
      tileCandidates(planContract(op, target), target);
  tiles.truncate(std::min(tiles.size(), isOrderable ? count / 2 : count));
  SmallVector<Choice> plain;
  for (TileShape tile : tiles) {
    Choice choice;
    choice.tile = {tile.rows, tile.vectors};
    if (isOrderable)
      choice.order = TermOrdering::None;
    plain.push_back(choice);
  }
  choices.insert(preferred == TermOrdering::None ? choices.begin()
                                                 : choices.end(),
                 plain.begin(), plain.end());
  return choices;
}

SmallVector<Choice> listChoices(Operation *op, SymbolTable &symbols,
                                const TargetInfo &target, size_t count) {
  auto contract = cast<kernel::ContractOp>(op);
  SmallVector<Choice> choices =
      isInteger(contract) ? listIntegers(contract, symbols, target, count)
                          : listFloats(contract, target, count);
  const int64_t preferred = chooseWinograd(contract, symbols, target);
  for (int64_t outputs : {2, 4})
    if (canTile(contract, outputs, symbols)) {
      Choice choice;
      choice.winograd = outputs;
      choices.insert(outputs == preferred ? choices.begin() : choices.end(),
                     choice);
    }
  return choices;
}

std::string findMisfit(Operation *op, const Choice &choice,
                       SymbolTable &symbols, const TargetInfo &target) {
  auto contract = cast<kernel::ContractOp>(op);
  if (choice.stripes)
    return "stripes are for layers in a row";
  if (choice.winograd != 0)
    return fitsWinograd(contract, choice.winograd) &&
                   isWinogradExact(contract, choice.winograd, symbols)
               ? ""
               : "it needs 3x3 taps, steps of 1 and weights for which such "
                 "tiles are exact";
  const TileShape tile = {choice.tile.first, choice.tile.second};
  if (choice.order && *choice.order != TermOrdering::None) {
    auto order = isInteger(contract)
                     ? tryOrder(contract, *choice.order, symbols, target)
                     : std::nullopt;
    if (!order)
      return "it needs a target with vpmaddubsw, weights of 8 bits around 0, "
             "and at least 4 rows and 16 terms";
    // How many rows there is room for depends on weights too; where there is
    // less, the cost model decides.
    OrderedPlan plan = order->plan;
    plan.depths = 2;
    if (tile.vectors != 1 ||
        !llvm::is_contained(plan.tileRowsByCost(target), tile.rows))
      return "its tiles are rows by 1 vector that stay in registers";
    return "";
  }
  const ContractPlan plan = planContract(contract, target);
  if (tile.rows > plan.rows ||
      tile.vectors > llvm::divideCeilSigned(plan.columns, plan.lanes) ||
      !fitsRegisters(plan, target, tile))
    return "the tile is larger than the product, or than the registers of " +
           target.name;
  if (!choice.strassen || *choice.strassen == 0)
    return "";
  if (*choice.strassen > 1)
    return "there is one level";
  return allowsStrassen(contract, tile, target)
             ? ""
             : "it needs f32, 1x1 taps, and halves of rows, terms and panels";
}

void setChoice(Operation *op, const Choice &choice) {
  Builder builder(op->getContext());
  if (choice.winograd != 0) {
    op->setAttr(kernel::KernelDialect::kWinogradAttr,
                builder.getI64IntegerAttr(choice.winograd));
    return;
  }
  op->setAttr(
      kernel::KernelDialect::kTileAttr,
      builder.getDenseI64ArrayAttr({choice.tile.first, choice.tile.second}));
  if (choice.strassen)
    op->setAttr(kernel::KernelDialect::kStrassenAttr,
                builder.getBoolAttr(*choice.strassen != 0));
  if (choice.order)
    op->setAttr(kernel::KernelDialect::kOrderAttr,
                builder.getStringAttr(nameOf(*choice.order)));
}

FailureOr<int64_t> applyTuning(ModuleOp module, const TuningTable &table,
                               const TargetInfo &target, StringRef path,
                               bool direct) {
  SymbolTable symbols(module);
  int64_t count = 0;
  WalkResult result = module.walk([&](Operation *op) {
    if (op->hasAttr(kernel::KernelDialect::kTileAttr) ||
        op->hasAttr(kernel::KernelDialect::kWinogradAttr))
      return WalkResult::advance();
    std::string shape = describeShape(op, symbols, target);
    if (shape.empty())
      return WalkResult::advance();
    std::optional<Choice> choice = table.find(shape);
    if (!choice || (choice->winograd != 0 && direct))
      return WalkResult::advance();
    if (std::string reason = findMisfit(op, *choice, symbols, target);
        !reason.empty()) {
      op->emitError() << path << ": '" << choice->print()
                      << "' does not fit this layer: " << reason;
      return WalkResult::interrupt();
    }
    setChoice(op, *choice);
    ++count;
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return count;
}

} // namespace pare::cpu
