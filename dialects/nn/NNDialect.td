//===- NNDialect.td - The nn dialect ----------------------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_DIALECT
#define PARE_NN_DIALECT

include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::pare::nn";
  let summary = "A neural network as its author thinks of it";
  let description = [{
    Layers on ranked tensors with value semantics. Activations are laid out
    NHWC, convolution filters OHWI, depthwise filters 1HWC. Element types are
    `f32`, `f16`, signless integers, and the `!quant.uniform` types of MLIR's
    quant dialect, whose storage is `i8`, `u8`, `i16` or `i32`.

    A quantized value holds integers `q` that stand for `scale * (q - zp)`.
    What an operation computes on quantized operands, to the bit, is defined in
    docs/numerics.md; the module attribute `nn.requant_mode` chooses between
    the two rules of rounding that are defined there (`fixed` when absent).

    The location of an operation carries the name that the network's author
    gave to the layer; arguments and results of a function carry theirs in the
    attribute `nn.name`.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let extraClassDeclaration = [{
    /// Module attribute that chooses the requantization mode.
    static constexpr ::llvm::StringLiteral kRequantModeAttr = "nn.requant_mode";
    /// Argument and result attribute that names a tensor of the interface.
    static constexpr ::llvm::StringLiteral kNameAttr = "nn.name";
  }];
}

#endif // PARE_NN_DIALECT
