//===- NNAttributes.td - Attributes of the nn dialect -----------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_ATTRIBUTES
#define PARE_NN_ATTRIBUTES

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "NNDialect.td"

class NN_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<NN_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Fused activation
//===----------------------------------------------------------------------===//

def NN_ActivationKind : I32EnumAttr<"ActivationKind", "a clamp after a layer", [
    I32EnumAttrCase<"Relu", 0, "relu">,
    I32EnumAttrCase<"Relu6", 1, "relu6">,
    I32EnumAttrCase<"ReluN1To1", 2, "relu_n1_to_1">,
    I32EnumAttrCase<"Clip", 3, "clip">]> {
  let cppNamespace = "::pare::nn";
  let genSpecializedAttr = 0;
}

def NN_ActivationAttr : NN_Attr<"Activation", "activation"> {
  let summary = "an activation fused into the layer before it";
  let description = [{
    Every activation that can be fused is a clamp of the result, in real units:

        #nn.activation<relu6>
        #nn.activation<clip, -2.0, 2.0>

    A quantized layer clamps to the integers that stand for the bounds. A layer
    without the attribute does not clamp.
  }];
  let parameters = (ins
    EnumParameter<NN_ActivationKind>:$kind,
    APFloatParameter<"lowest value, f64">:$low,
    APFloatParameter<"highest value, f64">:$high);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The attribute of a named kind, with the bounds of that kind.
    static ActivationAttr get(::mlir::MLIRContext *context, ActivationKind kind);
    /// The attribute for a clamp to [low, high]: one of the named kinds if the
    /// bounds are theirs; infinite bounds mean no clamp on that side. Null if
    /// both are infinite.
    static ActivationAttr get(::mlir::MLIRContext *context, double low,
                              double high);
  }];
}

//===----------------------------------------------------------------------===//
// Requantization
//===----------------------------------------------------------------------===//

def NN_RequantMode : I32EnumAttr<"RequantMode", "a rule of requantization", [
    I32EnumAttrCase<"Fixed", 0, "fixed">,
    I32EnumAttrCase<"Float", 1, "float">]> {
  let cppNamespace = "::pare::nn";
  let genSpecializedAttr = 0;
}

def NN_RequantModeAttr : EnumAttr<NN_Dialect, NN_RequantMode, "requant_mode"> {
  let summary = "how 32-bit sums become quantized results";
  let description = [{
    `fixed`: a 32-bit multiplier and a shift, with the double rounding of the
    TFLite reference kernels. `float`: one multiplication by an f32 scale,
    rounded to the nearest even integer.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def NN_ScalesAttr : NN_Attr<"Scales", "scales"> {
  let summary = "prepared multipliers of an integer operation";
  let description = [{
    The numbers that an integer kernel needs at run time, computed from the
    scales of the quantized types by `fold-scales`. Each operation documents
    which entries it has and in which order; convolutions have one per output
    channel (or one for all).

        #nn.scales<mode = fixed, multipliers = [1518500250], shifts = [-7]>
        #nn.scales<mode = float, factors = [5.5242717e-03]>
  }];
  let parameters = (ins
    EnumParameter<NN_RequantMode>:$mode,
    OptionalParameter<"::mlir::DenseI32ArrayAttr">:$multipliers,
    OptionalParameter<"::mlir::DenseI32ArrayAttr">:$shifts,
    OptionalParameter<"::mlir::DenseF32ArrayAttr">:$factors);
  // Floats must come back from text as they were: arrays of them are printed
  // by functions of our own, with all digits.
  let assemblyFormat = [{
    `<` struct($mode, $multipliers, $shifts, custom<Floats>($factors)) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Number of entries.
    int64_t size() const {
      return getFactors() ? getFactors().size() : getMultipliers().size();
    }
  }];
}

//===----------------------------------------------------------------------===//
// Fake quantization
//===----------------------------------------------------------------------===//

def NN_QuantSpecAttr : NN_Attr<"QuantSpec", "quant_spec"> {
  let summary = "how a value is to be quantized, without its range";
  let description = [{
    `bits` is the width of the stored integers (2 to 16). A `symmetric` value
    has zero point 0 and, if `narrow`, leaves out the lowest integer. `axis` is
    the dimension with one scale per index, or -1 for one scale in all.

        #nn.quant_spec<bits = 8>
        #nn.quant_spec<bits = 8, symmetric = true, narrow = true, axis = 0>
  }];
  let parameters = (ins
    "unsigned":$bits,
    DefaultValuedParameter<"bool", "false">:$symmetric,
    DefaultValuedParameter<"bool", "false">:$narrow,
    DefaultValuedParameter<"int64_t", "-1">:$axis);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Quantization rules of operations
//===----------------------------------------------------------------------===//

def NN_QuantRule : I32EnumAttr<"QuantRule",
    "how the result of an operation is quantized", [
    I32EnumAttrCase<"Own", 0, "own">,
    I32EnumAttrCase<"SameAsInput", 1, "same_as_input">,
    I32EnumAttrCase<"Fixed", 2, "fixed">,
    I32EnumAttrCase<"None", 3, "none">]> {
  let description = [{
    `Own`: the result has a range of its own. `SameAsInput`: the result and all
    data operands share one scale and zero point (pools, movement, maximum).
    `Fixed`: the specification fixes the result's scale and zero point
    (softmax, sigmoid, tanh). `None`: there is no integer form; the operation
    stays in floating point between a dequantize and a quantize.
  }];
  let cppNamespace = "::pare::nn";
  let genSpecializedAttr = 0;
}

#endif // PARE_NN_ATTRIBUTES
