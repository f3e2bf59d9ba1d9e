//===- Lowering.cpp - From a finished network to planned kernels ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Pipelines/Lowering.h"
#include "mlir/Transforms/Passes.h"
#include "pare/Conversion/NNToKernel/NNToKernel.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "pare/Dialect/NN/Transforms/Passes.h"

using namespace mlir;
using namespace pare;

void pare::buildKernelPipeline(OpPassManager &manager,
                               const KernelPipelineOptions &options) {
  nn::InferShapesPassOptions infer;
  infer.batch = options.batch;
  manager.addPass(nn::createInferShapesPass(infer));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(nn::createRecognizeLayersPass());
  manager.addPass(nn::createFoldBatchNormPass());
  manager.addNestedPass<func::FuncOp>(nn::createFuseActivationsPass());
  manager.addPass(nn::createUnsignedToSignedPass());
  manager.addNestedPass<func::FuncOp>(nn::createLegalizeQuantizedPass());
  manager.addPass(createCanonicalizerPass());

  nn::FoldScalesPassOptions scales;
  scales.mode = options.requantMode;
  manager.addPass(nn::createFoldScalesPass(scales));
  if (options.keepBlocks) {
    // Without single channels, blocks would not be blocks any more.
    nn::SparsifyPassOptions sparsify;
    sparsify.threshold = 0.5;
    sparsify.blockRows = 0;
    manager.addPass(nn::createSparsifyPass(sparsify));
  }
  if (options.sparsify > 0.0) {
    nn::SparsifyPassOptions sparsify;
    sparsify.threshold = options.sparsify;
    manager.addPass(nn::createSparsifyPass(sparsify));
  }
  // After the mode is settled: constants of integer layers depend on it.
  if (!options.keepDeadChannels)
    manager.addPass(nn::createEliminateDeadChannelsPass(
        {options.channelMultiple, options.channelsWithinPeak,
         /*tearBlocks=*/options.keepBlocks}));

  manager.addPass(kernel::createLowerNNToKernelPass());
  manager.addNestedPass<func::FuncOp>(kernel::createFuseClampsPass());
  if (options.fuseFunctions)
    manager.addNestedPass<func::FuncOp>(kernel::createFuseFunctionsPass());
  if (options.fuseTables || options.fuseAllTables) {
    kernel::FuseTablesPassOptions tables;
    tables.all = options.fuseAllTables;
    manager.addNestedPass<func::FuncOp>(kernel::createFuseTablesPass(tables));
  }
  if (options.fuseResiduals || options.fuseIntegerResidualsFrom >= 0) {
    kernel::FuseResidualsPassOptions residuals;
    residuals.integersFrom = options.fuseIntegerResidualsFrom;
    manager.addNestedPass<func::FuncOp>(
        kernel::createFuseResidualsPass(residuals));
  }
  manager.addNestedPass<func::FuncOp>(kernel::createElideCopiesPass());
  manager.addNestedPass<func::FuncOp>(kernel::createPlanMemoryPass());
}
