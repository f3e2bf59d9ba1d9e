//===- Interpreter.cpp - The reference interpreter of nn ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Interpreter/Interpreter.h"
#include "Layer.h"

#include "pare/Dialect/NN/IR/NN.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

static bool isConstant(Operation *op) {
  return isa<nn::ConstantOp, nn::SparseConstantOp>(op);
}

static int64_t bytesOf(const TensorInfo &info) {
  return info.getNumElements() * byteWidth(info.dtype);
}

Interpreter::Interpreter(func::FuncOp func, Signature signature)
    : Executable(std::move(signature)), func(func) {}

llvm::Expected<std::unique_ptr<Interpreter>>
Interpreter::create(func::FuncOp func) {
  llvm::Expected<Signature> signature = getSignature(func);
  if (!signature)
    return signature.takeError();
  if (!func.getBody().hasOneBlock())
    return llvm::createStringError("network '" + signature->name +
                                   "': expected a body of one block");
  std::unique_ptr<Interpreter> interpreter(
      new Interpreter(func, std::move(*signature)));
  if (llvm::Error error = interpreter->prepare())
    return std::move(error);
  return std::move(interpreter);
}

llvm::Error Interpreter::prepare() {
  Block &body = func.getBody().front();
  llvm::DenseMap<Value, Operation *> lastUser;
  for (Operation &op : body)
    for (Value operand : op.getOperands())
      lastUser[operand] = &op;
  for (auto [value, user] : lastUser)
    if (Operation *definition = value.getDefiningOp();
        definition && !isConstant(definition) && !isa<func::ReturnOp>(user))
      lastUses[user].push_back(value);

  int64_t liveBytes = 0;
  for (Operation &op : body) {
    if (isa<func::ReturnOp>(op))
      break;
    if (!isa_and_nonnull<nn::NNDialect>(op.getDialect()))
      return layerError(&op, "expects operations of nn alone");
    if (isConstant(&op)) {
      llvm::Expected<HostTensor> value = evaluateConstant(&op);
      if (!value)
        return value.takeError();
      constantBytes += value->getByteSize();
      constants.try_emplace(op.getResult(0), std::move(*value));
      continue;
    }
    for (Value result : op.getResults()) {
      std::optional<TensorInfo> info = getTensorInfo(result.getType());
      if (!info)
        return layerError(&op, "expects results of static shape and of a type "
                               "that host memory has");
      liveBytes += bytesOf(*info);
      // A result that nobody reads dies at once.
      if (result.use_empty())
        lastUses[&op].push_back(result);
    }
    peakBytes = std::max(peakBytes, liveBytes);
    if (auto dead = lastUses.find(&op); dead != lastUses.end())
      for (Value value : dead->second)
        liveBytes -= bytesOf(*getTensorInfo(value.getType()));
  }
  return llvm::Error::success();
}

llvm::Error Interpreter::run(ArrayRef<HostTensor> in,
                             SmallVectorImpl<HostTensor> &out) {
  return run(in, out, [](Value, const HostTensor &) {});
}

llvm::Error Interpreter::run(ArrayRef<HostTensor> in,
                             SmallVectorImpl<HostTensor> &out,
                             Observer observer) {
  if (llvm::Error error = checkInputs(in))
    return error;
  Block &body = func.getBody().front();
  llvm::DenseMap<Value, HostTensor> values;
  auto find = [&](Value value) -> const HostTensor * {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return &in[argument.getArgNumber()];
    if (auto constant = constants.find(value); constant != constants.end())
      return &constant->second;
    return &values.find(value)->second;
  };
  for (auto [argument, tensor] : llvm::zip_equal(body.getArguments(), in))
    observer(argument, tensor);
  for (Operation &op : body.without_terminator()) {
    if (isConstant(&op))
      continue;
    SmallVector<const HostTensor *> operands =
        llvm::map_to_vector(op.getOperands(), find);
    SmallVector<HostTensor> results;
    if (llvm::Error error = evaluate(&op, operands, results))
      return error;
    for (auto [value, tensor] : llvm::zip_equal(op.getResults(), results)) {
      observer(value, tensor);
      values.try_emplace(value, std::move(tensor));
    }
    if (auto dead = lastUses.find(&op); dead != lastUses.end())
      for (Value value : dead->second)
        values.erase(value);
  }
  out.clear();
  for (Value result : body.getTerminator()->getOperands())
    out.push_back(*find(result));
  return llvm::Error::success();
}
