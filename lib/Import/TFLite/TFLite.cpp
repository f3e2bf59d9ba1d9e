//===- TFLite.cpp - Import of TensorFlow Lite files -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Import/TFLite.h"

#include "Importer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/Verifier.h"
#include "pare/Support/UnsupportedOperators.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MemoryBuffer.h"

#include <utility>

using namespace mlir;
using namespace pare;
using namespace pare::tflite;

namespace {

class Importer {
public:
  Importer(const File &file, int64_t batch)
      : file(file), batch(batch), state(file) {}

  OwningOpRef<ModuleOp> run();

private:
  LogicalResult checkSupported() const;
  LogicalResult checkBatch() const;
  FailureOr<func::FuncOp> createFunction();
  LogicalResult importOperator(const schema::Operator &op);
  LogicalResult finish(func::FuncOp function);
  Attribute getNameAttr(int64_t tensor) {
    return state.builder.getStringAttr(file.getTensorName(tensor));
  }

  const File &file;
  int64_t batch;
  ImportState state;
  llvm::DenseMap<int32_t, OperatorEntry> table;
};

} // namespace

OwningOpRef<ModuleOp> Importer::run() {
  for (ArrayRef<OperatorEntry> family :
       {getConvolutionOperators(), getMatrixOperators(), getPoolOperators(),
        getUnaryOperators(), getBinaryOperators(), getShapeOperators(),
        getSliceOperators(), getJoinOperators(), getReductionOperators(),
        getConversionOperators(), getRecurrentOperators()})
    for (const OperatorEntry &entry : family)
      table.try_emplace(static_cast<int32_t>(entry.op), entry);

  if (failed(checkSupported()) || failed(checkBatch()))
    return {};
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(file.getContext()));
  state.builder.setInsertionPointToStart(module->getBody());
  FailureOr<func::FuncOp> function = createFunction();
  if (failed(function))
    return {};
  if (const auto *operators = file.getGraph().operators())
    for (const schema::Operator *op : *operators)
      if (failed(importOperator(*op)))
        return {};
  if (failed(finish(*function)))
    return {};
  return module;
}

/// One error that lists every operator that has no importer.
LogicalResult Importer::checkSupported() const {
  UnsupportedOperators unsupported;
  if (const auto *operators = file.getGraph().operators())
    for (const schema::Operator *op : *operators) {
      if (!table.contains(static_cast<int32_t>(file.getBuiltin(*op))))
        unsupported.add(file.getOperatorName(*op),
                        file.getTensorName(op->outputs()->Get(0)));
    }
  if (unsupported.empty())
    return success();
  return file.emitError() << unsupported.describe();
}

/// A batch other than one can be had where an input leaves a dimension open.
LogicalResult Importer::checkBatch() const {
  if (batch == 1)
    return success();
  for (int32_t input : *file.getGraph().inputs()) {
    const auto *signature = file.getTensor(input).shape_signature();
    if (signature &&
        llvm::any_of(*signature, [](int32_t size) { return size < 0; }))
      return success();
    FailureOr<RankedTensorType> type = file.getType(input);
    if (failed(type))
      return failure();
    if (type->getRank() == 0 || type->getDimSize(0) != batch)
      return file.emitTensorError(input)
             << "expected a network with an open batch size or a batch of "
             << batch << ", found the fixed shape [" << type->getShape() << "]";
  }
  return success();
}

FailureOr<func::FuncOp> Importer::createFunction() {
  OpBuilder &builder = state.builder;
  SmallVector<Type> inputs;
  SmallVector<DictionaryAttr> inputNames;
  for (int32_t tensor : *file.getGraph().inputs()) {
    FailureOr<RankedTensorType> type = file.getType(tensor);
    if (failed(type))
      return failure();
    inputs.push_back(*type);
    inputNames.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr(nn::NNDialect::kNameAttr, getNameAttr(tensor))));
  }
  // The results' types follow once the layers are known.
  auto function =
      func::FuncOp::create(builder, UnknownLoc::get(file.getContext()), "main",
                           builder.getFunctionType(inputs, {}));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  for (auto [i, tensor] : llvm::enumerate(*file.getGraph().inputs())) {
    BlockArgument argument = body->getArgument(i);
    argument.setLoc(NameLoc::get(cast<StringAttr>(getNameAttr(tensor))));
    if (!state.values.try_emplace(tensor, argument).second)
      return file.emitTensorError(tensor)
             << "expected to be an input of the network once";
    function.setArgAttrs(i, inputNames[i]);
  }
  return function;
}

/// The message of the first error that the verifier has for an operation.
static std::optional<std::string> findError(Operation *op) {
  std::string message;
  ScopedDiagnosticHandler handler(op->getContext(),
                                  [&](Diagnostic &diagnostic) {
                                    if (message.empty())
                                      message = diagnostic.str();
                                    return success();
                                  });
  if (succeeded(verify(op, /*verifyRecursively=*/false)))
    return std::nullopt;
  return message;
}

/// Checks that a layer computes on one kind of elements: TensorFlow Lite has no
/// layers that mix them, other than those that convert.
static LogicalResult checkElementTypes(const Layer &layer, Operation *op) {
  if (!isa<nn::LayerOpInterface>(op))
    return success();
  Type input = getElementTypeOrSelf(op->getOperand(0));
  bool isQuantized = isa<quant::QuantizedType>(input);
  auto fits = [&](Value value) {
    Type type = getElementTypeOrSelf(value);
    return isQuantized ? isa<quant::QuantizedType>(type) : type == input;
  };
  auto quantizable = dyn_cast<nn::QuantizableOpInterface>(op);
  bool keepsType =
      quantizable && quantizable.getQuantRule() == nn::QuantRule::SameAsInput;
  // The other operand of a gather is a list of positions.
  for (Value operand : op->getOperands().drop_front())
    if (!isa<nn::GatherOp>(op) && !fits(operand))
      return layer.emitError()
             << "expected operands of one kind of elements, found " << input
             << " and " << getElementTypeOrSelf(operand);
  for (Value result : op->getResults())
    if (!fits(result) || (keepsType && getElementTypeOrSelf(result) != input))
      return layer.emitError()
             << "expected a result with elements "
             << (keepsType ? "of type " : "of the kind of ") << input
             << ", found " << getElementTypeOrSelf(result);
  return success();
}

LogicalResult Importer::importOperator(const schema::Operator &op) {
  Layer layer(state, op);
  const OperatorEntry &entry =
      table.find(static_cast<int32_t>(file.getBuiltin(op)))->second;
  size_t inputs = layer.getNumInputs();
  if (inputs < entry.minInputs || inputs > entry.maxInputs)
    return layer.emitError()
           << "expected between " << entry.minInputs << " and "
           << entry.maxInputs << " inputs, found " << inputs;
  if (entry.numOutputs >= 0 &&
      static_cast<int64_t>(layer.getNumOutputs()) != entry.numOutputs)
    return layer.emitError() << "expected " << entry.numOutputs
                             << " outputs, found " << layer.getNumOutputs();
  llvm::DenseSet<int64_t> seen;
  for (size_t i = 0, e = layer.getNumOutputs(); i < e; ++i)
    if (int64_t tensor = layer.getOutputTensor(i);
        state.values.contains(tensor) || file.hasData(tensor) ||
        !seen.insert(tensor).second)
      return layer.emitError()
             << "output " << i << " is tensor "
             << quote(file.getTensorName(tensor))
             << ", which is already an input, a constant, or the result of "
                "another operator";

  Block *block = state.builder.getInsertionBlock();
  Operation *last = block->empty() ? nullptr : &block->back();
  if (failed(entry.import(layer)))
    return failure();

  // What follows relies on the declared type of the tensor; the operations that
  // stand for the layer must have produced just that.
  for (size_t i = 0, e = layer.getNumOutputs(); i < e; ++i) {
    FailureOr<RankedTensorType> declared = layer.getOutputType(i);
    if (failed(declared))
      return failure();
    Value value = state.values.lookup(layer.getOutputTensor(i));
    if (value && value.getType() != *declared)
      return layer.emitError() << "expected output " << i << " of type "
                               << value.getType() << ", found " << *declared;
  }
  Operation *first = last ? last->getNextNode() : nullptr;
  if (!last && !block->empty())
    first = &block->front();
  for (Operation *created = first; created; created = created->getNextNode()) {
    if (std::optional<std::string> message = findError(created))
      return layer.emitError() << *message;
    if (failed(checkElementTypes(layer, created)))
      return failure();
  }
  return success();
}

LogicalResult Importer::finish(func::FuncOp function) {
  SmallVector<Value> results;
  for (int32_t tensor : *file.getGraph().outputs()) {
    Value value = state.values.lookup(tensor);
    if (!value)
      return file.emitTensorError(tensor)
             << "is an output of the network, but no operator computes it";
    results.push_back(value);
  }
  OpBuilder &builder = state.builder;
  func::ReturnOp::create(builder, function.getLoc(), results);
  function.setFunctionType(builder.getFunctionType(
      function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [i, tensor] : llvm::enumerate(*file.getGraph().outputs()))
    function.setResultAttr(i, nn::NNDialect::kNameAttr, getNameAttr(tensor));

  // Operators that only computed shapes have nothing left to do.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  return verify(function->getParentOp());
}

void pare::registerTFLiteImportDialects(DialectRegistry &registry) {
  registry.insert<func::FuncDialect, nn::NNDialect, quant::QuantDialect>();
}

OwningOpRef<ModuleOp> pare::importTFLite(llvm::MemoryBufferRef buffer,
                                         std::shared_ptr<const void> owner,
                                         MLIRContext *context,
                                         const TFLiteImportOptions &options) {
  context->loadDialect<func::FuncDialect, nn::NNDialect, quant::QuantDialect>();
  // What follows the first error is a consequence of it, or the same again.
  bool reported = false;
  ScopedDiagnosticHandler onlyFirst(context, [&](Diagnostic &) {
    return success(std::exchange(reported, true));
  });
  std::unique_ptr<File> file =
      File::open(buffer, std::move(owner), options.batch, context);
  if (!file)
    return {};
  return Importer(*file, options.batch).run();
}

OwningOpRef<ModuleOp>
pare::importTFLiteFile(StringRef path, MLIRContext *context,
                       const TFLiteImportOptions &options) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
  if (!buffer) {
    emitError(UnknownLoc::get(context))
        << path << ": " << buffer.getError().message();
    return {};
  }
  std::shared_ptr<llvm::MemoryBuffer> owner = std::move(*buffer);
  return importTFLite(owner->getMemBufferRef(), owner, context, options);
}
