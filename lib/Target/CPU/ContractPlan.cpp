//===- ContractPlan.cpp - Tiles and packed layouts ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractPlan.h"
#include "MicroKernel.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

template <typename OpT> static ConvShape shapeOf(OpT op) {
  auto in = cast<MemRefType>(op.getInput().getType()).getShape();
  auto out = cast<MemRefType>(op.getOutput().getType()).getShape();
  auto filter = cast<MemRefType>(op.getFilter().getType()).getShape();
  ConvShape s;
  s.batch = in[0], s.inHeight = in[1], s.inWidth = in[2], s.inChannels = in[3];
  s.outHeight = out[1], s.outWidth = out[2], s.outChannels = out[3];
  s.kernelHeight = filter[1], s.kernelWidth = filter[2];
  s.strideHeight = op.getStrides()[0], s.strideWidth = op.getStrides()[1];
  s.dilationHeight = op.getDilations()[0];
  s.dilationWidth = op.getDilations()[1];
  s.padTop = op.getPadding()[0], s.padLeft = op.getPadding()[2];
  return s;
}

ConvShape ConvShape::of(kernel::ContractOp op) { return shapeOf(op); }
ConvShape ConvShape::of(kernel::DepthwiseOp op) { return shapeOf(op); }

bool ConvShape::isPointwise() const {
  return kernelHeight == 1 && kernelWidth == 1 && padTop == 0 && padLeft == 0 &&
         (outHeight - 1) * strideHeight < inHeight &&
         (outWidth - 1) * strideWidth < inWidth;
}

/// Rows and vectors of the register tile. Accumulators, the vectors of one
/// panel row and one broadcast element share the registers; about eight
/// independent sums hide the latency of a step.
static void chooseTile(ContractPlan &plan, const TargetInfo &target) {
  bool many = target.vectorRegisters >= 32;
  int64_t wholeVectors = (plan.columns + plan.lanes - 1) / plan.lanes;
  int64_t vectors;
  switch (plan.rows) {
  case 1:
    vectors = 8;
    break;
  case 2:
    vectors = 4;
    break;
  case 3:
    vectors = 3;
    break;
  default:
    vectors = 2;
  }
  plan.tileVectors = std::min(vectors, wholeVectors);
  int64_t rows = many ? 12 : 6;
  if (plan.tileVectors == 1)
    rows = many ? 24 : 12;
  plan.tileRows = std::min(rows, plan.rows);
}

template <typename OpT>
static ContractPlan planAny(OpT op, const TargetInfo &target, int64_t groups,
                            bool depthwiseFilter) {
  ContractPlan plan;
  plan.shape = ConvShape::of(op);
  const ConvShape &s = plan.shape;
  plan.depthwiseFilter = depthwiseFilter;
  plan.integer = isa<IntegerType>(
      cast<MemRefType>(op.getInput().getType()).getElementType());
  plan.inputZero = op.getInputZeroPoint();
  plan.filterZero = op.getFilterZeroPoint();
  plan.wideWeights = plan.filterZero != 0;
  plan.quads =
      plan.integer && !plan.wideWeights && MicroKernel::hasDotQuads(target);
  plan.inputOffset =
      plan.quads && !MicroKernel::quadsAreSigned(target) ? 128 : 0;
  plan.groups = groups;
  plan.rows = s.batch * s.outHeight * s.outWidth;
  plan.depth = s.kernelHeight * s.kernelWidth * s.inChannels / groups;
  plan.columns = s.outChannels / groups;
  plan.lanes = target.lanes();
  chooseTile(plan, target);
  return plan;
}

ContractPlan planContract(kernel::ContractOp op, const TargetInfo &target) {
  auto filter = cast<MemRefType>(op.getFilter().getType()).getShape();
  auto in = cast<MemRefType>(op.getInput().getType()).getShape();
  return planAny(op, target, in[3] / filter[3], false);
}

ContractPlan planContract(kernel::DepthwiseOp op, const TargetInfo &target) {
  return planAny(op, target, 1, true);
}

SmallVector<int64_t> ContractPlan::channelOrder() const {
  SmallVector<int64_t> order;
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t c = 0; c < paddedColumns(); ++c)
      order.push_back(c < columns ? g * columns + c : -1);
  return order;
}

int64_t ContractPlan::filterOffset(int64_t channel, int64_t term) const {
  return depthwiseFilter ? term * shape.outChannels + channel
                         : channel * depth + term;
}

SmallVector<StringRef, 2> packedWeights(Operation *op) {
  SmallVector<StringRef, 2> names;
  if (auto packed =
          op->getAttrOfType<ArrayAttr>(kernel::KernelDialect::kPackedAttr))
    for (Attribute symbol : packed)
      names.push_back(cast<FlatSymbolRefAttr>(symbol).getValue());
  return names;
}

} // namespace pare::cpu
