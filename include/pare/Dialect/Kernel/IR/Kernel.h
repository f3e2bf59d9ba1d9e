//===- Kernel.h - The kernel dialect ----------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
/// \file
/// The dialect of networks as machines run them. The language is described in
/// dialects/kernel.

#ifndef PARE_DIALECT_KERNEL_IR_KERNEL_H
#define PARE_DIALECT_KERNEL_IR_KERNEL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Numerics/TableByProducts.h"

#include "pare/Dialect/Kernel/IR/KernelDialect.h.inc"
#include "pare/Dialect/Kernel/IR/KernelEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "pare/Dialect/Kernel/IR/KernelAttributes.h.inc"

namespace pare::kernel {

/// The last operand is the buffer that the operation writes.
template <typename ConcreteOp>
class DestinationStyle
    : public mlir::OpTrait::TraitBase<ConcreteOp, DestinationStyle> {
public:
  mlir::TypedValue<mlir::MemRefType> getDestination() {
    mlir::Operation *op = this->getOperation();
    return mlir::cast<mlir::TypedValue<mlir::MemRefType>>(
        op->getOperand(op->getNumOperands() - 1));
  }
};

/// The output may take the place of an input of the same type: code writes an
/// element when nothing later reads that element of the input.
template <typename ConcreteOp>
class InPlace : public mlir::OpTrait::TraitBase<ConcreteOp, InPlace> {};

/// The buffer at the root of a chain of views (kernel.reshape, kernel.subview):
/// a kernel.buffer, a memref.get_global or an argument.
mlir::Value getRootBuffer(mlir::Value value);

/// `value` without the views that change its shape alone: a root buffer or a
/// kernel.subview.
mlir::Value getUnshapedBuffer(mlir::Value value);

/// Where a view begins in its root buffer, in bytes.
int64_t getViewOffset(mlir::Value value);

/// The bytes [begin, end) of a root buffer.
struct ByteRange {
  mlir::Value root;
  int64_t begin, end;

  int64_t size() const { return end - begin; }
  bool isWhole() const;
  bool overlaps(const ByteRange &other) const {
    return root == other.root && begin < other.end && other.begin < end;
  }
};

/// All that an operation touches of an operand that is a buffer: the whole
/// view, or of a kernel.copy the least range with all elements of its walk.
ByteRange getAccessedRange(mlir::OpOperand &operand);

/// Bytes of a buffer of static shape.
int64_t getSizeInBytes(mlir::MemRefType type);

namespace detail {
/// RowOrderOpInterface::getOverlapDistance of an operation of kernel.
int64_t getOverlapDistance(mlir::Operation *op);
} // namespace detail

} // namespace pare::kernel

#include "pare/Dialect/Kernel/IR/KernelInterfaces.h.inc"

#define GET_OP_CLASSES
#include "pare/Dialect/Kernel/IR/KernelOps.h.inc"

#endif // PARE_DIALECT_KERNEL_IR_KERNEL_H
