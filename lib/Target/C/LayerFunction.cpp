//===- LayerFunction.cpp - The text of a layer's function -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Layers whose functions differ in their constant arrays alone, such as the
// blocks that many networks repeat, share one, which gets the arrays as
// parameters: sizes stay constants of the code.
//
//===----------------------------------------------------------------------===//

#include "KernelLibrary.h"
#include "LayerWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

void LayerWriter::useTable(StringRef name, StringRef type, StringRef role) {
  if (llvm::none_of(tableUses,
                    [&](const TableUse &use) { return use.name == name; }))
    tableUses.push_back({name.str(), type.str(), role.str()});
}

static constexpr StringLiteral kIdentifierChars =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/// Calls `visit` for what is an identifier, where `isField` says that it is one
/// of a struct, and for what is none.
static void
scan(StringRef code,
     function_ref<void(StringRef text, bool isName, bool isField)> visit) {
  char before = 0;
  while (!code.empty()) {
    const bool isName = kIdentifierChars.contains(code.front());
    const size_t end = isName ? code.find_first_not_of(kIdentifierChars)
                              : code.find_first_of(kIdentifierChars);
    StringRef text = code.take_front(end);
    visit(text, isName, before == '.');
    before = text.back();
    code = code.drop_front(text.size());
  }
}

SmallVector<std::string> LayerWriter::nameParameters() const {
  llvm::StringSet<> taken;
  scan(body, [&](StringRef text, bool isName, bool isField) {
    if (isName && !isField)
      taken.insert(text);
  });
  for (const Parameter &parameter : parameters)
    taken.insert(parameter.name);
  SmallVector<std::string> names;
  for (const TableUse &use : tableUses) {
    std::string name = use.role;
    for (unsigned i = 2; taken.contains(name) || KernelLibrary::defines(name);
         ++i)
      name = use.role + "_" + std::to_string(i);
    taken.insert(name);
    names.push_back(name);
  }
  return names;
}

/// The body with parameters in the place of some tables. Structs that hold one
/// are not static then.
std::string
LayerWriter::getBody(const llvm::StringMap<std::string> &parameterOf) const {
  std::string result, definition;
  bool isStatic = true;
  for (StringRef rest = body; !rest.empty();) {
    auto [line, next] = rest.split('\n');
    rest = next;
    const bool begins =
        line.ltrim().starts_with("static const ") && line.ends_with(" = {");
    if (begins) {
      result += definition;
      definition.clear();
      isStatic = true;
    }
    scan(line, [&](StringRef text, bool isName, bool isField) {
      auto parameter = parameterOf.find(text);
      const bool isTable = isName && !isField && parameter != parameterOf.end();
      definition += isTable ? StringRef(parameter->second) : text;
      isStatic &= !isTable;
    });
    definition += "\n";
    if (line.trim() == "};" || (rest.empty() && !definition.empty())) {
      const size_t start = definition.find("static const ");
      if (!isStatic && start != std::string::npos &&
          StringRef(definition).take_front(start).trim().empty())
        definition.erase(start, StringRef("static ").size());
      result += definition;
      definition.clear();
      isStatic = true;
    }
  }
  return result;
}

/// "contract", or the mnemonics of several operations.
static std::string getKinds(const NetworkLayer &layer) {
  llvm::SmallSetVector<StringRef, 4> kinds;
  for (Operation *op : layer.ops)
    kinds.insert(op->getName().stripDialect());
  return llvm::join(kinds, ", ");
}

static std::string describe(MemRefType type) {
  return shapeText(type.getShape()) + " " +
         getCType(type.getElementType()).str();
}

/// The first of the names of a fused layer, which importers join by ';'.
static std::string getShortName(StringRef name) {
  return toComment(name.split(';').first);
}

std::string LayerWriter::getDescription(
    const llvm::StringMap<std::string> &parameterOf) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "// " << getShortName(layer.name) << ": " << getKinds(layer);
  if (layer.macs != 0)
    os << ", " << layer.macs << " MACs";
  os << "\n";
  for (const Parameter &parameter : parameters) {
    if (parameter.name == "scratch")
      continue;
    // The layer may see the buffer in another shape than the one it has.
    MemRefType type = typeOf(parameter.root);
    for (Operation *op : layer.ops)
      for (Value operand : op->getOperands())
        if (kernel::getUnshapedBuffer(operand) == parameter.root)
          type = typeOf(operand);
    os << "//   " << parameter.name << " " << describe(type) << "\n";
  }
  llvm::SmallSetVector<Operation *, 4> constants;
  for (Operation *op : layer.ops)
    for (Value operand : op->getOperands())
      if (memref::GlobalOp global = getGlobal(operand);
          global && unpackedGlobals.contains(global) &&
          constants.insert(global)) {
        StringRef name = network.globals.find(global)->second;
        auto parameter = parameterOf.find(name);
        os << "//   "
           << (parameter == parameterOf.end() ? name
                                              : StringRef(parameter->second))
           << " " << describe(global.getType()) << "\n";
      }
  return text;
}

llvm::StringMap<std::string>
LayerWriter::getParameterNames(const llvm::SmallBitVector &chosen) const {
  llvm::StringMap<std::string> parameterOf;
  SmallVector<std::string> names = nameParameters();
  for (unsigned i : chosen.set_bits())
    parameterOf[tableUses[i].name] = names[i];
  return parameterOf;
}

void LayerWriter::writeFunction(llvm::raw_ostream &os, StringRef name,
                                const llvm::SmallBitVector &chosen) const {
  const llvm::StringMap<std::string> parameterOf = getParameterNames(chosen);
  Strings declarations;
  for (const Parameter &parameter : parameters) {
    StringRef type = getCType(elementOf(parameter.root));
    declarations.push_back((parameter.isWritten ? "" : "const ") + type.str() +
                           " *" + parameter.name);
  }
  for (const Patches &patches : room)
    declarations.push_back(patches.type + " *" + patches.name);
  for (unsigned i : chosen.set_bits())
    declarations.push_back("const " + tableUses[i].type + " *" +
                           parameterOf.lookup(tableUses[i].name));
  writeCall(os, ("LAYER void " + name + "(").str(), declarations, ") {");
  os << "\n" << getBody(parameterOf) << "}\n";
}

/// Writes `text` as comments of 80 columns.
static void writeComment(llvm::raw_ostream &os, StringRef text) {
  constexpr size_t kColumns = 77;
  while (!text.empty()) {
    StringRef line = text.take_front(kColumns);
    if (line.size() < text.size())
      if (size_t blank = line.rfind(' '); blank != StringRef::npos)
        line = line.take_front(blank);
    os << "// " << line << "\n";
    text = text.drop_front(line.size()).ltrim();
  }
}

std::string LayerWriter::getFunction(const llvm::SmallBitVector &chosen,
                                     ArrayRef<StringRef> others) const {
  std::string text = getDescription(getParameterNames(chosen));
  llvm::raw_string_ostream os(text);
  if (!others.empty()) {
    std::string names = "Also for";
    for (auto [i, name] : llvm::enumerate(others))
      names += (i == 0 ? " " : ", ") + getShortName(name);
    writeComment(os, names + ".");
  }
  writeFunction(os, layer.function, chosen);
  return text;
}

std::string LayerWriter::getAnonymousFunction() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeFunction(os, "layer", llvm::SmallBitVector(tableUses.size(), true));
  return text;
}

std::string LayerWriter::getCall(StringRef function,
                                 function_ref<std::string(Value)> argumentOf,
                                 ArrayRef<std::string> patchNames,
                                 const llvm::SmallBitVector &chosen) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  Strings arguments;
  for (const Parameter &parameter : parameters)
    arguments.push_back(argumentOf(parameter.root));
  llvm::append_range(arguments, patchNames);
  for (unsigned i : chosen.set_bits())
    arguments.push_back(tableUses[i].name);
  writeCall(os, ("  " + function + "(").str(), arguments, ");");
  os << "\n";
  return text;
}
