//===- NN.h - The nn dialect ------------------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The dialect of networks: its attributes, interfaces and operations, and what
/// their users share. The language is described in dialects/nn.

#ifndef PARE_DIALECT_NN_IR_NN_H
#define PARE_DIALECT_NN_IR_NN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <optional>
#include <string>
#include <utility>

namespace pare::nn::detail {

/// The list of shapes that a layer infers for its results.
using ShapeList = llvm::SmallVectorImpl<llvm::SmallVector<int64_t, 4>>;

/// Verifier of LayerOpInterface: the results have the inferred shapes.
llvm::LogicalResult verifyLayer(mlir::Operation *op);

/// Shared bodies of LayerOpInterface::inferShapes.
llvm::LogicalResult inferSameShape(mlir::Value input, ShapeList &shapes);
llvm::LogicalResult inferBroadcast(mlir::Operation *op, ShapeList &shapes);
llvm::LogicalResult inferPool(mlir::Operation *op,
                              llvm::ArrayRef<int64_t> kernel,
                              llvm::ArrayRef<int64_t> strides,
                              llvm::ArrayRef<int64_t> padding,
                              ShapeList &shapes);
llvm::LogicalResult inferGlobalPool(mlir::Value input, ShapeList &shapes);
llvm::LogicalResult inferAlongAxis(mlir::Operation *op, int64_t axis,
                                   ShapeList &shapes);
llvm::LogicalResult inferReduce(mlir::Operation *op,
                                llvm::ArrayRef<int64_t> axes, bool keepDims,
                                ShapeList &shapes);
llvm::LogicalResult inferResize(mlir::Operation *op, mlir::Value input,
                                llvm::ArrayRef<int64_t> size,
                                ShapeList &shapes);

} // namespace pare::nn::detail

#include "pare/Dialect/NN/IR/NNDialect.h.inc"
#include "pare/Dialect/NN/IR/NNEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "pare/Dialect/NN/IR/NNAttributes.h.inc"

#include "pare/Dialect/NN/IR/NNInterfaces.h.inc"

#define GET_OP_CLASSES
#include "pare/Dialect/NN/IR/NNOps.h.inc"

namespace pare::nn {

/// Bounds [low, high] in real units of a fused activation; infinities where it
/// does not clamp (both for null, which stands for no activation).
std::pair<double, double> getActivationBounds(ActivationAttr activation);

/// The type of the stored elements: a signless integer of the storage width for
/// a quantized type (`i8` for i8 and u8), any other element type as it is.
mlir::Type getStorageType(mlir::Type elementType);

/// The quantized element type of a tensor, or null.
mlir::quant::QuantizedType getQuantizedType(mlir::Type tensorType);
inline mlir::quant::QuantizedType getQuantizedType(mlir::Value value) {
  return getQuantizedType(value.getType());
}

/// Scale of output channel `channel` (any index for a per-tensor type).
double getScale(mlir::quant::QuantizedType type, int64_t channel = 0);

/// Zero point of output channel `channel` (any index for a per-tensor type).
int64_t getZeroPoint(mlir::quant::QuantizedType type, int64_t channel = 0);

/// The stored elements of an `nn.constant` that defines `value`, or null.
mlir::ElementsAttr getConstantElements(mlir::Value value);

/// The raw little-endian bytes of dense elements, resource or not, without a
/// copy; std::nullopt for a splat or an unresolved resource.
std::optional<llvm::ArrayRef<char>> getRawBytes(mlir::ElementsAttr elements);

/// The values of elements of type i32 (a splat is expanded), or std::nullopt if
/// the type is another or a resource is unresolved.
std::optional<llvm::SmallVector<int32_t>>
getI32Values(mlir::ElementsAttr elements);

/// Whether lists of stored entries are those of rows: row r has the entries
/// from `positions[r]` to `positions[r + 1]`, whose `coordinates` lie in
/// [0, columns) and increase. There is at least one position. The error begins
/// with what `emitError` gives.
llvm::LogicalResult
verifySparseRows(llvm::ArrayRef<int32_t> positions,
                 llvm::ArrayRef<int32_t> coordinates, int64_t columns,
                 llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Elements from raw bytes: a resource named after `name` for anything of more
/// than 64 bytes, inline otherwise. `bytes` must hold the whole shape.
mlir::ElementsAttr makeElements(mlir::ShapedType type,
                                llvm::ArrayRef<char> bytes,
                                llvm::StringRef name);

/// Rows and columns of the blocks of a sparse matrix in compressed rows ({1, 1}
/// without blocks; blocks of one row or one column leave out the level that
/// would have one entry). std::nullopt for any other sparse encoding.
std::optional<std::pair<int64_t, int64_t>>
getSparseBlock(mlir::RankedTensorType type);

/// The layer's own name, from its location ("conv1"); the name of the
/// operation where the location has none.
std::string getLayerName(mlir::Operation *op);

/// The name that a location carries; empty if it has none.
llvm::StringRef getLayerName(mlir::Location loc);

/// The requantization mode of the module around `op`; `Fixed` if unset.
RequantMode getRequantMode(mlir::Operation *op);

/// Splits dimensions of convolutions and depthwise convolutions, computed once
/// for all who walk them. Sizes in elements.
struct ConvGeometry {
  int64_t batch, inHeight, inWidth, inChannels;
  int64_t outHeight, outWidth, outChannels;
  int64_t kernelHeight, kernelWidth;
  int64_t strideHeight, strideWidth, dilationHeight, dilationWidth;
  int64_t padTop, padBottom, padLeft, padRight;
  /// Groups of a grouped convolution, 1 for most; inChannels for depthwise.
  int64_t groups;
};
ConvGeometry getGeometry(Conv2DOp op);
ConvGeometry getGeometry(DepthwiseConv2DOp op);
ConvGeometry getGeometry(TransposeConv2DOp op);
ConvGeometry getGeometry(SparseConv2DOp op);
ConvGeometry getGeometry(AvgPool2DOp op);
ConvGeometry getGeometry(MaxPool2DOp op);

} // namespace pare::nn

#endif // PARE_DIALECT_NN_IR_NN_H
