//===- File.h - A checked view of an ONNX file ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_IMPORT_ONNX_FILE_H
#define PARE_LIB_IMPORT_ONNX_FILE_H

#include "onnx.pb.h"
#include "pare/Support/Quote.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>
#include <string>
#include <vector>

namespace pare::onnx {

/// Limits that no real network comes near; beyond them a file is damaged.
constexpr int64_t kMaxRank = 8;
constexpr int64_t kMaxElements = INT32_MAX;

/// A constant tensor in memory, in the order of dimensions of the file.
struct Constant {
  llvm::SmallVector<int64_t> shape;
  /// f32, f16, i1 (one byte an element), i8, i16, i32 or i64.
  mlir::Type elementType;
  /// The elements of an i8 tensor are UINT8.
  bool isUnsigned = false;
  /// Elements in the order and width of this machine; shared, never changed.
  std::shared_ptr<const std::vector<char>> bytes;

  int64_t getRank() const { return shape.size(); }
  int64_t getNumElements() const;
  mlir::RankedTensorType getType() const {
    return mlir::RankedTensorType::get(shape, elementType);
  }
  template <typename T> llvm::ArrayRef<T> getElements() const {
    return {reinterpret_cast<const T *>(bytes->data()),
            bytes->size() / sizeof(T)};
  }
  /// The elements as integers or real numbers, whatever their type.
  std::vector<int64_t> getIntegers() const;
  std::vector<double> getReals() const;
  bool isFloat() const { return mlir::isa<mlir::FloatType>(elementType); }

  /// The constant whose dimension i is dimension permutation[i] of this one.
  Constant permute(llvm::ArrayRef<int64_t> permutation) const;
  Constant reshape(llvm::ArrayRef<int64_t> newShape) const;

  static Constant getIntegers(mlir::Type elementType,
                              llvm::ArrayRef<int64_t> shape,
                              llvm::ArrayRef<int64_t> values);
  /// f32 or f16 elements; each is rounded to the nearest.
  static Constant getReals(mlir::Type elementType,
                           llvm::ArrayRef<int64_t> shape,
                           llvm::ArrayRef<double> values);
};

size_t getBytesPerElement(mlir::Type type);

class File {
public:
  /// Parses the file. Null after an error.
  static std::unique_ptr<File> open(llvm::MemoryBufferRef buffer,
                                    mlir::MLIRContext *context);

  /// Starts an error message with the name of the file.
  mlir::InFlightDiagnostic emitError() const;
  /// Starts an error message with the names of the file and of a value.
  mlir::InFlightDiagnostic emitValueError(llvm::StringRef name) const;

  mlir::MLIRContext *getContext() const { return context; }
  const schema::Graph &getGraph() const { return model.graph(); }
  /// Version of the default operator set.
  int64_t getVersion() const { return version; }

  /// The nn element type; UINT8 is i8 here, as its storage. Null, after an
  /// error, for a type that Pare has no place for.
  mlir::Type getElementType(schema::ElementType type,
                            llvm::StringRef name) const;
  /// The elements of a tensor; `name` is for messages.
  mlir::FailureOr<Constant> getConstant(const schema::Tensor &tensor,
                                        llvm::StringRef name) const;
  /// The elements of an initializer, which the file has no more after that: a
  /// network's weights lie there.
  mlir::FailureOr<Constant> takeInitializer(int index);
  /// Checks that sizes are positive and their product is not absurd.
  mlir::LogicalResult checkShape(llvm::ArrayRef<int64_t> shape,
                                 llvm::StringRef name) const;

private:
  File(std::string name, mlir::MLIRContext *context)
      : name(std::move(name)), context(context) {}
  mlir::LogicalResult check();

  std::string name;
  mlir::MLIRContext *context;
  schema::Model model;
  int64_t version = 0;
};

} // namespace pare::onnx

#endif // PARE_LIB_IMPORT_ONNX_FILE_H
