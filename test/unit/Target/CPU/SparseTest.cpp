//===- SparseTest.cpp - Layers with sparse weights ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every form of the code for sparse weights, by the shape of blocks and the
// number of pixels, against the interpreter.
//
//===----------------------------------------------------------------------===//

#include "Compare.h"

#include "llvm/ADT/Twine.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace pare::test;

namespace {

struct Block {
  int64_t rows, columns;
};

/// The encoding of compressed rows of blocks.
std::string encodingOf(Block block) {
  const std::string r = std::to_string(block.rows),
                    c = std::to_string(block.columns);
  std::string map =
      block.rows > 1 ? "i floordiv " + r + " : dense" : "i : dense";
  map += block.columns > 1 ? ", j floordiv " + c + " : compressed"
                           : ", j : compressed";
  if (block.rows > 1)
    map += ", i mod " + r + " : dense";
  if (block.columns > 1)
    map += ", j mod " + c + " : dense";
  return "#sparse_tensor.encoding<{map = (i, j) -> (" + map + ")}>";
}

/// Appends a matrix of which about a third of the blocks is stored, and whole
/// rows of blocks are empty.
NetworkText::Value sparseMatrix(NetworkText &text, int64_t rows,
                                int64_t columns, Block block, bool integer) {
  static int next = 0;
  std::mt19937 random(rows * 1000 + columns * 10 + block.rows);
  std::vector<int64_t> positions = {0}, coordinates, values;
  for (int64_t r = 0; r < rows / block.rows; ++r) {
    for (int64_t c = 0; c < columns / block.columns; ++c)
      if (r + c == 0 || (r % 5 != 2 && random() % 3 == 0))
        coordinates.push_back(c);
    positions.push_back(coordinates.size());
  }
  for (size_t i = 0; i < coordinates.size() * block.rows * block.columns; ++i)
    values.push_back(int64_t(random() % 255) - 127);
  std::string numbers;
  for (int64_t value : values)
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(value) +
               (integer ? "" : ".0");
  auto dense = [](const std::string &list, size_t count,
                  const std::string &type) {
    return count == 0 ? "dense<> : tensor<0x" + type + ">"
                      : "dense<[" + list + "]> : tensor<" +
                            std::to_string(count) + "x" + type + ">";
  };
  const std::string element =
      integer ? quantizedPerAxis(rows, 0, 0.01) : std::string("f32");
  NetworkText::Value value{"%sparse" + std::to_string(next++),
                           "tensor<" + std::to_string(rows) + "x" +
                               std::to_string(columns) + "x" + element + ", " +
                               encodingOf(block) + ">"};
  text.line("  " + value.name + " = nn.sparse_constant positions " +
            dense(join(positions, ", "), positions.size(), "i32") +
            " coordinates " +
            dense(join(coordinates, ", "), coordinates.size(), "i32") +
            " values " + dense(numbers, values.size(), integer ? "i8" : "f32") +
            " : " + value.type);
  return value;
}

struct Layer {
  Shape in;
  int64_t rows, columns;
  int64_t kernel = 1, stride = 1, pad = 0;
};

void addConvolution(NetworkText &text, Layer layer, Block block, bool integer,
                    bool hasBias, bool hasResidual = false) {
  auto size = [&](int64_t in) {
    return (in + 2 * layer.pad - layer.kernel) / layer.stride + 1;
  };
  const Shape out = {layer.in[0], size(layer.in[1]), size(layer.in[2]),
                     layer.rows};
  const int64_t terms = layer.kernel * layer.kernel * layer.in[3];
  std::vector<NetworkText::Value> operands = {
      text.input(layer.in, integer ? quantized(0.05, 3) : "f32"),
      sparseMatrix(text, layer.rows, terms, block, integer)};
  if (hasBias)
    operands.push_back(
        integer
            ? text.constant({layer.rows}, "i32",
                            quantizedPerAxis(layer.rows, 0, 0.05 * 0.01, "i32"))
            : text.constant({layer.rows}));
  const std::string k = std::to_string(layer.kernel),
                    s = std::to_string(layer.stride),
                    p = std::to_string(layer.pad);
  const std::string type =
      tensorType(out, integer ? quantized(0.4, -5) : "f32");
  NetworkText::Value sum = text.layer(
      "nn.sparse_conv2d %{0}, %{1}" + std::string(hasBias ? ", %{2}" : "") +
          " kernel [" + k + ", " + k + "] strides [" + s + ", " + s +
          "] pad [" + p + ", " + p + ", " + p + ", " + p + "]",
      operands, type);
  if (hasResidual)
    text.output("nn.add %{0}, %{1} act <relu>", {sum, text.input(out, "f32")},
                type);
  else
    text.output("nn.reshape %{0}", {sum}, type);
}

/// Blocks of all forms: whole vectors of channels for some targets or all,
/// single channels, sizes that fit no vector; single columns, pairs, quads.
class CPUSparseBlocks : public testing::TestWithParam<Block> {};

TEST_P(CPUSparseBlocks, Convolutions) {
  const Block block = GetParam();
  for (bool integer : {false, true}) {
    NetworkText text;
    // Channels of an odd and an even number of blocks, pixels that are less
    // than a vector, one, a few, and more than a tile.
    const int64_t columns = 4 * block.columns;
    for (int64_t width : {1, 3, 7, 23}) {
      addConvolution(text, {{1, 1, width, columns}, 3 * block.rows, columns},
                     block, integer, true);
      addConvolution(text,
                     {{2, 3, width, 5 * block.columns}, 4 * block.rows, 0},
                     block, integer, false);
    }
    // Taps, borders, strides.
    addConvolution(text, {{1, 6, 5, columns}, 4 * block.rows, 0, 3, 1, 1},
                   block, integer, true);
    addConvolution(text, {{1, 9, 8, columns}, 2 * block.rows, 0, 1, 2, 0},
                   block, integer, true);
    addConvolution(text, {{1, 2, 2, columns}, 4 * block.rows, 0, 3, 2, 1},
                   block, integer, true);
    expectSame(text);
  }
}

// Sums behind contractions of floats; channels that are stored four, eight,
// sixteen and one at a time; tiles of all widths.
TEST_P(CPUSparseBlocks, Residuals) {
  const Block block = GetParam();
  NetworkText text;
  for (int64_t width : {5, 53, 145})
    for (int64_t rows : {3, 8, 16})
      addConvolution(text,
                     {{1, 1, width, 5 * block.columns}, rows * block.rows, 0},
                     block, /*integer=*/false, /*hasBias=*/true,
                     /*hasResidual=*/true);
  expectSame(text);
}

TEST_P(CPUSparseBlocks, Matrices) {
  const Block block = GetParam();
  for (bool integer : {false, true}) {
    NetworkText text;
    for (int64_t batch : {1, 2}) {
      const int64_t rows = 6 * block.rows, columns = 40 * block.columns;
      text.output(
          "nn.sparse_fully_connected %{0}, %{1} act <relu>",
          {text.input({batch, columns}, integer ? quantized(0.05, 3) : "f32"),
           sparseMatrix(text, rows, columns, block, integer)},
          tensorType({batch, rows}, integer ? quantized(0.8, -5) : "f32"));
    }
    expectSame(text);
  }
}

/// Images that caches do not hold: tiles ask for the next one, also the last.
TEST(CPUSparse, LargeImages) {
  for (bool integer : {false, true}) {
    NetworkText text;
    const int64_t size = integer ? 181 : 91;
    for (Block block : {Block{4, 1}, Block{16, 1}, Block{8, 4}, Block{16, 2}})
      addConvolution(text, {{1, size, size, 16}, 32, 0}, block, integer, true);
    addConvolution(text, {{1, 2 * size, size, 16}, 32, 0, 1, 2, 0}, Block{4, 1},
                   integer, true);
    expectSame(text);
  }
}

/// Single weights of many pixels, which become a part of the code: with and
/// without biases and residuals, strides, windows, channels that are not read,
/// and as many weights as leave them in memory.
TEST(CPUSparse, Literals) {
  NetworkText text;
  const Block single = {1, 1};
  for (bool hasResidual : {false, true}) {
    addConvolution(text, {{1, 16, 48, 6}, 8, 0}, single, /*integer=*/false,
                   /*hasBias=*/true, hasResidual);
    addConvolution(text, {{2, 16, 32, 9}, 4, 0}, single, /*integer=*/false,
                   /*hasBias=*/false, hasResidual);
    addConvolution(text, {{1, 96, 96, 4}, 4, 0, 1, 2, 0}, single,
                   /*integer=*/false, /*hasBias=*/true, hasResidual);
    addConvolution(text, {{1, 64, 32, 4}, 12, 0, 3, 1, 1}, single,
                   /*integer=*/false, /*hasBias=*/true, hasResidual);
    addConvolution(text, {{1, 16, 48, 96}, 96, 0}, single, /*integer=*/false,
                   /*hasBias=*/true, hasResidual);
  }
  expectSame(text);
}

/// A network of which all images but the first and the last can stand in blocks
/// of pixels: sparse layers beside each other and depthwise ones, with sums.
NetworkText chainOf(int64_t height, int64_t width, Block block) {
  NetworkText text;
  const int64_t channels = 6 * block.rows, wide = 10 * block.rows;
  auto image = [&](int64_t c, int64_t h, int64_t w) {
    return tensorType({1, h, w, c}, "f32");
  };
  auto sparse = [&](NetworkText::Value x, int64_t from, int64_t to, int64_t h,
                    int64_t w, llvm::StringRef more = "") {
    return text.layer(
        "nn.sparse_conv2d %{0}, %{1}, %{2} kernel [1, 1] strides [1, 1] pad "
        "[0, 0, 0, 0]" +
            more.str(),
        {x, sparseMatrix(text, to, from, block, false), text.constant({to})},
        image(to, h, w));
  };
  auto depthwise = [&](NetworkText::Value x, int64_t c, int64_t h, int64_t w,
                       int64_t stride) {
    const std::string s = std::to_string(stride);
    return text.layer("nn.depthwise_conv2d %{0}, %{1}, %{2} strides [" + s +
                          ", " + s + "] dilations [1, 1] pad [1, 1, 1, 1]",
                      {x, text.constant({1, 3, 3, c}), text.constant({c})},
                      image(c, h, w));
  };
  NetworkText::Value x =
      text.input({1, height, width, 5 * block.columns}, "f32");
  NetworkText::Value first =
      sparse(x, 5 * block.columns, channels, height, width, " act <relu>");
  NetworkText::Value second = depthwise(first, channels, height, width, 1);
  NetworkText::Value expanded = sparse(second, channels, wide, height, width);
  NetworkText::Value projected =
      sparse(expanded, wide, channels, height, width);
  NetworkText::Value sum =
      text.layer("nn.add %{0}, %{1} act <relu>", {projected, first},
                 image(channels, height, width));
  const int64_t h = (height - 1) / 2 + 1, w = (width - 1) / 2 + 1;
  NetworkText::Value half = depthwise(sum, channels, h, w, 2);
  NetworkText::Value last = sparse(half, channels, wide, h, w);
  text.output("nn.reshape %{0}", {last}, image(wide, h, w));
  text.output("nn.reshape %{0}", {sparse(sum, channels, wide, height, width)},
              image(wide, height, width));
  return text;
}

/// Blocks of one line and of several, of whole vectors and not, smaller than a
/// tile and larger; weights in memory and in the code.
TEST(CPUSparse, BlocksOfPixels) {
  pare::cpu::CodeOptions code;
  code.pixelBlocks = pare::cpu::PixelBlocking::All;
  for (auto [height, width] :
       {std::pair<int64_t, int64_t>{7, 7}, {13, 9}, {6, 6}, {4, 24}, {5, 31}})
    expectSame(chainOf(height, width, {1, 1}), Inputs::Random, code);
  for (Block block : {Block{2, 1}, Block{3, 1}, Block{4, 1}, Block{2, 2}})
    expectSame(chainOf(7, 7, block), Inputs::Random, code);
  expectSame(chainOf(24, 48, {1, 1}), Inputs::Random, code);
  // In stripes.
  code.stripes = pare::cpu::Stripes::All;
  for (Block block : {Block{1, 1}, Block{4, 1}})
    expectSame(chainOf(8, 48, block), Inputs::Random, code);
}

/// Lines of 48 pixels are three vectors of 512 bits, in tiles of four with
/// channels innermost: with blocks of 2x1 six sums, which are added in two
/// halves, and eight, which are not. So do layers of 96 and 128 pixels.
TEST(CPUSparse, OrdersOfSums) {
  for (auto blocking :
       {pare::cpu::PixelBlocking::Off, pare::cpu::PixelBlocking::All}) {
    pare::cpu::CodeOptions code;
    code.pixelBlocks = blocking;
    expectSame(chainOf(4, 48, {2, 1}), Inputs::Random, code);
  }
  NetworkText text;
  for (int64_t width : {48, 64})
    addConvolution(text, {{1, 2, width, 129}, 6, 0}, {2, 1}, /*integer=*/false,
                   /*hasBias=*/true);
  expectSame(text);
}

INSTANTIATE_TEST_SUITE_P(Blocks, CPUSparseBlocks,
                         testing::Values(Block{1, 1}, Block{2, 1}, Block{3, 1},
                                         Block{4, 1}, Block{16, 1}, Block{4, 2},
                                         Block{16, 2}, Block{1, 4}, Block{2, 3},
                                         Block{8, 4}, Block{32, 2}),
                         [](const testing::TestParamInfo<Block> &info) {
                           return std::to_string(info.param.rows) + "x" +
                                  std::to_string(info.param.columns);
                         });

} // namespace
