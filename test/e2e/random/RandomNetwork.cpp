//===- RandomNetwork.cpp - Small random networks of integers --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace pare;
using namespace pare::test;

using Shape = SmallVector<int64_t, 4>;

namespace {
/// Numbers that are the same with every standard library: the distributions of
/// <random> are not.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed * 0x9E3779B97F4A7C15 + 1) {}

  /// An integer in [low, high].
  int64_t pick(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine() % uint64_t(high - low + 1));
  }
  bool chance(int64_t percent) { return pick(1, 100) <= percent; }
  /// A real number in [low, high), a multiple of a 2^-20th of the range.
  double real(double low, double high) {
    return low + (high - low) * (engine() >> 44) / 1048576.0;
  }

private:
  std::mt19937_64 engine;
};

class NetworkBuilder {
public:
  /// With a block of more than no rows, filters consist of such blocks, most of
  /// them zero.
  NetworkBuilder(MLIRContext *context, uint64_t seed, WeightBlock block,
                 NetworkKind kind)
      : builder(context), random(seed),
        isUnsigned(random.chance(15) && block.rows == 0), block(block),
        kind(kind) {}

  OwningOpRef<ModuleOp> build();

private:
  using QType = quant::UniformQuantizedType;

  Location here() {
    return NameLoc::get(
        builder.getStringAttr("layer" + std::to_string(numLayers)));
  }
  RankedTensorType tensorOf(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }
  QType quantized(double scale, int64_t zeroPoint) {
    unsigned flags =
        isUnsigned ? 0u : unsigned(quant::QuantizationFlags::Signed);
    return QType::get(flags, builder.getIntegerType(8), builder.getF32Type(),
                      static_cast<float>(scale), zeroPoint,
                      isUnsigned ? 0 : -128, isUnsigned ? 255 : 127);
  }
  QType randomType(double scale) {
    // In the middle mostly: at the ends, half of the results are clamped.
    int64_t zeroPoint =
        random.chance(20) ? random.pick(-128, 127) : random.pick(-60, 60);
    return quantized(scale, isUnsigned ? zeroPoint + 128 : zeroPoint);
  }
  static ArrayRef<int64_t> shapeOf(Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  }
  static QType typeOf(Value value) {
    return cast<QType>(nn::getQuantizedType(value));
  }

  /// A scale for which common activations clamp some of the values, not all.
  double randomScale() { return random.real(0.008, 0.06); }
  /// The scale of weights with which sums of `terms` products fill the range of
  /// a result of scale `result`, more or less.
  double weightScale(double input, int64_t terms, double result) {
    return result / (input * std::sqrt(double(terms)) * 70.0) *
           random.real(0.5, 2.0);
  }
  nn::ActivationAttr randomActivation();
  Value makeFilter(ArrayRef<int64_t> shape, int64_t axis, double scale);
  void zeroBlocks(ArrayRef<int64_t> shape, MutableArrayRef<char> bytes);
  /// A number of output channels, in whole blocks.
  int64_t pickChannels(int64_t most) {
    const int64_t rows = std::max<int64_t>(block.rows, 1);
    return rows * random.pick(1, std::max<int64_t>(most / rows, 1));
  }
  Value makeBias(Value filter, int64_t axis, double inputScale, double spread);

  Value addConv(Value input);
  Value addDepthwise(Value input);
  Value addTransposeConv(Value input);
  Value addPool(Value input);
  Value addArithmetic(Value input);
  Value addUnary(Value input);
  Value addMovement(Value input);
  Value addResize(Value input);
  Value addRequantize(Value input);
  Value addProduct(Value input);
  Value addComputedFilter(Value input);
  Value addLstm(Value input);
  Value reshaped(Value input, ArrayRef<int64_t> shape);
  Value addPointwise(Value input);
  Value addOfChain(Value input);
  Value sliced(Value input, int64_t axis, int64_t first, int64_t size);
  Value addConcat(Value input);
  Value addSplit(Value input);
  Value addOfParts(Value input);
  Value addLayer(Value input);
  Value addHead(Value input);

  OpBuilder builder;
  Random random;
  bool isUnsigned;
  WeightBlock block;
  NetworkKind kind;
  int numLayers = 0;
  /// Results so far, from which residuals take their second operand.
  SmallVector<Value> values;
};
} // namespace

nn::ActivationAttr NetworkBuilder::randomActivation() {
  MLIRContext *context = builder.getContext();
  switch (random.pick(0, 5)) {
  case 0:
    return nn::ActivationAttr::get(context, nn::ActivationKind::Relu);
  case 1:
    return nn::ActivationAttr::get(context, nn::ActivationKind::Relu6);
  case 2:
    return nn::ActivationAttr::get(context, nn::ActivationKind::ReluN1To1);
  case 3:
    return nn::ActivationAttr::get(context, random.real(-2.0, -0.1),
                                   random.real(0.1, 2.0));
  default:
    return {};
  }
}

/// Random weights, per tensor or per channel along `axis`, of about one scale.
/// The weights of unsigned networks have a zero point, as old converters left
/// them.
Value NetworkBuilder::makeFilter(ArrayRef<int64_t> shape, int64_t axis,
                                 double mean) {
  int64_t channels = shape[axis];
  Type element;
  if (isUnsigned) {
    element = quantized(mean, random.pick(90, 160));
  } else if (random.chance(60)) {
    SmallVector<double> scales;
    for (int64_t c = 0; c < channels; ++c)
      scales.push_back(static_cast<float>(mean * random.real(0.5, 1.5)));
    element = quant::UniformQuantizedPerAxisType::get(
        unsigned(quant::QuantizationFlags::Signed), builder.getIntegerType(8),
        builder.getF32Type(), scales, SmallVector<int64_t>(channels, 0), axis,
        -127, 127);
  } else {
    element = QType::get(unsigned(quant::QuantizationFlags::Signed),
                         builder.getIntegerType(8), builder.getF32Type(),
                         static_cast<float>(mean), 0, -127, 127);
  }
  RankedTensorType type = tensorOf(shape, element);
  // Full-range weights now and then: sums of their products are the largest.
  bool extreme = random.chance(10);
  std::vector<char> bytes(type.getNumElements());
  for (char &byte : bytes) {
    int64_t value =
        extreme ? (random.chance(50) ? 127 : -127) : random.pick(-127, 127);
    byte = static_cast<char>(isUnsigned ? value + 128 : value);
  }
  // Pruned channels, of which exact passes make use.
  char zero =
      static_cast<char>(isUnsigned ? cast<QType>(element).getZeroPoint() : 0);
  if (random.chance(25)) {
    int64_t rows = shape[axis], row = bytes.size() / rows;
    for (int64_t r = 0; axis == 0 && r < rows; ++r)
      if (random.chance(40))
        std::fill_n(bytes.begin() + r * row, row, zero);
  }
  if (random.chance(25)) {
    int64_t columns = shape.back();
    for (int64_t c = 0; c < columns; ++c)
      if (random.chance(30))
        for (size_t i = c; i < bytes.size(); i += columns)
          bytes[i] = zero;
  }
  if (axis == 0 && block.rows > 0)
    zeroBlocks(shape, bytes);
  auto storage = tensorOf(shape, builder.getIntegerType(8));
  return nn::ConstantOp::create(
      builder, here(), type,
      nn::makeElements(storage, bytes, "w" + std::to_string(numLayers)));
}

/// Zeroes four of five blocks, and all blocks of some block rows.
void NetworkBuilder::zeroBlocks(ArrayRef<int64_t> shape,
                                MutableArrayRef<char> bytes) {
  const int64_t rows = shape[0], columns = bytes.size() / rows;
  for (int64_t row = 0; row < rows; row += block.rows) {
    const bool isEmpty = random.chance(10);
    for (int64_t column = 0; column < columns; column += block.columns) {
      if (!isEmpty && random.chance(20))
        continue;
      for (int64_t r = row; r < std::min(row + block.rows, rows); ++r)
        for (int64_t c = column; c < std::min(column + block.columns, columns);
             ++c)
          bytes[r * columns + c] = 0;
    }
  }
}

Value NetworkBuilder::makeBias(Value filter, int64_t axis, double inputScale,
                               double spread) {
  if (random.chance(25))
    return {};
  int64_t channels = shapeOf(filter)[axis];
  quant::QuantizedType weights = nn::getQuantizedType(filter);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(weights);
  Type element;
  Type i32 = builder.getI32Type(), f32 = builder.getF32Type();
  constexpr int64_t kMin = INT32_MIN, kMax = INT32_MAX;
  unsigned flags = quant::QuantizationFlags::Signed;
  if (perAxis) {
    SmallVector<double> scales;
    for (double scale : perAxis.getScales())
      scales.push_back(static_cast<float>(inputScale * scale));
    element = quant::UniformQuantizedPerAxisType::get(
        flags, i32, f32, scales, SmallVector<int64_t>(channels, 0), 0, kMin,
        kMax);
  } else {
    element = QType::get(flags, i32, f32,
                         static_cast<float>(inputScale * nn::getScale(weights)),
                         0, kMin, kMax);
  }
  SmallVector<int32_t> stored;
  for (int64_t c = 0; c < channels; ++c)
    stored.push_back(static_cast<int32_t>(random.real(-spread, spread)));
  auto storage = tensorOf({channels}, i32);
  return nn::ConstantOp::create(
      builder, here(), tensorOf({channels}, element),
      DenseElementsAttr::get(storage, ArrayRef(stored)));
}

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

Value NetworkBuilder::addPointwise(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  const int64_t channels = random.chance(30) ? in[3] : random.pick(1, 40);
  const double inputScale = typeOf(input).getScale();
  QType type = randomType(randomScale());
  Value filter = makeFilter({channels, 1, 1, in[3]}, /*axis=*/0,
                            weightScale(inputScale, in[3], type.getScale()));
  Value bias =
      makeBias(filter, 0, inputScale, std::sqrt(double(in[3])) * 2500.0);
  Shape out = {in[0], in[1], in[2], channels};
  return nn::Conv2DOp::create(
      builder, here(), tensorOf(out, type), input, filter, bias,
      ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{1, 1},
      ArrayRef<int64_t>{0, 0, 0, 0}, randomActivation(), nn::ScalesAttr());
}

Value NetworkBuilder::addOfChain(Value input) {
  const int64_t choice = random.pick(0, 99);
  return choice < 40   ? addPointwise(input)
         : choice < 80 ? addDepthwise(input)
         : choice < 90 ? addConv(input)
                       : addArithmetic(input);
}

Value NetworkBuilder::sliced(Value input, int64_t axis, int64_t first,
                             int64_t size) {
  Shape offsets = {0, 0, 0, 0}, sizes(shapeOf(input));
  offsets[axis] = first, sizes[axis] = size;
  return nn::SliceOp::create(builder, here(), tensorOf(sizes, typeOf(input)),
                             input, offsets, sizes,
                             ArrayRef<int64_t>{1, 1, 1, 1});
}

/// Joins what layers make of `input`, parts of it, earlier results, and some of
/// them twice, mostly along the rows.
Value NetworkBuilder::addConcat(Value input) {
  const int64_t axis = random.chance(75) ? 1 : random.pick(2, 3);
  QType type = random.chance(50) ? typeOf(input) : randomType(randomScale());
  auto fits = [&](Value value) {
    for (auto [d, size] : llvm::enumerate(shapeOf(value)))
      if (int64_t(d) != axis && size != shapeOf(input)[d])
        return false;
    return true;
  };
  SmallVector<Value> parts;
  Shape whole(shapeOf(input));
  whole[axis] = 0;
  for (int64_t count = random.pick(2, 4); int64_t(parts.size()) < count;) {
    const int64_t size = shapeOf(input)[axis];
    Value part = input;
    if (!parts.empty() && random.chance(10)) {
      part = parts[random.pick(0, parts.size() - 1)];
    } else {
      switch (random.pick(0, 5)) {
      case 0:
        part = values[random.pick(0, values.size() - 1)];
        break;
      case 1: {
        const int64_t first = random.pick(0, size - 1);
        part = sliced(input, axis, first, random.pick(1, size - first));
        break;
      }
      case 2:
        part = addArithmetic(input);
        break;
      default:
        part = addUnary(input);
        break;
      }
      if (!fits(part))
        part = input;
      if (typeOf(part) != type)
        part = nn::RequantizeOp::create(builder, here(),
                                        tensorOf(shapeOf(part), type), part,
                                        nn::ScalesAttr());
    }
    parts.push_back(part);
    whole[axis] += shapeOf(part)[axis];
  }
  // Read by others too, later.
  for (Value part : parts)
    if (random.chance(20))
      values.push_back(part);
  return nn::ConcatOp::create(builder, here(), tensorOf(whole, type), parts,
                              axis);
}

/// Cuts `input` in two or three, of which the last one or the first goes on;
/// the others wait for a concatenation.
Value NetworkBuilder::addSplit(Value input) {
  const int64_t axis = random.chance(75) ? 1 : random.pick(2, 3);
  ArrayRef<int64_t> shape = shapeOf(input);
  SmallVector<Type> types;
  int64_t left = shape[axis];
  while (left > 0) {
    Shape part(shape);
    part[axis] = types.size() == 2 ? left : random.pick(1, left);
    left -= part[axis];
    types.push_back(tensorOf(part, typeOf(input)));
  }
  auto split = nn::SplitOp::create(builder, here(), types, input, axis);
  ResultRange parts = split.getOutputs();
  const bool isFirst = random.chance(50);
  values.append(parts.begin(), parts.end());
  return isFirst ? parts.front() : parts.back();
}

Value NetworkBuilder::addOfParts(Value input) {
  const int64_t choice = random.pick(0, 99);
  if (choice < 35)
    return addConcat(input);
  if (choice < 45)
    return addSplit(input);
  if (choice < 60) {
    const int64_t size = shapeOf(input)[1], first = random.pick(0, size - 1);
    return sliced(input, 1, first, random.pick(1, size - first));
  }
  if (choice < 68) {
    Shape low = {0, random.pick(0, 2), 0, 0},
          high = {0, random.pick(0, 2), 0, 0};
    Shape out(shapeOf(input));
    out[1] += low[1] + high[1];
    return nn::PadOp::create(builder, here(), tensorOf(out, typeOf(input)),
                             input, low, high,
                             APFloat(random.chance(50) ? 0.0 : 0.25));
  }
  return choice < 80   ? addUnary(input)
         : choice < 90 ? addArithmetic(input)
                       : addConv(input);
}

Value NetworkBuilder::addLayer(Value input) {
  if (kind == NetworkKind::Chains)
    return addOfChain(input);
  if (kind == NetworkKind::Parts)
    return addOfParts(input);
  ArrayRef<int64_t> shape = shapeOf(input);
  int64_t choice = random.pick(0, 99);
  if (choice < 3 && shape[2] <= 30)
    return addProduct(input);
  if (choice < 6 && block.rows == 0)
    return addComputedFilter(input);
  if (choice < 8 && !isUnsigned && block.rows == 0 &&
      kind != NetworkKind::Feedforward)
    return addLstm(input);
  if (choice < 32)
    return addConv(input);
  if (choice < 45)
    return addDepthwise(input);
  if (choice < 65)
    return addArithmetic(input);
  if (choice < 75)
    return addPool(input);
  if (choice < 82)
    return addUnary(input);
  if (choice < 92)
    return addMovement(input);
  if (choice < 95 && shape[1] * shape[2] <= 64)
    return addTransposeConv(input);
  if (choice < 97)
    return addResize(input);
  return addRequantize(input);
}

/// What classifiers end in: a mean or nothing, a matrix, a softmax or not.
Value NetworkBuilder::addHead(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  Value features = input;
  if (random.chance(40)) {
    QType type = randomType(typeOf(input).getScale() * random.real(0.5, 1.2));
    features = nn::ReduceMeanOp::create(
        builder, here(), tensorOf({in[0], in[3]}, type), input,
        ArrayRef<int64_t>{1, 2}, /*keep_dims=*/false, nn::ScalesAttr());
  } else {
    features = nn::ReshapeOp::create(
        builder, here(),
        tensorOf({in[0], in[1] * in[2] * in[3]}, typeOf(input)), input);
  }
  int64_t columns = shapeOf(features)[1], rows = pickChannels(12);
  double inputScale = typeOf(features).getScale();
  QType type = randomType(randomScale());
  Value filter = makeFilter({rows, columns}, /*axis=*/0,
                            weightScale(inputScale, columns, type.getScale()));
  Value bias = makeBias(filter, 0, inputScale, std::sqrt(columns) * 2500.0);
  Value scores = nn::FullyConnectedOp::create(
      builder, here(), tensorOf({in[0], rows}, type), features, filter, bias,
      randomActivation(), nn::ScalesAttr());
  if (random.chance(70))
    return scores;
  return nn::SoftmaxOp::create(
      builder, here(),
      tensorOf({in[0], rows}, quantized(1.0 / 256, isUnsigned ? 0 : -128)),
      scores, APFloat(random.chance(70) ? 1.0f : 0.5f), /*axis=*/-1);
}

OwningOpRef<ModuleOp> NetworkBuilder::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  Shape shape = {random.chance(85) ? 1 : 2, random.pick(1, 9),
                 random.pick(1, 9), random.pick(1, 12)};
  // Windows of whole blocks.
  if (block.rows > 0)
    shape[3] *= block.columns;
  if (kind == NetworkKind::Chains)
    shape = {1, random.pick(2, 24), random.pick(1, 12), random.pick(1, 24)};
  RankedTensorType inputType = tensorOf(shape, randomType(randomScale()));
  builder.setInsertionPointToEnd(module->getBody());
  auto func = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                   builder.getFunctionType({inputType}, {}));
  builder.setInsertionPointToEnd(func.addEntryBlock());

  Value value = func.getArgument(0);
  values.push_back(value);
  const int64_t mostLayers = kind == NetworkKind::Parts ? 10 : 6;
  for (int64_t count = random.pick(1, mostLayers); numLayers < count;) {
    ++numLayers;
    Value next = addLayer(value);
    // Keep them small: a network is one of many.
    const int64_t most = kind == NetworkKind::Chains ? 16000 : 4000;
    if (cast<RankedTensorType>(next.getType()).getNumElements() > most) {
      next.getDefiningOp()->erase();
      continue;
    }
    value = next;
    values.push_back(value);
  }
  SmallVector<Value> results = {value};
  ++numLayers;
  if (random.chance(50))
    results[0] = addHead(value);
  // A second result that is also used inside.
  if (random.chance(10) && values.size() > 2)
    results.push_back(values[values.size() - 2]);
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  func.setType(
      builder.getFunctionType({inputType}, ValueRange(results).getTypes()));
  if (failed(verify(*module)))
    llvm::report_fatal_error("a random network is not valid");
  return module;
}

OwningOpRef<ModuleOp> pare::test::makeRandomNetwork(MLIRContext *context,
                                                    uint64_t seed,
                                                    WeightBlock block,
                                                    NetworkKind kind) {
  return NetworkBuilder(context, seed, block, kind).build();
}

WeightBlock pare::test::randomBlock(uint64_t seed) {
  // Vectors of channels for some targets or all, and none; single columns,
  // pairs and quads.
  static constexpr WeightBlock kBlocks[] = {
      {1, 1},  {2, 1}, {3, 1}, {4, 1}, {8, 1},  {1, 2}, {4, 2}, {8, 2},
      {16, 2}, {1, 4}, {8, 4}, {6, 3}, {16, 4}, {2, 8}, {32, 2}};
  return kBlocks[Random(seed).pick(0, std::size(kBlocks) - 1)];
}

HostTensor pare::test::makeRandomInput(const TensorInfo &input, uint64_t seed) {
  Random random(seed);
  HostTensor tensor = HostTensor::zeros(input.dtype, input.shape);
  bool extreme = random.chance(20);
  for (uint8_t &byte : tensor.bytes())
    byte = static_cast<uint8_t>(extreme ? (random.chance(50) ? 0x7F : 0x80)
                                        : random.pick(0, 255));
  return tensor;
}
