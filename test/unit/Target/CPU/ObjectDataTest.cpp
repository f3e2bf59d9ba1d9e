//===- ObjectDataTest.cpp - Tests of constants beside LLVM ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Registration/Registration.h"
#include "pare/Target/CPU/CodeGen.h"

#include "mlir/Parser/Parser.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace pare;

namespace {

/// `count` bytes that no code has by chance.
std::string makeBytes(size_t count, unsigned seed) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    bytes.push_back(char(seed >> 24));
  }
  return bytes;
}

size_t countOccurrences(StringRef text, StringRef part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != StringRef::npos;
       at = text.find(part, at + 1))
    ++count;
  return count;
}

class ObjectData : public testing::Test {
protected:
  void SetUp() override {
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }

  /// A network with two large constants, one of them not used, and a small one.
  OwningOpRef<ModuleOp> parse() {
    std::string text;
    llvm::raw_string_ostream(text)
        << R"(
llvm.mlir.global private constant @small(dense<[1, 2, 3, 4]> : tensor<4xi32>)
    {addr_space = 0 : i32} : !llvm.array<4 x i32>
llvm.mlir.global private constant @large(dense<"0x)"
        << llvm::toHex(large) << R"("> : tensor<4096xi8>)
    {addr_space = 0 : i32, alignment = 64 : i64} : !llvm.array<4096 x i8>
llvm.mlir.global private constant @unused(dense<"0x)"
        << llvm::toHex(unused) << R"("> : tensor<4096xi8>)
    {addr_space = 0 : i32} : !llvm.array<4096 x i8>
llvm.func @net_network() -> !llvm.ptr {
  %0 = llvm.mlir.addressof @large : !llvm.ptr
  llvm.return %0 : !llvm.ptr
}
llvm.func @net_invoke(%x: i64) -> i8 {
  %0 = llvm.mlir.addressof @large : !llvm.ptr
  %1 = llvm.getelementptr %0[%x] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %2 = llvm.load %1 : !llvm.ptr -> i8
  llvm.return %2 : i8
}
llvm.func @net_invoke_parallel() -> i32 {
  %0 = llvm.mlir.addressof @small : !llvm.ptr
  %1 = llvm.load %0 : !llvm.ptr -> i32
  llvm.return %1 : i32
}
)";
    return parseSourceString<ModuleOp>(text, &context);
  }

  static cpu::TargetInfo target(StringRef name) {
    llvm::Expected<cpu::TargetInfo> info = cpu::TargetInfo::get(name);
    EXPECT_TRUE(bool(info));
    return *info;
  }

  const std::string large = makeBytes(4096, 1), unused = makeBytes(4096, 2);
  DialectRegistry registry;
  MLIRContext context;
};

TEST_F(ObjectData, LiesInTheObjectOnce) {
  OwningOpRef<ModuleOp> module = parse();
  ASSERT_TRUE(module);
  for (StringRef name : {"x86-64-v3", "aarch64"}) {
    auto object = cpu::generateCode(*module, target(name));
    ASSERT_TRUE(bool(object)) << llvm::toString(object.takeError());
    EXPECT_EQ(countOccurrences((*object)->getBuffer(), large), 1u)
        << name.str();
    EXPECT_EQ(countOccurrences((*object)->getBuffer(), unused), 0u)
        << name.str();
  }
}

TEST_F(ObjectData, IsTheSameInMemoryAndInAFile) {
  OwningOpRef<ModuleOp> module = parse();
  ASSERT_TRUE(module);
  const cpu::TargetInfo info = target("x86-64-v3");
  auto object = cpu::generateCode(*module, info);
  ASSERT_TRUE(bool(object)) << llvm::toString(object.takeError());

  int handle;
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("pare", "o", handle, path));
  llvm::FileRemover remover(path);
  {
    llvm::raw_fd_ostream file(handle, /*shouldClose=*/true);
    // The module still has its constants.
    llvm::Error error = cpu::generateCode(
        "net", cpu::LoweredForm{*module, info}, {}, file, path);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  }
  auto written = llvm::MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(written));
  EXPECT_EQ((*written)->getBuffer(), (*object)->getBuffer());
}

TEST_F(ObjectData, IsSharedByForms) {
  OwningOpRef<ModuleOp> first = parse(), second = parse();
  ASSERT_TRUE(first && second);
  const cpu::LoweredForm forms[] = {{*first, target("x86-64-v3")},
                                    {*second, target("x86-64")}};
  auto object = cpu::generateCode("net", forms);
  ASSERT_TRUE(bool(object)) << llvm::toString(object.takeError());
  EXPECT_EQ(countOccurrences((*object)->getBuffer(), large), 1u);
}

TEST_F(ObjectData, IsInAssemblyText) {
  OwningOpRef<ModuleOp> module = parse();
  ASSERT_TRUE(module);
  cpu::CodeGenOptions options;
  options.kind = cpu::FileKind::Assembly;
  auto text = cpu::generateCode(*module, target("x86-64-v3"), options);
  ASSERT_TRUE(bool(text)) << llvm::toString(text.takeError());
  EXPECT_EQ(countOccurrences((*text)->getBuffer(), ".zero\t4096"), 0u);
  EXPECT_NE(countOccurrences((*text)->getBuffer(), ".ascii"), 0u);
}

} // namespace
