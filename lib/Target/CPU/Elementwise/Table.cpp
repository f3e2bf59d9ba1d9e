//===- Table.cpp - Tables of bytes ----------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/ByteTable.h"
#include "Emit/ConstantValues.h"
#include "Emit/Lowering.h"

using namespace mlir;

namespace pare::cpu {

LogicalResult lower(Layer &e, kernel::TableOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput()),
        table = e.buffer(op.getTable());
  const int64_t count = Layer::count(op.getInput());
  auto one = [&](Value i) {
    Value q =
        e.make<arith::IndexCastOp>(e.b.getIndexType(), e.loadScalar(input, i));
    e.storeScalar(e.loadScalar(table, e.add(q, 128)), output, i);
  };
  SmallVector<int8_t> entries =
      constantValues<int8_t>(e.symbols, op.getTable());
  const int64_t width = ByteTable::vectorWidth(e.target);
  if (width == 0 || entries.size() != 256 || count < width) {
    e.parallelLoop(count, one);
    return success();
  }
  ByteTable looked(e, entries);
  e.parallelChunks(count, width, [&](Value i, int64_t chunk) {
    if (chunk == width)
      e.store(looked.apply(e.load(input, i, width)), output, i);
    else
      e.loop(i, e.add(i, chunk), one);
  });
  return success();
}

} // namespace pare::cpu
