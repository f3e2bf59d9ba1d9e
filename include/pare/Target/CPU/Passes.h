//===- Passes.h - Passes from kernel to LLVM --------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes that dialects/kernel/KernelCPUPasses.td describes, and the
// pipeline of them and upstream's that ends in the LLVM dialect.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_PASSES_H
#define PARE_TARGET_CPU_PASSES_H

#include "pare/Target/CPU/CodeOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

#include <memory>
#include <string>

namespace pare::cpu {

#define GEN_PASS_DECL
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

/// Options of kernel-to-llvm.
struct KernelToLLVMOptions
    : public mlir::PassPipelineOptions<KernelToLLVMOptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc(
          "native, generic, x86-64, x86-64-v2, x86-64-v3, x86-64-vnni "
          "(avx-vnni), x86-64-v4 (avx512-vnni), aarch64, aarch64+dotprod or "
          "aarch64+i8mm"),
      llvm::cl::init("native")};
  Option<int64_t> threadCycles{
      *this, "thread-cycles",
      llvm::cl::desc("least work of a thread in cycles, 0 to share every "
                     "layer, negative for what suits the target"),
      llvm::cl::init(-1)};
  Option<bool> chooseSparse{
      *this, "choose-sparse",
      llvm::cl::desc("decide for each layer between dense and sparse weights; "
                     "otherwise they stay as they are"),
      llvm::cl::init(true)};
  Option<int64_t> winograd{
      *this, "winograd",
      llvm::cl::desc("size of the tiles of 3x3 convolutions: 2 or 4 for all, 0 "
                     "for none, negative for what is expected to be faster"),
      llvm::cl::init(-1)};
  Option<int64_t> stripes{
      *this, "stripes",
      llvm::cl::desc("rows at a time of every chain of depthwise and 1x1 "
                     "convolutions that can run in stripes, 0 for none, "
                     "negative for what is expected to be faster"),
      llvm::cl::init(-1)};
  Option<int64_t> pixelBlocks{
      *this, "pixel-blocks",
      llvm::cl::desc("images between sparse layers of floats in blocks of "
                     "pixels: 1 for all that can, 0 for none, negative for "
                     "where it is expected to be faster"),
      llvm::cl::init(-1)};
  Option<std::string> tuning{
      *this, "tuning",
      llvm::cl::desc("file of measured choices; see kernel-apply-tuning"),
      llvm::cl::init("")};
  Option<bool> sparseRemarks{*this, "sparse-remarks",
                             llvm::cl::desc("say what was decided"),
                             llvm::cl::init(false)};

  /// Sets all but the target and its threads.
  void set(const CodeOptions &code);
};

/// Adds the passes that choose, in the kernel dialect, what computes each
/// layer: the first ones of the pipelines below. A second time they change
/// nothing.
void buildKernelChoicePipeline(mlir::OpPassManager &manager,
                               const KernelToLLVMOptions &options);

/// Adds the passes from kernel (with a planned arena) to loops of vectors,
/// after which the arena's size is known, with the scratch memory of layers.
void buildKernelToVectorPipeline(mlir::OpPassManager &manager,
                                 const KernelToLLVMOptions &options);

/// Adds all passes from kernel (with a planned arena) to the LLVM dialect with
/// the C interface.
void buildKernelToLLVMPipeline(mlir::OpPassManager &manager,
                               const KernelToLLVMOptions &options);

/// Registers `kernel-to-llvm`.
void registerCPUPipelines();

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_PASSES_H
