//===- ONNX.cpp - Import of ONNX files ----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Import/ONNX.h"

#include "Importer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/Verifier.h"
#include "pare/Support/UnsupportedOperators.h"
#include "llvm/Support/MemoryBuffer.h"

#include <utility>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

namespace {

class Importer {
public:
  Importer(File &file, int64_t batch) : file(file), batch(batch), state(file) {}

  OwningOpRef<ModuleOp> run();

private:
  LogicalResult checkSupported() const;
  LogicalResult readConstants();
  FailureOr<RankedTensorType> getInputType(const schema::ValueInfo &info);
  FailureOr<Type> getInputElement(const schema::ValueInfo &info, Type plain);
  FailureOr<func::FuncOp> createFunction();
  LogicalResult importNode(const schema::Node &node);
  LogicalResult checkOutput(const schema::ValueInfo &info, Value value);
  LogicalResult finish(func::FuncOp function);
  Attribute getNameAttr(StringRef name) {
    return state.builder.getStringAttr(name);
  }

  File &file;
  int64_t batch;
  ImportState state;
  llvm::StringMap<OperatorEntry> table;
};

} // namespace

static const schema::Shape &getShapeInfo(const schema::ValueInfo &info) {
  return info.type().tensor().shape();
}

static std::string getOperatorName(const schema::Node &node) {
  if (node.domain().empty() || node.domain() == "ai.onnx")
    return node.op();
  return node.domain() + "." + node.op();
}

OwningOpRef<ModuleOp> Importer::run() {
  for (ArrayRef<OperatorEntry> family :
       {getConvolutionOperators(), getMatrixOperators(), getPoolOperators(),
        getUnaryOperators(), getBinaryOperators(), getNormalizationOperators(),
        getReductionOperators(), getShapeOperators(), getSliceOperators(),
        getJoinOperators(), getResizeOperators(), getQuantizationOperators(),
        getRecurrentOperators(), getConstantOperators()})
    for (const OperatorEntry &entry : family)
      table.try_emplace(entry.op, entry);

  if (failed(checkSupported()) || failed(readConstants()))
    return {};
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(file.getContext()));
  state.builder.setInsertionPointToStart(module->getBody());
  FailureOr<func::FuncOp> function = createFunction();
  if (failed(function))
    return {};
  for (const schema::Node &node : file.getGraph().node())
    for (const std::string &input : node.input())
      ++state.readers[input];
  for (const schema::ValueInfo &info : file.getGraph().output())
    ++state.readers[info.name()];
  for (const schema::Node &node : file.getGraph().node())
    if (failed(importNode(node)))
      return {};
  if (failed(finish(*function)))
    return {};
  return module;
}

/// One error that lists every operator that has no importer.
LogicalResult Importer::checkSupported() const {
  UnsupportedOperators unsupported;
  for (const schema::Node &node : file.getGraph().node()) {
    std::string name = getOperatorName(node);
    if (getName(node).empty())
      return file.emitError()
             << "node " << quote(node.name()) << " (" << quote(name)
             << "): expected an output, found none";
    if (!table.contains(name))
      unsupported.add(StringRef(quote(name)).drop_front().drop_back(),
                      getName(node));
  }
  if (unsupported.empty())
    return success();
  return file.emitError() << unsupported.describe();
}

LogicalResult Importer::readConstants() {
  for (int i = 0; i < file.getGraph().initializer_size(); ++i) {
    const schema::Tensor &tensor = file.getGraph().initializer(i);
    FailureOr<Constant> constant = file.takeInitializer(i);
    if (failed(constant))
      return failure();
    Entry entry;
    entry.constant = *constant;
    if (!state.entries.try_emplace(tensor.name(), std::move(entry)).second)
      return file.emitValueError(tensor.name())
             << "expected to be a constant once";
  }
  return success();
}

/// The integers of an input stand for real numbers where a DequantizeLinear
/// says so; UINT8 without one has scale one.
FailureOr<Type> Importer::getInputElement(const schema::ValueInfo &info,
                                          Type plain) {
  if (isa<FloatType>(plain))
    return plain;
  for (const schema::Node &reader : file.getGraph().node()) {
    if (reader.op() != "DequantizeLinear" || reader.input_size() < 2 ||
        reader.input(0) != info.name())
      continue;
    Node node(state, reader);
    // Scales and zero points may come from Constant nodes, which are not read
    // yet.
    if (!node.isConstant(1) || (node.hasInput(2) && !node.isConstant(2)))
      return node.emitError() << "expected scale and zero point of an input of "
                                 "the network among its initializers";
    FailureOr<Constant> scales = node.getConstant(1);
    if (failed(scales))
      return failure();
    if (scales->getNumElements() != 1)
      return node.emitError() << "expected one scale for an input of the "
                                 "network, found "
                              << scales->getNumElements();
    FailureOr<Quantization> q =
        readQuantization(node, getShapeInfo(info).dim_size());
    if (failed(q))
      return failure();
    bool isUnsigned = info.type().tensor().element_type() == schema::UINT8;
    if (!node.hasInput(2)) {
      q->isUnsigned = isUnsigned;
      q->width = plain.getIntOrFloatBitWidth();
    }
    Type element = q->axis < 0 && q->isUnsigned == isUnsigned &&
                           q->width == plain.getIntOrFloatBitWidth()
                       ? getQuantizedType(*q, file.getContext())
                       : Type();
    if (!element)
      return node.emitError() << "expected one scale, and a zero point of the "
                                 "type of the network's input "
                              << quote(info.name());
    return element;
  }
  if (info.type().tensor().element_type() != schema::UINT8)
    return plain;
  return getQuantizedType({{1.0}, {0}, -1, 8, true}, file.getContext());
}

FailureOr<RankedTensorType>
Importer::getInputType(const schema::ValueInfo &info) {
  if (!info.type().has_tensor())
    return file.emitValueError(info.name())
           << "expected an input that is a tensor";
  if (!info.type().tensor().has_shape())
    return file.emitValueError(info.name())
           << "expected an input with a shape, found none";
  Type plain =
      file.getElementType(info.type().tensor().element_type(), info.name());
  if (!plain)
    return failure();
  SmallVector<int64_t> shape;
  for (auto [d, dim] : llvm::enumerate(getShapeInfo(info).dim())) {
    if (dim.has_size() && dim.size() != 0) {
      shape.push_back(dim.size());
      continue;
    }
    if (d != 0)
      return file.emitValueError(info.name())
             << "expected a known size of dimension " << d << ", found "
             << (dim.has_symbol() ? quote(dim.symbol()) : "none");
    shape.push_back(batch);
  }
  if (failed(file.checkShape(shape, info.name())))
    return failure();
  if (batch != 1 && (shape.empty() || shape[0] != batch))
    return file.emitValueError(info.name())
           << "expected a network with an open batch size or a batch of "
           << batch << ", found the fixed shape [" << shape << "]";
  FailureOr<Type> element = getInputElement(info, plain);
  if (failed(element))
    return failure();
  return RankedTensorType::get(shape, *element);
}

FailureOr<func::FuncOp> Importer::createFunction() {
  OpBuilder &builder = state.builder;
  SmallVector<Type> types;
  SmallVector<const schema::ValueInfo *> inputs;
  for (const schema::ValueInfo &info : file.getGraph().input()) {
    // Old files list constants as inputs, too, with an initial value.
    if (state.entries.contains(info.name()))
      continue;
    FailureOr<RankedTensorType> type = getInputType(info);
    if (failed(type))
      return failure();
    types.push_back(*type);
    inputs.push_back(&info);
  }
  // The results' types follow once the layers are known.
  auto function =
      func::FuncOp::create(builder, UnknownLoc::get(file.getContext()), "main",
                           builder.getFunctionType(types, {}));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  for (auto [i, info] : llvm::enumerate(inputs)) {
    BlockArgument argument = body->getArgument(i);
    Attribute name = getNameAttr(info->name());
    argument.setLoc(NameLoc::get(cast<StringAttr>(name)));
    function.setArgAttr(i, nn::NNDialect::kNameAttr, name);
    Entry entry;
    entry.logical = argument;
    if (!state.entries.try_emplace(info->name(), entry).second)
      return file.emitValueError(info->name())
             << "expected to be an input of the network once";
  }
  return function;
}

LogicalResult Importer::importNode(const schema::Node &source) {
  Node node(state, source);
  const OperatorEntry &entry = table.find(getOperatorName(source))->second;
  size_t inputs = node.getNumInputs();
  if (inputs < entry.minInputs || inputs > entry.maxInputs)
    return node.emitError() << "expected between " << entry.minInputs << " and "
                            << entry.maxInputs << " inputs, found " << inputs;
  if (node.getNumOutputs() > entry.maxOutputs)
    return node.emitError() << "expected at most " << entry.maxOutputs
                            << " outputs, found " << node.getNumOutputs();
  llvm::StringSet<> seen;
  for (size_t i = 0, e = node.getNumOutputs(); i < e; ++i)
    if (node.hasOutput(i) && (state.entries.contains(node.getOutputName(i)) ||
                              !seen.insert(node.getOutputName(i)).second))
      return node.emitError()
             << "output " << i << " is " << quote(node.getOutputName(i))
             << ", which is already an input, a constant, or the result of "
                "another node";
  Fold folded = foldNode(node);
  if (failed(folded))
    return failure();
  if (!*folded) {
    if (!entry.import)
      return node.emitError() << "is supported on constants only, such as "
                                 "shapes; an input is known only at run time";
    if (failed(entry.import(node)))
      return failure();
  }
  return node.checkAttributes();
}

/// What the file says of an output must be what the layers make.
LogicalResult Importer::checkOutput(const schema::ValueInfo &info,
                                    Value value) {
  if (!info.type().has_tensor())
    return success();
  const schema::TensorType &declared = info.type().tensor();
  Type plain = file.getElementType(declared.element_type(), info.name());
  if (!plain)
    return failure();
  auto type = cast<RankedTensorType>(value.getType());
  Type found = nn::getStorageType(type.getElementType());
  bool fits = plain == found;
  if (declared.has_shape()) {
    fits &= declared.shape().dim_size() == type.getRank();
    for (int64_t d = 0; fits && d < type.getRank(); ++d) {
      const schema::Dim &dim = declared.shape().dim(d);
      bool isOpen = !dim.has_size() || dim.size() == 0 ||
                    (d == 0 && batch != 1 && dim.size() == 1);
      fits = isOpen || dim.size() == type.getDimSize(d);
    }
  }
  if (fits)
    return success();
  InFlightDiagnostic diagnostic = file.emitValueError(info.name())
                                  << "expected the output declared as ";
  for (const schema::Dim &dim : declared.shape().dim()) {
    if (dim.has_size())
      diagnostic << dim.size() << "x";
    else
      diagnostic << "?x";
  }
  return diagnostic << plain << ", found " << type;
}

LogicalResult Importer::finish(func::FuncOp function) {
  if (file.getGraph().output().empty())
    return file.emitError() << "expected an output of the network, found none";
  OpBuilder &builder = state.builder;
  SmallVector<Value> results;
  for (const schema::ValueInfo &info : file.getGraph().output()) {
    if (!state.entries.contains(info.name()))
      return file.emitValueError(info.name())
             << "is an output of the network, but no node computes it";
    // A reader like others, which asks for the logical order.
    schema::Node reader;
    reader.set_op("output of the network");
    reader.add_input(info.name());
    reader.add_output(info.name());
    FailureOr<Value> value = Node(state, reader).getInput(0);
    if (failed(value) || failed(checkOutput(info, *value)))
      return failure();
    results.push_back(*value);
  }
  func::ReturnOp::create(builder, function.getLoc(), results);
  // Nodes that only computed shapes have nothing left to do.
  auto eraseDead = [&] {
    for (Operation &op :
         llvm::make_early_inc_range(llvm::reverse(function.front())))
      if (isOpTriviallyDead(&op))
        op.erase();
  };
  eraseDead();
  fuseQuantized(function);
  eraseDead();
  function.setFunctionType(builder.getFunctionType(
      function.getArgumentTypes(),
      function.front().getTerminator()->getOperandTypes()));
  for (auto [i, info] : llvm::enumerate(file.getGraph().output()))
    function.setResultAttr(i, nn::NNDialect::kNameAttr,
                           getNameAttr(info.name()));
  return verify(function->getParentOp());
}

void pare::registerONNXImportDialects(DialectRegistry &registry) {
  registry.insert<func::FuncDialect, nn::NNDialect, quant::QuantDialect>();
}

OwningOpRef<ModuleOp> pare::importONNX(llvm::MemoryBufferRef buffer,
                                       MLIRContext *context,
                                       const ONNXImportOptions &options) {
  context->loadDialect<func::FuncDialect, nn::NNDialect, quant::QuantDialect>();
  // What follows the first error is a consequence of it, or the same again.
  bool reported = false;
  ScopedDiagnosticHandler onlyFirst(context, [&](Diagnostic &) {
    return success(std::exchange(reported, true));
  });
  std::unique_ptr<File> file = File::open(buffer, context);
  if (!file)
    return {};
  if (options.batch < 1 || options.batch > kMaxElements) {
    file->emitError() << "expected a batch of at least 1, found "
                      << options.batch;
    return {};
  }
  return Importer(*file, options.batch).run();
}

OwningOpRef<ModuleOp> pare::importONNXFile(StringRef path, MLIRContext *context,
                                           const ONNXImportOptions &options) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
  if (!buffer) {
    emitError(UnknownLoc::get(context))
        << path << ": " << buffer.getError().message();
    return {};
  }
  return importONNX((*buffer)->getMemBufferRef(), context, options);
}
