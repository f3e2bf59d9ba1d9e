//===- StripePlan.h - What of a chain is in memory at a time ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations of a kernel.stripes compute a few rows at a time. Rows that
// wait for the next operation stand in a ring: row y at place y modulo the
// ring's rows, so that none of them ever moves.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_STRIPES_STRIPEPLAN_H
#define PARE_LIB_TARGET_CPU_STRIPES_STRIPEPLAN_H

#include "pare/Dialect/Kernel/IR/Kernel.h"

namespace pare::cpu {

/// An operation of a chain. Heights and rows are those of images, `inRow` and
/// `outRow` the elements of a row.
struct StripeMember {
  mlir::Operation *op;
  mlir::Value input, output;
  int64_t inHeight, outHeight, inRow, outRow;
  /// Rows of the output that are computed at a time.
  int64_t rows;
  /// Of the window: rows between the first and behind the last, steps, and rows
  /// of padding above.
  int64_t reach, stride, padTop;
  /// Rows of the ring that holds the output; 0 for the last operation, whose
  /// output is an image.
  int64_t ring = 0;

  /// `rows` at a time, a contraction, with sparse weights or dense ones, or a
  /// depthwise convolution of one image.
  static StripeMember of(mlir::Operation *op, int64_t rows);

  /// Whether windows reach beyond their pixel, so that code finds the rows of
  /// the input itself.
  static bool isWindowed(mlir::Operation *op);
  /// The first row of the input under the window of output row `row`, which may
  /// be above the image.
  int64_t firstInput(int64_t row) const { return row * stride - padTop; }
};

struct StripePlan {
  llvm::SmallVector<StripeMember> members;

  static StripePlan of(kernel::StripesOp op);
  /// Of operations that are not in a kernel.stripes yet.
  static StripePlan of(llvm::ArrayRef<StripeMember> members);

  /// What threads may share: stripes of the last operation.
  int64_t iterations() const {
    return members.back().outHeight / members.back().rows;
  }
  /// Bytes of all rings.
  int64_t ringBytes() const;
};

/// Rows of the ring that an operation of a kernel.stripes reads; 0 if it reads
/// an image.
int64_t inputRing(mlir::Operation *member);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_STRIPES_STRIPEPLAN_H
