//===- Lowering.h - From a finished network to planned kernels --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The pipeline that all back ends start with. It is apart from the others
/// because what runs a network for calibration needs it too.

#ifndef PARE_PIPELINES_LOWERING_H
#define PARE_PIPELINES_LOWERING_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "pare/Dialect/NN/IR/NN.h"

namespace pare {

/// Options of the pipeline from nn to kernel.
struct KernelPipelineOptions
    : mlir::PassPipelineOptions<KernelPipelineOptions> {
  Option<int64_t> batch{
      *this, "batch",
      llvm::cl::desc("Size of the leading dimension where it is open"),
      llvm::cl::init(1)};
  Option<nn::RequantMode> requantMode{
      *this, "requant-mode", llvm::cl::desc("Rule of requantization"),
      llvm::cl::init(nn::RequantMode::Float),
      llvm::cl::values(
          clEnumValN(nn::RequantMode::Fixed, "fixed", "multiplier and shift"),
          clEnumValN(nn::RequantMode::Float, "float", "one f32 factor"))};
  Option<bool> fuseFunctions{
      *this, "fuse-functions",
      llvm::cl::desc("Contractions compute functions of their results, of "
                     "floats: for the CPU"),
      llvm::cl::init(false)};
  Option<bool> fuseTables{
      *this, "fuse-tables",
      llvm::cl::desc("Convolutions compute functions of their results, of "
                     "8-bit integers, where it is faster: for the CPU"),
      llvm::cl::init(false)};
  Option<bool> fuseAllTables{
      *this, "fuse-all-tables",
      llvm::cl::desc("Convolutions compute all functions of their results, of "
                     "8-bit integers: for the CPU"),
      llvm::cl::init(false)};
  Option<bool> fuseResiduals{
      *this, "fuse-residuals",
      llvm::cl::desc("Contractions add residuals of floats: for the CPU"),
      llvm::cl::init(false)};
  Option<int64_t> fuseIntegerResidualsFrom{
      *this, "fuse-integer-residuals-from",
      llvm::cl::desc("Contractions add residuals of 8-bit integers, if both "
                     "summands and the result take at least so many bytes; "
                     "-1: none. For the CPU"),
      llvm::cl::init(-1)};
  Option<bool> keepBlocks{
      *this, "keep-blocks",
      llvm::cl::desc("store weights that were pruned in blocks sparsely, for "
                     "targets that choose between sparse and dense"),
      llvm::cl::init(false)};
  Option<double> sparsify{
      *this, "sparsify",
      llvm::cl::desc("store weights sparsely of which at least this share is "
                     "zero; 0 for none"),
      llvm::cl::init(0.0)};
  Option<bool> keepDeadChannels{
      *this, "keep-dead-channels",
      llvm::cl::desc("compute channels that no input changes, too"),
      llvm::cl::init(false)};
  Option<int64_t> channelMultiple{
      *this, "channel-multiple",
      llvm::cl::desc("of other channels leave a multiple where there is one"),
      llvm::cl::init(1)};
  Option<bool> channelsWithinPeak{
      *this, "channels-within-peak",
      llvm::cl::desc("leave a multiple only where the arena does not grow"),
      llvm::cl::init(false)};
};

/// From any network in nn, float or quantized, to operations of kernel with one
/// planned arena: infers shapes, canonicalizes (which also folds casts of f16
/// constants), recognizes layers, folds batch normalizations, fuses
/// activations, turns u8 into i8, legalizes quantized layers, folds scales for
/// `requantMode`, [keeps blocks, removes dead channels,] lowers, fuses, elides
/// copies, plans. Exact up to float rounding, and to the bit on integer layers.
void buildKernelPipeline(mlir::OpPassManager &manager,
                         const KernelPipelineOptions &options);

} // namespace pare

#endif // PARE_PIPELINES_LOWERING_H
