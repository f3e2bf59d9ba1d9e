//===- NNOpsQuant.td - Constants and changes of type ------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_QUANT
#define PARE_NN_OPS_QUANT

include "NNOpBase.td"

def NN_ConstantOp : NN_Op<"constant", [ConstantLike]> {
  let summary = "a constant tensor";
  let description = [{
    `value` holds elements of the storage type of the result's element type:

    ```mlir
    %w = nn.constant dense_resource<conv1> : tensor<8x3x3x3xi8>
        -> tensor<8x3x3x3x!quant.uniform<i8<-127:127>:f32, 0.02>>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat = "$value attr-dict `->` type($output)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

class NN_ConvertOp<string mnemonic, Type from, Type to>
    : NN_Op<mnemonic, [SameOperandsAndResultShape]> {
  let arguments = (ins from:$input);
  let results = (outs to:$output);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_CastOp : NN_ConvertOp<"cast", NN_Tensor, NN_Tensor> {
  let summary = "converts between unquantized element types";
  let description = [{
    Float to integer truncates toward zero, float to narrower float rounds to
    nearest even.
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def NN_QuantizeOp : NN_ConvertOp<"quantize", NN_FloatTensor, NN_QuantizedTensor> {
  let summary = "real numbers to quantized integers";
  let description = "`clamp(round(x / scale) + zp)`, halves away from zero.";
}
def NN_DequantizeOp
    : NN_ConvertOp<"dequantize", NN_QuantizedTensor, NN_FloatTensor> {
  let summary = "quantized integers to real numbers";
  let description = "`scale * (q - zp)` in f32.";
}
def NN_RequantizeOp
    : NN_Op<"requantize", [SameOperandsAndResultShape]> {
  let summary = "quantized integers to another scale, zero point or width";
  let description = [{
    `scales` after fold-scales: one entry, input scale / result scale. Equal
    scales only shift the zero point, which is exact.
  }];
  let arguments = (ins NN_QuantizedTensor:$input, OptionalAttr<NN_ScalesAttr>:$scales);
  let results = (outs NN_QuantizedTensor:$output);
  let assemblyFormat = [{
    $input (`scales` $scales^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def NN_FakeQuantOp : NN_Op<"fake_quant", [SameOperandsAndResultType]> {
  let summary = "rounds real numbers as the quantized network will";
  let description = [{
    Marks a value that will be quantized as `spec` says. `minimums` and
    `maximums` hold the range, one pair per index of the axis or one in all;
    calibration fills them in. With a range the result is
    `dequantize(quantize(x))` for the scale and zero point that follow from it;
    without one it is `x`.
    Jacob et al., https://arxiv.org/abs/1712.05877

    ```mlir
    %1 = nn.fake_quant %0 <bits = 8> range [-1.0] to [2.0] : tensor<1x8xf32>
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_QuantSpecAttr:$spec,
    OptionalAttr<DenseF32ArrayAttr>:$minimums,
    OptionalAttr<DenseF32ArrayAttr>:$maximums);
  let results = (outs NN_FloatTensor:$output);
  let assemblyFormat = [{
    $input $spec (`range` custom<Floats>($minimums)^ `to`
    custom<Floats>($maximums))? attr-dict `:` type($output)
  }];
  let hasVerifier = 1;
}

#endif // PARE_NN_OPS_QUANT
