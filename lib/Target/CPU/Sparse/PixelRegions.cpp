//===- PixelRegions.cpp - Which images stand in blocks --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/PixelRegions.h"
#include "Depthwise/DepthwisePixels.h"
#include "Emit/Layer.h"
#include "Sparse/SparseCosts.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace pare::cpu {

/// Cycles more of a vector that is added to sums of parts of several pixels.
static constexpr double kResidualOfSquares = 0.8;

/// Blocks must promise more than the estimates are wrong by.
static constexpr double kWorthIt = 1.02;

/// Whether an operation computes each element of its output from the same
/// elements of its inputs, whatever they stand for.
static bool isElementwise(Operation *op) {
  return isa<kernel::BinaryOp, kernel::UnaryOp>(op) &&
         llvm::all_equal(op->getOperandTypes());
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

/// Whether an image can stand in blocks, whoever uses it.
static bool isImage(Value value, const TargetInfo &target) {
  auto type = cast<MemRefType>(value.getType());
  return value.getDefiningOp<kernel::BufferOp>() && type.getRank() == 4 &&
         type.getElementType().isF32() && type.getDimSize(0) == 1 &&
         linesPerBlock(type.getDimSize(1), type.getDimSize(2), target) > 0;
}

static int64_t linesOf(Value image, const TargetInfo &target) {
  ArrayRef<int64_t> shape = Layer::shape(image);
  return linesPerBlock(shape[1], shape[2], target);
}

PixelRegions::PixelRegions(func::FuncOp network, const TargetInfo &target)
    : target(target) {
  network.walk([&](Operation *op) {
    decided |= op->hasAttr(kernel::KernelDialect::kPixelBlocksAttr);
  });
  if (decided)
    return;
  for (Operation &op : network.getBody().front())
    if (!isa<kernel::BufferOp>(op))
      visit(&op);
  // From here on each image knows its class at once.
  for (size_t i = 0; i < images.size(); ++i)
    parents[i] = classOf(i);
  // What is known of an image holds for its class.
  for (size_t i = 0; i < images.size(); ++i)
    if (!possible[i])
      possible[classOf(i)] = false;
  chosen.assign(images.size(), false);
}

int PixelRegions::numberOf(Value image) {
  auto [found, isNew] = numbers.try_emplace(image, int(images.size()));
  if (isNew) {
    images.push_back(image);
    parents.push_back(found->second);
    possible.push_back(isImage(image, target));
  }
  return found->second;
}

int PixelRegions::classOf(int image) const {
  while (parents[image] != image)
    image = parents[image];
  return image;
}

void PixelRegions::unite(int a, int b) { parents[classOf(a)] = classOf(b); }

void PixelRegions::exclude(Value image) { possible[numberOf(image)] = false; }

void PixelRegions::visit(Operation *op) {
  if (isElementwise(op)) {
    for (Value operand : op->getOperands())
      unite(numberOf(operand), numberOf(op->getOperand(0)));
    return;
  }
  if (auto sparse = dyn_cast<kernel::SparseContractOp>(op))
    if (visitSparse(sparse))
      return;
  if (auto depthwise = dyn_cast<kernel::DepthwiseOp>(op))
    if (visitDepthwise(depthwise))
      return;
  for (Value operand : op->getOperands())
    if (isa<MemRefType>(operand.getType()))
      exclude(operand);
}

bool PixelRegions::visitSparse(kernel::SparseContractOp sparse) {
  const SparsePlan plan = planSparse(sparse, target);
  const int64_t lines = linesOf(sparse.getOutput(), target);
  if (!plan.takesBlocks() || lines == 0)
    return false;
  User user = {sparse, numberOf(sparse.getInput()),
               numberOf(sparse.getOutput())};
  if (sparse.getResidual())
    unite(numberOf(sparse.getResidual()), user.out);
  const int64_t blocks = Layer::count(sparse.getValues()) / plan.blockSize();
  for (int in : {0, 1})
    for (int out : {0, 1})
      user.cycles[in][out] =
          estimateSparse(planSparse(sparse, target, {in * lines, out * lines}),
                         blocks, target, /*countsLiterals=*/true);
  // It is added to parts of several pixels, too.
  if (sparse.getResidual()) {
    const double vectors =
        double(Layer::count(sparse.getOutput())) / double(target.lanes());
    for (int in : {0, 1})
      user.cycles[in][0] += kResidualOfSquares * vectors;
  }
  users.push_back(user);
  return true;
}

bool PixelRegions::visitDepthwise(kernel::DepthwiseOp depthwise) {
  PixelBlocks blocks = {linesOf(depthwise.getInput(), target),
                        linesOf(depthwise.getOutput(), target)};
  if (blocks.in == 0 || blocks.out == 0 ||
      !canBlockPixels(depthwise, blocks, target))
    return false;
  const ConvShape shape = ConvShape::of(depthwise);
  User user = {depthwise, numberOf(depthwise.getInput()),
               numberOf(depthwise.getOutput())};
  unite(user.in, user.out);
  user.cycles[0][0] = estimateDepthwise(shape, target);
  user.cycles[1][1] = estimateDepthwise(
      *DepthwisePixels::of(shape, blocks, shape.outHeight, target), target);
  users.push_back(user);
  return true;
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

double PixelRegions::cyclesOf(ArrayRef<char> blocked) const {
  double cycles = 0.0;
  for (const User &user : users) {
    const bool in = isBlocked(user.in, blocked),
               out = isBlocked(user.out, blocked);
    cycles += user.cycles[in][out] * (in || out ? kWorthIt : 1.0);
  }
  return cycles;
}

void PixelRegions::improve(SmallVectorImpl<char> &blocked) const {
  double least = cyclesOf(blocked);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < images.size(); ++i) {
      if (classOf(i) != int(i) || !possible[i])
        continue;
      blocked[i] = !blocked[i];
      const double cycles = cyclesOf(blocked);
      if (cycles < least) {
        least = cycles;
        changed = true;
      } else {
        blocked[i] = !blocked[i];
      }
    }
  }
}

void PixelRegions::takeAll() {
  for (size_t i = 0; i < images.size(); ++i)
    chosen[i] = possible[i] && classOf(i) == int(i);
}

void PixelRegions::choose() {
  // From both ends: layers of a region gain together.
  SmallVector<char> few(images.size(), false);
  improve(few);
  takeAll();
  improve(chosen);
  if (cyclesOf(few) <= cyclesOf(chosen))
    chosen = few;
}

int64_t PixelRegions::apply() {
  for (const User &user : users) {
    PixelBlocks blocks;
    if (isBlocked(user.in, chosen))
      blocks.in = linesOf(images[user.in], target);
    if (isBlocked(user.out, chosen))
      blocks.out = linesOf(images[user.out], target);
    blocks.set(user.op);
  }
  return llvm::count_if(llvm::seq<int>(images.size()),
                        [&](int i) { return isBlocked(i, chosen); });
}

//===----------------------------------------------------------------------===//
// Agreement
//===----------------------------------------------------------------------===//

namespace {

class Layouts {
public:
  /// Notes the layout of an image as an operation has it; whether the
  /// operations before had the same.
  LogicalResult note(Operation *op, Value image, int64_t lines) {
    image = rootOf(op, image);
    auto [known, isNew] = layouts.try_emplace(image, lines);
    if (known->second == lines)
      return success();
    return op->emitError() << "expected an image in blocks of " << lines
                           << " lines, but found it in blocks of "
                           << known->second << " (0: channels innermost); '"
                           << kernel::KernelDialect::kPixelBlocksAttr
                           << "' must agree on each buffer";
  }
  std::optional<int64_t> find(Operation *op, Value image) const {
    auto known = layouts.find(rootOf(op, image));
    return known == layouts.end() ? std::nullopt : std::optional(known->second);
  }

private:
  /// The image that an argument of kernel.stripes stands for.
  static Value rootOf(Operation *op, Value image) {
    if (kernel::StripesOp::isMember(op))
      if (Value operand =
              cast<kernel::StripesOp>(op->getParentOp()).getOperandOf(image))
        return operand;
    return image;
  }
  llvm::DenseMap<Value, int64_t> layouts;
};

} // namespace

LogicalResult verifyPixelBlocks(func::FuncOp network) {
  // Most networks have none.
  SmallVector<Operation *> ops;
  bool any = false;
  network.walk([&](Operation *op) {
    any |= op->hasAttr(kernel::KernelDialect::kPixelBlocksAttr);
    if (op != network.getOperation() && !isa<kernel::StripesOp>(op))
      ops.push_back(op);
  });
  if (!any)
    return success();
  Layouts layouts;
  SmallVector<Operation *> elementwise;
  for (Operation *op : ops) {
    if (isElementwise(op)) {
      elementwise.push_back(op);
      continue;
    }
    const PixelBlocks blocks = PixelBlocks::of(op);
    for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
      if (!isa<MemRefType>(operand.getType()))
        continue;
      // Weights have no layout of images.
      auto sparse = dyn_cast<kernel::SparseContractOp>(op);
      const bool isOut = i + 1 == op->getNumOperands() ||
                         (sparse && operand == sparse.getResidual());
      const int64_t lines = i == 0 ? blocks.in : isOut ? blocks.out : 0;
      if (failed(layouts.note(op, operand, lines)))
        return failure();
    }
  }
  for (Value argument : network.getArguments())
    if (isa<MemRefType>(argument.getType()) &&
        failed(layouts.note(network, argument, 0)))
      return failure();
  // Theirs follows from any of their images.
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation *op : elementwise) {
      std::optional<int64_t> lines;
      for (Value operand : op->getOperands())
        if (!lines)
          lines = layouts.find(op, operand);
      if (!lines)
        continue;
      for (Value operand : op->getOperands()) {
        changed |= !layouts.find(op, operand);
        if (failed(layouts.note(op, operand, *lines)))
          return failure();
      }
    }
  }
  return success();
}

} // namespace pare::cpu
