//===- Convolutions.cpp - Convolutions and their windows ------------------===//
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

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Far beyond any real layer, and small enough that sizes cannot overflow.
static constexpr int64_t kLargest = 1 << 20;

/// Checks the numbers of a list and gives it the dimension that an image of 3
/// logical dimensions lacks.
static LogicalResult fillList(Node &node, StringRef what, int64_t rank,
                              int64_t least, int64_t absent,
                              SmallVectorImpl<int64_t> &list) {
  if (static_cast<int64_t>(list.size()) != rank - 2)
    return node.emitError() << "expected " << rank - 2 << " numbers as " << what
                            << ", found [" << ArrayRef<int64_t>(list) << "]";
  for (int64_t value : list)
    if (value < least || value > kLargest)
      return node.emitError() << "expected " << what << " between " << least
                              << " and " << kLargest << ", found " << value;
  if (rank == 3)
    list.insert(list.begin(), absent);
  return success();
}

static FailureOr<SmallVector<int64_t>> getList(Node &node, StringRef name,
                                               int64_t rank, int64_t least,
                                               int64_t byDefault) {
  FailureOr<SmallVector<int64_t>> list =
      node.getInts(name, SmallVector<int64_t>(rank - 2, byDefault));
  if (failed(list) ||
      failed(fillList(node, name, rank, least, byDefault, *list)))
    return failure();
  return list;
}

FailureOr<Window> onnx::getWindow(Node &node, ArrayRef<int64_t> kernel,
                                  Value image, int64_t rank) {
  Window window;
  SmallVector<int64_t> kernelList(kernel);
  FailureOr<SmallVector<int64_t>> strides =
      getList(node, "strides", rank, 1, 1);
  FailureOr<SmallVector<int64_t>> dilations =
      getList(node, "dilations", rank, 1, 1);
  FailureOr<StringRef> autoPad = node.getString("auto_pad", "NOTSET");
  if (failed(fillList(node, "kernel_shape", rank, 1, 1, kernelList)) ||
      failed(strides) || failed(dilations) || failed(autoPad))
    return failure();
  window.kernel = kernelList;
  window.strides = *strides;
  window.dilations = *dilations;
  window.padding = {0, 0, 0, 0};

  int64_t spatial = rank - 2, first = 2 - spatial;
  FailureOr<SmallVector<int64_t>> pads =
      node.getInts("pads", SmallVector<int64_t>(2 * spatial, 0));
  if (failed(pads))
    return failure();
  if (*autoPad == "SAME_UPPER" || *autoPad == "SAME_LOWER") {
    for (int64_t i = first; i < 2; ++i) {
      int64_t size = getShape(image)[1 + i];
      int64_t results = llvm::divideCeil(size, window.strides[i]);
      int64_t reach = window.dilations[i] * (window.kernel[i] - 1) + 1;
      int64_t total = std::max<int64_t>(
          (results - 1) * window.strides[i] + reach - size, 0);
      int64_t half = total / 2;
      bool upper = *autoPad == "SAME_UPPER";
      window.padding[2 * i] = upper ? half : total - half;
      window.padding[2 * i + 1] = upper ? total - half : half;
    }
    return window;
  }
  if (*autoPad == "VALID")
    return window;
  if (*autoPad != "NOTSET")
    return node.emitError() << "expected auto_pad NOTSET, VALID, SAME_UPPER or "
                               "SAME_LOWER, found "
                            << quote(*autoPad);
  // All beginnings stand before all ends.
  if (static_cast<int64_t>(pads->size()) != 2 * spatial)
    return node.emitError() << "expected " << 2 * spatial
                            << " numbers as pads, found [" << *pads << "]";
  for (int64_t i = first; i < 2; ++i)
    for (int64_t side : {0, 1}) {
      int64_t pad = (*pads)[i - first + side * spatial];
      if (pad < 0 || pad > kLargest)
        return node.emitError() << "expected pads between 0 and " << kLargest
                                << ", found " << pad;
      window.padding[2 * i + side] = pad;
    }
  return window;
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

namespace {
/// What all convolutions have.
struct Convolution {
  Value input;
  Type element;
  int64_t rank, groups;
  /// The filter's logical shape, and its spatial part.
  SmallVector<int64_t> filterShape, kernel;
  Window window;
};
} // namespace

static FailureOr<Convolution> getConvolution(Node &node) {
  FailureOr<int64_t> rank = node.getRank(0);
  FailureOr<SmallVector<int64_t>> filterShape = node.getShape(1);
  FailureOr<int64_t> groups = node.getInt("group", 1);
  if (failed(rank) || failed(filterShape) || failed(groups))
    return failure();
  FailureOr<Value> input = node.getImage(0);
  if (failed(input))
    return failure();
  if (static_cast<int64_t>(filterShape->size()) != *rank)
    return node.emitError()
           << "expected a filter of " << *rank << " dimensions, found shape ["
           << *filterShape << "]";
  Convolution conv{*input,
                   getElementTypeOrSelf(input->getType()),
                   *rank,
                   *groups,
                   *filterShape,
                   {},
                   {}};
  conv.kernel.append(filterShape->begin() + 2, filterShape->end());
  FailureOr<SmallVector<int64_t>> kernel =
      node.getInts("kernel_shape", conv.kernel);
  if (failed(kernel))
    return failure();
  if (*kernel != conv.kernel)
    return node.emitError() << "expected a kernel_shape of [" << conv.kernel
                            << "] as the filter has, found [" << *kernel << "]";
  FailureOr<Window> window =
      getWindow(node, conv.kernel, conv.input, conv.rank);
  if (failed(window))
    return failure();
  conv.window = *window;
  return conv;
}

/// The filter with its four logical dimensions permuted; one of 3 dimensions
/// gets a height of one.
static FailureOr<Value> getFilter(Node &node, const Convolution &conv,
                                  ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> shape = conv.filterShape;
  if (conv.rank == 3)
    shape.insert(shape.begin() + 2, 1);
  return node.getPermuted(1, permutation, shape);
}

static FailureOr<Value> getBias(Node &node, size_t i, int64_t channels) {
  if (!node.hasInput(i))
    return Value();
  FailureOr<SmallVector<int64_t>> shape = node.getShape(i);
  FailureOr<Value> bias = node.getInput(i);
  if (failed(shape) || failed(bias))
    return failure();
  if (shape->size() != 1 || shape->front() != channels)
    return node.emitError() << "expected a bias of shape [" << channels
                            << "], found [" << *shape << "]";
  return bias;
}

static LogicalResult importConv(Node &node) {
  FailureOr<Convolution> conv = getConvolution(node);
  if (failed(conv))
    return failure();
  const Window &window = conv->window;
  int64_t channels = getShape(conv->input)[3], groups = conv->groups;
  int64_t results = conv->filterShape[0];
  if (groups < 1 || channels % groups || results % groups ||
      conv->filterShape[1] != channels / groups)
    return node.emitError()
           << "expected a filter for " << groups << " groups of " << channels
           << " channels, found shape [" << conv->filterShape << "]";
  FailureOr<Value> bias = getBias(node, 2, results);
  if (failed(bias))
    return failure();

  FailureOr<Value> result = failure();
  auto create = [&](auto op, ArrayRef<int64_t> order) {
    using OpT = decltype(op);
    FailureOr<Value> filter = getFilter(node, *conv, order);
    if (failed(filter))
      return;
    result = node.create<OpT>(
        conv->element, conv->input, *filter, *bias,
        node.getArray(window.strides), node.getArray(window.dilations),
        node.getArray(window.padding), nn::ActivationAttr(), nn::ScalesAttr());
  };
  // OIHW -> 1HWO for a filter of one channel a group, OHWI for others.
  if (groups > 1 && groups == channels)
    create(nn::DepthwiseConv2DOp(), {1, 2, 3, 0});
  else
    create(nn::Conv2DOp(), {0, 2, 3, 1});
  if (failed(result))
    return failure();
  node.setImage(*result, conv->rank);
  return success();
}

/// Padding of a transposed convolution, which makes its result smaller.
static FailureOr<SmallVector<int64_t>>
getTransposedPadding(Node &node, const Convolution &conv) {
  const Window &window = conv.window;
  int64_t spatial = conv.rank - 2, first = 2 - spatial;
  FailureOr<SmallVector<int64_t>> outputPadding =
      getList(node, "output_padding", conv.rank, 0, 0);
  FailureOr<SmallVector<int64_t>> outputShape = node.getInts("output_shape");
  FailureOr<StringRef> autoPad = node.getString("auto_pad", "NOTSET");
  if (failed(outputPadding) || failed(outputShape) || failed(autoPad))
    return failure();
  bool isSame = *autoPad == "SAME_UPPER" || *autoPad == "SAME_LOWER";
  if (!outputShape->empty() &&
      static_cast<int64_t>(outputShape->size()) != spatial)
    return node.emitError() << "expected an output_shape of " << spatial
                            << " numbers, found [" << *outputShape << "]";
  SmallVector<int64_t> padding = window.padding;
  for (int64_t i = first; i < 2; ++i) {
    int64_t size = getShape(conv.input)[1 + i];
    int64_t reach = (size - 1) * window.strides[i] + window.kernel[i];
    if (!outputShape->empty() || isSame) {
      int64_t wanted = outputShape->empty() ? size * window.strides[i]
                                            : (*outputShape)[i - first];
      int64_t total = reach + (*outputPadding)[i] - wanted;
      if (wanted < 1 || wanted > reach + (*outputPadding)[i])
        return node.emitError()
               << "expected a result of 1 to " << reach + (*outputPadding)[i]
               << " elements in dimension " << 2 + i - first << ", found "
               << wanted;
      bool upper = *autoPad == "SAME_UPPER";
      padding[2 * i] = upper ? total / 2 : total - total / 2;
      padding[2 * i + 1] = total - padding[2 * i];
    }
    padding[2 * i + 1] -= (*outputPadding)[i];
    if (padding[2 * i + 1] < 0)
      return node.emitError()
             << "output_padding beyond the padding at the end ("
             << (*outputPadding)[i] << " and "
             << padding[2 * i + 1] + (*outputPadding)[i]
             << ") is not supported";
  }
  return padding;
}

static LogicalResult importConvTranspose(Node &node) {
  FailureOr<Convolution> conv = getConvolution(node);
  if (failed(conv))
    return failure();
  const Window &window = conv->window;
  auto padding = getTransposedPadding(node, *conv);
  if (failed(padding))
    return failure();
  if (conv->groups != 1)
    return node.emitError() << "expected one group, found " << conv->groups;
  if (llvm::any_of(window.dilations, [](int64_t d) { return d != 1; }))
    return node.emitError() << "dilations are not supported here";
  FailureOr<Value> bias = getBias(node, 2, conv->filterShape[1]);
  // IOHW -> OHWI.
  FailureOr<Value> filter = getFilter(node, *conv, {1, 2, 3, 0});
  if (failed(bias) || failed(filter))
    return failure();
  FailureOr<Value> result = node.create<nn::TransposeConv2DOp>(
      conv->element, conv->input, *filter, *bias, node.getArray(window.strides),
      node.getArray(*padding), nn::ActivationAttr(), nn::ScalesAttr());
  if (failed(result))
    return failure();
  node.setImage(*result, conv->rank);
  return success();
}

ArrayRef<OperatorEntry> onnx::getConvolutionOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Conv", importConv, 2, 3},
      {"ConvTranspose", importConvTranspose, 2, 3},
  };
  return kOperators;
}
