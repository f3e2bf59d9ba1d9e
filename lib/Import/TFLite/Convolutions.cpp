//===- Convolutions.cpp - Convolutions -----------------------------------===//
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
using namespace pare::tflite;
using schema::BuiltinOperator;

namespace {

/// The operands and attributes that all convolutions have.
struct Convolution {
  Value input, filter, bias;
  RankedTensorType type;
  Window window;
};

} // namespace

/// Reads the operands; `window` has the kernel size of the filter.
static FailureOr<Convolution> getConvolution(Layer &layer, size_t inputIndex,
                                             size_t filterIndex,
                                             size_t biasIndex) {
  FailureOr<Value> input = layer.getInput(inputIndex);
  if (failed(input))
    return failure();
  FailureOr<Value> filter = layer.getWeights(filterIndex, *input);
  FailureOr<Value> bias = layer.getOptionalInput(biasIndex);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(filter) || failed(bias) || failed(type) ||
      failed(layer.expectRank(*input, 4, "an input")) ||
      failed(layer.expectRank(*filter, 4, "a filter")))
    return failure();
  Convolution conv{*input, *filter, *bias, *type, {}};
  auto filterType = cast<RankedTensorType>(filter->getType());
  conv.window.kernel = {filterType.getDimSize(1), filterType.getDimSize(2)};
  return conv;
}

template <typename Op, typename Options>
static LogicalResult importConvolution(Layer &layer) {
  auto options = layer.requireOptions<Options>();
  FailureOr<Convolution> conv = getConvolution(layer, 0, 1, 2);
  if (failed(options) || failed(conv))
    return failure();
  Window &window = conv->window;
  window.strides = {(*options)->stride_h(), (*options)->stride_w()};
  window.dilations = {(*options)->dilation_h(), (*options)->dilation_w()};
  auto padding = getPadding(layer, (*options)->padding(), conv->input, window);
  auto activation = layer.getActivation((*options)->activation());
  if (failed(padding) || failed(activation))
    return failure();
  Value result =
      Op::create(layer.getBuilder(), layer.getLoc(), conv->type, conv->input,
                 conv->filter, conv->bias, layer.getArray(window.strides),
                 layer.getArray(window.dilations), layer.getArray(*padding),
                 *activation, nn::ScalesAttr());
  return layer.setActivated((*options)->activation(), result);
}

static LogicalResult importConv2D(Layer &layer) {
  return importConvolution<nn::Conv2DOp, schema::Conv2DOptions>(layer);
}

static LogicalResult importDepthwiseConv2D(Layer &layer) {
  return importConvolution<nn::DepthwiseConv2DOp,
                           schema::DepthwiseConv2DOptions>(layer);
}

/// Inputs: shape of the result, filter, image, optional bias. The padding is
/// that of the convolution that this layer is the gradient of, so it follows
/// from the size of the result.
static LogicalResult importTransposeConv(Layer &layer) {
  auto options = layer.requireOptions<schema::TransposeConvOptions>();
  FailureOr<Convolution> conv = getConvolution(layer, 2, 1, 3);
  if (failed(options) || failed(conv))
    return failure();
  Window &window = conv->window;
  window.strides = {(*options)->stride_h(), (*options)->stride_w()};
  auto activation = layer.getActivation((*options)->activation());
  if (failed(activation) || failed(checkWindow(layer, window)))
    return failure();
  if (conv->type.getRank() != 4)
    return layer.emitError() << "expected a result of 4 dimensions, found "
                             << conv->type.getRank();
  if ((*options)->padding() != schema::Padding::SAME &&
      (*options)->padding() != schema::Padding::VALID)
    return layer.emitError() << "expected padding SAME or VALID, found "
                             << static_cast<int>((*options)->padding());

  // That convolution has the result of this layer as its input.
  auto inputType = cast<RankedTensorType>(conv->input.getType());
  std::array<int64_t, 4> padding;
  for (int i = 0; i < 2; ++i) {
    int64_t size = conv->type.getDimSize(1 + i);
    int64_t stride = window.strides[i], kernel = window.kernel[i];
    int64_t before = 0;
    if ((*options)->padding() == schema::Padding::SAME) {
      int64_t steps = llvm::divideCeil(size, stride) - 1;
      before = std::max<int64_t>(steps * stride + kernel - size, 0) / 2;
    }
    int64_t reach = (inputType.getDimSize(1 + i) - 1) * stride + kernel;
    if (size + before > reach)
      return layer.emitError()
             << "expected a result of at most " << reach - before
             << " elements in dimension " << 1 + i << ", found " << size;
    padding[2 * i] = before;
    padding[2 * i + 1] = reach - before - size;
  }
  Value result = nn::TransposeConv2DOp::create(
      layer.getBuilder(), layer.getLoc(), conv->type, conv->input, conv->filter,
      conv->bias, layer.getArray(window.strides), layer.getArray(padding),
      *activation, nn::ScalesAttr());
  return layer.setActivated((*options)->activation(), result);
}

ArrayRef<OperatorEntry> tflite::getConvolutionOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::CONV_2D, importConv2D, 2, 3},
      {BuiltinOperator::DEPTHWISE_CONV_2D, importDepthwiseConv2D, 2, 3},
      {BuiltinOperator::TRANSPOSE_CONV, importTransposeConv, 3, 4},
  };
  return kOperators;
}
