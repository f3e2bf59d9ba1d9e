//===- Shapes.cpp - Shapes, orders and types ----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include <numeric>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// Sets output 0 to input 0 in another shape; a constant stays one.
static LogicalResult setReshaped(Node &node, ArrayRef<int64_t> shape) {
  if (failed(node.getFile().checkShape(shape, node.getOutputName(0))))
    return failure();
  FailureOr<Entry *> entry = node.getEntry(0);
  if (failed(entry))
    return failure();
  if ((*entry)->constant &&
      (!(*entry)->quantization || (*entry)->quantization->axis < 0)) {
    Entry reshaped = **entry;
    reshaped.logical = reshaped.channelsLast = Value();
    reshaped.constant = (*entry)->constant->reshape(shape);
    node.setOutput(0, std::move(reshaped));
    return success();
  }
  FailureOr<Value> input = node.getInput(0);
  if (failed(input))
    return failure();
  node.setOutput(0, node.createReshape(*input, shape));
  return success();
}

static LogicalResult importReshape(Node &node) {
  FailureOr<SmallVector<int64_t>> from = node.getShape(0);
  FailureOr<SmallVector<int64_t>> shape = node.getIntegers(1);
  FailureOr<int64_t> allowZero = node.getInt("allowzero", 0);
  if (failed(from) || failed(shape) || failed(allowZero))
    return failure();
  if (shape->size() > kMaxRank)
    return node.emitError() << "expected at most " << kMaxRank
                            << " dimensions, found " << shape->size();
  int64_t elements = 1, known = 1, open = -1;
  for (int64_t size : *from)
    elements *= size;
  SmallVector<int64_t> wanted = *shape;
  for (auto [d, size] : llvm::enumerate(*shape)) {
    // Zero copies the dimension, -1 is what remains.
    if (size == 0 && !*allowZero && d < from->size())
      size = (*from)[d];
    if (size == -1 && open < 0) {
      open = d;
      continue;
    }
    if (size < 1 || size > kMaxElements || known > kMaxElements / size)
      return node.emitError()
             << "expected a shape of positive sizes, found [" << wanted << "]";
    known *= size;
  }
  if (open >= 0)
    (*shape)[open] = elements / known;
  if (elements != known * (open < 0 ? 1 : (*shape)[open]))
    return node.emitError() << "expected a shape of " << elements
                            << " elements like the input's [" << *from
                            << "], found [" << wanted << "]";
  return setReshaped(node, *shape);
}

static LogicalResult importFlatten(Node &node) {
  FailureOr<SmallVector<int64_t>> from = node.getShape(0);
  FailureOr<int64_t> axis = node.getInt("axis", 1);
  if (failed(from) || failed(axis))
    return failure();
  int64_t rank = from->size();
  if (*axis < -rank || *axis > rank)
    return node.emitError() << "expected an axis between " << -rank << " and "
                            << rank << ", found " << *axis;
  int64_t split = *axis < 0 ? *axis + rank : *axis;
  SmallVector<int64_t> shape = {1, 1};
  for (int64_t d = 0; d < rank; ++d)
    shape[d >= split] *= (*from)[d];
  return setReshaped(node, shape);
}

static LogicalResult importSqueeze(Node &node) {
  FailureOr<SmallVector<int64_t>> from = node.getShape(0);
  auto list = node.getAxesList("axes", 1, 13);
  if (failed(from) || failed(list))
    return failure();
  SmallVector<int64_t> axes;
  if (list->has_value()) {
    FailureOr<SmallVector<int64_t>> given = node.getAxes(**list, from->size());
    if (failed(given))
      return failure();
    axes = *given;
  }
  SmallVector<int64_t> shape;
  for (auto [d, size] : llvm::enumerate(*from)) {
    bool isListed = llvm::is_contained(axes, static_cast<int64_t>(d));
    if (isListed && size != 1)
      return node.emitError()
             << "expected dimension " << d << " of one element, found shape ["
             << *from << "]";
    if (!isListed && (list->has_value() || size != 1))
      shape.push_back(size);
  }
  return setReshaped(node, shape);
}

static LogicalResult importUnsqueeze(Node &node) {
  FailureOr<SmallVector<int64_t>> from = node.getShape(0);
  auto list = node.getAxesList("axes", 1, 13);
  if (failed(from) || failed(list))
    return failure();
  if (!list->has_value())
    return node.emitError() << "expected a list of axes, found none";
  int64_t rank = from->size() + (*list)->size();
  if (rank > kMaxRank)
    return node.emitError()
           << "expected at most " << kMaxRank << " dimensions, found " << rank;
  FailureOr<SmallVector<int64_t>> axes = node.getAxes(**list, rank);
  if (failed(axes))
    return failure();
  // Increasing axes: each is inserted where it ends up.
  SmallVector<int64_t> shape = *from;
  for (int64_t axis : *axes)
    shape.insert(shape.begin() + axis, 1);
  return setReshaped(node, shape);
}

static LogicalResult importTranspose(Node &node) {
  FailureOr<SmallVector<int64_t>> from = node.getShape(0);
  FailureOr<Entry *> found = node.getEntry(0);
  if (failed(from) || failed(found))
    return failure();
  int64_t rank = from->size();
  SmallVector<int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  FailureOr<SmallVector<int64_t>> permutation = node.getInts("perm", reversed);
  if (failed(permutation))
    return failure();
  SmallVector<int64_t> sorted = *permutation, identity(rank);
  llvm::sort(sorted);
  std::iota(identity.begin(), identity.end(), 0);
  if (sorted != identity)
    return node.emitError() << "expected a permutation of " << rank
                            << " dimensions, found [" << *permutation << "]";
  const Entry &entry = **found;
  if (entry.constant) {
    Entry moved = entry;
    moved.logical = moved.channelsLast = Value();
    moved.constant = entry.constant->permute(*permutation);
    if (moved.quantization && moved.quantization->axis >= 0)
      moved.quantization->axis =
          llvm::find(*permutation, moved.quantization->axis) -
          permutation->begin();
    node.setOutput(0, std::move(moved));
    return success();
  }

  // Either form of the result may be a form that the input has already.
  SmallVector<int64_t> last = rank >= 3 ? getChannelsLastOrder(rank) : identity;
  auto findOrder = [&](ArrayRef<int64_t> physical, ArrayRef<int64_t> logical) {
    SmallVector<int64_t> order;
    for (int64_t d : logical)
      order.push_back(llvm::find(physical, (*permutation)[d]) -
                      physical.begin());
    return order;
  };
  for (auto [value, order] : {std::pair(entry.logical, ArrayRef(identity)),
                              {entry.channelsLast, ArrayRef(last)}})
    for (bool channelsLast : {false, true})
      if (value &&
          llvm::is_sorted(findOrder(order, channelsLast ? last : identity))) {
        node.setOutput(0, value, channelsLast && rank >= 3);
        return success();
      }
  Value input = entry.logical ? entry.logical : entry.channelsLast;
  node.setOutput(
      0, node.createTranspose(
             input, findOrder(entry.logical ? identity : last, identity)));
  return success();
}

static LogicalResult importIdentity(Node &node) {
  FailureOr<Entry *> entry = node.getEntry(0);
  if (succeeded(entry))
    node.setOutput(0, Entry(**entry));
  return entry;
}

static LogicalResult importDropout(Node &node) {
  node.ignore("ratio");
  node.ignore("seed");
  if (failed(checkIsTest(node)))
    return failure();
  if (node.hasInput(2)) {
    FailureOr<double> training = node.getScalar(2);
    if (failed(training))
      return failure();
    if (*training != 0)
      return node.emitError() << "training mode is not supported";
  }
  if (node.hasOutput(1))
    return node.emitError() << "the mask (output 1) is not supported";
  return importIdentity(node);
}

static LogicalResult importConstant(Node &node) {
  MLIRContext *context = node.getContext();
  Type f32 = Float32Type::get(context), i64 = IntegerType::get(context, 64);
  if (const schema::Attribute *value = node.getAttribute("value")) {
    FailureOr<Constant> constant =
        node.getFile().getConstant(value->t(), node.getOutputName(0));
    if (failed(constant))
      return failure();
    node.setConstant(0, *constant);
  } else if (node.hasAttribute("value_float")) {
    FailureOr<double> number = node.getFloat("value_float", 0);
    if (failed(number))
      return failure();
    node.setConstant(0, Constant::getReals(f32, {}, *number));
  } else if (node.hasAttribute("value_int")) {
    FailureOr<int64_t> number = node.getInt("value_int", 0);
    if (failed(number))
      return failure();
    node.setConstant(0, Constant::getIntegers(i64, {}, *number));
  } else if (node.hasAttribute("value_ints")) {
    FailureOr<SmallVector<int64_t>> list = node.getInts("value_ints");
    if (failed(list))
      return failure();
    node.setConstant(0, Constant::getIntegers(
                            i64, static_cast<int64_t>(list->size()), *list));
  } else if (const schema::Attribute *list =
                 node.getAttribute("value_floats")) {
    std::vector<double> values(list->floats().begin(), list->floats().end());
    node.setConstant(0, Constant::getReals(
                            f32, static_cast<int64_t>(values.size()), values));
  } else {
    return node.emitError() << "expected a value of numbers, found none";
  }
  return success();
}

static LogicalResult importCast(Node &node) {
  node.ignore("saturate");
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  FailureOr<int64_t> to = node.getInt("to", schema::UNDEFINED);
  if (failed(input) || failed(to))
    return failure();
  auto kind = schema::ElementType_IsValid(static_cast<int>(*to))
                  ? static_cast<schema::ElementType>(*to)
                  : schema::UNDEFINED;
  Type element = node.getFile().getElementType(kind, node.getOutputName(0));
  if (!element)
    return failure();
  auto type = cast<RankedTensorType>(input->getType());
  auto quantized = dyn_cast<quant::UniformQuantizedType>(type.getElementType());
  if (quantized && quantized.getScale() == 1.0 &&
      quantized.getZeroPoint() == 0 && element.isF32()) {
    // Plain unsigned numbers, which have this type for want of another.
    node.setOutput(0,
                   nn::DequantizeOp::create(node.getBuilder(), node.getLoc(),
                                            type.clone(element), *input),
                   channelsLast);
    return success();
  }
  if (isQuantized(*input) || kind == schema::UINT8)
    return node.emitError() << "a cast from or to quantized or UINT8 elements "
                               "is not supported";
  if (type.getElementType() == element)
    return importIdentity(node);
  node.setOutput(0,
                 nn::CastOp::create(node.getBuilder(), node.getLoc(),
                                    type.clone(element), *input),
                 channelsLast);
  return success();
}

/// The channels as blocks of pixels or back, by a reshape to 6 dimensions.
static LogicalResult rearrange(Node &node, ArrayRef<int64_t> blocks,
                               ArrayRef<int64_t> permutation,
                               ArrayRef<int64_t> shape) {
  FailureOr<Value> input = node.getChannelsLast(0);
  if (failed(input))
    return failure();
  Value parts = node.createReshape(*input, blocks);
  Value moved = node.createTranspose(parts, permutation);
  node.setOutput(0, node.createReshape(moved, shape), /*channelsLast=*/true);
  return success();
}

static FailureOr<int64_t> getBlockSize(Node &node, ArrayRef<int64_t> shape) {
  FailureOr<int64_t> block = node.getInt("blocksize", 0);
  if (failed(block))
    return failure();
  if (shape.size() != 4 || *block < 1 || *block > 1 << 15)
    return node.emitError() << "expected an image of 4 dimensions and a "
                               "positive blocksize, found shape ["
                            << shape << "] and blocksize " << *block;
  return *block;
}

static LogicalResult importDepthToSpace(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  FailureOr<StringRef> mode = node.getString("mode", "DCR");
  if (failed(shape) || failed(mode))
    return failure();
  FailureOr<int64_t> block = getBlockSize(node, *shape);
  if (failed(block))
    return failure();
  int64_t b = *block, n = (*shape)[0], c = (*shape)[1], h = (*shape)[2],
          w = (*shape)[3];
  if (c % (b * b) || (*mode != "DCR" && *mode != "CRD"))
    return node.emitError() << "expected mode DCR or CRD and channels in "
                               "blocks of "
                            << b * b << ", found " << quote(*mode) << " and "
                            << c << " channels";
  c /= b * b;
  SmallVector<int64_t> result = {n, h * b, w * b, c};
  if (*mode == "DCR")
    return rearrange(node, {n, h, w, b, b, c}, {0, 1, 3, 2, 4, 5}, result);
  return rearrange(node, {n, h, w, c, b, b}, {0, 1, 4, 2, 5, 3}, result);
}

static LogicalResult importSpaceToDepth(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  if (failed(shape))
    return failure();
  FailureOr<int64_t> block = getBlockSize(node, *shape);
  if (failed(block))
    return failure();
  int64_t b = *block, n = (*shape)[0], c = (*shape)[1], h = (*shape)[2],
          w = (*shape)[3];
  if (h % b || w % b)
    return node.emitError() << "expected an image of blocks of " << b
                            << ", found shape [" << *shape << "]";
  h /= b;
  w /= b;
  return rearrange(node, {n, h, b, w, b, c}, {0, 1, 3, 2, 4, 5},
                   {n, h, w, b * b * c});
}

ArrayRef<OperatorEntry> onnx::getShapeOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Reshape", importReshape, 2, 2},
      {"Flatten", importFlatten, 1, 1},
      {"Squeeze", importSqueeze, 1, 2},
      {"Unsqueeze", importUnsqueeze, 1, 2},
      {"Transpose", importTranspose, 1, 1},
      {"Identity", importIdentity, 1, 1},
      {"Dropout", importDropout, 1, 3, 2},
      {"Constant", importConstant, 0, 0},
      {"Cast", importCast, 1, 1},
      {"DepthToSpace", importDepthToSpace, 1, 1},
      {"SpaceToDepth", importSpaceToDepth, 1, 1},
  };
  return kOperators;
}
