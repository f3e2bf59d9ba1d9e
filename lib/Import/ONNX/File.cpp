//===- File.cpp - A checked view of an ONNX file --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace pare::onnx;

/// Default operator sets between which nothing that the importer relies on
/// changed without being taken into account. Broadcasting is as in NumPy since
/// version 7; before, nodes said so by an attribute.
static constexpr int64_t kOldest = 6, kNewest = 21;

InFlightDiagnostic File::emitError() const {
  return mlir::emitError(UnknownLoc::get(context)) << name << ": ";
}

InFlightDiagnostic File::emitValueError(StringRef value) const {
  return emitError() << "value " << quote(value) << ": ";
}

std::unique_ptr<File> File::open(llvm::MemoryBufferRef buffer,
                                 MLIRContext *context) {
  std::unique_ptr<File> file(
      new File(buffer.getBufferIdentifier().str(), context));
  // The reader of protobuf counts in int.
  if (buffer.getBufferSize() > INT32_MAX) {
    file->emitError() << "expected at most " << INT32_MAX << " bytes, found "
                      << buffer.getBufferSize();
    return nullptr;
  }
  if (!file->model.ParseFromArray(buffer.getBufferStart(),
                                  static_cast<int>(buffer.getBufferSize()))) {
    file->emitError() << "damaged file: its " << buffer.getBufferSize()
                      << " bytes are not the fields of an ONNX model";
    return nullptr;
  }
  if (failed(file->check()))
    return nullptr;
  return file;
}

LogicalResult File::check() {
  if (!model.has_graph())
    return emitError() << "expected an ONNX model with a graph, found none";
  bool found = false;
  for (const schema::OperatorSet &set : model.operator_set())
    if (set.domain().empty() || set.domain() == "ai.onnx") {
      version = set.version();
      found = true;
    }
  if (!found)
    return emitError() << "expected a version of the default operator set, "
                          "found none";
  if (version < kOldest || version > kNewest)
    return emitError() << "expected operator set " << kOldest << " to "
                       << kNewest << ", found " << version;
  if (!getGraph().sparse_initializer().empty())
    return emitError() << "sparse initializers are not supported";
  return success();
}

LogicalResult File::checkShape(ArrayRef<int64_t> shape, StringRef value) const {
  if (shape.size() > kMaxRank)
    return emitValueError(value) << "expected at most " << kMaxRank
                                 << " dimensions, found " << shape.size();
  int64_t elements = 1;
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (size <= 0)
      return emitValueError(value) << "expected a positive size of dimension "
                                   << i << ", found " << size;
    if (size > kMaxElements || elements * size > kMaxElements)
      return emitValueError(value)
             << "expected at most " << kMaxElements
             << " elements, found more up to dimension " << i;
    elements *= size;
  }
  return success();
}

Type File::getElementType(schema::ElementType type, StringRef value) const {
  switch (type) {
  case schema::FLOAT:
    return Float32Type::get(context);
  case schema::FLOAT16:
    return Float16Type::get(context);
  case schema::BOOL:
    return IntegerType::get(context, 1);
  case schema::INT8:
  case schema::UINT8:
    return IntegerType::get(context, 8);
  case schema::INT16:
    return IntegerType::get(context, 16);
  case schema::INT32:
    return IntegerType::get(context, 32);
  case schema::INT64:
    return IntegerType::get(context, 64);
  default:
    emitValueError(value) << "element type " << schema::ElementType_Name(type)
                          << " is not supported";
    return {};
  }
}
