//===- Text.cpp - Names, numbers and comments in C ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Text.h"
#include "KernelLibrary.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Support/Identifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace pare::c;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string pare::c::toIdentifier(StringRef name) {
  std::string result = pare::makeIdentifierCharacters(name);
  if (result.empty())
    return "unnamed";
  return llvm::isDigit(result.front()) ? "n" + result : result;
}

std::string pare::c::toMacro(StringRef name) { return name.upper(); }

std::string pare::c::toComment(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isPrint(c) && c != '\\' && c != '?' ? c : '_';
  // A C++ compiler may read the header, where "*/" is harmless in a line
  // comment, but "/*" is warned of.
  for (size_t i = 1; i < result.size(); ++i)
    if (result[i - 1] == '/' && result[i] == '*')
      result[i] = '_';
  return result;
}

/// Words that would not compile, or with a warning, as names of ours.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> words = {
      "auto", "break", "case", "char", "const", "continue", "default", "do",
      "double", "else", "enum", "extern", "float", "for", "goto", "if",
      "inline", "int", "long", "register", "restrict", "return", "short",
      "signed", "sizeof", "static", "struct", "switch", "typedef", "union",
      "unsigned", "void", "volatile", "while", "asm", "class", "new", "delete",
      "this", "template", "typename", "namespace", "bool", "true", "false",
      "and", "or", "not", "xor", "operator", "private", "public", "friend",
      "virtual", "main", "exp", "expf", "log", "logf", "sqrt", "sqrtf", "pow",
      "powf", "tanh", "tanhf", "sin", "cos", "tan", "sinh", "cosh", "asin",
      "acos", "atan", "ceil", "floor", "round", "trunc", "fabs", "fabsf", "erf",
      "erff", "gamma", "abs", "div", "y0", "y1", "yn", "j0", "j1", "jn", "fmax",
      "fmin", "fmod", "memcpy", "memset", "index", "signbit", "NAN", "INFINITY",
      "linux", "unix", "i386",
      // Variables of the generated functions.
      "arena", "base", "in", "out", "input", "output", "lhs", "rhs", "filter",
      "bias", "table", "indices", "beta", "weights", "recurrent",
      "recurrent_bias", "scratch", "values", "positions", "coordinates",
      "shape", "result", "sum", "best", "blocks", "multipliers", "shifts",
      "factors", "parameters", "matrix", "patches", "i0", "i1", "i2", "i3",
      "i4", "i5", "i6", "i7"};
  return words.contains(name) || name.ends_with("_t");
}

std::string NameTable::add(StringRef wanted) {
  std::string name = toIdentifier(wanted);
  if (isReserved(name) || KernelLibrary::defines(name))
    name += "_";
  std::string unique = name;
  for (unsigned i = 2; !taken.insert(unique).second; ++i)
    unique =
        name + (StringRef(name).ends_with("_") ? "" : "_") + std::to_string(i);
  return unique;
}

StringRef pare::c::getCType(Type elementType) {
  if (elementType.isF32())
    return "float";
  if (elementType.isF16())
    return "uint16_t";
  if (elementType.isInteger(1))
    return "uint8_t";
  if (elementType.isInteger(8))
    return "int8_t";
  if (elementType.isInteger(16))
    return "int16_t";
  if (elementType.isInteger(32))
    return "int32_t";
  if (elementType.isInteger(64))
    return "int64_t";
  return {};
}

std::string pare::c::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(shape, os, "x");
  return shape.empty() ? "1" : text;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

std::string pare::c::floatLiteral(float value) {
  if (std::isnan(value))
    return "NAN";
  if (std::isinf(value))
    return value < 0 ? "-INFINITY" : "INFINITY";
  std::string text;
  // The shortest of the forms that read back.
  for (int digits : {6, 7, 8, 9}) {
    text.clear();
    llvm::raw_string_ostream(text)
        << llvm::format("%.*g", digits, static_cast<double>(value));
    if (std::strtof(text.c_str(), nullptr) == value)
      break;
  }
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text + "f";
}

std::string pare::c::intLiteral(int64_t value) {
  if (value == std::numeric_limits<int32_t>::min())
    return "INT32_MIN";
  if (value == std::numeric_limits<int64_t>::min())
    return "INT64_MIN";
  return std::to_string(value);
}

/// Calls `write(literal)` with each element.
template <typename T, typename Print>
static void printElements(ArrayRef<char> bytes, int64_t count, Print print,
                          std::vector<std::string> &literals) {
  // A splat has the bytes of one element.
  const bool isSplat = bytes.size() == sizeof(T);
  for (int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes.data() + (isSplat ? 0 : i * sizeof(T)),
                sizeof(T));
    literals.push_back(print(value));
  }
}

/// The bytes of all elements, or of the one element of a splat.
static std::optional<ArrayRef<char>> getBytes(ElementsAttr elements) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements);
      dense && dense.isSplat())
    return dense.getRawData();
  return pare::nn::getRawBytes(elements);
}

LogicalResult pare::c::writeArray(raw_ostream &os, StringRef name,
                                  ElementsAttr elements) {
  Type type = elements.getElementType();
  const int64_t count = elements.getNumElements();
  std::vector<std::string> literals;
  literals.reserve(count);
  if (type.isInteger(1)) {
    // Packed in the attribute, a byte each in memory.
    auto dense = dyn_cast<DenseElementsAttr>(elements);
    if (!dense)
      return failure();
    for (bool value : dense.getValues<bool>())
      literals.push_back(value ? "1" : "0");
    writeArray(os, name, getCType(type), literals);
    return success();
  }
  std::optional<ArrayRef<char>> bytes = getBytes(elements);
  if (!bytes)
    return failure();
  if (type.isF32())
    printElements<float>(*bytes, count, floatLiteral, literals);
  else if (type.isF16())
    printElements<uint16_t>(*bytes, count, intLiteral, literals);
  else if (type.isInteger(8))
    printElements<int8_t>(*bytes, count, intLiteral, literals);
  else if (type.isInteger(16))
    printElements<int16_t>(*bytes, count, intLiteral, literals);
  else if (type.isInteger(32))
    printElements<int32_t>(*bytes, count, intLiteral, literals);
  else if (type.isInteger(64))
    printElements<int64_t>(*bytes, count, intLiteral, literals);
  else
    return failure();
  writeArray(os, name, getCType(type), literals);
  return success();
}

//===----------------------------------------------------------------------===//
// Lines
//===----------------------------------------------------------------------===//

static constexpr size_t kColumns = 80;

void pare::c::writeArray(raw_ostream &os, StringRef name, StringRef type,
                         ArrayRef<std::string> literals) {
  size_t width = 1;
  for (const std::string &literal : literals)
    width = std::max(width, literal.size());
  // Columns of equal width. Each takes a blank and a comma.
  const size_t perLine = std::max<size_t>(1, (kColumns - 3) / (width + 2));
  os << "static const " << type << " " << name << "[" << literals.size()
     << "] = {";
  for (auto [i, literal] : llvm::enumerate(literals)) {
    if (i % perLine == 0)
      os << "\n   ";
    os.indent(1 + width - literal.size()) << literal << ",";
  }
  os << "\n};\n";
}

void pare::c::writeCall(raw_ostream &os, StringRef head,
                        ArrayRef<std::string> arguments, StringRef tail) {
  const size_t indent = std::min<size_t>(head.size(), kColumns / 2);
  size_t column = head.size();
  os << head;
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    const bool isLast = i + 1 == arguments.size();
    const size_t size = argument.size() + (isLast ? tail.size() : 1);
    if (i != 0 && column + 1 + size > kColumns) {
      os << "\n";
      os.indent(indent);
      column = indent;
    } else if (i != 0) {
      os << " ";
      ++column;
    }
    os << argument << (isLast ? "" : ",");
    column += size;
  }
  os << tail;
}
