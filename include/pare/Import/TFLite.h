//===- TFLite.h - Import of TensorFlow Lite files ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the public file format of TensorFlow Lite (schema version 3,
// https://github.com/tensorflow/tensorflow, tensorflow/lite/schema) and builds
// the same network in the nn dialect: one function @main whose arguments and
// results carry the tensors' names as `nn.name`, one operation or a few for
// each operator, with the operator's own name as location.
//
// Nothing in a file is believed: the flatbuffer is verified before it is read,
// and every index, shape, enumerator and buffer length is checked where it is
// used. A file that does not fit is refused with one error that names the file,
// the layer or tensor, and what was expected and found.
//
// Numerically the import is exact, with one exception: a layer with float
// activations and int8 weights (a "hybrid" layer) is imported as a float layer
// on dequantized weights, while TensorFlow Lite's own kernels also quantize the
// activations on the fly.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_IMPORT_TFLITE_H
#define PARE_IMPORT_TFLITE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <cstdint>
#include <memory>

namespace pare {

struct TFLiteImportOptions {
  /// Size of the first dimension where the file leaves it open (a -1 in a
  /// tensor's shape signature); at least 1. A file whose batch is fixed accepts
  /// only 1 or its own size.
  int64_t batch = 1;
};

/// Imports the network in `file`. Large constants of the module point into the
/// file's memory, without a copy: `owner` is kept by the context for as long as
/// they may be read, and must keep that memory alive and unchanged. The
/// buffer's identifier is the file name in messages. Returns null after an
/// error has been emitted to the diagnostic engine of `context`.
mlir::OwningOpRef<mlir::ModuleOp>
importTFLite(llvm::MemoryBufferRef file, std::shared_ptr<const void> owner,
             mlir::MLIRContext *context,
             const TFLiteImportOptions &options = {});

/// Reads and imports the file at `path`. The file is read, not mapped, so that
/// a later change of it on disk cannot change the network.
mlir::OwningOpRef<mlir::ModuleOp>
importTFLiteFile(llvm::StringRef path, mlir::MLIRContext *context,
                 const TFLiteImportOptions &options = {});

/// Registers the dialects that an imported module consists of. The import
/// itself loads them into its context.
void registerTFLiteImportDialects(mlir::DialectRegistry &registry);

} // namespace pare

#endif // PARE_IMPORT_TFLITE_H
