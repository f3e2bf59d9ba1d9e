//===- Text.h - Names, numbers and comments in C ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_TEXT_H
#define PARE_LIB_TARGET_C_TEXT_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace pare::c {

/// `name` with everything that C does not allow in an identifier replaced by
/// underscores. Importers join the names of fused layers by ';': only the first
/// counts. Never empty, at most 64 characters.
std::string toIdentifier(llvm::StringRef name);

/// `name` in upper case.
std::string toMacro(llvm::StringRef name);

/// Printable text that cannot end or continue a comment.
std::string toComment(llvm::StringRef text);

/// Gives out names, each once.
class NameTable {
public:
  /// A name that starts with toIdentifier(wanted) and is neither taken nor a
  /// word of C or of the kernel library.
  std::string add(llvm::StringRef wanted);

private:
  llvm::StringSet<> taken;
};

/// The C type of the elements of a buffer, such as "int8_t"; empty if there is
/// none.
llvm::StringRef getCType(mlir::Type elementType);

/// "1x32x32x3"
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// An f32 literal that reads back as the same number.
std::string floatLiteral(float value);

/// An integer literal of any value of 32 bits.
std::string intLiteral(int64_t value);

/// Writes `static const TYPE NAME[N] = {...};` with the elements in lines of 80
/// columns. Fails if the elements are a resource that is not there.
llvm::LogicalResult writeArray(llvm::raw_ostream &os, llvm::StringRef name,
                               mlir::ElementsAttr elements);
void writeArray(llvm::raw_ostream &os, llvm::StringRef name,
                llvm::StringRef type, llvm::ArrayRef<std::string> literals);

/// Writes `head(argument, argument)tail` in lines of 80 columns, the further
/// lines below the first argument.
void writeCall(llvm::raw_ostream &os, llvm::StringRef head,
               llvm::ArrayRef<std::string> arguments, llvm::StringRef tail);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_TEXT_H
