//===- NNOpsPool.td - Pooling -----------------------------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_POOL
#define PARE_NN_OPS_POOL

include "NNOpBase.td"

class NN_PoolOp<string mnemonic, dag more>
    : NN_LayerOp<mnemonic, "SameAsInput", [NN_FusedActivationOpInterface]> {
  let arguments = !con((ins NN_Tensor4D:$input, NN_Pair:$kernel,
    DefaultValuedAttr<NN_Pair, "{1, 1}">:$strides,
    DefaultValuedAttr<NN_Padding, "{0, 0, 0, 0}">:$padding,
    OptionalAttr<NN_ActivationAttr>:$activation), more);
  let results = (outs NN_Tensor4D:$output);
  // A window at stride 1 without padding or activation.
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$input,
                                 "::llvm::ArrayRef<int64_t>":$kernel), [{
    $_state.addTypes(type);
    $_state.addOperands(input);
    $_state.getOrAddProperties<Properties>().kernel =
        $_builder.getDenseI64ArrayAttr(kernel);
  }]>];
  let extraClassDefinition = NN_InferShapes<
      "inferPool(*this, getKernel(), getStrides(), getPadding(), shapes)">.definition;
  let assemblyFormat = [{
    $input `kernel` $kernel (`strides` $strides^)? (`pad` $padding^)?
    (`act` $activation^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_AvgPool2DOp : NN_PoolOp<"avg_pool2d",
    (ins UnitAttr:$count_include_pad)> {
  let summary = "average over windows";
  let description = [{
    Padding does not count, unless `count_include_pad` is set; then it counts
    as zeros.
  }];
}

def NN_MaxPool2DOp : NN_PoolOp<"max_pool2d", (ins)> {
  let summary = "maximum over windows";
  let description = "Padding is never the maximum.";
}

class NN_GlobalPoolOp<string mnemonic> : NN_LayerOp<mnemonic, "SameAsInput"> {
  let arguments = (ins NN_Tensor4D:$input);
  let results = (outs NN_Tensor4D:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferGlobalPool(getInput(), shapes)">.definition;
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_GlobalAvgPoolOp : NN_GlobalPoolOp<"global_avg_pool"> {
  let summary = "average of each channel, Nx1x1xC";
  let description = "The same as `nn.avg_pool2d` over the whole image.";
  let hasCanonicalizer = 1;
}

def NN_GlobalMaxPoolOp : NN_GlobalPoolOp<"global_max_pool"> {
  let summary = "maximum of each channel, Nx1x1xC";
  let description = "The same as `nn.max_pool2d` over the whole image.";
  let hasCanonicalizer = 1;
}

#endif // PARE_NN_OPS_POOL
