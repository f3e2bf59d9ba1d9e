//===- NNOpBase.td - Classes shared by the operations of nn -----------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OP_BASE
#define PARE_NN_OP_BASE

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "NNAttributes.td"
include "NNInterfaces.td"

def NN_QuantizedType
    : Type<CPred<"::llvm::isa<::mlir::quant::UniformQuantizedType, "
                 "::mlir::quant::UniformQuantizedPerAxisType>($_self)">,
           "uniform quantized type">;
def NN_Float : AnyTypeOf<[F32, F16]>;
def NN_Integer : AnyTypeOf<[I1, I8, I16, I32, I64]>;

def NN_Tensor : RankedTensorOf<[NN_Float, NN_Integer, NN_QuantizedType]>;
def NN_FloatTensor : RankedTensorOf<[NN_Float]>;
def NN_QuantizedTensor : RankedTensorOf<[NN_QuantizedType]>;
def NN_RealTensor : RankedTensorOf<[NN_Float, NN_QuantizedType]>;
def NN_IndexTensor : RankedTensorOf<[I32, I64]>;
def NN_Tensor1D : TensorRankOf<[NN_Float, NN_Integer, NN_QuantizedType], [1]>;
def NN_Tensor4D : TensorRankOf<[NN_Float, NN_QuantizedType], [4]>;
def NN_FloatTensor1D : TensorRankOf<[NN_Float], [1]>;

/// As I64Attr, but read as a signed number.
def NN_I64 : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit integer">;

// Pairs are [height, width]; padding is [top, bottom, left, right].
class NN_ArrayOfSize<int n> : ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<n>]>;
def NN_Pair : NN_ArrayOfSize<2>;
def NN_Padding : NN_ArrayOfSize<4>;

class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure], traits)>;

/// A layer: shapes are inferred and verified, quantization passes know it.
class NN_LayerOp<string mnemonic, string rule, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([
        DeclareOpInterfaceMethods<NN_LayerOpInterface>,
        NN_QuantizableOpInterface], traits)> {
  code quantRule = [{
    ::pare::nn::QuantRule getQuantRule() { return ::pare::nn::QuantRule::}] #
    rule # [{; }
  }];
  let extraClassDeclaration = quantRule;
}

/// Defines inferShapes by one shared function, given the call.
class NN_InferShapes<string call> {
  code definition = [{
    ::llvm::LogicalResult $cppClass::inferShapes(
        ::llvm::SmallVectorImpl<::llvm::SmallVector<int64_t, 4>> &shapes) {
      return ::pare::nn::detail::}] # call # [{;
    }
  }];
}

/// A layer with weights, an optional bias and a fused activation.
class NN_WeightedOp<string mnemonic, string channelAxis, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([
        DeclareOpInterfaceMethods<NN_LayerOpInterface, ["getMacs"]>,
        NN_QuantizableOpInterface,
        NN_FusedActivationOpInterface], traits)> {
  code weighted = [{
    ::pare::nn::QuantRule getQuantRule() { return ::pare::nn::QuantRule::Own; }
    std::optional<unsigned> getFilterIndex() { return 1; }
    int64_t getFilterChannelAxis() { return }] # channelAxis # [{; }
    std::optional<unsigned> getBiasIndex() {
      return getBias() ? std::optional<unsigned>(2) : std::nullopt;
    }
  }];
  let extraClassDeclaration = weighted;
  let hasVerifier = 1;
}

#endif // PARE_NN_OP_BASE
