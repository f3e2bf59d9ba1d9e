//===- NNInterfaces.td - Interfaces of the nn dialect -----------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_INTERFACES
#define PARE_NN_INTERFACES

include "mlir/IR/OpBase.td"

def NN_LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::pare::nn";
  let description = [{
    A layer knows the shapes of its results. The verifier of every layer
    compares the declared shapes with the inferred ones.
  }];
  let methods = [
    InterfaceMethod<[{
        Append one shape per result, computed from the operand types and the
        attributes alone (`mlir::ShapedType::kDynamic` where a dimension is
        unknown). Emits an error that says what was expected and what was found
        if operands and attributes do not fit.
      }],
      "::llvm::LogicalResult", "inferShapes",
      (ins "::llvm::SmallVectorImpl<::llvm::SmallVector<int64_t, 4>> &":$shapes)>,
    InterfaceMethod<[{
        Number of multiply-accumulate steps for the static shapes; zero for
        layers that have none.
      }],
      "int64_t", "getMacs", (ins), "", [{ return 0; }]>
  ];
  let verify = [{ return ::pare::nn::detail::verifyLayer($_op); }];
}

def NN_QuantizableOpInterface : OpInterface<"QuantizableOpInterface"> {
  let cppNamespace = "::pare::nn";
  let description = [{
    What the quantization passes need to know of a layer.
  }];
  let methods = [
    InterfaceMethod<"How the result is quantized.",
      "::pare::nn::QuantRule", "getQuantRule">,
    InterfaceMethod<"Index of the operand that holds weights, if any.",
      "std::optional<unsigned>", "getFilterIndex", (ins), "",
      [{ return std::nullopt; }]>,
    InterfaceMethod<"Dimension of the weights that holds output channels.",
      "int64_t", "getFilterChannelAxis", (ins), "", [{ return 0; }]>,
    InterfaceMethod<"Index of the bias operand, if present.",
      "std::optional<unsigned>", "getBiasIndex", (ins), "",
      [{ return std::nullopt; }]>,
    InterfaceMethod<[{
        The quantized element type that the specification fixes for the result
        for rule `Fixed`, null otherwise.
      }],
      "::mlir::quant::UniformQuantizedType", "getFixedResultType", (ins), "",
      [{ return {}; }]>
  ];
}

def NN_FusedActivationOpInterface : OpInterface<"FusedActivationOpInterface"> {
  let cppNamespace = "::pare::nn";
  let description = "A layer whose result can be clamped by a fused activation.";
  let methods = [
    InterfaceMethod<"The fused activation, or null.",
      "::pare::nn::ActivationAttr", "getActivationAttr">,
    InterfaceMethod<"Set the fused activation; null removes it.", "void", "setActivationAttr",
      (ins "::pare::nn::ActivationAttr":$activation)>
  ];
}

#endif // PARE_NN_INTERFACES
