//===- Node.cpp - One node while it is being imported ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/IR/Verifier.h"

#include <numeric>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

//===----------------------------------------------------------------------===//
// Orders of dimensions
//===----------------------------------------------------------------------===//

SmallVector<int64_t> onnx::getChannelsLastOrder(int64_t rank) {
  SmallVector<int64_t> order = {0};
  for (int64_t d = 2; d < rank; ++d)
    order.push_back(d);
  order.push_back(1);
  return order;
}

SmallVector<int64_t> onnx::getLogicalOrder(int64_t rank) {
  SmallVector<int64_t> order = {0, rank - 1};
  for (int64_t d = 1; d < rank - 1; ++d)
    order.push_back(d);
  return order;
}

int64_t onnx::toChannelsLast(int64_t axis, int64_t rank) {
  if (axis == 0)
    return 0;
  return axis == 1 ? rank - 1 : axis - 1;
}

ArrayRef<int64_t> onnx::getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

bool onnx::isQuantized(Value value) {
  return isa<quant::QuantizedType>(getElementTypeOrSelf(value.getType()));
}

//===----------------------------------------------------------------------===//
// The node
//===----------------------------------------------------------------------===//

static Location getNameLoc(const File &file, StringRef name) {
  return NameLoc::get(StringAttr::get(file.getContext(), name));
}

StringRef onnx::getName(const schema::Node &node) {
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return {};
}

Node::Node(ImportState &state, const schema::Node &node)
    : state(state), node(node),
      loc(getNameLoc(state.file, onnx::getName(node))) {}

InFlightDiagnostic Node::emitError() const {
  return state.file.emitError()
         << "layer " << quote(getName()) << " (" << node.op() << "): ";
}

FailureOr<Entry *> Node::getEntry(size_t i) const {
  if (!hasInput(i))
    return emitError() << "expected input " << i << ", found none";
  auto it = state.entries.find(getInputName(i));
  if (it == state.entries.end())
    return emitError() << "input " << i << " is " << quote(getInputName(i))
                       << ", which is neither an input or a constant of the "
                          "network nor the result of an earlier node";
  return &it->second;
}

bool Node::isConstant(size_t i) const {
  if (!hasInput(i))
    return false;
  auto it = state.entries.find(getInputName(i));
  return it != state.entries.end() && it->second.constant.has_value();
}

FailureOr<Constant> Node::getConstant(size_t i) const {
  FailureOr<Entry *> entry = getEntry(i);
  if (failed(entry))
    return failure();
  if (!(*entry)->isPlain())
    return emitError() << "expected input " << i
                       << " to be constant; a value known only at run time is "
                          "not supported here";
  return *(*entry)->constant;
}

FailureOr<SmallVector<int64_t>> Node::getIntegers(size_t i) const {
  FailureOr<Constant> constant = getConstant(i);
  if (failed(constant))
    return failure();
  if (constant->isFloat())
    return emitError() << "expected integers as input " << i << ", found "
                       << constant->getType();
  return llvm::to_vector(constant->getIntegers());
}

FailureOr<double> Node::getScalar(size_t i) const {
  FailureOr<Constant> constant = getConstant(i);
  if (failed(constant))
    return failure();
  if (constant->getNumElements() != 1)
    return emitError() << "expected one element in input " << i << ", found "
                       << constant->getNumElements();
  return constant->getReals().front();
}

FailureOr<SmallVector<int64_t>> Node::getShape(size_t i) const {
  FailureOr<Entry *> found = getEntry(i);
  if (failed(found))
    return failure();
  const Entry &entry = **found;
  if (entry.constant)
    return entry.constant->shape;
  if (entry.logical)
    return llvm::to_vector(onnx::getShape(entry.logical));
  ArrayRef<int64_t> shape = onnx::getShape(entry.channelsLast);
  SmallVector<int64_t> result;
  for (int64_t d : onnx::getLogicalOrder(shape.size()))
    result.push_back(shape[d]);
  return result;
}

FailureOr<int64_t> Node::getRank(size_t i) const {
  FailureOr<SmallVector<int64_t>> shape = getShape(i);
  if (failed(shape))
    return failure();
  return static_cast<int64_t>(shape->size());
}

FailureOr<Value> Node::materialize(const Entry &entry, size_t i,
                                   ArrayRef<int64_t> permutation) {
  Constant constant = llvm::is_sorted(permutation)
                          ? *entry.constant
                          : entry.constant->permute(permutation);
  if (constant.getNumElements() == 0)
    return emitError() << "expected elements in input " << i << ", found none";
  Location constantLoc = getNameLoc(state.file, getInputName(i));
  if (!entry.quantization) {
    // nn has no unsigned integers, but scale 1 and zero point 0 say the same.
    if (!constant.isUnsigned)
      return createConstant(constant, getInputName(i));
  }
  Quantization quantization;
  if (entry.quantization) {
    quantization = *entry.quantization;
    if (quantization.axis >= 0)
      quantization.axis =
          llvm::find(permutation, quantization.axis) - permutation.begin();
  } else {
    quantization = {{1.0}, {0}, -1, 8, true};
  }
  Type element = onnx::getQuantizedType(quantization, getContext());
  if (!element)
    return emitError() << "expected input " << i
                       << " with scales and zero points that fit its type";
  Value value = nn::ConstantOp::create(
      state.builder, constantLoc, constant.getType().clone(element),
      nn::makeElements(constant.getType(), *constant.bytes, getInputName(i)));
  if (!entry.isReal)
    return value;
  return Value(nn::DequantizeOp::create(
      state.builder, constantLoc,
      constant.getType().clone(Float32Type::get(getContext())), value));
}

Value Node::createConstant(const Constant &constant, StringRef name) {
  RankedTensorType type = constant.getType();
  ElementsAttr elements;
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (char byte : *constant.bytes)
      values.push_back(byte != 0);
    elements = DenseElementsAttr::get(type, values);
  } else {
    elements = nn::makeElements(type, *constant.bytes, name);
  }
  return nn::ConstantOp::create(state.builder, getNameLoc(state.file, name),
                                type, elements);
}

FailureOr<Value> Node::getInput(size_t i) {
  FailureOr<Entry *> found = getEntry(i);
  if (failed(found))
    return failure();
  Entry &entry = **found;
  if (entry.logical)
    return entry.logical;
  if (entry.constant) {
    SmallVector<int64_t> order(entry.constant->getRank());
    std::iota(order.begin(), order.end(), 0);
    FailureOr<Value> value = materialize(entry, i, order);
    if (succeeded(value))
      entry.logical = *value;
    return value;
  }
  int64_t rank = onnx::getShape(entry.channelsLast).size();
  entry.logical =
      createTranspose(entry.channelsLast, onnx::getLogicalOrder(rank));
  return entry.logical;
}

FailureOr<Value> Node::getChannelsLast(size_t i) {
  FailureOr<Entry *> found = getEntry(i);
  FailureOr<SmallVector<int64_t>> shape = getShape(i);
  if (failed(found) || failed(shape))
    return failure();
  Entry &entry = **found;
  if (entry.channelsLast)
    return entry.channelsLast;
  int64_t rank = shape->size();
  if (rank < 3)
    return emitError() << "expected input " << i
                       << " of 3 or 4 dimensions, found " << rank;
  FailureOr<Value> value = getPermuted(i, getChannelsLastOrder(rank), *shape);
  if (succeeded(value))
    entry.channelsLast = *value;
  return value;
}

bool Node::isChannelsLast(size_t i) const {
  auto it = state.entries.find(getInputName(i));
  return it != state.entries.end() && !it->second.constant &&
         it->second.channelsLast;
}

/// The dimension of `to` that holds dimension `axis` of `from`; the shapes
/// differ in dimensions of one.
static int64_t moveAxis(int64_t axis, ArrayRef<int64_t> from,
                        ArrayRef<int64_t> to) {
  int64_t elements = 1;
  for (int64_t size : from.take_front(axis))
    elements *= size;
  for (auto [d, size] : llvm::enumerate(to)) {
    if (elements == 1 && size == from[axis])
      return d;
    elements /= size;
  }
  return -1;
}

FailureOr<Value> Node::getPermuted(size_t i, ArrayRef<int64_t> permutation,
                                   ArrayRef<int64_t> shape) {
  FailureOr<Entry *> found = getEntry(i);
  if (failed(found))
    return failure();
  if ((*found)->constant) {
    Entry entry = **found;
    if (entry.quantization && entry.quantization->axis >= 0)
      entry.quantization->axis =
          moveAxis(entry.quantization->axis, entry.constant->shape, shape);
    entry.constant = entry.constant->reshape(shape);
    return materialize(entry, i, permutation);
  }
  FailureOr<Value> value = getInput(i);
  if (failed(value))
    return failure();
  return createTranspose(createReshape(*value, shape), permutation);
}

FailureOr<Value> Node::getImage(size_t i) {
  FailureOr<int64_t> rank = getRank(i);
  if (failed(rank))
    return failure();
  if (*rank != 3 && *rank != 4)
    return emitError() << "expected an image of 3 or 4 dimensions, found "
                       << *rank;
  FailureOr<Value> value = getChannelsLast(i);
  if (failed(value) || *rank == 4)
    return value;
  ArrayRef<int64_t> shape = onnx::getShape(*value);
  return createReshape(*value, {shape[0], 1, shape[1], shape[2]});
}

void Node::setImage(Value image, int64_t rank) {
  if (rank == 3) {
    ArrayRef<int64_t> shape = onnx::getShape(image);
    image = createReshape(image, {shape[0], shape[2], shape[3]});
  }
  setOutput(0, image, /*channelsLast=*/true);
}

void Node::setOutput(size_t i, Entry entry) {
  if (hasOutput(i))
    state.entries[getOutputName(i)] = std::move(entry);
}

void Node::setOutput(size_t i, Value value, bool channelsLast) {
  Entry entry;
  (channelsLast ? entry.channelsLast : entry.logical) = value;
  setOutput(i, std::move(entry));
}

void Node::setConstant(size_t i, Constant constant) {
  Entry entry;
  entry.constant = std::move(constant);
  setOutput(i, std::move(entry));
}

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

/// Checks that a layer may have quantized operands. Where a file computes on
/// the results of QuantizeLinear, it means the integers and not the real
/// numbers that they stand for: only what moves or compares them is the same
/// for both.
static LogicalResult checkIntegers(const Node &node, Operation *op) {
  if (llvm::none_of(op->getOperands(), isQuantized))
    return success();
  Type first = getElementTypeOrSelf(op->getOperand(0).getType());
  bool moves =
      isa<nn::ConcatOp, nn::SplitOp, nn::SliceOp, nn::GatherOp,
          nn::ResizeNearestOp, nn::MaxPool2DOp, nn::GlobalMaxPoolOp,
          nn::ReduceMaxOp, nn::ReduceMinOp, nn::MaximumOp, nn::MinimumOp>(op);
  for (Value operand : op->getOperands().drop_front())
    moves &= isa<nn::GatherOp>(op) ||
             getElementTypeOrSelf(operand.getType()) == first;
  if (moves)
    return success();
  return node.emitError() << "arithmetic on UINT8 or quantized integers is not "
                             "supported; expected a DequantizeLinear before it";
}

LogicalResult Node::complete(Operation *op) {
  if (failed(checkIntegers(*this, op)))
    return failure();
  std::string message;
  {
    ScopedDiagnosticHandler handler(getContext(), [&](Diagnostic &diagnostic) {
      if (message.empty())
        message = diagnostic.str();
      return success();
    });
    SmallVector<SmallVector<int64_t, 4>> shapes;
    if (failed(cast<nn::LayerOpInterface>(op).inferShapes(shapes))) {
      if (message.empty())
        message = "no layer of these shapes";
    } else {
      for (auto [result, shape] : llvm::zip_equal(op->getResults(), shapes)) {
        int64_t elements = 1;
        for (int64_t size : shape) {
          if (size < 1 || size > kMaxElements ||
              elements * size > kMaxElements) {
            message = "a result with a dimension of " + std::to_string(size) +
                      " elements is too large or empty";
            break;
          }
          elements *= size;
        }
        if (message.empty())
          result.setType(RankedTensorType::get(
              shape, getElementTypeOrSelf(result.getType())));
      }
      if (message.empty() && failed(verify(op, /*verifyRecursively=*/false)) &&
          message.empty())
        message = "no legal layer";
    }
  }
  if (message.empty())
    return success();
  return emitError() << message;
}

Value Node::createReshape(Value value, ArrayRef<int64_t> shape) {
  while (auto inner = value.getDefiningOp<nn::ReshapeOp>())
    value = inner.getInput();
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return nn::ReshapeOp::create(state.builder, loc, type.clone(shape), value);
}

Value Node::createTranspose(Value value, ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape, moved;
  for (int64_t d : permutation) {
    shape.push_back(type.getDimSize(d));
    if (type.getDimSize(d) != 1)
      moved.push_back(d);
  }
  if (llvm::is_sorted(moved))
    return createReshape(value, shape);
  return nn::TransposeOp::create(state.builder, loc, type.clone(shape), value,
                                 getArray(permutation));
}

Value Node::createScalar(double value) {
  Type f32 = Float32Type::get(getContext());
  return createConstant(Constant::getReals(f32, {}, {value}), getName());
}
