//===- FoldArithmetic.cpp - Arithmetic on constants -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fold.h"

#include "mlir/Dialect/Traits.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

int64_t onnx::getBroadcast(int64_t i, ArrayRef<int64_t> from,
                           ArrayRef<int64_t> to) {
  int64_t result = 0, stride = 1;
  for (int64_t d = 0, e = to.size(); d < e; ++d) {
    int64_t index = i % to[e - 1 - d];
    i /= to[e - 1 - d];
    if (d >= static_cast<int64_t>(from.size()))
      continue;
    int64_t size = from[from.size() - 1 - d];
    if (size != 1)
      result += index * stride;
    stride *= size;
  }
  return result;
}

Fold onnx::setFolded(Node &node, Constant constant) {
  node.setConstant(0, std::move(constant));
  return true;
}

/// Integers wrap, as in the run times.
static std::optional<int64_t> computeBinary(StringRef op, int64_t a,
                                            int64_t b) {
  auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  if (op == "Add")
    return static_cast<int64_t>(x + y);
  if (op == "Sub")
    return static_cast<int64_t>(x - y);
  if (op == "Mul")
    return static_cast<int64_t>(x * y);
  if (op == "Max")
    return std::max(a, b);
  if (op == "Min")
    return std::min(a, b);
  if (b == 0 || (a == INT64_MIN && b == -1))
    return std::nullopt;
  if (op == "Div")
    return a / b;
  // The sign of the divisor, as in Python.
  if (op == "Mod")
    return a % b != 0 && (a % b < 0) != (b < 0) ? a % b + b : a % b;
  return std::nullopt;
}

static std::optional<double> computeBinary(StringRef op, double a, double b) {
  if (op == "Add")
    return a + b;
  if (op == "Sub")
    return a - b;
  if (op == "Mul")
    return a * b;
  if (op == "Div")
    return a / b;
  if (op == "Max")
    return std::max(a, b);
  if (op == "Min")
    return std::min(a, b);
  if (op == "Pow")
    return std::pow(a, b);
  return std::nullopt;
}

static std::optional<double> computeUnary(StringRef op, double x) {
  if (op == "Neg")
    return -x;
  if (op == "Abs")
    return std::fabs(x);
  if (op == "Floor")
    return std::floor(x);
  if (op == "Ceil")
    return std::ceil(x);
  if (op == "Round")
    return std::nearbyint(x);
  if (op == "Sqrt")
    return std::sqrt(x);
  if (op == "Exp")
    return std::exp(x);
  if (op == "Log")
    return std::log(x);
  if (op == "Reciprocal")
    return 1 / x;
  return std::nullopt;
}

static std::optional<bool> compare(StringRef op, double a, double b) {
  return llvm::StringSwitch<std::optional<bool>>(op)
      .Case("Equal", a == b)
      .Case("Less", a < b)
      .Case("Greater", a > b)
      .Default(std::nullopt);
}

FailureOr<SmallVector<int64_t>>
onnx::getBroadcastShape(Node &node, ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  SmallVector<int64_t> shape;
  if (!OpTrait::util::getBroadcastedShape(a, b, shape))
    return node.emitError() << "expected shapes that broadcast, found [" << a
                            << "] and [" << b << "]";
  return shape;
}

Fold onnx::foldBinary(Node &node) {
  FailureOr<Constant> lhs = node.getConstant(0), rhs = node.getConstant(1);
  if (failed(lhs) || failed(rhs))
    return failure();
  if (node.getNumInputs() != 2 || lhs->elementType != rhs->elementType)
    return false;
  auto shape = getBroadcastShape(node, lhs->shape, rhs->shape);
  if (failed(shape))
    return failure();
  int64_t count = Constant(*lhs).reshape(*shape).getNumElements();
  if (count > kMostElements)
    return false;
  StringRef op = node.getOp();
  if (op == "Equal" || op == "Less" || op == "Greater") {
    std::vector<double> a = lhs->getReals(), b = rhs->getReals();
    std::vector<int64_t> results;
    results.reserve(count);
    for (int64_t i = 0; i < count; ++i)
      results.push_back(*compare(op, a[getBroadcast(i, lhs->shape, *shape)],
                                 b[getBroadcast(i, rhs->shape, *shape)]));
    Type i1 = IntegerType::get(node.getContext(), 1);
    return setFolded(node, Constant::getIntegers(i1, *shape, results));
  }
  auto compute = [&](auto a, auto b, auto &results) {
    for (int64_t i = 0; i < count; ++i) {
      auto result = computeBinary(op, a[getBroadcast(i, lhs->shape, *shape)],
                                  b[getBroadcast(i, rhs->shape, *shape)]);
      if (!result)
        return false;
      results.push_back(*result);
    }
    return true;
  };
  if (lhs->isFloat()) {
    std::vector<double> results;
    if (!compute(lhs->getReals(), rhs->getReals(), results))
      return false;
    return setFolded(node,
                     Constant::getReals(lhs->elementType, *shape, results));
  }
  std::vector<int64_t> results;
  if (!compute(lhs->getIntegers(), rhs->getIntegers(), results))
    return false;
  Constant folded = Constant::getIntegers(lhs->elementType, *shape, results);
  folded.isUnsigned = lhs->isUnsigned;
  return setFolded(node, folded);
}

Fold onnx::foldUnary(Node &node) {
  FailureOr<Constant> input = node.getConstant(0);
  if (failed(input))
    return failure();
  if (input->getNumElements() > kMostElements || !input->isFloat())
    return false;
  std::vector<double> results;
  for (double value : input->getReals()) {
    std::optional<double> result = computeUnary(node.getOp(), value);
    if (!result)
      return false;
    results.push_back(*result);
  }
  return setFolded(
      node, Constant::getReals(input->elementType, input->shape, results));
}

Fold onnx::foldCast(Node &node) {
  FailureOr<Constant> input = node.getConstant(0);
  FailureOr<int64_t> to = node.getInt("to", schema::UNDEFINED);
  node.ignore("saturate");
  if (failed(input) || failed(to))
    return failure();
  auto kind = schema::ElementType_IsValid(static_cast<int>(*to))
                  ? static_cast<schema::ElementType>(*to)
                  : schema::UNDEFINED;
  Type type = node.getFile().getElementType(kind, node.getOutputName(0));
  if (!type)
    return failure();
  Constant result =
      isa<FloatType>(type)
          ? Constant::getReals(type, input->shape, input->getReals())
          : Constant::getIntegers(type, input->shape, input->getIntegers());
  result.isUnsigned = kind == schema::UINT8;
  return setFolded(node, result);
}

Fold onnx::foldWhere(Node &node) {
  FailureOr<Constant> condition = node.getConstant(0);
  FailureOr<Constant> a = node.getConstant(1), b = node.getConstant(2);
  if (failed(condition) || failed(a) || failed(b))
    return failure();
  auto values = getBroadcastShape(node, a->shape, b->shape);
  if (failed(values))
    return failure();
  auto shape = getBroadcastShape(node, condition->shape, *values);
  if (failed(shape))
    return failure();
  Constant whole = a->reshape(*shape);
  if (a->elementType != b->elementType ||
      whole.getNumElements() > kMostElements)
    return false;
  std::vector<int64_t> chosen = condition->getIntegers();
  size_t width = getBytesPerElement(a->elementType);
  std::vector<char> bytes(whole.getNumElements() * width);
  for (int64_t i = 0, e = whole.getNumElements(); i < e; ++i) {
    bool first = chosen[getBroadcast(i, condition->shape, *shape)] != 0;
    const Constant &from = first ? *a : *b;
    std::memcpy(&bytes[i * width],
                from.bytes->data() +
                    getBroadcast(i, from.shape, *shape) * width,
                width);
  }
  whole.bytes = std::make_shared<std::vector<char>>(std::move(bytes));
  return setFolded(node, whole);
}
