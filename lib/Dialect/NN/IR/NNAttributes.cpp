//===- NNAttributes.cpp - Attributes of the nn dialect ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "pare/Dialect/NN/IR/NN.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace pare::nn;

//===----------------------------------------------------------------------===//
// ActivationAttr
//===----------------------------------------------------------------------===//

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

static std::pair<double, double> boundsOfKind(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::Relu:
    return {0.0, kInfinity};
  case ActivationKind::Relu6:
    return {0.0, 6.0};
  case ActivationKind::ReluN1To1:
    return {-1.0, 1.0};
  case ActivationKind::Clip:
    break;
  }
  return {-kInfinity, kInfinity};
}

ActivationAttr ActivationAttr::get(MLIRContext *context, ActivationKind kind) {
  auto [low, high] = boundsOfKind(kind);
  return get(context, kind, APFloat(low), APFloat(high));
}

ActivationAttr ActivationAttr::get(MLIRContext *context, double low,
                                   double high) {
  std::pair<double, double> bounds(low, high);
  for (ActivationKind kind :
       {ActivationKind::Relu, ActivationKind::Relu6, ActivationKind::ReluN1To1})
    if (boundsOfKind(kind) == bounds)
      return get(context, kind);
  if (bounds == std::make_pair(-kInfinity, kInfinity))
    return {};
  return get(context, ActivationKind::Clip, APFloat(low), APFloat(high));
}

Attribute ActivationAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&keyword))
    return {};
  std::optional<ActivationKind> kind = symbolizeActivationKind(keyword);
  if (!kind) {
    parser.emitError(loc, "expected relu, relu6, relu_n1_to_1 or clip");
    return {};
  }
  if (*kind != ActivationKind::Clip) {
    if (parser.parseGreater())
      return {};
    return get(parser.getContext(), *kind);
  }
  double low = 0.0, high = 0.0;
  if (parser.parseComma() || parser.parseFloat(low) || parser.parseComma() ||
      parser.parseFloat(high) || parser.parseGreater())
    return {};
  return parser.getChecked<ActivationAttr>(loc, parser.getContext(), *kind,
                                           APFloat(low), APFloat(high));
}

void ActivationAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyActivationKind(getKind());
  if (getKind() == ActivationKind::Clip)
    printer << ", " << getLow() << ", " << getHigh();
  printer << '>';
}

LogicalResult
ActivationAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       ActivationKind, APFloat low, APFloat high) {
  if (!(low <= high))
    return emitError() << "expects clip bounds in increasing order, but found "
                       << low.convertToDouble() << " and "
                       << high.convertToDouble();
  return success();
}

std::pair<double, double>
pare::nn::getActivationBounds(ActivationAttr activation) {
  if (!activation)
    return {-kInfinity, kInfinity};
  return {activation.getLow().convertToDouble(),
          activation.getHigh().convertToDouble()};
}

//===----------------------------------------------------------------------===//
// ScalesAttr
//===----------------------------------------------------------------------===//

LogicalResult ScalesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 RequantMode mode,
                                 DenseI32ArrayAttr multipliers,
                                 DenseI32ArrayAttr shifts,
                                 DenseF32ArrayAttr factors) {
  if (mode == RequantMode::Float) {
    if (!factors || multipliers || shifts)
      return emitError() << "expects 'factors' alone in mode float";
    return success();
  }
  if (factors || !multipliers || !shifts)
    return emitError() << "expects 'multipliers' and 'shifts' in mode fixed";
  if (multipliers.size() != shifts.size())
    return emitError() << "expects as many shifts as multipliers ("
                       << multipliers.size() << "), but found "
                       << shifts.size();
  for (int32_t shift : shifts.asArrayRef())
    if (shift < -31 || shift > 31)
      return emitError() << "expects shifts in [-31, 31], but found " << shift;
  return success();
}

//===----------------------------------------------------------------------===//
// QuantSpecAttr
//===----------------------------------------------------------------------===//

LogicalResult
QuantSpecAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      unsigned bits, bool symmetric, bool narrow,
                      int64_t axis) {
  if (bits < 2 || bits > 16)
    return emitError() << "expects 2 to 16 bits, but found " << bits;
  if (narrow && !symmetric)
    return emitError() << "expects 'narrow' only with 'symmetric'";
  if (axis < -1)
    return emitError() << "expects an axis of -1 or more, but found " << axis;
  return success();
}
