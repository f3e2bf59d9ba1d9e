//===- Signature.h - The interface of a function of nn ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_SIGNATURE_H
#define PARE_RUNTIME_SIGNATURE_H

#include "pare/Runtime/Executable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Types.h"

namespace pare {

/// The type in which elements of `elementType` are stored; std::nullopt for a
/// type that no host tensor has.
std::optional<DType> getStorageDType(mlir::Type elementType);

/// What host code needs to know of values of `type`, a ranked tensor of static
/// shape; std::nullopt for any other type.
std::optional<TensorInfo> getTensorInfo(mlir::Type type);

/// The interface of `func`, whose arguments and results are tensors of static
/// shape, before any of it is lowered. Names are those of the attributes
/// `nn.name`, or "input_0", "output_0" and so on.
llvm::Expected<Signature> getSignature(mlir::func::FuncOp func);

/// The function of `module` that is the network: the one called `name`, or if
/// `name` is empty the only public function with a body (or "main" if there are
/// several).
llvm::Expected<mlir::func::FuncOp> findNetwork(mlir::ModuleOp module,
                                               llvm::StringRef name = {});

} // namespace pare

#endif // PARE_RUNTIME_SIGNATURE_H
