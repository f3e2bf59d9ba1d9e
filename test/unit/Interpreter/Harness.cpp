//===- Harness.cpp - Runs networks that are written as text ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Runtime/Signature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace pare;
using namespace pare::test;

void Network::parse(llvm::StringRef text) {
  context.disableMultithreading();
  context.loadDialect<nn::NNDialect, mlir::func::FuncDialect,
                      mlir::sparse_tensor::SparseTensorDialect>();
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module) {
    error = "does not parse";
    return;
  }
  llvm::Expected<mlir::func::FuncOp> func = findNetwork(*module);
  if (!func) {
    error = llvm::toString(func.takeError());
    return;
  }
  llvm::Expected<std::unique_ptr<Interpreter>> created =
      Interpreter::create(*func);
  if (created)
    interpreter = std::move(*created);
  else
    error = llvm::toString(created.takeError());
}

Network::Network(llvm::StringRef text) {
  parse(text);
  EXPECT_TRUE(interpreter) << error << "\n" << text.str();
}

Network::Network(llvm::StringRef text, ExpectError) { parse(text); }

llvm::SmallVector<HostTensor> Network::run(llvm::ArrayRef<HostTensor> in) {
  llvm::SmallVector<HostTensor> out;
  if (!interpreter)
    return out;
  if (llvm::Error error = interpreter->run(in, out)) {
    ADD_FAILURE() << llvm::toString(std::move(error));
    out.clear();
  }
  return out;
}

std::string Network::runError(llvm::ArrayRef<HostTensor> in) {
  llvm::SmallVector<HostTensor> out;
  return interpreter ? llvm::toString(interpreter->run(in, out)) : error;
}

std::string test::function(llvm::ArrayRef<llvm::StringRef> types,
                           llvm::StringRef result, llvm::StringRef body,
                           llvm::StringRef moduleAttributes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "module " << moduleAttributes << " {\n  func.func @main(";
  for (auto [i, type] : llvm::enumerate(types))
    os << (i ? ", " : "") << "%" << i << ": " << type;
  os << ") -> " << result << " {\n"
     << body << "\n    return %r : " << result << "\n  }\n}\n";
  return text;
}

std::vector<double> test::evaluateText(llvm::ArrayRef<llvm::StringRef> types,
                                       llvm::StringRef result,
                                       llvm::StringRef body,
                                       llvm::ArrayRef<HostTensor> in,
                                       llvm::StringRef moduleAttributes) {
  Network network(function(types, result, body, moduleAttributes));
  llvm::SmallVector<HostTensor> out = network.run(in);
  std::vector<double> values;
  if (out.size() == 1)
    for (int64_t i = 0; i < out[0].getNumElements(); ++i)
      values.push_back(out[0].getAsDouble(i));
  return values;
}

void test::expectNear(const std::vector<double> &found,
                      std::initializer_list<double> expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (auto [i, value] : llvm::enumerate(expected))
    EXPECT_NEAR(found[i], value, 1e-6 * std::max(1.0, std::fabs(value)))
        << "element " << i;
}
