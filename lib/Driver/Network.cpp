//===- Network.cpp - Networks in files ------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Network.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "pare/Driver/Backend.h"
#include "pare/Driver/Diagnostics.h"
#include "pare/Import/ONNX.h"
#include "pare/Import/TFLite.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/Signature.h"
#include "pare/Support/FileInput.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

/// Whether the bytes are a TFLite file: the identifier of a flatbuffer stands
/// after its root offset.
static bool isTFLite(StringRef bytes) {
  return bytes.size() >= 8 && bytes.substr(4, 4) == "TFL3";
}

llvm::Expected<Network> Network::load(StringRef path, int64_t batch) {
  // Constants lie in bytecode at up to this alignment, and are read in place.
  constexpr uint64_t kAlignment = 64;
  auto file = readFile(path, llvm::Align(kAlignment));
  if (!file)
    return file.takeError();
  if (isSharedLibrary(path))
    return llvm::createStringError(
        path + ": expected a network, found a shared library");
  DialectRegistry registry;
  registerAllDialects(registry);
  Network network(
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED),
      path.str());
  MLIRContext *context = network.getContext();
  context->printOpOnDiagnostic(false);
  DiagnosticCollector diagnostics(context, path);
  if (isTFLite((*file)->getBuffer()) || path.ends_with(".tflite")) {
    std::shared_ptr<llvm::MemoryBuffer> owner = std::move(*file);
    network.module = importTFLite(owner->getMemBufferRef(), owner, context,
                                  TFLiteImportOptions{batch});
  } else if (path.ends_with(".onnx")) {
    // The format has no mark of its own in its bytes.
    network.module = importONNX((*file)->getMemBufferRef(), context,
                                ONNXImportOptions{batch});
  } else {
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(std::move(*file), llvm::SMLoc());
    network.module = parseSourceFile<ModuleOp>(sources, context);
  }
  if (!network.module)
    return diagnostics.takeError("expected a network (.tflite, .onnx, .mlir "
                                 "or .mlirbc)");
  return network;
}

llvm::Expected<func::FuncOp> Network::getFunction() {
  llvm::Expected<func::FuncOp> func = findNetwork(*module);
  if (!func)
    return llvm::createStringError(path + ": " +
                                   llvm::toString(func.takeError()));
  return func;
}

llvm::Error Network::runPasses(llvm::function_ref<void(PassManager &)> build) {
  PassManager passes(context.get());
#ifdef NDEBUG
  // Checking all of a network after each pass takes a seventh of the time. What
  // passes promise each other is tested with pare-opt.
  passes.enableVerifier(false);
#endif
  build(passes);
  DiagnosticCollector diagnostics(context.get(), path);
  if (failed(passes.run(*module)) || failed(verify(*module)))
    return diagnostics.takeError("a pass failed");
  return llvm::Error::success();
}
