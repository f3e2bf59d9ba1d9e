//===- Attributes.cpp - Attributes and axes of a node ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

FailureOr<int64_t> Node::getAxis(int64_t axis, int64_t rank) const {
  if (axis < -rank || axis >= rank)
    return emitError() << "expected an axis of a tensor of " << rank
                       << " dimensions, found " << axis;
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> Node::getAxes(ArrayRef<int64_t> axes,
                                              int64_t rank) const {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    FailureOr<int64_t> normalized = getAxis(axis, rank);
    if (failed(normalized))
      return failure();
    if (llvm::is_contained(result, *normalized))
      return emitError() << "expected each axis once, found [" << axes << "]";
    result.push_back(*normalized);
  }
  llvm::sort(result);
  return result;
}

FailureOr<std::optional<SmallVector<int64_t>>>
Node::getAxesList(StringRef attribute, size_t i, int64_t since) {
  if (getVersion() < since) {
    if (!hasAttribute(attribute))
      return std::optional<SmallVector<int64_t>>();
    FailureOr<SmallVector<int64_t>> axes = getInts(attribute);
    if (failed(axes))
      return failure();
    return std::optional(std::move(*axes));
  }
  if (!hasInput(i))
    return std::optional<SmallVector<int64_t>>();
  FailureOr<SmallVector<int64_t>> axes = getIntegers(i);
  if (failed(axes))
    return failure();
  return std::optional(std::move(*axes));
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

bool Node::hasAttribute(StringRef name) const {
  return llvm::any_of(node.attribute(), [&](const schema::Attribute &entry) {
    return entry.name() == name;
  });
}

const schema::Attribute *Node::getAttribute(StringRef name) {
  understood.insert(name);
  for (const schema::Attribute &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

FailureOr<const schema::Attribute *> Node::find(StringRef name,
                                                schema::Attribute::Kind kind) {
  const schema::Attribute *attribute = getAttribute(name);
  if (!attribute || attribute->kind() == kind)
    return attribute;
  return emitError() << "expected attribute " << quote(name) << " of type "
                     << schema::Attribute::Kind_Name(kind) << ", found "
                     << schema::Attribute::Kind_Name(attribute->kind());
}

FailureOr<int64_t> Node::getInt(StringRef name, int64_t byDefault) {
  auto attribute = find(name, schema::Attribute::INT);
  if (failed(attribute))
    return failure();
  return *attribute ? (*attribute)->i() : byDefault;
}

FailureOr<double> Node::getFloat(StringRef name, double byDefault) {
  auto attribute = find(name, schema::Attribute::FLOAT);
  if (failed(attribute))
    return failure();
  return *attribute ? (*attribute)->f() : byDefault;
}

FailureOr<StringRef> Node::getString(StringRef name, StringRef byDefault) {
  auto attribute = find(name, schema::Attribute::STRING);
  if (failed(attribute))
    return failure();
  return *attribute ? StringRef((*attribute)->s()) : byDefault;
}

FailureOr<SmallVector<int64_t>> Node::getInts(StringRef name,
                                              ArrayRef<int64_t> byDefault) {
  auto attribute = find(name, schema::Attribute::INTS);
  if (failed(attribute))
    return failure();
  if (!*attribute)
    return llvm::to_vector(byDefault);
  return SmallVector<int64_t>((*attribute)->ints().begin(),
                              (*attribute)->ints().end());
}

LogicalResult Node::expectInt(StringRef name, int64_t value) {
  FailureOr<int64_t> found = getInt(name, value);
  if (failed(found))
    return failure();
  if (*found != value)
    return emitError() << "attribute " << quote(name) << " is supported as "
                       << value << " only, found " << *found;
  return success();
}

LogicalResult Node::checkAttributes() const {
  for (const schema::Attribute &attribute : node.attribute())
    if (!understood.contains(attribute.name()))
      return emitError() << "attribute " << quote(attribute.name())
                         << " is not supported";
  return success();
}

LogicalResult onnx::checkIsTest(Node &node) {
  FailureOr<int64_t> isTest =
      node.getInt("is_test", node.getVersion() < 7 ? 0 : 1);
  if (failed(isTest))
    return failure();
  if (*isTest == 0)
    return node.emitError() << "training mode is not supported";
  return success();
}
