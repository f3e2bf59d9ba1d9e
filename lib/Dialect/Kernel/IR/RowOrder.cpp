//===- RowOrder.cpp - Operations that work row by row ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace mlir;
using namespace pare::kernel;

#include "pare/Dialect/Kernel/IR/KernelInterfaces.cpp.inc"

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

namespace {
/// A window that slides down over the rows of an image.
struct RowWindow {
  int64_t inputRows, taps, stride, dilation, top;

  /// The first row under the window of output row `row`, and the one behind the
  /// last; both may lie in the padding.
  int64_t begin(int64_t row) const { return row * stride - top; }
  int64_t end(int64_t row) const {
    return begin(row) + (taps - 1) * dilation + 1;
  }

  std::pair<int64_t, int64_t> inputsOf(int64_t first, int64_t last) const {
    return {std::clamp<int64_t>(begin(first), 0, inputRows),
            std::clamp<int64_t>(end(last - 1), 0, inputRows)};
  }

  /// The padding above and below of output rows [first, last).
  std::pair<int64_t, int64_t> paddingOf(int64_t first, int64_t last) const {
    return {std::max<int64_t>(-begin(first), 0),
            std::max<int64_t>(end(last - 1) - inputRows, 0)};
  }
};
} // namespace

template <typename OpT> static int64_t getTaps(OpT op) {
  if constexpr (std::is_same_v<OpT, PoolOp>)
    return op.getKernel()[0];
  else if constexpr (std::is_same_v<OpT, SparseContractOp>)
    return op.getKernelSize()[0];
  else
    return typeOf(op.getFilter()).getDimSize(1);
}

template <typename OpT> static RowWindow getWindow(OpT op) {
  int64_t dilation = 1;
  if constexpr (!std::is_same_v<OpT, PoolOp>)
    dilation = op.getDilations()[0];
  return {typeOf(op.getInput()).getDimSize(1), getTaps(op), op.getStrides()[0],
          dilation, op.getPadding()[0]};
}

/// `op` with another first and last operand.
template <typename OpT>
static OpT cloneWith(OpT op, OpBuilder &builder, Value input, Value output) {
  IRMapping mapping;
  mapping.map(op.getInput(), input);
  mapping.map(op.getOutput(), output);
  return cast<OpT>(builder.clone(*op, mapping));
}

template <typename OpT>
static Operation *cloneWindowRows(OpT op, OpBuilder &builder, int64_t first,
                                  int64_t last, Value input, Value output) {
  OpT stripe = cloneWith(op, builder, input, output);
  SmallVector<int64_t> padding(op.getPadding());
  std::tie(padding[0], padding[1]) = getWindow(op).paddingOf(first, last);
  stripe.setPadding(padding);
  return stripe;
}

#define PARE_WINDOW_ROWS(OpT)                                                  \
  std::pair<int64_t, int64_t> OpT::getInputRows(int64_t first, int64_t last) { \
    return getWindow(*this).inputsOf(first, last);                             \
  }                                                                            \
  Operation *OpT::cloneRows(OpBuilder &builder, int64_t first, int64_t last,   \
                            Value input, Value output) {                       \
    return cloneWindowRows(*this, builder, first, last, input, output);        \
  }
PARE_WINDOW_ROWS(ContractOp)
PARE_WINDOW_ROWS(DepthwiseOp)
PARE_WINDOW_ROWS(SparseContractOp)
PARE_WINDOW_ROWS(PoolOp)
#undef PARE_WINDOW_ROWS

std::pair<int64_t, int64_t> TableOp::getInputRows(int64_t first, int64_t last) {
  return {first, last};
}

Operation *TableOp::cloneRows(OpBuilder &builder, int64_t, int64_t, Value input,
                              Value output) {
  return cloneWith(*this, builder, input, output);
}

//===----------------------------------------------------------------------===//
// Overlap
//===----------------------------------------------------------------------===//

/// Whether `op` is a product of matrices whose rows are pixels or images.
template <typename OpT>
static bool isMatrixProduct(OpT op, ArrayRef<int64_t> kernel, int64_t groups) {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  if (groups != 1 || !all(op.getPadding(), 0) || !all(op.getDilations(), 1))
    return false;
  ArrayRef<int64_t> input = typeOf(op.getInput()).getShape();
  return (all(kernel, 1) && all(op.getStrides(), 1)) ||
         kernel == input.slice(1, 2);
}

static bool isMatrixProduct(Operation *op) {
  if (auto contract = dyn_cast<ContractOp>(op)) {
    ArrayRef<int64_t> filter = typeOf(contract.getFilter()).getShape();
    return isMatrixProduct(contract, filter.slice(1, 2),
                           typeOf(contract.getInput()).getDimSize(3) /
                               filter[3]);
  }
  auto sparse = dyn_cast<SparseContractOp>(op);
  return sparse && isMatrixProduct(sparse, sparse.getKernelSize(), 1);
}

int64_t pare::kernel::detail::getOverlapDistance(Operation *op) {
  constexpr int64_t kMatrixRows = 4;
  auto ordered = cast<RowOrderOpInterface>(op);
  MemRefType input = typeOf(op->getOperand(0));
  MemRefType output = typeOf(op->getOperands().back());
  if (op->hasTrait<InPlace>())
    return 0;
  const int64_t inputBytes = getSizeInBytes(input);
  const int64_t outputBytes = getSizeInBytes(output);
  int64_t distance = 0;
  if (isMatrixProduct(op)) {
    const int64_t rows = output.getNumElements() / output.getShape().back();
    for (int64_t row = 0; row < rows; row += kMatrixRows) {
      const int64_t last = std::min(row + kMatrixRows, rows);
      distance = std::max(distance,
                          outputBytes / rows * last - inputBytes / rows * row);
    }
    return distance;
  }
  const int64_t inputRows = input.getDimSize(0) * input.getDimSize(1);
  const int64_t outputRows = output.getDimSize(0) * output.getDimSize(1);
  for (int64_t row = 0; row < outputRows; ++row) {
    const int64_t image = row / output.getDimSize(1);
    const int64_t y = row % output.getDimSize(1);
    const int64_t firstRead =
        image * input.getDimSize(1) + ordered.getInputRows(y, y + 1).first;
    distance = std::max(distance, outputBytes / outputRows * (row + 1) -
                                      inputBytes / inputRows * firstRead);
  }
  return distance;
}
