//===- TFLiteTest.cpp - The TensorFlow Lite importer as a library ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the command line cannot show: who owns the weights' memory, where errors
// go, and that an import leaves nothing behind for the next one.
//
//===----------------------------------------------------------------------===//

#include "tflite_generated.h"

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Import/TFLite.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace pare;
namespace schema = pare::tflite::schema;

static constexpr int kSize = 64;

/// A file with one fully connected layer of kSize x kSize weights. `name` is
/// that of the input; the weights start at a multiple of 16 in the file.
static std::string makeFile(const char *name = "x") {
  flatbuffers::FlatBufferBuilder fb;
  std::vector<float> weights(kSize * kSize, 0.5f);
  fb.ForceVectorAlignment(weights.size() * 4, 1, 16);
  auto data = fb.CreateVector(reinterpret_cast<const uint8_t *>(weights.data()),
                              weights.size() * 4);
  std::vector<flatbuffers::Offset<schema::Buffer>> buffers = {
      schema::CreateBuffer(fb), schema::CreateBuffer(fb, data)};
  std::vector<int32_t> row = {1, kSize}, square = {kSize, kSize};
  std::vector<flatbuffers::Offset<schema::Tensor>> tensors = {
      schema::CreateTensorDirect(fb, &row, schema::TensorType::FLOAT32, 0,
                                 name),
      schema::CreateTensorDirect(fb, &square, schema::TensorType::FLOAT32, 1,
                                 "w"),
      schema::CreateTensorDirect(fb, &row, schema::TensorType::FLOAT32, 0,
                                 "y")};
  std::vector<int32_t> inputs = {0, 1}, outputs = {2}, input = {0};
  std::vector<flatbuffers::Offset<schema::Operator>> operators = {
      schema::CreateOperatorDirect(fb, 0, &inputs, &outputs)};
  std::vector<flatbuffers::Offset<schema::SubGraph>> graphs = {
      schema::CreateSubGraphDirect(fb, &tensors, &input, &outputs, &operators)};
  std::vector<flatbuffers::Offset<schema::OperatorCode>> codes = {
      schema::CreateOperatorCode(fb, 9, 0, 1,
                                 schema::BuiltinOperator::FULLY_CONNECTED)};
  schema::FinishModelBuffer(
      fb, schema::CreateModelDirect(fb, 3, &codes, &graphs, nullptr, &buffers));
  return std::string(reinterpret_cast<const char *>(fb.GetBufferPointer()),
                     fb.GetSize());
}

static std::shared_ptr<llvm::MemoryBuffer>
makeBuffer(const std::string &bytes) {
  return llvm::MemoryBuffer::getMemBufferCopy(bytes, "test.tflite");
}

static ArrayRef<char> getWeights(ModuleOp module) {
  ArrayRef<char> result;
  module.walk([&](nn::ConstantOp op) {
    if (auto elements = dyn_cast<DenseResourceElementsAttr>(op.getValue()))
      result = elements.getRawHandle().getBlob()->getData();
  });
  return result;
}

namespace {

/// The errors of a context, in the order of their appearance.
struct Errors {
  explicit Errors(MLIRContext &context)
      : handler(&context, [this](Diagnostic &diagnostic) {
          messages.push_back(diagnostic.str());
          return success();
        }) {}
  SmallVector<std::string> messages;
  ScopedDiagnosticHandler handler;
};

} // namespace

TEST(TFLiteImport, WeightsAreNotCopied) {
  std::shared_ptr<llvm::MemoryBuffer> file = makeBuffer(makeFile());
  std::weak_ptr<llvm::MemoryBuffer> alive = file;
  {
    MLIRContext context;
    auto module = importTFLite(file->getMemBufferRef(), file, &context);
    ASSERT_TRUE(module);
    ArrayRef<char> weights = getWeights(*module);
    ASSERT_EQ(weights.size(), size_t(kSize * kSize * 4));
    EXPECT_GE(weights.begin(), file->getBufferStart());
    EXPECT_LE(weights.end(), file->getBufferEnd());
    // The caller may drop the file; the module still reads it.
    file.reset();
    EXPECT_FALSE(alive.expired());
    EXPECT_EQ(reinterpret_cast<const float *>(weights.data())[17], 0.5f);
  }
  EXPECT_TRUE(alive.expired());
}

TEST(TFLiteImport, UnalignedWeightsAreCopied) {
  // The same file, but everything in it one byte off in memory.
  std::string bytes = makeFile();
  std::shared_ptr<llvm::MemoryBuffer> file = makeBuffer("?" + bytes);
  MLIRContext context;
  llvm::MemoryBufferRef shifted(file->getBuffer().drop_front(), "shifted");
  auto module = importTFLite(shifted, file, &context);
  ASSERT_TRUE(module);
  ArrayRef<char> weights = getWeights(*module);
  ASSERT_EQ(weights.size(), size_t(kSize * kSize * 4));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights.data()) % alignof(float), 0u);
  EXPECT_EQ(reinterpret_cast<const float *>(weights.data())[17], 0.5f);
}

TEST(TFLiteImport, ErrorsGoToTheContext) {
  MLIRContext context;
  Errors errors(context);
  EXPECT_FALSE(importTFLiteFile("no/such/file.tflite", &context));
  ASSERT_EQ(errors.messages.size(), 1u);
  EXPECT_EQ(errors.messages[0],
            "no/such/file.tflite: No such file or directory");

  std::string bytes = makeFile();
  auto file = makeBuffer(bytes.substr(0, bytes.size() / 2));
  EXPECT_FALSE(importTFLite(file->getMemBufferRef(), file, &context));
  ASSERT_EQ(errors.messages.size(), 2u);
  EXPECT_TRUE(StringRef(errors.messages[1]).starts_with("test.tflite: "));
}

TEST(TFLiteImport, ImportsDoNotMeet) {
  MLIRContext context;
  auto first = makeBuffer(makeFile("a")), second = makeBuffer(makeFile("b"));
  auto one = importTFLite(first->getMemBufferRef(), first, &context);
  auto bad = makeBuffer("TFL3TFL3TFL3");
  {
    Errors errors(context);
    EXPECT_FALSE(importTFLite(bad->getMemBufferRef(), bad, &context));
    EXPECT_EQ(errors.messages.size(), 1u);
  }
  auto two = importTFLite(second->getMemBufferRef(), second, &context);
  ASSERT_TRUE(one);
  ASSERT_TRUE(two);
  // Both have a tensor "w"; each has its own data.
  EXPECT_NE(getWeights(*one).data(), getWeights(*two).data());
}
