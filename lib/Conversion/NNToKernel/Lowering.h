//===- Lowering.h - A function on its way from nn to kernel -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gives the lowering functions of the layers their operands and results as
// buffers. A layer asks for its inputs first, then for its outputs, and builds
// operations of kernel between.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_CONVERSION_NNTOKERNEL_LOWERING_H
#define PARE_LIB_CONVERSION_NNTOKERNEL_LOWERING_H

#include "Globals.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Dialect/NN/IR/Scales.h"
#include <limits>

namespace pare::kernel {

/// A strided walk through two buffers, in elements: what a kernel.copy does.
struct Walk {
  llvm::SmallVector<int64_t> sizes, inputStrides, outputStrides;
  int64_t inputOffset = 0, outputOffset = 0;
};

class Lowering {
public:
  Lowering(mlir::func::FuncOp function, Globals &globals)
      : b(function.getLoc(), function.getContext()), globals(globals),
        function(function) {}

  /// Rewrites the function; reports what cannot be lowered.
  llvm::LogicalResult run();

  /// The static type of the buffer that holds a tensor.
  static mlir::MemRefType bufferType(mlir::Type tensor);

  /// The buffer that holds `value`. A constant becomes a global that is named
  /// after the layer and `role`. With `shape`, the buffer seen in that shape.
  mlir::Value input(mlir::Value value, llvm::StringRef role);
  mlir::Value input(mlir::Value value, llvm::StringRef role,
                    llvm::ArrayRef<int64_t> shape);

  /// The buffer that `result` is to be written to: an output of the function
  /// where that is possible, otherwise a new one.
  mlir::Value output(mlir::Value result);
  mlir::Value output(mlir::Value result, llvm::ArrayRef<int64_t> shape);

  /// Makes `result` another name of what `source` holds.
  void alias(mlir::Value result, mlir::Value source);

  /// A global that the layer needs besides its operands.
  mlir::Value global(mlir::ElementsAttr value, llvm::StringRef role);
  mlir::Value buffer(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);
  mlir::Value view(mlir::Value buffer, llvm::ArrayRef<int64_t> shape);
  /// Builds a copy, with as few dimensions as possible.
  void copy(mlir::Value input, mlir::Value output, Walk walk);

  //===--------------------------------------------------------------------===//
  // Epilogues
  //===--------------------------------------------------------------------===//

  /// A clamp of real numbers.
  EpilogueAttr
  floatEpilogue(double low = -std::numeric_limits<double>::infinity(),
                double high = std::numeric_limits<double>::infinity());
  EpilogueAttr floatEpilogue(nn::ActivationAttr activation);
  EpilogueAttr integerEpilogue(int64_t zeroPoint, QuantRange range,
                               nn::ScalesAttr scales = {});
  /// The epilogue of `result`, quantized or not, clamped by `activation`.
  EpilogueAttr epilogue(mlir::Value result, nn::ActivationAttr activation,
                        nn::ScalesAttr scales = {});
  /// The multipliers of an integer layer: its own, or those that follow from
  /// its types.
  template <typename OpT> nn::ScalesAttr scalesOf(OpT op) {
    if (nn::ScalesAttr scales = op.getScalesAttr())
      return scales;
    return nn::computeScales(op, nn::getRequantMode(op));
  }

  mlir::ImplicitLocOpBuilder b;
  int64_t numLayers = 0, numCopies = 0;

private:
  llvm::LogicalResult checkFunction();
  void convertSignature();
  void assignOutputs(mlir::func::ReturnOp terminator);
  void finish(mlir::func::ReturnOp terminator);

  Globals &globals;
  mlir::func::FuncOp function;
  /// Name of the layer that is being lowered.
  std::string layer;
  llvm::SmallVector<mlir::Value> outputs;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  /// Results that are to be written straight to an output.
  llvm::DenseMap<mlir::Value, mlir::Value> destinations;
};

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// An error on `op` that begins with the name of its layer.
mlir::InFlightDiagnostic fail(mlir::Operation *op);

/// Zero point of a per-tensor quantized value; 0 for any other.
int64_t zeroPointOf(mlir::Value value);

bool isF32(mlir::Value value);
/// True if `value` is quantized per tensor and stored as i8.
bool isSigned8(mlir::Value value);

/// All values are f32, or `false` after an error that names the nn pass that
/// makes them so.
llvm::LogicalResult expectF32(mlir::Operation *op);
/// All operands and results have one element type, quantized alike.
llvm::LogicalResult expectSameQuantization(mlir::Operation *op);

/// The operand of a layer that only gives another name or shape to a value, or
/// null.
mlir::Value getAliasedOperand(mlir::Operation *op);

llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);
int64_t product(llvm::ArrayRef<int64_t> sizes);

//===----------------------------------------------------------------------===//
// The layers, by family
//===----------------------------------------------------------------------===//

/// Lower `op`; an error is reported where that is impossible.
llvm::LogicalResult lowerLayer(mlir::Operation *op, Lowering &l);

// Contractions.cpp
llvm::LogicalResult lower(nn::Conv2DOp op, Lowering &l);
llvm::LogicalResult lower(nn::DepthwiseConv2DOp op, Lowering &l);
llvm::LogicalResult lower(nn::TransposeConv2DOp op, Lowering &l);
llvm::LogicalResult lower(nn::FullyConnectedOp op, Lowering &l);
llvm::LogicalResult lower(nn::SparseConv2DOp op, Lowering &l);
llvm::LogicalResult lower(nn::SparseFullyConnectedOp op, Lowering &l);
llvm::LogicalResult lower(nn::BatchMatmulOp op, Lowering &l);

// Pools.cpp
llvm::LogicalResult lower(nn::AvgPool2DOp op, Lowering &l);
llvm::LogicalResult lower(nn::MaxPool2DOp op, Lowering &l);
llvm::LogicalResult lower(nn::GlobalAvgPoolOp op, Lowering &l);
llvm::LogicalResult lower(nn::GlobalMaxPoolOp op, Lowering &l);

// Elementwise.cpp: `op` is one of the layers with one or two operands there.
llvm::LogicalResult lowerUnary(mlir::Operation *op, Lowering &l);
llvm::LogicalResult lowerBinary(mlir::Operation *op, Lowering &l);

// Reductions.cpp
llvm::LogicalResult lower(nn::ReduceMeanOp op, Lowering &l);
llvm::LogicalResult lower(nn::ReduceSumOp op, Lowering &l);
llvm::LogicalResult lower(nn::ReduceMaxOp op, Lowering &l);
llvm::LogicalResult lower(nn::ReduceMinOp op, Lowering &l);
llvm::LogicalResult lower(nn::SoftmaxOp op, Lowering &l);
llvm::LogicalResult lower(nn::LogSoftmaxOp op, Lowering &l);
llvm::LogicalResult lower(nn::LayerNormOp op, Lowering &l);

// Movement.cpp
llvm::LogicalResult lower(nn::TransposeOp op, Lowering &l);
llvm::LogicalResult lower(nn::ConcatOp op, Lowering &l);
llvm::LogicalResult lower(nn::SplitOp op, Lowering &l);
llvm::LogicalResult lower(nn::SliceOp op, Lowering &l);
llvm::LogicalResult lower(nn::PadOp op, Lowering &l);
llvm::LogicalResult lower(nn::GatherOp op, Lowering &l);
llvm::LogicalResult lower(nn::ResizeBilinearOp op, Lowering &l);
llvm::LogicalResult lower(nn::ResizeNearestOp op, Lowering &l);

// Conversions.cpp
llvm::LogicalResult lower(nn::CastOp op, Lowering &l);
llvm::LogicalResult lower(nn::QuantizeOp op, Lowering &l);
llvm::LogicalResult lower(nn::DequantizeOp op, Lowering &l);
llvm::LogicalResult lower(nn::RequantizeOp op, Lowering &l);
llvm::LogicalResult lower(nn::FakeQuantOp op, Lowering &l);

// Recurrent.cpp
llvm::LogicalResult lower(nn::LstmOp op, Lowering &l);
llvm::LogicalResult lower(nn::GruOp op, Lowering &l);

} // namespace pare::kernel

#endif // PARE_LIB_CONVERSION_NNTOKERNEL_LOWERING_H
