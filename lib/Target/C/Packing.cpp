//===- Packing.cpp - Weights in the order of their kernel -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Packing.h"
#include "LayerWriter.h"
#include "pare/Numerics/Requantize.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::c;

/// The elements of the constant `value`; nothing if it is none.
template <typename T>
static std::optional<std::vector<T>> readConstant(Value value) {
  memref::GlobalOp global = getGlobal(value);
  if (!global)
    return std::nullopt;
  auto elements = dyn_cast<ElementsAttr>(global.getInitialValueAttr());
  if (!elements || !elements.getElementType().isInteger(8 * sizeof(T)))
    return std::nullopt;
  const size_t count = elements.getNumElements();
  if (auto dense = dyn_cast<DenseElementsAttr>(elements);
      dense && dense.isSplat())
    return std::vector<T>(count, dense.getSplatValue<T>());
  std::optional<ArrayRef<char>> bytes = nn::getRawBytes(elements);
  if (!bytes || bytes->size() != count * sizeof(T))
    return std::nullopt;
  std::vector<T> values(count);
  std::memcpy(values.data(), bytes->data(), bytes->size());
  return values;
}

std::optional<ConstantFilter> ConstantFilter::get(Value filter, Value bias,
                                                  int64_t filterZeroPoint,
                                                  int64_t inputZeroPoint,
                                                  bool rowsAreInner) {
  std::optional<std::vector<int8_t>> weights = readConstant<int8_t>(filter);
  if (!weights)
    return std::nullopt;
  ArrayRef<int64_t> shape = cast<MemRefType>(filter.getType()).getShape();
  ConstantFilter result;
  result.zeroPoint = filterZeroPoint;
  result.rows = rowsAreInner ? shape.back() : shape.front();
  result.size = weights->size() / result.rows;
  if (rowsAreInner) {
    result.weights.resize(weights->size());
    for (int64_t row = 0; row < result.rows; ++row)
      for (int64_t i = 0; i < result.size; ++i)
        result.weights[row * result.size + i] =
            (*weights)[i * result.rows + row];
  } else {
    result.weights = std::move(*weights);
  }
  if (!result.setBias(bias, inputZeroPoint))
    return std::nullopt;
  return result;
}

std::optional<ConstantFilter> ConstantFilter::get(kernel::SparseContractOp op) {
  auto positions = readConstant<int32_t>(op.getPositions());
  auto coordinates = readConstant<int32_t>(op.getCoordinates());
  auto values = readConstant<int8_t>(op.getValues());
  if (!positions || !coordinates || !values)
    return std::nullopt;
  const int64_t blockRows = op.getBlock()[0], blockColumns = op.getBlock()[1];
  ConstantFilter result;
  result.rows = typeOf(op.getOutput()).getShape().back();
  result.size = op.getKernelSize()[0] * op.getKernelSize()[1] *
                typeOf(op.getInput()).getShape().back();
  result.weights.assign(result.rows * result.size, 0);
  for (int64_t row = 0; row < result.rows; ++row)
    for (int64_t block = (*positions)[row / blockRows];
         block < (*positions)[row / blockRows + 1]; ++block)
      for (int64_t i = 0; i < blockColumns; ++i)
        result.weights[row * result.size +
                       (*coordinates)[block] * blockColumns + i] =
            (*values)[(block * blockRows + row % blockRows) * blockColumns + i];
  if (!result.setBias(op.getBias(), op.getInputZeroPoint()))
    return std::nullopt;
  return result;
}

bool ConstantFilter::setBias(Value given, int64_t inputZeroPoint) {
  exactBias.assign(rows, 0);
  if (given) {
    std::optional<std::vector<int32_t>> values = readConstant<int32_t>(given);
    if (!values || static_cast<int64_t>(values->size()) != rows)
      return false;
    llvm::copy(*values, exactBias.begin());
  }
  for (int64_t row = 0; row < rows; ++row) {
    for (int8_t weight : getRow(row))
      exactBias[row] -= inputZeroPoint * (weight - zeroPoint);
    bias.push_back(static_cast<int32_t>(exactBias[row]));
  }
  return true;
}

std::pair<int64_t, int64_t> ConstantFilter::getRange(int64_t row,
                                                     int64_t less) const {
  int64_t low = 0, high = 0;
  for (int8_t stored : getRow(row)) {
    const int64_t weight = stored - less;
    low += std::min(weight * -128, weight * 127);
    high += std::max(weight * -128, weight * 127);
  }
  return {low, high};
}

/// The output of all inputs for row `row`, if there is one, by a rule that is
/// monotonic.
static std::optional<int32_t>
getConstantOutput(std::pair<int64_t, int64_t> sums, QuantizedMultiplier factor,
                  kernel::EpilogueAttr epilogue) {
  auto [low, high] = integerBounds(epilogue);
  const QuantRange range = {static_cast<int32_t>(low),
                            static_cast<int32_t>(high)};
  const int32_t zero = static_cast<int32_t>(epilogue.getZeroPoint());
  if (factor.multiplier == 0)
    return clampTo(zero, range);
  if (factor.multiplier < 0 || factor.shift > 0 || factor.shift < -31 ||
      !llvm::isInt<32>(sums.first) || !llvm::isInt<32>(sums.second))
    return std::nullopt;
  const int32_t least =
      requantizeFixed(static_cast<int32_t>(sums.first), factor, zero, range);
  const int32_t greatest =
      requantizeFixed(static_cast<int32_t>(sums.second), factor, zero, range);
  return least == greatest ? std::optional(least) : std::nullopt;
}

std::optional<std::vector<RowScale>>
pare::c::makeNarrow(ConstantFilter &filter, kernel::EpilogueAttr epilogue) {
  nn::ScalesAttr scales = epilogue.getScales();
  if (!scales)
    return std::nullopt;
  std::vector<RowScale> result;
  if (scales.getMode() == nn::RequantMode::Float)
    return result;
  constexpr int64_t kLimit = int64_t(1) << 30;
  bool isShared = scales.size() == 1;
  for (int64_t row = 0; row < filter.rows; ++row) {
    const size_t entry = scales.size() == 1 ? 0 : row;
    const QuantizedMultiplier factor = {scales.getMultipliers()[entry],
                                        scales.getShifts()[entry]};
    auto [low, high] = filter.getRange(row, filter.zeroPoint);
    low += filter.exactBias[row];
    high += filter.exactBias[row];
    if (factor.multiplier > 0 && factor.shift <= -1 && factor.shift >= -31 &&
        low > -kLimit && high < kLimit) {
      result.push_back({factor.multiplier, -factor.shift - 1});
      continue;
    }
    std::optional<int32_t> output =
        getConstantOutput({low, high}, factor, epilogue);
    if (!output)
      return std::nullopt;
    std::fill_n(filter.weights.begin() + row * filter.size, filter.size,
                static_cast<int8_t>(filter.zeroPoint));
    filter.exactBias[row] = 4 * (*output - epilogue.getZeroPoint());
    filter.bias[row] = static_cast<int32_t>(filter.exactBias[row]);
    result.push_back({int32_t(1) << 30, 0});
    isShared = false;
  }
  if (isShared)
    result.resize(1);
  return result;
}

/// Which weights of a group of four the halves of two words hold.
static constexpr int64_t kGroupOrder[] = {0, 2, 1, 3};

std::optional<std::vector<uint64_t>>
pare::c::pairRows(const ConstantFilter &filter, int64_t groups) {
  const int64_t quads = llvm::divideCeil(filter.size, 4);
  const int64_t rowsOfGroup = filter.rows / groups;
  std::vector<uint64_t> words;
  words.reserve(llvm::divideCeil(rowsOfGroup, 2) * groups * quads);
  for (int64_t row = 0, next = 0; row < filter.rows; row = next) {
    const bool isLast = row % rowsOfGroup + 1 == rowsOfGroup;
    next = row + (isLast ? 1 : 2);
    ArrayRef<int8_t> first = filter.getRow(row), second;
    if (!isLast) {
      second = filter.getRow(row + 1);
      constexpr int64_t kLimit = int64_t(1) << 23;
      auto [low, high] = filter.getRange(row + 1, /*less=*/0);
      if (low < -kLimit || high >= kLimit)
        return std::nullopt;
    }
    for (int64_t quad = 0; quad < quads; ++quad) {
      uint64_t word = 0;
      // The halves of a pair of words, from the low one up.
      for (auto [half, inQuad] : llvm::enumerate(kGroupOrder)) {
        const int64_t i = quad * 4 + inQuad;
        if (i >= filter.size)
          continue;
        const int32_t both = (second.empty() ? 0 : second[i]) * 256 + first[i];
        if (!llvm::isInt<16>(both))
          return std::nullopt;
        word |= static_cast<uint64_t>(both & 0xffff) << (16 * half);
      }
      words.push_back(word);
    }
  }
  return words;
}

std::optional<SparseRows> pare::c::packSparse(const ConstantFilter &filter) {
  constexpr int64_t kGreatestStep = 255;
  SparseRows result;
  for (int64_t row = 0; row < filter.rows; ++row) {
    // Pairs of a step, in the low byte, and a weight.
    std::vector<uint16_t> halves;
    auto add = [&](int64_t step, int8_t weight) {
      halves.push_back(
          static_cast<uint16_t>(step | static_cast<uint8_t>(weight) << 8));
    };
    int64_t column = 0;
    for (auto [i, weight] : llvm::enumerate(filter.getRow(row))) {
      if (weight == 0)
        continue;
      for (; static_cast<int64_t>(i) - column > kGreatestStep;
           column += kGreatestStep)
        add(kGreatestStep, 0);
      add(i - column, weight);
      column = i;
    }
    if (halves.size() % 2 != 0)
      add(0, 0);
    if (!llvm::isUInt<16>(halves.size() / 2))
      return std::nullopt;
    result.lengths.push_back(static_cast<uint16_t>(halves.size() / 2));
    for (size_t i = 0; i < halves.size(); i += 2)
      result.entries.push_back(halves[i] | static_cast<uint32_t>(halves[i + 1])
                                               << 16);
  }
  return result;
}
