//===- FuseTables.cpp - Tables move into the convolution before -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuseIntoProducer.h"

#include "pare/Dialect/Kernel/Transforms/Passes.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_FUSETABLESPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

/// The entries of a table that is a constant; null if they are not known here.
static DenseElementsAttr getEntries(TableOp op) {
  auto get = getRootBuffer(op.getTable()).getDefiningOp<memref::GetGlobalOp>();
  if (!get)
    return {};
  auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      op, get.getNameAttr());
  if (!global || !global.getConstant() || !global.getInitialValue())
    return {};
  auto entries = dyn_cast<DenseElementsAttr>(*global.getInitialValue());
  return entries && entries.getElementType().isSignlessInteger(8) &&
                 entries.getNumElements() == 256
             ? entries
             : DenseElementsAttr();
}

/// The table of an epilogue, with products only where they are right.
static ByteTableAttr makeTable(TableOp op, DenseElementsAttr entries) {
  TableProductsAttr products = op.getProductsAttr();
  if (products && !products.give(entries))
    products = {};
  return ByteTableAttr::get(op.getContext(), entries, products);
}

/// Whether `producer` is a convolution whose epilogue has no table yet.
static bool canTakeTable(Operation *producer) {
  return isa<ContractOp, DepthwiseOp, SparseContractOp, TransposeConvOp>(
             producer) &&
         !producer->getAttrOfType<EpilogueAttr>("epilogue").getTable();
}

/// Products of floats are short where the result is one before it is rounded.
static bool isFaster(Operation *producer, ByteTableAttr table) {
  pare::nn::ScalesAttr scales =
      producer->getAttrOfType<EpilogueAttr>("epilogue").getScales();
  return isa<ContractOp>(producer) && table.getProducts() && scales &&
         scales.getMode() == pare::nn::RequantMode::Float;
}

namespace {
class FuseTablesPass
    : public pare::kernel::impl::FuseTablesPassBase<FuseTablesPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    SmallVector<TableOp> tables;
    getOperation().walk([&](TableOp op) { tables.push_back(op); });
    for (TableOp op : tables) {
      Operation *producer = findProducer(op);
      DenseElementsAttr entries = getEntries(op);
      if (!producer || !entries || !canTakeTable(producer))
        continue;
      ByteTableAttr table = makeTable(op, entries);
      if (!all && !isFaster(producer, table))
        continue;
      auto epilogue = producer->getAttrOfType<EpilogueAttr>("epilogue");
      Operation *constant = getRootBuffer(op.getTable()).getDefiningOp();
      fuseIntoProducer(producer, op, epilogue.withTable(table));
      if (isOpTriviallyDead(constant))
        constant->erase();
      ++numFused;
    }
  }
};
} // namespace
