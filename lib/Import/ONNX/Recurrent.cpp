//===- Recurrent.cpp - Recurrent layers ---------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

namespace {

/// An LSTM or GRU while it is being imported. ONNX has weights for one or two
/// directions, gates in an order of its own, and biases for the input and the
/// state.
class Recurrence {
public:
  Recurrence(Node &node, ArrayRef<int64_t> gates) : node(node), gates(gates) {}

  /// Reads everything; `activations` are the only ones that nn has.
  LogicalResult read(ArrayRef<StringRef> activations, size_t numStates);
  /// Makes the layers with `create(input, weights, recurrent, biases)`, whose
  /// last is 2 x gates x hidden numbers, and sets the results.
  LogicalResult build(llvm::function_ref<FailureOr<Value>(Value, Value, Value,
                                                          ArrayRef<double>)>
                          create);

  bool isTimeMajor() const { return timeMajor; }
  Value makeVector(ArrayRef<double> values) {
    Constant constant =
        Constant::getReals(Float32Type::get(node.getContext()),
                           static_cast<int64_t>(values.size()), values);
    return node.createConstant(constant, node.getName());
  }

private:
  LogicalResult checkState(size_t i);
  Value getMatrix(const Constant &constant, int64_t direction, size_t input);
  std::vector<double> getBiases(int64_t direction);
  /// `value` with the steps of time in reverse order.
  FailureOr<Value> reverse(Value value);

  Node &node;
  /// The gate of ONNX that each gate of nn is.
  SmallVector<int64_t> gates;
  bool timeMajor = true;
  std::string direction;
  Value input;
  Constant weights, recurrent;
  std::optional<Constant> bias;
  int64_t hidden = 0, numDirections = 1;
};

} // namespace

/// nn layers begin with a state of zero.
LogicalResult Recurrence::checkState(size_t i) {
  if (!node.hasInput(i))
    return success();
  FailureOr<Constant> state = node.getConstant(i);
  if (failed(state))
    return failure();
  for (double value : state->getReals())
    if (value != 0)
      return node.emitError() << "expected a state that starts at zero as "
                                 "input "
                              << i;
  return success();
}

LogicalResult Recurrence::read(ArrayRef<StringRef> activations,
                               size_t numStates) {
  FailureOr<StringRef> given = node.getString("direction", "forward");
  FailureOr<int64_t> layout = node.getInt("layout", 0);
  FailureOr<Value> x = node.getInput(0);
  FailureOr<Constant> w = node.getConstant(1), r = node.getConstant(2);
  if (failed(given) || failed(layout) || failed(x) || failed(w) || failed(r))
    return failure();
  direction = given->str();
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional")
    return node.emitError() << "expected direction forward, reverse or "
                               "bidirectional, found "
                            << quote(direction);
  numDirections = direction == "bidirectional" ? 2 : 1;
  timeMajor = *layout == 0;
  input = *x;
  weights = *w;
  recurrent = *r;
  if (getShape(input).size() != 3 || weights.getRank() != 3 ||
      recurrent.getRank() != 3 || !weights.isFloat() || !recurrent.isFloat())
    return node.emitError() << "expected a sequence and float weights of 3 "
                               "dimensions, found "
                            << input.getType() << ", " << weights.getType()
                            << " and " << recurrent.getType();
  hidden = recurrent.shape[2];
  int64_t rows = gates.size() * hidden;
  if (weights.shape[0] != numDirections ||
      recurrent.shape[0] != numDirections || weights.shape[1] != rows ||
      recurrent.shape[1] != rows || weights.shape[2] != getShape(input)[2])
    return node.emitError()
           << "expected weights of shapes [" << numDirections << ", " << rows
           << ", " << getShape(input)[2] << "] and [" << numDirections << ", "
           << rows << ", " << hidden << "], found [" << weights.shape
           << "] and [" << recurrent.shape << "]";
  FailureOr<int64_t> size = node.getInt("hidden_size", hidden);
  if (failed(size))
    return failure();
  if (*size != hidden)
    return node.emitError()
           << "expected hidden_size " << hidden << ", found " << *size;
  if (node.hasInput(3)) {
    FailureOr<Constant> b = node.getConstant(3);
    if (failed(b))
      return failure();
    if (b->getRank() != 2 || b->shape[0] != numDirections ||
        b->shape[1] != 2 * rows || !b->isFloat())
      return node.emitError()
             << "expected a bias of shape [" << numDirections << ", "
             << 2 * rows << "], found [" << b->shape << "]";
    bias = *b;
  }
  // All sequences have the whole length.
  if (node.hasInput(4)) {
    FailureOr<SmallVector<int64_t>> lengths = node.getIntegers(4);
    if (failed(lengths))
      return failure();
    for (int64_t length : *lengths)
      if (length != getShape(input)[timeMajor ? 0 : 1])
        return node.emitError() << "expected sequences of the whole length, "
                                   "found "
                                << length;
  }
  for (size_t i = 0; i < numStates; ++i)
    if (failed(checkState(5 + i)))
      return failure();
  if (const schema::Attribute *list = node.getAttribute("activations"))
    for (auto [i, name] : llvm::enumerate(list->strings()))
      if (StringRef expected = activations[i % activations.size()];
          !StringRef(name).equals_insensitive(expected))
        return node.emitError()
               << "expected activation " << expected << " in place " << i
               << ", found " << quote(name);
  return success();
}

/// Rows of one direction, gates in the order of nn.
Value Recurrence::getMatrix(const Constant &constant, int64_t d,
                            size_t inputIndex) {
  int64_t columns = constant.shape[2];
  std::vector<double> all = constant.getReals(), values;
  for (int64_t gate : gates) {
    const double *from =
        all.data() + (d * gates.size() + gate) * hidden * columns;
    values.insert(values.end(), from, from + hidden * columns);
  }
  int64_t rows = gates.size() * hidden;
  return node.createConstant(
      Constant::getReals(constant.elementType, {rows, columns}, values),
      node.getInputName(inputIndex));
}

std::vector<double> Recurrence::getBiases(int64_t d) {
  int64_t rows = gates.size() * hidden;
  std::vector<double> result(2 * rows, 0.0);
  if (!bias)
    return result;
  std::vector<double> all = bias->getReals();
  for (int64_t kind : {0, 1})
    for (auto [to, gate] : llvm::enumerate(gates))
      for (int64_t i = 0; i < hidden; ++i)
        result[kind * rows + to * hidden + i] =
            all[(2 * d + kind) * rows + gate * hidden + i];
  return result;
}

FailureOr<Value> Recurrence::reverse(Value value) {
  SmallVector<int64_t> offsets(3, 0), strides(3, 1), sizes(getShape(value));
  int64_t time = timeMajor ? 0 : 1;
  if (sizes[time] == 1)
    return value;
  offsets[time] = sizes[time] - 1;
  strides[time] = -1;
  return node.create<nn::SliceOp>(getElementTypeOrSelf(value.getType()), value,
                                  node.getArray(offsets), node.getArray(sizes),
                                  node.getArray(strides));
}

LogicalResult Recurrence::build(
    llvm::function_ref<FailureOr<Value>(Value, Value, Value, ArrayRef<double>)>
        create) {
  int64_t time = timeMajor ? 0 : 1;
  int64_t steps = getShape(input)[time], batch = getShape(input)[1 - time];
  Type element = getElementTypeOrSelf(input.getType());
  SmallVector<Value> sequences, lasts;
  for (int64_t d = 0; d < numDirections; ++d) {
    bool backward = d == 1 || direction == "reverse";
    FailureOr<Value> from = backward ? reverse(input) : input;
    if (failed(from))
      return failure();
    FailureOr<Value> sequence =
        create(*from, getMatrix(weights, d, 1), getMatrix(recurrent, d, 2),
               getBiases(d));
    if (failed(sequence))
      return failure();
    if (node.hasOutput(1)) {
      SmallVector<int64_t> offsets(3, 0), strides(3, 1),
          sizes(getShape(*sequence));
      offsets[time] = steps - 1;
      sizes[time] = 1;
      FailureOr<Value> last = node.create<nn::SliceOp>(
          element, *sequence, node.getArray(offsets), node.getArray(sizes),
          node.getArray(strides));
      if (failed(last))
        return failure();
      // Directions come first, or second if the batch comes first.
      lasts.push_back(node.createReshape(
          *last, timeMajor ? ArrayRef<int64_t>({1, batch, hidden})
                           : ArrayRef<int64_t>({batch, 1, hidden})));
    }
    if (backward)
      sequence = reverse(*sequence);
    if (failed(sequence))
      return failure();
    sequences.push_back(node.createReshape(
        *sequence, timeMajor ? ArrayRef<int64_t>({steps, 1, batch, hidden})
                             : ArrayRef<int64_t>({batch, steps, 1, hidden})));
  }
  auto join = [&](ArrayRef<Value> parts, int64_t axis) -> FailureOr<Value> {
    if (parts.size() == 1)
      return parts.front();
    return node.create<nn::ConcatOp>(element, parts,
                                     node.getBuilder().getI64IntegerAttr(axis));
  };
  FailureOr<Value> all = join(sequences, timeMajor ? 1 : 2);
  if (failed(all))
    return failure();
  node.setOutput(0, *all);
  if (node.hasOutput(1)) {
    FailureOr<Value> last = join(lasts, timeMajor ? 0 : 1);
    if (failed(last))
      return failure();
    node.setOutput(1, *last);
  }
  return success();
}

static LogicalResult importLstm(Node &node) {
  // Input, output, forget, cell in ONNX; input, forget, cell, output in nn.
  Recurrence layer(node, {0, 2, 3, 1});
  if (failed(layer.read({"Sigmoid", "Tanh", "Tanh"}, /*numStates=*/2)) ||
      failed(node.expectInt("input_forget", 0)))
    return failure();
  if (node.hasInput(7))
    return node.emitError() << "peepholes (input 7) are not supported";
  if (node.hasOutput(2))
    return node.emitError() << "the last cell state (output 2) is not "
                               "supported";
  return layer.build([&](Value input, Value weights, Value recurrent,
                         ArrayRef<double> biases) -> FailureOr<Value> {
    size_t rows = biases.size() / 2;
    std::vector<double> sums;
    sums.reserve(rows);
    for (size_t i = 0; i < rows; ++i)
      sums.push_back(biases[i] + biases[rows + i]);
    return node.create<nn::LstmOp>(
        getElementTypeOrSelf(input.getType()), input, weights, recurrent,
        layer.makeVector(sums),
        layer.isTimeMajor() ? node.getBuilder().getUnitAttr() : UnitAttr(),
        node.getBuilder().getF32FloatAttr(0.0f), FloatAttr());
  });
}

static LogicalResult importGru(Node &node) {
  Recurrence layer(node, {0, 1, 2});
  FailureOr<int64_t> before = node.getInt("linear_before_reset", 0);
  if (failed(before) ||
      failed(layer.read({"Sigmoid", "Tanh"}, /*numStates=*/1)))
    return failure();
  return layer.build([&](Value input, Value weights, Value recurrent,
                         ArrayRef<double> biases) -> FailureOr<Value> {
    size_t rows = biases.size() / 2;
    auto flag = [&](bool value) {
      return value ? node.getBuilder().getUnitAttr() : UnitAttr();
    };
    return node.create<nn::GruOp>(
        getElementTypeOrSelf(input.getType()), input, weights, recurrent,
        layer.makeVector(biases.take_front(rows)),
        layer.makeVector(biases.drop_front(rows)), flag(layer.isTimeMajor()),
        flag(*before != 0));
  });
}

ArrayRef<OperatorEntry> onnx::getRecurrentOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"LSTM", importLstm, 3, 8, 3},
      {"GRU", importGru, 3, 6, 2},
  };
  return kOperators;
}
