//===- Sparse.cpp - Contractions with compressed weights ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The entry of sparse_contract: SparsePlan.h describes the two forms.
//
//===----------------------------------------------------------------------===//

#include "Emit/Lowering.h"
#include "Sparse/SparseLiterals.h"
#include "Sparse/SparseRows.h"

using namespace mlir;

namespace pare::cpu {

LogicalResult lower(Layer &e, kernel::SparseContractOp op) {
  SparsePlan plan = planSparse(op, e.target);
  if (plan.blocks) {
    if (!plan.takesBlocks())
      return op.emitOpError("expects one tap and steps of 1 for images in "
                            "blocks of pixels");
    if (plan.blockPixels() < plan.lanes)
      return op.emitOpError("expects blocks of at least ")
             << plan.lanes << " pixels for this target, but found "
             << plan.blockPixels();
  }
  SparseOperands operands;
  operands.input = e.buffer(op.getInput());
  operands.output = e.buffer(op.getOutput());
  SmallVector<StringRef, 2> packed = packedWeights(op);
  std::optional<SparseLiterals> literals =
      SparseLiterals::of(e.symbols, op, plan);
  if (literals) {
    lowerSparsePixels(e, plan, op, operands, &*literals);
    return success();
  }
  if (packed.empty()) {
    plan = plan.unpacked();
    operands.values = e.buffer(op.getValues());
    if (op.getBias())
      operands.bias = e.buffer(op.getBias());
  } else {
    operands.values = e.global(packed[0]);
    operands.bias = e.global(packed[1]);
    if (packed.size() > 2)
      operands.offsets = e.global(packed[2]);
  }
  operands.positions = e.buffer(op.getPositions());
  if (!operands.offsets)
    operands.coordinates = e.buffer(op.getCoordinates());
  if (plan.overChannels)
    lowerSparseChannels(e, plan, op, operands);
  else
    lowerSparsePixels(e, plan, op, operands, /*literals=*/nullptr);
  return success();
}

} // namespace pare::cpu
