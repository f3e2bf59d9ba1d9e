//===- Pool.cpp - Pooling -------------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Numerics/Elementwise.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;
using nn::ConvGeometry;

/// The window over the whole image.
template <typename OpT> static ConvGeometry wholeImage(OpT op) {
  ArrayRef<int64_t> in = op.getInput().getType().getShape();
  ConvGeometry g = {};
  g.batch = in[0];
  g.inHeight = g.kernelHeight = in[1];
  g.inWidth = g.kernelWidth = in[2];
  g.inChannels = g.outChannels = in[3];
  g.outHeight = g.outWidth = g.strideHeight = g.strideWidth = 1;
  return g;
}

/// Calls `visit(output index, input indices)` for each element of the result;
/// the indices are those of the window's elements inside the input.
template <typename Visit>
static void forEachWindow(const ConvGeometry &g, Visit visit) {
  std::vector<int64_t> window;
  int64_t output = 0;
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t y = 0; y < g.outHeight; ++y)
      for (int64_t x = 0; x < g.outWidth; ++x) {
        const int64_t top = y * g.strideHeight - g.padTop;
        const int64_t left = x * g.strideWidth - g.padLeft;
        const int64_t bottom = std::min(top + g.kernelHeight, g.inHeight);
        const int64_t right = std::min(left + g.kernelWidth, g.inWidth);
        for (int64_t c = 0; c < g.inChannels; ++c, ++output) {
          window.clear();
          for (int64_t inY = std::max<int64_t>(top, 0); inY < bottom; ++inY)
            for (int64_t inX = std::max<int64_t>(left, 0); inX < right; ++inX)
              window.push_back(((n * g.inHeight + inY) * g.inWidth + inX) *
                                   g.inChannels +
                               c);
          visit(output, ArrayRef<int64_t>(window));
        }
      }
}

/// Average; elements of the padding count (as zeros) if `countPadding`.
template <typename OpT>
static llvm::Error evalAverage(OpT op, Layer &layer, const ConvGeometry &g,
                               bool countPadding,
                               nn::ActivationAttr activation) {
  const int64_t whole = g.kernelHeight * g.kernelWidth;
  const int64_t size = layer.result().getNumElements();
  if (nn::getQuantizedType(op.getInput()) && layer.haveOneElementType()) {
    const std::vector<int32_t> input = layer.integers(0);
    const int32_t zeroPoint = paramsOf(op.getInput()).zeroPoint;
    const QuantRange range = clampRange(op.getOutput(), activation);
    const quant::QuantizedType type = nn::getQuantizedType(op.getInput());
    const int32_t offset =
        type.isSigned() ? 0 : 1 << (type.getStorageTypeIntegralWidth() - 1);
    std::vector<int32_t> values(size);
    forEachWindow(g, [&](int64_t output, ArrayRef<int64_t> window) {
      const int64_t found = window.size();
      int32_t sum = countPadding ? (whole - found) * zeroPoint : 0;
      for (int64_t i : window)
        sum += input[i];
      values[output] =
          evalAveragePool(sum, countPadding ? whole : found, range, offset);
    });
    layer.setIntegers(values);
    return llvm::Error::success();
  }
  const std::vector<float> input = layer.real(0);
  std::vector<float> values(size);
  forEachWindow(g, [&](int64_t output, ArrayRef<int64_t> window) {
    double sum = 0.0;
    for (int64_t i : window)
      sum += input[i];
    values[output] =
        activate(sum / (countPadding ? whole : window.size()), activation);
  });
  layer.setReal(values);
  return llvm::Error::success();
}

template <typename OpT>
static llvm::Error evalMaximum(OpT op, Layer &layer, const ConvGeometry &g,
                               nn::ActivationAttr activation) {
  const int64_t size = layer.result().getNumElements();
  if (nn::getQuantizedType(op.getInput()) && layer.haveOneElementType()) {
    const std::vector<int32_t> input = layer.integers(0);
    const QuantRange range = clampRange(op.getOutput(), activation);
    std::vector<int32_t> values(size);
    forEachWindow(g, [&](int64_t output, ArrayRef<int64_t> window) {
      int32_t greatest = std::numeric_limits<int32_t>::min();
      for (int64_t i : window)
        greatest = std::max(greatest, input[i]);
      values[output] = evalMaxPool(greatest, range);
    });
    layer.setIntegers(values);
    return llvm::Error::success();
  }
  const std::vector<float> input = layer.real(0);
  std::vector<float> values(size);
  forEachWindow(g, [&](int64_t output, ArrayRef<int64_t> window) {
    float greatest = -std::numeric_limits<float>::infinity();
    for (int64_t i : window)
      greatest = std::max(greatest, input[i]);
    values[output] = activate(greatest, activation);
  });
  layer.setReal(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::AvgPool2DOp op, Layer &layer) {
  return evalAverage(op, layer, nn::getGeometry(op), op.getCountIncludePad(),
                     op.getActivationAttr());
}
llvm::Error interpreter::eval(nn::MaxPool2DOp op, Layer &layer) {
  return evalMaximum(op, layer, nn::getGeometry(op), op.getActivationAttr());
}
llvm::Error interpreter::eval(nn::GlobalAvgPoolOp op, Layer &layer) {
  return evalAverage(op, layer, wholeImage(op), /*countPadding=*/false, {});
}
llvm::Error interpreter::eval(nn::GlobalMaxPoolOp op, Layer &layer) {
  return evalMaximum(op, layer, wholeImage(op), {});
}
