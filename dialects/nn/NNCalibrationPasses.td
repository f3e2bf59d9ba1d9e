//===- NNCalibrationPasses.td - Passes that run the network -----------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_CALIBRATION_PASSES
#define PARE_NN_CALIBRATION_PASSES

include "mlir/Pass/PassBase.td"

def CalibratePass : Pass<"nn-calibrate", "::mlir::ModuleOp"> {
  let summary = "Fills in the ranges of fake_quant operations";
  let description = [{
    Ranges of weights follow from the weights. Ranges of activations are the
    least and the greatest value seen while the float network runs over the
    samples of a .npy file (one input) or a .npz file (a member for each
    argument, by its name, or in order). The first axis of each tensor numbers
    the samples; elements are used as `x * input-scale + input-offset`.

    Operations whose values share one quantization (pools, movement, concat,
    maximum) share the union of their ranges. A range is widened to hold zero
    when its scale is chosen. The range of a channel of weights is widened, if
    need be, until its bias fits 32 bits; a channel of zeros takes the range of
    the whole tensor. Ranges that are there already stay.

    Fails on an empty set, on samples of a wrong shape, and on values that are
    not numbers, naming the sample or the layer.

    ```mlir
    // Before
    %1 = nn.fake_quant %0 <bits = 8> : tensor<1x2xf32>
    // After
    %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [5.5] : tensor<1x2xf32>
    ```
  }];
  let dependentDialects = ["::pare::nn::NNDialect"];
  let options = [
    Option<"samples", "samples", "std::string", "",
           "File of samples (.npy or .npz)">,
    Option<"inputScale", "input-scale", "double", "1.0",
           "Factor on the elements of samples">,
    Option<"inputOffset", "input-offset", "double", "0.0",
           "Added to the elements of samples after the factor">,
    Option<"limit", "limit", "int64_t", "0",
           "Use at most so many samples; 0 for all">,
    Option<"function", "function", "std::string", "",
           "Name of the function to run; needed if there are several">,
    Option<"backend", "backend", "::pare::nn::CalibrationBackend",
           "::pare::nn::CalibrationBackend::Jit", "What runs the network",
           [{::llvm::cl::values(
               clEnumValN(::pare::nn::CalibrationBackend::Jit, "jit",
                          "code compiled for this machine"),
               clEnumValN(::pare::nn::CalibrationBackend::Reference,
                          "reference", "the interpreter"))}]>
  ];
  let statistics = [
    Statistic<"numWeights", "num-weights", "Number of ranges of constants">,
    Statistic<"numActivations", "num-activations",
              "Number of ranges of activations">,
    Statistic<"numSamples", "num-samples", "Number of samples">
  ];
}

def CorrectBiasPass : Pass<"nn-correct-bias", "::mlir::ModuleOp"> {
  let summary = "Takes the mean error of quantized weights out of the biases";
  let description = [{
    Rounding weights shifts the mean of a layer's results by what the rounding
    errors of its weights make of the mean of its inputs. The pass measures the
    mean of each input channel over the samples, on the float network, and adds
    `sum((w - quantized w) * mean)` to the bias of each output channel. It looks
    at convolutions and fully connected layers whose weights pass through a
    `nn.fake_quant` with a range; a layer without a bias gets one. That kernels
    read padding at the border is left out: it made no difference on the networks
    measured. Approximates.
    Nagel et al., https://arxiv.org/abs/1906.04721, section 4.2

    ```mlir
    // Before: 0.6 is rounded to 1.0, the inputs have the mean 2.0
    %1 = nn.fully_connected %x, %w, %b
        : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
    // After: %c = %b - 0.8
    %1 = nn.fully_connected %x, %w, %c
        : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
    ```
  }];
  let dependentDialects = ["::pare::nn::NNDialect"];
  let options = [
    Option<"samples", "samples", "std::string", "",
           "File of samples (.npy or .npz)">,
    Option<"inputScale", "input-scale", "double", "1.0",
           "Factor on the elements of samples">,
    Option<"inputOffset", "input-offset", "double", "0.0",
           "Added to the elements of samples after the factor">,
    Option<"limit", "limit", "int64_t", "0",
           "Use at most so many samples; 0 for all">,
    Option<"function", "function", "std::string", "",
           "Name of the function to run; needed if there are several">,
    Option<"backend", "backend", "::pare::nn::CalibrationBackend",
           "::pare::nn::CalibrationBackend::Jit", "What runs the network",
           [{::llvm::cl::values(
               clEnumValN(::pare::nn::CalibrationBackend::Jit, "jit",
                          "code compiled for this machine"),
               clEnumValN(::pare::nn::CalibrationBackend::Reference,
                          "reference", "the interpreter"))}]>
  ];
  let statistics = [
    Statistic<"numCorrected", "num-corrected", "Number of corrected layers">
  ];
}

#endif // PARE_NN_CALIBRATION_PASSES
