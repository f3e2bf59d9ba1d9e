//===- Passes.h - Passes on the nn dialect ----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Constructors, options and registration of the passes that
/// dialects/nn/NNPasses.td describes.

#ifndef PARE_DIALECT_NN_TRANSFORMS_PASSES_H
#define PARE_DIALECT_NN_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/Support/CommandLine.h"

namespace pare::nn {

/// Where the blocks of weights compete in nn-prune.
enum class PruneScope { Layer, Global };

/// Types that nn-quantize gives to quantized arguments and results.
enum class BorderType { Int8, Float };

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"

} // namespace pare::nn

#endif // PARE_DIALECT_NN_TRANSFORMS_PASSES_H
