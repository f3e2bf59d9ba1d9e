//===- ImportTFLite.cpp - pare-translate --import-tflite ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Translations.h"

#include "pare/Import/TFLite.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

static llvm::cl::opt<int64_t> batch(
    "batch",
    llvm::cl::desc("Batch size where the imported network leaves it open"),
    llvm::cl::init(1));

int64_t pare::getBatchOption() { return batch; }

void pare::registerTFLiteImport() {
  TranslateToMLIRRegistration registration(
      "import-tflite", "Import a TensorFlow Lite network",
      [](const std::shared_ptr<llvm::SourceMgr> &sources,
         MLIRContext *context) -> OwningOpRef<Operation *> {
        const llvm::MemoryBuffer *file =
            sources->getMemoryBuffer(sources->getMainFileID());
        TFLiteImportOptions options;
        options.batch = batch;
        return importTFLite(file->getMemBufferRef(), sources, context, options);
      },
      [](DialectRegistry &registry) {
        registerTFLiteImportDialects(registry);
      });
}
