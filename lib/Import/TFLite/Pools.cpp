//===- Pools.cpp - Windows and pooling -----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

using namespace mlir;
using namespace pare;
using namespace pare::tflite;
using schema::BuiltinOperator;

LogicalResult tflite::checkWindow(const Layer &layer, const Window &window) {
  // Far beyond any real layer, and small enough that sizes cannot overflow.
  constexpr int64_t kLargest = 1 << 20;
  for (int i = 0; i < 2; ++i)
    for (auto [what, value] : {std::pair("kernel size", window.kernel[i]),
                               std::pair("stride", window.strides[i]),
                               std::pair("dilation", window.dilations[i])})
      if (value < 1 || value > kLargest)
        return layer.emitError() << "expected a " << what << " between 1 and "
                                 << kLargest << ", found " << value;
  return success();
}

FailureOr<std::array<int64_t, 4>> tflite::getPadding(const Layer &layer,
                                                     schema::Padding padding,
                                                     Value image,
                                                     const Window &window) {
  if (failed(layer.expectRank(image, 4, "an image")) ||
      failed(checkWindow(layer, window)))
    return failure();
  std::array<int64_t, 4> result = {0, 0, 0, 0};
  if (padding == schema::Padding::VALID)
    return result;
  if (padding != schema::Padding::SAME)
    return layer.emitError() << "expected padding SAME or VALID, found "
                             << static_cast<int>(padding);
  auto type = cast<RankedTensorType>(image.getType());
  for (int i = 0; i < 2; ++i) {
    int64_t size = type.getDimSize(1 + i);
    int64_t results = llvm::divideCeil(size, window.strides[i]);
    int64_t reach = window.dilations[i] * (window.kernel[i] - 1) + 1;
    int64_t total =
        std::max<int64_t>((results - 1) * window.strides[i] + reach - size, 0);
    result[2 * i] = total / 2;
    result[2 * i + 1] = total - total / 2;
  }
  return result;
}

template <typename Op, typename... More>
static LogicalResult importPool(Layer &layer, More... more) {
  auto options = layer.requireOptions<schema::Pool2DOptions>();
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(options) || failed(input) || failed(type))
    return failure();
  Window window{{(*options)->filter_height(), (*options)->filter_width()},
                {(*options)->stride_h(), (*options)->stride_w()}};
  auto padding = getPadding(layer, (*options)->padding(), *input, window);
  auto activation = layer.getActivation((*options)->activation());
  if (failed(padding) || failed(activation))
    return failure();
  Value pool =
      Op::create(layer.getBuilder(), layer.getLoc(), *type, *input,
                 layer.getArray(window.kernel), layer.getArray(window.strides),
                 layer.getArray(*padding), *activation, more...);
  return layer.setActivated((*options)->activation(), pool);
}

static LogicalResult importAveragePool(Layer &layer) {
  return importPool<nn::AvgPool2DOp>(layer, UnitAttr());
}

static LogicalResult importMaxPool(Layer &layer) {
  return importPool<nn::MaxPool2DOp>(layer);
}

ArrayRef<OperatorEntry> tflite::getPoolOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::AVERAGE_POOL_2D, importAveragePool, 1, 1},
      {BuiltinOperator::MAX_POOL_2D, importMaxPool, 1, 1},
  };
  return kOperators;
}
