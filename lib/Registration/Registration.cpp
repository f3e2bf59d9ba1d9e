//===- Registration.cpp - All of Pare, by one call ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Registration/Registration.h"
#include "pare/Conversion/NNToKernel/NNToKernel.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Pipelines/Pipelines.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

using namespace mlir;

void pare::registerPareDialects(DialectRegistry &registry) {
  registry.insert<kernel::KernelDialect, nn::NNDialect>();
}

void pare::registerAllDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerPareDialects(registry);
}

void pare::registerParePasses() {
  nn::registerNNPasses();
  nn::registerNNCalibrationPasses();
  kernel::registerLowerNNToKernelPass();
  kernel::registerElideCopiesPass();
  kernel::registerFuseClampsPass();
  kernel::registerFuseFunctionsPass();
  kernel::registerFuseResidualsPass();
  kernel::registerFuseTablesPass();
  kernel::registerInsertTimestampsPass();
  kernel::registerChooseRegionsPass();
  kernel::registerPlanMemoryPass();
  kernel::registerSplitRowsPass();
  cpu::registerKernelCPUPasses();
  cpu::registerCPUPipelines();
  registerParePipelines();
}

void pare::registerAllPasses() {
  mlir::registerAllPasses();
  registerParePasses();
}
