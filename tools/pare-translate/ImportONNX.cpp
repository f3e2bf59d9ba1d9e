//===- ImportONNX.cpp - pare-translate --import-onnx ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Translations.h"

#include "pare/Import/ONNX.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

void pare::registerONNXImport() {
  TranslateToMLIRRegistration registration(
      "import-onnx", "Import an ONNX network",
      [](const std::shared_ptr<llvm::SourceMgr> &sources,
         MLIRContext *context) -> OwningOpRef<Operation *> {
        const llvm::MemoryBuffer *file =
            sources->getMemoryBuffer(sources->getMainFileID());
        ONNXImportOptions options;
        options.batch = getBatchOption();
        return importONNX(file->getMemBufferRef(), context, options);
      },
      [](DialectRegistry &registry) { registerONNXImportDialects(registry); });
}
