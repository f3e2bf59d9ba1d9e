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
  double low = -kInfinity, high = kInfinity;
  pare::nn::ScalesAttr scales;
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
    return parser.emitError(loc, "expected zero_point, low, high or scales");
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseEntry))
    return {};
  return get(parser.getContext(), zeroPoint, low, high, scales);
}

void EpilogueAttr::print(AsmPrinter &printer) const {
  SmallVector<function_ref<void()>, 4> entries;
  auto printZeroPoint = [&] { printer << "zero_point = " << getZeroPoint(); };
  auto printLow = [&] { printer << "low = " << getLowBound(); };
  auto printHigh = [&] { printer << "high = " << getHighBound(); };
  auto printScales = [&] {
    printer << "scales = ";
    printer.printStrippedAttrOrType(getScales());
  };
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
