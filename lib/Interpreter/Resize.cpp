//===- Resize.cpp - Resizing images ---------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Resize.h"
#include "Movement.h"

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

llvm::Error interpreter::eval(nn::ResizeNearestOp op, Layer &layer) {
  ArrayRef<int64_t> in = layer.operandShape(0), out = layer.resultShape();
  std::vector<int64_t> indices;
  indices.reserve(layer.result().getNumElements());
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t y = 0; y < out[1]; ++y) {
      const int64_t inY = resizeNearest(y, in[1], out[1], op.getAlignCorners(),
                                        op.getHalfPixelCenters());
      for (int64_t x = 0; x < out[2]; ++x) {
        const int64_t inX = resizeNearest(
            x, in[2], out[2], op.getAlignCorners(), op.getHalfPixelCenters());
        for (int64_t c = 0; c < out[3]; ++c)
          indices.push_back(((n * in[1] + inY) * in[2] + inX) * in[3] + c);
      }
    }
  moveElements(layer, op.getInput(), op.getOutput(), indices);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::ResizeBilinearOp op, Layer &layer) {
  ArrayRef<int64_t> in = layer.operandShape(0), out = layer.resultShape();
  const std::vector<float> input = layer.real(0);
  std::vector<float> values(layer.result().getNumElements());
  float *value = values.data();
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t y = 0; y < out[1]; ++y) {
      const ResizeLine row = resizeBilinear(
          y, in[1], out[1], op.getAlignCorners(), op.getHalfPixelCenters());
      for (int64_t x = 0; x < out[2]; ++x) {
        const ResizeLine column = resizeBilinear(
            x, in[2], out[2], op.getAlignCorners(), op.getHalfPixelCenters());
        for (int64_t c = 0; c < out[3]; ++c, ++value) {
          auto at = [&](int64_t inY, int64_t inX) -> double {
            return input[((n * in[1] + inY) * in[2] + inX) * in[3] + c];
          };
          auto between = [&](int64_t inY) {
            return at(inY, column.first) * (1.0 - column.weight) +
                   at(inY, column.second) * column.weight;
          };
          *value = between(row.first) * (1.0 - row.weight) +
                   between(row.second) * row.weight;
        }
      }
    }
  layer.setReal(values);
  return llvm::Error::success();
}
