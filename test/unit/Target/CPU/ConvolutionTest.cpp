//===- ConvolutionTest.cpp - Contractions of all shapes -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compare.h"

#include "gtest/gtest.h"

using namespace pare::test;

namespace {

struct Window {
  Shape kernel = {1, 1}, strides = {1, 1}, dilations = {1, 1},
        padding = {0, 0, 0, 0};
};

int64_t outSize(int64_t size, const Window &w, int d) {
  return (size + w.padding[2 * d] + w.padding[2 * d + 1] -
          w.dilations[d] * (w.kernel[d] - 1) - 1) /
             w.strides[d] +
         1;
}

/// Adds a convolution of f32 and the same of i8.
class Convolutions {
public:
  Convolutions(const Shape &in, bool withFloat = true)
      : in(in), withFloat(withFloat),
        integers(text.input(in, quantized(0.05, 3))),
        floats(withFloat ? text.input(in, "f32") : NetworkText::Value()) {}

  void add(const Window &w, int64_t channels, int64_t groups = 1,
           int64_t filterZero = 0, const std::string &act = "") {
    Shape filter = {channels, w.kernel[0], w.kernel[1], in[3] / groups};
    addBoth("nn.conv2d", w, filter, channels, 0, filterZero, act);
  }

  void addDepthwise(const Window &w, int64_t multiplier = 1,
                    int64_t filterZero = 0, const std::string &act = "") {
    int64_t channels = in[3] * multiplier;
    Shape filter = {1, w.kernel[0], w.kernel[1], channels};
    addBoth("nn.depthwise_conv2d", w, filter, channels, 3, filterZero, act);
  }

  NetworkText text;
  /// Of 8-bit weights.
  int32_t mostWeight = 127;
  /// Of 8-bit outputs.
  int64_t outputZero = -5;

private:
  void addBoth(const std::string &name, const Window &w, const Shape &filter,
               int64_t channels, int64_t axis, int64_t filterZero,
               const std::string &act) {
    std::string operation = name + " %{0}, %{1}, %{2} strides " +
                            list(w.strides) + " dilations " +
                            list(w.dilations) + " pad " + list(w.padding) + act;
    Shape out = {in[0], outSize(in[1], w, 0), outSize(in[2], w, 1), channels};
    std::string type = filterZero ? quantized(0.004, filterZero)
                                  : quantizedPerAxis(channels, axis, 0.004);
    std::string biasType =
        filterZero ? quantized(0.05 * 0.004, 0, "i32")
                   : quantizedPerAxis(channels, 0, 0.05 * 0.004, "i32");
    text.output(operation,
                {integers, text.constant(filter, "i8", type, mostWeight),
                 text.constant({channels}, "i32", biasType)},
                tensorType(out, quantized(0.1, outputZero)));
    if (withFloat)
      text.output(operation,
                  {floats, text.constant(filter), text.constant({channels})},
                  tensorType(out, "f32"));
  }

  Shape in;
  bool withFloat;
  NetworkText::Value integers, floats;
};

Window window(Shape kernel, Shape strides = {1, 1},
              Shape padding = {0, 0, 0, 0}, Shape dilations = {1, 1}) {
  return {kernel, strides, dilations, padding};
}

// Numbers of output channels around vectors and panels.
TEST(CPUContract, OutputChannels) {
  Convolutions c({1, 3, 5, 6});
  for (int64_t channels = 1; channels <= 17; ++channels)
    c.add(window({1, 1}), channels);
  for (int64_t channels : {23, 24, 25, 31, 32, 33, 40})
    c.add(window({1, 1}), channels);
  expectSame(c.text);
}

// Eights of channels that are no sum of whole chunks: the last chunk of quads
// has channels that do not exist, at the end of the image too.
TEST(CPUDepthwise, PartOfAChunk) {
  for (int64_t channels : {24, 40, 72, 112}) {
    Convolutions c({1, 6, 5, channels}, /*withFloat=*/false);
    c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}));
    c.addDepthwise(window({3, 3}, {2, 2}, {0, 1, 0, 1}), 1, 0, " act <relu>");
    expectSame(c.text);
  }
}

// Half of a last vector of columns, which two pixels of a line share: lines of
// odd length, whose halves overlap, padding wider than what is between them,
// tiles that end inside of lines, windows with and without terms in common.
TEST(CPUContract, PairsOfPixels) {
  for (int64_t width : {2, 9, 32}) {
    Convolutions c({2, 5, width, 3});
    for (int64_t channels : {4, 21})
      c.add(window({3, 3}, {2, 2}, {1, 1, 1, 1}), channels);
    c.add(window({3, 3}, {1, 1}, {1, 1, 2, 2}), 7, 1, 0, " act <relu>");
    c.add(window({1, 3}, {1, 1}, {0, 0, 4, 4}, {1, 2}), 8);
    expectSame(c.text);
  }
}

// The same with a sum behind it, and a filter that is as wide as the image.
TEST(CPUContract, PairsOfPixelsWithResiduals) {
  NetworkText text;
  for (int64_t channels : {5, 8, 24}) {
    const Shape out = {1, 5, 11, channels};
    const std::string type = tensorType(out, "f32");
    for (int64_t terms : {3, 16}) {
      auto x = text.input({1, 5, 11, terms}, "f32");
      auto sum = text.layer(
          "nn.conv2d %{0}, %{1}, %{2} strides [1, 1] dilations [1, 1] pad "
          "[1, 1, 1, 1]",
          {x, text.constant({channels, 3, 3, terms}),
           text.constant({channels})},
          type);
      text.output("nn.add %{0}, %{1}", {sum, text.input(out, "f32")}, type);
    }
  }
  expectSame(text);
}

// Few columns, which are multiplied by vectors of terms: terms that fill
// vectors or do not, rows that fill steps or do not, a sum behind them.
TEST(CPUContract, FewColumns) {
  for (int64_t terms : {8, 15, 37}) {
    NetworkText text;
    for (int64_t pixels : {1, 4, 7, 21})
      for (int64_t columns : {1, 2, 4, 8}) {
        const Shape out = {2, 1, pixels, columns};
        const std::string type = tensorType(out, "f32");
        auto x = text.input({2, 1, pixels, terms}, "f32");
        auto sum = text.layer(
            "nn.conv2d %{0}, %{1}, %{2} strides [1, 1] dilations [1, 1] pad "
            "[0, 0, 0, 0] act <relu>",
            {x, text.constant({columns, 1, 1, terms}),
             text.constant({columns})},
            type);
        text.output("nn.add %{0}, %{1}", {sum, text.input(out, "f32")}, type);
      }
    expectSame(text);
  }
}

// One row by few columns: sums that are cut into several or not, columns that
// fill a vector of results or do not, with 4 to 16 lanes.
TEST(CPUContract, FewColumnsOfOneRow) {
  for (int64_t terms : {8, 31, 64, 133}) {
    NetworkText text;
    auto x = text.input({1, 1, 1, terms}, "f32");
    for (int64_t columns : {1, 2, 3, 4, 5, 7, 8, 9}) {
      const Shape out = {1, 1, 1, columns};
      const std::string type = tensorType(out, "f32");
      auto sum = text.layer(
          "nn.conv2d %{0}, %{1}, %{2} strides [1, 1] dilations [1, 1] pad "
          "[0, 0, 0, 0] act <relu>",
          {x, text.constant({columns, 1, 1, terms}), text.constant({columns})},
          type);
      text.output("nn.add %{0}, %{1}", {sum, text.input(out, "f32")}, type);
    }
    expectSame(text);
  }
}

// Depths around the widths of vectors, odd ones among them.
TEST(CPUContract, InputChannels) {
  for (int64_t channels : {1, 2, 3, 5, 8, 15, 16, 17, 33}) {
    Convolutions c({1, 3, 3, channels});
    c.add(window({1, 1}), 9);
    c.add(window({2, 3}, {1, 1}, {1, 0, 1, 1}), 17);
    expectSame(c.text);
  }
}

// Fewer rows than a tile, exactly a tile, and overlapping tiles.
TEST(CPUContract, Pixels) {
  for (int64_t pixels : {1, 2, 3, 4, 5, 6, 7, 13}) {
    Convolutions c({1, 1, pixels, 7});
    for (int64_t channels : {3, 8, 20, 70})
      c.add(window({1, 1}), channels);
    expectSame(c.text);
  }
}

TEST(CPUContract, Windows) {
  Convolutions c({2, 7, 9, 4});
  c.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 10);
  c.add(window({3, 3}, {2, 2}, {0, 1, 0, 1}), 16);
  c.add(window({3, 3}, {1, 1}, {2, 2, 2, 2}, {2, 2}), 8);
  c.add(window({1, 1}, {2, 2}), 24);
  c.add(window({1, 1}, {3, 2}, {1, 1, 1, 0}), 5);
  c.add(window({5, 2}, {2, 1}, {3, 1, 0, 2}), 33);
  c.add(window({7, 9}), 6);
  c.add(window({2, 2}, {1, 3}, {0, 0, 4, 4}, {3, 4}), 12);
  expectSame(c.text);
}

// Filters too large for the caches: panels pass by blocks of rows, in parts,
// and sums wait in between. Rows and lines that do not fill their last block.
TEST(CPUContract, Blocks) {
  Convolutions pointwise({1, 7, 9, 301});
  pointwise.add(window({1, 1}), 250);
  pointwise.add(window({1, 1}), 23);
  expectSame(pointwise.text);
  Convolutions strided({1, 13, 15, 530});
  strided.add(window({1, 1}, {2, 2}), 130);
  strided.add(window({2, 1}, {2, 2}, {1, 0, 0, 0}), 70, 1, 3);
  expectSame(strided.text);
  Convolutions windows({2, 11, 10, 34});
  windows.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 220);
  windows.add(window({3, 3}, {1, 1}, {2, 2, 2, 2}, {2, 2}), 260);
  windows.add(window({5, 3}, {1, 2}, {2, 2, 1, 1}), 130);
  expectSame(windows.text);
}

// Products large enough for Strassen's algorithm: rows, panels and channels
// that have no partner; halves that share a row; several blocks of rows and of
// steps; strides.
TEST(CPUContract, Halves) {
  Convolutions one({1, 9, 11, 128});
  one.add(window({1, 1}), 272);
  one.add(window({1, 1}), 301, 1, 0, " act <relu6>");
  expectSame(one.text);
  Convolutions shared({1, 7, 7, 160});
  shared.add(window({1, 1}), 480, 1, 0, " act <relu6>");
  expectSame(shared.text);
  Convolutions several({1, 20, 25, 600});
  several.add(window({1, 1}), 300);
  expectSame(several.text);
  Convolutions strided({2, 13, 15, 130});
  strided.add(window({1, 1}, {2, 2}), 264);
  expectSame(strided.text);
  // The second layer needs so much memory that two sums of rows of the first
  // one have room; without it one of them had.
  Convolutions before({1, 9, 11, 128});
  before.add(window({1, 1}), 272);
  before.add(window({1, 1}), 64);
  before.add(window({1, 1}), 8, 1, 0, " act <relu6>");
  expectSame(before.text);
}

// Weights of 7 bits, whose products with bytes fit in 16 bits two by two; and
// one bit more, where they may not.
TEST(CPUContract, SmallWeights) {
  for (int32_t most : {64, 65}) {
    Convolutions c({1, 7, 8, 12});
    c.mostWeight = most;
    c.add(window({1, 1}), 5);
    c.add(window({1, 1}), 33, 1, 0, " act <relu>");
    c.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 18);
    c.add(window({3, 3}, {2, 2}, {0, 1, 0, 1}), 40, 4);
    c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}));
    expectSame(c.text);
    Convolutions deep({1, 7, 7, 403});
    deep.mostWeight = most;
    deep.add(window({1, 1}), 170);
    expectSame(deep.text);
    Convolutions single({1, 6, 9, 1});
    single.mostWeight = most;
    single.addDepthwise(window({3, 2}), 19);
    expectSame(single.text);
  }
}

// Sums of two, four, six and eight weights that just fit into 16 bits with
// inputs of 255, and those that just do not; lanes of one sign and of both;
// panels that differ in what they allow.
void expectSameSums(const Shape &in) {
  const int64_t depth = in[3], channels = 17;
  NetworkText text;
  NetworkText::Value input = text.input(in, quantized(0.05, 3));
  auto add = [&](llvm::function_ref<int(int64_t, int64_t)> weight) {
    std::vector<int8_t> weights;
    for (int64_t channel = 0; channel < channels; ++channel)
      for (int64_t term = 0; term < depth; ++term)
        weights.push_back(static_cast<int8_t>(weight(channel, term)));
    text.output(
        "nn.conv2d %{0}, %{1}, %{2} strides [1, 1] dilations [1, 1] pad "
        "[0, 0, 0, 0]",
        {input,
         text.constant({channels, 1, 1, depth}, weights,
                       quantizedPerAxis(channels, 0, 0.0004)),
         text.constant({channels}, "i32",
                       quantizedPerAxis(channels, 0, 0.05 * 0.0004, "i32"))},
        tensorType({in[0], in[1], in[2], channels}, quantized(0.1, -5)));
  };
  for (int w : {16, 17, 21, 22, 32, 33, 64, 65, 127}) {
    add([&](int64_t, int64_t term) { return term % 3 == 1 ? -w : w; });
    add([&](int64_t channel, int64_t term) {
      return channel % 8 == term / 4 % 8 ? w : 1;
    });
    add([&](int64_t channel, int64_t) { return channel < 8 ? w : -w - 1; });
  }
  expectSame(text, Inputs::Extreme);
}

TEST(CPUContract, SumsIn16Bits) {
  expectSameSums({1, 2, 6, 52});
  // A row alone has an order of its own.
  expectSameSums({1, 1, 1, 52});
}

// One row: terms that fill steps, groups and vectors and that do not, columns
// that fill vectors and panels and that do not, weights that need other terms
// turned or extra steps.
TEST(CPUContract, OneRow) {
  for (int64_t terms : {7, 16, 75, 160})
    for (int32_t most : {12, 64, 127}) {
      Convolutions c({1, 1, 1, terms}, /*withFloat=*/false);
      c.mostWeight = most;
      for (int64_t columns : {1, 10, 24, 33, 71})
        c.add(window({1, 1}), columns, 1, 0, columns % 2 ? "" : " act <relu>");
      expectSame(c.text, Inputs::Extreme);
    }
}

// The same for weights of every size, among them those of networks: most of
// them small.
TEST(CPUContract, SumsOfMixedWeights) {
  for (int32_t most : {20, 40, 63, 90, 127}) {
    Convolutions c({1, 5, 9, 96}, /*withFloat=*/false);
    c.mostWeight = most;
    c.add(window({1, 1}), 40);
    c.add(window({1, 1}, {2, 2}), 13);
    c.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 24);
    expectSame(c.text, Inputs::Extreme);
  }
}

// Bytes that are packed as unsigned ones, with bounds and without.
TEST(CPUContract, LeastZeroPoint) {
  for (int32_t most : {63, 127}) {
    Convolutions c({1, 5, 7, 40}, /*withFloat=*/false);
    c.mostWeight = most;
    c.outputZero = -128;
    for (const char *act : {"", " act <relu>", " act <relu6>"}) {
      c.add(window({1, 1}), 21, 1, 0, act);
      c.add(window({1, 1}), 32, 1, 1, act);
      c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 1, 0, act);
    }
    expectSame(c.text, Inputs::Extreme);
  }
}

TEST(CPUContract, GroupsActivationsAndFilterZeroPoints) {
  Convolutions c({1, 5, 6, 12});
  c.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 12, 3);
  c.add(window({1, 1}), 36, 4);
  c.add(window({1, 1}, {2, 2}), 20, 2, 0, " act <relu>");
  c.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 18, 1, 9, " act <relu6>");
  c.add(window({1, 1}), 18, 1, -7);
  expectSame(c.text);
}

// Weights with a zero point: widened once or at each use, or as quads with sums
// of rows, of runs of all lengths, in blocks of steps and of rows, in groups;
// small ones, whose products with bytes fit in 16 bits, and the extremes.
TEST(CPUContract, FilterZeroPoints) {
  for (int32_t most : {12, 127}) {
    Convolutions rows({1, 7, 8, 75});
    rows.mostWeight = most;
    for (int64_t channels : {1, 9, 33})
      rows.add(window({1, 1}), channels, 1, 127);
    rows.add(window({1, 1}, {2, 2}), 40, 5, -128);
    rows.add(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 21, 1, -128);
    rows.add(window({3, 2}, {2, 1}, {1, 1, 0, 0}, {1, 2}), 30, 3, 11);
    expectSame(rows.text, {Inputs::Random, Inputs::Extreme});
    Convolutions alone({1, 1, 1, 203});
    alone.mostWeight = most;
    alone.add(window({1, 1}), 70, 1, -41);
    expectSame(alone.text);
    Convolutions large({1, 13, 15, 530}, /*withFloat=*/false);
    large.mostWeight = most;
    large.add(window({1, 1}), 130, 1, 38);
    large.add(window({2, 2}, {1, 1}, {1, 0, 0, 1}), 70, 1, -9);
    expectSame(large.text);
  }
}

// Channels of every chunk, with and without taps outside.
/// Functions of the results of a layer, once as the only reader of them and
/// once as one of two: computed in the layer, and by a layer of their own.
NetworkText withFunctions(llvm::StringRef layer, Shape in, Shape filter,
                          Shape out,
                          llvm::ArrayRef<llvm::StringRef> functions) {
  NetworkText text;
  NetworkText::Value x = text.input(in, "f32"), w = text.constant(filter);
  const std::string type = tensorType(out, "f32");
  for (llvm::StringRef function : functions) {
    auto one = text.layer(layer, {x, w}, type);
    text.output(function, {one}, type);
    auto two = text.layer(layer, {x, w}, type);
    text.output("nn.abs %{0}", {two}, type);
    text.output(function, {two}, type);
  }
  return text;
}

void expectSameBits(const NetworkText &text) {
  expectSame(text);
  std::vector<pare::HostTensor> outputs = runCompiled(text);
  for (size_t i = 0; i < outputs.size(); i += 3)
    EXPECT_TRUE(outputs[i].bytes() == outputs[i + 2].bytes())
        << "function " << i / 3;
}

// Functions in the epilogue have the bits of functions apart.
TEST(CPUContract, Functions) {
  for (int64_t channels : {3, 16, 40})
    expectSameBits(withFunctions(
        "nn.fully_connected %{0}, %{1}", {7, 9}, {channels, 9}, {7, channels},
        {"nn.leaky_relu %{0} {alpha = 0.2 : f64}", "nn.hard_swish %{0}",
         "nn.sigmoid %{0}", "nn.tanh %{0}", "nn.gelu %{0}",
         "nn.gelu %{0} {approximate}", "nn.exp %{0}"}));
  // In tiles of 3x3 convolutions, and in two halves of large products.
  expectSameBits(withFunctions(
      "nn.conv2d %{0}, %{1} strides [1, 1] dilations [1, 1] pad [1, 1, 1, 1]",
      {1, 12, 12, 32}, {32, 3, 3, 32}, {1, 12, 12, 32},
      {"nn.hard_swish %{0}", "nn.gelu %{0}"}));
  expectSameBits(withFunctions("nn.fully_connected %{0}, %{1}", {196, 256},
                               {256, 256}, {196, 256}, {"nn.gelu %{0}"}));
}

TEST(CPUDepthwise, Functions) {
  expectSameBits(withFunctions("nn.depthwise_conv2d %{0}, %{1} strides [1, 1] "
                               "dilations [1, 1] pad [1, 1, 1, 1]",
                               {1, 5, 9, 11}, {1, 3, 3, 11}, {1, 5, 9, 11},
                               {"nn.leaky_relu %{0} {alpha = 0.2 : f64}",
                                "nn.hard_swish %{0}", "nn.tanh %{0}"}));
}

TEST(CPUDepthwise, Channels) {
  for (int64_t channels : {2, 7, 8, 12, 17, 24, 31, 40}) {
    Convolutions c({1, 5, 6, channels});
    c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}));
    c.addDepthwise(window({3, 3}, {2, 2}, {0, 1, 0, 1}));
    expectSame(c.text);
  }
}

TEST(CPUDepthwise, Windows) {
  Convolutions c({2, 9, 11, 20});
  c.addDepthwise(window({3, 3}));
  c.addDepthwise(window({5, 5}, {1, 1}, {2, 2, 2, 2}), 1, 0, " act <relu>");
  c.addDepthwise(window({5, 5}, {2, 2}, {1, 2, 1, 2}));
  c.addDepthwise(window({3, 3}, {1, 1}, {2, 2, 2, 2}, {2, 2}));
  c.addDepthwise(window({2, 4}, {1, 2}, {1, 0, 3, 3}));
  c.addDepthwise(window({7, 1}, {1, 1}, {3, 3, 0, 0}));
  c.addDepthwise(window({9, 11}));
  c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 1, 11, " act <relu6>");
  c.addDepthwise(window({1, 1}));
  expectSame(c.text);
}

// Proves: bytes of four rows side by side give the same sums, for one row and
// two rows of outputs at once, odd numbers of rows, padding, all widths of
// chunks, sums that begin as floats and others, and weights of which AVX2 has
// to turn inputs and others.
TEST(CPUDepthwise, Quads) {
  const Inputs both[] = {Inputs::Random, Inputs::Extreme};
  Convolutions c({1, 5, 4, 112}, /*withFloat=*/false);
  c.addDepthwise(window({3, 3}, {2, 2}, {0, 1, 0, 1}), 1, 0, " act <relu6>");
  c.mostWeight = 64;
  c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 1, 0, " act <relu>");
  expectSame(c.text, both);
  Convolutions windows({1, 5, 5, 48}, /*withFloat=*/false);
  windows.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}));
  windows.mostWeight = 64;
  windows.addDepthwise(window({3, 3}, {1, 1}, {2, 2, 2, 2}, {2, 2}));
  windows.addDepthwise(window({5, 5}, {1, 1}, {2, 2, 2, 2}));
  windows.addDepthwise(window({2, 4}, {1, 2}, {1, 0, 3, 3}));
  windows.addDepthwise(window({4, 3}));
  expectSame(windows.text, both);
  Convolutions wider({2, 4, 3, 16}, /*withFloat=*/false);
  wider.mostWeight = 31;
  wider.addDepthwise(window({3, 2}), 4);
  expectSame(wider.text, both);
}

// Proves: neighbouring columns of few channels are computed as one vector:
// strides, widths that their number does not divide, padding beside the image.
TEST(CPUDepthwise, QuadsOfFewChannels) {
  for (Shape in : {Shape{2, 5, 11, 8}, Shape{1, 4, 7, 32}}) {
    Convolutions c(in, /*withFloat=*/false);
    c.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 1, 0, " act <relu6>");
    c.addDepthwise(window({3, 3}, {2, 2}, {0, 1, 0, 1}));
    c.addDepthwise(window({3, 5}, {1, 1}, {1, 1, 6, 2}));
    expectSame(c.text, {Inputs::Random, Inputs::Extreme});
  }
}

// Proves: AVX2 turns inputs where weights ask for it, for all columns of taps
// or, of few channels, for some, and not where that would make a weight of 128;
// sums of two and of four products in 16 bits are as great as they may be.
TEST(CPUDepthwise, TurnedInputs) {
  const Shape in = {1, 4, 5, 8};
  NetworkText text;
  NetworkText::Value input = text.input(in, quantized(0.05, 3));
  auto add = [&](llvm::function_ref<int(int64_t ky, int64_t kx, int64_t c)> w) {
    std::vector<int8_t> weights;
    for (int64_t ky = 0; ky < 3; ++ky)
      for (int64_t kx = 0; kx < 3; ++kx)
        for (int64_t c = 0; c < in[3]; ++c)
          weights.push_back(static_cast<int8_t>(w(ky, kx, c)));
    text.output(
        "nn.depthwise_conv2d %{0}, %{1}, %{2} strides [1, 1] dilations [1, 1] "
        "pad [1, 1, 1, 1]",
        {input,
         text.constant({1, 3, 3, in[3]}, weights,
                       quantizedPerAxis(in[3], 3, 0.0004)),
         text.constant({in[3]}, "i32",
                       quantizedPerAxis(in[3], 0, 0.05 * 0.0004, "i32"))},
        tensorType(in, quantized(0.1, -5)));
  };
  for (int most : {32, 65, 127})
    for (int sign : {-1, 1}) {
      add([&](int64_t, int64_t, int64_t) { return sign * most; });
      add([&](int64_t ky, int64_t kx, int64_t c) {
        return (ky + (c % 2) * kx) % 2 ? sign * most : -sign * most;
      });
      add([&](int64_t ky, int64_t kx, int64_t c) {
        return ky == 2 && kx == c % 3 ? sign * most : most;
      });
    }
  add([&](int64_t, int64_t, int64_t c) { return c == 7 ? -128 : 100; });
  add([&](int64_t ky, int64_t, int64_t) { return ky == 2 ? -128 : 100; });
  add([&](int64_t ky, int64_t, int64_t) { return ky == 0 ? -128 : -100; });
  expectSame(text, Inputs::Extreme);
}

TEST(CPUDepthwise, Multiplier) {
  Convolutions single({1, 6, 7, 1});
  single.addDepthwise(window({3, 3}, {2, 2}, {1, 1, 1, 1}), 8);
  single.addDepthwise(window({3, 2}), 19, 5);
  expectSame(single.text);
  Convolutions several({1, 5, 4, 3});
  several.addDepthwise(window({3, 3}, {1, 1}, {1, 1, 1, 1}), 2);
  several.addDepthwise(window({2, 2}, {2, 1}), 11);
  expectSame(several.text);
}

TEST(CPUTransposeConv, Windows) {
  NetworkText text;
  auto x = text.input({1, 4, 3, 5}, "f32");
  auto q = text.input({1, 4, 3, 5}, quantized(0.05, 3));
  auto add = [&](Shape kernel, Shape strides, Shape pad, int64_t channels) {
    Shape filter = {channels, kernel[0], kernel[1], 5};
    Shape out = {1, (4 - 1) * strides[0] + kernel[0] - pad[0] - pad[1],
                 (3 - 1) * strides[1] + kernel[1] - pad[2] - pad[3], channels};
    std::string operation = "nn.transpose_conv2d %{0}, %{1}, %{2} strides " +
                            list(strides) + " pad " + list(pad);
    text.output(operation,
                {x, text.constant(filter), text.constant({channels})},
                tensorType(out, "f32"));
    text.output(
        operation,
        {q, text.constant(filter, "i8", quantizedPerAxis(channels, 0, 0.004)),
         text.constant({channels}, "i32",
                       quantizedPerAxis(channels, 0, 0.05 * 0.004, "i32"))},
        tensorType(out, quantized(0.1, -5)));
  };
  add({2, 2}, {2, 2}, {0, 0, 0, 0}, 4);
  add({3, 3}, {2, 2}, {1, 0, 0, 1}, 9);
  add({3, 4}, {1, 3}, {0, 1, 2, 0}, 1);
  expectSame(text);
}

TEST(CPUMatmul, Shapes) {
  NetworkText text;
  std::string lhsType = quantized(0.05, 3), rhsType = quantized(0.02, -8);
  for (Shape size : {Shape{1, 1, 1, 1}, Shape{2, 5, 7, 19}, Shape{3, 4, 8, 16},
                     Shape{1, 9, 33, 40}}) {
    int64_t b = size[0], m = size[1], k = size[2], n = size[3];
    for (bool left : {false, true})
      for (bool right : {false, true}) {
        Shape lhs = left ? Shape{b, k, m} : Shape{b, m, k};
        Shape rhs = right ? Shape{b, n, k} : Shape{b, k, n};
        std::string attributes;
        if (left || right)
          attributes = std::string(" {") + (left ? "transpose_lhs" : "") +
                       (left && right ? ", " : "") +
                       (right ? "transpose_rhs" : "") + "}";
        std::string operation = "nn.batch_matmul %{0}, %{1}" + attributes;
        text.output(operation, {text.input(lhs, "f32"), text.input(rhs, "f32")},
                    tensorType({b, m, n}, "f32"));
        text.output(operation,
                    {text.input(lhs, lhsType), text.input(rhs, rhsType)},
                    tensorType({b, m, n}, quantized(0.1, -5)));
      }
  }
  expectSame(text);
}

} // namespace
