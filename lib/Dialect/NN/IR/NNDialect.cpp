//===- NNDialect.cpp - Registration of the nn dialect -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare::nn;

//===----------------------------------------------------------------------===//
// Arrays of floats in assembly
//===----------------------------------------------------------------------===//

/// `[1.0, 2.5]`. The form that DenseF32ArrayAttr has of its own prints seven
/// digits, which is not enough for a scale to come back as it was.
static ParseResult parseFloats(AsmParser &parser, DenseF32ArrayAttr &values) {
  SmallVector<float> floats;
  auto parseOne = [&] {
    APFloat value(APFloat::IEEEsingle());
    if (parser.parseFloat(APFloat::IEEEsingle(), value))
      return failure();
    floats.push_back(value.convertToFloat());
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  values = DenseF32ArrayAttr::get(parser.getContext(), floats);
  return success();
}

static void printFloats(AsmPrinter &printer, DenseF32ArrayAttr values) {
  printer << '[';
  llvm::interleaveComma(
      values.asArrayRef(), printer.getStream(),
      [&](float value) { printer.printFloat(APFloat(value)); });
  printer << ']';
}

static void printFloats(OpAsmPrinter &printer, Operation *,
                        DenseF32ArrayAttr values) {
  printFloats(printer, values);
}

#include "pare/Dialect/NN/IR/NNDialect.cpp.inc"
#include "pare/Dialect/NN/IR/NNEnums.cpp.inc"
#include "pare/Dialect/NN/IR/NNInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "pare/Dialect/NN/IR/NNAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "pare/Dialect/NN/IR/NNOps.cpp.inc"

void NNDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "pare/Dialect/NN/IR/NNAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "pare/Dialect/NN/IR/NNOps.cpp.inc"
      >();
}

Operation *NNDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                          Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!elements || !tensor ||
      elements.getElementType() != getStorageType(tensor.getElementType()))
    return nullptr;
  return ConstantOp::create(builder, loc, tensor, elements);
}

LogicalResult NNDialect::verifyOperationAttribute(Operation *op,
                                                  NamedAttribute attr) {
  if (attr.getName() != kRequantModeAttr)
    return op->emitOpError("has an unknown attribute '")
           << attr.getName().getValue() << "' of the nn dialect";
  if (!isa<RequantModeAttr>(attr.getValue()))
    return op->emitOpError("expects '")
           << kRequantModeAttr << "' to be a #nn.requant_mode, but found "
           << attr.getValue();
  return success();
}

static LogicalResult verifyNameAttr(Operation *op, NamedAttribute attr) {
  if (attr.getName() != NNDialect::kNameAttr)
    return op->emitOpError("has an unknown attribute '")
           << attr.getName().getValue() << "' on an argument or a result";
  if (!isa<StringAttr>(attr.getValue()))
    return op->emitOpError("expects '")
           << NNDialect::kNameAttr << "' to be a string, but found "
           << attr.getValue();
  return success();
}

LogicalResult NNDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                  unsigned,
                                                  NamedAttribute attr) {
  return verifyNameAttr(op, attr);
}

LogicalResult NNDialect::verifyRegionResultAttribute(Operation *op, unsigned,
                                                     unsigned,
                                                     NamedAttribute attr) {
  return verifyNameAttr(op, attr);
}
