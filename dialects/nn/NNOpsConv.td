//===- NNOpsConv.td - Convolutions and matrix products ----------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_CONV
#define PARE_NN_OPS_CONV

include "NNOpBase.td"

defvar NN_ScalesOfWeighted = [{
    `scales` after fold-scales: one entry for each output channel, or one for
    all: input scale * filter scale / result scale.
}];

def NN_Conv2DOp : NN_WeightedOp<"conv2d", "0"> {
  let summary = "2-D convolution, grouped if the filter has fewer channels";
  let description = [{
    `input` is NxHxWxC, `filter` OxKHxKWxI with C a multiple of I (C / I is the
    number of groups), `bias` has O elements. The result size is
    `(H + top + bottom - dilation * (KH - 1) - 1) / stride + 1`, rounded down.
    Padding stands for the real value zero.

    Example:

    ```mlir
    %1 = nn.conv2d %x, %w, %b strides [2, 2] pad [0, 1, 0, 1] act <relu6>
        : (tensor<1x32x32x3xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>)
          -> tensor<1x16x16x8xf32>
    ```
  }] # NN_ScalesOfWeighted;
  let arguments = (ins NN_Tensor4D:$input, NN_Tensor4D:$filter,
    Optional<NN_Tensor1D>:$bias,
    DefaultValuedAttr<NN_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<NN_Pair, "{1, 1}">:$dilations,
    DefaultValuedAttr<NN_Padding, "{0, 0, 0, 0}">:$padding,
    OptionalAttr<NN_ActivationAttr>:$activation,
    OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_Tensor4D:$output);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? (`strides` $strides^)?
    (`dilations` $dilations^)? (`pad` $padding^)? (`act` $activation^)?
    (`scales` $scales^)? attr-dict `:` functional-type(operands, results)
  }];
}

def NN_DepthwiseConv2DOp : NN_WeightedOp<"depthwise_conv2d", "3"> {
  let summary = "2-D convolution of every channel by itself";
  let description = [{
    `input` is NxHxWxC, `filter` 1xKHxKWx(C*M): result channel `c*M + m` is made
    from input channel `c` alone. Sizes as for `nn.conv2d`.
  }] # NN_ScalesOfWeighted;
  let arguments = NN_Conv2DOp.arguments;
  let results = (outs NN_Tensor4D:$output);
  let hasCanonicalizer = 1;
  let assemblyFormat = NN_Conv2DOp.assemblyFormat;
}

def NN_TransposeConv2DOp : NN_WeightedOp<"transpose_conv2d", "0"> {
  let summary = "2-D transposed convolution";
  let description = [{
    `input` is NxHxWxI, `filter` OxKHxKWxI. The result has
    `(H - 1) * stride + KH - top - bottom` rows: input row `y` adds to result
    rows `y * stride + ky - top`.
  }] # NN_ScalesOfWeighted;
  let arguments = (ins NN_Tensor4D:$input, NN_Tensor4D:$filter,
    Optional<NN_Tensor1D>:$bias,
    DefaultValuedAttr<NN_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<NN_Padding, "{0, 0, 0, 0}">:$padding,
    OptionalAttr<NN_ActivationAttr>:$activation,
    OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_Tensor4D:$output);
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? (`strides` $strides^)? (`pad` $padding^)?
    (`act` $activation^)? (`scales` $scales^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def NN_FullyConnectedOp : NN_WeightedOp<"fully_connected", "0"> {
  let summary = "product with a weight matrix";
  let description = [{
    `input` is ...xK, `filter` NxK, the result ...xN:
    `output[..., n] = sum_k input[..., k] * filter[n, k] + bias[n]`.
  }] # NN_ScalesOfWeighted;
  let arguments = (ins NN_RealTensor:$input, NN_RealTensor:$filter,
    Optional<NN_Tensor1D>:$bias,
    OptionalAttr<NN_ActivationAttr>:$activation,
    OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_RealTensor:$output);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? (`act` $activation^)? (`scales` $scales^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def NN_BatchMatmulOp : NN_Op<"batch_matmul", [
    DeclareOpInterfaceMethods<NN_LayerOpInterface, ["getMacs"]>,
    NN_QuantizableOpInterface]> {
  let summary = "matrix product of two activations";
  let description = [{
    `lhs` is ...xMxK (...xKxM if `transpose_lhs`), `rhs` ...xKxN (...xNxK if
    `transpose_rhs`); leading dimensions broadcast. `scales` after fold-scales:
    one entry, lhs scale * rhs scale / result scale.
  }];
  let arguments = (ins NN_RealTensor:$lhs, NN_RealTensor:$rhs,
    UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs,
    OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_RealTensor:$output);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $lhs `,` $rhs (`scales` $scales^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::pare::nn::QuantRule getQuantRule() { return ::pare::nn::QuantRule::Own; }
  }];
}

//===----------------------------------------------------------------------===//
// Sparse forms
//===----------------------------------------------------------------------===//

def NN_SparseMatrix : TensorRankOf<[NN_Float, NN_QuantizedType], [2]>;

def NN_SparseConstantOp : NN_Op<"sparse_constant"> {
  let summary = "a weight matrix that stores its nonzero elements only";
  let description = [{
    The matrix is OxK with one row for an output channel and the encoding of
    MLIR's sparse_tensor dialect for compressed rows (dense rows, compressed
    columns, or the same over blocks). `positions` has one entry per (block)
    row plus one, `coordinates` the (block) column of each entry, increasing
    within a row, `values` the entries (block by block, row-major inside), of
    the storage type. An element that is not stored has the real value zero.
  }];
  let arguments = (ins ElementsAttr:$positions, ElementsAttr:$coordinates,
    ElementsAttr:$values);
  let results = (outs NN_SparseMatrix:$output);
  let assemblyFormat = [{
    `positions` $positions `coordinates` $coordinates `values` $values
    attr-dict `:` type($output)
  }];
  let hasVerifier = 1;
}

def NN_SparseConv2DOp : NN_WeightedOp<"sparse_conv2d", "0"> {
  let summary = "2-D convolution with sparse weights";
  let description = [{
    As `nn.conv2d` without groups; row `o` of the OxK `filter` is the filter
    `o`, flattened from `kernel_size` x input channels (K = KH * KW * I).
  }] # NN_ScalesOfWeighted;
  let arguments = (ins NN_Tensor4D:$input, NN_SparseMatrix:$filter,
    Optional<NN_Tensor1D>:$bias,
    NN_Pair:$kernel_size,
    DefaultValuedAttr<NN_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<NN_Pair, "{1, 1}">:$dilations,
    DefaultValuedAttr<NN_Padding, "{0, 0, 0, 0}">:$padding,
    OptionalAttr<NN_ActivationAttr>:$activation,
    OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_Tensor4D:$output);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? `kernel` $kernel_size
    (`strides` $strides^)? (`dilations` $dilations^)? (`pad` $padding^)?
    (`act` $activation^)? (`scales` $scales^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def NN_SparseFullyConnectedOp : NN_WeightedOp<"sparse_fully_connected", "0"> {
  let summary = "product with a sparse weight matrix";
  let description = [{
    As `nn.fully_connected`, with a filter from `nn.sparse_constant`.
  }] # NN_ScalesOfWeighted;
  let arguments = (ins NN_RealTensor:$input, NN_SparseMatrix:$filter,
    Optional<NN_Tensor1D>:$bias,
    OptionalAttr<NN_ActivationAttr>:$activation,
    OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_RealTensor:$output);
  let assemblyFormat = NN_FullyConnectedOp.assemblyFormat;
}

#endif // PARE_NN_OPS_CONV
