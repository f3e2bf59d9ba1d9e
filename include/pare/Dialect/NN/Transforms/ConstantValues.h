//===- ConstantValues.h - The numbers in constants --------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Reading the elements of `nn.constant` whatever their representation (dense,
/// splat, resource) and making new constants, without decimal text and without
/// more copies than needed.

#ifndef PARE_DIALECT_NN_TRANSFORMS_CONSTANTVALUES_H
#define PARE_DIALECT_NN_TRANSFORMS_CONSTANTVALUES_H

#include "mlir/IR/Builders.h"
#include "pare/Dialect/NN/IR/NN.h"
#include <vector>

namespace pare::nn {

/// The elements of a constant of stored type T, row-major. A view of the bytes
/// in the IR where they lie there as they are, a copy for a splat.
template <typename T> class ConstantElements {
public:
  /// std::nullopt if `elements` is null, has elements of another width, or its
  /// resource has no data.
  static std::optional<ConstantElements> read(mlir::ElementsAttr elements);
  static std::optional<ConstantElements> read(mlir::Value value) {
    return read(getConstantElements(value));
  }

  llvm::ArrayRef<T> get() const {
    return owned.empty() ? view : llvm::ArrayRef<T>(owned);
  }
  T operator[](size_t i) const { return get()[i]; }
  size_t size() const { return get().size(); }

private:
  llvm::ArrayRef<T> view;
  std::vector<T> owned;
};

extern template class ConstantElements<float>;
extern template class ConstantElements<int8_t>;
extern template class ConstantElements<int16_t>;
extern template class ConstantElements<int32_t>;

/// The f32 elements of the constant that defines `value`; std::nullopt if it is
/// no f32 constant.
std::optional<ConstantElements<float>> readFloats(mlir::Value value);

/// The one value that all elements of an f32 constant have, if they have one.
std::optional<float> getSplatFloat(mlir::Value value);

/// A constant of `type`, whose stored elements are `values`. The resource of a
/// large one is named after `loc`.
template <typename T>
ConstantOp createConstant(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::RankedTensorType type,
                          llvm::ArrayRef<T> values);

/// An f32 constant.
ConstantOp createFloats(mlir::OpBuilder &builder, mlir::Location loc,
                        llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<float> values);

/// Elements of the dimension `axis` and of those behind it: element `i` of a
/// row-major tensor has index `i / inner % channels` on the axis.
struct AxisLayout {
  int64_t channels;
  int64_t inner;
  AxisLayout(llvm::ArrayRef<int64_t> shape, int64_t axis);
  int64_t channelOf(int64_t element) const {
    return element / inner % channels;
  }
};

} // namespace pare::nn

#endif // PARE_DIALECT_NN_TRANSFORMS_CONSTANTVALUES_H
