//===- KernelAttributes.td - Attributes of the kernel dialect ---------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_ATTRIBUTES
#define PARE_KERNEL_ATTRIBUTES

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "KernelDialect.td"

class Kernel_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::pare::kernel";
  let genSpecializedAttr = 0;
}

/// The multipliers of nn, which both levels share.
def Kernel_Scales
    : Attr<CPred<"::llvm::isa<::pare::nn::ScalesAttr>($_self)">, "#nn.scales"> {
  let storageType = "::pare::nn::ScalesAttr";
  let returnType = "::pare::nn::ScalesAttr";
  let convertFromStorage = "$_self";
}

def Kernel_UnaryKind : Kernel_Enum<"UnaryKind", "a function of one element", [
    I32EnumAttrCase<"Clip", 0, "clip">,
    I32EnumAttrCase<"LeakyRelu", 1, "leaky_relu">,
    I32EnumAttrCase<"HardSwish", 2, "hard_swish">,
    I32EnumAttrCase<"Sigmoid", 3, "sigmoid">, I32EnumAttrCase<"Tanh", 4, "tanh">,
    I32EnumAttrCase<"Gelu", 5, "gelu">,
    I32EnumAttrCase<"GeluTanh", 6, "gelu_tanh">,
    I32EnumAttrCase<"Sqrt", 7, "sqrt">, I32EnumAttrCase<"Rsqrt", 8, "rsqrt">,
    I32EnumAttrCase<"Exp", 9, "exp">, I32EnumAttrCase<"Log", 10, "log">,
    I32EnumAttrCase<"Abs", 11, "abs">, I32EnumAttrCase<"Neg", 12, "neg">]>;
def Kernel_UnaryKindAttr
    : EnumAttr<Kernel_Dialect, Kernel_UnaryKind, "unary_kind">;

def Kernel_TableProductsAttr : AttrDef<Kernel_Dialect, "TableProducts"> {
  let mnemonic = "table_products";
  let summary = "floats that give the entries of a table";
  let description = [{
    With `x = q - zero_point` the entry of byte `q` is

        x * clamp(fma(x, slope, offset), low, high) + constant

    with a gate of f32, rounded once, half to even, and clamped to the least and
    the greatest entry. `constant` is an integer. What is 0 is left out.

        #kernel.table_products<zero_point = -3, slope = 2.0e-3, offset = 0.25,
                               high = 0.5, constant = -1.28e+02>
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0">:$zero_point,
    APFloatParameter<"slope of the gate, f32">:$slope,
    APFloatParameter<"the gate at 0, f32">:$offset,
    APFloatParameter<"the gate's lower bound, f32">:$low,
    APFloatParameter<"the gate's upper bound, f32">:$high,
    APFloatParameter<"what is added, f32">:$constant);
  let hasCustomAssemblyFormat = 1;
  let builders = [
    AttrBuilder<(ins "const ::pare::TableProducts &":$products), [{
      return $_get($_ctxt, int64_t(products.zeroPoint),
                   ::llvm::APFloat(products.slope),
                   ::llvm::APFloat(products.offset),
                   ::llvm::APFloat(products.low),
                   ::llvm::APFloat(products.high),
                   ::llvm::APFloat(products.constant));
    }]>
  ];
  let extraClassDeclaration = [{
    ::pare::TableProducts getProducts() const;
    /// Whether they give these 256 entries.
    bool give(::mlir::DenseElementsAttr entries) const;
  }];
}

def Kernel_ByteTableAttr : AttrDef<Kernel_Dialect, "ByteTable"> {
  let mnemonic = "byte_table";
  let summary = "a function of 8-bit integers";
  let description = [{
    The entries of the bytes from -128 on and, if there are any, products that
    give all of them.

        #kernel.byte_table<entries = dense<0> : tensor<256xi8>>
  }];
  let parameters = (ins "::mlir::DenseElementsAttr":$entries,
    OptionalParameter<"::pare::kernel::TableProductsAttr">:$products);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Kernel_EpilogueAttr : AttrDef<Kernel_Dialect, "Epilogue"> {
  let mnemonic = "epilogue";
  let summary = "what happens to a sum before it is stored";
  let description = [{
    On integers: requantization by `scales` (absent where the operation does
    not rescale), then `zero_point` is added and the result clamped to
    [low, high]. On floats: `function` of the sum, as `kernel.unary` with `alpha`
    computes it (`clip`, which is the default, leaves it as it is), then a clamp
    to [low, high]. A bound that is left out is infinite. With a `table`, an 8-bit
    result is replaced by its entry at the end.

    `kernel-fuse-functions` makes functions and `kernel-fuse-tables` tables, in
    the operations that say so and for the CPU alone.

        #kernel.epilogue<zero_point = -3, low = -128, high = 127,
            scales = <mode = float, factors = [1.0e-2]>>
        #kernel.epilogue<low = 0.0, high = 6.0>
        #kernel.epilogue<function = leaky_relu, alpha = 2.0e-1, low = -0.4>
        #kernel.epilogue<scales = <mode = float, factors = [1.0e-2]>,
            table = <entries = dense<0> : tensor<256xi8>>>
  }];
  let parameters = (ins
    DefaultValuedParameter<"int64_t", "0">:$zero_point,
    APFloatParameter<"lowest result, f64">:$low,
    APFloatParameter<"highest result, f64">:$high,
    OptionalParameter<"::pare::nn::ScalesAttr">:$scales,
    DefaultValuedParameter<"::pare::kernel::UnaryKind",
        "::pare::kernel::UnaryKind::Clip">:$function,
    APFloatParameter<"the function's parameter, f64">:$alpha,
    OptionalParameter<"::pare::kernel::ByteTableAttr">:$table);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    double getLowBound() const { return getLow().convertToDouble(); }
    double getHighBound() const { return getHigh().convertToDouble(); }
    double getAlphaValue() const { return getAlpha().convertToDouble(); }
    bool hasFunction() const { return getFunction() != UnaryKind::Clip; }
    /// The same with other bounds.
    EpilogueAttr withBounds(double low, double high) const;
    /// The same with a table.
    EpilogueAttr withTable(ByteTableAttr table) const;
  }];
  let builders = [
    AttrBuilder<(ins "int64_t":$zeroPoint, "double":$low, "double":$high,
                     CArg<"::pare::nn::ScalesAttr", "{}">:$scales,
                     CArg<"::pare::kernel::UnaryKind",
                          "::pare::kernel::UnaryKind::Clip">:$function,
                     CArg<"double", "0.0">:$alpha,
                     CArg<"::pare::kernel::ByteTableAttr", "{}">:$table), [{
      return $_get($_ctxt, zeroPoint, ::llvm::APFloat(low),
                   ::llvm::APFloat(high), scales, function,
                   ::llvm::APFloat(alpha), table);
    }]>
  ];
}

def Kernel_PoolKind : Kernel_Enum<"PoolKind", "what a window is reduced to", [
    I32EnumAttrCase<"Average", 0, "average">,
    I32EnumAttrCase<"Max", 1, "max">]>;
def Kernel_PoolKindAttr
    : EnumAttr<Kernel_Dialect, Kernel_PoolKind, "pool_kind">;

def Kernel_BinaryKind : Kernel_Enum<"BinaryKind", "a function of two elements", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Sub", 1, "sub">,
    I32EnumAttrCase<"Mul", 2, "mul">, I32EnumAttrCase<"Div", 3, "div">,
    I32EnumAttrCase<"Maximum", 4, "maximum">,
    I32EnumAttrCase<"Minimum", 5, "minimum">,
    I32EnumAttrCase<"SquaredDifference", 6, "squared_difference">,
    I32EnumAttrCase<"Pow", 7, "pow">, I32EnumAttrCase<"Prelu", 8, "prelu">]>;
def Kernel_BinaryKindAttr
    : EnumAttr<Kernel_Dialect, Kernel_BinaryKind, "binary_kind">;

def Kernel_ReduceKind : Kernel_Enum<"ReduceKind", "how elements are combined", [
    I32EnumAttrCase<"Mean", 0, "mean">, I32EnumAttrCase<"Sum", 1, "sum">,
    I32EnumAttrCase<"Max", 2, "max">, I32EnumAttrCase<"Min", 3, "min">]>;
def Kernel_ReduceKindAttr
    : EnumAttr<Kernel_Dialect, Kernel_ReduceKind, "reduce_kind">;

def Kernel_ConvertKind : Kernel_Enum<"ConvertKind", "a change of element type", [
    I32EnumAttrCase<"Quantize", 0, "quantize">,
    I32EnumAttrCase<"Dequantize", 1, "dequantize">,
    I32EnumAttrCase<"Requantize", 2, "requantize">,
    I32EnumAttrCase<"Cast", 3, "cast">,
    I32EnumAttrCase<"FakeQuant", 4, "fake_quant">]>;
def Kernel_ConvertKindAttr
    : EnumAttr<Kernel_Dialect, Kernel_ConvertKind, "convert_kind">;

#endif // PARE_KERNEL_ATTRIBUTES
