//===- Tuning.cpp - Measured choices of code generation -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Tuning.h"
#include "ContractPlan.h"
#include "PackedWeights.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static constexpr llvm::StringLiteral kSeparator = " tile ";

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
    auto [shape, tile] = line.rsplit(kSeparator);
    auto [rows, vectors] = tile.split('x');
    Tile value;
    if (shape.empty() || rows.getAsInteger(10, value.first) ||
        vectors.getAsInteger(10, value.second) || value.first < 1 ||
        value.second < 1)
      return llvm::createStringError(
          path + ":" + llvm::Twine(number + 1) +
          ": expected a shape and 'tile ROWSxVECTORS', found '" + line + "'");
    table.set(shape, value);
  }
  return table;
}

std::string TuningTable::print() const {
  std::string text = "# The fastest register tile of each shape of layer that "
                     "was measured.\n";
  llvm::raw_string_ostream os(text);
  for (const auto &[shape, tile] : tiles)
    os << shape << kSeparator << tile.first << 'x' << tile.second << '\n';
  return text;
}

std::optional<Tile> TuningTable::find(StringRef shape) const {
  auto it = tiles.find(shape);
  if (it == tiles.end())
    return std::nullopt;
  return it->second;
}

void TuningTable::set(StringRef shape, Tile tile) { tiles[shape.str()] = tile; }

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

SmallVector<Tile> listTiles(Operation *op, const TargetInfo &target,
                            size_t count) {
  auto contract = cast<kernel::ContractOp>(op);
  ContractPlan plan = planContract(contract, target);
  SmallVector<Tile> tiles;
  for (TileShape tile : tileCandidates(plan, target)) {
    if (tiles.size() == count)
      break;
    tiles.push_back({tile.rows, tile.vectors});
  }
  return tiles;
}

void setTile(Operation *op, Tile tile) {
  Builder builder(op->getContext());
  op->setAttr(kernel::KernelDialect::kTileAttr,
              builder.getDenseI64ArrayAttr({tile.first, tile.second}));
}

} // namespace pare::cpu
