//===- Tuning.cpp - Measured choices of code generation -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Tuning.h"
#include "Contract/ContractPlan.h"
#include "Contract/PackedWeights.h"
#include "Winograd/WinogradPlan.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral kTile = " tile ", kWinograd = " winograd ";

/// "a" and "b" of "axb".
static std::optional<std::pair<int64_t, int64_t>> parseSizes(StringRef text) {
  auto [first, second] = text.split('x');
  std::pair<int64_t, int64_t> sizes;
  if (first.getAsInteger(10, sizes.first) ||
      second.getAsInteger(10, sizes.second) || sizes.first < 1 ||
      sizes.second < 1)
    return std::nullopt;
  return sizes;
}

/// The shape and the choice of a line.
static std::optional<std::pair<StringRef, Choice>> parseLine(StringRef line) {
  Choice choice;
  const bool isWinograd = line.contains(kWinograd);
  auto [shape, text] = line.rsplit(isWinograd ? kWinograd : kTile);
  auto sizes = parseSizes(text);
  if (shape.empty() || !sizes)
    return std::nullopt;
  if (!isWinograd) {
    choice.tile = *sizes;
  } else {
    choice.winograd = sizes->first;
    if (sizes->first != sizes->second || !WinogradTransform::get(sizes->first))
      return std::nullopt;
  }
  return std::pair(shape, choice);
}

llvm::Expected<TuningTable> TuningTable::read(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return llvm::createStringError("cannot read '" + path +
                                   "': " + file.getError().message());
  return parse((*file)->getBuffer(), path);
}

llvm::Expected<TuningTable> TuningTable::parse(StringRef text, StringRef path) {
  TuningTable table;
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (auto [number, line] : llvm::enumerate(lines)) {
    line = line.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    auto entry = parseLine(line);
    if (!entry)
      return llvm::createStringError(
          path + ":" + llvm::Twine(number + 1) +
          ": expected a shape and 'tile ROWSxVECTORS', 'winograd 2x2' or "
          "'winograd 4x4', found '" +
          line + "'");
    table.set(entry->first, entry->second);
  }
  return table;
}

std::string TuningTable::print() const {
  std::string text = "# The fastest code of each shape of layer that was "
                     "measured.\n";
  llvm::raw_string_ostream os(text);
  for (const auto &[shape, choice] : choices) {
    os << shape;
    if (choice.winograd != 0)
      os << kWinograd << choice.winograd << 'x' << choice.winograd << '\n';
    else
      os << kTile << choice.tile.first << 'x' << choice.tile.second << '\n';
  }
  return text;
}

std::optional<Choice> TuningTable::find(StringRef shape) const {
  auto it = choices.find(shape);
  if (it == choices.end())
    return std::nullopt;
  return it->second;
}

void TuningTable::set(StringRef shape, Choice choice) {
  choices[shape.str()] = choice;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// "1x2x3" of sizes.
static std::string joinSizes(ArrayRef<int64_t> sizes) {
  return llvm::join(
      llvm::map_range(sizes, [](int64_t size) { return std::to_string(size); }),
      "x");
}

static ArrayRef<int64_t> shapeOf(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getShape();
}

std::string describeShape(Operation *op, SymbolTable &symbols,
                          const TargetInfo &target) {
  auto contract = dyn_cast<kernel::ContractOp>(op);
  // Weights that the network computes are not packed.
  if (!contract || !contract.getFilter().getDefiningOp<memref::GetGlobalOp>())
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << target.name;
  // The same name stands for another processor elsewhere.
  if (target.name == "native")
    os << ":" << target.cpu;
  os << " contract "
     << cast<MemRefType>(contract.getInput().getType()).getElementType() << ' '
     << joinSizes(shapeOf(contract.getInput())) << " by "
     << joinSizes(shapeOf(contract.getFilter())) << " to "
     << joinSizes(shapeOf(contract.getOutput())) << " strides "
     << joinSizes(contract.getStrides()) << " dilations "
     << joinSizes(contract.getDilations()) << " padding "
     << joinSizes(contract.getPadding());
  if (noteBytePairs(symbols, contract, target))
    os << " byte pairs";
  return text;
}

SmallVector<Choice> listChoices(Operation *op, SymbolTable &symbols,
                                const TargetInfo &target, size_t count) {
  auto contract = cast<kernel::ContractOp>(op);
  const ContractPlan plan = planContract(contract, target);
  SmallVector<Choice> choices;
  for (TileShape tile : tileCandidates(plan, target)) {
    if (choices.size() == count)
      break;
    choices.push_back({{tile.rows, tile.vectors}, 0});
  }
  const int64_t preferred = chooseWinograd(contract, symbols, target);
  for (int64_t outputs : {2, 4})
    if (isWinogradWorthALook(contract, outputs) &&
        fitsWinograd(contract, outputs) &&
        isWinogradExact(contract, outputs, symbols))
      choices.insert(outputs == preferred ? choices.begin() : choices.end(),
                     {{0, 0}, outputs});
  return choices;
}

void setChoice(Operation *op, Choice choice) {
  Builder builder(op->getContext());
  if (choice.winograd != 0)
    op->setAttr(kernel::KernelDialect::kWinogradAttr,
                builder.getI64IntegerAttr(choice.winograd));
  else
    op->setAttr(
        kernel::KernelDialect::kTileAttr,
        builder.getDenseI64ArrayAttr({choice.tile.first, choice.tile.second}));
}

} // namespace pare::cpu
