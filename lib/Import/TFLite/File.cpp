//===- File.cpp - A checked view of a TensorFlow Lite file ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "llvm/Support/Alignment.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>

using namespace mlir;
using namespace pare::tflite;

static_assert(FLATBUFFERS_LITTLEENDIAN,
              "constants are used in the file's byte order");

InFlightDiagnostic File::emitError() const {
  return mlir::emitError(UnknownLoc::get(context))
         << buffer.getBufferIdentifier() << ": ";
}

InFlightDiagnostic File::emitTensorError(int64_t tensor) const {
  return emitError() << "tensor " << quote(getTensorName(tensor)) << " (number "
                     << tensor << "): ";
}

std::unique_ptr<File> File::open(llvm::MemoryBufferRef buffer,
                                 std::shared_ptr<const void> owner,
                                 int64_t batch, MLIRContext *context) {
  // Numbers are read where they are.
  if (!llvm::isAddrAligned(llvm::Align::Of<uint64_t>(),
                           buffer.getBufferStart())) {
    std::shared_ptr<llvm::MemoryBuffer> copy =
        llvm::MemoryBuffer::getMemBufferCopy(buffer.getBuffer(),
                                             buffer.getBufferIdentifier());
    buffer = copy->getMemBufferRef();
    owner = std::move(copy);
  }
  std::unique_ptr<File> file(
      new File(buffer, std::move(owner), batch, context));
  if (failed(file->check()))
    return nullptr;
  return file;
}

LogicalResult File::check() {
  if (batch < 1 || batch > INT32_MAX)
    return emitError() << "expected a batch between 1 and " << INT32_MAX
                       << ", found " << batch;

  // Data of a very large file stands behind the flatbuffer, whose own size is
  // limited by its 32-bit offsets.
  size_t size =
      std::min<size_t>(buffer.getBufferSize(), FLATBUFFERS_MAX_BUFFER_SIZE - 1);
  const auto *data = reinterpret_cast<const uint8_t *>(buffer.getBufferStart());
  if (size < 2 * sizeof(flatbuffers::uoffset_t) ||
      !schema::ModelBufferHasIdentifier(data))
    return emitError() << "not a TensorFlow Lite file: expected the identifier "
                       << quote(schema::ModelIdentifier())
                       << " in bytes 4 to 7 of the file";
  flatbuffers::Verifier verifier(data, size);
  if (!schema::VerifyModelBuffer(verifier))
    return emitError() << "damaged file: an offset or a length in it points "
                          "outside of its "
                       << buffer.getBufferSize()
                       << " bytes, or into the wrong place";

  model = schema::GetModel(data);
  if (model->version() != 3)
    return emitError() << "expected schema version 3, found "
                       << model->version();
  if (!model->subgraphs() || model->subgraphs()->size() == 0)
    return emitError() << "expected a network (subgraph), found none";
  graph = model->subgraphs()->Get(0);
  if (!graph->tensors() || graph->tensors()->size() == 0)
    return emitError() << "expected tensors, found none";

  size_t numBuffers = model->buffers() ? model->buffers()->size() : 0;
  for (int64_t i = 0, e = getNumTensors(); i < e; ++i)
    if (uint32_t index = getTensor(i).buffer(); index && index >= numBuffers)
      return emitTensorError(i) << "expected a buffer number below "
                                << numBuffers << ", found " << index;

  auto checkInterface = [&](const flatbuffers::Vector<int32_t> *indices,
                            StringRef what) -> LogicalResult {
    if (!indices || indices->size() == 0)
      return emitError() << "the network has no " << what;
    for (int32_t index : *indices)
      if (index < 0 || index >= getNumTensors())
        return emitError() << "expected the number of the network's " << what
                           << " tensor to be at least 0 and below "
                           << getNumTensors() << ", found " << index;
    return success();
  };
  if (failed(checkInterface(graph->inputs(), "input")) ||
      failed(checkInterface(graph->outputs(), "output")))
    return failure();

  if (graph->operators())
    for (size_t i = 0, e = graph->operators()->size(); i < e; ++i)
      if (failed(checkOperator(i)))
        return failure();
  return success();
}

LogicalResult File::checkOperator(size_t index) const {
  const schema::Operator &op = *graph->operators()->Get(index);
  size_t numCodes =
      model->operator_codes() ? model->operator_codes()->size() : 0;
  if (op.opcode_index() >= numCodes)
    return emitError() << "operator " << index
                       << ": expected an operator code number below "
                       << numCodes << ", found " << op.opcode_index();
  auto checkTensors = [&](const flatbuffers::Vector<int32_t> *indices,
                          int64_t lowest, StringRef what) -> LogicalResult {
    if (!indices)
      return success();
    for (int32_t tensor : *indices)
      if (tensor < lowest || tensor >= getNumTensors())
        return emitError() << "operator " << index << " ("
                           << getOperatorName(op) << "): expected the number "
                           << "of its " << what << " tensor to be at least "
                           << lowest << " and below " << getNumTensors()
                           << ", found " << tensor;
    return success();
  };
  // -1 stands for an absent optional tensor.
  if (failed(checkTensors(op.inputs(), -1, "input")) ||
      failed(checkTensors(op.outputs(), 0, "output")) ||
      failed(checkTensors(op.intermediates(), -1, "intermediate")))
    return failure();
  if (!op.outputs() || op.outputs()->size() == 0)
    return emitError() << "operator " << index << " (" << getOperatorName(op)
                       << ") has no output";
  return success();
}

std::string File::getTensorName(int64_t index) const {
  const auto *name = getTensor(index).name();
  if (!name || name->size() == 0)
    return "tensor_" + std::to_string(index);
  return name->str();
}

schema::BuiltinOperator File::getBuiltin(const schema::Operator &op) const {
  const schema::OperatorCode &code =
      *model->operator_codes()->Get(op.opcode_index());
  return std::max(
      static_cast<schema::BuiltinOperator>(code.deprecated_builtin_code()),
      code.builtin_code());
}

std::string File::getOperatorName(const schema::Operator &op) const {
  schema::BuiltinOperator builtin = getBuiltin(op);
  if (builtin == schema::BuiltinOperator::CUSTOM) {
    const auto *name =
        model->operator_codes()->Get(op.opcode_index())->custom_code();
    return "custom operator " + quote(name ? name->c_str() : "");
  }
  // Empty where the number has no name in the schema.
  std::string name = schema::EnumNameBuiltinOperator(builtin);
  if (name.empty())
    return "builtin operator " + std::to_string(static_cast<int>(builtin));
  return name;
}
