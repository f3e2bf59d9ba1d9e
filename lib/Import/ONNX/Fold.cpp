//===- Fold.cpp - Nodes that compute constants ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters write the arithmetic on shapes into the file as nodes: the shape of
// a value, an element of it, a product, a list for a reshape. Shapes are known
// at import, so all of that is computed here and leaves nothing behind.
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/Dialect/Traits.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// Larger constants are weights, which passes fold if it pays.
static constexpr int64_t kMostElements = 1 << 16;

/// A constant whose element i is element `source(i)` of `from`.
static Constant pick(const Constant &from, ArrayRef<int64_t> shape,
                     llvm::function_ref<int64_t(int64_t)> source) {
  Constant result = from.reshape(shape);
  size_t width = getBytesPerElement(from.elementType);
  std::vector<char> bytes(result.getNumElements() * width);
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
    std::memcpy(&bytes[i * width], from.bytes->data() + source(i) * width,
                width);
  result.bytes = std::make_shared<std::vector<char>>(std::move(bytes));
  return result;
}

/// Position in a tensor of shape `from` that broadcasts to `to` of the element
/// that meets element `i` of `to`.
static int64_t getBroadcast(int64_t i, ArrayRef<int64_t> from,
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

static Fold setFolded(Node &node, Constant constant) {
  node.setConstant(0, std::move(constant));
  return true;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static Fold foldShape(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  FailureOr<int64_t> start = node.getInt("start", 0);
  FailureOr<int64_t> end = node.getInt("end", INT64_MAX);
  if (failed(shape) || failed(start) || failed(end))
    return failure();
  int64_t rank = shape->size();
  auto clamp = [&](int64_t position) {
    if (position < 0)
      position += rank;
    return std::min(std::max<int64_t>(position, 0), rank);
  };
  int64_t first = clamp(*start), last = std::max(clamp(*end), first);
  Type i64 = IntegerType::get(node.getContext(), 64);
  auto part = ArrayRef(*shape).slice(first, last - first);
  return setFolded(node, Constant::getIntegers(
                             i64, {static_cast<int64_t>(part.size())}, part));
}

static Fold foldSize(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  if (failed(shape))
    return failure();
  int64_t count = 1;
  for (int64_t size : *shape)
    count *= size;
  Type i64 = IntegerType::get(node.getContext(), 64);
  return setFolded(node, Constant::getIntegers(i64, {}, count));
}

static Fold foldConstantOfShape(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getIntegers(0);
  const schema::Attribute *value = node.getAttribute("value");
  if (failed(shape))
    return failure();
  Constant element =
      Constant::getReals(Float32Type::get(node.getContext()), {1}, {0.0});
  if (value) {
    FailureOr<Constant> given =
        node.getFile().getConstant(value->t(), node.getOutputName(0));
    if (failed(given))
      return failure();
    if (given->getNumElements() != 1)
      return node.emitError() << "expected a value of one element, found "
                              << given->getNumElements();
    element = *given;
  }
  if (failed(node.getFile().checkShape(*shape, node.getOutputName(0))))
    return failure();
  Constant whole = element.reshape(*shape);
  if (whole.getNumElements() > kMostElements)
    return node.emitError() << "expected at most " << kMostElements
                            << " elements, found " << whole.getNumElements();
  return setFolded(node, pick(element, *shape, [](int64_t) { return 0; }));
}

static Fold foldRange(Node &node) {
  FailureOr<Constant> start = node.getConstant(0);
  FailureOr<double> first = node.getScalar(0), limit = node.getScalar(1),
                    delta = node.getScalar(2);
  if (failed(start) || failed(first) || failed(limit) || failed(delta))
    return failure();
  double count = std::ceil((*limit - *first) / *delta);
  if (!(count >= 1 && count <= kMostElements))
    return node.emitError() << "expected a range of 1 to " << kMostElements
                            << " elements, found " << std::to_string(count);
  std::vector<double> reals;
  std::vector<int64_t> integers;
  for (int64_t i = 0; i < count; ++i) {
    reals.push_back(*first + i * *delta);
    integers.push_back(static_cast<int64_t>(reals.back()));
  }
  int64_t size = reals.size();
  return setFolded(
      node, start->isFloat()
                ? Constant::getReals(start->elementType, size, reals)
                : Constant::getIntegers(start->elementType, size, integers));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

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

static FailureOr<SmallVector<int64_t>>
getBroadcastShape(Node &node, ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  SmallVector<int64_t> shape;
  if (!OpTrait::util::getBroadcastedShape(a, b, shape))
    return node.emitError() << "expected shapes that broadcast, found [" << a
                            << "] and [" << b << "]";
  return shape;
}

static Fold foldBinary(Node &node) {
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

static Fold foldUnary(Node &node) {
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

static Fold foldCast(Node &node) {
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

static Fold foldWhere(Node &node) {
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

//===----------------------------------------------------------------------===//
// Movement and reductions
//===----------------------------------------------------------------------===//

static Fold foldExpand(Node &node) {
  FailureOr<Constant> input = node.getConstant(0);
  FailureOr<SmallVector<int64_t>> target = node.getIntegers(1);
  if (failed(input) || failed(target) ||
      failed(node.getFile().checkShape(*target, node.getOutputName(0))))
    return failure();
  auto shape = getBroadcastShape(node, input->shape, *target);
  if (failed(shape) ||
      failed(node.getFile().checkShape(*shape, node.getOutputName(0))))
    return failure();
  if (input->reshape(*shape).getNumElements() > kMostElements)
    return false;
  return setFolded(node, pick(*input, *shape, [&](int64_t i) {
                     return getBroadcast(i, input->shape, *shape);
                   }));
}

static Fold foldGather(Node &node) {
  FailureOr<Constant> table = node.getConstant(0);
  FailureOr<SmallVector<int64_t>> indices = node.getIntegers(1);
  FailureOr<SmallVector<int64_t>> indexShape = node.getShape(1);
  FailureOr<int64_t> given = node.getInt("axis", 0);
  if (failed(table) || failed(indices) || failed(indexShape) || failed(given))
    return failure();
  FailureOr<int64_t> axis = node.getAxis(*given, table->getRank());
  if (failed(axis))
    return failure();
  int64_t size = table->shape[*axis];
  for (int64_t &index : *indices) {
    if (index < -size || index >= size)
      return node.emitError() << "expected an index of a dimension of " << size
                              << " elements, found " << index;
    index += index < 0 ? size : 0;
  }
  int64_t inner = 1, outer = 1;
  for (int64_t d = 0; d < table->getRank(); ++d) {
    inner *= d > *axis ? table->shape[d] : 1;
    outer *= d < *axis ? table->shape[d] : 1;
  }
  int64_t count = indices->size();
  if (static_cast<double>(outer) * count * inner > kMostElements)
    return false;
  SmallVector<int64_t> shape(table->shape.begin(),
                             table->shape.begin() + *axis);
  llvm::append_range(shape, *indexShape);
  shape.append(table->shape.begin() + *axis + 1, table->shape.end());
  return setFolded(node, pick(*table, shape, [&](int64_t i) {
                     int64_t before = i / (count * inner);
                     int64_t index = (*indices)[i / inner % count];
                     return (before * size + index) * inner + i % inner;
                   }));
}

static Fold foldConcat(Node &node) {
  FailureOr<Constant> first = node.getConstant(0);
  FailureOr<int64_t> axis = node.getInt("axis", 0);
  if (failed(first) || failed(axis))
    return failure();
  // Lists of sizes are what is joined.
  std::vector<char> bytes;
  for (size_t i = 0; i < node.getNumInputs(); ++i) {
    FailureOr<Constant> part = node.getConstant(i);
    if (failed(part))
      return failure();
    if (part->getRank() != 1 || part->elementType != first->elementType ||
        bytes.size() + part->bytes->size() > kMostElements)
      return false;
    bytes.insert(bytes.end(), part->bytes->begin(), part->bytes->end());
  }
  if (failed(node.getAxis(*axis, 1)))
    return failure();
  int64_t count = bytes.size() / getBytesPerElement(first->elementType);
  Constant result = first->reshape(count);
  result.bytes = std::make_shared<std::vector<char>>(std::move(bytes));
  return setFolded(node, result);
}

/// Of a list, cut by steps that Slice gives: the general case is that of
/// values.
static Fold foldSlice(Node &node) {
  FailureOr<Constant> input = node.getConstant(0);
  if (failed(input))
    return failure();
  if (input->getRank() != 1 || node.getVersion() < 10)
    return false;
  FailureOr<SmallVector<int64_t>> starts = node.getIntegers(1);
  FailureOr<SmallVector<int64_t>> ends = node.getIntegers(2);
  FailureOr<SmallVector<int64_t>> steps = SmallVector<int64_t>{1};
  if (node.hasInput(4))
    steps = node.getIntegers(4);
  if (failed(starts) || failed(ends) || failed(steps))
    return failure();
  if (starts->size() != 1 || ends->size() != 1 || steps->size() != 1 ||
      steps->front() != 1)
    return false;
  int64_t size = input->shape[0];
  auto clamp = [&](int64_t position) {
    if (position < 0)
      position = position < -size ? 0 : position + size;
    return std::min(position, size);
  };
  int64_t first = clamp(starts->front());
  int64_t last = std::max(clamp(ends->front()), first);
  return setFolded(
      node, pick(*input, last - first, [&](int64_t i) { return first + i; }));
}

static Fold foldReduceProd(Node &node) {
  FailureOr<Constant> input = node.getConstant(0);
  FailureOr<int64_t> keep = node.getInt("keepdims", 1);
  auto axes = node.getAxesList("axes", 1, 18);
  if (failed(input) || failed(keep) || failed(axes))
    return failure();
  if (input->getRank() > 1 || input->isFloat())
    return false;
  int64_t product = 1;
  for (int64_t value : input->getIntegers())
    product = *computeBinary("Mul", product, value);
  SmallVector<int64_t> shape(*keep ? input->getRank() : 0, 1);
  return setFolded(node,
                   Constant::getIntegers(input->elementType, shape, product));
}

Fold onnx::foldNode(Node &node) {
  StringRef op = node.getOp();
  if (op == "Shape")
    return foldShape(node);
  if (op == "Size")
    return foldSize(node);
  using Function = Fold (*)(Node &);
  auto function = llvm::StringSwitch<Function>(op)
                      .Case("ConstantOfShape", foldConstantOfShape)
                      .Case("Range", foldRange)
                      .Cases({"Add", "Sub", "Mul", "Div", "Mod"}, foldBinary)
                      .Cases({"Max", "Min", "Pow"}, foldBinary)
                      .Cases({"Equal", "Less", "Greater"}, foldBinary)
                      .Cases({"Neg", "Abs", "Floor", "Ceil"}, foldUnary)
                      .Cases({"Round", "Sqrt", "Exp", "Log"}, foldUnary)
                      .Case("Reciprocal", foldUnary)
                      .Case("Cast", foldCast)
                      .Case("Where", foldWhere)
                      .Case("Expand", foldExpand)
                      .Case("Gather", foldGather)
                      .Case("Concat", foldConcat)
                      .Case("Slice", foldSlice)
                      .Case("ReduceProd", foldReduceProd)
                      .Default(nullptr);
  if (!function)
    return false;
  for (size_t i = 0; i < node.getNumInputs(); ++i) {
    if (!node.hasInput(i))
      continue;
    FailureOr<Entry *> entry = node.getEntry(i);
    if (failed(entry))
      return failure();
    if (!(*entry)->isPlain())
      return false;
  }
  return function(node);
}

ArrayRef<OperatorEntry> onnx::getConstantOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Shape", nullptr, 1, 1},
      {"Size", nullptr, 1, 1},
      {"ConstantOfShape", nullptr, 1, 1},
      {"Range", nullptr, 3, 3},
      {"Mod", nullptr, 2, 2},
      {"Equal", nullptr, 2, 2},
      {"Less", nullptr, 2, 2},
      {"Greater", nullptr, 2, 2},
      {"Floor", nullptr, 1, 1},
      {"Ceil", nullptr, 1, 1},
      {"Round", nullptr, 1, 1},
      {"Where", nullptr, 3, 3},
      {"Expand", nullptr, 2, 2},
      {"ReduceProd", nullptr, 1, 2},
  };
  return kOperators;
}
