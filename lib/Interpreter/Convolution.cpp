//===- Convolution.cpp - Convolutions, dense and sparse -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All convolutions are one loop nest over filters laid out [KH][KW][I][O] (I
// and O of one group and of all groups, respectively), so that the innermost
// loop runs over output channels. Sums are double for real numbers, and 32 bits
// that wrap (hence unsigned) for integers.
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;
using nn::ConvGeometry;

/// [O][KH*KW*I] to [KH*KW*I][O].
template <typename To, typename From>
static std::vector<To> outputsLast(ArrayRef<From> filter, int64_t outputs) {
  std::vector<To> result(filter.size());
  const int64_t taps = outputs == 0 ? 0 : filter.size() / outputs;
  for (int64_t o = 0; o < outputs; ++o)
    for (int64_t k = 0; k < taps; ++k)
      result[k * outputs + o] = static_cast<To>(filter[o * taps + k]);
  return result;
}

/// Adds one input pixel times one tap of the filter to the sums of one output
/// pixel.
template <typename T>
static void addTap(const ConvGeometry &g, const T *input, const T *filter,
                   T *sums) {
  const int64_t groupInputs = g.inChannels / g.groups;
  const int64_t groupOutputs = g.outChannels / g.groups;
  for (int64_t group = 0; group < g.groups; ++group)
    for (int64_t i = 0; i < groupInputs; ++i) {
      const T x = input[group * groupInputs + i];
      const T *weights = filter + i * g.outChannels + group * groupOutputs;
      T *groupSums = sums + group * groupOutputs;
    // Where nearly all the time goes; builds for tests do not vectorize
    // unless told to.
#pragma clang loop vectorize(enable)
      for (int64_t o = 0; o < groupOutputs; ++o)
        groupSums[o] += x * weights[o];
    }
}

/// The sums of all output pixels, which start from `bias` (empty: from zero).
template <typename T>
static std::vector<T> convolve(const ConvGeometry &g, ArrayRef<T> input,
                               ArrayRef<T> filter, ArrayRef<T> bias) {
  const int64_t tapSize = g.inChannels / g.groups * g.outChannels;
  std::vector<T> sums(g.batch * g.outHeight * g.outWidth * g.outChannels);
  T *pixel = sums.data();
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t y = 0; y < g.outHeight; ++y)
      for (int64_t x = 0; x < g.outWidth; ++x, pixel += g.outChannels) {
        llvm::copy(bias, pixel);
        for (int64_t ky = 0; ky < g.kernelHeight; ++ky) {
          const int64_t inY =
              y * g.strideHeight + ky * g.dilationHeight - g.padTop;
          if (inY < 0 || inY >= g.inHeight)
            continue;
          for (int64_t kx = 0; kx < g.kernelWidth; ++kx) {
            const int64_t inX =
                x * g.strideWidth + kx * g.dilationWidth - g.padLeft;
            if (inX < 0 || inX >= g.inWidth)
              continue;
            const int64_t at = (n * g.inHeight + inY) * g.inWidth + inX;
            addTap(g, input.data() + at * g.inChannels,
                   filter.data() + (ky * g.kernelWidth + kx) * tapSize, pixel);
          }
        }
      }
  return sums;
}

/// The same for transposed convolutions: each input pixel adds to the outputs
/// under its window.
template <typename T>
static std::vector<T> convolveTransposed(const ConvGeometry &g,
                                         ArrayRef<T> input, ArrayRef<T> filter,
                                         ArrayRef<T> bias) {
  const int64_t tapSize = g.inChannels * g.outChannels;
  const int64_t pixels = g.batch * g.outHeight * g.outWidth;
  std::vector<T> sums(pixels * g.outChannels);
  for (int64_t i = 0; i < pixels; ++i)
    llvm::copy(bias, sums.begin() + i * g.outChannels);
  const T *pixel = input.data();
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t y = 0; y < g.inHeight; ++y)
      for (int64_t x = 0; x < g.inWidth; ++x, pixel += g.inChannels)
        for (int64_t ky = 0; ky < g.kernelHeight; ++ky) {
          const int64_t outY = y * g.strideHeight + ky - g.padTop;
          if (outY < 0 || outY >= g.outHeight)
            continue;
          for (int64_t kx = 0; kx < g.kernelWidth; ++kx) {
            const int64_t outX = x * g.strideWidth + kx - g.padLeft;
            if (outX < 0 || outX >= g.outWidth)
              continue;
            const int64_t at = (n * g.outHeight + outY) * g.outWidth + outX;
            addTap(g, pixel,
                   filter.data() + (ky * g.kernelWidth + kx) * tapSize,
                   sums.data() + at * g.outChannels);
          }
        }
  return sums;
}

template <typename T>
static std::vector<T> sumsOf(Operation *op, const ConvGeometry &g,
                             ArrayRef<T> input, ArrayRef<T> filter,
                             ArrayRef<T> bias) {
  return isa<nn::TransposeConv2DOp>(op)
             ? convolveTransposed(g, input, filter, bias)
             : convolve(g, input, filter, bias);
}

/// True if the filter is stored with its outputs last already.
template <typename OpT>
static constexpr bool kOutputsLast = std::is_same_v<OpT, nn::DepthwiseConv2DOp>;

template <typename To, typename From>
static std::vector<To> convert(ArrayRef<From> values) {
  return std::vector<To>(values.begin(), values.end());
}

template <typename OpT>
static llvm::Error evalConvolution(OpT op, Layer &layer) {
  const ConvGeometry g = nn::getGeometry(op);
  const int64_t outputs = kOutputsLast<OpT> ? 1 : g.outChannels;
  if (!nn::isIntegerOp(op)) {
    if (llvm::Error error = layer.checkBias(op.getBias()))
      return error;
    std::vector<float> input = layer.real(0), filter = layer.real(1);
    std::vector<float> bias =
        op.getBias() ? layer.real(2) : std::vector<float>();
    std::vector<double> sums =
        sumsOf<double>(op, g, convert<double, float>(input),
                       outputsLast<double, float>(filter, outputs),
                       convert<double, float>(bias));
    std::vector<float> values(sums.size());
    for (size_t i = 0; i < sums.size(); ++i)
      values[i] = activate(sums[i], op.getActivationAttr());
    layer.setReal(values);
    return llvm::Error::success();
  }
  std::vector<int32_t> input = layer.centered(0), filter = layer.centered(1);
  std::vector<int32_t> bias =
      op.getBias() ? layer.integers(2) : std::vector<int32_t>();
  std::vector<uint32_t> sums =
      sumsOf<uint32_t>(op, g, convert<uint32_t, int32_t>(input),
                       outputsLast<uint32_t, int32_t>(filter, outputs),
                       convert<uint32_t, int32_t>(bias));
  const Requantizer finish(scalesOf(op), op.getOutput(),
                           clampRange(op.getOutput(), op.getActivationAttr()));
  std::vector<int32_t> values(sums.size());
  for (int64_t i = 0, size = sums.size(); i < size; ++i)
    values[i] = finish(static_cast<int32_t>(sums[i]), i % g.outChannels);
  layer.setIntegers(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::Conv2DOp op, Layer &layer) {
  return evalConvolution(op, layer);
}
llvm::Error interpreter::eval(nn::DepthwiseConv2DOp op, Layer &layer) {
  return evalConvolution(op, layer);
}
llvm::Error interpreter::eval(nn::TransposeConv2DOp op, Layer &layer) {
  return evalConvolution(op, layer);
}
// The OxK matrix, densely, is the filter of the dense convolution.
llvm::Error interpreter::eval(nn::SparseConv2DOp op, Layer &layer) {
  return evalConvolution(op, layer);
}
