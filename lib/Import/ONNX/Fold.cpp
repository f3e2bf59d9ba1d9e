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

#include "Fold.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

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
    // Integers wrap, as in the run times.
    product = static_cast<int64_t>(static_cast<uint64_t>(product) *
                                   static_cast<uint64_t>(value));
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
