//===- NetworkBuilder.h - Grows a random network by layers ------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TEST_E2E_RANDOM_NETWORKBUILDER_H
#define PARE_TEST_E2E_RANDOM_NETWORKBUILDER_H

#include "RandomNetwork.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "pare/Dialect/NN/IR/NN.h"

#include <cmath>
#include <random>

namespace pare::test {

using Shape = llvm::SmallVector<int64_t, 4>;

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

/// Adds layers to a network, one upon another.
class NetworkBuilder {
public:
  /// With a block of more than no rows, filters consist of such blocks, most of
  /// them zero.
  NetworkBuilder(mlir::MLIRContext *context, uint64_t seed, WeightBlock block,
                 NetworkKind kind)
      : builder(context), random(seed),
        isUnsigned(random.chance(15) && block.rows == 0), block(block),
        kind(kind) {}

  mlir::OwningOpRef<mlir::ModuleOp> build();

private:
  using QType = mlir::quant::UniformQuantizedType;

  mlir::Location here() {
    return mlir::NameLoc::get(
        builder.getStringAttr("layer" + std::to_string(numLayers)));
  }
  mlir::RankedTensorType tensorOf(llvm::ArrayRef<int64_t> shape,
                                  mlir::Type element) {
    return mlir::RankedTensorType::get(shape, element);
  }
  QType quantized(double scale, int64_t zeroPoint) {
    unsigned flags =
        isUnsigned ? 0u : unsigned(mlir::quant::QuantizationFlags::Signed);
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
  static llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
    return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
  }
  static QType typeOf(mlir::Value value) {
    return llvm::cast<QType>(nn::getQuantizedType(value));
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
  mlir::Value makeFilter(llvm::ArrayRef<int64_t> shape, int64_t axis,
                         double scale);
  void zeroBlocks(llvm::ArrayRef<int64_t> shape,
                  llvm::MutableArrayRef<char> bytes);
  /// A number of output channels, in whole blocks.
  int64_t pickChannels(int64_t most) {
    const int64_t rows = std::max<int64_t>(block.rows, 1);
    return rows * random.pick(1, std::max<int64_t>(most / rows, 1));
  }
  /// A number of channels that is vectors, and parts of them, on any target.
  int64_t pickWide() { return 8 * random.pick(1, 32); }
  bool isChain() const {
    return kind == NetworkKind::Chains || kind == NetworkKind::Wide;
  }
  mlir::Value makeBias(mlir::Value filter, int64_t axis, double inputScale,
                       double spread);

  mlir::Value addConv(mlir::Value input);
  mlir::Value addDepthwise(mlir::Value input);
  mlir::Value addTransposeConv(mlir::Value input);
  mlir::Value addPool(mlir::Value input);
  mlir::Value addArithmetic(mlir::Value input);
  mlir::Value addUnary(mlir::Value input);
  mlir::Value addMovement(mlir::Value input);
  mlir::Value addResize(mlir::Value input);
  mlir::Value addRequantize(mlir::Value input);
  mlir::Value addProduct(mlir::Value input);
  mlir::Value addComputedFilter(mlir::Value input);
  mlir::Value addLstm(mlir::Value input);
  mlir::Value reshaped(mlir::Value input, llvm::ArrayRef<int64_t> shape);
  mlir::Value addPointwise(mlir::Value input);
  mlir::Value addOfChain(mlir::Value input);
  mlir::Value sliced(mlir::Value input, int64_t axis, int64_t first,
                     int64_t size);
  mlir::Value addConcat(mlir::Value input);
  mlir::Value addSplit(mlir::Value input);
  mlir::Value addOfParts(mlir::Value input);
  mlir::Value addLayer(mlir::Value input);
  mlir::Value addHead(mlir::Value input);

  mlir::OpBuilder builder;
  Random random;
  bool isUnsigned;
  WeightBlock block;
  NetworkKind kind;
  int numLayers = 0;
  /// Results so far, from which residuals take their second operand.
  llvm::SmallVector<mlir::Value> values;
};
} // namespace pare::test

#endif // PARE_TEST_E2E_RANDOM_NETWORKBUILDER_H
