//===- NNPasses.td - Passes on the nn dialect -------------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_PASSES
#define PARE_NN_PASSES

include "mlir/Pass/PassBase.td"

// Passes that create large constants run on modules: the names of resources
// then do not depend on which thread comes first.
class NN_ModulePass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let dependentDialects = ["::pare::nn::NNDialect"];
}
class NN_FuncPass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::pare::nn::NNDialect"];
}

//===----------------------------------------------------------------------===//
// Preparation of a float network
//===----------------------------------------------------------------------===//

def InferShapesPass : NN_ModulePass<"nn-infer-shapes"> {
  let summary = "Replaces unknown dimensions, from the arguments onwards";
  let description = [{
    Sets the unknown leading dimensions of the arguments of every function to
    `batch`, infers the shapes of all layers in order, and gives the results of
    the functions the types that follow. Exact. Fails where operands do not fit
    or where an argument has another unknown dimension.

    ```mlir
    // Before, batch=4
    func.func @main(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = nn.relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %0 : tensor<?x8xf32>
    }
    // After
    func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
      %0 = nn.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
      return %0 : tensor<4x8xf32>
    }
    ```
  }];
  let options = [
    Option<"batch", "batch", "int64_t", "1",
           "Size of the leading dimension of arguments that leave it open">
  ];
  let statistics = [
    Statistic<"numRefined", "num-refined", "Number of refined layers">
  ];
}

def RecognizeLayersPass : NN_ModulePass<"nn-recognize-layers"> {
  let summary = "Finds layers that were exported as their arithmetic";
  let description = [{
    Sums and products of f32 values that are a layer of nn become that layer:

    - `nn.layer_norm`: a value less its mean over the last dimension, times
      `1 / sqrt(variance + epsilon)` and a constant, plus a constant, also in the
      form `x * s + (beta - mean * s)`;
    - `nn.gelu` with `approximate`: any sum of products that is `x/2 * (1 +
      tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`;
    - `nn.hard_swish`: any that is `x * clamp(x + 3, 0, 6) / 6`;
    - a positive factor before `nn.softmax` becomes its `beta`.

    One layer walks over memory once, and has an epilogue, a table or parameters
    of its own that a chain of sums and products does not have. Results differ by
    rounding alone.

    ```mlir
    // Before
    %0 = nn.add %x, %three act <relu6>
        : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    %1 = nn.mul %x, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %2 = nn.mul %1, %sixth : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    // After
    %2 = nn.hard_swish %x : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let statistics = [
    Statistic<"numRecognized", "num-recognized", "Number of layers found">
  ];
}

def FoldBatchNormPass : NN_ModulePass<"nn-fold-batch-norm"> {
  let summary = "Folds per-channel scales and shifts into the layer before";
  let description = [{
    A batch normalization after a convolution or a fully connected layer is one
    multiplication and one addition per channel, which the weights and the bias
    take over: `w' = w * s`, `b' = b * s + t` with `s = gamma / sqrt(variance +
    epsilon)`, `t = beta - mean * s`. So are a multiplication, division, addition
    or subtraction by a per-channel constant. The layer must have constant
    weights, no fused activation and no other user. A batch normalization with
    no such layer becomes a multiplication and an addition.

    The factors are computed in double and stored in f32, so the result differs
    from the original by rounding alone.
    Jacob et al., https://arxiv.org/abs/1712.05877, section 3.2

    ```mlir
    // Before
    %0 = nn.fully_connected %x, %w
        : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    %1 = nn.mul %0, %two
        : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
    // After
    %0 = nn.fully_connected %x, %w_times_two
        : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    ```
  }];
  let statistics = [
    Statistic<"numFolded", "num-folded",
              "Number of operations folded into a layer">,
    Statistic<"numSplit", "num-split",
              "Number of normalizations split into two operations">
  ];
}

def FuseActivationsPass : NN_FuncPass<"nn-fuse-activations"> {
  let summary = "Fuses clamps into the layer before";
  let description = [{
    `nn.relu`, `nn.relu6`, `nn.clip` and `nn.maximum` or `nn.minimum` with a
    constant of one value become the fused activation of the layer that computes
    their operand, if nothing else uses it. An activation that is already there
    is combined: the two clamps are one. Exact.

    ```mlir
    // Before
    %0 = nn.add %a, %b
        : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %1 = nn.relu6 %0 : (tensor<4xf32>) -> tensor<4xf32>
    // After
    %1 = nn.add %a, %b act <relu6>
        : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fused activations">
  ];
}

//===----------------------------------------------------------------------===//
// Pruning
//===----------------------------------------------------------------------===//

def PrunePass : NN_ModulePass<"nn-prune"> {
  let summary = "Sets the weights of least magnitude to zero";
  let description = [{
    The float filter of a layer is seen as a matrix with one row for an output
    channel. Its blocks of `block-rows` x `block-columns` are ranked by their
    mean magnitude, and the share `sparsity` of them with the least is set to
    zero, either in each layer or across all layers (`scope`). Blocks at the
    edge may be smaller.
    Han et al., https://arxiv.org/abs/1506.02626; Zhu and Gupta,
    https://arxiv.org/abs/1710.01878

    Depthwise layers and the first and the last layer are left alone unless
    asked for: they have few weights and suffer most. Approximates; the reached
    sparsity is reported by the statistics, its cost is for an evaluation to
    tell.

    ```mlir
    // Before, sparsity=0.5 prune-first-last=true
    %w = nn.constant dense<[[1.0, -4.0], [3.0, -2.0]]> : tensor<2x2xf32>
        -> tensor<2x2xf32>
    // After
    %w = nn.constant dense<[[0.0, -4.0], [3.0, 0.0]]> : tensor<2x2xf32>
        -> tensor<2x2xf32>
    ```
  }];
  let options = [
    Option<"sparsity", "sparsity", "double", "0.5",
           "Share of the weights to set to zero, 0 to 1">,
    Option<"scope", "scope", "::pare::nn::PruneScope",
           "::pare::nn::PruneScope::Layer", "Where blocks compete",
           [{::llvm::cl::values(
               clEnumValN(::pare::nn::PruneScope::Layer, "layer",
                          "each layer reaches the target"),
               clEnumValN(::pare::nn::PruneScope::Global, "global",
                          "the network reaches the target"))}]>,
    Option<"blockRows", "block-rows", "int64_t", "1",
           "Output channels of a block">,
    Option<"blockColumns", "block-columns", "int64_t", "1",
           "Weights of one output channel in a block">,
    Option<"minElements", "min-elements", "int64_t", "0",
           "Leave layers with fewer weights alone">,
    ListOption<"exclude", "exclude", "std::string",
               "Names of layers to leave alone">,
    Option<"pruneDepthwise", "prune-depthwise", "bool", "false",
           "Prune depthwise convolutions too">,
    Option<"pruneFirstLast", "prune-first-last", "bool", "false",
           "Prune the first and the last layer with weights too">
  ];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of pruned layers">,
    Statistic<"numWeights", "num-weights", "Number of weights in them">,
    Statistic<"numZeros", "num-zeros", "Number of them that are zero now">
  ];
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

def InsertFakeQuantPass : NN_FuncPass<"nn-insert-fake-quant"> {
  let summary = "Marks where the quantized network will round";
  let description = [{
    Puts `nn.fake_quant` without ranges on the f32 values that the integer
    network will hold as integers:

    - on weights: symmetric, narrow, one range per output channel;
    - on the result of each layer after its fused activation: asymmetric, one
      range (the range that the specification fixes for softmax, sigmoid and
      tanh);
    - on network inputs and on results of float layers where a quantized layer
      reads them.

    Results of pools and layers that move elements share the quantization of
    their operands; they get a node only where integers are rounded (averages,
    interpolation, clamps). Biases get none. Layers without an integer form, and
    those named by `float-layers`, stay in float. The latter get the attribute
    `keep_float`: it tells `nn-quantize` so, which removes it, although the
    layers before and after them are quantized.

    Without ranges the network computes the same as before: exact.

    ```mlir
    // Before
    %1 = nn.fully_connected %x, %w act <relu>
        : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    // After
    %x_q = nn.fake_quant %x <bits = 8> : tensor<1x2xf32>
    %w_q = nn.fake_quant %w <bits = 8, symmetric = true, narrow = true, axis = 0>
        : tensor<2x2xf32>
    %0 = nn.fully_connected %x_q, %w_q act <relu>
        : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    %1 = nn.fake_quant %0 <bits = 8> : tensor<1x2xf32>
    ```
  }];
  let options = [
    Option<"bits", "bits", "unsigned", "8", "Width of activations, 2 to 8">,
    Option<"weightBits", "weight-bits", "unsigned", "8",
           "Width of weights, 2 to 8">,
    Option<"weightsPerTensor", "weights-per-tensor", "bool", "false",
           "One range for each weight tensor instead of one per channel">,
    ListOption<"floatLayers", "float-layers", "std::string",
               "Names of layers that stay in float">
  ];
  let statistics = [
    Statistic<"numActivations", "num-activations",
              "Number of fake_quant operations on activations">,
    Statistic<"numWeights", "num-weights",
              "Number of fake_quant operations on weights">,
    Statistic<"numFloat", "num-float", "Number of layers left in float">
  ];
}

def QuantizePass : NN_ModulePass<"nn-quantize"> {
  let summary = "Turns fake quantization into quantized types";
  let description = [{
    A layer whose operands and result pass through `nn.fake_quant` becomes a
    layer on quantized types: constant weights become integers, a bias becomes
    i32 with the scale input scale * filter scale (per channel where the filter
    is). Layers that move elements follow their operands. All other layers stay
    in float between `nn.dequantize` and `nn.quantize`. With `io=int8` an
    argument or result that is quantized at the border of the function has the
    quantized type itself; with `io=float` the borders stay as they are.

    The quantized network computes what the fake-quantized one predicts, but for
    the rounding of biases and of requantization (one step at most in each
    layer). Fails if a range is missing.

    ```mlir
    // Before
    %x_q = nn.fake_quant %x <bits = 8> range [-1.0] to [1.0] : tensor<1x2xf32>
    %0 = nn.relu %x_q : (tensor<1x2xf32>) -> tensor<1x2xf32>
    %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [1.0] : tensor<1x2xf32>
    // After, %x of type tensor<1x2x!in>
    %1 = nn.relu %x : (tensor<1x2x!in>) -> tensor<1x2x!out>
    ```
  }];
  let options = [
    Option<"io", "io", "::pare::nn::BorderType", "::pare::nn::BorderType::Int8",
           "Types of quantized arguments and results",
           [{::llvm::cl::values(
               clEnumValN(::pare::nn::BorderType::Int8, "int8",
                          "integers, with the quantized type"),
               clEnumValN(::pare::nn::BorderType::Float, "float",
                          "f32, as before"))}]>
  ];
  let statistics = [
    Statistic<"numQuantized", "num-quantized", "Number of integer layers">,
    Statistic<"numFloat", "num-float", "Number of layers left in float">,
    Statistic<"numConstants", "num-constants",
              "Number of constants turned into integers">
  ];
}

def FoldScalesPass : NN_ModulePass<"nn-fold-scales"> {
  let summary = "Chooses the requantization rule and prepares its multipliers";
  let description = [{
    Sets the module attribute `nn.requant_mode` and gives every integer layer the
    attribute `scales` with the numbers that follow from the scales of its types;
    each operation documents their order. Exact within a mode; the two modes may
    differ by one step. Scales that are there are computed anew.

    ```mlir
    // Before, mode=float
    %1 = nn.mul %a, %b
        : (tensor<4x!quant.uniform<i8:f32, 0.5>>, tensor<4x!quant.uniform<i8:f32, 0.25>>)
          -> tensor<4x!quant.uniform<i8:f32, 1.0>>
    // After
    %1 = nn.mul %a, %b scales <mode = float, factors = [1.250000e-01]>
        : (tensor<4x!quant.uniform<i8:f32, 0.5>>, tensor<4x!quant.uniform<i8:f32, 0.25>>)
          -> tensor<4x!quant.uniform<i8:f32, 1.0>>
    ```
  }];
  let options = [
    Option<"mode", "mode", "::pare::nn::RequantMode",
           "::pare::nn::RequantMode::Float", "Rule of requantization",
           [{::llvm::cl::values(
               clEnumValN(::pare::nn::RequantMode::Fixed, "fixed",
                          "int32 multiplier and shift, as TFLite"),
               clEnumValN(::pare::nn::RequantMode::Float, "float",
                          "one f32 factor, round to nearest even"))}]>
  ];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of layers with scales">
  ];
}

def LegalizeQuantizedPass : NN_FuncPass<"nn-legalize-quantized"> {
  let summary = "Rewrites quantized layers that have no integer form";
  let description = [{
    A layer on quantized types whose arithmetic is not defined on integers
    becomes a float layer between `nn.dequantize` and `nn.quantize`: the rounding
    of its result stays where it was. A layer that must not change the
    quantization of its operands (pools, movement, maximum) but does gets
    `nn.requantize` on the operands that differ from its result.

    ```mlir
    // Before
    %1 = nn.pow %a, %b : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!c>
    // After
    %2 = nn.dequantize %a : (tensor<4x!a>) -> tensor<4xf32>
    %3 = nn.dequantize %b : (tensor<4x!b>) -> tensor<4xf32>
    %4 = nn.pow %2, %3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %1 = nn.quantize %4 : (tensor<4xf32>) -> tensor<4x!c>
    ```
  }];
  let statistics = [
    Statistic<"numFloat", "num-float", "Number of layers turned to float">,
    Statistic<"numRequantized", "num-requantized",
              "Number of inserted requantize operations">
  ];
}

def UnsignedToSignedPass : NN_ModulePass<"nn-unsigned-to-signed"> {
  let summary = "Turns u8 networks into i8 networks";
  let description = [{
    Every value of a u8 quantized type becomes the i8 value that stands for the
    same real number: integers and zero points move by 128. Arguments and results
    of functions keep their u8 types behind an `nn.requantize` of equal scales.
    Exact: the network gives the same bytes.

    ```mlir
    // Before
    func.func @f(%x: tensor<4x!quant.uniform<u8:f32, 0.5:128>>)
        -> tensor<4x!quant.uniform<u8:f32, 0.5:128>> {
      %0 = nn.relu %x : (tensor<4x!quant.uniform<u8:f32, 0.5:128>>)
          -> tensor<4x!quant.uniform<u8:f32, 0.5:128>>
      return %0 : tensor<4x!quant.uniform<u8:f32, 0.5:128>>
    }
    // After
    func.func @f(%x: tensor<4x!quant.uniform<u8:f32, 0.5:128>>)
        -> tensor<4x!quant.uniform<u8:f32, 0.5:128>> {
      %0 = nn.requantize %x : (tensor<4x!quant.uniform<u8:f32, 0.5:128>>)
          -> tensor<4x!quant.uniform<i8:f32, 0.5>>
      %1 = nn.relu %0 : (tensor<4x!quant.uniform<i8:f32, 0.5>>)
          -> tensor<4x!quant.uniform<i8:f32, 0.5>>
      %2 = nn.requantize %1 : (tensor<4x!quant.uniform<i8:f32, 0.5>>)
          -> tensor<4x!quant.uniform<u8:f32, 0.5:128>>
      return %2 : tensor<4x!quant.uniform<u8:f32, 0.5:128>>
    }
    ```
  }];
  let statistics = [
    Statistic<"numValues", "num-values", "Number of values that changed type">,
    Statistic<"numConstants", "num-constants", "Number of shifted constants">
  ];
}

def EliminateDeadChannelsPass : NN_ModulePass<"nn-eliminate-dead-channels"> {
  let summary = "Removes channels that are constant or that nothing needs";
  let description = [{
    An output channel whose weights are all zero is a constant, and what is made
    from constants alone is a constant. An input channel that all rows multiply
    by zero is not needed. Such channels are removed with everything that makes
    them and nothing else, through depthwise convolutions, pools, residuals,
    element-wise layers and flattening; their constants go into the biases of
    the layers that read them. Where a padded convolution reads a constant, the
    constant must be the zero of the padding.

    Exact: every bit of the results stays, in the requantization mode of the
    module (constants of integer layers depend on it). Float channels are
    removed where they are zero or not needed. The interpreter computes the
    constants, so shapes must be static. Prepared scales are kept.

    Sparse weights lose whole blocks: a channel goes only with those that share
    blocks with it. With `tear-blocks`, a layer gets dense weights where the
    channels that can go then leave less work than the zeros of its blocks.
    What a stored weight costs in place of a dense one, and a depthwise layer, is
    estimated for vectors of any processor; the choice is made for all layers,
    for none, or for those that gain by themselves, whichever is the least work
    of the network.

    With `multiple`, as many channels of a value stay as leave a multiple of it,
    where there was one before: vectors are no faster for a part of one. With
    `within-peak`, only those stay that make no more bytes alive at once than
    there are without them, so that the arena stays as small.

    ```mlir
    // Before: the second row of %w is zero, %b = [1.0, 0.0]
    %0 = nn.fully_connected %x, %w, %b
        : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
    %1 = nn.fully_connected %0, %v : (tensor<1x2xf32>, tensor<4x2xf32>) -> tensor<1x4xf32>
    // After
    %0 = nn.fully_connected %x, %w0, %b0
        : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
    %1 = nn.fully_connected %0, %v0 : (tensor<1x1xf32>, tensor<4x1xf32>) -> tensor<1x4xf32>
    ```
  }];
  let options = [
    Option<"multiple", "multiple", "int64_t", "1",
           "Keep a multiple of channels, where there is one">,
    Option<"withinPeak", "within-peak", "bool", "false",
           "Keep a multiple only where the most that is alive does not grow">,
    Option<"tearBlocks", "tear-blocks", "bool", "false",
           "Make sparse weights dense where fewer channels are less work">
  ];
  let statistics = [
    Statistic<"numChannels", "num-channels", "Number of removed channels">,
    Statistic<"numTorn", "num-torn", "Number of layers made dense for that">
  ];
}

def SparsifyPass : NN_ModulePass<"nn-sparsify"> {
  let summary = "Stores weights with many zeros as sparse matrices";
  let description = [{
    A convolution without groups or a fully connected layer with constant
    weights, float or quantized with zero point 0, becomes its sparse form if
    the share of weights in zero blocks is at least `threshold`. The matrix is
    stored by compressed rows of blocks of `block-rows` x `block-columns`; a
    layer that the blocks do not divide stays dense, and so does one of nothing
    but zeros. Exact.

    Where `block-rows` is 0, the blocks are those in which the weights were
    pruned: the largest that hold nearly all zeros. A layer whose zeros form no
    blocks stays dense.

    ```mlir
    // Before
    %w = nn.constant dense<[[0.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32>
        -> tensor<2x2xf32>
    %0 = nn.fully_connected %x, %w
        : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    // After
    %w = nn.sparse_constant positions dense<[0, 1, 1]> : tensor<3xi32>
        coordinates dense<1> : tensor<1xi32> values dense<2.0> : tensor<1xf32>
        : tensor<2x2xf32, #csr>
    %0 = nn.sparse_fully_connected %x, %w
        : (tensor<1x2xf32>, tensor<2x2xf32, #csr>) -> tensor<1x2xf32>
    ```
  }];
  let dependentDialects = ["::pare::nn::NNDialect",
                           "::mlir::sparse_tensor::SparseTensorDialect"];
  let options = [
    Option<"threshold", "threshold", "double", "0.7",
           "Least share of zeros, 0 to 1, for which the sparse form is taken">,
    Option<"blockRows", "block-rows", "int64_t", "1",
           "Output channels of a block; 0 to find the blocks">,
    Option<"blockColumns", "block-columns", "int64_t", "1",
           "Weights of one output channel in a block">
  ];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of layers made sparse">,
    Statistic<"numDropped", "num-dropped", "Number of weights not stored">
  ];
}

#endif // PARE_NN_PASSES
