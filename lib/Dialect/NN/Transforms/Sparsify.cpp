//===- Sparsify.cpp - Stores weights with many zeros as sparse matrices ---===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_SPARSIFYPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

using sparse_tensor::LevelFormat;
using sparse_tensor::SparseTensorEncodingAttr;

/// Compressed rows, of single elements or of blocks.
static SparseTensorEncodingAttr getEncoding(MLIRContext *context, int64_t rows,
                                            int64_t columns) {
  auto level = [](LevelFormat format) {
    return *sparse_tensor::buildLevelType(format, /*ordered=*/true,
                                          /*unique=*/true);
  };
  AffineExpr i = getAffineDimExpr(0, context);
  AffineExpr j = getAffineDimExpr(1, context);
  SmallVector<AffineExpr> exprs = {i.floorDiv(rows), j.floorDiv(columns)};
  SmallVector<sparse_tensor::LevelType> levels = {
      level(LevelFormat::Dense), level(LevelFormat::Compressed)};
  // The insides of blocks; one row or one column is no level.
  if (rows > 1)
    exprs.push_back(i % rows);
  if (columns > 1)
    exprs.push_back(j % columns);
  levels.resize(exprs.size(), level(LevelFormat::Dense));
  auto map = AffineMap::get(2, 0, exprs, context);
  return SparseTensorEncodingAttr::get(context, levels, map, AffineMap(),
                                       /*posWidth=*/32, /*crdWidth=*/32);
}

namespace {
/// The parts of a matrix in compressed rows of blocks.
template <typename T> struct CompressedRows {
  std::vector<int32_t> positions{0};
  std::vector<int32_t> coordinates;
  std::vector<T> values;

  CompressedRows(ArrayRef<T> dense, int64_t rows, int64_t columns,
                 int64_t blockRows, int64_t blockColumns) {
    for (int64_t row = 0; row < rows; row += blockRows) {
      for (int64_t column = 0; column < columns; column += blockColumns) {
        const size_t start = values.size();
        for (int64_t r = row; r < row + blockRows; ++r) {
          const T *first = dense.data() + r * columns + column;
          values.insert(values.end(), first, first + blockColumns);
        }
        if (llvm::all_of(llvm::make_range(values.begin() + start, values.end()),
                         [](T value) { return value == T(0); }))
          values.resize(start);
        else
          coordinates.push_back(column / blockColumns);
      }
      positions.push_back(coordinates.size());
    }
  }
};

using Block = std::pair<int64_t, int64_t>;

/// Elements in blocks of nothing but zeros.
template <typename T>
int64_t countDropped(ArrayRef<T> dense, int64_t rows, int64_t columns,
                     Block block) {
  const int64_t blocksOfRow = columns / block.second;
  int64_t dropped = 0;
  std::vector<char> isUsed(blocksOfRow);
  for (int64_t row = 0; row < rows; row += block.first) {
    std::fill(isUsed.begin(), isUsed.end(), false);
    const T *element = dense.data() + row * columns;
    for (int64_t r = 0; r < block.first; ++r)
      for (char &used : isUsed)
        for (int64_t c = 0; c < block.second; ++c)
          used |= *element++ != T(0);
    dropped += llvm::count(isUsed, false);
  }
  return dropped * block.first * block.second;
}

class Sparsify : public pare::nn::impl::SparsifyPassBase<Sparsify> {
public:
  using SparsifyPassBase::SparsifyPassBase;

  void runOnOperation() override {
    if (!(threshold >= 0.0 && threshold <= 1.0)) {
      getOperation().emitError(
          "expects the option threshold to be 0 to 1, but found ")
          << double(threshold);
      return signalPassFailure();
    }
    if (blockRows < 0 || blockColumns < 1) {
      getOperation().emitError("expects blocks of at least 1x1, but found ")
          << int64_t(blockRows) << "x" << int64_t(blockColumns);
      return signalPassFailure();
    }
    SmallVector<Operation *> layers;
    getOperation().walk([&](Operation *op) {
      if (isa<Conv2DOp, FullyConnectedOp>(op))
        layers.push_back(op);
    });
    for (Operation *op : layers)
      TypeSwitch<Operation *>(op).Case<Conv2DOp, FullyConnectedOp>(
          [&](auto layer) { sparsify(layer); });
    getOperation().walk([](ConstantOp op) {
      if (op->use_empty())
        op.erase();
    });
  }

private:
  template <typename OpT> void sparsify(OpT op) {
    if (auto conv = dyn_cast<Conv2DOp>(op.getOperation()))
      if (conv.getFilter().getType().getDimSize(3) !=
          conv.getInput().getType().getDimSize(3))
        return;
    Value matrix = makeMatrix(op.getFilter());
    if (!matrix)
      return;
    replace(op, matrix);
    ++numLayers;
  }

  void replace(Conv2DOp op, Value matrix) {
    OpBuilder builder(op);
    auto sparse = SparseConv2DOp::create(
        builder, op.getLoc(), op.getType(), op.getInput(), matrix, op.getBias(),
        op.getFilter().getType().getShape().slice(1, 2), op.getStrides(),
        op.getDilations(), op.getPadding(), op.getActivationAttr(),
        op.getScalesAttr());
    op.replaceAllUsesWith(sparse.getOutput());
    op.erase();
  }

  void replace(FullyConnectedOp op, Value matrix) {
    OpBuilder builder(op);
    auto sparse = SparseFullyConnectedOp::create(
        builder, op.getLoc(), op.getType(), op.getInput(), matrix, op.getBias(),
        op.getActivationAttr(), op.getScalesAttr());
    op.replaceAllUsesWith(sparse.getOutput());
    op.erase();
  }

  /// The sparse matrix for a filter, or null if it is to stay dense.
  Value makeMatrix(Value filter) {
    ElementsAttr elements = getConstantElements(filter);
    if (!elements)
      return {};
    Type stored = elements.getElementType();
    if (stored.isF32())
      return compress<float>(filter, elements);
    if (!hasZeroZeroPoints(getQuantizedType(filter)))
      return {};
    if (stored.isInteger(8))
      return compress<int8_t>(filter, elements);
    if (stored.isInteger(16))
      return compress<int16_t>(filter, elements);
    return {};
  }

  static bool hasZeroZeroPoints(quant::QuantizedType type) {
    if (auto perAxis =
            dyn_cast_or_null<quant::UniformQuantizedPerAxisType>(type))
      return llvm::all_of(perAxis.getZeroPoints(),
                          [](int64_t zero) { return zero == 0; });
    auto perTensor = dyn_cast_or_null<quant::UniformQuantizedType>(type);
    return perTensor && perTensor.getZeroPoint() == 0;
  }

  /// The largest block in which nearly all zeros lie, {0, 0} for none or if
  /// there are not enough of them.
  template <typename T>
  Block findBlock(ArrayRef<T> dense, int64_t rows, int64_t columns) {
    // Rounding adds zeros to those that were pruned.
    constexpr double kNearlyAll = 0.95;
    static constexpr Block kBlocks[] = {
        {32, 4}, {16, 4}, {32, 2}, {8, 4}, {16, 2}, {32, 1}, {4, 4}, {8, 2},
        {16, 1}, {4, 2},  {8, 1},  {1, 4}, {2, 2},  {4, 1},  {1, 2}, {2, 1}};
    const int64_t zeros = llvm::count(dense, T(0));
    if (zeros == 0 || zeros < threshold * dense.size())
      return {0, 0};
    for (const Block &block : kBlocks) {
      if (rows % block.first || columns % block.second)
        continue;
      if (double(countDropped(dense, rows, columns, block)) >=
          kNearlyAll * zeros)
        return block;
    }
    return {0, 0};
  }

  template <typename T> Value compress(Value filter, ElementsAttr elements) {
    auto dense = ConstantElements<T>::read(elements);
    auto type = cast<RankedTensorType>(filter.getType());
    if (!dense || type.getNumElements() == 0)
      return {};
    const int64_t rows = type.getDimSize(0);
    const int64_t columns = type.getNumElements() / rows;
    const Block block = blockRows == 0
                            ? findBlock<T>(dense->get(), rows, columns)
                            : Block{blockRows, blockColumns};
    if (block.first == 0 || rows % block.first || columns % block.second)
      return {};
    const CompressedRows<T> matrix(dense->get(), rows, columns, block.first,
                                   block.second);
    const int64_t dropped = dense->size() - matrix.values.size();
    // A matrix of nothing is no weights to store; its channels are constant.
    if (dropped < threshold * dense->size() || matrix.values.empty())
      return {};
    numDropped += dropped;
    OpBuilder builder(filter.getDefiningOp());
    auto make = [&](const auto &values, Type element,
                    StringRef suffix) -> ElementsAttr {
      using Element = typename std::decay_t<decltype(values)>::value_type;
      ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                           values.size() * sizeof(Element));
      return makeElements(
          RankedTensorType::get({int64_t(values.size())}, element), bytes,
          getLayerName(filter.getDefiningOp()) + suffix.str());
    };
    Type i32 = builder.getI32Type();
    return SparseConstantOp::create(
        builder, filter.getLoc(),
        RankedTensorType::get(
            {rows, columns}, type.getElementType(),
            getEncoding(&getContext(), block.first, block.second)),
        make(matrix.positions, i32, "/positions"),
        make(matrix.coordinates, i32, "/coordinates"),
        make(matrix.values, elements.getElementType(), "/values"));
  }
};
} // namespace
