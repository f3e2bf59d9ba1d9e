//===- Globals.cpp - Constants of a module --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Globals.h"
#include "pare/Support/Identifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace pare::kernel;

std::string pare::kernel::sanitizeName(StringRef name) {
  std::string result = pare::makeIdentifierCharacters(name);
  if (result.empty() || llvm::isDigit(result.front()))
    result = "layer_" + result;
  return result;
}

memref::GlobalOp Globals::get(Location loc, ElementsAttr value,
                              StringRef name) {
  memref::GlobalOp &global = known[value];
  if (global)
    return global;
  auto shaped = cast<ShapedType>(value.getType());
  OpBuilder builder(loc.getContext());
  global = memref::GlobalOp::create(
      builder, loc, name, builder.getStringAttr("private"),
      MemRefType::get(shaped.getShape(), shaped.getElementType()), value,
      /*constant=*/true,
      builder.getI64IntegerAttr(KernelDialect::kBufferAlignment));
  symbols.insert(global, insertionPoint);
  return global;
}
