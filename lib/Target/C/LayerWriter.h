//===- LayerWriter.h - The function of one layer ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes the C function of one layer: what the operations have in common is
// here, each family of operations has a file of its own.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_LAYERWRITER_H
#define PARE_LIB_TARGET_C_LAYERWRITER_H

#include "Network.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallBitVector.h"

namespace pare::c {

using Strings = llvm::SmallVector<std::string>;

/// A loop nest over elements of several buffers. `strides[k]` are the steps, in
/// elements, of buffer k.
struct Nest {
  llvm::SmallVector<int64_t> sizes;
  llvm::SmallVector<llvm::SmallVector<int64_t>> strides;

  /// Leaves out loops of one step and joins those that walk on in each other's
  /// steps.
  void simplify();
};

class LayerWriter {
public:
  LayerWriter(Network &network, const NetworkLayer &layer);

  /// Writes all operations; reports what has no form in C.
  llvm::LogicalResult run();

  /// Constant arrays that belong to the layer, at file scope.
  const std::string &getTables() const { return tables; }
  /// A constant array at file scope that the operations use, and what it is
  /// for them: the name of a parameter that may stand for it.
  struct TableUse {
    std::string name, type, role;
  };
  llvm::ArrayRef<TableUse> getTableUses() const { return tableUses; }

  /// The function with the comment above it. The tables that `chosen` has are
  /// parameters. `others` are layers that call it too.
  std::string getFunction(const llvm::SmallBitVector &chosen,
                          llvm::ArrayRef<llvm::StringRef> others) const;
  /// The same without the comment, under a name that all functions share, with
  /// parameters for all tables: layers for which it is the same can share one.
  std::string getAnonymousFunction() const;
  /// The statement that calls `function`, which is this layer's or one like it;
  /// `argumentOf` gives what to pass for a buffer or some of its rows,
  /// `patchNames` what to pass for each of getPatches(), and the tables that
  /// `chosen` has stand for themselves.
  std::string getCall(llvm::StringRef function,
                      llvm::function_ref<std::string(mlir::Value)> argumentOf,
                      llvm::ArrayRef<std::string> patchNames,
                      const llvm::SmallBitVector &chosen) const;

  //===--------------------------------------------------------------------===//
  // For the families of operations
  //===--------------------------------------------------------------------===//

  /// The C expression that points to the first element of `value`. Buffers
  /// become parameters, which are named after `role`.
  std::string pointer(mlir::Value value, llvm::StringRef role);
  /// The same for something that may be missing: "0".
  std::string optionalPointer(mlir::Value value, llvm::StringRef role);

  /// Writes a line of the body.
  void line(const llvm::Twine &text);
  /// Writes the statement `head(arguments);`.
  void call(llvm::StringRef head, llvm::ArrayRef<std::string> arguments);
  /// Writes the definition `type name = {fields};`, a line for each of
  /// `fields`.
  void define(llvm::StringRef type, llvm::StringRef name,
              llvm::ArrayRef<std::string> fields);
  /// The same of a static constant.
  void constant(llvm::StringRef type, llvm::StringRef name,
                llvm::ArrayRef<std::string> fields);

  /// Writes the loops of `nest` around `body`, which gets the C expression of
  /// each buffer's index. `first` are the offsets of the buffers.
  void loops(const Nest &nest, llvm::ArrayRef<int64_t> first,
             llvm::function_ref<void(llvm::ArrayRef<std::string>)> body);

  /// Defines the constant `result` that requantizes by `epilogue`.
  void requantization(kernel::EpilogueAttr epilogue);
  /// The same of the type `narrowing`. In fixed point, `multipliers` and
  /// `shifts` are its literals, one for each channel or one for all.
  void narrowing(kernel::EpilogueAttr epilogue,
                 llvm::ArrayRef<std::string> multipliers,
                 llvm::ArrayRef<std::string> shifts);
  /// Defines the constant array `name` with the given literals, inside the
  /// function if it is short; the result is its name.
  std::string array(llvm::StringRef name, llvm::StringRef type,
                    llvm::ArrayRef<std::string> literals);

  /// Defines the array at file scope, once for all layers that ask for it.
  std::string sharedArray(llvm::StringRef name, llvm::StringRef type,
                          llvm::ArrayRef<std::string> literals);

  /// A parameter of the function, a pointer to `type`, which points to room for
  /// `bytes` bytes that only this operation uses.
  std::string patches(int64_t bytes, llvm::StringRef type = "int16_t");

  /// The room that an operation uses alone, and its parameter.
  struct Patches {
    mlir::Operation *op;
    int64_t bytes;
    std::string type, name;
  };
  llvm::ArrayRef<Patches> getPatches() const { return room; }

  /// States that the code of the operation reads ahead of what it writes: its
  /// output may begin `bytes` bytes before its first input and run into it.
  void overlap(int64_t bytes) { overlaps.push_back({current, bytes}); }
  llvm::ArrayRef<std::pair<mlir::Operation *, int64_t>> getOverlaps() const {
    return overlaps;
  }

  const NetworkLayer &getLayer() const { return layer; }
  const Network &getNetwork() const { return network; }

private:
  struct Parameter {
    /// A buffer or a kernel.subview.
    mlir::Value root;
    std::string name;
    bool isWritten;
  };

  /// Notes that the body refers to a table.
  void useTable(llvm::StringRef name, llvm::StringRef type,
                llvm::StringRef role);
  /// The names of parameters for tableUses.
  llvm::SmallVector<std::string> nameParameters() const;
  /// Those of the chosen ones, by the names of the tables.
  llvm::StringMap<std::string>
  getParameterNames(const llvm::SmallBitVector &chosen) const;
  std::string
  getDescription(const llvm::StringMap<std::string> &parameterOf) const;
  std::string getBody(const llvm::StringMap<std::string> &parameterOf) const;
  void writeFunction(llvm::raw_ostream &os, llvm::StringRef name,
                     const llvm::SmallBitVector &chosen) const;

  Network &network;
  const NetworkLayer &layer;
  llvm::SmallVector<Parameter> parameters;
  /// Constants that the function reads as they are.
  llvm::SmallPtrSet<mlir::Operation *, 4> unpackedGlobals;
  llvm::SmallVector<TableUse> tableUses;
  std::string tables, body;
  llvm::SmallVector<Patches> room;
  llvm::SmallVector<std::pair<mlir::Operation *, int64_t>> overlaps;
  /// What is being written.
  mlir::Operation *current = nullptr;
  unsigned indent = 2;
  /// Variables of the loops around what is being written.
  unsigned loopDepth = 0;
};

//===----------------------------------------------------------------------===//
// Pieces of expressions
//===----------------------------------------------------------------------===//

inline mlir::MemRefType typeOf(mlir::Value value) {
  return mlir::cast<mlir::MemRefType>(value.getType());
}
inline mlir::Type elementOf(mlir::Value value) {
  return typeOf(value).getElementType();
}
inline bool isF32(mlir::Value value) { return elementOf(value).isF32(); }
inline bool isI8(mlir::Value value) { return elementOf(value).isInteger(8); }

/// The strides of a row-major buffer of `shape`.
llvm::SmallVector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape);

/// The number of elements in all dimensions but the last.
int64_t rowsOf(mlir::MemRefType type);

/// The bounds of an epilogue on f32 as literals.
std::string lowLiteral(kernel::EpilogueAttr epilogue);
std::string highLiteral(kernel::EpilogueAttr epilogue);

/// `expression` clamped by `epilogue`, if that can change it.
std::string clampF32(const std::string &expression,
                     kernel::EpilogueAttr epilogue);

/// The bounds of an epilogue on integers of the type of `output`.
std::pair<int64_t, int64_t> integerBounds(kernel::EpilogueAttr epilogue);

/// "(x - 3)", "(x + 3)" or "x".
std::string minus(const std::string &expression, int64_t value);

//===----------------------------------------------------------------------===//
// The families
//===----------------------------------------------------------------------===//

// Contractions.cpp
llvm::LogicalResult write(kernel::ContractOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::DepthwiseOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::TransposeConvOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::SparseContractOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::BatchMatmulOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::LstmOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::GruOp op, LayerWriter &w);

// Elementwise.cpp
llvm::LogicalResult write(kernel::BinaryOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::UnaryOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::TableOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::ConvertOp op, LayerWriter &w);

// Reductions.cpp
llvm::LogicalResult write(kernel::PoolOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::ReduceOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::SoftmaxOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::LayerNormOp op, LayerWriter &w);

// Movement.cpp
llvm::LogicalResult write(kernel::CopyOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::FillOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::GatherOp op, LayerWriter &w);
llvm::LogicalResult write(kernel::ResizeOp op, LayerWriter &w);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_LAYERWRITER_H
