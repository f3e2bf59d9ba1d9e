//===- NNOpsNormalize.td - Softmax, reductions, normalization ---------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_NORMALIZE
#define PARE_NN_OPS_NORMALIZE

include "NNOpBase.td"

class NN_SoftmaxLikeOp<string mnemonic, string rule, dag more>
    : NN_LayerOp<mnemonic, rule> {
  let arguments = !con((ins NN_RealTensor:$input), more,
                       (ins DefaultValuedAttr<NN_I64, "-1">:$axis));
  let results = (outs NN_RealTensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferAlongAxis(*this, getAxis(), shapes)">.definition;
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_SoftmaxOp : NN_SoftmaxLikeOp<"softmax", "Fixed",
    (ins DefaultValuedAttr<F32Attr, "1.0f">:$beta)> {
  let summary = "exp(beta * x) / sum exp(beta * x) along one axis";
  let description = [{
    `axis` counts from the end if negative. Quantized results have scale 1/256
    and zero point -128, and the axis must be the last one.
  }];
  let extraClassDeclaration = quantRule # [{
    ::mlir::quant::UniformQuantizedType getFixedResultType();
  }];
  let hasVerifier = 1;
}

def NN_LogSoftmaxOp : NN_SoftmaxLikeOp<"log_softmax", "None", (ins)> {
  let summary = "x - log sum exp(x) along one axis";
}

class NN_ReduceOp<string mnemonic, string rule, dag more = (ins)>
    : NN_LayerOp<mnemonic, rule> {
  let arguments = !con((ins NN_Tensor:$input, DenseI64ArrayAttr:$axes,
                        UnitAttr:$keep_dims), more);
  let results = (outs NN_Tensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferReduce(*this, getAxes(), getKeepDims(), shapes)">.definition;
  let assemblyFormat = [{
    $input `axes` $axes attr-dict `:` functional-type(operands, results)
  }];
  let description = [{
    Reduces the dimensions `axes` (non-negative, increasing); they stay as
    dimensions of size one if `keep_dims`.
  }];
}

/// `scales` after fold-scales: one entry, input scale / (count * result scale)
/// for the mean and input scale / result scale for the sum.
class NN_ScaledReduceOp<string mnemonic>
    : NN_ReduceOp<mnemonic, "Own", (ins OptionalAttr<NN_ScalesAttr>:$scales)> {
  let assemblyFormat = [{
    $input `axes` $axes (`scales` $scales^)? attr-dict
    `:` functional-type(operands, results)
  }];
}
def NN_ReduceMeanOp : NN_ScaledReduceOp<"reduce_mean"> {
  let summary = "mean over dimensions";
}
def NN_ReduceSumOp : NN_ScaledReduceOp<"reduce_sum"> {
  let summary = "sum over dimensions";
}
def NN_ReduceMaxOp : NN_ReduceOp<"reduce_max", "SameAsInput"> {
  let summary = "maximum over dimensions";
}
def NN_ReduceMinOp : NN_ReduceOp<"reduce_min", "SameAsInput"> {
  let summary = "minimum over dimensions";
}

def NN_BatchNormOp : NN_LayerOp<"batch_norm", "None"> {
  let summary = "batch normalization with trained statistics";
  let description = [{
    `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with one value of
    each per channel (last dimension).
    Ioffe and Szegedy, https://arxiv.org/abs/1502.03167
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_FloatTensor1D:$gamma,
    NN_FloatTensor1D:$beta, NN_FloatTensor1D:$mean, NN_FloatTensor1D:$variance,
    F32Attr:$epsilon);
  let results = (outs NN_FloatTensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferSameShape(getInput(), shapes)">.definition;
  let assemblyFormat = [{
    $input `,` $gamma `,` $beta `,` $mean `,` $variance attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_LayerNormOp : NN_LayerOp<"layer_norm", "None"> {
  let summary = "layer normalization over the last dimension";
  let description = [{
    `(x - mean(x)) / sqrt(variance(x) + epsilon) * gamma + beta`, mean and
    variance over the last dimension. Ba et al., https://arxiv.org/abs/1607.06450
  }];
  let arguments = (ins NN_RealTensor:$input, NN_FloatTensor1D:$gamma,
    NN_FloatTensor1D:$beta, F32Attr:$epsilon);
  let results = (outs NN_RealTensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferSameShape(getInput(), shapes)">.definition;
  let assemblyFormat = [{
    $input `,` $gamma `,` $beta attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // PARE_NN_OPS_NORMALIZE
