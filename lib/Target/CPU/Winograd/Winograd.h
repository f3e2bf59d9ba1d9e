//===- Winograd.h - Code of convolutions by tiles ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The three steps of a block of tiles, as WinogradPlan.h describes them.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRAD_H
#define PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRAD_H

#include "Contract/ContractTile.h"
#include "Winograd/WinogradPlan.h"

namespace pare::cpu {

/// From the image to transformed inputs.
class WinogradInput {
public:
  /// `input` is flat. Takes scratch memory.
  WinogradInput(Layer &e, const WinogradPlan &plan, Value input);

  /// Transforms those tiles of a line that a block has, from the one at
  /// `column` on. Their windows begin at line `y` of image `image`, which may
  /// be padding; the first is tile `tile` of the block.
  void transformLine(Value image, Value y, Value column, Value tile);

  /// The transformed inputs.
  Value buffer() const { return transformed; }

private:
  struct Row {
    Value buffer, start;
  };
  void addPaddingRow();
  Row rowOf(Value image, Value y);
  /// Columns of the image in one dimension, for `width` channels from
  /// `channel` on, from those of the tile at `column` on; then the tiles in the
  /// other.
  void transformColumns(llvm::ArrayRef<Row> rows, Value column, Value channel,
                        int64_t width);
  void transformTiles(Value column, Value channel, int64_t width, Value tile);
  void storeColumn(llvm::ArrayRef<Value> points, Value column, int64_t width);

  Layer &e;
  const WinogradPlan &plan;
  const ConvShape &s;
  Type term;
  Value input, paddingRow, half, transformed;
};

/// Products of transformed inputs by transformed weights.
class WinogradProducts {
public:
  /// Takes scratch memory.
  WinogradProducts(Layer &e, const WinogradPlan &plan, Value inputs);

  /// The sums of all points of a panel, whose weights begin at its offset, for
  /// the first `tiles` tiles of the block.
  void multiply(const Panel &panel, Value tiles);

  Value buffer() const { return sums; }
  Type sumType() const { return plan.integer ? e.i(32) : e.f32(); }

private:
  /// The sums of one point in a register tile, the one of that number, from
  /// tile `tile` on.
  void multiplyTile(const Panel &panel, Value point, Value number, Value tile);
  llvm::SmallVector<Value> oneStep(const Panel &panel, Value weights,
                                   Value inputs, ValueRange sums);
  /// Asks for `lines` cache lines of weights from element `at` on.
  void prefetch(const Panel &panel, Value at, int64_t lines);
  Value broadcastTerms(Value at);

  Layer &e;
  const WinogradPlan &plan;
  const ContractPlan &p;
  Value inputs, sums;
};

/// From sums to stored results.
class WinogradResults {
public:
  /// Takes scratch memory. `tile` stores lines of results.
  WinogradResults(Layer &e, const WinogradPlan &plan, Value sums, Value bias,
                  const ContractTile &tile);

  /// The results of a panel of tile `tile` of the block, of which the first is
  /// output pixel `pixel` of all.
  void transform(const Panel &panel, Value tile, Value pixel);

private:
  Value unscaled(Value sums);

  Layer &e;
  const WinogradPlan &plan;
  Value sums, bias, half;
  const ContractTile &tile;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRAD_H
