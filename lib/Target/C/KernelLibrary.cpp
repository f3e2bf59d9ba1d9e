//===- KernelLibrary.cpp - The C functions of generated code --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files in kernels/ are written to a convention that makes taking them
// apart simple: blank lines at file scope stand between definitions and
// nowhere else, and the name of a definition is in its first line of code.
//
//===----------------------------------------------------------------------===//

#include "KernelLibrary.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace pare::c;

namespace {
struct KernelFile {
  const char *name;
  const char *text;
};
} // namespace

static constexpr KernelFile kernelFiles[] = {
#include "Kernels.inc"
};

static bool isIdentifierChar(char c) { return isAlnum(c) || c == '_'; }

/// The identifier that ends at the end of `text`, blanks aside.
static StringRef lastIdentifier(StringRef text) {
  text = text.rtrim();
  return text.take_back(
      text.size() -
      (text.find_last_not_of("abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") +
       1));
}

/// The name that a definition gives something, which may stand behind
/// directives for the preprocessor; empty if `text` is none.
static StringRef getDefinedName(StringRef text) {
  // A macro, in forms for several compilers.
  if (size_t macro = text.find("#define "); macro != StringRef::npos)
    return text.drop_front(macro + 8).take_while(isIdentifierChar);
  while (text.starts_with("//") || text.starts_with("#") ||
         text.starts_with("\n"))
    text = text.split('\n').second;
  if (text.consume_front("typedef struct "))
    return text.take_while(isIdentifierChar);
  static constexpr StringLiteral kFunctions[] = {"static", "HELPER",
                                                 "SPECIALIZED", "LAYER"};
  if (llvm::any_of(kFunctions,
                   [&](StringRef word) { return text.starts_with(word); }))
    return lastIdentifier(text.take_until(
        [](char c) { return c == '(' || c == '[' || c == '='; }));
  return {};
}

void pare::c::collectIdentifiers(StringRef code, StringSet<> &names) {
  while (!code.empty()) {
    if (code.starts_with("//")) {
      code = code.split('\n').second;
    } else if (code.front() == '"') {
      code = code.drop_front().split('"').second;
    } else if (isIdentifierChar(code.front())) {
      StringRef name = code.take_while(isIdentifierChar);
      if (!isDigit(name.front()))
        names.insert(name);
      code = code.drop_front(name.size());
    } else {
      code = code.drop_front();
    }
  }
}

KernelLibrary::KernelLibrary(bool requantizesByFloat, bool sharesKernels) {
  const StringRef otherFiles[] = {requantizesByFloat ? "requantize_fixed.h"
                                                     : "requantize_float.h",
                                  sharesKernels ? "specialize.h" : "share.h"};
  for (const KernelFile &file : kernelFiles)
    if (!llvm::is_contained(otherFiles, file.name))
      addFile(file.text);
}

void KernelLibrary::addFile(StringRef text) {
  size_t start = StringRef::npos;
  unsigned depth = 0;
  // The line break that ends the file is not a blank line.
  for (size_t position = 0; position <= text.size();) {
    size_t end = std::min(text.find('\n', position), text.size());
    StringRef line = text.slice(position, end);
    if (line.trim().empty() && depth == 0) {
      if (start != StringRef::npos) {
        StringRef block = text.slice(start, position);
        if (StringRef name = getDefinedName(block); !name.empty())
          definitions.push_back({name, block});
      }
      start = StringRef::npos;
    } else if (start == StringRef::npos) {
      start = position;
    }
    depth += line.count('{') - line.count('}');
    if (line.starts_with("#if"))
      ++depth;
    if (line.starts_with("#endif"))
      --depth;
    position = end + 1;
  }
}

std::string KernelLibrary::select(StringRef code) const {
  StringSet<> needed;
  collectIdentifiers(code, needed);
  // Everything stands behind what it needs.
  std::vector<StringRef> texts;
  for (const Definition &definition : llvm::reverse(definitions)) {
    if (!needed.contains(definition.name))
      continue;
    collectIdentifiers(definition.text, needed);
    texts.push_back(definition.text);
  }
  return llvm::join(llvm::reverse(texts), "\n");
}

bool KernelLibrary::defines(StringRef name) {
  static const StringSet<> names = [] {
    StringSet<> names;
    for (bool byFloat : {false, true})
      for (const Definition &definition :
           KernelLibrary(byFloat, false).definitions)
        names.insert(definition.name);
    return names;
  }();
  return names.contains(name);
}
