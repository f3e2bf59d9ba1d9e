//===- InsertTimestamps.cpp - A network that times its operations ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_INSERTTIMESTAMPSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

namespace {
class InsertTimestampsPass
    : public pare::kernel::impl::InsertTimestampsPassBase<
          InsertTimestampsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!function->hasAttr(KernelDialect::kNumInputsAttr))
      return;
    if (!llvm::hasSingleElement(function.getBody())) {
      function.emitError("kernel-insert-timestamps expects a body of one "
                         "block, found ")
          << llvm::range_size(function.getBody());
      return signalPassFailure();
    }
    Block &block = function.getBody().front();
    SmallVector<Operation *> steps;
    for (Operation &op : block)
      if (op.hasTrait<DestinationStyle>())
        steps.push_back(&op);
    // At the end, and at once again.
    steps.append(2, block.getTerminator());

    OpBuilder builder(&getContext());
    const int64_t count = steps.size();
    Type i64 = builder.getI64Type();
    Attribute tensor = TypeAttr::get(RankedTensorType::get({count}, i64));
    NamedAttribute attributes[] = {
        builder.getNamedAttr(KernelDialect::kTensorTypeAttr, tensor),
        builder.getNamedAttr("nn.name", builder.getStringAttr("ticks"))};
    const unsigned position = function.getNumArguments();
    if (failed(function.insertArgument(position, MemRefType::get({count}, i64),
                                       builder.getDictionaryAttr(attributes),
                                       function.getLoc())))
      return signalPassFailure();
    for (auto [index, step] : llvm::enumerate(steps)) {
      builder.setInsertionPoint(step);
      TimestampOp::create(builder, step->getLoc(),
                          function.getArgument(position), index);
      ++numTimestamps;
    }
  }
};
} // namespace
