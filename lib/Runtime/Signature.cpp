//===- Signature.cpp - The interface of a function of nn ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/Signature.h"
#include "pare/Dialect/NN/IR/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace pare;

std::optional<DType> pare::getStorageDType(Type elementType) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(elementType)) {
    switch (quantized.getStorageTypeIntegralWidth()) {
    case 8:
      return quantized.isSigned() ? DType::I8 : DType::U8;
    case 16:
      return quantized.isSigned() ? std::optional(DType::I16) : std::nullopt;
    case 32:
      return quantized.isSigned() ? std::optional(DType::I32) : std::nullopt;
    default:
      return std::nullopt;
    }
  }
  if (elementType.isF32())
    return DType::F32;
  if (elementType.isF16())
    return DType::F16;
  if (auto integer = dyn_cast<IntegerType>(elementType))
    switch (integer.getWidth()) {
    case 1:
      return DType::Bool;
    case 8:
      return DType::I8;
    case 16:
      return DType::I16;
    case 32:
      return DType::I32;
    case 64:
      return DType::I64;
    default:
      break;
    }
  return std::nullopt;
}

std::optional<TensorInfo> pare::getTensorInfo(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return std::nullopt;
  std::optional<DType> dtype = getStorageDType(tensor.getElementType());
  if (!dtype)
    return std::nullopt;
  TensorInfo info;
  info.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  info.dtype = *dtype;
  quant::QuantizedType quantized = nn::getQuantizedType(type);
  if (!quantized)
    return info;
  info.storageMin = static_cast<int32_t>(quantized.getStorageTypeMin());
  info.storageMax = static_cast<int32_t>(quantized.getStorageTypeMax());
  int64_t channels = 1;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(quantized)) {
    info.axis = perAxis.getQuantizedDimension();
    channels = perAxis.getScales().size();
  } else if (!isa<quant::UniformQuantizedType>(quantized)) {
    return std::nullopt;
  }
  for (int64_t channel = 0; channel < channels; ++channel) {
    info.scales.push_back(nn::getScale(quantized, channel));
    info.zeroPoints.push_back(
        static_cast<int32_t>(nn::getZeroPoint(quantized, channel)));
  }
  return info;
}

/// Adds the tensor of `type`, which is called `name` or `kind` and a number.
static llvm::Error addTensor(std::vector<TensorInfo> &tensors, Type type,
                             StringAttr name, StringRef function,
                             StringRef kind) {
  std::optional<TensorInfo> info = getTensorInfo(type);
  std::string ownName =
      name ? name.getValue().str() : (kind + "_" + Twine(tensors.size())).str();
  if (!info) {
    std::string found;
    llvm::raw_string_ostream(found) << type;
    return llvm::createStringError(
        "network '" + function + "', " + kind + " '" + ownName +
        "': expected a tensor of static shape, found " + found);
  }
  info->name = std::move(ownName);
  tensors.push_back(std::move(*info));
  return llvm::Error::success();
}

llvm::Expected<Signature> pare::getSignature(func::FuncOp func) {
  Signature signature;
  signature.name = func.getSymName().str();
  FunctionType type = func.getFunctionType();
  for (auto [i, input] : llvm::enumerate(type.getInputs()))
    if (llvm::Error error = addTensor(
            signature.inputs, input,
            func.getArgAttrOfType<StringAttr>(i, nn::NNDialect::kNameAttr),
            signature.name, "input"))
      return std::move(error);
  for (auto [i, output] : llvm::enumerate(type.getResults()))
    if (llvm::Error error = addTensor(
            signature.outputs, output,
            func.getResultAttrOfType<StringAttr>(i, nn::NNDialect::kNameAttr),
            signature.name, "output"))
      return std::move(error);
  return signature;
}

llvm::Expected<func::FuncOp> pare::findNetwork(ModuleOp module,
                                               StringRef name) {
  if (!name.empty()) {
    if (auto func = module.lookupSymbol<func::FuncOp>(name);
        func && !func.isExternal())
      return func;
    return llvm::createStringError("no function '" + name +
                                   "' with a body in the module");
  }
  SmallVector<func::FuncOp> candidates;
  for (auto func : module.getOps<func::FuncOp>())
    if (!func.isExternal() && func.isPublic())
      candidates.push_back(func);
  if (candidates.size() == 1)
    return candidates.front();
  for (func::FuncOp func : candidates)
    if (func.getSymName() == "main")
      return func;
  return llvm::createStringError("expected one public function or one called "
                                 "'main' in the module, found " +
                                 Twine(candidates.size()) +
                                 " public functions");
}
