//===- Evaluate.h - The evaluation functions by operation -------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One overload for each operation of nn (but one function for all element-wise
// functions of one operand), in one file for each family. They rely on what the
// verifiers check and report only what depends on the data.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_INTERPRETER_EVALUATE_H
#define PARE_LIB_INTERPRETER_EVALUATE_H

#include "Layer.h"

namespace pare::interpreter {

// Convolution.cpp
llvm::Error eval(nn::Conv2DOp op, Layer &layer);
llvm::Error eval(nn::DepthwiseConv2DOp op, Layer &layer);
llvm::Error eval(nn::TransposeConv2DOp op, Layer &layer);
llvm::Error eval(nn::SparseConv2DOp op, Layer &layer);

// Matrix.cpp
llvm::Error eval(nn::FullyConnectedOp op, Layer &layer);
llvm::Error eval(nn::SparseFullyConnectedOp op, Layer &layer);
llvm::Error eval(nn::BatchMatmulOp op, Layer &layer);

// Pool.cpp
llvm::Error eval(nn::AvgPool2DOp op, Layer &layer);
llvm::Error eval(nn::MaxPool2DOp op, Layer &layer);
llvm::Error eval(nn::GlobalAvgPoolOp op, Layer &layer);
llvm::Error eval(nn::GlobalMaxPoolOp op, Layer &layer);

// Unary.cpp: every operation that has a function in UnaryFunction.h.
llvm::Error evalUnary(mlir::Operation *op, Layer &layer);

// Binary.cpp
llvm::Error eval(nn::AddOp op, Layer &layer);
llvm::Error eval(nn::SubOp op, Layer &layer);
llvm::Error eval(nn::MulOp op, Layer &layer);
llvm::Error eval(nn::DivOp op, Layer &layer);
llvm::Error eval(nn::MaximumOp op, Layer &layer);
llvm::Error eval(nn::MinimumOp op, Layer &layer);
llvm::Error eval(nn::SquaredDifferenceOp op, Layer &layer);
llvm::Error eval(nn::PowOp op, Layer &layer);
llvm::Error eval(nn::PreluOp op, Layer &layer);

// Reduce.cpp
llvm::Error eval(nn::ReduceMeanOp op, Layer &layer);
llvm::Error eval(nn::ReduceSumOp op, Layer &layer);
llvm::Error eval(nn::ReduceMaxOp op, Layer &layer);
llvm::Error eval(nn::ReduceMinOp op, Layer &layer);

// Normalize.cpp
llvm::Error eval(nn::SoftmaxOp op, Layer &layer);
llvm::Error eval(nn::LogSoftmaxOp op, Layer &layer);
llvm::Error eval(nn::BatchNormOp op, Layer &layer);
llvm::Error eval(nn::LayerNormOp op, Layer &layer);

// Movement.cpp
llvm::Error eval(nn::ReshapeOp op, Layer &layer);
llvm::Error eval(nn::TransposeOp op, Layer &layer);
llvm::Error eval(nn::ConcatOp op, Layer &layer);
llvm::Error eval(nn::SplitOp op, Layer &layer);
llvm::Error eval(nn::SliceOp op, Layer &layer);
llvm::Error eval(nn::PadOp op, Layer &layer);
llvm::Error eval(nn::GatherOp op, Layer &layer);

// Resize.cpp
llvm::Error eval(nn::ResizeBilinearOp op, Layer &layer);
llvm::Error eval(nn::ResizeNearestOp op, Layer &layer);

// Quantization.cpp
llvm::Error eval(nn::CastOp op, Layer &layer);
llvm::Error eval(nn::QuantizeOp op, Layer &layer);
llvm::Error eval(nn::DequantizeOp op, Layer &layer);
llvm::Error eval(nn::RequantizeOp op, Layer &layer);
llvm::Error eval(nn::FakeQuantOp op, Layer &layer);

// Recurrent.cpp
llvm::Error eval(nn::LstmOp op, Layer &layer);
llvm::Error eval(nn::GruOp op, Layer &layer);

} // namespace pare::interpreter

#endif // PARE_LIB_INTERPRETER_EVALUATE_H
