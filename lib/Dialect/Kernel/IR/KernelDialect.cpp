//===- KernelDialect.cpp - Registration of the kernel dialect -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/Kernel/IR/Overlap.h"
#include "pare/Dialect/Kernel/IR/Regions.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare::kernel;

#include "pare/Dialect/Kernel/IR/KernelDialect.cpp.inc"
#include "pare/Dialect/Kernel/IR/KernelEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "pare/Dialect/Kernel/IR/KernelAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "pare/Dialect/Kernel/IR/KernelOps.cpp.inc"

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "pare/Dialect/Kernel/IR/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "pare/Dialect/Kernel/IR/KernelOps.cpp.inc"
      >();
}

/// Whether an operation can have images in such blocks of pixels.
static LogicalResult verifyPixelBlocks(Operation *op, NamedAttribute attr) {
  StringRef name = attr.getName();
  auto blocks = dyn_cast<DenseI64ArrayAttr>(attr.getValue());
  if (!blocks || blocks.size() != 2 || blocks[0] < 0 || blocks[1] < 0)
    return op->emitOpError("expects '")
           << name << "' to be two numbers of at least 0, but found "
           << attr.getValue();
  if (!isa<SparseContractOp, DepthwiseOp>(op))
    return op->emitOpError("has no images in blocks of pixels ('")
           << name << "')";
  // A sparse contraction has either layout on each side.
  const bool isDepthwise = isa<DepthwiseOp>(op);
  if (isDepthwise && (blocks[0] == 0) != (blocks[1] == 0))
    return op->emitOpError("expects '")
           << name << "' to have blocks for both images or for none, but found "
           << attr.getValue();
  auto in = cast<MemRefType>(op->getOperand(0).getType()),
       out = cast<MemRefType>(op->getOperands().back().getType());
  const bool oneSize = isDepthwise || in.getShape().take_front(3) ==
                                          out.getShape().take_front(3);
  if (!in.getElementType().isF32() || in.getDimSize(0) != 1 || !oneSize)
    return op->emitOpError("expects images of floats, of one batch")
           << (isDepthwise ? "" : " and one size")
           << ", in blocks of pixels, but found " << in << " and " << out;
  for (auto [lines, type] : {std::pair(blocks[0], in), {blocks[1], out}})
    if (lines > 0 && type.getDimSize(1) % lines != 0)
      return op->emitOpError("expects '")
             << name << "' to divide the lines of " << type
             << ", but found blocks of " << lines;
  if (!isDepthwise && blocks[0] > 0 && blocks[1] > 0 && blocks[0] != blocks[1])
    return op->emitOpError("expects '")
           << name << "' to have blocks of one size, but found "
           << attr.getValue();
  return success();
}

LogicalResult KernelDialect::verifyOperationAttribute(Operation *op,
                                                      NamedAttribute attr) {
  StringRef name = attr.getName();
  if (llvm::is_contained({kRegionsAttr, kRegionAttr, kWorkRegionAttr}, name))
    return verifyRegionAttribute(op, attr);
  if (name == kPackedAttr) {
    auto symbols = dyn_cast<ArrayAttr>(attr.getValue());
    if (!symbols || !llvm::all_of(symbols, llvm::IsaPred<FlatSymbolRefAttr>))
      return op->emitOpError("expects '")
             << name << "' to list globals, but found " << attr.getValue();
    return success();
  }
  if (name == kTileAttr) {
    auto tile = dyn_cast<DenseI64ArrayAttr>(attr.getValue());
    if (!tile || tile.size() != 2 || tile[0] < 1 || tile[1] < 1)
      return op->emitOpError("expects '")
             << name << "' to be two numbers of at least 1, but found "
             << attr.getValue();
    return success();
  }
  if (name == kWinogradAttr) {
    auto size = dyn_cast<IntegerAttr>(attr.getValue());
    if (!size || !llvm::is_contained({2, 4}, size.getInt()))
      return op->emitOpError("expects '")
             << name << "' to be 2 or 4, but found " << attr.getValue();
    return success();
  }
  if (name == kTermOrderAttr) {
    auto order = dyn_cast<DenseI64ArrayAttr>(attr.getValue());
    if (!order || order.size() != 3 || order[0] < 0 || order[0] > 1 ||
        order[1] < 1 || order[2] < 1 || order[2] > 31)
      return op->emitOpError("expects '")
             << name
             << "' to be 0 or 1, a number of at least 1 and bits of depths up "
                "to 4, but found "
             << attr.getValue();
    return success();
  }
  if (name == kOrderAttr) {
    auto order = dyn_cast<StringAttr>(attr.getValue());
    if (!order ||
        !llvm::is_contained({"none", "steps", "terms"}, order.getValue()))
      return op->emitOpError("expects '")
             << name << "' to be \"none\", \"steps\" or \"terms\", but found "
             << attr.getValue();
    return success();
  }
  if (name == kBytePairsAttr) {
    if (!isa<UnitAttr>(attr.getValue()))
      return op->emitOpError("expects '")
             << name << "' to have no value, but found " << attr.getValue();
    return success();
  }
  if (name == kStrassenAttr) {
    if (!isa<BoolAttr>(attr.getValue()))
      return op->emitOpError("expects '")
             << name << "' to be true or false, but found " << attr.getValue();
    return success();
  }
  if (name == kPixelBlocksAttr)
    return verifyPixelBlocks(op, attr);
  if (!llvm::is_contained({kArenaBytesAttr, kNumInputsAttr, kIterationsAttr,
                           kGrainAttr, kScratchBytesAttr, kArenaBoundAttr,
                           kBufferBoundAttr, kFreeBytesAttr, kWorkBytesAttr,
                           kWorkOffsetAttr, kOverlapDistanceAttr,
                           kStripeRowsAttr},
                          name))
    return op->emitOpError("has an unknown attribute '")
           << name << "' of the kernel dialect";
  auto value = dyn_cast<IntegerAttr>(attr.getValue());
  if (!value || value.getInt() < 0)
    return op->emitOpError("expects '")
           << name << "' to be a number of at least 0, but found "
           << attr.getValue();
  if (auto function = dyn_cast<FunctionOpInterface>(op);
      name == kNumInputsAttr && function &&
      value.getInt() > int64_t(function.getNumArguments()))
    return op->emitOpError("expects '")
           << name << "' to be at most the number of its arguments ("
           << function.getNumArguments() << "), but found " << value.getInt();
  return success();
}

LogicalResult KernelDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                      unsigned,
                                                      NamedAttribute attr) {
  if (attr.getName() == kRegionAttr)
    return verifyRegionAttribute(op, attr);
  if (attr.getName() == kArenaOffsetAttr) {
    auto offset = dyn_cast<IntegerAttr>(attr.getValue());
    if (!offset || offset.getInt() < 0)
      return op->emitOpError("expects '")
             << kArenaOffsetAttr << "' to be a number of at least 0, but found "
             << attr.getValue();
    return success();
  }
  if (attr.getName() != kTensorTypeAttr)
    return op->emitOpError("has an unknown attribute '")
           << attr.getName().getValue() << "' on an argument";
  auto type = dyn_cast<TypeAttr>(attr.getValue());
  if (!type || !isa<RankedTensorType>(type.getValue()))
    return op->emitOpError("expects '")
           << kTensorTypeAttr << "' to be a ranked tensor type, but found "
           << attr.getValue();
  return success();
}

Value pare::kernel::getRootBuffer(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

Value pare::kernel::getUnshapedBuffer(Value value) {
  while (auto view = value.getDefiningOp<ReshapeOp>())
    value = view.getSource();
  return value;
}

int64_t pare::kernel::getViewOffset(Value value) {
  int64_t offset = 0;
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>()) {
    if (auto part = dyn_cast<SubviewOp>(view.getOperation())) {
      auto type = cast<MemRefType>(part.getOutput().getType());
      offset +=
          part.getFirst() * (getSizeInBytes(type) / type.getNumElements());
    }
    value = view.getViewSource();
  }
  return offset;
}

bool ByteRange::isWhole() const {
  return size() == getSizeInBytes(cast<MemRefType>(root.getType()));
}

ByteRange pare::kernel::getAccessedRange(OpOperand &operand) {
  Value view = operand.get();
  auto type = cast<MemRefType>(view.getType());
  ByteRange range = {getRootBuffer(view), getViewOffset(view), 0};
  auto copy = dyn_cast<CopyOp>(operand.getOwner());
  if (!copy) {
    range.end = range.begin + getSizeInBytes(type);
    return range;
  }
  const bool isInput = operand.getOperandNumber() == 0;
  int64_t first = isInput ? copy.getInputOffset() : copy.getOutputOffset();
  int64_t last = first;
  for (auto [size, stride] :
       llvm::zip_equal(copy.getSizes(), isInput ? copy.getInputStrides()
                                                : copy.getOutputStrides())) {
    const int64_t distance = (size - 1) * stride;
    (distance < 0 ? first : last) += distance;
  }
  const int64_t elementBytes = getSizeInBytes(type) / type.getNumElements();
  range.end = range.begin + (last + 1) * elementBytes;
  range.begin += first * elementBytes;
  return range;
}

int64_t pare::kernel::getSizeInBytes(MemRefType type) {
  // One-bit elements take a byte each in memory.
  int64_t bits = std::max(8u, type.getElementTypeBitWidth());
  return type.getNumElements() * bits / 8;
}
