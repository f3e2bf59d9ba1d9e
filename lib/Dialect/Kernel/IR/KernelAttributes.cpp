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

Attribute EpilogueAttr::parse(AsmParser &parser, Type) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  int64_t zeroPoint = 0;
  double low = -kInfinity, high = kInfinity, alpha = 0.0;
  pare::nn::ScalesAttr scales;
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
    return parser.emitError(
        loc, "expected zero_point, low, high, scales, function or alpha");
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseEntry))
    return {};
  return get(parser.getContext(), zeroPoint, low, high, scales, function,
             alpha);
}

void EpilogueAttr::print(AsmPrinter &printer) const {
  SmallVector<function_ref<void()>, 6> entries;
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
  printer << '<';
  llvm::interleaveComma(entries, printer.getStream(),
                        [](function_ref<void()> print) { print(); });
  printer << '>';
}

EpilogueAttr EpilogueAttr::withBounds(double low, double high) const {
  return get(getContext(), getZeroPoint(), low, high, getScales(),
             getFunction(), getAlphaValue());
}
