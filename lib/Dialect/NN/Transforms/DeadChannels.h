//===- DeadChannels.h - Channels that a network can do without --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DIALECT_NN_TRANSFORMS_DEADCHANNELS_H
#define PARE_LIB_DIALECT_NN_TRANSFORMS_DEADCHANNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Error.h"

namespace pare::nn {

/// What is known of the channels (last dimension) of one value.
struct ChannelInfo {
  /// Channels whose elements are the same for every input and at every
  /// position.
  llvm::BitVector constant;
  /// The stored number of each channel at the first position, as the
  /// interpreter computed it: of a constant channel, its constant.
  std::vector<double> stored;
  /// Channels that can be removed with everything that makes them, once the
  /// constants among them are folded into biases.
  llvm::BitVector removable;
};

/// Finds the channels of every value that are constant because their weights
/// are zero, and those that no result needs: all users either multiply them by
/// zero weights, can take their constant into a bias, or make from them
/// channels that can be removed in turn.
class DeadChannels {
public:
  /// Analyses `func`, one block of nn operations on static shapes. Fails where
  /// the interpreter cannot run it. Values whose channels are a multiple of
  /// `multiple` keep one: all of them, or with `withinPeak` those that do not
  /// make more bytes alive at once than there are without. Blocks of sparse
  /// weights stay whole; with `tearBlocks`, those of layers that take less work
  /// with dense weights and the channels that can go then do not count.
  static llvm::Expected<DeadChannels> analyze(mlir::func::FuncOp func,
                                              int64_t multiple = 1,
                                              bool withinPeak = false,
                                              bool tearBlocks = false);

  /// Whether any layer of `func` has an output or an input channel without
  /// weights. If none has, there is nothing to find; asking is cheap.
  static bool mayExist(mlir::func::FuncOp func);

  /// Null for a value that is not known (a constant, a scalar).
  const ChannelInfo *lookup(mlir::Value value) const {
    auto it = channels.find(value);
    return it == channels.end() ? nullptr : &it->second;
  }
  /// The removable channels of `value`; null if there are none.
  const llvm::BitVector *getRemovable(mlir::Value value) const {
    const ChannelInfo *info = lookup(value);
    return info && info->removable.any() ? &info->removable : nullptr;
  }

  /// Sparse layers whose weights must become dense, in the block's order.
  llvm::ArrayRef<mlir::Operation *> getTorn() const {
    return torn.getArrayRef();
  }
  /// Takes note that `to` has taken the place of `from`.
  void replace(mlir::Value from, mlir::Value to);

private:
  /// What `settle` ends with.
  using Removable = llvm::DenseMap<mlir::Value, llvm::BitVector>;
  Removable getAllRemovable() const;
  void setAllRemovable(const Removable &removable);
  /// Chooses the layers whose blocks need not stay whole, and settles.
  void tearBlocks(mlir::Block &block);
  /// The work of a layer with the channels that stay, `dense` or as it is.
  double estimateWork(mlir::Operation *op, bool dense) const;
  llvm::Error observe(mlir::func::FuncOp func);
  void findConstants(mlir::Operation *op);
  /// Makes what `op` allows to remove consistent; whether anything changed.
  bool restrict(mlir::Operation *op);
  /// Makes what all operations allow to remove consistent.
  void settle(mlir::Block &block);
  void keepMultiples(mlir::Block &block, int64_t multiple);
  void keepMultiplesWithinPeak(mlir::Block &block, int64_t multiple);
  /// The most bytes of values alive at once, inputs and results of the function
  /// apart, if all that is removable goes.
  int64_t getPeakBytes(mlir::Block &block) const;

  llvm::DenseMap<mlir::Value, ChannelInfo> channels;
  /// What each output channel of a mixing layer has weights for.
  llvm::DenseMap<mlir::Operation *, std::vector<llvm::BitVector>> usesOf;
  llvm::SetVector<mlir::Operation *> torn;
};

/// A layer whose output channels are sums over all input channels: an
/// ungrouped convolution or a fully connected layer, with constant weights,
/// dense or sparse.
struct MixingLayer {
  mlir::Value input, filter, bias, output;
  /// Whether the window can reach into padding.
  bool padded = false;
  int64_t outChannels = 0, taps = 1, inChannels = 0;
  /// Neighbouring output and input channels that can be removed only together:
  /// those of a block of sparse weights. 0 input channels where blocks lie
  /// across taps, so that none can be.
  int64_t outGroup = 1, inGroup = 1;

  /// std::nullopt if `op` is no such layer.
  static std::optional<MixingLayer> match(mlir::Operation *op);
};

/// The weights as doubles minus their zero points, in the filter's order: what
/// inputs are multiplied by. Those that sparse weights do not store are zeros.
/// Empty if they cannot be read.
std::vector<double> readWeights(mlir::Value filter, int64_t channelAxis);

/// The zero point of a quantized value, 0 of any other.
double getInputZero(mlir::Value value);

/// A layer that makes output channel k from channel k of its operands alone.
bool keepsChannelsApart(mlir::Operation *op);

/// A reshape whose last dimension is a whole number of old last dimensions:
/// new channel i * C + k is a part of old channel k.
bool splitsChannels(mlir::Operation *op);

} // namespace pare::nn

#endif // PARE_LIB_DIALECT_NN_TRANSFORMS_DEADCHANNELS_H
