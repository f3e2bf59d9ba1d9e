//===- Lowering.cpp - A function on its way from nn to kernel -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

InFlightDiagnostic pare::kernel::fail(Operation *op) {
  return op->emitError() << "layer '" << nn::getLayerName(op)
                         << "' cannot be lowered: ";
}

int64_t pare::kernel::zeroPointOf(Value value) {
  quant::QuantizedType type = nn::getQuantizedType(value);
  return type ? nn::getZeroPoint(type) : 0;
}

bool pare::kernel::isF32(Value value) {
  return getElementTypeOrSelf(value).isF32();
}

bool pare::kernel::isSigned8(Value value) {
  auto type = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(value));
  return type && type.isSigned() && type.getStorageTypeIntegralWidth() == 8;
}

LogicalResult pare::kernel::expectF32(Operation *op) {
  for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults())) {
    if (isF32(value))
      continue;
    InFlightDiagnostic diagnostic = fail(op);
    diagnostic << "expected f32, found " << value.getType();
    if (nn::getQuantizedType(value))
      diagnostic << " (nn-legalize-quantized makes float layers of those "
                    "without an integer form)";
    return diagnostic;
  }
  return success();
}

LogicalResult pare::kernel::expectSameQuantization(Operation *op) {
  Type first = op->getOperand(0).getType();
  Type element = getElementTypeOrSelf(first);
  for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults()))
    if (getElementTypeOrSelf(value) != element ||
        isa<quant::UniformQuantizedPerAxisType>(element))
      return fail(op) << "expected one element type, found " << first << " and "
                      << value.getType()
                      << " (nn-legalize-quantized makes them equal)";
  return success();
}

ArrayRef<int64_t> pare::kernel::shapeOf(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

int64_t pare::kernel::product(ArrayRef<int64_t> sizes) {
  return computeProduct(sizes);
}

/// True if only dimensions of size one change their order.
static bool keepsOrder(nn::TransposeOp op) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  int64_t last = -1;
  for (int64_t dim : op.getPermutation()) {
    if (shape[dim] == 1)
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}

Value pare::kernel::getAliasedOperand(Operation *op) {
  if (auto reshape = dyn_cast<nn::ReshapeOp>(op))
    return reshape.getInput();
  if (auto transpose = dyn_cast<nn::TransposeOp>(op))
    return keepsOrder(transpose) ? transpose.getInput() : Value();
  // Without a range, a fake_quant is the identity.
  if (auto fakeQuant = dyn_cast<nn::FakeQuantOp>(op))
    return fakeQuant.getMinimums() ? Value() : fakeQuant.getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

MemRefType Lowering::bufferType(Type tensor) {
  auto shaped = cast<ShapedType>(tensor);
  return MemRefType::get(shaped.getShape(),
                         nn::getStorageType(shaped.getElementType()));
}

Value Lowering::global(ElementsAttr value, StringRef role) {
  memref::GlobalOp global =
      globals.get(b.getLoc(), value, sanitizeName(layer) + "_" + role.str());
  return memref::GetGlobalOp::create(b, global.getType(), global.getSymName());
}

/// `elements` under another shape; the bytes are shared.
static ElementsAttr reshapeElements(ElementsAttr elements,
                                    ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, elements.getElementType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return dense.reshape(type);
  return elements;
}

Value Lowering::input(Value value, StringRef role) {
  return input(value, role, shapeOf(value));
}

Value Lowering::input(Value value, StringRef role, ArrayRef<int64_t> shape) {
  Value &buffer = buffers[value];
  if (buffer)
    return view(buffer, shape);
  // A constant takes the shape that its first user wants.
  ElementsAttr elements = nn::getConstantElements(value);
  buffer = global(reshapeElements(elements, shape), role);
  return view(buffer, shape);
}

Value Lowering::output(Value result) { return output(result, shapeOf(result)); }

Value Lowering::output(Value result, ArrayRef<int64_t> shape) {
  Value &buffer = buffers[result];
  if (!buffer) {
    buffer = destinations.lookup(result);
    MemRefType type = bufferType(result.getType());
    buffer = buffer ? view(buffer, type.getShape())
                    : this->buffer(type.getShape(), type.getElementType());
  }
  return view(buffer, shape);
}

void Lowering::alias(Value result, Value source) {
  buffers[result] = view(source, shapeOf(result));
}

Value Lowering::buffer(ArrayRef<int64_t> shape, Type elementType) {
  return BufferOp::create(b, MemRefType::get(shape, elementType),
                          /*offset=*/IntegerAttr());
}

Value Lowering::view(Value buffer, ArrayRef<int64_t> shape) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getShape() == shape)
    return buffer;
  // Views are made of whole buffers, never of other views.
  while (auto reshape = buffer.getDefiningOp<ReshapeOp>())
    buffer = reshape.getSource();
  if (shapeOf(buffer) == shape)
    return buffer;
  return ReshapeOp::create(b, MemRefType::get(shape, type.getElementType()),
                           buffer);
}

void Lowering::copy(Value input, Value output, Walk walk) {
  Walk merged;
  for (auto [size, in, out] :
       llvm::zip_equal(walk.sizes, walk.inputStrides, walk.outputStrides)) {
    if (size == 1)
      continue;
    if (!merged.sizes.empty() && merged.inputStrides.back() == in * size &&
        merged.outputStrides.back() == out * size) {
      merged.sizes.back() *= size;
      merged.inputStrides.back() = in;
      merged.outputStrides.back() = out;
      continue;
    }
    merged.sizes.push_back(size);
    merged.inputStrides.push_back(in);
    merged.outputStrides.push_back(out);
  }
  if (merged.sizes.empty()) {
    merged.sizes.push_back(1);
    merged.inputStrides.push_back(1);
    merged.outputStrides.push_back(1);
  }
  CopyOp::create(b, input, output, merged.sizes, walk.inputOffset,
                 merged.inputStrides, walk.outputOffset, merged.outputStrides);
}

//===----------------------------------------------------------------------===//
// Epilogues
//===----------------------------------------------------------------------===//

EpilogueAttr Lowering::floatEpilogue(double low, double high) {
  return EpilogueAttr::get(b.getContext(), 0, low, high);
}

EpilogueAttr Lowering::floatEpilogue(nn::ActivationAttr activation) {
  auto [low, high] = nn::getActivationBounds(activation);
  return floatEpilogue(low, high);
}

EpilogueAttr Lowering::integerEpilogue(int64_t zeroPoint, QuantRange range,
                                       nn::ScalesAttr scales) {
  return EpilogueAttr::get(b.getContext(), zeroPoint,
                           static_cast<double>(range.lo),
                           static_cast<double>(range.hi), scales);
}

EpilogueAttr Lowering::epilogue(Value result, nn::ActivationAttr activation,
                                nn::ScalesAttr scales) {
  quant::QuantizedType type = nn::getQuantizedType(result);
  if (!type)
    return floatEpilogue(activation);
  auto finite = [](double bound) {
    return std::isfinite(bound) ? std::optional<double>(bound) : std::nullopt;
  };
  auto [low, high] = nn::getActivationBounds(activation);
  QuantRange range =
      activationRange(finite(low), finite(high), nn::getQuantParams(type),
                      nn::getQuantRange(type));
  return integerEpilogue(nn::getZeroPoint(type), range, scales);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// What a buffer can hold, or an error.
static LogicalResult checkType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return fail(op) << "expected a tensor of static shape, found " << type
                    << " (nn-infer-shapes replaces unknown dimensions)";
  if (tensor.getNumElements() == 0)
    return fail(op) << "expected at least one element, found " << type;
  Type storage = nn::getStorageType(tensor.getElementType());
  bool halfWeights = isa<nn::ConstantOp, nn::CastOp>(op) && storage.isF16();
  if (!halfWeights && !storage.isF32() && !storage.isInteger(1) &&
      !storage.isInteger(8) && !storage.isInteger(16) &&
      !storage.isInteger(32) && !storage.isInteger(64))
    return fail(op) << "expected elements of f32 or of integers of 1, 8, 16, "
                       "32 or 64 bits, found "
                    << type;
  return success();
}

LogicalResult Lowering::checkFunction() {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError("'")
           << function.getName()
           << "' cannot be lowered: expected a body of one block, found "
           << llvm::range_size(function.getBody());
  for (Operation &op : function.getBody().front()) {
    if (op.hasTrait<OpTrait::IsTerminator>())
      continue;
    if (!isa_and_nonnull<nn::NNDialect>(op.getDialect()))
      return fail(&op) << "expected operations of nn alone, found '"
                       << op.getName() << "'";
    for (Type type :
         llvm::concat<const Type>(op.getOperandTypes(), op.getResultTypes()))
      if (failed(checkType(&op, type)))
        return failure();
  }
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                            function.getResultTypes()))
    if (failed(checkType(function, type)))
      return failure();
  return success();
}

void Lowering::convertSignature() {
  Block &entry = function.getBody().front();
  const unsigned numInputs = entry.getNumArguments();
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  auto add = [&](Type tensor, DictionaryAttr dictionary, Location loc) {
    NamedAttrList list(dictionary);
    list.set(KernelDialect::kTensorTypeAttr, TypeAttr::get(tensor));
    attributes.push_back(list.getDictionary(b.getContext()));
    types.push_back(bufferType(tensor));
    return entry.addArgument(types.back(), loc);
  };
  for (unsigned i = 0; i < numInputs; ++i) {
    BlockArgument argument = entry.getArgument(i);
    buffers[argument] =
        add(argument.getType(), function.getArgAttrDict(i), argument.getLoc());
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    outputs.push_back(
        add(type, function.getResultAttrDict(i), function.getLoc()));

  SmallVector<DictionaryAttr> none(function.getNumResults());
  function.setAllResultAttrs(none);
  function.setAllArgAttrs(SmallVector<DictionaryAttr>(numInputs));
  function.setFunctionType(FunctionType::get(b.getContext(), types, {}));
  function.setAllArgAttrs(attributes);
  function->setAttr(KernelDialect::kNumInputsAttr,
                    b.getI64IntegerAttr(numInputs));
}

void Lowering::assignOutputs(func::ReturnOp terminator) {
  for (auto [value, output] :
       llvm::zip_equal(terminator.getOperands(), outputs)) {
    Value source = value;
    while (Operation *op = source.getDefiningOp()) {
      Value next = getAliasedOperand(op);
      if (!next)
        break;
      source = next;
    }
    if (source.getDefiningOp() && !nn::getConstantElements(source))
      destinations.try_emplace(source, output);
  }
}

/// Copies what could not be written to an output in the first place.
void Lowering::finish(func::ReturnOp terminator) {
  for (auto [value, output] :
       llvm::zip_equal(terminator.getOperands(), outputs)) {
    if (Operation *op = value.getDefiningOp()) {
      b.setLoc(op->getLoc());
      layer = nn::getLayerName(op);
    } else {
      b.setLoc(value.getLoc());
    }
    Value source = input(value, "value");
    if (getRootBuffer(source) == output)
      continue;
    const int64_t size = product(shapeOf(output));
    copy(source, output, {{size}, {1}, {1}});
    ++numCopies;
  }
}

LogicalResult Lowering::run() {
  if (failed(checkFunction()))
    return failure();
  Block &entry = function.getBody().front();
  // Layers that nothing uses are not worth a buffer.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry)))
    if (isOpTriviallyDead(&op))
      op.erase();

  const unsigned numTensors = entry.getNumArguments();
  auto terminator = dyn_cast<func::ReturnOp>(entry.getTerminator());
  if (!terminator)
    return fail(entry.getTerminator()) << "expected func.return";
  SmallVector<Operation *> layers;
  for (Operation &op : entry.without_terminator())
    layers.push_back(&op);

  convertSignature();
  assignOutputs(terminator);
  b.setInsertionPoint(terminator);
  for (Operation *op : layers) {
    if (isa<nn::ConstantOp, nn::SparseConstantOp>(op))
      continue;
    b.setLoc(op->getLoc());
    layer = nn::getLayerName(op);
    if (failed(lowerLayer(op, *this)))
      return failure();
    ++numLayers;
  }
  finish(terminator);

  b.setLoc(terminator.getLoc());
  func::ReturnOp::create(b);
  terminator.erase();
  for (Operation *op : llvm::reverse(layers))
    op->erase();
  entry.eraseArguments(0, numTensors);
  return success();
}
