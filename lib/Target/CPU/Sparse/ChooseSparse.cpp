//===- ChooseSparse.cpp - Implements kernel-choose-sparse -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/ConstantValues.h"
#include "Sparse/SparseCosts.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_CHOOSESPARSEPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

/// With fewer zeros no layer is looked at: no form of sparse weights pays.
constexpr double kLeastZeros = 0.25;
/// A form must promise this share of the time at most to take the place of
/// another: the estimates are not that good.
constexpr double kWorthIt = 0.9;

using Block = std::pair<int64_t, int64_t>;
constexpr Block kDense = {0, 0};

/// Weights as a matrix, one row for an output channel.
template <typename T> struct Matrix {
  int64_t rows = 0, columns = 0;
  SmallVector<T> values;

  bool isEmptyBlock(int64_t row, int64_t column, Block block) const {
    for (int64_t r = row; r < row + block.first; ++r)
      for (int64_t c = column; c < column + block.second; ++c)
        if (values[r * columns + c] != T(0))
          return false;
    return true;
  }
  bool isDividedBy(Block block) const {
    return rows % block.first == 0 && columns % block.second == 0;
  }
  int64_t countBlocks(Block block) const {
    int64_t count = 0;
    for (int64_t row = 0; row < rows; row += block.first)
      for (int64_t column = 0; column < columns; column += block.second)
        count += !isEmptyBlock(row, column, block);
    return count;
  }
  double zeros() const {
    return double(llvm::count(values, T(0))) / double(values.size());
  }
};

/// A form of a layer and what it costs.
struct Form {
  Block block = kDense;
  double cycles = 0;
  /// Share of the weights in blocks that are not stored.
  double dropped = 0;
};

struct ChooseSparse : public impl::ChooseSparsePassBase<ChooseSparse> {
  using ChooseSparsePassBase::ChooseSparsePassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> found = TargetInfo::get(target);
    if (!found) {
      getOperation().emitError(llvm::toString(found.takeError()));
      return signalPassFailure();
    }
    info = &*found;
    SymbolTable table(getOperation());
    symbols = &table;
    SmallVector<Operation *> layers;
    getOperation().walk([&](Operation *op) {
      if (isa<kernel::ContractOp, kernel::SparseContractOp>(op) &&
          !kernel::StripesOp::isMember(op))
        layers.push_back(op);
    });
    for (Operation *op : layers) {
      const bool integer = Layer::element(op->getOperand(0)).isInteger(8);
      TypeSwitch<Operation *>(op)
          .Case<kernel::ContractOp, kernel::SparseContractOp>([&](auto layer) {
            if (integer)
              choose<int8_t>(layer);
            else
              choose<float>(layer);
          });
    }
  }

private:
  //===--------------------------------------------------------------------===//
  // The choice
  //===--------------------------------------------------------------------===//

  template <typename T, typename OpT> void choose(OpT op) {
    Matrix<T> matrix = read<T>(op);
    if (matrix.values.empty())
      return;
    const double zeros = matrix.zeros();
    const Block now = blockOf(op);
    if (now == kDense && zeros < kLeastZeros)
      return;
    const ConvShape shape = shapeOfAny(op);
    const bool integer = std::is_same_v<T, int8_t>;

    const Form dense = {kDense, estimateDenseOrTiles(shape, integer, *info),
                        0.0};
    Form best, present = dense;
    SmallVector<Block> blocks(candidateBlocks(integer, *info));
    if (now != kDense && !llvm::is_contained(blocks, now))
      blocks.push_back(now);
    for (Block block : blocks) {
      if (!matrix.isDividedBy(block))
        continue;
      const int64_t count = matrix.countBlocks(block);
      // Nothing at all is for dead channels to remove.
      if (count == 0)
        continue;
      SparsePlan plan =
          planSparse(shape, integer, block.first, block.second, *info);
      plan.considerLiterals(count * plan.blockSize());
      Form form = {block, estimateSparse(plan, count, *info),
                   1.0 - double(count * plan.blockSize()) /
                             double(matrix.values.size())};
      if (block == now)
        present = form;
      if (best.block == kDense || form.cycles < best.cycles)
        best = form;
    }
    if (best.block == kDense)
      return;
    if (remarks)
      remark(op, zeros, best, best.cycles / dense.cycles);
    const Form &chosen = best.cycles < kWorthIt * dense.cycles ? best : dense;
    // Another form must be worth the change.
    if (chosen.block == now || chosen.cycles >= kWorthIt * present.cycles)
      return;
    if (chosen.block == kDense)
      makeDense(op, matrix);
    else
      makeSparse(op, matrix, chosen.block);
  }

  void remark(Operation *op, double zeros, const Form &best, double ratio) {
    emitRemark(
        op->getLoc(),
        llvm::formatv(
            "{0}: {1:P0} of the weights are zero, {2:P0} in blocks of {3}x{4}, "
            "with which the layer is expected to take {5:f2} of the time with "
            "dense weights",
            ratio < kWorthIt ? "sparse" : "dense", zeros, best.dropped,
            best.block.first, best.block.second, ratio)
            .str());
  }

  static Block blockOf(kernel::ContractOp) { return kDense; }
  static Block blockOf(kernel::SparseContractOp op) {
    return {op.getBlock()[0], op.getBlock()[1]};
  }
  static ConvShape shapeOfAny(kernel::ContractOp op) {
    return ConvShape::of(op);
  }
  static ConvShape shapeOfAny(kernel::SparseContractOp op) {
    return shapeOf(op);
  }

  //===--------------------------------------------------------------------===//
  // Weights
  //===--------------------------------------------------------------------===//

  template <typename T> Matrix<T> read(kernel::ContractOp op) {
    Matrix<T> matrix;
    ArrayRef<int64_t> filter = Layer::shape(op.getFilter());
    // What has no sparse form.
    if ((std::is_integral_v<T> && op.getResidual()) ||
        op.getFilterZeroPoint() != 0 ||
        filter[3] != Layer::shape(op.getInput())[3])
      return matrix;
    matrix.rows = filter[0];
    matrix.columns = filter[1] * filter[2] * filter[3];
    matrix.values = constantValues<T>(*symbols, op.getFilter());
    return matrix;
  }

  template <typename T> Matrix<T> read(kernel::SparseContractOp op) {
    Matrix<T> matrix;
    auto positions = constantValues<int32_t>(*symbols, op.getPositions());
    auto coordinates = constantValues<int32_t>(*symbols, op.getCoordinates());
    auto values = constantValues<T>(*symbols, op.getValues());
    if (positions.empty() || coordinates.empty() || values.empty())
      return matrix;
    const Block block = blockOf(op);
    const ConvShape shape = shapeOf(op);
    matrix.rows = shape.outChannels;
    matrix.columns = shape.kernelHeight * shape.kernelWidth * shape.inChannels;
    matrix.values.assign(matrix.rows * matrix.columns, T(0));
    const T *from = values.data();
    for (int64_t row = 0; row < matrix.rows / block.first; ++row)
      for (int64_t i = positions[row]; i < positions[row + 1]; ++i)
        for (int64_t r = 0; r < block.first; ++r)
          for (int64_t c = 0; c < block.second; ++c)
            matrix.values[(row * block.first + r) * matrix.columns +
                          coordinates[i] * block.second + c] = *from++;
    return matrix;
  }

  /// A new constant, read before `op`.
  template <typename T>
  Value constant(Operation *op, StringRef suffix, const SmallVector<T> &values,
                 Type element, ArrayRef<int64_t> shape = {}) {
    memref::GlobalOp global =
        createConstant(*symbols, op->getLoc(), identifierOf(op) + suffix.str(),
                       element, bytesOf(values));
    if (!shape.empty()) {
      auto type = MemRefType::get(shape, element);
      global.setType(type);
      global.setInitialValueAttr(
          nn::makeElements(RankedTensorType::get(shape, element),
                           bytesOf(values), global.getSymName()));
    }
    OpBuilder builder(op);
    return memref::GetGlobalOp::create(builder, op->getLoc(), global.getType(),
                                       global.getSymName());
  }

  //===--------------------------------------------------------------------===//
  // New operations
  //===--------------------------------------------------------------------===//

  template <typename T, typename OpT>
  void makeSparse(OpT op, const Matrix<T> &matrix, Block block) {
    SmallVector<int32_t> positions = {0}, coordinates;
    SmallVector<T> values;
    for (int64_t row = 0; row < matrix.rows; row += block.first) {
      for (int64_t column = 0; column < matrix.columns;
           column += block.second) {
        if (matrix.isEmptyBlock(row, column, block))
          continue;
        coordinates.push_back(column / block.second);
        for (int64_t r = row; r < row + block.first; ++r)
          for (int64_t c = column; c < column + block.second; ++c)
            values.push_back(matrix.values[r * matrix.columns + c]);
      }
      positions.push_back(coordinates.size());
    }
    OpBuilder builder(op);
    const ConvShape shape = shapeOfAny(op);
    Type i32 = builder.getI32Type();
    kernel::SparseContractOp::create(
        builder, op.getLoc(), op.getInput(),
        constant(op, "_positions", positions, i32),
        constant(op, "_coordinates", coordinates, i32),
        constant(op, "_values", values, Layer::element(op.getInput())),
        op.getBias(), op.getResidual(), op.getOutput(),
        ArrayRef<int64_t>{shape.kernelHeight, shape.kernelWidth},
        ArrayRef<int64_t>{block.first, block.second}, op.getStrides(),
        op.getDilations(), op.getPadding(), op.getInputZeroPoint(),
        op.getEpilogue(), op.getResidualEpilogueAttr());
    op.erase();
    ++numSparse;
  }

  template <typename T, typename OpT>
  void makeDense(OpT op, const Matrix<T> &matrix) {
    OpBuilder builder(op);
    const ConvShape s = shapeOfAny(op);
    kernel::ContractOp::create(
        builder, op.getLoc(), op.getInput(),
        constant(op, "_filter", matrix.values, Layer::element(op.getInput()),
                 {s.outChannels, s.kernelHeight, s.kernelWidth, s.inChannels}),
        op.getBias(), op.getResidual(), op.getOutput(), op.getStrides(),
        op.getDilations(), op.getPadding(), op.getInputZeroPoint(),
        /*filter_zero_point=*/0, op.getEpilogue(),
        /*residual_zero_point=*/0, op.getResidualEpilogueAttr());
    op.erase();
    ++numDense;
  }

  const TargetInfo *info = nullptr;
  SymbolTable *symbols = nullptr;
};

} // namespace
} // namespace pare::cpu
