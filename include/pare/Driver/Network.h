//===- Network.h - Networks in files ----------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DRIVER_NETWORK_H
#define PARE_DRIVER_NETWORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace pare::driver {

/// A network in memory with the context that owns its IR.
class Network {
public:
  /// Reads a .tflite, .onnx, .mlir or .mlirbc file: ONNX by its name, which is
  /// all that marks it, the others told apart by content (a
  /// flatbuffer's "TFL3", bytecode's "ML\xefR", text otherwise). `batch` fixes
  /// a dynamic batch. Errors name the file and the layer.
  static llvm::Expected<Network> load(llvm::StringRef path, int64_t batch = 1);

  const std::string &getPath() const { return path; }
  mlir::ModuleOp getModule() { return *module; }
  mlir::MLIRContext *getContext() { return context.get(); }

  /// The function that is the network.
  llvm::Expected<mlir::func::FuncOp> getFunction();

  /// Runs the passes that `build` adds over the module; the errors are those of
  /// the passes, prefixed by the path.
  llvm::Error runPasses(llvm::function_ref<void(mlir::PassManager &)> build);

private:
  Network(std::unique_ptr<mlir::MLIRContext> context, std::string path)
      : context(std::move(context)), path(std::move(path)) {}

  // The module must die before its context.
  std::unique_ptr<mlir::MLIRContext> context;
  std::string path;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace pare::driver

#endif // PARE_DRIVER_NETWORK_H
