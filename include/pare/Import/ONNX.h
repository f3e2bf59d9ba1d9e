//===- ONNX.h - Import of ONNX files ----------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the public ONNX file format (https://onnx.ai/onnx/repo-docs/IR.html,
// operators of the default domain, operator sets 6 to 21) and builds the same
// network in the nn dialect: one function @main whose arguments and results
// carry the values' names as `nn.name`, one operation or a few for each node,
// with the name of the node's first output as location.
//
// ONNX images are NCHW and nn images NHWC. Inside of the network images are
// kept NHWC, filters are turned once, at import, and a transpose is left where
// an order that can be seen demands it: at an input or output of the network,
// or where an image becomes a list. Arguments and results keep the shapes of
// the file.
//
// A file in QDQ form (QuantizeLinear and DequantizeLinear around float nodes)
// becomes a network of integer layers where a layer has both around it.
//
// Nothing in a file is believed: every index, shape, attribute and data length
// is checked where it is used. A file that does not fit is refused with one
// error that names the file, the node or value, and what was expected and
// found.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_IMPORT_ONNX_H
#define PARE_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <cstdint>

namespace pare {

struct ONNXImportOptions {
  /// Size of the first dimension of an input where the file leaves it open; at
  /// least 1. A file whose batch is fixed accepts only 1 or its own size.
  int64_t batch = 1;
};

/// Imports the network in `file`, whose memory is not needed afterwards. The
/// buffer's identifier is the file name in messages. Returns null after an
/// error has been emitted to the diagnostic engine of `context`.
mlir::OwningOpRef<mlir::ModuleOp>
importONNX(llvm::MemoryBufferRef file, mlir::MLIRContext *context,
           const ONNXImportOptions &options = {});

/// Reads and imports the file at `path`.
mlir::OwningOpRef<mlir::ModuleOp>
importONNXFile(llvm::StringRef path, mlir::MLIRContext *context,
               const ONNXImportOptions &options = {});

/// Registers the dialects that an imported module consists of. The import
/// itself loads them into its context.
void registerONNXImportDialects(mlir::DialectRegistry &registry);

} // namespace pare

#endif // PARE_IMPORT_ONNX_H
