//===- Summary.cpp - What a network consists of ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Summary.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

/// The elements of a constant; one is zero if it stands for zero.
static WeightSummary countElements(ElementsAttr elements, int64_t zeroPoint) {
  WeightSummary weights;
  const int64_t count = elements.getNumElements();
  const int64_t width =
      llvm::divideCeil(elements.getElementType().getIntOrFloatBitWidth(), 8);
  weights.parameters = count;
  weights.bytes = count * width;
  // Little-endian: the zero point's low bytes; zero for floats.
  char pattern[8];
  for (int64_t b = 0; b < width; ++b)
    pattern[b] = static_cast<char>(zeroPoint >> (8 * b));
  auto isZero = [&](const char *element) {
    return std::equal(pattern, pattern + width, element);
  };
  if (auto dense = dyn_cast<DenseElementsAttr>(elements);
      dense && dense.isSplat()) {
    if (isZero(dense.getRawData().data()))
      weights.zeros = count;
    return weights;
  }
  std::optional<ArrayRef<char>> bytes = nn::getRawBytes(elements);
  if (!bytes || int64_t(bytes->size()) < count * width)
    return weights;
  if (width == 1) {
    weights.zeros = llvm::count(bytes->take_front(count), pattern[0]);
    return weights;
  }
  for (int64_t i = 0; i < count; ++i)
    weights.zeros += isZero(bytes->data() + i * width);
  return weights;
}

/// The weights that `value` holds if it is a constant.
static WeightSummary countConstant(Value value) {
  quant::QuantizedType type = nn::getQuantizedType(value);
  const int64_t zeroPoint = type ? nn::getZeroPoint(type) : 0;
  if (auto constant = value.getDefiningOp<nn::ConstantOp>())
    return countElements(constant.getValue(), zeroPoint);
  auto sparse = value.getDefiningOp<nn::SparseConstantOp>();
  if (!sparse)
    return {};
  WeightSummary weights = countElements(sparse.getValues(), zeroPoint);
  for (ElementsAttr index : {sparse.getPositions(), sparse.getCoordinates()})
    weights.bytes += countElements(index, 0).bytes;
  const int64_t dropped =
      sparse.getOutput().getType().getNumElements() - weights.parameters;
  weights.zeros += dropped;
  weights.parameters += dropped;
  return weights;
}

static void add(WeightSummary &sum, const WeightSummary &part) {
  sum.parameters += part.parameters;
  sum.zeros += part.zeros;
  sum.bytes += part.bytes;
}

/// Whether a layer computes on integers; whether it could and does not.
static std::pair<bool, bool> findArithmetic(Operation *op) {
  if (op->getNumOperands() == 0 || op->getNumResults() == 0 ||
      isa<nn::QuantizeOp, nn::DequantizeOp, nn::CastOp>(op))
    return {false, false};
  return {nn::getQuantizedType(op->getResult(0)) &&
              nn::getQuantizedType(op->getOperand(0)),
          isa<FloatType>(getElementTypeOrSelf(op->getResult(0)))};
}

static LayerSummary summarizeLayer(Operation *op) {
  LayerSummary layer;
  layer.name = nn::getLayerName(op);
  layer.op = op->getName().stripDialect().str();
  if (op->getNumResults() != 0)
    llvm::raw_string_ostream(layer.type) << op->getResult(0).getType();
  if (auto layerOp = dyn_cast<nn::LayerOpInterface>(op))
    layer.macs = layerOp.getMacs();
  for (Value operand : op->getOperands())
    add(layer.weights, countConstant(operand));
  std::tie(layer.isInteger, layer.isFloat) = findArithmetic(op);
  return layer;
}

int64_t NetworkSummary::countIntegerLayers() const {
  return llvm::count_if(
      layers, [](const LayerSummary &layer) { return layer.isInteger; });
}

bool pare::driver::hasIntegerLayers(func::FuncOp func) {
  return llvm::any_of(func.getBody().front(), [](Operation &op) {
    return isa<nn::NNDialect>(op.getDialect()) &&
           !isa<nn::ConstantOp, nn::SparseConstantOp>(op) &&
           findArithmetic(&op).first;
  });
}

NetworkSummary pare::driver::summarize(func::FuncOp func) {
  NetworkSummary summary;
  for (Operation &op : func.getBody().front()) {
    if (isa<nn::ConstantOp, nn::SparseConstantOp>(op)) {
      add(summary.weights, countConstant(op.getResult(0)));
    } else if (isa<nn::NNDialect>(op.getDialect())) {
      summary.layers.push_back(summarizeLayer(&op));
      summary.macs += summary.layers.back().macs;
    }
  }
  return summary;
}
