//===- KernelAttributes.cpp - Attributes of the kernel dialect ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace pare::kernel;

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

Attribute TableProductsAttr::parse(AsmParser &parser, Type) {
  const auto &semantics = APFloat::IEEEsingle();
  const StringRef names[] = {"slope", "offset", "low", "high", "constant"};
  SmallVector<APFloat, 5> values(std::size(names), APFloat::getZero(semantics));
  int64_t zeroPoint = 0;
  auto parseEntry = [&]() -> ParseResult {
    StringRef key;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key) || parser.parseEqual())
      return failure();
    if (key == "zero_point")
      return parser.parseInteger(zeroPoint);
    const auto *name = llvm::find(names, key);
    if (name == std::end(names))
      return parser.emitError(
          loc, "expected zero_point, slope, offset, low, high or constant");
    return parser.parseFloat(semantics, values[name - std::begin(names)]);
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseEntry))
    return {};
  return get(parser.getContext(), zeroPoint, values[0], values[1], values[2],
             values[3], values[4]);
}

void TableProductsAttr::print(AsmPrinter &printer) const {
  const std::pair<StringRef, APFloat> entries[] = {{"slope", getSlope()},
                                                   {"offset", getOffset()},
                                                   {"low", getLow()},
                                                   {"high", getHigh()},
                                                   {"constant", getConstant()}};
  StringRef separator = "";
  printer << '<';
  if (getZeroPoint() != 0) {
    printer << "zero_point = " << getZeroPoint();
    separator = ", ";
  }
  for (const auto &[name, value] : entries) {
    if (value.isPosZero())
      continue;
    printer << separator << name << " = " << value;
    separator = ", ";
  }
  printer << '>';
}

pare::TableProducts TableProductsAttr::getProducts() const {
  pare::TableProducts products;
  products.zeroPoint = static_cast<int32_t>(getZeroPoint());
  products.slope = getSlope().convertToFloat();
  products.offset = getOffset().convertToFloat();
  products.low = getLow().convertToFloat();
  products.high = getHigh().convertToFloat();
  products.constant = getConstant().convertToFloat();
  return products;
}

bool TableProductsAttr::give(DenseElementsAttr entries) const {
  for (const APFloat &factor :
       {getSlope(), getOffset(), getLow(), getHigh(), getConstant()})
    if (!factor.isFinite())
      return false;
  // What is rounded must be within 22 bits.
  constexpr float kMostGate = 64.0f;
  const pare::TableProducts products = getProducts();
  auto values = entries.getValues<int8_t>();
  return llvm::isInt<15>(getZeroPoint()) &&
         std::fabs(products.low) <= kMostGate &&
         std::fabs(products.high) <= kMostGate &&
         std::fabs(products.constant) <= 32768.0f &&
         products.constant == std::nearbyint(products.constant) &&
         giveTable(products, {values.begin(), values.end()});
}

LogicalResult
ByteTableAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      DenseElementsAttr entries, TableProductsAttr products) {
  if (!entries.getElementType().isSignlessInteger(8) ||
      entries.getNumElements() != 256)
    return emitError() << "expects 256 entries of type i8, but found "
                       << entries.getType();
  if (products && !products.give(entries))
    return emitError() << "expects products that give all entries";
  return success();
}

//===----------------------------------------------------------------------===//
// Epilogues
//===----------------------------------------------------------------------===//

Attribute EpilogueAttr::parse(AsmParser &parser, Type) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  int64_t zeroPoint = 0;
  double low = -kInfinity, high = kInfinity, alpha = 0.0;
  pare::nn::ScalesAttr scales;
  ByteTableAttr table;
  UnaryKind function = UnaryKind::Clip;
  auto parseFunction = [&]() -> ParseResult {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name))
      return failure();
    std::optional<UnaryKind> kind = symbolizeUnaryKind(name);
    if (!kind)
      return parser.emitError(loc, "expected a function, but found ") << name;
    function = *kind;
    return success();
  };
  auto parseEntry = [&]() -> ParseResult {
    StringRef key;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key) || parser.parseEqual())
      return failure();
    if (key == "zero_point")
      return parser.parseInteger(zeroPoint);
    if (key == "low")
      return parser.parseFloat(low);
    if (key == "high")
      return parser.parseFloat(high);
    if (key == "scales")
      return parser.parseCustomAttributeWithFallback(scales);
    if (key == "function")
      return parseFunction();
    if (key == "alpha")
      return parser.parseFloat(alpha);
    if (key == "table")
      return parser.parseCustomAttributeWithFallback(table);
    return parser.emitError(
        loc,
        "expected zero_point, low, high, scales, function, alpha or table");
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseEntry))
    return {};
  return get(parser.getContext(), zeroPoint, low, high, scales, function, alpha,
             table);
}

void EpilogueAttr::print(AsmPrinter &printer) const {
  SmallVector<function_ref<void()>, 7> entries;
  auto printFunction = [&] {
    printer << "function = " << stringifyUnaryKind(getFunction());
  };
  auto printAlpha = [&] { printer << "alpha = " << getAlphaValue(); };
  auto printZeroPoint = [&] { printer << "zero_point = " << getZeroPoint(); };
  auto printLow = [&] { printer << "low = " << getLowBound(); };
  auto printHigh = [&] { printer << "high = " << getHighBound(); };
  auto printScales = [&] {
    printer << "scales = ";
    printer.printStrippedAttrOrType(getScales());
  };
  auto printTable = [&] {
    printer << "table = ";
    printer.printStrippedAttrOrType(getTable());
  };
  if (hasFunction())
    entries.push_back(printFunction);
  if (getAlphaValue() != 0.0)
    entries.push_back(printAlpha);
  if (getZeroPoint() != 0)
    entries.push_back(printZeroPoint);
  if (std::isfinite(getLowBound()))
    entries.push_back(printLow);
  if (std::isfinite(getHighBound()))
    entries.push_back(printHigh);
  if (getScales())
    entries.push_back(printScales);
  if (getTable())
    entries.push_back(printTable);
  printer << '<';
  llvm::interleaveComma(entries, printer.getStream(),
                        [](function_ref<void()> print) { print(); });
  printer << '>';
}

EpilogueAttr EpilogueAttr::withBounds(double low, double high) const {
  return get(getContext(), getZeroPoint(), low, high, getScales(),
             getFunction(), getAlphaValue(), getTable());
}

EpilogueAttr EpilogueAttr::withTable(ByteTableAttr table) const {
  return get(getContext(), getZeroPoint(), getLowBound(), getHighBound(),
             getScales(), getFunction(), getAlphaValue(), table);
}
