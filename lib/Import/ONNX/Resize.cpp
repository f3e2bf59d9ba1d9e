//===- Resize.cpp - Resized images --------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "pare/Numerics/Resize.h"

#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

namespace {
/// How a position of the result is turned into one of the image.
struct Mapping {
  StringRef mode, coordinates, nearest;
};

/// What nn has for that.
struct Flags {
  bool alignCorners, halfPixelCenters;
};
} // namespace

/// The position in `in` elements that position `y` of `out` reads. `scale` is
/// out / in, or what the file says in its stead.
static double getPosition(StringRef coordinates, int64_t y, int64_t in,
                          int64_t out, double scale) {
  if (coordinates == "align_corners")
    return out == 1 ? 0 : static_cast<double>(y) * (in - 1) / (out - 1);
  if (coordinates == "asymmetric")
    return y / scale;
  if (coordinates == "pytorch_half_pixel" && out == 1)
    return 0;
  return (y + 0.5) / scale - 0.5;
}

static double roundPosition(StringRef nearest, double x) {
  if (nearest == "floor")
    return std::floor(x);
  if (nearest == "ceil")
    return std::ceil(x);
  if (nearest == "round_prefer_ceil")
    return std::floor(x + 0.5);
  return std::ceil(x - 0.5);
}

/// Whether nn reads just the elements, or positions, that the file asks for.
static bool matches(const Mapping &mapping, Flags flags, int64_t in,
                    int64_t out, double scale) {
  for (int64_t y = 0; y < out; ++y) {
    double x = getPosition(mapping.coordinates, y, in, out, scale);
    if (mapping.mode == "nearest") {
      double element =
          std::min(std::max(roundPosition(mapping.nearest, x), 0.0), in - 1.0);
      if (element !=
          resizeNearest(y, in, out, flags.alignCorners, flags.halfPixelCenters))
        return false;
      continue;
    }
    ResizePosition position =
        resizePosition(y, in, out, flags.alignCorners, flags.halfPixelCenters);
    double found =
        static_cast<double>(position.numerator) / position.denominator;
    auto clamp = [&](double value) {
      return std::min(std::max(value, 0.0), in - 1.0);
    };
    // Scales are f32 numbers in the file.
    if (std::fabs(clamp(found) - clamp(x)) > 1e-4)
      return false;
  }
  return true;
}

static LogicalResult createResize(Node &node, const Mapping &mapping,
                                  ArrayRef<double> scales,
                                  ArrayRef<int64_t> sizes) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  if (failed(shape))
    return failure();
  if (shape->size() != 4 || sizes[0] != (*shape)[0] || sizes[1] != (*shape)[1])
    return node.emitError() << "expected an image of 4 dimensions of which "
                               "height and width change, found ["
                            << *shape << "] and [" << sizes << "]";
  // Far beyond any real image; the positions of all are compared below.
  constexpr int64_t kLargest = 1 << 20;
  if (sizes[2] > kLargest || sizes[3] > kLargest)
    return node.emitError() << "expected an image of at most " << kLargest
                            << " rows and columns, found [" << sizes << "]";
  if (failed(node.getFile().checkShape(sizes, node.getOutputName(0))))
    return failure();
  FailureOr<Value> input = node.getChannelsLast(0);
  if (failed(input))
    return failure();
  // Several may read the same; the one of the file's own name comes first.
  Flags half = {false, true}, none = {false, false}, corners = {true, false};
  bool isHalf = mapping.coordinates.contains("half_pixel");
  for (Flags flags : {isHalf ? half : none, isHalf ? none : half, corners}) {
    bool fits = true;
    for (int d : {2, 3})
      fits &= matches(mapping, flags, (*shape)[d], sizes[d], scales[d]);
    if (!fits)
      continue;
    auto flag = [&](bool value) {
      return value ? node.getBuilder().getUnitAttr() : UnitAttr();
    };
    Type element = getElementTypeOrSelf(input->getType());
    DenseI64ArrayAttr size = node.getArray({sizes[2], sizes[3]});
    FailureOr<Value> result =
        mapping.mode == "nearest"
            ? node.create<nn::ResizeNearestOp>(element, *input, size,
                                               flag(flags.alignCorners),
                                               flag(flags.halfPixelCenters))
            : node.create<nn::ResizeBilinearOp>(element, *input, size,
                                                flag(flags.alignCorners),
                                                flag(flags.halfPixelCenters));
    if (failed(result))
      return failure();
    node.setOutput(0, *result, /*channelsLast=*/true);
    return success();
  }
  return node.emitError() << "a resize by " << mapping.mode
                          << " with coordinates " << mapping.coordinates
                          << " and rounding " << mapping.nearest << " from ["
                          << *shape << "] to [" << sizes
                          << "] is not supported";
}

/// Reads factors as input `i`, checks them and computes the sizes.
static LogicalResult readScales(Node &node, ArrayRef<int64_t> shape, size_t i,
                                SmallVectorImpl<double> &scales,
                                SmallVectorImpl<int64_t> &sizes) {
  FailureOr<Constant> constant = node.getConstant(i);
  if (failed(constant))
    return failure();
  std::vector<double> values = constant->getReals();
  if (values.size() != shape.size())
    return node.emitError() << "expected " << shape.size() << " factors, found "
                            << values.size();
  for (auto [size, factor] : llvm::zip_equal(shape, values)) {
    double result = std::floor(size * factor);
    if (!(factor > 0) || !(result >= 1) || !(result <= kMaxElements))
      return node.emitError()
             << "expected positive factors, found " << std::to_string(factor);
    scales.push_back(factor);
    sizes.push_back(static_cast<int64_t>(result));
  }
  return success();
}

/// Factors that do not give whole sizes leave open what "the last corner" is:
/// run times differ.
static LogicalResult checkCorners(Node &node, StringRef coordinates,
                                  ArrayRef<int64_t> shape,
                                  ArrayRef<double> scales,
                                  ArrayRef<int64_t> sizes) {
  if (coordinates != "align_corners")
    return success();
  for (auto [from, scale, to] : llvm::zip_equal(shape, scales, sizes))
    if (std::fabs(from * scale - to) > 1e-3)
      return node.emitError()
             << "expected factors that give whole sizes with align_corners, "
                "found "
             << std::to_string(scale) << " for " << from;
  return success();
}

static LogicalResult importUpsample(Node &node) {
  FailureOr<StringRef> mode = node.getString("mode", "nearest");
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  if (failed(mode) || failed(shape))
    return failure();
  SmallVector<double> scales;
  SmallVector<int64_t> sizes;
  if (node.getVersion() < 9)
    return node.emitError()
           << "expected operator set 9 or later, found " << node.getVersion();
  if (*mode != "nearest" && *mode != "linear")
    return node.emitError()
           << "expected mode nearest or linear, found " << quote(*mode);
  if (failed(readScales(node, *shape, 1, scales, sizes)))
    return failure();
  return createResize(node, {*mode, "asymmetric", "floor"}, scales, sizes);
}

static LogicalResult importResize(Node &node) {
  if (node.getVersion() == 10)
    return importUpsample(node);
  FailureOr<StringRef> mode = node.getString("mode", "nearest");
  FailureOr<StringRef> coordinates =
      node.getString("coordinate_transformation_mode", "half_pixel");
  FailureOr<StringRef> nearest =
      node.getString("nearest_mode", "round_prefer_floor");
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  // What cubic interpolation and cropping would need.
  node.ignore("cubic_coeff_a");
  node.ignore("extrapolation_value");
  node.ignore("exclude_outside");
  if (failed(mode) || failed(coordinates) || failed(nearest) || failed(shape) ||
      failed(node.expectInt("antialias", 0)))
    return failure();
  if (*mode != "nearest" && *mode != "linear")
    return node.emitError()
           << "expected mode nearest or linear, found " << quote(*mode);
  if (!llvm::is_contained(
          {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"},
          *coordinates))
    return node.emitError() << "coordinate_transformation_mode "
                            << quote(*coordinates) << " is not supported";
  if (!llvm::is_contained(
          {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"},
          *nearest))
    return node.emitError()
           << "nearest_mode " << quote(*nearest) << " is not supported";
  // Sizes, or factors; exporters leave an empty list for what they do not give.
  SmallVector<double> scales;
  SmallVector<int64_t> sizes;
  if (node.hasInput(3)) {
    FailureOr<SmallVector<int64_t>> given = node.getIntegers(3);
    if (failed(given))
      return failure();
    if (given->size() != shape->size())
      return node.emitError() << "expected " << shape->size()
                              << " sizes, found " << given->size();
    sizes = *given;
    for (auto [from, to] : llvm::zip_equal(*shape, sizes))
      scales.push_back(static_cast<double>(to) / from);
  } else if (failed(readScales(node, *shape, 2, scales, sizes))) {
    return failure();
  }
  if (failed(checkCorners(node, *coordinates, *shape, scales, sizes)))
    return failure();
  return createResize(node, {*mode, *coordinates, *nearest}, scales, sizes);
}

ArrayRef<OperatorEntry> onnx::getResizeOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Resize", importResize, 1, 4},
      {"Upsample", importUpsample, 1, 2},
  };
  return kOperators;
}
