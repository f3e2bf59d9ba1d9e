//===- Importer.h - From operators to layers --------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each family of operators has a file with one function for each operator and a
// table of them. A function receives a Layer, creates the nn operations for it
// and sets the results.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_IMPORT_TFLITE_IMPORTER_H
#define PARE_LIB_IMPORT_TFLITE_IMPORTER_H

#include "File.h"

#include "pare/Dialect/NN/IR/NN.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

#include <array>

namespace pare::tflite {

/// The value of every tensor that has been imported so far.
struct ImportState {
  explicit ImportState(const File &file)
      : file(file), builder(file.getContext()) {}

  const File &file;
  mlir::OpBuilder builder;
  llvm::DenseMap<int64_t, mlir::Value> values;
};

/// One operator while it is being imported.
class Layer {
public:
  Layer(ImportState &state, const schema::Operator &op);

  mlir::OpBuilder &getBuilder() { return state.builder; }
  mlir::MLIRContext *getContext() const { return state.file.getContext(); }
  const File &getFile() const { return state.file; }
  mlir::Location getLoc() const { return loc; }
  const schema::Operator &getOperator() const { return op; }

  /// Starts an error with the names of the file, the layer and its operator.
  mlir::InFlightDiagnostic emitError() const;

  size_t getNumInputs() const { return op.inputs() ? op.inputs()->size() : 0; }
  size_t getNumOutputs() const { return op.outputs()->size(); }
  /// Number of a tensor, -1 if the input is absent.
  int64_t getInputTensor(size_t i) const {
    return i < getNumInputs() ? op.inputs()->Get(i) : -1;
  }
  int64_t getOutputTensor(size_t i) const { return op.outputs()->Get(i); }
  bool hasInput(size_t i) const { return getInputTensor(i) >= 0; }

  /// The value of an input; a constant is materialized at its first use.
  mlir::FailureOr<mlir::Value> getInput(size_t i);
  /// As getInput, and null where the input is absent.
  mlir::FailureOr<mlir::Value> getOptionalInput(size_t i);
  /// As getInput, for the weights of a layer: constant quantized weights beside
  /// float activations (a hybrid layer) come as dequantized values.
  mlir::FailureOr<mlir::Value> getWeights(size_t i, mlir::Value activations);
  /// Elements of a constant integer input.
  mlir::FailureOr<llvm::SmallVector<int64_t>> getIntegers(size_t i) const;
  /// As getIntegers, for an input of one element.
  mlir::FailureOr<int64_t> getInteger(size_t i) const;

  mlir::FailureOr<mlir::RankedTensorType> getInputType(size_t i);
  mlir::FailureOr<mlir::RankedTensorType> getOutputType(size_t i = 0) const;
  void setOutput(size_t i, mlir::Value value);

  /// The operator's options, null if it has none or those of another operator.
  template <typename Options> const Options *getOptions() const {
    return op.builtin_options_as<Options>();
  }
  /// As getOptions, with an error where they are missing.
  template <typename Options>
  mlir::FailureOr<const Options *> requireOptions() const {
    if (const Options *options = getOptions<Options>())
      return options;
    return emitError() << "expected the operator's options, found "
                       << (op.builtin_options() ? "those of another operator"
                                                : "none");
  }

  /// Normalizes an axis that may count from the end.
  mlir::FailureOr<int64_t> getAxis(int64_t axis, int64_t rank) const;
  mlir::LogicalResult expectRank(mlir::Value value, int64_t rank,
                                 llvm::StringRef what) const;
  /// Sets output 0 to `value`, of the type of output 0, after the activation.
  mlir::LogicalResult setActivated(schema::Activation activation,
                                   mlir::Value value);
  /// The fused activation as an attribute: null for NONE, and for TANH, which
  /// setActivated appends as a layer of its own. Fails for SIGN_BIT.
  mlir::FailureOr<nn::ActivationAttr>
  getActivation(schema::Activation activation) const;

  mlir::DenseI64ArrayAttr getArray(llvm::ArrayRef<int64_t> values) {
    return state.builder.getDenseI64ArrayAttr(values);
  }
  mlir::Value createReshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);

private:
  ImportState &state;
  const schema::Operator &op;
  mlir::Location loc;
};

bool isQuantized(mlir::Value value);

/// A window that moves over an image; pairs are [height, width].
struct Window {
  std::array<int64_t, 2> kernel, strides, dilations = {1, 1};
};

/// Padding [top, bottom, left, right] that `padding` stands for on an image of
/// the shape NxHxWxC. SAME gives ceil(size / stride) results, with the odd
/// element of padding at the bottom and the right.
mlir::FailureOr<std::array<int64_t, 4>> getPadding(const Layer &layer,
                                                   schema::Padding padding,
                                                   mlir::Value image,
                                                   const Window &window);
/// Checks that the numbers of a window are positive and not absurd.
mlir::LogicalResult checkWindow(const Layer &layer, const Window &window);

/// How an operator is imported, and how many tensors it has.
struct OperatorEntry {
  schema::BuiltinOperator op;
  mlir::LogicalResult (*import)(Layer &layer);
  size_t minInputs, maxInputs;
  /// -1: any number.
  int64_t numOutputs = 1;
};

llvm::ArrayRef<OperatorEntry> getConvolutionOperators();
llvm::ArrayRef<OperatorEntry> getMatrixOperators();
llvm::ArrayRef<OperatorEntry> getPoolOperators();
llvm::ArrayRef<OperatorEntry> getUnaryOperators();
llvm::ArrayRef<OperatorEntry> getBinaryOperators();
llvm::ArrayRef<OperatorEntry> getShapeOperators();
llvm::ArrayRef<OperatorEntry> getSliceOperators();
llvm::ArrayRef<OperatorEntry> getJoinOperators();
llvm::ArrayRef<OperatorEntry> getReductionOperators();
llvm::ArrayRef<OperatorEntry> getConversionOperators();
llvm::ArrayRef<OperatorEntry> getRecurrentOperators();

} // namespace pare::tflite

#endif // PARE_LIB_IMPORT_TFLITE_IMPORTER_H
