//===- NNOpsElementwise.td - Element-wise layers ----------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_ELEMENTWISE
#define PARE_NN_OPS_ELEMENTWISE

include "NNOpBase.td"

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

/// On quantized types: a table of 256 results, see docs/numerics.md.
class NN_UnaryOp<string mnemonic, string rule = "Own", dag more = (ins)>
    : NN_LayerOp<mnemonic, rule> {
  let arguments = !con((ins NN_RealTensor:$input), more);
  let results = (outs NN_RealTensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferSameShape(getInput(), shapes)">.definition;
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def NN_ReluOp : NN_UnaryOp<"relu"> { let summary = "max(x, 0)"; }
def NN_Relu6Op : NN_UnaryOp<"relu6"> { let summary = "min(max(x, 0), 6)"; }
def NN_ClipOp : NN_UnaryOp<"clip", "Own", (ins F64Attr:$low, F64Attr:$high)> {
  let summary = "min(max(x, low), high)";
  let assemblyFormat = [{
    $input `,` $low `,` $high attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}
def NN_LeakyReluOp : NN_UnaryOp<"leaky_relu", "Own", (ins F64Attr:$alpha)> {
  let summary = "x if x >= 0, alpha * x otherwise";
}
def NN_HardSwishOp : NN_UnaryOp<"hard_swish"> {
  let summary = "x * min(max(x + 3, 0), 6) / 6";
}
def NN_SigmoidOp : NN_UnaryOp<"sigmoid", "Fixed"> {
  let summary = "1 / (1 + exp(-x))";
  let description = "Quantized results have scale 1/256 and zero point -128.";
  let extraClassDeclaration = quantRule # [{
    ::mlir::quant::UniformQuantizedType getFixedResultType();
  }];
}
def NN_TanhOp : NN_UnaryOp<"tanh", "Fixed"> {
  let summary = "hyperbolic tangent";
  let description = "Quantized results have scale 1/128 and zero point 0.";
  let extraClassDeclaration = quantRule # [{
    ::mlir::quant::UniformQuantizedType getFixedResultType();
  }];
}
def NN_GeluOp : NN_UnaryOp<"gelu", "Own", (ins UnitAttr:$approximate)> {
  let summary = "x * P(X <= x) for a normal X";
  let description = [{
    `x/2 * (1 + erf(x / sqrt 2))`, or with `approximate`
    `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`.
  }];
}
def NN_SqrtOp : NN_UnaryOp<"sqrt"> { let summary = "square root"; }
def NN_RsqrtOp : NN_UnaryOp<"rsqrt"> { let summary = "1 / square root"; }
def NN_ExpOp : NN_UnaryOp<"exp"> { let summary = "e to the power x"; }
def NN_LogOp : NN_UnaryOp<"log"> { let summary = "natural logarithm"; }
def NN_AbsOp : NN_UnaryOp<"abs"> { let summary = "absolute value"; }
def NN_NegOp : NN_UnaryOp<"neg"> { let summary = "-x"; }

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

/// Shapes broadcast as in NumPy.
class NN_BinaryOp<string mnemonic, string rule, list<Trait> traits = [],
                  dag more = (ins)>
    : NN_LayerOp<mnemonic, rule, traits> {
  let arguments = !con((ins NN_Tensor:$lhs, NN_Tensor:$rhs), more);
  let results = (outs NN_Tensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferBroadcast(*this, shapes)">.definition;
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

/// With a fused activation.
class NN_ArithmeticOp<string mnemonic, string rule, list<Trait> traits = []>
    : NN_BinaryOp<mnemonic, rule,
        !listconcat([NN_FusedActivationOpInterface], traits),
        (ins OptionalAttr<NN_ActivationAttr>:$activation,
             OptionalAttr<NN_ScalesAttr>:$scales)> {
  let assemblyFormat = [{
    $lhs `,` $rhs (`act` $activation^)? (`scales` $scales^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def NN_AddOp : NN_ArithmeticOp<"add", "Own", [Commutative]> {
  let summary = "lhs + rhs";
  let description = [{
    `scales` after fold-scales: fixed has three entries (lhs, rhs, result),
    float two (lhs scale / result scale, rhs scale / result scale).
  }];
  let hasFolder = 1;
}
def NN_SubOp : NN_ArithmeticOp<"sub", "Own"> {
  let summary = "lhs - rhs";
  let description = "`scales` as for `nn.add`.";
}
def NN_MulOp : NN_ArithmeticOp<"mul", "Own", [Commutative]> {
  let summary = "lhs * rhs";
  let description = [{
    `scales` after fold-scales: one entry, lhs scale * rhs scale / result scale.
  }];
}
def NN_DivOp : NN_ArithmeticOp<"div", "None"> { let summary = "lhs / rhs"; }
def NN_MaximumOp : NN_BinaryOp<"maximum", "SameAsInput", [Commutative]> {
  let summary = "the larger of two elements";
}
def NN_MinimumOp : NN_BinaryOp<"minimum", "SameAsInput", [Commutative]> {
  let summary = "the smaller of two elements";
}
def NN_SquaredDifferenceOp
    : NN_BinaryOp<"squared_difference", "None", [Commutative]> {
  let summary = "(lhs - rhs) * (lhs - rhs)";
}
def NN_PowOp : NN_BinaryOp<"pow", "None"> { let summary = "lhs to the power rhs"; }
def NN_PreluOp : NN_LayerOp<"prelu", "None"> {
  let summary = "x if x >= 0, alpha * x otherwise";
  let description = "`alpha` broadcasts to the shape of `input`.";
  let arguments = (ins NN_RealTensor:$input, NN_RealTensor:$alpha);
  let results = (outs NN_RealTensor:$output);
  let extraClassDefinition = NN_InferShapes<
      "inferBroadcast(*this, shapes)">.definition;
  let assemblyFormat =
      "$input `,` $alpha attr-dict `:` functional-type(operands, results)";
}

#endif // PARE_NN_OPS_ELEMENTWISE
