//===- ONNXTest.cpp - The ONNX importer as a library ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the command line cannot show: that the file's memory is not needed after
// the import, where errors go, and that an import leaves nothing behind for the
// next one.
//
//===----------------------------------------------------------------------===//

#include "onnx.pb.h"

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Import/ONNX.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace pare;
namespace schema = pare::onnx::schema;

static constexpr int kSize = 8;

static void addValue(schema::ValueInfo *info, const char *name) {
  info->set_name(name);
  schema::TensorType *type = info->mutable_type()->mutable_tensor();
  type->set_element_type(schema::FLOAT);
  for (int size : {1, kSize})
    type->mutable_shape()->add_dim()->set_size(size);
}

/// A file with one product of kSize x kSize weights. `name` is that of the
/// input of the node.
static std::string makeFile(const char *name = "x") {
  schema::Model model;
  model.add_operator_set()->set_version(13);
  schema::Graph *graph = model.mutable_graph();
  addValue(graph->add_input(), "x");
  addValue(graph->add_output(), "y");
  schema::Tensor *weights = graph->add_initializer();
  weights->set_name("w");
  weights->set_element_type(schema::FLOAT);
  weights->add_dims(kSize);
  weights->add_dims(kSize);
  for (int i = 0; i < kSize * kSize; ++i)
    weights->add_float_data(0.5f);
  schema::Node *node = graph->add_node();
  node->set_op("MatMul");
  node->add_input(name);
  node->add_input("w");
  node->add_output("y");
  return model.SerializeAsString();
}

TEST(ONNXImport, DoesNotNeedTheFileAfterwards) {
  MLIRContext context;
  std::string file = makeFile();
  OwningOpRef<ModuleOp> module =
      importONNX(llvm::MemoryBufferRef(file, "net.onnx"), &context);
  ASSERT_TRUE(module);
  std::fill(file.begin(), file.end(), '\xff');
  int count = 0;
  module->walk([&](nn::ConstantOp op) {
    std::optional<ArrayRef<char>> bytes = nn::getRawBytes(op.getValue());
    ASSERT_TRUE(bytes.has_value());
    ArrayRef<float> values(reinterpret_cast<const float *>(bytes->data()),
                           bytes->size() / sizeof(float));
    EXPECT_EQ(values.size(), size_t(kSize * kSize));
    EXPECT_EQ(values.back(), 0.5f);
    ++count;
  });
  EXPECT_EQ(count, 1);
}

TEST(ONNXImport, SendsOneErrorToTheContext) {
  MLIRContext context;
  std::vector<std::string> messages;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    messages.push_back(diagnostic.str());
    return success();
  });
  std::string file = makeFile("z");
  EXPECT_FALSE(importONNX(llvm::MemoryBufferRef(file, "net.onnx"), &context));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0],
            "net.onnx: layer 'y' (MatMul): input 0 is 'z', which is neither an "
            "input or a constant of the network nor the result of an earlier "
            "node");
}

TEST(ONNXImport, StartsAnewAfterAnError) {
  MLIRContext context;
  ScopedDiagnosticHandler handler(&context,
                                  [](Diagnostic &) { return success(); });
  std::string bad = makeFile("z"), good = makeFile();
  EXPECT_FALSE(importONNX(llvm::MemoryBufferRef(bad, "bad.onnx"), &context));
  EXPECT_TRUE(importONNX(llvm::MemoryBufferRef(good, "good.onnx"), &context));
}

TEST(ONNXImport, NamesAFileThatIsNotThere) {
  MLIRContext context;
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  EXPECT_FALSE(importONNXFile("no/such/file.onnx", &context));
  EXPECT_TRUE(StringRef(message).starts_with("no/such/file.onnx: "));
}
