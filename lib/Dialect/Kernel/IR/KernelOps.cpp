//===- KernelOps.cpp - Verifiers of the kernel dialect --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace pare::kernel;

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

/// Every buffer is static, contiguous and row-major, and holds something.
static LogicalResult verifyBuffers(Operation *op) {
  for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults())) {
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity())
      return op->emitOpError("expects static contiguous buffers, but found ")
             << value.getType();
    if (type.getNumElements() == 0)
      return op->emitOpError("expects at least one element, but found ")
             << type;
  }
  return success();
}

/// All of `sizes` are at least `least`.
static LogicalResult verifyAtLeast(Operation *op, StringRef what,
                                   ArrayRef<int64_t> sizes, int64_t least) {
  for (int64_t size : sizes)
    if (size < least)
      return op->emitOpError("expects ")
             << what << " of at least " << least << ", but found " << size;
  return success();
}

static bool hasElements(Value value, bool integer, unsigned bits) {
  Type element = typeOf(value).getElementType();
  return integer ? element.isInteger(bits) : element.isF32();
}

/// f32 throughout, or i8 with 32-bit biases. A bias may be missing.
static LogicalResult verifyFloatOrBytes(Operation *op, ArrayRef<Value> values,
                                        Value bias = {}) {
  bool integer = isa<IntegerType>(typeOf(values.front()).getElementType());
  for (Value value : values)
    if (!hasElements(value, integer, 8))
      return op->emitOpError("expects ")
             << (integer ? "i8" : "f32") << " throughout, but found "
             << value.getType();
  if (bias && !hasElements(bias, integer, 32))
    return op->emitOpError("expects a bias of ")
           << (integer ? "i32" : "f32") << ", but found " << bias.getType();
  return success();
}

static LogicalResult verifyRank(Operation *op, StringRef what, Value value,
                                int64_t rank) {
  if (typeOf(value).getRank() != rank)
    return op->emitOpError("expects ")
           << what << " of rank " << rank << ", but found " << value.getType();
  return success();
}

static LogicalResult verifySameCount(Operation *op, Value a, Value b) {
  if (typeOf(a).getNumElements() != typeOf(b).getNumElements())
    return op->emitOpError("expects as many elements in the output as in the "
                           "input, but found ")
           << a.getType() << " and " << b.getType();
  return success();
}

/// Functions belong to what combines f32 values, tables to convolutions of
/// bytes.
static LogicalResult verifyFunction(Operation *op, EpilogueAttr epilogue,
                                    Value output) {
  if (epilogue.getTable() &&
      (!isa<ContractOp, DepthwiseOp, TransposeConvOp, SparseContractOp>(op) ||
       !typeOf(output).getElementType().isInteger(8)))
    return op->emitOpError("expects an epilogue without a table, which only "
                           "8-bit results of convolutions take");
  if (!epilogue.hasFunction() && epilogue.getAlphaValue() == 0.0)
    return success();
  if (!isa<ContractOp, DepthwiseOp, TransposeConvOp, SparseContractOp,
           BatchMatmulOp, BinaryOp>(op) ||
      !typeOf(output).getElementType().isF32())
    return op->emitOpError("expects an epilogue without a function, which only "
                           "f32 results of contractions and of kernel.binary "
                           "take");
  if (epilogue.getFunction() != UnaryKind::LeakyRelu &&
      epilogue.getAlphaValue() != 0.0)
    return op->emitOpError("expects 'alpha' for leaky_relu alone");
  return success();
}

/// An integer result of a rescaling operation needs scales: one, or one per
/// channel.
static LogicalResult verifyEpilogue(Operation *op, EpilogueAttr epilogue,
                                    Value output, bool rescales,
                                    ArrayRef<int64_t> counts) {
  bool integer = isa<IntegerType>(typeOf(output).getElementType());
  pare::nn::ScalesAttr scales = epilogue.getScales();
  if (bool(scales) != (integer && rescales))
    return op->emitOpError("expects scales in the epilogue ")
           << (integer && rescales ? "of a rescaled integer result"
                                   : "of rescaled integer results alone");
  if (scales && !llvm::is_contained(counts, scales.size()))
    return op->emitOpError("expects ")
           << llvm::interleaved(counts, " or ") << " scales, but found "
           << scales.size();
  if (!(epilogue.getLowBound() <= epilogue.getHighBound()))
    return op->emitOpError("expects epilogue bounds in increasing order");
  return verifyFunction(op, epilogue, output);
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

LogicalResult BufferOp::verify() {
  if (std::optional<int64_t> offset = getOffset(); offset && *offset < 0)
    return emitOpError("expects an offset of at least 0, but found ")
           << *offset;
  return verifyBuffers(*this);
}

LogicalResult TimestampOp::verify() {
  int64_t size = typeOf(getOutput()).getNumElements();
  if (int64_t(getIndex()) < 0 || int64_t(getIndex()) >= size)
    return emitOpError("expects an index from 0 to ")
           << size - 1 << ", but found " << getIndex();
  return verifyBuffers(*this);
}

Value ReshapeOp::getViewSource() { return getSource(); }

LogicalResult ReshapeOp::verify() {
  MemRefType from = typeOf(getSource()), to = typeOf(getOutput());
  if (failed(verifyBuffers(*this)) ||
      failed(verifySameCount(*this, getSource(), getOutput())))
    return failure();
  if (from.getElementType() != to.getElementType())
    return emitOpError("expects one element type, but found ")
           << from << " and " << to;
  return success();
}

Value SubviewOp::getViewSource() { return getSource(); }

LogicalResult SubviewOp::verify() {
  MemRefType from = typeOf(getSource()), to = typeOf(getOutput());
  if (failed(verifyBuffers(*this)))
    return failure();
  if (from.getElementType() != to.getElementType())
    return emitOpError("expects one element type, but found ")
           << from << " and " << to;
  const int64_t first = getFirst(), last = first + to.getNumElements();
  if (first < 0 || last > from.getNumElements())
    return emitOpError("expects elements within [0, ")
           << from.getNumElements() << "), but found [" << first << ", " << last
           << ")";
  if (getRootBuffer(getSource()).getDefiningOp<memref::GetGlobalOp>())
    return emitOpError("expects a part of a buffer or an argument, but found "
                       "one of a constant");
  return success();
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// Output positions of a window in one dimension.
static int64_t windowCount(int64_t size, int64_t kernel, int64_t stride,
                           int64_t dilation, int64_t padding) {
  return (size + padding - dilation * (kernel - 1) - 1) / stride + 1;
}

template <typename OpT>
static LogicalResult verifyBias(OpT op, int64_t channels) {
  if (op.getBias() && (typeOf(op.getBias()).getRank() != 1 ||
                       typeOf(op.getBias()).getNumElements() != channels))
    return op.emitOpError("expects a bias of ")
           << channels << " elements, but found " << op.getBias().getType();
  return success();
}

template <typename OpT>
static LogicalResult verifyConvolution(OpT op, ArrayRef<int64_t> kernel,
                                       ArrayRef<int64_t> dilations,
                                       int64_t channels) {
  if (failed(verifyRank(op, "an input", op.getInput(), 4)) ||
      failed(verifyRank(op, "an output", op.getOutput(), 4)) ||
      failed(verifyBias(op, channels)) ||
      failed(verifyAtLeast(op, "kernel sizes", kernel, 1)) ||
      failed(verifyAtLeast(op, "strides", op.getStrides(), 1)) ||
      failed(verifyAtLeast(op, "dilations", dilations, 1)) ||
      failed(verifyAtLeast(op, "padding", op.getPadding(), 0)))
    return failure();
  ArrayRef<int64_t> in = typeOf(op.getInput()).getShape(),
                    out = typeOf(op.getOutput()).getShape(),
                    pad = op.getPadding(), strides = op.getStrides();
  for (int d : {0, 1}) {
    int64_t expected = windowCount(in[1 + d], kernel[d], strides[d],
                                   dilations[d], pad[2 * d] + pad[2 * d + 1]);
    if (out[1 + d] != expected)
      return op.emitOpError("expects ")
             << expected << (d ? " columns" : " rows") << ", but found "
             << out[1 + d];
  }
  if (out[0] != in[0] || out[3] != channels)
    return op.emitOpError("expects an output of ")
           << in[0] << " images with " << channels << " channels, but found "
           << op.getOutput().getType();
  return verifyEpilogue(op, op.getEpilogue(), op.getOutput(), true,
                        {1, channels});
}

/// Scales of a sum: of both summands, and of the result in mode `fixed`.
static int64_t numSumScales(EpilogueAttr epilogue) {
  pare::nn::ScalesAttr scales = epilogue.getScales();
  return scales && scales.getMode() == pare::nn::RequantMode::Fixed ? 3 : 2;
}

template <typename OpT> static LogicalResult verifyResidual(OpT op) {
  Value residual = op.getResidual();
  std::optional<EpilogueAttr> epilogue = op.getResidualEpilogue();
  if (bool(residual) != epilogue.has_value())
    return op.emitOpError(
        "expects a residual and its epilogue, but found only one of them");
  if (!residual)
    return success();
  if (residual.getType() != op.getOutput().getType())
    return op.emitOpError("expects a residual of ")
           << op.getOutput().getType() << ", but found " << residual.getType();
  if (getRootBuffer(residual) == getRootBuffer(op.getOutput()))
    return op.emitOpError("expects a residual that is not the output");
  if (op.getEpilogue().getTable() || epilogue->getTable())
    return op.emitOpError("expects no table where there is a residual");
  return verifyEpilogue(op, *epilogue, op.getOutput(), true,
                        {numSumScales(*epilogue)});
}

/// The operands of a convolution with a dense filter.
template <typename OpT> static LogicalResult verifyImageAndFilter(OpT op) {
  return success(
      succeeded(verifyBuffers(op)) &&
      succeeded(verifyFloatOrBytes(
          op, {op.getInput(), op.getFilter(), op.getOutput()}, op.getBias())) &&
      succeeded(verifyRank(op, "an input", op.getInput(), 4)) &&
      succeeded(verifyRank(op, "a filter", op.getFilter(), 4)));
}

LogicalResult ContractOp::verify() {
  if (failed(verifyImageAndFilter(*this)))
    return failure();
  ArrayRef<int64_t> filter = typeOf(getFilter()).getShape();
  int64_t channels = typeOf(getInput()).getShape().back();
  if (channels % filter[3] != 0 || filter[0] % (channels / filter[3]) != 0)
    return emitOpError("expects groups that divide the channels, but found ")
           << getInput().getType() << " and " << getFilter().getType();
  return success(succeeded(verifyConvolution(*this, filter.slice(1, 2),
                                             getDilations(), filter[0])) &&
                 succeeded(verifyResidual(*this)));
}

LogicalResult DepthwiseOp::verify() {
  if (failed(verifyImageAndFilter(*this)))
    return failure();
  ArrayRef<int64_t> filter = typeOf(getFilter()).getShape();
  int64_t channels = typeOf(getInput()).getShape().back();
  if (filter[0] != 1 || filter[3] % channels != 0)
    return emitOpError("expects a filter of 1xKHxKWx(")
           << channels << "*M), but found " << getFilter().getType();
  return verifyConvolution(*this, filter.slice(1, 2), getDilations(),
                           filter[3]);
}

LogicalResult TransposeConvOp::verify() {
  if (failed(verifyImageAndFilter(*this)) ||
      failed(verifyAtLeast(*this, "strides", getStrides(), 1)) ||
      failed(verifyRank(*this, "an output", getOutput(), 4)))
    return failure();
  int64_t channels = typeOf(getFilter()).getDimSize(0);
  if (typeOf(getOutput()).getDimSize(3) != channels ||
      typeOf(getFilter()).getDimSize(3) != typeOf(getInput()).getDimSize(3))
    return emitOpError("expects a filter of output x KH x KW x input channels, "
                       "but found ")
           << getFilter().getType();
  if (failed(verifyBias(*this, channels)))
    return failure();
  return verifyEpilogue(*this, getEpilogue(), getOutput(), true, {1, channels});
}

LogicalResult SparseContractOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getInput(), getValues(), getOutput()},
                                getBias())) ||
      failed(verifyRank(*this, "an output", getOutput(), 4)))
    return failure();
  int64_t channels = typeOf(getOutput()).getShape().back();
  int64_t blockRows = getBlock()[0], blockColumns = getBlock()[1];
  if (blockRows < 1 || blockColumns < 1 || channels % blockRows)
    return emitOpError("expects blocks that divide the ")
           << channels << " output channels, but found " << blockRows << "x"
           << blockColumns;
  if (typeOf(getPositions()).getNumElements() != channels / blockRows + 1)
    return emitOpError("expects ")
           << channels / blockRows + 1 << " positions, but found "
           << typeOf(getPositions()).getNumElements();
  if (typeOf(getValues()).getNumElements() !=
      typeOf(getCoordinates()).getNumElements() * blockRows * blockColumns)
    return emitOpError("expects a block of values for each coordinate");
  return success(succeeded(verifyConvolution(*this, getKernelSize(),
                                             getDilations(), channels)) &&
                 succeeded(verifyResidual(*this)));
}

/// The numbers of a constant; nothing if `value` is none.
static std::optional<SmallVector<int32_t>>
getConstantI32(Value value, Operation *user, SymbolTableCollection &tables) {
  auto read = value.getDefiningOp<memref::GetGlobalOp>();
  if (!read)
    return std::nullopt;
  auto global = tables.lookupNearestSymbolFrom<memref::GlobalOp>(
      user, read.getNameAttr());
  if (!global || !global.getConstant())
    return std::nullopt;
  auto elements = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
  return elements ? pare::nn::getI32Values(elements) : std::nullopt;
}

LogicalResult
SparseContractOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto positions = getConstantI32(getPositions(), *this, symbolTable);
  auto coordinates = getConstantI32(getCoordinates(), *this, symbolTable);
  if (!positions || !coordinates)
    return success();
  const int64_t columns = getKernelSize()[0] * getKernelSize()[1] *
                          typeOf(getInput()).getDimSize(3);
  return pare::nn::verifySparseRows(*positions, *coordinates,
                                    columns / getBlock()[1],
                                    [&] { return emitOpError(); });
}

LogicalResult BatchMatmulOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getLhs(), getRhs(), getOutput()})) ||
      failed(verifyRank(*this, "a left operand", getLhs(), 3)) ||
      failed(verifyRank(*this, "a right operand", getRhs(), 3)) ||
      failed(verifyRank(*this, "an output", getOutput(), 3)))
    return failure();
  ArrayRef<int64_t> lhs = typeOf(getLhs()).getShape(),
                    rhs = typeOf(getRhs()).getShape(),
                    out = typeOf(getOutput()).getShape();
  int64_t m = lhs[getTransposeLhs() ? 2 : 1],
          k = lhs[getTransposeLhs() ? 1 : 2];
  int64_t n = rhs[getTransposeRhs() ? 1 : 2];
  if (k != rhs[getTransposeRhs() ? 2 : 1] || out[1] != m || out[2] != n ||
      (lhs[0] != 1 && lhs[0] != out[0]) || (rhs[0] != 1 && rhs[0] != out[0]))
    return emitOpError("expects shapes BxMxK, BxKxN and BxMxN, but found ")
           << getLhs().getType() << ", " << getRhs().getType() << " and "
           << getOutput().getType();
  return verifyEpilogue(*this, getEpilogue(), getOutput(), true, {1});
}

//===----------------------------------------------------------------------===//
// Pools and element-wise operations
//===----------------------------------------------------------------------===//

LogicalResult PoolOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getInput(), getOutput()})) ||
      failed(verifyRank(*this, "an input", getInput(), 4)) ||
      failed(verifyRank(*this, "an output", getOutput(), 4)) ||
      failed(verifyAtLeast(*this, "kernel sizes", getKernel(), 1)) ||
      failed(verifyAtLeast(*this, "strides", getStrides(), 1)) ||
      failed(verifyAtLeast(*this, "padding", getPadding(), 0)))
    return failure();
  ArrayRef<int64_t> in = typeOf(getInput()).getShape(),
                    out = typeOf(getOutput()).getShape(), pad = getPadding();
  for (int d : {0, 1}) {
    int64_t expected = windowCount(in[1 + d], getKernel()[d], getStrides()[d],
                                   1, pad[2 * d] + pad[2 * d + 1]);
    if (out[1 + d] != expected)
      return emitOpError("expects ") << expected << (d ? " columns" : " rows")
                                     << ", but found " << out[1 + d];
  }
  if (out[0] != in[0] || out[3] != in[3])
    return emitOpError("expects an output of ")
           << in[0] << " images with " << in[3] << " channels, but found "
           << getOutput().getType();
  return verifyEpilogue(*this, getEpilogue(), getOutput(), false, {});
}

LogicalResult BinaryOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getLhs(), getRhs(), getOutput()})))
    return failure();
  ArrayRef<int64_t> out = typeOf(getOutput()).getShape();
  for (Value operand : {Value(getLhs()), Value(getRhs())}) {
    ArrayRef<int64_t> in = typeOf(operand).getShape();
    bool fits = in.size() <= out.size();
    for (size_t d = 0; fits && d < in.size(); ++d) {
      int64_t size = out[out.size() - in.size() + d];
      fits = in[d] == 1 || in[d] == size;
    }
    if (!fits)
      return emitOpError("expects operands that broadcast to ")
             << getOutput().getType() << ", but found " << operand.getType();
  }
  BinaryKind kind = getKind();
  bool sum = kind == BinaryKind::Add || kind == BinaryKind::Sub;
  bool rescales = sum || kind == BinaryKind::Mul;
  if (isa<IntegerType>(typeOf(getOutput()).getElementType()) &&
      (kind == BinaryKind::Div || kind > BinaryKind::Minimum))
    return emitOpError("has no integer form of ") << stringifyBinaryKind(kind);
  return verifyEpilogue(*this, getEpilogue(), getOutput(), rescales,
                        {sum ? numSumScales(getEpilogue()) : 1});
}

LogicalResult UnaryOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifySameCount(*this, getInput(), getOutput())))
    return failure();
  if (!typeOf(getInput()).getElementType().isF32() ||
      !typeOf(getOutput()).getElementType().isF32())
    return emitOpError("expects f32, but found ")
           << getInput().getType() << " and " << getOutput().getType();
  if ((getKind() == UnaryKind::LeakyRelu) != getAlpha().has_value())
    return emitOpError("expects 'alpha' for leaky_relu alone");
  return verifyFunction(*this, getEpilogue(), getOutput());
}

LogicalResult TableOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getInput(), getTable(), getOutput()})))
    return failure();
  if (typeOf(getTable()).getNumElements() != 256)
    return emitOpError("expects a table of 256 entries, but found ")
           << getTable().getType();
  return verifySameCount(*this, getInput(), getOutput());
}

LogicalResult ConvertOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifySameCount(*this, getInput(), getOutput())))
    return failure();
  ConvertKind kind = getKind();
  if (kind == ConvertKind::Cast)
    return success();
  bool fromFloat =
      kind == ConvertKind::Quantize || kind == ConvertKind::FakeQuant;
  bool toFloat =
      kind == ConvertKind::Dequantize || kind == ConvertKind::FakeQuant;
  auto fits = [](Value value, bool isFloat) {
    Type element = typeOf(value).getElementType();
    return isFloat ? element.isF32() : isa<IntegerType>(element);
  };
  if (!fits(getInput(), fromFloat) || !fits(getOutput(), toFloat))
    return emitOpError("expects ")
           << stringifyConvertKind(kind) << " from "
           << (fromFloat ? "f32" : "integers") << " to "
           << (toFloat ? "f32" : "integers") << ", but found "
           << getInput().getType() << " and " << getOutput().getType();
  if (!(getScale().convertToFloat() > 0))
    return emitOpError("expects a positive scale");
  return verifyFunction(*this, getEpilogue(), getOutput());
}

//===----------------------------------------------------------------------===//
// Reductions and normalization
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getInput(), getOutput()})))
    return failure();
  ArrayRef<int64_t> in = typeOf(getInput()).getShape();
  int64_t kept = 1;
  for (auto [d, size] : llvm::enumerate(in))
    if (!llvm::is_contained(getAxes(), int64_t(d)))
      kept *= size;
  for (int64_t axis : getAxes())
    if (axis < 0 || axis >= int64_t(in.size()))
      return emitOpError("expects axes in [0, ")
             << in.size() << "), but found " << axis;
  if (typeOf(getOutput()).getNumElements() != kept)
    return emitOpError("expects an output of ")
           << kept << " elements, but found " << getOutput().getType();
  bool rescales = getKind() == ReduceKind::Mean || getKind() == ReduceKind::Sum;
  return verifyEpilogue(*this, getEpilogue(), getOutput(), rescales, {1});
}

LogicalResult SoftmaxOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyFloatOrBytes(*this, {getInput(), getOutput()})) ||
      failed(verifySameCount(*this, getInput(), getOutput())))
    return failure();
  if (typeOf(getInput()).getRank() < 1)
    return emitOpError("expects rows, but found ") << getInput().getType();
  bool integer = typeOf(getInput()).getElementType().isInteger(8);
  if (integer != bool(getTable()))
    return emitOpError("expects a table for i8 alone");
  if (getTable() && typeOf(getTable()).getNumElements() != 256)
    return emitOpError("expects a table of 256 entries, but found ")
           << getTable().getType();
  if (integer && getLog())
    return emitOpError("expects f32 for a log-softmax");
  return success();
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifySameCount(*this, getInput(), getOutput())))
    return failure();
  if (typeOf(getInput()).getRank() < 1)
    return emitOpError("expects rows, but found ") << getInput().getType();
  int64_t channels = typeOf(getInput()).getShape().back();
  for (Value vector : {Value(getGamma()), Value(getBeta())})
    if (typeOf(vector).getNumElements() != channels)
      return emitOpError("expects parameters of ")
             << channels << " elements, but found " << vector.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

/// The first and last flat index that a strided walk touches.
static std::pair<int64_t, int64_t>
walkRange(int64_t offset, ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  int64_t first = offset, last = offset;
  for (auto [size, stride] : llvm::zip(sizes, strides))
    (stride < 0 ? first : last) += (size - 1) * stride;
  return {first, last};
}

LogicalResult CopyOp::verify() {
  if (failed(verifyBuffers(*this)))
    return failure();
  ArrayRef<int64_t> sizes = getSizes();
  if (getInputStrides().size() != sizes.size() ||
      getOutputStrides().size() != sizes.size())
    return emitOpError("expects a stride for each of ")
           << sizes.size() << " sizes";
  if (failed(verifyAtLeast(*this, "sizes", sizes, 1)))
    return failure();
  if (typeOf(getInput()).getElementType() !=
      typeOf(getOutput()).getElementType())
    return emitOpError("expects one element type, but found ")
           << getInput().getType() << " and " << getOutput().getType();
  auto check = [&](StringRef what, Value buffer, int64_t offset,
                   ArrayRef<int64_t> strides) -> LogicalResult {
    auto [first, last] = walkRange(offset, sizes, strides);
    int64_t count = typeOf(buffer).getNumElements();
    if (first < 0 || last >= count)
      return emitOpError("expects to stay inside the ")
             << what << " of " << count << " elements, but reaches " << first
             << " to " << last;
    return success();
  };
  if (failed(check("input", getInput(), getInputOffset(), getInputStrides())))
    return failure();
  return check("output", getOutput(), getOutputOffset(), getOutputStrides());
}

LogicalResult FillOp::verify() {
  if (getValue().getType() != typeOf(getOutput()).getElementType())
    return emitOpError("expects a value of type ")
           << typeOf(getOutput()).getElementType() << ", but found "
           << getValue().getType();
  return verifyBuffers(*this);
}

LogicalResult GatherOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyRank(*this, "a table", getTable(), 4)) ||
      failed(verifyRank(*this, "indices", getIndices(), 2)) ||
      failed(verifyRank(*this, "an output", getOutput(), 4)))
    return failure();
  ArrayRef<int64_t> table = typeOf(getTable()).getShape(),
                    indices = typeOf(getIndices()).getShape(),
                    out = typeOf(getOutput()).getShape();
  if (table[0] != indices[0] || out[0] != table[0] || out[1] != table[1] ||
      out[2] != indices[1] || out[3] != table[3])
    return emitOpError("expects shapes BxOxRxI, BxJ and BxOxJxI, but found ")
           << getTable().getType() << ", " << getIndices().getType() << " and "
           << getOutput().getType();
  if (typeOf(getTable()).getElementType() !=
      typeOf(getOutput()).getElementType())
    return emitOpError("expects one element type, but found ")
           << getTable().getType() << " and " << getOutput().getType();
  return success();
}

LogicalResult ResizeOp::verify() {
  if (failed(verifyBuffers(*this)) ||
      failed(verifyRank(*this, "an input", getInput(), 4)) ||
      failed(verifyRank(*this, "an output", getOutput(), 4)))
    return failure();
  ArrayRef<int64_t> in = typeOf(getInput()).getShape(),
                    out = typeOf(getOutput()).getShape();
  if (out[0] != in[0] || out[3] != in[3])
    return emitOpError("expects an output of ")
           << in[0] << " images with " << in[3] << " channels, but found "
           << getOutput().getType();
  if (typeOf(getInput()).getElementType() !=
      typeOf(getOutput()).getElementType())
    return emitOpError("expects one element type, but found ")
           << getInput().getType() << " and " << getOutput().getType();
  if (getBilinear() && !typeOf(getInput()).getElementType().isF32())
    return emitOpError("expects f32 for bilinear interpolation, but found ")
           << getInput().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Recurrent steps
//===----------------------------------------------------------------------===//

/// `unitBytes` is the scratch memory of one unit.
template <typename OpT>
static LogicalResult verifyRecurrent(OpT op, int64_t gates, int64_t unitBytes) {
  if (failed(verifyBuffers(op)) ||
      failed(verifyFloatOrBytes(
          op,
          {op.getInput(), op.getWeights(), op.getRecurrent(), op.getOutput()},
          op.getBias())) ||
      failed(verifyRank(op, "an input", op.getInput(), 3)) ||
      failed(verifyRank(op, "an output", op.getOutput(), 3)))
    return failure();
  int64_t hidden = typeOf(op.getOutput()).getDimSize(2);
  int64_t scratchBytes = hidden * unitBytes;
  int64_t inputs = typeOf(op.getInput()).getDimSize(2);
  if (typeOf(op.getInput()).getShape().drop_back() !=
      typeOf(op.getOutput()).getShape().drop_back())
    return op.emitOpError("expects as many steps in the output as in the "
                          "input, but found ")
           << op.getInput().getType() << " and " << op.getOutput().getType();
  if (typeOf(op.getWeights()).getNumElements() != gates * hidden * inputs ||
      typeOf(op.getRecurrent()).getNumElements() != gates * hidden * hidden ||
      typeOf(op.getBias()).getNumElements() != gates * hidden)
    return op.emitOpError("expects weights for ")
           << gates << " gates of " << hidden << " units over " << inputs
           << " inputs";
  if (getSizeInBytes(typeOf(op.getScratch())) < scratchBytes)
    return op.emitOpError("expects scratch of ")
           << scratchBytes << " bytes, but found " << op.getScratch().getType();
  return success();
}

LogicalResult LstmOp::verify() {
  bool integer = typeOf(getInput()).getElementType().isInteger(8);
  if (integer != bool(getScalesAttr()))
    return emitOpError("expects scales in the integer form alone");
  if (integer && getScalesAttr().size() != 9)
    return emitOpError("expects 9 scales, but found ")
           << getScalesAttr().size();
  // 4H sums of 4 bytes, then cells and hidden values of 4 or 2 bytes.
  return verifyRecurrent(*this, 4, 4 * 4 + 2 * (integer ? 2 : 4));
}

LogicalResult GruOp::verify() {
  if (typeOf(getRecurrentBias()) != typeOf(getBias()))
    return emitOpError("expects biases of one type, but found ")
           << getBias().getType() << " and " << getRecurrentBias().getType();
  return verifyRecurrent(*this, 3, 7 * 4);
}
