//===- LayerText.h - Networks of one layer ----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_BENCHMARKS_MICRO_LAYERTEXT_H
#define PARE_BENCHMARKS_MICRO_LAYERTEXT_H

#include <cstdint>
#include <string>
#include <vector>

namespace pare::micro {

enum class LayerKind {
  Pointwise,
  Conv3x3,
  Depthwise3x3,
  Dense,
  Add,
  Requantize,
  HardSwish,
  Softmax,
  LayerNorm,
  Matmul
};

/// f32, 8-bit integers, and those with weights of 7 bits, -63 to 63.
enum class NumberKind { F32, Int8, Int7 };

struct LayerCase {
  LayerKind kind;
  /// The network that has such a layer.
  const char *network;
  /// Height (and width) of the input, or rows of a matrix; input and output
  /// channels, or the two other sizes of a product of matrices.
  int64_t size, in, out;
  int64_t stride = 1;
};

/// The layers of well-known networks that are measured.
const std::vector<LayerCase> &layerCases();

/// The kinds of numbers that a layer is measured with.
std::vector<NumberKind> numbersOf(LayerKind kind);

/// "conv3x3/int8/56x56x64_64".
std::string nameOf(const LayerCase &layer, NumberKind numbers);

/// The layer as a network in MLIR, with random weights that are always the
/// same.
std::string networkOf(const LayerCase &layer, NumberKind numbers);

/// Multiply-accumulate steps of one run; 0 for a layer that has none.
int64_t countMacs(const LayerCase &layer);

/// Bytes of its inputs and its output.
int64_t countBytes(const LayerCase &layer, NumberKind numbers);

} // namespace pare::micro

#endif // PARE_BENCHMARKS_MICRO_LAYERTEXT_H
