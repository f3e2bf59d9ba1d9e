//===- LayerText.cpp - Networks of one layer ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerText.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstring>
#include <random>

using llvm::formatv;

namespace pare::micro {

const std::vector<LayerCase> &layerCases() {
  static const std::vector<LayerCase> cases = {
      {LayerKind::Pointwise, "mobilenet_v1", 112, 32, 64},
      {LayerKind::Pointwise, "mobilenet_v1", 14, 512, 512},
      {LayerKind::Pointwise, "mobilenet_v1", 7, 1024, 1024},
      {LayerKind::Pointwise, "mobilenet_v2", 56, 24, 144},
      {LayerKind::Pointwise, "mobilenet_v2", 14, 384, 64},
      {LayerKind::Pointwise, "resnet50", 56, 64, 256},
      {LayerKind::Pointwise, "resnet50", 14, 1024, 256},
      {LayerKind::Conv3x3, "mobilenet_v1", 224, 3, 32, 2},
      {LayerKind::Conv3x3, "resnet50", 56, 64, 64},
      {LayerKind::Conv3x3, "resnet50", 14, 256, 256},
      {LayerKind::Depthwise3x3, "mobilenet_v1", 112, 32, 32},
      {LayerKind::Depthwise3x3, "mobilenet_v1", 14, 512, 512},
      {LayerKind::Depthwise3x3, "mobilenet_v2", 56, 144, 144, 2},
      {LayerKind::Dense, "mobilenet_v1", 1, 1024, 1000},
      {LayerKind::Dense, "resnet50", 1, 2048, 1000},
      {LayerKind::Dense, "kwt1", 98, 64, 256},
      {LayerKind::Add, "mobilenet_v2", 56, 24, 24},
      {LayerKind::Add, "resnet50", 14, 1024, 1024},
      {LayerKind::Requantize, "mobilenet_v2", 56, 24, 24},
      {LayerKind::HardSwish, "mobilenet_v2", 56, 24, 24},
      {LayerKind::Softmax, "mobilenet_v1", 1, 1000, 1000},
      {LayerKind::Softmax, "kwt1", 98, 98, 98},
      {LayerKind::LayerNorm, "kwt1", 98, 64, 64},
      {LayerKind::Matmul, "kwt1", 98, 64, 98},
      {LayerKind::Matmul, "kwt1", 98, 98, 64},
  };
  return cases;
}

std::vector<NumberKind> numbersOf(LayerKind kind) {
  switch (kind) {
  case LayerKind::Pointwise:
  case LayerKind::Conv3x3:
  case LayerKind::Dense:
    return {NumberKind::F32, NumberKind::Int8, NumberKind::Int7};
  case LayerKind::Requantize:
    return {NumberKind::Int8};
  case LayerKind::LayerNorm:
    return {NumberKind::F32};
  default:
    return {NumberKind::F32, NumberKind::Int8};
  }
}

static bool isImage(LayerKind kind) {
  return kind != LayerKind::Dense && kind != LayerKind::Softmax &&
         kind != LayerKind::LayerNorm && kind != LayerKind::Matmul;
}

/// Height and width of the output of an image layer.
static int64_t outSize(const LayerCase &layer) {
  return (layer.size + layer.stride - 1) / layer.stride;
}

static std::string join(llvm::ArrayRef<int64_t> sizes) {
  return llvm::join(
      llvm::map_range(sizes, [](int64_t size) { return std::to_string(size); }),
      "x");
}

std::string nameOf(const LayerCase &layer, NumberKind numbers) {
  static const char *const kinds[] = {
      "pointwise",  "conv3x3",    "depthwise3x3", "dense",      "add",
      "requantize", "hard_swish", "softmax",      "layer_norm", "matmul"};
  static const char *const types[] = {"f32", "int8", "int7"};
  std::string shape = isImage(layer.kind)
                          ? join({layer.size, layer.size, layer.in})
                          : join({layer.size, layer.in});
  return formatv("{0}/{1}/{2}/{3}_{4}{5}", kinds[int(layer.kind)],
                 types[int(numbers)], layer.network, shape, layer.out,
                 layer.stride == 1 ? "" : "_s2")
      .str();
}

int64_t countMacs(const LayerCase &layer) {
  const int64_t pixels = outSize(layer) * outSize(layer);
  switch (layer.kind) {
  case LayerKind::Pointwise:
    return pixels * layer.in * layer.out;
  case LayerKind::Conv3x3:
    return pixels * layer.in * layer.out * 9;
  case LayerKind::Depthwise3x3:
    return pixels * layer.in * 9;
  case LayerKind::Dense:
  case LayerKind::Matmul:
    return layer.size * layer.in * layer.out;
  default:
    return 0;
  }
}

int64_t countBytes(const LayerCase &layer, NumberKind numbers) {
  const int64_t width = numbers == NumberKind::F32 ? 4 : 1;
  const int64_t in = isImage(layer.kind) ? layer.size * layer.size * layer.in
                                         : layer.size * layer.in;
  const int64_t out = isImage(layer.kind)
                          ? outSize(layer) * outSize(layer) * layer.out
                          : layer.size * layer.out;
  const int64_t second = layer.kind == LayerKind::Add ? in
                         : layer.kind == LayerKind::Matmul
                             ? layer.in * layer.out
                             : 0;
  return (in + out + second) * width;
}

namespace {
/// Writes a function that returns one layer.
class Writer {
public:
  Writer(const LayerCase &layer, NumberKind numbers)
      : layer(layer), isFloat(numbers == NumberKind::F32),
        limit(numbers == NumberKind::Int7 ? 63 : 127) {}

  std::string write() {
    switch (layer.kind) {
    case LayerKind::Pointwise:
      return weighted("conv2d", {layer.out, 1, 1, layer.in});
    case LayerKind::Conv3x3:
      return weighted("conv2d", {layer.out, 3, 3, layer.in});
    case LayerKind::Depthwise3x3:
      return weighted("depthwise_conv2d", {1, 3, 3, layer.in});
    case LayerKind::Dense:
      return weighted("fully_connected", {layer.out, layer.in});
    case LayerKind::Add:
      return plain("nn.add %x, %y", {input(), input()}, input());
    case LayerKind::Requantize:
      return plain("nn.requantize %x", {input()}, type(inputShape(), "0.08:7"));
    case LayerKind::HardSwish:
      return plain("nn.hard_swish %x", {input()}, input());
    case LayerKind::Softmax:
      return plain("nn.softmax %x", {input()},
                   type(inputShape(), "0.00390625:-128"));
    case LayerKind::Matmul:
      return plain(
          "nn.batch_matmul %x, %y",
          {type({1, layer.size, layer.in}), type({1, layer.in, layer.out})},
          type({1, layer.size, layer.out}));
    case LayerKind::LayerNorm:
      return normalized();
    }
    llvm_unreachable("all kinds are handled");
  }

private:
  std::string type(llvm::ArrayRef<int64_t> shape,
                   const char *scale = "0.05:-3") const {
    return isFloat ? formatv("tensor<{0}xf32>", join(shape)).str()
                   : formatv("tensor<{0}x!quant.uniform<i8:f32, {1}>>",
                             join(shape), scale)
                         .str();
  }
  std::vector<int64_t> inputShape() const {
    return isImage(layer.kind)
               ? std::vector<int64_t>{1, layer.size, layer.size, layer.in}
               : std::vector<int64_t>{layer.size, layer.in};
  }
  std::vector<int64_t> outputShape() const {
    return isImage(layer.kind) ? std::vector<int64_t>{1, outSize(layer),
                                                      outSize(layer), layer.out}
                               : std::vector<int64_t>{layer.size, layer.out};
  }
  std::string input() const { return type(inputShape()); }

  /// The bytes of the weights, in hexadecimal.
  std::string weights(int64_t count) const {
    std::mt19937 random(1);
    std::string text;
    text.reserve(count * (isFloat ? 8 : 2));
    auto add = [&](uint8_t byte) {
      text += llvm::hexdigit(byte >> 4);
      text += llvm::hexdigit(byte & 15);
    };
    for (int64_t i = 0; i < count; ++i) {
      int64_t value = int64_t(random() % (2 * limit + 1)) - limit;
      if (!isFloat) {
        add(uint8_t(value));
        continue;
      }
      float real = float(value) / 1024.0f;
      uint32_t bits;
      std::memcpy(&bits, &real, sizeof bits);
      for (int shift = 0; shift < 32; shift += 8)
        add(uint8_t(bits >> shift));
    }
    return text;
  }

  std::string weighted(const char *op, llvm::ArrayRef<int64_t> filter) const {
    int64_t count = 1;
    for (int64_t size : filter)
      count *= size;
    const std::string plainType = join(filter) + (isFloat ? "xf32" : "xi8");
    const std::string kind =
        isFloat ? formatv("tensor<{0}>", plainType).str()
                : formatv("tensor<{0}x!quant.uniform<i8<-127:127>:f32, 0.001>>",
                          join(filter))
                      .str();
    std::string attributes;
    if (layer.stride != 1)
      attributes += formatv(" strides [{0}, {0}]", layer.stride).str();
    if (layer.kind == LayerKind::Conv3x3 ||
        layer.kind == LayerKind::Depthwise3x3)
      // "Same" padding: an even size with stride 2 has it behind alone.
      attributes +=
          layer.stride == 1 ? " pad [1, 1, 1, 1]" : " pad [0, 1, 0, 1]";
    const std::string output = type(outputShape());
    return formatv("func.func @main(%x: {0}) -> {1} {{\n"
                   "  %w = nn.constant dense_resource<w> : tensor<{2}>{3}\n"
                   "  %r = nn.{4} %x, %w{5} : ({0}, {6}) -> {1}\n"
                   "  return %r : {1}\n}\n"
                   "{{-# dialect_resources: {{ builtin: {{\n"
                   "  w: \"0x40000000{7}\"\n} } #-}\n",
                   input(), output, plainType, " -> " + kind, op, attributes,
                   kind, weights(count))
        .str();
  }

  std::string plain(const char *op, llvm::ArrayRef<std::string> inputs,
                    const std::string &output) const {
    std::string arguments = "%x: " + inputs[0];
    if (inputs.size() == 2)
      arguments += ", %y: " + inputs[1];
    return formatv("func.func @main({0}) -> {1} {{\n"
                   "  %r = {2} : ({3}) -> {1}\n"
                   "  return %r : {1}\n}\n",
                   arguments, output, op, llvm::join(inputs, ", "))
        .str();
  }

  std::string normalized() const {
    const std::string vector = type({layer.in});
    return formatv("func.func @main(%x: {0}) -> {0} {{\n"
                   "  %g = nn.constant dense<1.5> : {1} -> {1}\n"
                   "  %b = nn.constant dense<0.5> : {1} -> {1}\n"
                   "  %r = nn.layer_norm %x, %g, %b {{epsilon = 1.0e-5 : f32} "
                   ": ({0}, {1}, {1}) -> {0}\n"
                   "  return %r : {0}\n}\n",
                   input(), vector)
        .str();
  }

  const LayerCase &layer;
  bool isFloat;
  int64_t limit;
};
} // namespace

std::string networkOf(const LayerCase &layer, NumberKind numbers) {
  return Writer(layer, numbers).write();
}

} // namespace pare::micro
