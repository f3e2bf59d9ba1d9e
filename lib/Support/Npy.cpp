//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Npy.h"

#include "pare/Support/FileInput.h"
#include "pare/Support/FileOutput.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

#include <cstring>

using namespace pare;
using llvm::StringRef;

static_assert(llvm::endianness::native == llvm::endianness::little,
              "elements are copied as they are in the file");

static constexpr StringRef kMagic("\x93NUMPY", 6);

/// `name` is the file's (or the archive member's); the message says what was
/// expected and what was found.
static llvm::Error malformed(StringRef name, const llvm::Twine &what) {
  return llvm::createStringError("'" + name +
                                 "': not a readable .npy file: " + what);
}

//===----------------------------------------------------------------------===//
// The header, a Python dictionary literal
//===----------------------------------------------------------------------===//

namespace {
/// Reads {'descr': STRING, 'fortran_order': BOOL, 'shape': (INT, ...)} with the
/// keys in any order.
class HeaderParser {
public:
  HeaderParser(StringRef text, StringRef file) : text(text), file(file) {}

  llvm::Error parse();

  StringRef descr;
  bool fortranOrder = false;
  llvm::SmallVector<int64_t, 4> shape;

private:
  void skipSpace() { text = text.ltrim(" \t\n\r"); }
  bool consume(StringRef token) {
    skipSpace();
    return text.consume_front(token);
  }
  /// A Python string without escapes.
  bool parseString(StringRef &value);
  bool parseShape();
  llvm::Error expected(StringRef what) {
    skipSpace();
    return malformed(file, "expected " + what + " in the header, found '" +
                               printable(text.take_front(16)) + "'");
  }
  static std::string printable(StringRef bytes) {
    std::string result;
    for (char c : bytes)
      result += llvm::isPrint(c) ? c : '?';
    return result;
  }

  StringRef text;
  StringRef file;
};
} // namespace

bool HeaderParser::parseString(StringRef &value) {
  skipSpace();
  if (text.empty() || (text[0] != '\'' && text[0] != '"'))
    return false;
  size_t end = text.find(text[0], 1);
  if (end == StringRef::npos)
    return false;
  value = text.slice(1, end);
  text = text.drop_front(end + 1);
  return !value.contains('\\');
}

bool HeaderParser::parseShape() {
  if (!consume("("))
    return false;
  while (!consume(")")) {
    skipSpace();
    uint64_t dim;
    if (text.consumeInteger(10, dim) || dim > INT64_MAX)
      return false;
    shape.push_back(static_cast<int64_t>(dim));
    // Python 2 wrote long integers with a suffix.
    text.consume_front("L");
    if (consume(","))
      continue;
    if (!consume(")"))
      return false;
    break;
  }
  return true;
}

llvm::Error HeaderParser::parse() {
  if (!consume("{"))
    return expected("'{'");
  bool hasDescr = false, hasOrder = false, hasShape = false;
  while (!consume("}")) {
    StringRef key;
    if (!parseString(key))
      return expected("a key in quotes");
    if (!consume(":"))
      return expected("':'");
    if (key == "descr" && !hasDescr) {
      hasDescr = true;
      skipSpace();
      if (text.starts_with("["))
        return malformed(file, "structured element types are not supported");
      if (!parseString(descr))
        return expected("an element type in quotes");
    } else if (key == "fortran_order" && !hasOrder) {
      hasOrder = true;
      fortranOrder = consume("True");
      if (!fortranOrder && !consume("False"))
        return expected("True or False");
    } else if (key == "shape" && !hasShape) {
      hasShape = true;
      if (!parseShape())
        return expected("a shape such as (2, 3)");
    } else {
      return malformed(file, "the keys 'descr', 'fortran_order' and 'shape' "
                             "are expected once each in the header, found '" +
                                 printable(key.take_front(32)) + "'");
    }
    if (consume(","))
      continue;
    if (!consume("}"))
      return expected("',' or '}'");
    break;
  }
  if (!hasDescr || !hasOrder || !hasShape)
    return malformed(file, "the keys 'descr', 'fortran_order' and 'shape' are "
                           "expected once each in the header");
  skipSpace();
  if (!text.empty())
    return expected("nothing after '}'");
  return llvm::Error::success();
}

/// NumPy's type strings for our types: byte order, kind, bytes.
static std::optional<DType> parseDescr(StringRef descr) {
  if (descr.size() != 3)
    return std::nullopt;
  const char order = descr[0];
  if (order != '<' && order != '|' && order != '=' && order != '>')
    return std::nullopt;
  std::optional<DType> dtype =
      llvm::StringSwitch<std::optional<DType>>(descr.drop_front())
          .Case("f2", DType::F16)
          .Case("f4", DType::F32)
          .Case("f8", DType::F64)
          .Case("b1", DType::Bool)
          .Case("i1", DType::I8)
          .Case("u1", DType::U8)
          .Case("i2", DType::I16)
          .Case("i4", DType::I32)
          .Case("i8", DType::I64)
          .Default(std::nullopt);
  if (dtype && order == '>' && byteWidth(*dtype) > 1)
    return std::nullopt;
  return dtype;
}

static StringRef descrOf(DType dtype) {
  switch (dtype) {
  case DType::F16:
    return "<f2";
  case DType::F32:
    return "<f4";
  case DType::F64:
    return "<f8";
  case DType::Bool:
    return "|b1";
  case DType::I8:
    return "|i1";
  case DType::U8:
    return "|u1";
  case DType::I16:
    return "<i2";
  case DType::I32:
    return "<i4";
  case DType::I64:
    return "<i8";
  }
  llvm_unreachable("all element types are covered");
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

llvm::Expected<HostTensor> pare::parseNpy(StringRef bytes, StringRef name) {
  if (!bytes.starts_with(kMagic))
    return malformed(name, "it does not begin with \\x93NUMPY");
  StringRef rest = bytes.drop_front(kMagic.size());
  if (rest.size() < 2)
    return malformed(name, "it ends before the format version");
  const unsigned major = static_cast<uint8_t>(rest[0]);
  if (major < 1 || major > 3)
    return malformed(name, "expected format version 1, 2 or 3, found " +
                               llvm::Twine(major));
  rest = rest.drop_front(2);
  const size_t lengthBytes = major == 1 ? 2 : 4;
  if (rest.size() < lengthBytes)
    return malformed(name, "it ends before the header's length");
  const uint32_t length = major == 1
                              ? llvm::support::endian::read16le(rest.data())
                              : llvm::support::endian::read32le(rest.data());
  rest = rest.drop_front(lengthBytes);
  if (rest.size() < length)
    return malformed(name, "expected a header of " + llvm::Twine(length) +
                               " bytes, found " + llvm::Twine(rest.size()));

  HeaderParser header(rest.take_front(length), name);
  if (llvm::Error error = header.parse())
    return error;
  if (header.fortranOrder)
    return malformed(name, "Fortran order is not supported; save it with "
                           "numpy.ascontiguousarray");
  std::optional<DType> dtype = parseDescr(header.descr);
  if (!dtype)
    return malformed(
        name, "element type '" + header.descr +
                  "' is not supported; expected little-endian f2, f4, f8, b1, "
                  "i1, u1, i2, i4 or i8");

  StringRef data = rest.drop_front(length);
  std::optional<int64_t> count = elementCount(header.shape);
  uint64_t size;
  if (!count ||
      __builtin_mul_overflow(static_cast<uint64_t>(*count),
                             static_cast<uint64_t>(byteWidth(*dtype)), &size))
    return malformed(name, "the shape has too many elements");
  if (size != data.size())
    return malformed(name, "expected " + llvm::Twine(size) +
                               " bytes of data for " +
                               shapeToString(*dtype, header.shape) +
                               ", found " + llvm::Twine(data.size()));
  if (*dtype == DType::Bool)
    for (char c : data)
      if (c != 0 && c != 1)
        return malformed(name, "expected 0 or 1 as boolean, found " +
                                   llvm::Twine(static_cast<uint8_t>(c)));

  llvm::Expected<HostTensor> tensor = HostTensor::create(*dtype, header.shape);
  if (!tensor)
    return malformed(name, llvm::toString(tensor.takeError()));
  if (size)
    std::memcpy(tensor->rawData(), data.data(), size);
  return tensor;
}

llvm::Expected<HostTensor> pare::readNpy(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  return parseNpy((*file)->getBuffer(), path);
}

std::string pare::formatNpy(const HostTensor &tensor) {
  std::string header;
  llvm::raw_string_ostream os(header);
  os << "{'descr': '" << descrOf(tensor.getDType())
     << "', 'fortran_order': False, 'shape': (";
  llvm::interleave(tensor.getShape(), os, ", ");
  // A tuple of one element needs a comma.
  os << (tensor.getRank() == 1 ? ",), }" : "), }");
  // Magic, version and length are 10 bytes; a newline ends the header.
  while ((10 + header.size() + 1) % HostTensor::kAlignment)
    header += ' ';
  header += '\n';

  std::string bytes = kMagic.str();
  bytes += '\x01';
  bytes += '\x00';
  char length[2];
  llvm::support::endian::write16le(length,
                                   static_cast<uint16_t>(header.size()));
  bytes.append(length, sizeof(length));
  bytes += header;
  bytes.append(reinterpret_cast<const char *>(tensor.rawData()),
               tensor.getByteSize());
  return bytes;
}

llvm::Error pare::writeNpy(StringRef path, const HostTensor &tensor) {
  return writeFile(path, formatNpy(tensor));
}

llvm::Expected<std::vector<NamedTensor>> pare::readSamples(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  StringRef bytes = (*file)->getBuffer();
  if (bytes.starts_with("PK"))
    return parseNpz(bytes, path);
  if (!bytes.starts_with(kMagic))
    return llvm::createStringError("'" + path +
                                   "': expected a .npy or .npz file");
  llvm::Expected<HostTensor> tensor = parseNpy(bytes, path);
  if (!tensor)
    return tensor.takeError();
  std::vector<NamedTensor> result;
  result.push_back({"", std::move(*tensor)});
  return result;
}
