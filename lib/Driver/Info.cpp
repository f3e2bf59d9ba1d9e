//===- Info.cpp - pare info -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectResourceBlobManager.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Driver/Commands.h"
#include "pare/Runtime/Signature.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

namespace {
/// One line of the table.
struct LayerInfo {
  std::string name, op, type;
  int64_t parameters = 0, zeros = 0, bytes = 0, macs = 0;
};
} // namespace

/// Adds the elements of a constant; an element is zero if it stands for zero.
static void addConstant(ElementsAttr elements, int64_t zeroPoint,
                        LayerInfo &layer) {
  int64_t count = elements.getNumElements();
  int64_t width =
      llvm::divideCeil(elements.getElementType().getIntOrFloatBitWidth(), 8);
  layer.parameters += count;
  layer.bytes += count * width;
  std::optional<ArrayRef<char>> bytes = nn::getRawBytes(elements);
  if (!bytes || int64_t(bytes->size()) < count * width)
    return;
  // Little-endian: the zero point's low bytes; zero for floats.
  char pattern[8];
  for (int64_t b = 0; b < width; ++b)
    pattern[b] = static_cast<char>(zeroPoint >> (8 * b));
  for (int64_t i = 0; i < count; ++i)
    layer.zeros +=
        std::equal(pattern, pattern + width, bytes->data() + i * width);
}

static LayerInfo describeLayer(Operation *op) {
  LayerInfo layer;
  layer.name = nn::getLayerName(op);
  layer.op = op->getName().stripDialect().str();
  if (op->getNumResults() != 0)
    llvm::raw_string_ostream(layer.type) << op->getResult(0).getType();
  if (auto layerOp = dyn_cast<nn::LayerOpInterface>(op))
    layer.macs = layerOp.getMacs();
  for (Value operand : op->getOperands()) {
    quant::QuantizedType type = nn::getQuantizedType(operand);
    int64_t zeroPoint = type ? nn::getZeroPoint(type) : 0;
    if (auto constant = operand.getDefiningOp<nn::ConstantOp>()) {
      addConstant(constant.getValue(), zeroPoint, layer);
    } else if (auto sparse = operand.getDefiningOp<nn::SparseConstantOp>()) {
      addConstant(sparse.getValues(), zeroPoint, layer);
      for (ElementsAttr index :
           {sparse.getPositions(), sparse.getCoordinates()})
        layer.bytes += index.getNumElements() * 4;
      int64_t all = sparse.getOutput().getType().getNumElements();
      layer.zeros += all - sparse.getValues().getNumElements();
      layer.parameters += all - sparse.getValues().getNumElements();
    }
  }
  return layer;
}

static llvm::json::Object toJson(const TensorInfo &tensor) {
  llvm::json::Object object{{"name", tensor.name},
                            {"type", dtypeName(tensor.dtype)},
                            {"shape", llvm::json::Array(tensor.shape)}};
  if (tensor.isQuantized()) {
    object["scales"] = llvm::json::Array(tensor.scales);
    object["zero_points"] = llvm::json::Array(tensor.zeroPoints);
  }
  return object;
}

static void printTensor(StringRef what, const TensorInfo &tensor,
                        llvm::raw_ostream &os) {
  os << llvm::formatv("{0,-8} {1} : {2}", what, tensor.name,
                      tensor.typeString());
  if (tensor.isQuantized())
    os << llvm::format(", scale %.9g, zero point %d", tensor.scales.front(),
                       tensor.zeroPoints.front());
  os << '\n';
}

llvm::Error pare::driver::describeNetwork(const InfoCommand &command,
                                          llvm::raw_ostream &os) {
  llvm::Expected<Network> network = Network::load(command.network);
  if (!network)
    return network.takeError();
  llvm::Expected<func::FuncOp> func = network->getFunction();
  if (!func)
    return func.takeError();
  llvm::Expected<Signature> signature = getSignature(*func);
  if (!signature)
    return llvm::createStringError(command.network + ": " +
                                   llvm::toString(signature.takeError()));

  std::vector<LayerInfo> layers;
  LayerInfo total;
  for (Operation &op : func->getBody().front()) {
    if (!isa<nn::NNDialect>(op.getDialect()) ||
        isa<nn::ConstantOp, nn::SparseConstantOp>(op))
      continue;
    layers.push_back(describeLayer(&op));
    total.parameters += layers.back().parameters;
    total.zeros += layers.back().zeros;
    total.bytes += layers.back().bytes;
    total.macs += layers.back().macs;
  }
  auto sparsity = [](const LayerInfo &layer) {
    return layer.parameters ? double(layer.zeros) / layer.parameters : 0.0;
  };

  if (command.json) {
    llvm::json::Array rows, inputs, outputs;
    for (const LayerInfo &layer : layers)
      rows.push_back(llvm::json::Object{{"name", layer.name},
                                        {"op", layer.op},
                                        {"type", layer.type},
                                        {"parameters", layer.parameters},
                                        {"macs", layer.macs},
                                        {"bytes", layer.bytes},
                                        {"sparsity", sparsity(layer)}});
    for (const TensorInfo &input : signature->inputs)
      inputs.push_back(toJson(input));
    for (const TensorInfo &output : signature->outputs)
      outputs.push_back(toJson(output));
    llvm::json::Object object{
        {"network", command.network},     {"inputs", std::move(inputs)},
        {"outputs", std::move(outputs)},  {"layers", std::move(rows)},
        {"parameters", total.parameters}, {"macs", total.macs},
        {"bytes", total.bytes},           {"sparsity", sparsity(total)}};
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
    return llvm::Error::success();
  }

  for (const TensorInfo &input : signature->inputs)
    printTensor("input", input, os);
  for (const TensorInfo &output : signature->outputs)
    printTensor("output", output, os);
  size_t nameWidth = 5;
  for (const LayerInfo &layer : layers)
    nameWidth = std::max(nameWidth, std::min<size_t>(layer.name.size(), 40));
  auto printRow = [&](StringRef name, StringRef op, const LayerInfo &layer) {
    os << llvm::left_justify(name.take_back(40), nameWidth) << "  "
       << llvm::left_justify(op, 18)
       << llvm::formatv(" {0,11} {1,13} {2,11} {3,7:P1}\n", layer.parameters,
                        layer.macs, layer.bytes, sparsity(layer));
  };
  os << '\n'
     << llvm::left_justify("layer", nameWidth) << "  "
     << llvm::left_justify("op", 18)
     << llvm::formatv(" {0,11} {1,13} {2,11} {3,7}\n", "parameters", "MACs",
                      "bytes", "zeros");
  for (const LayerInfo &layer : layers)
    printRow(layer.name, layer.op, layer);
  printRow("total", "", total);
  return llvm::Error::success();
}
