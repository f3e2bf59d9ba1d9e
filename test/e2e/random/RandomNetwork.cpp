//===- RandomNetwork.cpp - Small random networks of integers --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace pare;
using namespace pare::test;

nn::ActivationAttr NetworkBuilder::randomActivation() {
  MLIRContext *context = builder.getContext();
  switch (random.pick(0, 5)) {
  case 0:
    return nn::ActivationAttr::get(context, nn::ActivationKind::Relu);
  case 1:
    return nn::ActivationAttr::get(context, nn::ActivationKind::Relu6);
  case 2:
    return nn::ActivationAttr::get(context, nn::ActivationKind::ReluN1To1);
  case 3:
    return nn::ActivationAttr::get(context, random.real(-2.0, -0.1),
                                   random.real(0.1, 2.0));
  default:
    return {};
  }
}

/// Random weights, per tensor or per channel along `axis`, of about one scale.
/// The weights of unsigned networks have a zero point, as old converters left
/// them.
Value NetworkBuilder::makeFilter(ArrayRef<int64_t> shape, int64_t axis,
                                 double mean) {
  int64_t channels = shape[axis];
  Type element;
  if (isUnsigned) {
    element = quantized(mean, random.pick(90, 160));
  } else if (random.chance(60)) {
    SmallVector<double> scales;
    for (int64_t c = 0; c < channels; ++c)
      scales.push_back(static_cast<float>(mean * random.real(0.5, 1.5)));
    element = quant::UniformQuantizedPerAxisType::get(
        unsigned(quant::QuantizationFlags::Signed), builder.getIntegerType(8),
        builder.getF32Type(), scales, SmallVector<int64_t>(channels, 0), axis,
        -127, 127);
  } else {
    element = QType::get(unsigned(quant::QuantizationFlags::Signed),
                         builder.getIntegerType(8), builder.getF32Type(),
                         static_cast<float>(mean), 0, -127, 127);
  }
  RankedTensorType type = tensorOf(shape, element);
  // Full-range weights now and then: sums of their products are the largest.
  bool extreme = random.chance(10);
  std::vector<char> bytes(type.getNumElements());
  for (char &byte : bytes) {
    int64_t value =
        extreme ? (random.chance(50) ? 127 : -127) : random.pick(-127, 127);
    byte = static_cast<char>(isUnsigned ? value + 128 : value);
  }
  // Pruned channels, of which exact passes make use.
  char zero =
      static_cast<char>(isUnsigned ? cast<QType>(element).getZeroPoint() : 0);
  if (random.chance(25)) {
    int64_t rows = shape[axis], row = bytes.size() / rows;
    for (int64_t r = 0; axis == 0 && r < rows; ++r)
      if (random.chance(40))
        std::fill_n(bytes.begin() + r * row, row, zero);
  }
  if (random.chance(25)) {
    int64_t columns = shape.back();
    for (int64_t c = 0; c < columns; ++c)
      if (random.chance(30))
        for (size_t i = c; i < bytes.size(); i += columns)
          bytes[i] = zero;
  }
  if (axis == 0 && block.rows > 0)
    zeroBlocks(shape, bytes);
  auto storage = tensorOf(shape, builder.getIntegerType(8));
  return nn::ConstantOp::create(
      builder, here(), type,
      nn::makeElements(storage, bytes, "w" + std::to_string(numLayers)));
}

/// Zeroes four of five blocks, and all blocks of some block rows.
void NetworkBuilder::zeroBlocks(ArrayRef<int64_t> shape,
                                MutableArrayRef<char> bytes) {
  const int64_t rows = shape[0], columns = bytes.size() / rows;
  for (int64_t row = 0; row < rows; row += block.rows) {
    const bool isEmpty = random.chance(10);
    for (int64_t column = 0; column < columns; column += block.columns) {
      if (!isEmpty && random.chance(20))
        continue;
      for (int64_t r = row; r < std::min(row + block.rows, rows); ++r)
        for (int64_t c = column; c < std::min(column + block.columns, columns);
             ++c)
          bytes[r * columns + c] = 0;
    }
  }
}

Value NetworkBuilder::makeBias(Value filter, int64_t axis, double inputScale,
                               double spread) {
  if (random.chance(25))
    return {};
  int64_t channels = shapeOf(filter)[axis];
  quant::QuantizedType weights = nn::getQuantizedType(filter);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(weights);
  Type element;
  Type i32 = builder.getI32Type(), f32 = builder.getF32Type();
  constexpr int64_t kMin = INT32_MIN, kMax = INT32_MAX;
  unsigned flags = quant::QuantizationFlags::Signed;
  if (perAxis) {
    SmallVector<double> scales;
    for (double scale : perAxis.getScales())
      scales.push_back(static_cast<float>(inputScale * scale));
    element = quant::UniformQuantizedPerAxisType::get(
        flags, i32, f32, scales, SmallVector<int64_t>(channels, 0), 0, kMin,
        kMax);
  } else {
    element = QType::get(flags, i32, f32,
                         static_cast<float>(inputScale * nn::getScale(weights)),
                         0, kMin, kMax);
  }
  SmallVector<int32_t> stored;
  for (int64_t c = 0; c < channels; ++c)
    stored.push_back(static_cast<int32_t>(random.real(-spread, spread)));
  auto storage = tensorOf({channels}, i32);
  return nn::ConstantOp::create(
      builder, here(), tensorOf({channels}, element),
      DenseElementsAttr::get(storage, ArrayRef(stored)));
}

Value NetworkBuilder::addPointwise(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  const int64_t channels = random.chance(30)           ? in[3]
                           : kind == NetworkKind::Wide ? pickWide()
                                                       : random.pick(1, 40);
  const double inputScale = typeOf(input).getScale();
  QType type = randomType(randomScale());
  Value filter = makeFilter({channels, 1, 1, in[3]}, /*axis=*/0,
                            weightScale(inputScale, in[3], type.getScale()));
  Value bias =
      makeBias(filter, 0, inputScale, std::sqrt(double(in[3])) * 2500.0);
  Shape out = {in[0], in[1], in[2], channels};
  return nn::Conv2DOp::create(
      builder, here(), tensorOf(out, type), input, filter, bias,
      ArrayRef<int64_t>{1, 1}, ArrayRef<int64_t>{1, 1},
      ArrayRef<int64_t>{0, 0, 0, 0}, randomActivation(), nn::ScalesAttr());
}

Value NetworkBuilder::addOfChain(Value input) {
  const int64_t choice = random.pick(0, 99);
  return choice < 10   ? addUnary(addPointwise(input))
         : choice < 40 ? addPointwise(input)
         : choice < 45 ? addUnary(addDepthwise(input))
         : choice < 80 ? addDepthwise(input)
         : choice < 90 ? addConv(input)
                       : addArithmetic(input);
}

Value NetworkBuilder::sliced(Value input, int64_t axis, int64_t first,
                             int64_t size) {
  Shape offsets = {0, 0, 0, 0}, sizes(shapeOf(input));
  offsets[axis] = first, sizes[axis] = size;
  return nn::SliceOp::create(builder, here(), tensorOf(sizes, typeOf(input)),
                             input, offsets, sizes,
                             ArrayRef<int64_t>{1, 1, 1, 1});
}

/// Joins what layers make of `input`, parts of it, earlier results, and some of
/// them twice, mostly along the rows.
Value NetworkBuilder::addConcat(Value input) {
  const int64_t axis = random.chance(75) ? 1 : random.pick(2, 3);
  QType type = random.chance(50) ? typeOf(input) : randomType(randomScale());
  auto fits = [&](Value value) {
    for (auto [d, size] : llvm::enumerate(shapeOf(value)))
      if (int64_t(d) != axis && size != shapeOf(input)[d])
        return false;
    return true;
  };
  SmallVector<Value> parts;
  Shape whole(shapeOf(input));
  whole[axis] = 0;
  for (int64_t count = random.pick(2, 4); int64_t(parts.size()) < count;) {
    const int64_t size = shapeOf(input)[axis];
    Value part = input;
    if (!parts.empty() && random.chance(10)) {
      part = parts[random.pick(0, parts.size() - 1)];
    } else {
      switch (random.pick(0, 5)) {
      case 0:
        part = values[random.pick(0, values.size() - 1)];
        break;
      case 1: {
        const int64_t first = random.pick(0, size - 1);
        part = sliced(input, axis, first, random.pick(1, size - first));
        break;
      }
      case 2:
        part = addArithmetic(input);
        break;
      default:
        part = addUnary(input);
        break;
      }
      if (!fits(part))
        part = input;
      if (typeOf(part) != type)
        part = nn::RequantizeOp::create(builder, here(),
                                        tensorOf(shapeOf(part), type), part,
                                        nn::ScalesAttr());
    }
    parts.push_back(part);
    whole[axis] += shapeOf(part)[axis];
  }
  // Read by others too, later.
  for (Value part : parts)
    if (random.chance(20))
      values.push_back(part);
  return nn::ConcatOp::create(builder, here(), tensorOf(whole, type), parts,
                              axis);
}

/// Cuts `input` in two or three, of which the last one or the first goes on;
/// the others wait for a concatenation.
Value NetworkBuilder::addSplit(Value input) {
  const int64_t axis = random.chance(75) ? 1 : random.pick(2, 3);
  ArrayRef<int64_t> shape = shapeOf(input);
  SmallVector<Type> types;
  int64_t left = shape[axis];
  while (left > 0) {
    Shape part(shape);
    part[axis] = types.size() == 2 ? left : random.pick(1, left);
    left -= part[axis];
    types.push_back(tensorOf(part, typeOf(input)));
  }
  auto split = nn::SplitOp::create(builder, here(), types, input, axis);
  ResultRange parts = split.getOutputs();
  const bool isFirst = random.chance(50);
  values.append(parts.begin(), parts.end());
  return isFirst ? parts.front() : parts.back();
}

Value NetworkBuilder::addOfParts(Value input) {
  const int64_t choice = random.pick(0, 99);
  if (choice < 35)
    return addConcat(input);
  if (choice < 45)
    return addSplit(input);
  if (choice < 60) {
    const int64_t size = shapeOf(input)[1], first = random.pick(0, size - 1);
    return sliced(input, 1, first, random.pick(1, size - first));
  }
  if (choice < 68) {
    Shape low = {0, random.pick(0, 2), 0, 0},
          high = {0, random.pick(0, 2), 0, 0};
    Shape out(shapeOf(input));
    out[1] += low[1] + high[1];
    return nn::PadOp::create(builder, here(), tensorOf(out, typeOf(input)),
                             input, low, high,
                             APFloat(random.chance(50) ? 0.0 : 0.25));
  }
  return choice < 80   ? addUnary(input)
         : choice < 90 ? addArithmetic(input)
                       : addConv(input);
}

Value NetworkBuilder::addLayer(Value input) {
  if (isChain())
    return addOfChain(input);
  if (kind == NetworkKind::Parts)
    return addOfParts(input);
  ArrayRef<int64_t> shape = shapeOf(input);
  int64_t choice = random.pick(0, 99);
  if (choice < 3 && shape[2] <= 30)
    return addProduct(input);
  if (choice < 6 && block.rows == 0)
    return addComputedFilter(input);
  if (choice < 8 && !isUnsigned && block.rows == 0 &&
      kind != NetworkKind::Feedforward)
    return addLstm(input);
  // What tables move into.
  if (choice < 32)
    return choice < 16 ? addUnary(addConv(input)) : addConv(input);
  if (choice < 45)
    return choice < 36 ? addUnary(addDepthwise(input)) : addDepthwise(input);
  if (choice < 65)
    return addArithmetic(input);
  if (choice < 75)
    return addPool(input);
  if (choice < 82)
    return addUnary(input);
  if (choice < 92)
    return addMovement(input);
  if (choice < 95 && shape[1] * shape[2] <= 64)
    return choice < 93 ? addUnary(addTransposeConv(input))
                       : addTransposeConv(input);
  if (choice < 97)
    return addResize(input);
  return addRequantize(input);
}

/// What classifiers end in: a mean or nothing, a matrix, a softmax or not.
Value NetworkBuilder::addHead(Value input) {
  ArrayRef<int64_t> in = shapeOf(input);
  Value features = input;
  if (random.chance(40)) {
    QType type = randomType(typeOf(input).getScale() * random.real(0.5, 1.2));
    features = nn::ReduceMeanOp::create(
        builder, here(), tensorOf({in[0], in[3]}, type), input,
        ArrayRef<int64_t>{1, 2}, /*keep_dims=*/false, nn::ScalesAttr());
  } else {
    features = nn::ReshapeOp::create(
        builder, here(),
        tensorOf({in[0], in[1] * in[2] * in[3]}, typeOf(input)), input);
  }
  int64_t columns = shapeOf(features)[1], rows = pickChannels(12);
  double inputScale = typeOf(features).getScale();
  QType type = randomType(randomScale());
  Value filter = makeFilter({rows, columns}, /*axis=*/0,
                            weightScale(inputScale, columns, type.getScale()));
  Value bias = makeBias(filter, 0, inputScale, std::sqrt(columns) * 2500.0);
  Value scores = nn::FullyConnectedOp::create(
      builder, here(), tensorOf({in[0], rows}, type), features, filter, bias,
      randomActivation(), nn::ScalesAttr());
  if (random.chance(70))
    return scores;
  return nn::SoftmaxOp::create(
      builder, here(),
      tensorOf({in[0], rows}, quantized(1.0 / 256, isUnsigned ? 0 : -128)),
      scores, APFloat(random.chance(70) ? 1.0f : 0.5f), /*axis=*/-1);
}

OwningOpRef<ModuleOp> NetworkBuilder::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  Shape shape = {random.chance(85) ? 1 : 2, random.pick(1, 9),
                 random.pick(1, 9), random.pick(1, 12)};
  // Windows of whole blocks.
  if (block.rows > 0)
    shape[3] *= block.columns;
  if (kind == NetworkKind::Chains)
    shape = {1, random.pick(2, 24), random.pick(1, 12), random.pick(1, 24)};
  if (kind == NetworkKind::Wide)
    shape = {1, random.pick(2, 6), random.pick(2, 6), pickWide()};
  RankedTensorType inputType = tensorOf(shape, randomType(randomScale()));
  builder.setInsertionPointToEnd(module->getBody());
  auto func = func::FuncOp::create(builder, builder.getUnknownLoc(), "main",
                                   builder.getFunctionType({inputType}, {}));
  builder.setInsertionPointToEnd(func.addEntryBlock());

  Value value = func.getArgument(0);
  values.push_back(value);
  const int64_t mostLayers = kind == NetworkKind::Parts ? 10 : 6;
  for (int64_t count = random.pick(1, mostLayers); numLayers < count;) {
    ++numLayers;
    Value next = addLayer(value);
    // Keep them small: a network is one of many.
    const int64_t most = isChain() ? 16000 : 4000;
    if (cast<RankedTensorType>(next.getType()).getNumElements() > most) {
      next.getDefiningOp()->erase();
      continue;
    }
    value = next;
    values.push_back(value);
  }
  SmallVector<Value> results = {value};
  ++numLayers;
  if (random.chance(50))
    results[0] = addHead(value);
  // A second result that is also used inside.
  if (random.chance(10) && values.size() > 2)
    results.push_back(values[values.size() - 2]);
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  func.setType(
      builder.getFunctionType({inputType}, ValueRange(results).getTypes()));
  if (failed(verify(*module)))
    llvm::report_fatal_error("a random network is not valid");
  return module;
}

OwningOpRef<ModuleOp> pare::test::makeRandomNetwork(MLIRContext *context,
                                                    uint64_t seed,
                                                    WeightBlock block,
                                                    NetworkKind kind) {
  return NetworkBuilder(context, seed, block, kind).build();
}

WeightBlock pare::test::randomBlock(uint64_t seed) {
  // Vectors of channels for some targets or all, and none; single columns,
  // pairs and quads.
  static constexpr WeightBlock kBlocks[] = {
      {1, 1},  {2, 1}, {3, 1}, {4, 1}, {8, 1},  {1, 2}, {4, 2}, {8, 2},
      {16, 2}, {1, 4}, {8, 4}, {6, 3}, {16, 4}, {2, 8}, {32, 2}};
  return kBlocks[Random(seed).pick(0, std::size(kBlocks) - 1)];
}

HostTensor pare::test::makeRandomInput(const TensorInfo &input, uint64_t seed) {
  Random random(seed);
  HostTensor tensor = HostTensor::zeros(input.dtype, input.shape);
  bool extreme = random.chance(20);
  for (uint8_t &byte : tensor.bytes())
    byte = static_cast<uint8_t>(extreme ? (random.chance(50) ? 0x7F : 0x80)
                                        : random.pick(0, 255));
  return tensor;
}
