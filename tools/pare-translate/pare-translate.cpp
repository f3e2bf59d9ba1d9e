//===- pare-translate.cpp - Between model files, IR and source code -------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Translations.h"

#include "mlir/InitAllTranslations.h"
#include "mlir/Support/LLVM.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  mlir::registerAllTranslations();
  pare::registerTFLiteImport();
  pare::registerONNXImport();
  pare::registerCTranslations();
  return mlir::failed(mlir::mlirTranslateMain(
      argc, argv, "Pare network compiler: importers and exporters\n"));
}
