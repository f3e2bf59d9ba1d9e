//===- LayersTest.cpp - All layers that are no convolutions ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compare.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace pare::test;

namespace {

std::string q8() { return quantized(0.05, 3); }

TEST(CPUPool, Windows) {
  for (int64_t channels : {1, 8, 19, 101}) {
    NetworkText text;
    Shape in = {2, 7, 6, channels};
    auto x = text.input(in, "f32");
    auto q = text.input(in, q8());
    auto add = [&](const std::string &attributes, int64_t rows,
                   int64_t columns) {
      Shape out = {2, rows, columns, channels};
      text.output("nn.avg_pool2d %{0} " + attributes, {x},
                  tensorType(out, "f32"));
      text.output("nn.avg_pool2d %{0} " + attributes, {q},
                  tensorType(out, q8()));
    };
    auto addMax = [&](const std::string &attributes, int64_t rows,
                      int64_t columns) {
      Shape out = {2, rows, columns, channels};
      text.output("nn.max_pool2d %{0} " + attributes, {x},
                  tensorType(out, "f32"));
      text.output("nn.max_pool2d %{0} " + attributes, {q},
                  tensorType(out, q8()));
    };
    add("kernel [2, 2] strides [2, 2] pad [0, 1, 0, 0]", 4, 3);
    add("kernel [3, 3] pad [1, 1, 1, 1] act <relu>", 7, 6);
    add("kernel [3, 3] pad [1, 1, 1, 1] {count_include_pad}", 7, 6);
    add("kernel [7, 6]", 1, 1);
    addMax("kernel [2, 3] strides [2, 1]", 3, 4);
    addMax("kernel [3, 3] strides [2, 2] pad [1, 1, 1, 1] act <relu6>", 4, 3);
    addMax("kernel [6, 5] pad [1, 1, 1, 1]", 4, 4);
    expectSame(text);
  }
}

TEST(CPUBinary, Broadcasts) {
  NetworkText text;
  std::string other = quantized(0.02, -10), out = quantized(0.07, 4);
  Shape whole = {2, 3, 5, 11};
  for (Shape small : {whole, Shape{11}, Shape{1, 1, 1, 1}, Shape{2, 1, 5, 1},
                      Shape{3, 1, 1}}) {
    for (bool swapped : {false, true}) {
      Shape a = swapped ? small : whole, b = swapped ? whole : small;
      for (const char *name : {"add", "sub", "mul"}) {
        std::string operation = std::string("nn.") + name + " %{0}, %{1}";
        text.output(operation, {text.input(a, q8()), text.input(b, other)},
                    tensorType(whole, out));
        text.output(operation + " act <relu6>",
                    {text.input(a, "f32"), text.input(b, "f32")},
                    tensorType(whole, "f32"));
      }
    }
    for (const char *name : {"maximum", "minimum"}) {
      std::string operation = std::string("nn.") + name + " %{0}, %{1}";
      text.output(operation, {text.input(whole, q8()), text.input(small, q8())},
                  tensorType(whole, q8()));
    }
    for (const char *name :
         {"div", "maximum", "minimum", "squared_difference", "prelu"}) {
      std::string operation = std::string("nn.") + name + " %{0}, %{1}";
      text.output(operation, {text.input(whole, "f32"), text.constant(small)},
                  tensorType(whole, "f32"));
    }
  }
  expectSame(text);
}

TEST(CPUUnary, Functions) {
  NetworkText text;
  auto x = text.input({3, 13}, "f32");
  auto q = text.input({3, 13}, q8());
  for (const char *name : {"relu", "relu6", "hard_swish", "sigmoid", "tanh",
                           "gelu", "exp", "abs", "neg"}) {
    std::string operation = std::string("nn.") + name + " %{0}";
    text.output(operation, {x}, tensorType({3, 13}, "f32"));
    std::string type = quantized(0.04, -3);
    if (operation == "nn.sigmoid %{0}")
      type = quantized(1.0 / 256, -128);
    if (operation == "nn.tanh %{0}")
      type = quantized(1.0 / 128, 0);
    text.output(operation, {q}, tensorType({3, 13}, type));
  }
  text.output("nn.gelu %{0} {approximate}", {x}, tensorType({3, 13}, "f32"));
  text.output("nn.leaky_relu %{0} {alpha = 0.1 : f64}", {x},
              tensorType({3, 13}, "f32"));
  auto positive = text.layer("nn.exp %{0}", {x}, tensorType({3, 13}, "f32"));
  for (const char *name : {"sqrt", "rsqrt", "log"})
    text.output(std::string("nn.") + name + " %{0}", {positive},
                tensorType({3, 13}, "f32"));
  text.output("nn.pow %{0}, %{1}", {positive, x}, tensorType({3, 13}, "f32"));
  for (const char *exponent : {"0.5", "2.0", "3.0"}) {
    NetworkText::Value e{"%e" + std::string(exponent).substr(0, 1),
                         "tensor<f32>"};
    text.line("  " + e.name + " = nn.constant dense<" + exponent +
              "> : tensor<f32> -> tensor<f32>");
    text.output("nn.pow %{0}, %{1}", {positive, e}, tensorType({3, 13}, "f32"));
  }
  expectSame(text);
}

// Tables of all bytes, looked up in vectors and, at the end, one by one.
TEST(CPUTable, AllBytes) {
  for (int64_t count : {31, 64, 1000}) {
    NetworkText text;
    auto q = text.input({count}, quantized(0.03, 3));
    text.output("nn.tanh %{0}", {q},
                tensorType({count}, quantized(1.0 / 128, 0)));
    text.output("nn.hard_swish %{0}", {q},
                tensorType({count}, quantized(0.03, -118)));
    expectSame(text);
    expectSame(text, Inputs::Extreme);
  }
}

TEST(CPUConvert, Kinds) {
  NetworkText text;
  Shape shape = {2, 23};
  auto x = text.input(shape, "f32");
  auto q = text.input(shape, q8());
  auto u = text.input(shape, quantized(0.03, 120, "u8"));
  text.output("nn.quantize %{0}", {x}, tensorType(shape, quantized(0.007, -9)));
  text.output("nn.dequantize %{0}", {q}, tensorType(shape, "f32"));
  text.output("nn.dequantize %{0}", {u}, tensorType(shape, "f32"));
  text.output("nn.requantize %{0}", {q}, tensorType(shape, quantized(0.08, 7)));
  text.output("nn.requantize %{0}", {q}, tensorType(shape, quantized(0.05, 9)));
  auto indices = text.input(shape, "i32");
  text.output("nn.cast %{0}", {indices}, tensorType(shape, "f32"));
  text.output("nn.cast %{0}", {x}, tensorType(shape, "i32"));
  text.output("nn.cast %{0}", {indices}, tensorType(shape, "i64"));
  expectSame(text);
}

// Proves: infinities, NaN, numbers beyond all integers and those next to the
// middle between two results become what the division makes of them, in vectors
// and in what is left of them.
TEST(CPUConvert, QuantizesAllNumbers) {
  NetworkText text;
  // inf, -inf, NaN, 3e38, -3e38, 1e-45, and some where products are near ties.
  text.line("  %s = nn.constant dense<[0x7F800000, 0xFF800000, 0x7FC00000, "
            "0x7F61B1E6, 0xFF61B1E6, 0x00000001, 1.0, 1.2345, 0.33333334, "
            "0.0151, 257.0]> : tensor<11xf32> -> tensor<11xf32>");
  NetworkText::Value special{"%s", "tensor<11xf32>"};
  Shape shape = {2, 29, 11};
  auto x = text.layer("nn.mul %{0}, %{1}", {text.input(shape, "f32"), special},
                      tensorType(shape, "f32"));
  for (double scale : {1.0 / 128, 0.0078740157, 0.3})
    for (const char *storage : {"i8", "u8"})
      for (int64_t zero : {0, 77})
        text.output("nn.quantize %{0}", {x},
                    tensorType(shape, quantized(scale, zero, storage)));
  text.output("nn.quantize %{0}", {x},
              tensorType(shape, quantized(0.0001, -7, "i16")));
  expectSame(text);
}

TEST(CPUReduce, Axes) {
  NetworkText text;
  Shape shape = {2, 3, 5, 9};
  auto x = text.input(shape, "f32");
  auto q = text.input(shape, q8());
  for (Shape axes : {Shape{3}, Shape{1, 2}, Shape{0}, Shape{2, 3}, Shape{1, 3},
                     Shape{0, 1, 2, 3}}) {
    Shape out;
    for (int64_t d = 0; d < 4; ++d)
      if (std::find(axes.begin(), axes.end(), d) == axes.end())
        out.push_back(shape[d]);
    for (const char *name : {"mean", "sum", "max", "min"}) {
      bool keeps = name[1] == 'a' || name[1] == 'i';
      std::string operation =
          std::string("nn.reduce_") + name + " %{0} axes " + list(axes);
      text.output(operation, {x}, tensorType(out, "f32"));
      text.output(operation, {q},
                  tensorType(out, keeps ? q8() : quantized(0.11, -2)));
    }
  }
  expectSame(text);
}

TEST(CPUNormalize, Rows) {
  for (int64_t length : {1, 3, 8, 21}) {
    NetworkText text;
    Shape shape = {3, length};
    auto x = text.input(shape, "f32");
    auto q = text.input(shape, quantized(0.1, 5));
    text.output("nn.softmax %{0}", {x}, tensorType(shape, "f32"));
    text.output("nn.softmax %{0} {beta = 2.0 : f32}", {x},
                tensorType(shape, "f32"));
    text.output("nn.log_softmax %{0}", {x}, tensorType(shape, "f32"));
    text.output("nn.softmax %{0}", {q},
                tensorType(shape, quantized(1.0 / 256, -128)));
    text.output("nn.layer_norm %{0}, %{1}, %{2} {epsilon = 1.0e-3 : f32}",
                {x, text.constant({length}), text.constant({length})},
                tensorType(shape, "f32"));
    expectSame(text);
  }
}

TEST(CPUMovement, Transposes) {
  // Whole squares of registers, parts of them, and what is less than one.
  for (std::string element : {std::string("f32"), std::string("i16"), q8()})
    for (auto [rows, columns] :
         std::vector<std::pair<int64_t, int64_t>>{{64, 48},
                                                  {35, 21},
                                                  {70, 130},
                                                  {9, 300},
                                                  {300, 9},
                                                  {2, 40},
                                                  {40, 3}}) {
      NetworkText text;
      auto type = [&](Shape shape) { return tensorType(shape, element); };
      auto x = text.input({2, rows, columns}, element);
      text.output("nn.transpose %{0} perm [0, 2, 1]", {x},
                  type({2, columns, rows}));
      auto y = text.input({rows, 3, columns}, element);
      text.output("nn.transpose %{0} perm [2, 1, 0]", {y},
                  type({columns, 3, rows}));
      text.output("nn.transpose %{0} perm [1, 2, 0]", {y},
                  type({3, columns, rows}));
      expectSame(text);
    }
}

TEST(CPUMovement, CopiesAndGathers) {
  for (std::string element : {std::string("f32"), q8()}) {
    NetworkText text;
    auto x = text.input({2, 3, 4, 5}, element);
    auto y = text.input({2, 3, 4, 7}, element);
    auto type = [&](Shape shape) { return tensorType(shape, element); };
    text.output("nn.transpose %{0} perm [0, 3, 1, 2]", {x}, type({2, 5, 3, 4}));
    text.output("nn.transpose %{0} perm [3, 2, 1, 0]", {x}, type({5, 4, 3, 2}));
    text.output("nn.concat %{0}, %{1} axis 3", {x, y}, type({2, 3, 4, 12}));
    text.output("nn.slice %{0} offsets [0, 1, 0, 2] sizes [2, 2, 2, 3] strides "
                "[1, 1, 2, 1]",
                {x}, type({2, 2, 2, 3}));
    text.output("nn.pad %{0} low [0, 1, 2, 0] high [0, 0, 1, 3]", {x},
                type({2, 4, 7, 8}));
    text.output("nn.reshape %{0}", {x}, type({6, 20}));
    auto table = text.input({9, 5}, element);
    auto indices = text.input({2, 3}, "i32");
    text.output("nn.gather %{0}, %{1}", {table, indices}, type({2, 3, 5}));
    for (const char *attribute :
         {"", " {align_corners}", " {half_pixel_centers}"}) {
      text.output(std::string("nn.resize_nearest %{0} size [7, 9]") + attribute,
                  {x}, type({2, 7, 9, 5}));
      if (element == "f32")
        text.output(std::string("nn.resize_bilinear %{0} size [7, 9]") +
                        attribute,
                    {x}, type({2, 7, 9, 5}));
    }
    expectSame(text);
  }
}

// Images that are enlarged by whole factors, by others and not at all; channels
// of less than a vector and more.
TEST(CPUMovement, Resize) {
  for (const char *attribute :
       {"", " {align_corners}", " {half_pixel_centers}"}) {
    NetworkText text;
    for (int64_t channels : {3, 8, 21}) {
      auto x = text.input({2, 3, 4, channels}, "f32");
      for (Shape size : {Shape{6, 8}, Shape{3, 12}, Shape{9, 16}, Shape{3, 20},
                         Shape{6, 7}, Shape{7, 4}, Shape{2, 1}, Shape{5, 2}})
        text.output("nn.resize_bilinear %{0} size " + list(size) + attribute,
                    {x}, tensorType({2, size[0], size[1], channels}, "f32"));
      auto line = text.input({1, 4, 1, channels}, "f32");
      text.output(std::string("nn.resize_bilinear %{0} size [8, 2]") +
                      attribute,
                  {line}, tensorType({1, 8, 2, channels}, "f32"));
    }
    expectSame(text);
  }
}

TEST(CPURecurrent, FloatLayers) {
  for (int64_t hidden : {1, 6, 11}) {
    NetworkText text;
    auto x = text.input({2, 3, 5}, "f32");
    auto weights = [&](int64_t gates, int64_t columns) {
      return text.constant({gates * hidden, columns});
    };
    for (const char *attribute :
         {"", " {time_major}", " {cell_clip = 0.2 : f32}",
          " {cell_clip = 9.0 : f32}"})
      text.output(
          std::string("nn.lstm %{0}, %{1}, %{2}, %{3}") + attribute,
          {x, weights(4, 5), weights(4, hidden), text.constant({4 * hidden})},
          tensorType({2, 3, hidden}, "f32"));
    for (const char *attribute : {"", " {linear_before_reset}"})
      text.output(std::string("nn.gru %{0}, %{1}, %{2}, %{3}, %{4}") +
                      attribute,
                  {x, weights(3, 5), weights(3, hidden),
                   text.constant({3 * hidden}), text.constant({3 * hidden})},
                  tensorType({2, 3, hidden}, "f32"));
    expectSame(text);
  }
}

TEST(CPURecurrent, IntegerLstm) {
  for (int64_t hidden : {1, 6, 11}) {
    NetworkText text;
    auto x = text.input({2, 4, 5}, quantized(1.0 / 64, 3));
    std::string w = quantized(1.0 / 64, 0), out = quantized(1.0 / 128, -4);
    for (const char *attributes :
         {"cell_scale = 4.8828125e-04 : f32",
          "cell_scale = 2.44140625e-04 : f32, time_major",
          "cell_scale = 9.765625e-04 : f32, cell_clip = 0.5 : f32"})
      text.output(
          std::string("nn.lstm %{0}, %{1}, %{2}, %{3} {") + attributes + "}",
          {x, text.constant({4 * hidden, 5}, "i8", w),
           text.constant({4 * hidden, hidden}, "i8", w),
           text.constant({4 * hidden}, "i32", quantized(1.0 / 4096, 0, "i32"))},
          tensorType({2, 4, hidden}, out));
    expectSame(text);
  }
}

/// LSTM and GRU of known weights, of floats and of integers.
void expectSameRecurrent(int64_t steps, int64_t hidden) {
  NetworkText text;
  auto x = text.input({2, steps, 3}, "f32");
  auto weights = [&](int64_t gates, int64_t columns) {
    return text.constant({gates * hidden, columns});
  };
  text.output(
      "nn.lstm %{0}, %{1}, %{2}, %{3}",
      {x, weights(4, 3), weights(4, hidden), text.constant({4 * hidden})},
      tensorType({2, steps, hidden}, "f32"));
  for (const char *attribute : {"", " {linear_before_reset}"})
    text.output(std::string("nn.gru %{0}, %{1}, %{2}, %{3}, %{4}") + attribute,
                {x, weights(3, 3), weights(3, hidden),
                 text.constant({3 * hidden}), text.constant({3 * hidden})},
                tensorType({2, steps, hidden}, "f32"));
  auto q = text.input({2, 2 * steps, 3}, quantized(1.0 / 64, 3));
  std::string w = quantized(1.0 / 512, 0);
  text.output(
      "nn.lstm %{0}, %{1}, %{2}, %{3} {cell_scale = 4.8828125e-04 : f32}",
      {q, text.constant({4 * hidden, 3}, "i8", w),
       text.constant({4 * hidden, hidden}, "i8", w),
       text.constant({4 * hidden}, "i32", quantized(1.0 / 32768, 0, "i32"))},
      tensorType({2, 2 * steps, hidden}, quantized(1.0 / 128, -4)));
  expectSame(text);
}

// More steps than are multiplied at once.
TEST(CPURecurrent, LongSequences) { expectSameRecurrent(1100, 9); }

// More units than sums fit into registers.
TEST(CPURecurrent, ManyUnits) { expectSameRecurrent(5, 37); }

TEST(CPURecurrent, ComputedWeights) {
  const int64_t hidden = 11;
  NetworkText text;
  auto x = text.input({2, 3, 5}, "f32");
  auto weights = [&](int64_t gates, int64_t columns) {
    return text.input({gates * hidden, columns}, "f32");
  };
  text.output(
      "nn.lstm %{0}, %{1}, %{2}, %{3}",
      {x, weights(4, 5), weights(4, hidden), text.input({4 * hidden}, "f32")},
      tensorType({2, 3, hidden}, "f32"));
  for (const char *attribute : {"", " {linear_before_reset}"})
    text.output(std::string("nn.gru %{0}, %{1}, %{2}, %{3}, %{4}") + attribute,
                {x, weights(3, 5), weights(3, hidden),
                 text.input({3 * hidden}, "f32"),
                 text.input({3 * hidden}, "f32")},
                tensorType({2, 3, hidden}, "f32"));
  auto q = text.input({2, 3, 5}, quantized(1.0 / 64, 3));
  std::string w = quantized(1.0 / 64, 0);
  text.output(
      "nn.lstm %{0}, %{1}, %{2}, %{3} {cell_scale = 4.8828125e-04 : "
      "f32}",
      {q, text.input({4 * hidden, 5}, w), text.input({4 * hidden, hidden}, w),
       text.constant({4 * hidden}, "i32", quantized(1.0 / 4096, 0, "i32"))},
      tensorType({2, 3, hidden}, quantized(1.0 / 128, -4)));
  expectSame(text);
}

// Rows of 2 * 2 * 3 = 12 columns, with blocks of 1x1.
TEST(CPUSparse, CompressedRows) {
  NetworkText text;
  const std::string encoding = ", #sparse_tensor.encoding<{map = (i, j) -> (i "
                               ": dense, j : compressed)}>";
  auto weights = [&](const std::string &name, const std::string &values,
                     const std::string &storage, const std::string &element) {
    NetworkText::Value w{name, "tensor<4x12x" + element + encoding + ">"};
    text.line("  " + name +
              " = nn.sparse_constant positions dense<[0, 2, 2, 5, 6]> : "
              "tensor<5xi32> coordinates dense<[0, 7, 1, 3, 11, 5]> : "
              "tensor<6xi32> values dense<" +
              values + "> : tensor<6x" + storage + "> : " + w.type);
    return w;
  };
  Shape in = {1, 5, 6, 3}, out = {1, 5, 6, 4};
  std::string operation =
      "nn.sparse_conv2d %{0}, %{1}, %{2} kernel [2, 2] pad [1, 0, 0, 1]";
  text.output(operation,
              {text.input(in, "f32"),
               weights("%f", "[2.0, 5.0, -1.0, 0.5, 3.0, 1.0]", "f32", "f32"),
               text.constant({4})},
              tensorType(out, "f32"));
  text.output(
      operation,
      {text.input(in, q8()),
       weights("%i", "[20, -50, 127, -127, 3, 1]", "i8",
               quantizedPerAxis(4, 0, 0.01)),
       text.constant({4}, "i32", quantizedPerAxis(4, 0, 0.05 * 0.01, "i32"))},
      tensorType(out, quantized(0.1, -5)));
  expectSame(text);
}

} // namespace
