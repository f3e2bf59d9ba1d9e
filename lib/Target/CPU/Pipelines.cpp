//===- Pipelines.cpp - From kernel to the LLVM dialect --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace pare::cpu {

void KernelToLLVMOptions::set(const CodeOptions &code) {
  chooseSparse = !code.sparsify;
  winograd = int64_t(code.winograd);
  stripes = int64_t(code.stripes);
  pixelBlocks = int64_t(code.pixelBlocks);
  tuning = code.tuning;
  sparseRemarks = code.sparseRemarks;
}

void buildKernelChoicePipeline(OpPassManager &manager,
                               const KernelToLLVMOptions &options) {
  if (options.chooseSparse) {
    ChooseSparsePassOptions sparse;
    sparse.target = options.target;
    sparse.remarks = options.sparseRemarks;
    manager.addPass(createChooseSparsePass(sparse));
  }
  // What was measured goes before what is estimated, and what was asked for
  // before both.
  if (!options.tuning.empty())
    manager.addPass(createApplyTuningPass(
        {options.target, options.tuning, /*direct=*/options.winograd >= 0}));
  if (options.winograd != 0)
    manager.addPass(
        createChooseWinogradPass({options.target, options.winograd}));
  if (options.pixelBlocks != 0)
    manager.addPass(
        createBlockPixelsPass({options.target, options.pixelBlocks}));
  if (options.stripes != 0)
    manager.addPass(createFuseStripesPass(
        {options.target, options.stripes, options.tuning}));
}

void buildKernelToVectorPipeline(OpPassManager &manager,
                                 const KernelToLLVMOptions &options) {
  buildKernelChoicePipeline(manager, options);
  manager.addPass(createPackWeightsPass({options.target}));
  manager.addPass(
      createLowerKernelToVectorPass({options.target, options.threadCycles}));
}

void buildKernelToLLVMPipeline(OpPassManager &manager,
                               const KernelToLLVMOptions &options) {
  buildKernelToVectorPipeline(manager, options);
  manager.addPass(createMergeLayersPass());
  // One layer goes through a run of passes before the next one does: all of a
  // network does not fit into a cache, and passes would wait for memory.
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(createExpandMathPass());
  functions.addPass(createConvertMathToLLVMPass());
  // Declares the functions of libm that are called.
  manager.addPass(createConvertMathToLibmPass());
  OpPassManager &layers = manager.nest<func::FuncOp>();
  layers.addPass(createSCFToControlFlowPass());
  layers.addPass(createConvertVectorToLLVMPass());
  ConvertIndexToLLVMPassOptions indices;
  indices.indexBitwidth = 64;
  layers.addPass(createConvertIndexToLLVMPass(indices));
  ArithToLLVMConversionPassOptions arith;
  arith.indexBitwidth = 64;
  layers.addPass(createArithToLLVMConversionPass(arith));
  FinalizeMemRefToLLVMConversionPassOptions memref;
  memref.indexBitwidth = 64;
  manager.addPass(createFinalizeMemRefToLLVMConversionPass(memref));
  ConvertFuncToLLVMPassOptions func;
  func.useBarePtrCallConv = true;
  func.indexBitwidth = 64;
  manager.addPass(createConvertFuncToLLVMPass(func));
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCallInParallelPass());
  manager.addPass(createAddCInterfacePass({options.target}));
}

void registerCPUPipelines() {
  PassPipelineRegistration<KernelToLLVMOptions>(
      "kernel-to-llvm",
      "From kernel operations with a planned arena to the LLVM dialect",
      buildKernelToLLVMPipeline);
}

} // namespace pare::cpu
