//===- DepthwisePixelsTest.cpp - Depthwise on blocks of pixels ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A depthwise convolution of an image in blocks of pixels has the results of
// one with channels innermost, to the bit, at the places that blocks give them.
//
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Target/CPU/CodeGen.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace pare;
using namespace pare::test;

namespace {

struct Layer {
  int64_t height, width, channels;
  /// Lines of a block of the input and of the output.
  int64_t in, out;
  int64_t kernel = 3, stride = 1, dilation = 1;
  /// Before and behind, of both dimensions.
  int64_t before = 1, after = 1;
  bool hasBias = true;
  const char *epilogue = "low = -0.5, high = 1.0";
  /// In kernel.stripes, before the same layer again: rows at a time.
  int64_t rows = 0;

  int64_t outSize(int64_t size) const {
    return (size + before + after - (kernel - 1) * dilation - 1) / stride + 1;
  }
  int64_t outHeight() const { return outSize(height); }
  int64_t outWidth() const { return outSize(width); }
  std::string str() const {
    return join({height, width, channels}, "x") + ", blocks of " +
           list({in, out}) + " lines, taps " + list({kernel, stride, dilation});
  }
};

std::string memref(const Shape &shape) {
  return "memref<" + join(shape, "x") + "xf32>";
}

std::string constant(llvm::StringRef name, const Shape &shape,
                     std::mt19937 &random) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(float(int32_t(random() & 0xffff) - 0x8000) / 0x8000);
  return "memref.global \"private\" constant @" + name.str() + " : " +
         memref(shape) + " = dense<\"0x" +
         llvm::toHex(llvm::StringRef(
             reinterpret_cast<const char *>(values.data()), 4 * count)) +
         "\">\n";
}

/// Calls itself a network of images with channels innermost: they are read as
/// if they stood in blocks.
std::string networkOf(const Layer &l, bool isBlocked) {
  std::mt19937 random(3);
  const Shape in = {1, l.height, l.width, l.channels},
              out = {1, l.outHeight(), l.outWidth(), l.channels},
              filter = {1, l.kernel, l.kernel, l.channels};
  std::string text = constant("w", filter, random);
  text += constant("b", {l.channels}, random);
  auto argument = [](const std::string &name, const Shape &shape) {
    return name + ": " + memref(shape) +
           " {kernel.tensor_type = " + tensorType(shape, "f32") + "}";
  };
  text += "func.func @net(" + argument("%x", in) + ", " + argument("%y", out) +
          ") attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : "
          "i64} {\n";
  auto view = [&](const std::string &from, const std::string &to,
                  const Shape &shape) {
    const std::string lines = memref({shape[1], shape[2] * shape[3]});
    text += to + "_lines = kernel.reshape " + from + " : " + memref(shape) +
            " to " + lines + "\n" + to + " = kernel.reshape " + to +
            "_lines : " + lines + " to " + memref(shape) + "\n";
  };
  view("%x", "%in", in);
  view("%y", "%out", out);
  auto layer = [&](const std::string &from, const std::string &to,
                   const std::string &name) {
    text += "%w_" + name + " = memref.get_global @w : " + memref(filter) + "\n";
    text += "%b_" + name + " = memref.get_global @b : " + memref({l.channels}) +
            "\n";
    text += "kernel.depthwise " + from + ", %w_" + name +
            (l.hasBias ? " bias %b_" + name : "") + " into " + to + " {";
    if (isBlocked)
      text += "kernel.pixel_blocks = array<i64: " + join({l.in, l.out}, ", ") +
              ">, ";
    if (l.rows > 0)
      text += "kernel.stripe_rows = " + std::to_string(l.rows) + " : i64, ";
    auto pair = [](int64_t x, int64_t y) {
      return "array<i64: " + join({x, y, x, y}, ", ") + ">";
    };
    auto twice = [](int64_t x) {
      return "array<i64: " + join({x, x}, ", ") + ">";
    };
    text +=
        "strides = " + twice(l.stride) + ", dilations = " + twice(l.dilation) +
        ", padding = " + pair(l.before, l.after) +
        ", epilogue = #kernel.epilogue<" + l.epilogue + ">} : " + memref(in) +
        ", " + memref(filter) + (l.hasBias ? ", " + memref({l.channels}) : "") +
        ", " + memref(out) + " loc(\"" + name + "\")\n";
  };
  if (l.rows == 0) {
    layer("%in", "%out", "one");
  } else {
    text += "kernel.stripes %in into %out : " + memref(in) + " into " +
            memref(out) + " {\n^bb0(%from: " + memref(in) +
            ", %to: " + memref(out) +
            "):\n%between = kernel.buffer : " + memref(in) + "\n";
    layer("%from", "%between", "one");
    layer("%between", "%to", "two");
    text += "} loc(\"both\")\n";
  }
  return text + "return\n}\n";
}

HostTensor run(MLIRContext &context, const Layer &l, bool isBlocked,
               const HostTensor &input, const cpu::TargetInfo &target) {
  const std::string text = networkOf(l, isBlocked);
  auto module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(module) << text;
  if (!module)
    return {};
  cpu::CodeOptions options;
  options.stripes = cpu::Stripes::Off;
  options.pixelBlocks = cpu::PixelBlocking::Off;
  if (failed(cpu::lowerToLLVM(*module, target, options))) {
    ADD_FAILURE() << text;
    return {};
  }
  auto network = createLoweredExecutable(*module, "net", target);
  if (!network) {
    ADD_FAILURE() << llvm::toString(network.takeError());
    return {};
  }
  llvm::SmallVector<HostTensor> found;
  llvm::Error error = (*network)->run(input, found);
  EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  return found[0];
}

/// The image with channels innermost in blocks of so many lines.
HostTensor inBlocks(const HostTensor &image, const Shape &shape,
                    int64_t lines) {
  HostTensor blocks = HostTensor::zeros(DType::F32, shape);
  const int64_t height = shape[1], width = shape[2], channels = shape[3];
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t line = (y / lines * channels + c) * lines + y % lines;
        blocks.setFromDouble(line * width + x,
                             image.getAsDouble((y * width + x) * channels + c));
      }
  return blocks;
}

void expectSameBlocks(llvm::ArrayRef<Layer> layers) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> targets = {"generic"};
  if (features.lookup("avx2") && features.lookup("fma"))
    targets.push_back("x86-64-v3");
  if (features.lookup("avx512bw") && features.lookup("avx512vl") &&
      features.lookup("avx512vnni"))
    targets.push_back("x86-64-v4");
  for (const std::string &name : targets) {
    auto target = cpu::TargetInfo::get(name);
    ASSERT_TRUE(bool(target)) << llvm::toString(target.takeError());
    for (const Layer &l : layers) {
      const Shape in = {1, l.height, l.width, l.channels},
                  out = {1, l.outHeight(), l.outWidth(), l.channels};
      std::mt19937 random(5);
      HostTensor image = HostTensor::zeros(DType::F32, in);
      for (int64_t i = 0; i < image.getNumElements(); ++i)
        image.setFromDouble(i, double(int32_t(random() & 0xffff) - 0x8000) /
                                   0x8000);
      HostTensor expected = inBlocks(run(context, l, false, image, *target),
                                     out, l.out),
                 found =
                     run(context, l, true, inBlocks(image, in, l.in), *target);
      EXPECT_TRUE(expected.bytes() == found.bytes()) << l.str() << ", " << name;
    }
  }
}

/// Lines shorter than a vector, of one vector and a part, and of many; units
/// that are the whole image, or that the last one overlaps.
TEST(DepthwisePixels, Sizes) {
  expectSameBlocks({{7, 7, 5, 7, 7},
                    {6, 6, 4, 6, 6},
                    {6, 6, 4, 2, 2},
                    {12, 12, 8, 2, 2},
                    {12, 12, 7, 4, 4},
                    {12, 12, 3, 12, 12},
                    {13, 9, 4, 13, 13},
                    {13, 9, 4, 1, 1},
                    {10, 20, 3, 2, 2},
                    {11, 24, 2, 1, 1},
                    {14, 14, 3, 7, 7},
                    {12, 28, 4, 2, 2},
                    {9, 57, 3, 1, 1},
                    {8, 64, 2, 1, 1},
                    {1, 16, 2, 1, 1},
                    {5, 4, 3, 5, 5}});
}

TEST(DepthwisePixels, Windows) {
  Layer noBias = {12, 12, 3, 2, 2};
  noBias.hasBias = false;
  noBias.epilogue = "";
  Layer sigmoid = {6, 10, 3, 1, 1};
  sigmoid.epilogue = "function = sigmoid";
  expectSameBlocks({{12, 12, 4, 2, 2, 5, 1, 1, 2, 2},
                    {6, 6, 3, 6, 6, 5, 1, 1, 2, 2},
                    {9, 40, 3, 1, 1, 5, 1, 1, 2, 2},
                    {8, 17, 3, 2, 2, 1, 1, 1, 0, 0},
                    {10, 10, 3, 5, 4, 3, 1, 1, 0, 0},
                    {10, 30, 3, 1, 2, 3, 1, 1, 0, 0},
                    {12, 20, 3, 2, 2, 3, 1, 2, 2, 2},
                    {9, 12, 3, 1, 1, 2, 1, 1, 0, 1},
                    {3, 9, 3, 1, 1, 5, 1, 1, 2, 2},
                    noBias,
                    sigmoid});
}

TEST(DepthwisePixels, Steps) {
  expectSameBlocks({{24, 24, 3, 1, 2, 3, 2, 1, 0, 1},
                    {24, 24, 3, 2, 2, 3, 2, 1, 1, 0},
                    {12, 12, 4, 2, 6, 3, 2, 1, 0, 1},
                    {14, 14, 3, 7, 7, 3, 2, 1, 0, 1},
                    {15, 13, 3, 1, 1, 3, 2, 1, 1, 1},
                    {16, 80, 2, 1, 1, 3, 2, 1, 0, 1},
                    {24, 24, 3, 2, 2, 5, 2, 1, 1, 2},
                    {18, 18, 3, 1, 1, 3, 2, 2, 1, 2}});
}

/// Rows of the input stand in a ring, also where a stripe begins at the border.
TEST(DepthwisePixels, Stripes) {
  std::vector<Layer> layers = {
      {12, 24, 4, 1, 1}, {16, 40, 3, 1, 1}, {12, 13, 4, 1, 1, 5, 1, 1, 2, 2}};
  std::vector<Layer> all;
  for (Layer layer : layers)
    for (int64_t rows : {1, 2, 4}) {
      layer.rows = rows;
      all.push_back(layer);
    }
  expectSameBlocks(all);
}

} // namespace
