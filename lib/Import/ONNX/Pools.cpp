//===- Pools.cpp - Pooling ----------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// Rounding up adds a window that begins inside of the image and ends beyond
/// its padding, where the last step does not fit. Such a window has no form in
/// nn.
static LogicalResult checkCeilMode(Node &node, const Window &window,
                                   Value image) {
  FailureOr<int64_t> ceilMode = node.getInt("ceil_mode", 0);
  if (failed(ceilMode))
    return failure();
  if (*ceilMode == 0)
    return success();
  for (int i = 0; i < 2; ++i) {
    int64_t space = getShape(image)[1 + i] + window.padding[2 * i] +
                    window.padding[2 * i + 1] - window.kernel[i];
    int64_t up =
        llvm::divideCeil(std::max<int64_t>(space, 0), window.strides[i]);
    // A window that would begin in the padding at the end is left out.
    bool isLeftOut = up * window.strides[i] >=
                     getShape(image)[1 + i] + window.padding[2 * i];
    if (space % window.strides[i] && !isLeftOut)
      return node.emitError()
             << "ceil_mode is supported where it makes no difference only; "
                "here the last step of "
             << window.strides[i] << " in dimension " << 2 + i
             << " would go beyond the padded image";
  }
  return success();
}

template <typename OpT, typename... More>
static LogicalResult importPool(Node &node, More... more) {
  FailureOr<int64_t> rank = node.getRank(0);
  FailureOr<Value> input = node.getImage(0);
  FailureOr<SmallVector<int64_t>> kernel = node.getInts("kernel_shape");
  if (failed(rank) || failed(input) || failed(kernel))
    return failure();
  FailureOr<Window> window = getWindow(node, *kernel, *input, *rank);
  if (failed(window) || failed(checkCeilMode(node, *window, *input)))
    return failure();
  if (llvm::any_of(window->dilations, [](int64_t d) { return d != 1; }))
    return node.emitError() << "dilations are not supported here";
  if (node.hasOutput(1))
    return node.emitError() << "the positions of maxima (output 1) are not "
                               "supported";
  node.ignore("storage_order");
  FailureOr<Value> result = node.create<OpT>(
      getElementTypeOrSelf(input->getType()), *input,
      node.getArray(window->kernel), node.getArray(window->strides),
      node.getArray(window->padding), nn::ActivationAttr(), more...);
  if (failed(result))
    return failure();
  node.setImage(*result, *rank);
  return success();
}

static LogicalResult importMaxPool(Node &node) {
  return importPool<nn::MaxPool2DOp>(node);
}

static LogicalResult importAveragePool(Node &node) {
  FailureOr<int64_t> count = node.getInt("count_include_pad", 0);
  if (failed(count))
    return failure();
  return importPool<nn::AvgPool2DOp>(
      node, *count ? node.getBuilder().getUnitAttr() : UnitAttr());
}

template <typename OpT> static LogicalResult importGlobalPool(Node &node) {
  FailureOr<int64_t> rank = node.getRank(0);
  FailureOr<Value> input = node.getImage(0);
  if (failed(rank) || failed(input))
    return failure();
  FailureOr<Value> result =
      node.create<OpT>(getElementTypeOrSelf(input->getType()), *input);
  if (failed(result))
    return failure();
  node.setImage(*result, *rank);
  return success();
}

ArrayRef<OperatorEntry> onnx::getPoolOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"MaxPool", importMaxPool, 1, 1, 2},
      {"AveragePool", importAveragePool, 1, 1},
      {"GlobalAveragePool", importGlobalPool<nn::GlobalAvgPoolOp>, 1, 1},
      {"GlobalMaxPool", importGlobalPool<nn::GlobalMaxPoolOp>, 1, 1},
  };
  return kOperators;
}
