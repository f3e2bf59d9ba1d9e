//===- WeightedLayers.cpp - Layers with weights -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeInference.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::nn;
using pare::nn::detail::ShapeList;

using Shape = SmallVector<int64_t, 4>;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Shape of a convolution's result for `outChannels` and a kernel size.
template <typename OpT>
static LogicalResult inferConv(OpT op, ArrayRef<int64_t> kernel,
                               int64_t outChannels, ShapeList &shapes) {
  Shape shape(op.getInput().getType().getShape());
  ArrayRef<int64_t> pad = op.getPadding(), strides = op.getStrides(),
                    dilations = op.getDilations();
  if (failed(nn::detail::verifyPadding(op, pad)) ||
      failed(nn::detail::inferWindow(op, "height", shape[1], kernel[0],
                                     strides[0], dilations[0], pad[0] + pad[1],
                                     shape[1])) ||
      failed(nn::detail::inferWindow(op, "width", shape[2], kernel[1],
                                     strides[1], dilations[1], pad[2] + pad[3],
                                     shape[2])))
    return failure();
  shape[3] = outChannels;
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult Conv2DOp::inferShapes(ShapeList &shapes) {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  int64_t channels = getInput().getType().getDimSize(3);
  if (filter[3] < 1 || channels % filter[3] != 0 ||
      filter[0] % (channels / filter[3]) != 0)
    return emitOpError(
               "expects the filter's channels to divide the input's "
               "and the groups to divide the result's, but found input ")
           << nn::detail::formatShape(getInput().getType().getShape())
           << " and filter " << nn::detail::formatShape(filter);
  return inferConv(*this, filter.slice(1, 2), filter[0], shapes);
}

LogicalResult DepthwiseConv2DOp::inferShapes(ShapeList &shapes) {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  int64_t channels = getInput().getType().getDimSize(3);
  if (filter[0] != 1 || channels < 1 || filter[3] % channels != 0)
    return emitOpError("expects a filter of 1xKHxKWx(")
           << channels << "*M), but found " << nn::detail::formatShape(filter);
  return inferConv(*this, filter.slice(1, 2), filter[3], shapes);
}

LogicalResult SparseConv2DOp::inferShapes(ShapeList &shapes) {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  ArrayRef<int64_t> kernel = getKernelSize();
  int64_t expected = kernel[0] * kernel[1] * getInput().getType().getDimSize(3);
  if (filter[1] != expected)
    return emitOpError("expects a filter with ")
           << expected << " columns, but found " << filter[1];
  return inferConv(*this, kernel, filter[0], shapes);
}

LogicalResult TransposeConv2DOp::inferShapes(ShapeList &shapes) {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  ArrayRef<int64_t> pad = getPadding(), strides = getStrides();
  Shape shape(getInput().getType().getShape());
  if (nn::detail::sizesDiffer(shape[3], filter[3]))
    return emitOpError("expects a filter with ")
           << shape[3] << " input channels, but found " << filter[3];
  for (int d : {0, 1}) {
    int64_t &size = shape[1 + d];
    if (strides[d] < 1)
      return emitOpError("expects strides of at least 1, but found ")
             << strides[d];
    if (ShapedType::isDynamic(size))
      continue;
    size =
        (size - 1) * strides[d] + filter[1 + d] - pad[2 * d] - pad[2 * d + 1];
    if (size < 1)
      return emitOpError("expects a result of at least one element, but "
                         "padding leaves ")
             << size;
  }
  shape[3] = filter[0];
  shapes.push_back(std::move(shape));
  return success();
}

template <typename OpT>
static LogicalResult inferFullyConnected(OpT op, ShapeList &shapes) {
  Shape shape(cast<ShapedType>(op.getInput().getType()).getShape());
  auto filter = cast<ShapedType>(op.getFilter().getType());
  if (filter.getRank() != 2)
    return op.emitOpError("expects a filter of rank 2, but found rank ")
           << filter.getRank();
  if (shape.empty() ||
      nn::detail::sizesDiffer(shape.back(), filter.getDimSize(1)))
    return op.emitOpError("expects an input ending in ")
           << filter.getDimSize(1) << " elements, but found shape "
           << nn::detail::formatShape(shape);
  shape.back() = filter.getDimSize(0);
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult FullyConnectedOp::inferShapes(ShapeList &shapes) {
  return inferFullyConnected(*this, shapes);
}
LogicalResult SparseFullyConnectedOp::inferShapes(ShapeList &shapes) {
  return inferFullyConnected(*this, shapes);
}

LogicalResult BatchMatmulOp::inferShapes(ShapeList &shapes) {
  Shape lhs(getLhs().getType().getShape()), rhs(getRhs().getType().getShape());
  if (lhs.size() < 2 || rhs.size() < 2)
    return emitOpError("expects operands of rank 2 or more, but found ranks ")
           << lhs.size() << " and " << rhs.size();
  if (getTransposeLhs())
    std::swap(lhs[lhs.size() - 2], lhs.back());
  if (getTransposeRhs())
    std::swap(rhs[rhs.size() - 2], rhs.back());
  if (nn::detail::sizesDiffer(lhs.back(), rhs[rhs.size() - 2]))
    return emitOpError("expects the inner dimensions to be equal, but found ")
           << lhs.back() << " and " << rhs[rhs.size() - 2];
  Shape result(std::max(lhs.size(), rhs.size()), 1);
  for (size_t d = 0; d + 2 < result.size(); ++d) {
    auto batch = [&](const Shape &shape) -> int64_t {
      size_t missing = result.size() - shape.size();
      return d < missing ? 1 : shape[d - missing];
    };
    int64_t a = batch(lhs), b = batch(rhs);
    if (a != 1 && b != 1 && nn::detail::sizesDiffer(a, b))
      return emitOpError("expects batch dimensions that broadcast, but found ")
             << nn::detail::formatShape(lhs) << " and "
             << nn::detail::formatShape(rhs);
    result[d] = a == 1 ? b : a;
  }
  result[result.size() - 2] = lhs[lhs.size() - 2];
  result.back() = rhs.back();
  shapes.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

static int64_t elementsOf(Value value) {
  auto type = cast<ShapedType>(value.getType());
  return type.hasStaticShape() ? type.getNumElements() : 0;
}

int64_t Conv2DOp::getMacs() {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  return elementsOf(getOutput()) * filter[1] * filter[2] * filter[3];
}
int64_t DepthwiseConv2DOp::getMacs() {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  return elementsOf(getOutput()) * filter[1] * filter[2];
}
int64_t TransposeConv2DOp::getMacs() {
  ArrayRef<int64_t> filter = getFilter().getType().getShape();
  return elementsOf(getInput()) * filter[0] * filter[1] * filter[2];
}
int64_t FullyConnectedOp::getMacs() {
  return elementsOf(getOutput()) *
         cast<ShapedType>(getFilter().getType()).getDimSize(1);
}
int64_t BatchMatmulOp::getMacs() {
  ArrayRef<int64_t> lhs = getLhs().getType().getShape();
  return elementsOf(getOutput()) *
         (getTransposeLhs() ? lhs[lhs.size() - 2] : lhs.back());
}

/// Stored weights of a sparse filter, each used once per result position.
template <typename OpT> static int64_t sparseMacs(OpT op) {
  auto constant = op.getFilter().template getDefiningOp<SparseConstantOp>();
  int64_t rows = op.getFilter().getType().getDimSize(0);
  if (!constant || rows == 0)
    return 0;
  return elementsOf(op.getOutput()) / rows *
         constant.getValues().getNumElements();
}
int64_t SparseConv2DOp::getMacs() { return sparseMacs(*this); }
int64_t SparseFullyConnectedOp::getMacs() { return sparseMacs(*this); }

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

static LogicalResult verifyScaleCount(Operation *op, ScalesAttr scales,
                                      int64_t channels) {
  if (scales && scales.size() != 1 && scales.size() != channels)
    return op->emitOpError("expects one scale or ")
           << channels << ", but found " << scales.size();
  return success();
}

/// What all layers with weights share: the bias fits, and operands and result
/// are quantized together or not at all.
template <typename OpT> static LogicalResult verifyWeighted(OpT op) {
  auto filter = cast<ShapedType>(op.getFilter().getType());
  int64_t axis = op.getFilterChannelAxis();
  if (filter.getRank() <= axis)
    return op.emitOpError("expects a filter of rank ")
           << axis + 1 << " or more, but found rank " << filter.getRank();
  int64_t channels = filter.getDimSize(axis);
  if (op.getBias()) {
    int64_t found = cast<ShapedType>(op.getBias().getType()).getDimSize(0);
    if (nn::detail::sizesDiffer(found, channels))
      return op.emitOpError("expects a bias of ")
             << channels << " elements, but found " << found;
  }
  bool input = bool(getQuantizedType(op.getInput()));
  if (input != bool(getQuantizedType(op.getFilter())) ||
      input != bool(getQuantizedType(op.getOutput())))
    return op.emitOpError("expects input, filter and result to be quantized "
                          "together or not at all, but found ")
           << op.getInput().getType() << ", " << op.getFilter().getType()
           << " and " << op.getOutput().getType();
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(
          filter.getElementType())) {
    if (perAxis.getQuantizedDimension() != axis ||
        int64_t(perAxis.getScales().size()) != channels)
      return op.emitOpError("expects a filter quantized along dimension ")
             << axis << " with " << channels << " scales, but found dimension "
             << perAxis.getQuantizedDimension() << " with "
             << perAxis.getScales().size();
  }
  for (Value value : {Value(op.getInput()), Value(op.getOutput())})
    if (auto type = getQuantizedType(value);
        type && !isa<quant::UniformQuantizedType>(type))
      return op.emitOpError("expects activations quantized per tensor, but "
                            "found ")
             << value.getType();
  if (input && op.getBias()) {
    Type bias = cast<ShapedType>(op.getBias().getType()).getElementType();
    if (!getStorageType(bias).isInteger(32))
      return op.emitOpError("expects a bias of 32-bit integers, but found ")
             << bias;
  }
  if (op.getScalesAttr() && !input)
    return op.emitOpError("expects scales on quantized types alone");
  return verifyScaleCount(op, op.getScalesAttr(), channels);
}

LogicalResult Conv2DOp::verify() { return verifyWeighted(*this); }
LogicalResult DepthwiseConv2DOp::verify() { return verifyWeighted(*this); }
LogicalResult TransposeConv2DOp::verify() { return verifyWeighted(*this); }
LogicalResult FullyConnectedOp::verify() { return verifyWeighted(*this); }
LogicalResult SparseConv2DOp::verify() { return verifyWeighted(*this); }
LogicalResult SparseFullyConnectedOp::verify() { return verifyWeighted(*this); }

/// The divisor if `expr` is `kind` of dimension `dim` by a constant, 1 if it is
/// the dimension itself and `kind` a division, 0 otherwise.
static int64_t matchLevel(AffineExpr expr, AffineExprKind kind, unsigned dim) {
  auto isDim = [&](AffineExpr inner) {
    auto found = dyn_cast<AffineDimExpr>(inner);
    return found && found.getPosition() == dim;
  };
  if (isDim(expr))
    return kind == AffineExprKind::FloorDiv ? 1 : 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary || binary.getKind() != kind || !isDim(binary.getLHS()))
    return 0;
  auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return divisor && divisor.getValue() > 1 ? divisor.getValue() : 0;
}

std::optional<std::pair<int64_t, int64_t>>
pare::nn::getSparseBlock(RankedTensorType type) {
  auto encoding = sparse_tensor::getSparseTensorEncoding(type);
  if (!encoding || type.getRank() != 2)
    return std::nullopt;
  ArrayRef<sparse_tensor::LevelType> levels = encoding.getLvlTypes();
  ArrayRef<AffineExpr> map = encoding.getDimToLvl().getResults();
  if (levels.size() < 2 || !sparse_tensor::isDenseLT(levels[0]) ||
      !sparse_tensor::isCompressedLT(levels[1]) ||
      !llvm::all_of(levels.drop_front(2), sparse_tensor::isDenseLT))
    return std::nullopt;
  const int64_t rows = matchLevel(map[0], AffineExprKind::FloorDiv, 0);
  const int64_t columns = matchLevel(map[1], AffineExprKind::FloorDiv, 1);
  if (rows == 0 || columns == 0)
    return std::nullopt;
  // The insides of blocks, rows first.
  SmallVector<std::pair<unsigned, int64_t>> inside;
  if (rows > 1)
    inside.push_back({0, rows});
  if (columns > 1)
    inside.push_back({1, columns});
  if (map.size() != inside.size() + 2)
    return std::nullopt;
  for (auto [expr, level] : llvm::zip_equal(map.drop_front(2), inside))
    if (matchLevel(expr, AffineExprKind::Mod, level.first) != level.second)
      return std::nullopt;
  return std::make_pair(rows, columns);
}

LogicalResult
pare::nn::verifySparseRows(ArrayRef<int32_t> positions,
                           ArrayRef<int32_t> coordinates, int64_t columns,
                           function_ref<InFlightDiagnostic()> emitError) {
  if (positions.front() != 0)
    return emitError() << "expects positions from 0, but found "
                       << positions.front();
  for (size_t row = 0; row + 1 < positions.size(); ++row) {
    const int32_t begin = positions[row], end = positions[row + 1];
    if (begin > end || size_t(end) > coordinates.size())
      return emitError() << "expects increasing positions, but row " << row
                         << " starts at " << begin << " and ends at " << end;
    for (int32_t i = begin; i < end; ++i)
      if (coordinates[i] < 0 || coordinates[i] >= columns ||
          (i > begin && coordinates[i] <= coordinates[i - 1]))
        return emitError() << "expects increasing coordinates inside of row "
                           << row << ", but found " << coordinates[i];
  }
  return success();
}

LogicalResult SparseConstantOp::verify() {
  RankedTensorType type = getOutput().getType();
  auto encoding = sparse_tensor::getSparseTensorEncoding(type);
  if (!encoding)
    return emitOpError("expects a result with a sparse encoding, but found ")
           << type;
  std::optional<std::pair<int64_t, int64_t>> block = getSparseBlock(type);
  if (!block)
    return emitOpError("expects compressed rows or blocks, but found ")
           << encoding;
  auto [blockRows, blockColumns] = *block;
  if (type.getDimSize(0) % blockRows || type.getDimSize(1) % blockColumns)
    return emitOpError("expects a matrix of whole blocks of ")
           << blockRows << "x" << blockColumns << ", but found " << type;
  int64_t rows = type.getDimSize(0) / blockRows;
  int64_t entries = getCoordinates().getNumElements();
  if (!getPositions().getElementType().isInteger(32) ||
      !getCoordinates().getElementType().isInteger(32))
    return emitOpError("expects positions and coordinates of type i32");
  if (getPositions().getNumElements() != rows + 1)
    return emitOpError("expects ") << rows + 1 << " positions, but found "
                                   << getPositions().getNumElements();
  if (getValues().getNumElements() != entries * blockRows * blockColumns)
    return emitOpError("expects ")
           << entries * blockRows * blockColumns << " values, but found "
           << getValues().getNumElements();
  if (getValues().getElementType() != getStorageType(type.getElementType()))
    return emitOpError("expects values of type ")
           << getStorageType(type.getElementType()) << ", but found "
           << getValues().getElementType();
  std::optional<SmallVector<int32_t>> storedPositions =
      getI32Values(getPositions());
  std::optional<SmallVector<int32_t>> storedCoordinates =
      getI32Values(getCoordinates());
  if (!storedPositions || !storedCoordinates)
    return emitOpError("expects positions and coordinates with their data");
  ArrayRef<int32_t> positions = *storedPositions;
  ArrayRef<int32_t> coordinates = *storedCoordinates;
  if (positions.front() != 0 || positions.back() != entries)
    return emitOpError("expects positions from 0 to ") << entries;
  return verifySparseRows(positions, coordinates,
                          type.getDimSize(1) / blockColumns,
                          [&] { return emitOpError(); });
}
