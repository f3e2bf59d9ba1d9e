//===- Unary.cpp - Functions of one operand -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each operation is a function of doubles. On 8-bit operands it becomes a table
// of the 256 results, as in every back end.
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Dialect/NN/IR/UnaryFunction.h"

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

llvm::Error interpreter::evalUnary(Operation *op, Layer &layer) {
  const std::function<double(double)> function = nn::getUnaryFunction(op);
  auto input = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(op->getOperand(0)));
  auto output = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(op->getResult(0)));
  if (input && output && input.getStorageTypeIntegralWidth() == 8) {
    const QuantRange range = nn::getQuantRange(input);
    const std::vector<int32_t> table =
        buildTable(function, nn::getQuantParams(input), range,
                   nn::getQuantParams(output), nn::getQuantRange(output));
    std::vector<int32_t> values = layer.integers(0);
    for (int32_t &value : values)
      value = table[clampTo(value, range) - range.lo];
    layer.setIntegers(values);
    return llvm::Error::success();
  }
  std::vector<float> values = layer.real(0);
  for (float &value : values)
    value = function(value);
  layer.setReal(values);
  return llvm::Error::success();
}
