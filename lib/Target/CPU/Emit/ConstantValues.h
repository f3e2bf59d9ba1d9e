//===- ConstantValues.h - Elements of constant globals ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_CONSTANTVALUES_H
#define PARE_LIB_TARGET_CPU_EMIT_CONSTANTVALUES_H

#include "Emit/Layer.h"

#include <cstring>

namespace pare::cpu {

/// All elements of a constant global, splats expanded; empty if the value is
/// not one.
template <typename T>
llvm::SmallVector<T> constantValues(mlir::SymbolTable &symbols, Value value) {
  llvm::SmallVector<T> values;
  auto global = symbols.lookup<mlir::memref::GlobalOp>(globalName(value));
  if (!global || !global.getConstant() || !global.getInitialValue())
    return values;
  auto elements = mlir::dyn_cast<mlir::ElementsAttr>(*global.getInitialValue());
  if (!elements)
    return values;
  if (std::optional<llvm::ArrayRef<char>> bytes = nn::getRawBytes(elements)) {
    values.resize(bytes->size() / sizeof(T));
    std::memcpy(values.data(), bytes->data(), bytes->size());
    return values;
  }
  if (!elements.isSplat())
    return values;
  auto bytes = mlir::cast<mlir::DenseElementsAttr>(elements).getRawData();
  T element;
  std::memcpy(&element, bytes.data(), sizeof(T));
  values.assign(elements.getNumElements(), element);
  return values;
}

/// The same without a copy, where the elements lie in the IR as they are.
template <typename T> class ConstantView {
public:
  ConstantView(mlir::SymbolTable &symbols, Value value) {
    auto global = symbols.lookup<mlir::memref::GlobalOp>(globalName(value));
    if (global && global.getConstant() && global.getInitialValue())
      if (auto elements =
              mlir::dyn_cast<mlir::ElementsAttr>(*global.getInitialValue()))
        if (auto bytes = nn::getRawBytes(elements);
            bytes &&
            reinterpret_cast<uintptr_t>(bytes->data()) % alignof(T) == 0) {
          view = {reinterpret_cast<const T *>(bytes->data()),
                  bytes->size() / sizeof(T)};
          return;
        }
    owned = constantValues<T>(symbols, value);
    view = owned;
  }
  ConstantView(const ConstantView &) = delete;
  ConstantView &operator=(const ConstantView &) = delete;

  llvm::ArrayRef<T> get() const { return view; }

private:
  llvm::ArrayRef<T> view;
  llvm::SmallVector<T> owned;
};

template <typename T>
llvm::ArrayRef<char> bytesOf(const llvm::SmallVector<T> &values) {
  return {reinterpret_cast<const char *>(values.data()),
          values.size() * sizeof(T)};
}

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_CONSTANTVALUES_H
