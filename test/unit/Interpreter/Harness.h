//===- Harness.h - Runs networks that are written as text -------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TEST_UNIT_INTERPRETER_HARNESS_H
#define PARE_TEST_UNIT_INTERPRETER_HARNESS_H

#include "pare/Interpreter/Interpreter.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/ArrayRef.h"

#include "gtest/gtest.h"

#include <initializer_list>
#include <string>
#include <vector>

namespace pare::test {

/// A network in text, ready to run. A text that does not parse or a network
/// that cannot be prepared is a failure of the test.
class Network {
public:
  explicit Network(llvm::StringRef text);

  /// Null after a failure.
  Interpreter *operator->() { return interpreter.get(); }
  explicit operator bool() const { return interpreter != nullptr; }
  mlir::ModuleOp getModule() { return *module; }

  /// The outputs for `in`; empty (and a failure of the test) on an error.
  llvm::SmallVector<HostTensor> run(llvm::ArrayRef<HostTensor> in);

  /// The message of the error that a run gives; empty if it succeeds.
  std::string runError(llvm::ArrayRef<HostTensor> in);

  /// The message with which preparing the network failed.
  const std::string &getError() const { return error; }

  /// For texts that cannot be prepared.
  struct ExpectError {};
  Network(llvm::StringRef text, ExpectError);

private:
  void parse(llvm::StringRef text);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<Interpreter> interpreter;
  std::string error;
};

/// A tensor from a list of values of type T.
template <typename T>
HostTensor tensor(std::initializer_list<int64_t> shape,
                  std::initializer_list<T> values) {
  return HostTensor::fromValues<T>(
      llvm::ArrayRef<int64_t>(shape.begin(), shape.size()),
      llvm::ArrayRef<T>(values.begin(), values.size()));
}

/// A network of one operation: `body` computes %r from the arguments `types`.
std::string function(llvm::ArrayRef<llvm::StringRef> types,
                     llvm::StringRef result, llvm::StringRef body,
                     llvm::StringRef moduleAttributes = "");

/// Runs such a network and gives its one output as real numbers as stored
/// (integers of quantized tensors are not scaled).
std::vector<double> evaluateText(llvm::ArrayRef<llvm::StringRef> types,
                                 llvm::StringRef result, llvm::StringRef body,
                                 llvm::ArrayRef<HostTensor> in,
                                 llvm::StringRef moduleAttributes = "");

/// `found` is what was expected, to a relative error of about 1e-6.
void expectNear(const std::vector<double> &found,
                std::initializer_list<double> expected);

/// The attributes of a module in mode `float`.
inline constexpr llvm::StringLiteral kFloatMode =
    "attributes {nn.requant_mode = #nn.requant_mode<float>}";

} // namespace pare::test

#endif // PARE_TEST_UNIT_INTERPRETER_HARNESS_H
