//===- PlainConvolution.h - Sums of a convolution, one by one ---*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_PLAINCONVOLUTION_H
#define PARE_LIB_TARGET_CPU_EMIT_PLAINCONVOLUTION_H

#include "Contract/Sum.h"
#include "Emit/Layer.h"

namespace pare::cpu {

/// The buffers and the arithmetic of a convolution on unpacked weights, for
/// vectors over output channels.
struct PlainConvolution {
  PlainConvolution(Layer &e, Value input, Value filter, Value bias,
                   Value output, int64_t inputZero, int64_t filterZero,
                   kernel::EpilogueAttr epilogue);

  /// The bias of `width` channels.
  Value start(Value channel, int64_t width);
  /// sum + (x - input zero) * (w - filter zero).
  Value accumulate(Value x, Value w, Value sum);
  /// Stores the results of `channel` and the following at `at`, with what a
  /// residual adds.
  void finish(Value sum, Value at, Value channel,
              const Residual *residual = nullptr);

  Type sumType(int64_t width);

  Layer &e;
  Value input, filter, bias, output;
  int64_t inputZero, filterZero;
  bool integer;
  Epilogue epilogue;

private:
  static llvm::SmallVector<int64_t> identity(Value output);
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_PLAINCONVOLUTION_H
