//===- Transpose.cpp - Squares in registers -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Transpose.h"

using namespace mlir;

namespace pare::cpu {

SmallVector<Value> transposeSquares(Emitter &e, SmallVector<Value> vectors) {
  const int64_t side = vectors.size();
  auto type = cast<VectorType>(vectors[0].getType());
  const int64_t width = type.getDimSize(0);
  // Many processors interleave halves at one port and choose even or odd places
  // at two; bytes and pairs can only be interleaved by one instruction.
  const bool interleaves = type.getElementTypeBitWidth() < 32;
  auto shuffle = [&](Value x, Value y, int64_t which) {
    SmallVector<int64_t> order;
    for (int64_t part = 0; part < width; part += side)
      for (int64_t i = 0; i < side; ++i) {
        const int64_t of = interleaves ? i % 2 : i / (side / 2);
        const int64_t place =
            interleaves ? i / 2 + which * (side / 2) : 2 * i % side + which;
        order.push_back(part + place + of * width);
      }
    return e.make<vector::ShuffleOp>(x, y, order);
  };
  // One bit of the number of a vector and one of the place in it are exchanged
  // in each step: the highest ones first by interleaving, the lowest otherwise.
  for (int64_t step = 1; step < side; step *= 2) {
    const int64_t apart = interleaves ? side / 2 / step : step;
    for (int64_t i = 0; i < side; ++i) {
      if (i & apart)
        continue;
      Value x = vectors[i], y = vectors[i + apart];
      vectors[i] = shuffle(x, y, 0);
      vectors[i + apart] = shuffle(x, y, 1);
    }
  }
  return vectors;
}

Value concatAll(Emitter &e, SmallVectorImpl<Value> &parts) {
  for (; parts.size() > 1; parts.resize(parts.size() / 2))
    for (size_t i = 0; i < parts.size() / 2; ++i)
      parts[i] = e.concat(parts[2 * i], parts[2 * i + 1]);
  return parts[0];
}

} // namespace pare::cpu
