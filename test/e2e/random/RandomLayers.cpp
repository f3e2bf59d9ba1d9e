//===- RandomLayers.cpp - Layers of random networks -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::test;

static int64_t windowCount(int64_t size, int64_t kernel, int64_t stride,
                           int64_t dilation, int64_t padding) {
  return (size + padding - dilation * (kernel - 1) - 1) / stride + 1;
}

Value NetworkBuilder::addConv(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  int64_t groups =
      in[3] % 2 == 0 && random.chance(15) && block.rows == 0 ? 2 : 1;
  int64_t dilation = random.chance(15) ? 2 : 1;
  int64_t kh = random.chance(40) ? 1 : random.pick(1, 3);
  int64_t kw = random.chance(40) ? 1 : random.pick(1, 4);
  SmallVector<int64_t> pad;
  for (int side = 0; side < 4; ++side)
    pad.push_back(random.pick(0, 2));
  while (in[1] + pad[0] + pad[1] < dilation * (kh - 1) + 1)
    ++pad[1];
  while (in[2] + pad[2] + pad[3] < dilation * (kw - 1) + 1)
    ++pad[3];
  SmallVector<int64_t> strides = {random.pick(1, 2), random.pick(1, 3)};
  int64_t channels = groups * pickChannels(20 / groups);
  int64_t terms = kh * kw * in[3] / groups;
  double inputScale = typeOf(input).getScale();
  QType type = randomType(randomScale());
  Value filter = makeFilter({channels, kh, kw, in[3] / groups}, /*axis=*/0,
                            weightScale(inputScale, terms, type.getScale()));
  Value bias = makeBias(filter, 0, inputScale, std::sqrt(terms) * 2500.0);
  Shape out = {
      in[0], windowCount(in[1], kh, strides[0], dilation, pad[0] + pad[1]),
      windowCount(in[2], kw, strides[1], dilation, pad[2] + pad[3]), channels};
  return nn::Conv2DOp::create(builder, here(), tensorOf(out, type), input,
                              filter, bias, strides,
                              ArrayRef<int64_t>{dilation, dilation}, pad,
                              randomActivation(), nn::ScalesAttr());
}

Value NetworkBuilder::addDepthwise(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  int64_t kernel = random.chance(80) ? random.pick(1, 3) : random.pick(4, 6);
  int64_t multiplier = random.chance(75) ? 1 : random.pick(2, 9);
  int64_t low = random.pick(0, kernel - 1), high = random.pick(0, kernel - 1);
  while (std::min(in[1], in[2]) + low + high < kernel)
    ++high;
  SmallVector<int64_t> strides = {random.pick(1, 2), random.pick(1, 2)};
  double inputScale = typeOf(input).getScale();
  QType type = randomType(randomScale());
  Value filter =
      makeFilter({1, kernel, kernel, in[3] * multiplier}, /*axis=*/3,
                 weightScale(inputScale, kernel * kernel, type.getScale()));
  Value bias = makeBias(filter, 3, inputScale, kernel * 2500.0);
  Shape out = {in[0], windowCount(in[1], kernel, strides[0], 1, low + high),
               windowCount(in[2], kernel, strides[1], 1, low + high),
               in[3] * multiplier};
  return nn::DepthwiseConv2DOp::create(
      builder, here(), tensorOf(out, type), input, filter, bias, strides,
      ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{low, high, low, high},
      randomActivation(), nn::ScalesAttr());
}

Value NetworkBuilder::addTransposeConv(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  int64_t kernel = random.pick(2, 3), stride = random.pick(1, 2);
  int64_t pad = random.pick(0, kernel - 2);
  int64_t channels = random.pick(1, 6);
  double inputScale = typeOf(input).getScale();
  int64_t terms = kernel * kernel * in[3] / (stride * stride) + 1;
  QType type = randomType(randomScale());
  Value filter = makeFilter({channels, kernel, kernel, in[3]}, /*axis=*/0,
                            weightScale(inputScale, terms, type.getScale()));
  Value bias = makeBias(filter, 0, inputScale, std::sqrt(terms) * 2500.0);
  Shape out = {in[0], (in[1] - 1) * stride + kernel - pad,
               (in[2] - 1) * stride + kernel - pad, channels};
  return nn::TransposeConv2DOp::create(
      builder, here(), tensorOf(out, type), input, filter, bias,
      ArrayRef<int64_t>{stride, stride}, ArrayRef<int64_t>{pad, 0, 0, pad},
      randomActivation(), nn::ScalesAttr());
}

Value NetworkBuilder::addPool(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  int64_t kh = random.pick(1, std::min<int64_t>(3, in[1]));
  int64_t kw = random.pick(1, std::min<int64_t>(4, in[2]));
  SmallVector<int64_t> pad = {random.pick(0, kh - 1), random.pick(0, kh - 1),
                              random.pick(0, kw - 1), random.pick(0, kw - 1)};
  SmallVector<int64_t> strides = {random.pick(1, 2), random.pick(1, 2)};
  Shape out = {in[0], windowCount(in[1], kh, strides[0], 1, pad[0] + pad[1]),
               windowCount(in[2], kw, strides[1], 1, pad[2] + pad[3]), in[3]};
  RankedTensorType type = tensorOf(out, typeOf(input));
  SmallVector<int64_t> kernel = {kh, kw};
  if (random.chance(50))
    return nn::MaxPool2DOp::create(builder, here(), type, input, kernel,
                                   strides, pad, randomActivation());
  return nn::AvgPool2DOp::create(builder, here(), type, input, kernel, strides,
                                 pad, randomActivation(),
                                 /*count_include_pad=*/random.chance(25));
}

/// A residual with an earlier result of the same shape, or with a broadcast
/// constant.
Value NetworkBuilder::addArithmetic(Value input) {
  ArrayRef<int64_t> shape = shapeOf(input);
  SmallVector<Value> partners;
  for (Value value : values)
    if (shapeOf(value) == shape)
      partners.push_back(value);
  Value other;
  if (!partners.empty() && random.chance(80)) {
    other = partners[random.pick(0, partners.size() - 1)];
  } else {
    Shape small(shape);
    for (int64_t &size : small)
      if (random.chance(50))
        size = 1;
    RankedTensorType type = tensorOf(small, randomType(randomScale()));
    std::vector<char> bytes(type.getNumElements());
    for (char &byte : bytes)
      byte = static_cast<char>(random.pick(-128, 127));
    auto storage = tensorOf(small, builder.getIntegerType(8));
    other = nn::ConstantOp::create(
        builder, here(), type,
        nn::makeElements(storage, bytes, "k" + std::to_string(numLayers)));
  }
  double a = typeOf(input).getScale(), b = typeOf(other).getScale();
  if (random.chance(20))
    std::swap(input, other);
  nn::ActivationAttr activation = randomActivation();
  switch (random.pick(0, 2)) {
  case 0:
    return nn::AddOp::create(
        builder, here(),
        tensorOf(shape, randomType((a + b) * random.real(0.4, 2.0))), input,
        other, activation, nn::ScalesAttr());
  case 1:
    return nn::SubOp::create(
        builder, here(),
        tensorOf(shape, randomType((a + b) * random.real(0.4, 2.0))), input,
        other, activation, nn::ScalesAttr());
  default:
    return nn::MulOp::create(
        builder, here(),
        tensorOf(shape, randomType(a * b * random.real(20.0, 200.0))), input,
        other, activation, nn::ScalesAttr());
  }
}

Value NetworkBuilder::addUnary(Value input) {
  double scale = typeOf(input).getScale();
  RankedTensorType type =
      tensorOf(shapeOf(input), randomType(scale * random.real(0.3, 1.5)));
  switch (random.pick(0, 6)) {
  case 0:
    return nn::ReluOp::create(builder, here(), type, input);
  case 1:
    return nn::LeakyReluOp::create(builder, here(), type, input,
                                   APFloat(random.real(0.01, 0.5)));
  case 2:
    return nn::HardSwishOp::create(builder, here(), type, input);
  case 3:
    return nn::AbsOp::create(builder, here(), type, input);
  case 4:
    return nn::NegOp::create(builder, here(), type, input);
  case 5:
    return nn::GeluOp::create(builder, here(), type, input,
                              /*approximate=*/random.chance(50));
  default:
    return nn::TanhOp::create(
        builder, here(),
        tensorOf(shapeOf(input), quantized(1.0 / 128, isUnsigned ? 128 : 0)),
        input);
  }
}

Value NetworkBuilder::addMovement(Value input) {
  ArrayRef<int64_t> shape = shapeOf(input);
  QType type = typeOf(input);
  int64_t axis = random.pick(1, 3);
  switch (random.pick(0, 3)) {
  case 0: { // Join with something that differs in one dimension.
    Shape part(shape), whole(shape);
    part[axis] = random.pick(1, shape[axis]);
    whole[axis] += part[axis];
    Value sliced = nn::SliceOp::create(builder, here(), tensorOf(part, type),
                                       input, ArrayRef<int64_t>{0, 0, 0, 0},
                                       part, ArrayRef<int64_t>{1, 1, 1, 1});
    return nn::ConcatOp::create(builder, here(), tensorOf(whole, type),
                                ValueRange{sliced, input}, axis);
  }
  case 1: { // Every other element, or backwards.
    Shape offsets = {0, 0, 0, 0}, sizes(shape), strides = {1, 1, 1, 1};
    if (random.chance(50)) {
      strides[axis] = -1;
      offsets[axis] = shape[axis] - 1;
    } else {
      strides[axis] = 2;
      sizes[axis] = (shape[axis] + 1) / 2;
    }
    return nn::SliceOp::create(builder, here(), tensorOf(sizes, type), input,
                               offsets, sizes, strides);
  }
  case 2: {
    Shape low, high, out(shape);
    for (int d = 0; d < 4; ++d) {
      low.push_back(d == 0 ? 0 : random.pick(0, 1));
      high.push_back(d == 0 ? 0 : random.pick(0, 2));
      out[d] += low[d] + high[d];
    }
    return nn::PadOp::create(builder, here(), tensorOf(out, type), input, low,
                             high, APFloat(random.chance(70) ? 0.0 : 0.25));
  }
  default: {
    Shape permutation = {0, 2, 3, 1};
    std::rotate(permutation.begin() + 1,
                permutation.begin() + random.pick(1, 3), permutation.end());
    Shape out;
    for (int64_t d : permutation)
      out.push_back(shape[d]);
    return nn::TransposeOp::create(builder, here(), tensorOf(out, type), input,
                                   permutation);
  }
  }
}

Value NetworkBuilder::addResize(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  Shape out = {in[0], random.pick(1, 8), random.pick(1, 8), in[3]};
  bool corners = random.chance(30);
  return nn::ResizeNearestOp::create(builder, here(),
                                     tensorOf(out, typeOf(input)), input,
                                     ArrayRef<int64_t>{out[1], out[2]}, corners,
                                     !corners && random.chance(50));
}

Value NetworkBuilder::addRequantize(Value input) {
  double scale = typeOf(input).getScale();
  QType type =
      randomType(random.chance(30) ? scale : scale * random.real(0.4, 2.5));
  return nn::RequantizeOp::create(
      builder, here(), tensorOf(shapeOf(input), type), input, nn::ScalesAttr());
}

Value NetworkBuilder::reshaped(Value input, ArrayRef<int64_t> shape) {
  return nn::ReshapeOp::create(builder, here(), tensorOf(shape, typeOf(input)),
                               input);
}

/// Rows of the image by themselves, in one of the four forms.
Value NetworkBuilder::addProduct(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  const int64_t batch = in[0] * in[1], rows = in[2], terms = in[3];
  Shape plain = {batch, rows, terms}, swapped = {batch, terms, rows};
  const bool left = random.chance(30), right = random.chance(50);
  const double scale = typeOf(input).getScale();
  QType type = randomType(scale * scale * 40.0 * std::sqrt(double(terms)) *
                          random.real(0.5, 2.0));
  Value product = nn::BatchMatmulOp::create(
      builder, here(), tensorOf({batch, rows, rows}, type),
      reshaped(input, left ? swapped : plain),
      reshaped(input, right ? plain : swapped), left, right, nn::ScalesAttr());
  return reshaped(product, {in[0], in[1], rows, rows});
}

/// A convolution whose filter the network has computed.
Value NetworkBuilder::addComputedFilter(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  const int64_t groups = in[3] % 2 == 0 && random.chance(20) ? 2 : 1;
  const int64_t terms = in[2] * in[3] / groups;
  const double scale = typeOf(input).getScale();
  // Weights of convolutions have zero in the middle.
  Value weights = nn::RequantizeOp::create(
      builder, here(),
      tensorOf(in, quantized(scale * random.real(0.7, 1.5),
                             isUnsigned ? random.pick(100, 150) : 0)),
      input, nn::ScalesAttr());
  const int64_t channels = in[0] * in[1] * groups;
  Value filter = reshaped(weights, {channels, 1, in[2], in[3] / groups});
  const int64_t pad = random.pick(0, 2);
  QType type = randomType(scale * scale * 40.0 * std::sqrt(double(terms)) *
                          random.real(0.5, 2.0));
  return nn::Conv2DOp::create(
      builder, here(), tensorOf({in[0], in[1], pad + 1, channels}, type), input,
      filter, Value(), ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{1, 1},
      ArrayRef<int64_t>{0, 0, pad, 0}, randomActivation(), nn::ScalesAttr());
}

/// The pixels of an image as a sequence.
Value NetworkBuilder::addLstm(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  const int64_t units = random.pick(1, 21), inputs = in[3];
  const bool timeMajor = random.chance(30);
  const double scale = typeOf(input).getScale();
  auto matrix = [&](int64_t columns, double mean) -> Value {
    Type element = QType::get(unsigned(quant::QuantizationFlags::Signed),
                              builder.getIntegerType(8), builder.getF32Type(),
                              static_cast<float>(mean), 0, -127, 127);
    std::vector<char> bytes(4 * units * columns);
    for (char &byte : bytes)
      byte = static_cast<char>(random.pick(-127, 127));
    return nn::ConstantOp::create(
        builder, here(), tensorOf({4 * units, columns}, element),
        nn::makeElements(tensorOf({4 * units, columns}, builder.getI8Type()),
                         bytes, "w" + std::to_string(numLayers)));
  };
  // Gates from all but shut to all but open.
  Value weights = matrix(inputs, random.real(0.2, 2.0) /
                                     (scale * 4000.0 * std::sqrt(inputs)));
  Value recurrent =
      matrix(units, random.real(0.2, 2.0) / (70.0 * std::sqrt(units)));
  Value bias;
  while (!bias)
    bias = makeBias(weights, 0, scale, std::sqrt(inputs) * 2500.0);
  QType type = quantized(1.0 / 128, random.pick(-8, 8));
  Shape sequence = {in[0], in[1] * in[2], inputs}, out = sequence;
  if (timeMajor)
    std::swap(sequence[0], sequence[1]), std::swap(out[0], out[1]);
  out[2] = units;
  const float clip = random.chance(30) ? float(random.real(0.1, 1.0)) : 0.0f;
  Value result = nn::LstmOp::create(
      builder, here(), tensorOf(out, type), reshaped(input, sequence), weights,
      recurrent, bias, timeMajor, APFloat(clip),
      builder.getF32FloatAttr(std::ldexp(1.0f, int(random.pick(-15, -9)))));
  return reshaped(result, {in[0], in[1], in[2], units});
}
