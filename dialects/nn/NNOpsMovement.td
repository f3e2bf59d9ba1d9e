//===- NNOpsMovement.td - Layers that move elements -------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_MOVEMENT
#define PARE_NN_OPS_MOVEMENT

include "NNOpBase.td"

class NN_MovementOp<string mnemonic, dag args>
    : NN_LayerOp<mnemonic, "SameAsInput"> {
  let arguments = args;
  let results = (outs NN_Tensor:$output);
}

def NN_ReshapeOp : NN_MovementOp<"reshape", (ins NN_Tensor:$input)> {
  let summary = "the same elements in another shape";
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_TransposeOp : NN_MovementOp<"transpose",
    (ins NN_Tensor:$input, DenseI64ArrayAttr:$permutation)> {
  let summary = "dimension i of the result is dimension permutation[i]";
  let assemblyFormat = [{
    $input `perm` $permutation attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_ConcatOp : NN_MovementOp<"concat",
    (ins Variadic<NN_Tensor>:$inputs, NN_I64:$axis)> {
  let summary = "joins tensors along one dimension";
  let assemblyFormat = [{
    $inputs `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def NN_SplitOp : NN_LayerOp<"split", "SameAsInput"> {
  let summary = "cuts a tensor along one dimension";
  let description = [{
    The parts have the sizes of the result types, which sum to the dimension.
  }];
  let arguments = (ins NN_Tensor:$input, NN_I64:$axis);
  let results = (outs Variadic<NN_Tensor>:$outputs);
  let assemblyFormat = [{
    $input `axis` $axis attr-dict `:` functional-type(operands, results)
  }];
}

def NN_SliceOp : NN_MovementOp<"slice", (ins NN_Tensor:$input,
    DenseI64ArrayAttr:$offsets, DenseI64ArrayAttr:$sizes,
    DenseI64ArrayAttr:$strides)> {
  let summary = "a strided part of a tensor";
  let description = [{
    `output[i] = input[offset + i * stride]` in every dimension; strides may be
    negative, never zero.
  }];
  let assemblyFormat = [{
    $input `offsets` $offsets `sizes` $sizes `strides` $strides attr-dict
    `:` functional-type(operands, results)
  }];
}

def NN_PadOp : NN_MovementOp<"pad", (ins NN_Tensor:$input,
    DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
    DefaultValuedAttr<F64Attr, "0.0">:$value)> {
  let summary = "adds a border of one value";
  let description = [{
    `low[d]` elements before and `high[d]` after; `value` is a real number, a
    quantized tensor is filled with its nearest integer.
  }];
  let assemblyFormat = [{
    $input `low` $low `high` $high attr-dict
    `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def NN_GatherOp : NN_LayerOp<"gather", "SameAsInput"> {
  let summary = "slices chosen by index; an embedding for axis 0";
  let description = [{
    The result has the shape of `table` with dimension `axis` replaced by the
    dimensions of `indices`. The first `batch_dims` dimensions of `table` and
    `indices` are the same and are walked together. An index out of range is an
    error in the interpreter and clamped in compiled code.
  }];
  let arguments = (ins NN_Tensor:$table, NN_IndexTensor:$indices,
    DefaultValuedAttr<NN_I64, "0">:$axis,
    DefaultValuedAttr<NN_I64, "0">:$batch_dims);
  let results = (outs NN_Tensor:$output);
  let assemblyFormat =
      "$table `,` $indices attr-dict `:` functional-type(operands, results)";
}

class NN_ResizeOp<string mnemonic> : NN_MovementOp<mnemonic,
    (ins NN_Tensor4D:$input, DenseI64ArrayAttr:$size,
     UnitAttr:$align_corners, UnitAttr:$half_pixel_centers)> {
  let assemblyFormat = [{
    $input `size` $size attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDefinition = NN_InferShapes<
      "inferResize(*this, getInput(), getSize(), shapes)">.definition;
  let description = [{
    `size` is [height, width] of the result. Result row `y` reads input row
    `y * scale`; scale is `(in - 1) / (out - 1)` if `align_corners`, otherwise
    `in / out`; with `half_pixel_centers` it reads `(y + 0.5) * scale - 0.5`.
  }];
}
def NN_ResizeBilinearOp : NN_ResizeOp<"resize_bilinear"> {
  let summary = "resize by bilinear interpolation";
}
def NN_ResizeNearestOp : NN_ResizeOp<"resize_nearest"> {
  let summary = "resize by the nearest element";
}

#endif // PARE_NN_OPS_MOVEMENT
