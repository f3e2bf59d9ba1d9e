//===- InferShapes.cpp - Replaces unknown dimensions ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_INFERSHAPESPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

using Shape = SmallVector<int64_t, 4>;

/// A reshape alone knows its result from its type. One unknown dimension
/// follows from the number of elements.
static LogicalResult inferReshape(ReshapeOp op, Shape &shape) {
  auto input = cast<ShapedType>(op.getInput().getType());
  if (!input.hasStaticShape() ||
      llvm::count_if(shape, ShapedType::isDynamic) != 1)
    return success();
  int64_t known = 1;
  for (int64_t size : shape)
    if (!ShapedType::isDynamic(size))
      known *= size;
  if (known == 0 || input.getNumElements() % known != 0)
    return op.emitOpError("expects ")
           << input.getNumElements()
           << " elements in the result, but its known dimensions have "
           << known;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = input.getNumElements() / known;
  return success();
}

namespace {
class InferShapes : public pare::nn::impl::InferShapesPassBase<InferShapes> {
public:
  using InferShapesPassBase::InferShapesPassBase;

  void runOnOperation() override {
    if (batch < 1) {
      getOperation().emitError("expects the option batch to be at least 1, but "
                               "found ")
          << int64_t(batch);
      return signalPassFailure();
    }
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (failed(refine(function)))
        return signalPassFailure();
  }

private:
  LogicalResult refine(func::FuncOp function) {
    if (function.isExternal())
      return success();
    if (!function.getBody().hasOneBlock())
      return function.emitError("expects a function of one block");
    for (BlockArgument argument : function.getArguments())
      if (failed(refineArgument(function, argument)))
        return failure();
    for (Operation &op : function.front().without_terminator())
      if (failed(refineResults(&op)))
        return failure();
    Operation *terminator = function.front().getTerminator();
    function.setType(FunctionType::get(&getContext(),
                                       function.front().getArgumentTypes(),
                                       terminator->getOperandTypes()));
    return success();
  }

  LogicalResult refineArgument(func::FuncOp function, BlockArgument argument) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.hasStaticShape())
      return success();
    Shape shape(type.getShape());
    if (ShapedType::isDynamic(shape.front()))
      shape.front() = batch;
    if (llvm::any_of(shape, ShapedType::isDynamic))
      return function.emitError("expects argument #")
             << argument.getArgNumber()
             << " to leave only its leading dimension open, but found " << type;
    argument.setType(type.clone(shape));
    return success();
  }

  LogicalResult refineResults(Operation *op) {
    auto isStatic = [](Type type) {
      auto shaped = dyn_cast<ShapedType>(type);
      return !shaped || shaped.hasStaticShape();
    };
    if (llvm::all_of(op->getResultTypes(), isStatic))
      return success();
    SmallVector<Shape> shapes;
    if (auto layer = dyn_cast<LayerOpInterface>(op)) {
      if (failed(layer.inferShapes(shapes)))
        return failure();
      if (auto reshape = dyn_cast<ReshapeOp>(op))
        if (failed(inferReshape(reshape, shapes.front())))
          return failure();
    } else if (op->hasTrait<OpTrait::SameOperandsAndResultShape>() ||
               op->hasTrait<OpTrait::SameOperandsAndResultType>()) {
      shapes.emplace_back(
          cast<ShapedType>(op->getOperand(0).getType()).getShape());
    } else {
      return op->emitOpError("has a result of unknown shape, which cannot be "
                             "inferred");
    }
    for (auto [result, shape] : llvm::zip_equal(op->getResults(), shapes))
      result.setType(cast<RankedTensorType>(result.getType()).clone(shape));
    ++numRefined;
    return success();
  }
};
} // namespace
