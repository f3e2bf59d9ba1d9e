//===- Pipelines.h - Passes in the order of the story -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Pipelines of passes on nn, each with a struct of options. The same structs
/// serve the command line of pare-opt and callers in C++.

#ifndef PARE_PIPELINES_PIPELINES_H
#define PARE_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "pare/Calibration/Calibration.h"
#include "pare/Dialect/NN/Transforms/Passes.h"

namespace pare {

/// Options of the pipeline that prepares a float network.
struct SimplifyPipelineOptions
    : mlir::PassPipelineOptions<SimplifyPipelineOptions> {
  Option<int64_t> batch{
      *this, "batch",
      llvm::cl::desc("Size of the leading dimension where it is open"),
      llvm::cl::init(1)};
};

/// Options of the pipeline from a float network to an int8 one.
struct Int8PipelineOptions : mlir::PassPipelineOptions<Int8PipelineOptions> {
  Option<std::string> samples{
      *this, "samples", llvm::cl::desc("Calibration samples (.npy or .npz)")};
  Option<double> inputScale{*this, "input-scale",
                            llvm::cl::desc("Factor on the samples"),
                            llvm::cl::init(1.0)};
  Option<double> inputOffset{*this, "input-offset",
                             llvm::cl::desc("Added to the samples"),
                             llvm::cl::init(0.0)};
  Option<int64_t> limit{*this, "limit",
                        llvm::cl::desc("Use at most so many samples; 0: all"),
                        llvm::cl::init(0)};
  Option<nn::CalibrationBackend> backend{
      *this, "backend", llvm::cl::desc("What runs the samples"),
      llvm::cl::init(nn::CalibrationBackend::Jit),
      llvm::cl::values(
          clEnumValN(nn::CalibrationBackend::Jit, "jit", "compiled code"),
          clEnumValN(nn::CalibrationBackend::Reference, "reference",
                     "the interpreter"))};
  Option<bool> correctBias{
      *this, "correct-bias",
      llvm::cl::desc("Take the mean error of rounded weights out of biases"),
      llvm::cl::init(false)};
  Option<int64_t> batch{
      *this, "batch",
      llvm::cl::desc("Size of the leading dimension where it is open"),
      llvm::cl::init(1)};
  Option<unsigned> weightBits{*this, "weight-bits",
                              llvm::cl::desc("Width of weights, 2 to 8"),
                              llvm::cl::init(8)};
  Option<bool> weightsPerTensor{
      *this, "weights-per-tensor",
      llvm::cl::desc("One range for each weight tensor"),
      llvm::cl::init(false)};
  ListOption<std::string> floatLayers{
      *this, "float-layers", llvm::cl::desc("Layers that stay in float")};
  Option<nn::BorderType> io{
      *this, "io", llvm::cl::desc("Types of arguments and results"),
      llvm::cl::init(nn::BorderType::Int8),
      llvm::cl::values(
          clEnumValN(nn::BorderType::Int8, "int8", "quantized"),
          clEnumValN(nn::BorderType::Float, "float", "f32 as before"))};
  Option<nn::RequantMode> requantMode{
      *this, "requant-mode", llvm::cl::desc("Rule of requantization"),
      llvm::cl::init(nn::RequantMode::Float),
      llvm::cl::values(
          clEnumValN(nn::RequantMode::Fixed, "fixed", "multiplier and shift"),
          clEnumValN(nn::RequantMode::Float, "float", "one f32 factor"))};
  Option<double> sparsity{
      *this, "sparsity",
      llvm::cl::desc("Share of the weights to prune; 0: no pruning"),
      llvm::cl::init(0.0)};
  Option<nn::PruneScope> pruneScope{
      *this, "prune-scope", llvm::cl::desc("Where blocks compete"),
      llvm::cl::init(nn::PruneScope::Layer),
      llvm::cl::values(
          clEnumValN(nn::PruneScope::Layer, "layer", "in each layer"),
          clEnumValN(nn::PruneScope::Global, "global", "in the network"))};
  Option<bool> pruneFirstLast{
      *this, "prune-first-last",
      llvm::cl::desc("Prune the first and the last layer too"),
      llvm::cl::init(false)};
  Option<bool> pruneDepthwise{
      *this, "prune-depthwise",
      llvm::cl::desc("Prune depthwise convolutions too"),
      llvm::cl::init(false)};
  ListOption<std::string> pruneExclude{
      *this, "prune-exclude", llvm::cl::desc("Layers that are not pruned")};
  Option<int64_t> blockRows{
      *this, "block-rows",
      llvm::cl::desc("Output channels of a block, for pruning and storage"),
      llvm::cl::init(1)};
  Option<int64_t> blockColumns{
      *this, "block-columns",
      llvm::cl::desc("Weights of one output channel in a block"),
      llvm::cl::init(1)};
  Option<double> sparsifyThreshold{
      *this, "sparsify-threshold",
      llvm::cl::desc("Least share of zeros for sparse storage; 0: never"),
      llvm::cl::init(0.0)};
};

/// Infer shapes, canonicalize, recognize layers, fold batch normalizations,
/// fuse activations: the form that all later passes expect. Exact up to float
/// rounding.
void buildSimplifyPipeline(mlir::OpPassManager &manager,
                           const SimplifyPipelineOptions &options);

/// The simplify pipeline, [prune], insert fake-quant, calibrate, [correct
/// biases], quantize, legalize, fold scales, [sparsify].
void buildInt8Pipeline(mlir::OpPassManager &manager,
                       const Int8PipelineOptions &options);

/// Registers --pare-simplify-pipeline and --pare-int8-pipeline.
void registerParePipelines();

} // namespace pare

#endif // PARE_PIPELINES_PIPELINES_H
