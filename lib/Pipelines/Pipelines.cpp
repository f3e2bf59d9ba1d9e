//===- Pipelines.cpp - Passes in the order of the story -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Pipelines/Pipelines.h"
#include "mlir/Transforms/Passes.h"
#include "pare/Pipelines/Lowering.h"

using namespace mlir;
using namespace pare;

static void addSimplification(OpPassManager &manager, int64_t batch) {
  nn::InferShapesPassOptions infer;
  infer.batch = batch;
  manager.addPass(nn::createInferShapesPass(infer));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(nn::createRecognizeLayersPass());
  manager.addPass(nn::createFoldBatchNormPass());
  manager.addNestedPass<func::FuncOp>(nn::createFuseActivationsPass());
  manager.addPass(createCanonicalizerPass());
}

void pare::buildSimplifyPipeline(OpPassManager &manager,
                                 const SimplifyPipelineOptions &options) {
  addSimplification(manager, options.batch);
}

void pare::buildInt8Pipeline(OpPassManager &manager,
                             const Int8PipelineOptions &options) {
  addSimplification(manager, options.batch);
  if (options.sparsity > 0.0) {
    nn::PrunePassOptions prune;
    prune.sparsity = options.sparsity;
    prune.scope = options.pruneScope;
    prune.pruneFirstLast = options.pruneFirstLast;
    prune.pruneDepthwise = options.pruneDepthwise;
    prune.exclude.assign(options.pruneExclude.begin(),
                         options.pruneExclude.end());
    prune.blockRows = options.blockRows;
    prune.blockColumns = options.blockColumns;
    manager.addPass(nn::createPrunePass(prune));
  }

  nn::InsertFakeQuantPassOptions insert;
  insert.weightBits = options.weightBits;
  insert.weightsPerTensor = options.weightsPerTensor;
  insert.floatLayers.assign(options.floatLayers.begin(),
                            options.floatLayers.end());
  manager.addNestedPass<func::FuncOp>(nn::createInsertFakeQuantPass(insert));

  nn::CalibratePassOptions calibrate;
  calibrate.samples = options.samples;
  calibrate.inputScale = options.inputScale;
  calibrate.inputOffset = options.inputOffset;
  calibrate.limit = options.limit;
  calibrate.backend = options.backend;
  manager.addPass(nn::createCalibratePass(calibrate));

  if (options.correctBias) {
    nn::CorrectBiasPassOptions correct;
    correct.samples = options.samples;
    correct.inputScale = options.inputScale;
    correct.inputOffset = options.inputOffset;
    correct.limit = options.limit;
    correct.backend = options.backend;
    manager.addPass(nn::createCorrectBiasPass(correct));
  }

  nn::QuantizePassOptions quantize;
  quantize.io = options.io;
  manager.addPass(nn::createQuantizePass(quantize));
  manager.addNestedPass<func::FuncOp>(nn::createLegalizeQuantizedPass());
  manager.addPass(createCanonicalizerPass());

  nn::FoldScalesPassOptions scales;
  scales.mode = options.requantMode;
  manager.addPass(nn::createFoldScalesPass(scales));

  if (options.sparsifyThreshold > 0.0) {
    nn::SparsifyPassOptions sparsify;
    sparsify.threshold = options.sparsifyThreshold;
    sparsify.blockRows = options.blockRows;
    sparsify.blockColumns = options.blockColumns;
    manager.addPass(nn::createSparsifyPass(sparsify));
  }
}

void pare::registerParePipelines() {
  PassPipelineRegistration<SimplifyPipelineOptions>(
      "pare-simplify-pipeline",
      "Shapes, constants, batch normalizations and activations of a float "
      "network folded",
      buildSimplifyPipeline);
  PassPipelineRegistration<Int8PipelineOptions>(
      "pare-int8-pipeline", "From a float network to a calibrated int8 network",
      buildInt8Pipeline);
  PassPipelineRegistration<KernelPipelineOptions>(
      "pare-kernel-pipeline", "From a finished network to planned kernels",
      buildKernelPipeline);
}
