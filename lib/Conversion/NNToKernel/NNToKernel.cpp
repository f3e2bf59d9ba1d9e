//===- NNToKernel.cpp - From nn to kernel ---------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Conversion/NNToKernel/NNToKernel.h"
#include "Lowering.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_LOWERNNTOKERNELPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

LogicalResult pare::kernel::lowerLayer(Operation *op, Lowering &l) {
  if (Value source = getAliasedOperand(op)) {
    if (failed(expectSameQuantization(op)))
      return failure();
    l.alias(op->getResult(0), l.input(source, "value"));
    return success();
  }
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<nn::Conv2DOp, nn::DepthwiseConv2DOp, nn::TransposeConv2DOp,
            nn::FullyConnectedOp, nn::SparseConv2DOp,
            nn::SparseFullyConnectedOp, nn::BatchMatmulOp, nn::AvgPool2DOp,
            nn::MaxPool2DOp, nn::GlobalAvgPoolOp, nn::GlobalMaxPoolOp,
            nn::ReduceMeanOp, nn::ReduceSumOp, nn::ReduceMaxOp, nn::ReduceMinOp,
            nn::SoftmaxOp, nn::LogSoftmaxOp, nn::LayerNormOp, nn::TransposeOp,
            nn::ConcatOp, nn::SplitOp, nn::SliceOp, nn::PadOp, nn::GatherOp,
            nn::ResizeBilinearOp, nn::ResizeNearestOp, nn::CastOp,
            nn::QuantizeOp, nn::DequantizeOp, nn::RequantizeOp, nn::FakeQuantOp,
            nn::LstmOp, nn::GruOp>([&](auto op) { return lower(op, l); })
      .Case<nn::ReluOp, nn::Relu6Op, nn::ClipOp, nn::LeakyReluOp,
            nn::HardSwishOp, nn::SigmoidOp, nn::TanhOp, nn::GeluOp, nn::SqrtOp,
            nn::RsqrtOp, nn::ExpOp, nn::LogOp, nn::AbsOp, nn::NegOp>(
          [&](auto op) { return lowerUnary(op, l); })
      .Case<nn::AddOp, nn::SubOp, nn::MulOp, nn::DivOp, nn::MaximumOp,
            nn::MinimumOp, nn::SquaredDifferenceOp, nn::PowOp, nn::PreluOp>(
          [&](auto op) { return lowerBinary(op, l); })
      .Case([](nn::BatchNormOp op) {
        return fail(op) << "expected no batch normalization, found one "
                           "(nn-fold-batch-norm rewrites it)";
      })
      .Default([](Operation *op) {
        return fail(op) << "expected a layer with a kernel, found '"
                        << op->getName() << "'";
      });
}

namespace {
class LowerNNToKernelPass
    : public kernel::impl::LowerNNToKernelPassBase<LowerNNToKernelPass> {
  void runOnOperation() override {
    Globals globals(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      // A function that has been lowered before says so.
      if (function->hasAttr(KernelDialect::kNumInputsAttr))
        continue;
      Lowering lowering(function, globals);
      if (failed(lowering.run()))
        return signalPassFailure();
      numLayers += lowering.numLayers;
      numCopies += lowering.numCopies;
    }
  }
};
} // namespace
