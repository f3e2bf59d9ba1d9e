//===- PixelRegions.h - Which images stand in blocks ------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Images of a network that must have the same layout are a class: what a
// depthwise convolution reads and writes, what is added to what is written,
// what an operation of single elements reads and writes. A sparse contraction
// stands between classes, since it reads and writes either layout. A class can
// stand in blocks of pixels (PixelBlocks.h) if no other operation uses its
// images, and it does where that is expected to be faster: what is transposed
// otherwise, and what vectors waste in narrow images.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_PIXELREGIONS_H
#define PARE_LIB_TARGET_CPU_SPARSE_PIXELREGIONS_H

#include "Sparse/PixelBlocks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"

namespace pare::cpu {

class PixelRegions {
public:
  PixelRegions(mlir::func::FuncOp network, const TargetInfo &target);

  /// Whether an operation of the network has the attribute already.
  bool isDecided() const { return decided; }

  /// Blocks for every class that can stand in them.
  void takeAll();
  /// Blocks where they are expected to be faster.
  void choose();
  /// Sets the attribute of operations on blocks; the number of images in them.
  int64_t apply();

private:
  /// An operation on images that may stand in blocks.
  struct User {
    mlir::Operation *op;
    int in, out;
    /// Expected cycles, by whether the input and the output stand in blocks.
    double cycles[2][2] = {{0.0, 0.0}, {0.0, 0.0}};
  };
  /// Images by their number.
  int numberOf(mlir::Value image);
  int classOf(int image) const;
  void unite(int a, int b);
  void exclude(mlir::Value image);
  /// What an operation says about its images.
  void visit(mlir::Operation *op);
  /// Whether blocks are possible at all.
  bool visitSparse(kernel::SparseContractOp sparse);
  bool visitDepthwise(kernel::DepthwiseOp depthwise);

  bool isBlocked(int image, llvm::ArrayRef<char> blocked) const {
    return blocked[classOf(image)];
  }
  double cyclesOf(llvm::ArrayRef<char> blocked) const;
  /// Changes classes one by one as long as that is faster.
  void improve(llvm::SmallVectorImpl<char> &blocked) const;

  const TargetInfo &target;
  bool decided = false;
  llvm::DenseMap<mlir::Value, int> numbers;
  llvm::SmallVector<mlir::Value> images;
  llvm::SmallVector<int> parents;
  /// By class: whether it can stand in blocks, and does.
  llvm::SmallVector<char> possible, chosen;
  llvm::SmallVector<User> users;
};

/// Whether all operations of a network agree about the layout of each image; if
/// not, says so.
mlir::LogicalResult verifyPixelBlocks(mlir::func::FuncOp network);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_PIXELREGIONS_H
