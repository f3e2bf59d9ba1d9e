//===- Importer.h - From nodes to layers ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each family of operators has a file with one function for each operator and a
// table of them. A function receives a Node, creates the nn operations for it
// and sets the results.
//
// Every value of the file has a logical shape, that of ONNX, whose dimension 1
// is the channel of an image. In the nn network it exists in that order, with
// the channels moved to the end (NHWC for an image NCHW), or in both; the other
// order is made when it is first asked for. So the layers of a convolutional
// network pass images on as NHWC, and a transpose appears only where somebody
// asks for the logical order.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_IMPORT_ONNX_IMPORTER_H
#define PARE_LIB_IMPORT_ONNX_IMPORTER_H

#include "File.h"

#include "pare/Dialect/NN/IR/NN.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <optional>

namespace pare::onnx {

/// What the integers of a tensor stand for.
struct Quantization {
  /// One of each, or one for each index of `axis`.
  llvm::SmallVector<double> scales;
  llvm::SmallVector<int64_t> zeroPoints;
  int64_t axis = -1;
  unsigned width = 8;
  bool isUnsigned = false;

  bool operator==(const Quantization &other) const;
};

/// What is known of a value: a constant of the file, or one of its forms in the
/// network at least.
struct Entry {
  mlir::Value logical, channelsLast;
  /// In logical order.
  std::optional<Constant> constant;
  /// A constant's integers stand for real numbers, and the value is the
  /// integers or, if `isReal`, those numbers.
  std::optional<Quantization> quantization;
  bool isReal = false;

  /// A constant of plain numbers.
  bool isPlain() const { return constant && !quantization; }
};

/// The value of every name that has been imported so far.
struct ImportState {
  explicit ImportState(const File &file)
      : file(file), builder(file.getContext()) {}

  const File &file;
  mlir::OpBuilder builder;
  llvm::StringMap<Entry> entries;
  /// How often a value is an input of a node or an output of the network.
  llvm::StringMap<int64_t> readers;
};

/// The name of a node's first result that is not left out; empty if all are.
llvm::StringRef getName(const schema::Node &node);

/// One node while it is being imported.
class Node {
public:
  Node(ImportState &state, const schema::Node &node);

  mlir::OpBuilder &getBuilder() { return state.builder; }
  mlir::MLIRContext *getContext() const { return state.file.getContext(); }
  const File &getFile() const { return state.file; }
  mlir::Location getLoc() const { return loc; }
  llvm::StringRef getOp() const { return node.op(); }
  int64_t getVersion() const { return state.file.getVersion(); }

  /// Starts an error with the names of the file, the node's result and its
  /// operator.
  mlir::InFlightDiagnostic emitError() const;

  //===--------------------------------------------------------------------===//
  // Attributes
  //===--------------------------------------------------------------------===//

  // Each returns the default where the node does not have the attribute, and
  // fails where it is of another kind.
  mlir::FailureOr<int64_t> getInt(llvm::StringRef name, int64_t byDefault);
  mlir::FailureOr<double> getFloat(llvm::StringRef name, double byDefault);
  mlir::FailureOr<llvm::StringRef> getString(llvm::StringRef name,
                                             llvm::StringRef byDefault);
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  getInts(llvm::StringRef name, llvm::ArrayRef<int64_t> byDefault = {});
  bool hasAttribute(llvm::StringRef name) const;
  /// The attribute, which counts as understood; null if there is none.
  const schema::Attribute *getAttribute(llvm::StringRef name);
  /// An attribute without influence on the results.
  void ignore(llvm::StringRef name) { understood.insert(name); }
  /// Fails if the attribute is there and not `value`, the only one supported.
  mlir::LogicalResult expectInt(llvm::StringRef name, int64_t value);
  /// Fails if there is an attribute that nobody asked for: what is not
  /// understood must not be left out.
  mlir::LogicalResult checkAttributes() const;

  //===--------------------------------------------------------------------===//
  // Inputs
  //===--------------------------------------------------------------------===//

  size_t getNumInputs() const { return node.input_size(); }
  bool hasInput(size_t i) const {
    return i < getNumInputs() && !node.input(i).empty();
  }
  llvm::StringRef getInputName(size_t i) const { return node.input(i); }
  /// What is known of an input. Fails if it is absent or not yet computed.
  mlir::FailureOr<Entry *> getEntry(size_t i) const;
  /// How often the input is read in the whole network.
  int64_t getNumReaders(size_t i) const {
    return state.readers.lookup(getInputName(i));
  }
  /// True for an input that is a constant of the file, quantized or not.
  bool isConstant(size_t i) const;
  /// The plain numbers of a constant input.
  mlir::FailureOr<Constant> getConstant(size_t i) const;
  mlir::FailureOr<llvm::SmallVector<int64_t>> getIntegers(size_t i) const;
  /// A constant input of one element.
  mlir::FailureOr<double> getScalar(size_t i) const;
  mlir::FailureOr<llvm::SmallVector<int64_t>> getShape(size_t i) const;
  mlir::FailureOr<int64_t> getRank(size_t i) const;

  /// The value in logical order.
  mlir::FailureOr<mlir::Value> getInput(size_t i);
  /// The value with dimension 1 at the end, of 3 dimensions or more.
  mlir::FailureOr<mlir::Value> getChannelsLast(size_t i);
  mlir::FailureOr<mlir::Value> getInput(size_t i, bool channelsLast) {
    return channelsLast ? getChannelsLast(i) : getInput(i);
  }
  /// True if the network has the value with its channels at the end.
  bool isChannelsLast(size_t i) const;
  /// The value in the logical shape `shape` (its own, but for dimensions of
  /// one) with its dimensions permuted; constants are moved now.
  mlir::FailureOr<mlir::Value> getPermuted(size_t i,
                                           llvm::ArrayRef<int64_t> permutation,
                                           llvm::ArrayRef<int64_t> shape);
  /// An image NxHxWxC. One of 3 dimensions (NxCxW) gets a height of one.
  mlir::FailureOr<mlir::Value> getImage(size_t i);

  //===--------------------------------------------------------------------===//
  // Results
  //===--------------------------------------------------------------------===//

  /// The name of the first result that is not left out.
  llvm::StringRef getName() const { return onnx::getName(node); }
  size_t getNumOutputs() const { return node.output_size(); }
  bool hasOutput(size_t i) const {
    return i < getNumOutputs() && !node.output(i).empty();
  }
  llvm::StringRef getOutputName(size_t i) const { return node.output(i); }
  void setOutput(size_t i, Entry entry);
  void setOutput(size_t i, mlir::Value logical, bool channelsLast = false);
  void setConstant(size_t i, Constant constant);
  /// Sets output 0 to an image NxHxWxC, or to NxCxW if `rank` is 3.
  void setImage(mlir::Value image, int64_t rank);

  //===--------------------------------------------------------------------===//
  // Creation
  //===--------------------------------------------------------------------===//

  /// Creates an operation with one result, whose shape it infers and whose
  /// elements have type `element`, and verifies it.
  template <typename OpT, typename... Args>
  mlir::FailureOr<mlir::Value> create(mlir::Type element, Args &&...args) {
    auto op =
        OpT::create(getBuilder(), loc, mlir::RankedTensorType::get({}, element),
                    std::forward<Args>(args)...);
    if (failed(complete(op)))
      return mlir::failure();
    return mlir::Value(op->getResult(0));
  }
  /// Infers the shapes of a layer's results and verifies it.
  mlir::LogicalResult complete(mlir::Operation *op);
  /// Creates a reshape, or nothing for the same shape.
  mlir::Value createReshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// Creates a transpose; a reshape where only dimensions of size one move.
  mlir::Value createTranspose(mlir::Value value,
                              llvm::ArrayRef<int64_t> permutation);
  /// A constant of one f32 number.
  mlir::Value createScalar(double value);
  /// A constant of the network.
  mlir::Value createConstant(const Constant &constant, llvm::StringRef name);

  mlir::DenseI64ArrayAttr getArray(llvm::ArrayRef<int64_t> values) {
    return state.builder.getDenseI64ArrayAttr(values);
  }
  /// Normalizes an axis that may count from the end.
  mlir::FailureOr<int64_t> getAxis(int64_t axis, int64_t rank) const;
  /// As getAxis, for a list without repetitions; the result is increasing.
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  getAxes(llvm::ArrayRef<int64_t> axes, int64_t rank) const;
  /// The constant list of axes: an attribute before operator set `since`, input
  /// `i` from there on. Absent: std::nullopt.
  mlir::FailureOr<std::optional<llvm::SmallVector<int64_t>>>
  getAxesList(llvm::StringRef attribute, size_t i, int64_t since);

private:
  mlir::FailureOr<const schema::Attribute *> find(llvm::StringRef name,
                                                  schema::Attribute::Kind kind);
  mlir::FailureOr<mlir::Value> materialize(const Entry &entry, size_t i,
                                           llvm::ArrayRef<int64_t> permutation);

  ImportState &state;
  const schema::Node &node;
  mlir::Location loc;
  llvm::StringSet<> understood;
};

/// The logical dimensions in the order of the channels-last form:
/// [0, 2, ..., rank - 1, 1].
llvm::SmallVector<int64_t> getChannelsLastOrder(int64_t rank);
/// The way back: [0, rank - 1, 1, ..., rank - 2].
llvm::SmallVector<int64_t> getLogicalOrder(int64_t rank);
/// The dimension of the channels-last form that holds logical dimension `axis`.
int64_t toChannelsLast(int64_t axis, int64_t rank);

llvm::ArrayRef<int64_t> getShape(mlir::Value value);
bool isQuantized(mlir::Value value);
/// The quantized element type; a null type if it is not a legal one.
mlir::Type getQuantizedType(const Quantization &quantization,
                            mlir::MLIRContext *context);
/// Reads the scale (input 1) and zero point (input 2) of a QuantizeLinear or
/// DequantizeLinear for a tensor of `rank` dimensions.
mlir::FailureOr<Quantization> readQuantization(Node &node, int64_t rank);

/// Fails for a node that trains: before operator set 7, one without the
/// attribute is_test.
mlir::LogicalResult checkIsTest(Node &node);

/// Operands of one layer that broadcast, all in one order.
struct Operands {
  llvm::SmallVector<mlir::Value> values;
  bool channelsLast = false;
};
/// All inputs, as operands of an element-wise layer.
mlir::FailureOr<Operands> getOperands(Node &node);

/// Imports an Add of a constant to a matrix product as the bias of the product,
/// where it is one. False: it is not, and nothing has been done.
mlir::FailureOr<bool> addBias(Node &node);

/// A window that moves over an image; pairs are [height, width], padding is
/// [top, bottom, left, right].
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations, padding;
};
/// Reads the attributes of a window of `kernel` over an image NxHxWxC that has
/// `rank` logical dimensions.
mlir::FailureOr<Window> getWindow(Node &node, llvm::ArrayRef<int64_t> kernel,
                                  mlir::Value image, int64_t rank);

/// Computes the results of a node on constants. std::nullopt: not possible
/// here, which is no error.
using Fold = mlir::FailureOr<bool>;
Fold foldNode(Node &node);

/// Turns float layers between dequantize and quantize operations into integer
/// layers.
void fuseQuantized(mlir::Operation *function);

/// How an operator is imported, and how many values it has.
struct OperatorEntry {
  llvm::StringLiteral op;
  /// Null for an operator that exists on constants alone.
  mlir::LogicalResult (*import)(Node &node);
  size_t minInputs, maxInputs;
  size_t maxOutputs = 1;
};

constexpr size_t kAnyNumber = SIZE_MAX;

llvm::ArrayRef<OperatorEntry> getConvolutionOperators();
llvm::ArrayRef<OperatorEntry> getMatrixOperators();
llvm::ArrayRef<OperatorEntry> getPoolOperators();
llvm::ArrayRef<OperatorEntry> getUnaryOperators();
llvm::ArrayRef<OperatorEntry> getBinaryOperators();
llvm::ArrayRef<OperatorEntry> getNormalizationOperators();
llvm::ArrayRef<OperatorEntry> getReductionOperators();
llvm::ArrayRef<OperatorEntry> getShapeOperators();
llvm::ArrayRef<OperatorEntry> getSliceOperators();
llvm::ArrayRef<OperatorEntry> getJoinOperators();
llvm::ArrayRef<OperatorEntry> getResizeOperators();
llvm::ArrayRef<OperatorEntry> getQuantizationOperators();
llvm::ArrayRef<OperatorEntry> getRecurrentOperators();
llvm::ArrayRef<OperatorEntry> getConstantOperators();

} // namespace pare::onnx

#endif // PARE_LIB_IMPORT_ONNX_IMPORTER_H
