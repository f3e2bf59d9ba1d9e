//===- KernelOps.td - Operations of the kernel dialect ----------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_OPS
#define PARE_KERNEL_OPS

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ViewLikeInterface.td"
include "KernelAttributes.td"
include "KernelInterfaces.td"

/// As I64Attr, but read as a signed number.
def Kernel_I64 : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit integer">;

// Pairs are [height, width]; padding is [top, bottom, left, right].
class Kernel_ArrayOfSize<int n>
    : ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<n>]>;
def Kernel_Pair : Kernel_ArrayOfSize<2>;
def Kernel_Padding : Kernel_ArrayOfSize<4>;

def Kernel_Buffer : MemRefOf<[F32, F16, I1, I8, I16, I32, I64]>;
def Kernel_In : Arg<Kernel_Buffer, "an input", [MemRead]>;
def Kernel_Out : Arg<Kernel_Buffer, "the output", [MemWrite]>;
class Kernel_InOf<list<Type> types> : Arg<MemRefOf<types>, "an input", [MemRead]>;

/// Trait: the output may take the place of an input of the same type. Code
/// writes an element when nothing later reads that element of the input; in
/// softmax and normalization this holds row by row.
def InPlace : NativeOpTrait<"InPlace"> { let cppNamespace = "::pare::kernel"; }
/// Trait: the last operand is the buffer that the operation writes.
def DestinationStyle : NativeOpTrait<"DestinationStyle"> {
  let cppNamespace = "::pare::kernel";
}

class Kernel_Op<string mnemonic, list<Trait> traits = []>
    : Op<Kernel_Dialect, mnemonic, traits> {
  let assemblyFormat = [{
    operands attr-dict `:` type(operands)
  }];
}

def RowOrder : DeclareOpInterfaceMethods<Kernel_RowOrderOpInterface>;

/// The last operand is the output.
class Kernel_ComputeOp<string mnemonic, list<Trait> traits = []>
    : Kernel_Op<mnemonic, !listconcat([DestinationStyle], traits)> {
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

def Kernel_BufferOp : Kernel_Op<"buffer"> {
  let summary = "a buffer in the arena";
  let description = [{
    `offset` is in bytes from the start of the arena, set by
    `kernel-plan-memory`.

    ```mlir
    %0 = kernel.buffer at 1024 : memref<1x16x16x8xi8>
    ```
  }];
  let arguments = (ins OptionalAttr<Kernel_I64>:$offset);
  let results = (outs Res<Kernel_Buffer, "", [MemAlloc]>:$output);
  let assemblyFormat = "(`at` $offset^)? attr-dict `:` type($output)";
  let hasVerifier = 1;
}

def Kernel_ReshapeOp : Kernel_Op<"reshape", [Pure,
    DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "the same buffer under another shape";
  let arguments = (ins Kernel_Buffer:$source);
  let results = (outs Kernel_Buffer:$output);
  let assemblyFormat = "$source attr-dict `:` type($source) `to` type($output)";
  let hasVerifier = 1;
}

def Kernel_TimestampOp : Kernel_Op<"timestamp"> {
  let summary = "stores the processor's counter";
  let description = [{
    Element `index` of the output becomes the value of a counter that grows
    steadily: the cycle counter where programs may read it, otherwise that of
    the system's clock. Its unit is unknown. Where operations around may be in
    work at the same time, all that began before is done when the counter is
    read, and nothing behind has begun.

    ```mlir
    kernel.timestamp into %ticks at 2 : memref<4xi64>
    ```
  }];
  let arguments = (ins Arg<MemRefOf<[I64]>, "", [MemWrite]>:$output,
    Kernel_I64:$index);
  let assemblyFormat = "`into` $output `at` $index attr-dict `:` type($output)";
  let hasVerifier = 1;
}

def Kernel_SubviewOp : Kernel_Op<"subview", [Pure,
    DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "a contiguous part of a buffer";
  let description = [{
    The elements of `source` from element `first` on, as many as the result has,
    under a shape of their own. Constants are used whole.

    ```mlir
    // The rows 4 to 8 of an image of 16x8 elements a row.
    %1 = kernel.subview %0 from 512 : memref<1x16x16x8xi8> to memref<1x5x16x8xi8>
    ```
  }];
  let arguments = (ins Kernel_Buffer:$source, Kernel_I64:$first);
  let results = (outs Kernel_Buffer:$output);
  let assemblyFormat = [{
    $source `from` $first attr-dict `:` type($source) `to` type($output)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

class Kernel_ConvolutionArguments<dag more = (ins)> {
  dag arguments = !con((ins Kernel_InOf<[F32, I8]>:$input,
    Kernel_InOf<[F32, I8]>:$filter, Optional<MemRefOf<[F32, I32]>>:$bias), more,
    (ins Kernel_Out:$output,
    DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$dilations,
    DefaultValuedAttr<Kernel_Padding, "{0, 0, 0, 0}">:$padding,
    DefaultValuedAttr<Kernel_I64, "0">:$input_zero_point,
    DefaultValuedAttr<Kernel_I64, "0">:$filter_zero_point,
    Kernel_EpilogueAttr:$epilogue));
}

def Kernel_ContractOp
    : Kernel_ComputeOp<"contract", [AttrSizedOperandSegments, RowOrder]> {
  let summary = "a windowed contraction: convolutions and matrix products";
  let description = [{
    `input` is NxHxWxC, `filter` OxKHxKWxI (C / I groups), `bias` (f32 or i32)
    has O elements. A matrix product has one pixel per row, KH = KW = 1.

        sum[n,y,x,o] = bias[o] + sum over ky, kx, i of
            (input[n, y*sh + ky*dh - top, x*sw + kx*dw - left, g*I + i]
             - input_zero_point) * (filter[o, ky, kx, i] - filter_zero_point)
        output = epilogue(sum)

    Elements outside of the input count as `input_zero_point`. Integer sums are
    32 bits wide and wrap.

    With a `residual`, a buffer of the output's shape that is not the output's
    own, what the epilogue gives is not stored but added to it, to the bit as
    `kernel.binary add` of the two (in this order) with `residual_epilogue`,
    whose scales belong to the two summands and, in mode `fixed`, the sum:

        output = residual_epilogue(epilogue(sum) + residual)

    `kernel-fuse-residuals` makes this form, for the CPU alone. There is no table
    in either epilogue then.
  }];
  let arguments = !con(Kernel_ConvolutionArguments<(ins
      Optional<MemRefOf<[F32, I8]>>:$residual)>.arguments,
    (ins DefaultValuedAttr<Kernel_I64, "0">:$residual_zero_point,
    OptionalAttr<Kernel_EpilogueAttr>:$residual_epilogue));
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? (`residual` $residual^)?
    `into` $output attr-dict `:` type(operands)
  }];
}

def Kernel_DepthwiseOp : Kernel_ComputeOp<"depthwise", [RowOrder]> {
  let summary = "a convolution of every channel by itself";
  let description = [{
    `filter` is 1xKHxKWx(C*M); output channel c*M + m reads input channel c.
    Otherwise as `kernel.contract` without a residual.
  }];
  let arguments = Kernel_ConvolutionArguments<>.arguments;
  let assemblyFormat = [{
    $input `,` $filter (`bias` $bias^)? `into` $output attr-dict
    `:` type(operands)
  }];
}

def Kernel_TransposeConvOp : Kernel_ComputeOp<"transpose_conv"> {
  let summary = "a transposed convolution";
  let description = [{
    `input` is NxHxWxI, `filter` OxKHxKWxI. Input pixel (y, x) adds its product
    with filter tap (ky, kx) to the sum of output pixel
    (y*sh + ky - top, x*sw + kx - left). Zero points, sums and epilogue as in
    `kernel.contract`.
  }];
  let arguments = (ins Kernel_InOf<[F32, I8]>:$input,
    Kernel_InOf<[F32, I8]>:$filter, Optional<MemRefOf<[F32, I32]>>:$bias,
    Kernel_Out:$output,
    DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<Kernel_Padding, "{0, 0, 0, 0}">:$padding,
    DefaultValuedAttr<Kernel_I64, "0">:$input_zero_point,
    DefaultValuedAttr<Kernel_I64, "0">:$filter_zero_point,
    Kernel_EpilogueAttr:$epilogue);
  let assemblyFormat = Kernel_DepthwiseOp.assemblyFormat;
}

def Kernel_SparseContractOp : Kernel_ComputeOp<"sparse_contract",
    [AttrSizedOperandSegments, RowOrder,
     DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a windowed contraction with compressed weights";
  let description = [{
    As `kernel.contract` without groups. Row o of the filter matrix (KH*KW*I
    columns, order ky, kx, i) has the blocks `positions[o / bh]` to
    `positions[o / bh + 1]` of `coordinates` and `values`; `block` is [bh, bw].
    Positions begin with 0 and do not decrease, coordinates of a row increase;
    where they are constants, this is verified.
    The filter's zero point is 0. A `residual` is of f32.
  }];
  let arguments = (ins Kernel_InOf<[F32, I8]>:$input,
    Kernel_InOf<[I32]>:$positions, Kernel_InOf<[I32]>:$coordinates,
    Kernel_InOf<[F32, I8]>:$values, Optional<MemRefOf<[F32, I32]>>:$bias,
    Optional<MemRefOf<[F32]>>:$residual, Kernel_Out:$output,
    Kernel_Pair:$kernel_size,
    DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$block,
    DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$dilations,
    DefaultValuedAttr<Kernel_Padding, "{0, 0, 0, 0}">:$padding,
    DefaultValuedAttr<Kernel_I64, "0">:$input_zero_point,
    Kernel_EpilogueAttr:$epilogue,
    OptionalAttr<Kernel_EpilogueAttr>:$residual_epilogue);
  let assemblyFormat = [{
    $input `,` $positions `,` $coordinates `,` $values (`bias` $bias^)?
    (`residual` $residual^)? `into` $output attr-dict `:` type(operands)
  }];
}

def Kernel_BatchMatmulOp : Kernel_ComputeOp<"batch_matmul"> {
  let summary = "matrix products of two buffers";
  let description = [{
    `lhs` is BxMxK (BxKxM if `transpose_lhs`), `rhs` BxKxN (BxNxK if
    `transpose_rhs`), the output BxMxN; an operand may have batch size 1.
  }];
  let arguments = (ins Kernel_InOf<[F32, I8]>:$lhs, Kernel_InOf<[F32, I8]>:$rhs,
    Kernel_Out:$output, UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs,
    DefaultValuedAttr<Kernel_I64, "0">:$lhs_zero_point,
    DefaultValuedAttr<Kernel_I64, "0">:$rhs_zero_point,
    Kernel_EpilogueAttr:$epilogue);
  let assemblyFormat = [{
    $lhs `,` $rhs `into` $output attr-dict `:` type(operands)
  }];
}

//===----------------------------------------------------------------------===//
// Stripes
//===----------------------------------------------------------------------===//

def Kernel_StripesOp : Kernel_ComputeOp<"stripes", [IsolatedFromAbove,
    SingleBlock, NoTerminator]> {
  let summary = "convolutions that run together, some rows at a time";
  let description = [{
    Computes what the operations of its body compute, one after the other, on
    whole images. They are a chain of `kernel.depthwise` and of
    `kernel.contract` or `kernel.sparse_contract` of 1x1 taps and steps of 1,
    for a single image; the first one may be a contraction of larger windows. Each one writes a
    `kernel.buffer` of the body, which the next one alone reads; the last one
    writes the last argument of the block. Arguments stand for the operands,
    weights are read in the body.

    Code computes as many rows of an operation at a time as its attribute
    `kernel.stripe_rows` says, a divisor of the height, and only when the next
    operation needs them: of the buffers between there are never more than a few
    rows. No row is computed twice by one thread. `kernel-fuse-stripes` makes
    this form, for the CPU alone.

    ```mlir
    kernel.stripes %x into %y : memref<1x8x8x4xf32> into memref<1x8x8x16xf32> {
    ^bb0(%a: memref<1x8x8x4xf32>, %b: memref<1x8x8x16xf32>):
      %f = memref.get_global @f : memref<1x3x3x4xf32>
      %g = memref.get_global @g : memref<16x1x1x4xf32>
      %0 = kernel.buffer : memref<1x8x8x4xf32>
      kernel.depthwise %a, %f into %0 {kernel.stripe_rows = 2 : i64, ...} : ...
      kernel.contract %0, %g into %b {kernel.stripe_rows = 2 : i64, ...} : ...
    }
    ```
  }];
  let arguments = (ins
    Arg<Variadic<Kernel_Buffer>, "the inputs", [MemRead]>:$inputs,
    Kernel_Out:$output);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $inputs `into` $output attr-dict `:` type($inputs) `into` type($output)
    $body
  }];
  let extraClassDeclaration = [{
    /// The operations that compute, in order.
    ::llvm::SmallVector<::mlir::Operation *> getMembers();
    /// Whether `op` stands in the body of such an operation.
    static bool isMember(::mlir::Operation *op);
    /// The operand that an argument of the body stands for; null for others.
    ::mlir::Value getOperandOf(::mlir::Value argument);
  }];
}

//===----------------------------------------------------------------------===//
// Pools and element-wise operations
//===----------------------------------------------------------------------===//

class Kernel_UnaryLikeOp<string mnemonic, dag more, list<Trait> traits = []>
    : Kernel_ComputeOp<mnemonic, traits> {
  let arguments = !con((ins Kernel_In:$input, Kernel_Out:$output), more);
  let assemblyFormat = "$input `into` $output attr-dict `:` type(operands)";
}

def Kernel_PoolOp : Kernel_UnaryLikeOp<"pool", (ins Kernel_PoolKindAttr:$kind,
    Kernel_Pair:$kernel, DefaultValuedAttr<Kernel_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<Kernel_Padding, "{0, 0, 0, 0}">:$padding,
    UnitAttr:$count_include_pad, Kernel_EpilogueAttr:$epilogue), [RowOrder]> {
  let summary = "the average or maximum over windows";
  let description = [{
    Integer averages divide the sum of the stored integers with halves rounded
    away from zero; the epilogue has no scales and its zero point is that of the
    input (counted padding adds the zero point).
  }];
  let assemblyFormat = "$kind $input `into` $output attr-dict `:` type(operands)";
}

def Kernel_BinaryOp : Kernel_ComputeOp<"binary", [InPlace]> {
  let summary = "a function of two broadcast buffers";
  let description = [{
    Add, sub, mul, maximum and minimum have integer forms. `prelu` takes the
    slope from `rhs`. Maximum and minimum need equal zero points and scales.
  }];
  let arguments = (ins Kernel_BinaryKindAttr:$kind, Kernel_In:$lhs,
    Kernel_In:$rhs, Kernel_Out:$output,
    DefaultValuedAttr<Kernel_I64, "0">:$lhs_zero_point,
    DefaultValuedAttr<Kernel_I64, "0">:$rhs_zero_point,
    Kernel_EpilogueAttr:$epilogue);
  let assemblyFormat = [{
    $kind $lhs `,` $rhs `into` $output attr-dict `:` type(operands)
  }];
}

def Kernel_UnaryOp : Kernel_UnaryLikeOp<"unary", (ins Kernel_UnaryKindAttr:$kind,
    OptionalAttr<F64Attr>:$alpha, Kernel_EpilogueAttr:$epilogue), [InPlace]> {
  let summary = "a function of each f32 element, then the epilogue's clamp";
  let assemblyFormat = "$kind $input `into` $output attr-dict `:` type(operands)";
}

def Kernel_TableOp : Kernel_ComputeOp<"table", [InPlace, RowOrder]> {
  let summary = "replaces each 8-bit integer by a table's entry";
  let description = [{
    `output = table[input + 128]`. `products`, if there are any, give the entries
    of the table: `kernel-fuse-tables` tries them.
  }];
  let arguments = (ins Kernel_InOf<[I8]>:$input, Kernel_InOf<[I8]>:$table,
    Kernel_Out:$output, OptionalAttr<Kernel_TableProductsAttr>:$products);
  let assemblyFormat =
      "$input `,` $table `into` $output attr-dict `:` type(operands)";
}

def Kernel_ConvertOp : Kernel_UnaryLikeOp<"convert", (ins
    Kernel_ConvertKindAttr:$kind,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale,
    DefaultValuedAttr<Kernel_I64, "0">:$input_zero_point,
    UnitAttr:$unsigned_input, Kernel_EpilogueAttr:$epilogue), [InPlace]> {
  let summary = "a change of element type";
  let description = [{
    quantize: `clamp(round_half_away(x / scale) + zero_point)`; dequantize:
    `scale * (q - input_zero_point)`; requantize: as the epilogue says (without
    scales only the zero point changes); cast: C's conversion; fake_quant:
    quantize, then dequantize. An 8-bit input is unsigned if `unsigned_input`;
    an 8-bit output of `low` >= 0 and `high` > 127 is.
  }];
  let assemblyFormat = "$kind $input `into` $output attr-dict `:` type(operands)";
}

//===----------------------------------------------------------------------===//
// Reductions and normalization
//===----------------------------------------------------------------------===//

def Kernel_ReduceOp : Kernel_UnaryLikeOp<"reduce", (ins
    Kernel_ReduceKindAttr:$kind, DenseI64ArrayAttr:$axes,
    DefaultValuedAttr<Kernel_I64, "0">:$input_zero_point,
    Kernel_EpilogueAttr:$epilogue)> {
  let summary = "combines the elements along dimensions";
  let description = [{
    The output has the kept dimensions in order (its shape may also contain
    ones). Integer mean and sum add `q - input_zero_point` in 32 bits and
    requantize by the epilogue.
  }];
  let assemblyFormat = "$kind $input `into` $output attr-dict `:` type(operands)";
}

def Kernel_SoftmaxOp : Kernel_ComputeOp<"softmax", [InPlace]> {
  let summary = "softmax over the last dimension";
  let description = [{
    f32: `exp(beta * (x - max)) / sum`, or its logarithm if `log`. i8: `table`
    holds the 256 values exp(beta * scale * -d) in Q0.31 for the difference d
    to the maximum (zero where it is too small to count); see docs/numerics.md.
  }];
  let arguments = (ins Kernel_In:$input, Optional<MemRefOf<[I32]>>:$table,
    Kernel_Out:$output, DefaultValuedAttr<F32Attr, "1.0f">:$beta,
    UnitAttr:$log);
  let assemblyFormat = [{
    $input (`table` $table^)? `into` $output attr-dict `:` type(operands)
  }];
}

def Kernel_LayerNormOp : Kernel_ComputeOp<"layer_norm", [InPlace]> {
  let summary = "layer normalization of f32 over the last dimension";
  let arguments = (ins Kernel_InOf<[F32]>:$input, Kernel_InOf<[F32]>:$gamma,
    Kernel_InOf<[F32]>:$beta, Kernel_Out:$output, F32Attr:$epsilon);
  let assemblyFormat = [{
    $input `,` $gamma `,` $beta `into` $output attr-dict `:` type(operands)
  }];
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

def Kernel_CopyOp : Kernel_ComputeOp<"copy"> {
  let summary = "copies a strided part";
  let description = [{
    For every index i below `sizes`, with the buffers seen as flat:
    `output[output_offset + i . output_strides] =
     input[input_offset + i . input_strides]`. Offsets and strides count
    elements; strides may be zero or negative on the input.
    Transpose, concat, split, slice, pad and broadcasts are copies.
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Out:$output,
    DenseI64ArrayAttr:$sizes, Kernel_I64:$input_offset,
    DenseI64ArrayAttr:$input_strides, Kernel_I64:$output_offset,
    DenseI64ArrayAttr:$output_strides);
  let assemblyFormat = [{
    $input `into` $output `sizes` $sizes `from` $input_offset `by` $input_strides
    `to` $output_offset `by` $output_strides attr-dict `:` type(operands)
  }];
}

def Kernel_FillOp : Kernel_ComputeOp<"fill"> {
  let summary = "fills a buffer with one value";
  let arguments = (ins Kernel_Out:$output, TypedAttrInterface:$value);
  let assemblyFormat = "$output `with` $value attr-dict `:` type(operands)";
}

def Kernel_GatherOp : Kernel_ComputeOp<"gather"> {
  let summary = "slices chosen by index";
  let description = [{
    `table` is BxOxRxI, `indices` BxJ, the output BxOxJxI:
    `output[b,o,j,i] = table[b,o,indices[b,j],i]` with indices clamped to
    [0, R). Shapes are collapsed to this form.
  }];
  let arguments = (ins Kernel_In:$table, Kernel_InOf<[I32, I64]>:$indices,
    Kernel_Out:$output);
  let assemblyFormat =
      "$table `,` $indices `into` $output attr-dict `:` type(operands)";
}

def Kernel_ResizeOp : Kernel_UnaryLikeOp<"resize", (ins UnitAttr:$bilinear,
    UnitAttr:$align_corners, UnitAttr:$half_pixel_centers)> {
  let summary = "resizes images, by the nearest pixel or (f32) bilinearly";
}

//===----------------------------------------------------------------------===//
// Recurrent steps
//===----------------------------------------------------------------------===//

def Kernel_LstmOp : Kernel_ComputeOp<"lstm"> {
  let summary = "a long short-term memory over a sequence";
  let description = [{
    `nn.lstm` with `scratch` (4H sums, then H cells, then H hidden values; f32,
    or i32 sums and i16 values in the integer form, in bytes). The integer form
    has the entries of `scales`: for each gate i, f, c, o the input's, then for
    each gate the recurrent part's, then the hidden state's.
  }];
  let arguments = (ins Kernel_InOf<[F32, I8]>:$input,
    Kernel_InOf<[F32, I8]>:$weights, Kernel_InOf<[F32, I8]>:$recurrent,
    Kernel_InOf<[F32, I32]>:$bias,
    Arg<Kernel_Buffer, "", [MemRead, MemWrite]>:$scratch, Kernel_Out:$output,
    UnitAttr:$time_major, DefaultValuedAttr<F32Attr, "0.0f">:$cell_clip,
    DefaultValuedAttr<Kernel_I64, "0">:$cell_scale_log2,
    DefaultValuedAttr<Kernel_I64, "0">:$input_zero_point,
    DefaultValuedAttr<Kernel_I64, "0">:$hidden_zero_point,
    OptionalAttr<Kernel_Scales>:$scales);
  let assemblyFormat = [{
    $input `,` $weights `,` $recurrent `,` $bias `scratch` $scratch
    `into` $output attr-dict `:` type(operands)
  }];
}

def Kernel_GruOp : Kernel_ComputeOp<"gru"> {
  let summary = "a gated recurrent unit over a sequence";
  let description = "`nn.gru` with `scratch` of 7H f32 elements.";
  let arguments = (ins Kernel_InOf<[F32]>:$input, Kernel_InOf<[F32]>:$weights,
    Kernel_InOf<[F32]>:$recurrent, Kernel_InOf<[F32]>:$bias,
    Kernel_InOf<[F32]>:$recurrent_bias,
    Arg<Kernel_Buffer, "", [MemRead, MemWrite]>:$scratch, Kernel_Out:$output,
    UnitAttr:$time_major, UnitAttr:$linear_before_reset);
  let assemblyFormat = [{
    $input `,` $weights `,` $recurrent `,` $bias `,` $recurrent_bias
    `scratch` $scratch `into` $output attr-dict `:` type(operands)
  }];
}

#endif // PARE_KERNEL_OPS
