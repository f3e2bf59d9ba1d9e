//===- File.h - A checked view of a TensorFlow Lite file --------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The importer reads the file through this class alone. What it hands out has
// been checked against the rest of the file: indices are in range, buffers have
// the length that their tensor's shape asks for, and types are legal nn types.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_IMPORT_TFLITE_FILE_H
#define PARE_LIB_IMPORT_TFLITE_FILE_H

#include "pare/Support/Quote.h"
#include "tflite_generated.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>
#include <string>

namespace pare::tflite {

class File {
public:
  /// Verifies the flatbuffer and every index in it. Null after an error.
  static std::unique_ptr<File> open(llvm::MemoryBufferRef buffer,
                                    std::shared_ptr<const void> owner,
                                    int64_t batch, mlir::MLIRContext *context);

  /// Starts an error message with the name of the file.
  mlir::InFlightDiagnostic emitError() const;
  /// Starts an error message with the names of the file and of a tensor.
  mlir::InFlightDiagnostic emitTensorError(int64_t tensor) const;

  mlir::MLIRContext *getContext() const { return context; }
  /// The main network; later subgraphs are bodies of control flow.
  const schema::SubGraph &getGraph() const { return *graph; }
  int64_t getNumTensors() const { return graph->tensors()->size(); }
  const schema::Tensor &getTensor(int64_t index) const {
    return *graph->tensors()->Get(index);
  }

  /// The author's name for a tensor, "tensor_N" if there is none.
  std::string getTensorName(int64_t index) const;
  /// Name of the operator behind an entry of the operator code table: the
  /// builtin's name, or the author's for a custom one.
  std::string getOperatorName(const schema::Operator &op) const;
  schema::BuiltinOperator getBuiltin(const schema::Operator &op) const;

  /// The tensor's type in the network: shape with the batch size filled in, and
  /// a quantized element type if the tensor has scales.
  mlir::FailureOr<mlir::RankedTensorType> getType(int64_t tensor) const;
  /// The type as which a constant is stored: the same shape, storage elements.
  static mlir::RankedTensorType getStorageType(mlir::RankedTensorType type);

  /// True if the file holds data for the tensor.
  bool hasData(int64_t tensor) const;
  /// The elements of a constant tensor, of type
  /// getStorageType(getType(tensor)), decoded if they are stored sparse. Large
  /// ones refer to the file's memory.
  mlir::FailureOr<mlir::ElementsAttr> getConstant(int64_t tensor) const;
  /// Raw bytes of a dense constant tensor: as many as its shape asks for.
  mlir::FailureOr<llvm::ArrayRef<char>> getBytes(int64_t tensor) const;
  /// Elements of a constant INT32 or INT64 tensor.
  mlir::FailureOr<llvm::SmallVector<int64_t>> getIntegers(int64_t tensor) const;

  /// Elements as an attribute: literal if they are few, a resource named after
  /// `name` otherwise.
  mlir::ElementsAttr makeElements(mlir::RankedTensorType storageType,
                                  llvm::StringRef name,
                                  mlir::AsmResourceBlob blob) const;

private:
  File(llvm::MemoryBufferRef buffer, std::shared_ptr<const void> owner,
       int64_t batch, mlir::MLIRContext *context)
      : buffer(buffer), owner(std::move(owner)), batch(batch),
        context(context) {}

  mlir::LogicalResult check();
  mlir::LogicalResult checkOperator(size_t index) const;
  /// The bytes of a tensor's buffer, whatever their number.
  mlir::FailureOr<llvm::ArrayRef<char>> getBuffer(int64_t tensor) const;
  mlir::FailureOr<llvm::SmallVector<int64_t>> getShape(int64_t tensor) const;
  mlir::FailureOr<mlir::Type>
  getElementType(int64_t tensor, llvm::ArrayRef<int64_t> shape) const;
  mlir::FailureOr<mlir::AsmResourceBlob>
  decodeSparse(int64_t tensor, mlir::RankedTensorType storageType) const;

  llvm::MemoryBufferRef buffer;
  std::shared_ptr<const void> owner;
  int64_t batch;
  mlir::MLIRContext *context;
  const schema::Model *model = nullptr;
  const schema::SubGraph *graph = nullptr;
};

} // namespace pare::tflite

#endif // PARE_LIB_IMPORT_TFLITE_FILE_H
