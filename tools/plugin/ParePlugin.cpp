//===- ParePlugin.cpp - Pare for a stock mlir-opt -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mlir-opt --load-dialect-plugin=ParePlugin.so --load-pass-plugin=ParePlugin.so
//
//===----------------------------------------------------------------------===//

#include "pare/Registration/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Pare", LLVM_VERSION_STRING,
          [] { pare::registerParePasses(); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Pare", LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *registry) {
            pare::registerPareDialects(*registry);
          }};
}
