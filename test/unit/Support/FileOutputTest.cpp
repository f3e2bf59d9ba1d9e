//===- FileOutputTest.cpp - Files appear whole or not at all --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/FileOutput.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace pare;
namespace fs = llvm::sys::fs;

namespace {

/// A directory of its own for each test.
class FileOutputTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("pare-file-output", directory));
  }
  void TearDown() override { fs::remove_directories(directory); }

  std::string at(llvm::StringRef name) {
    llvm::SmallString<128> path = directory;
    llvm::sys::path::append(path, name);
    return path.str().str();
  }
  std::string contents(llvm::StringRef name) {
    auto file = llvm::MemoryBuffer::getFile(at(name));
    return file ? (*file)->getBuffer().str() : "<none>";
  }
  int numFiles() {
    int count = 0;
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; it != end;
         it.increment(error))
      ++count;
    return count;
  }

  llvm::SmallString<128> directory;
};

// Proves: before commit the name does not exist, after it the file is whole and
// alone in its directory.
TEST_F(FileOutputTest, AppearsAtCommit) {
  {
    llvm::Expected<FileOutput> output = FileOutput::create(at("a"));
    ASSERT_TRUE(bool(output)) << llvm::toString(output.takeError());
    output->os() << "text";
    EXPECT_EQ(contents("a"), "<none>");
    EXPECT_FALSE(bool(output->commit()));
  }
  EXPECT_EQ(contents("a"), "text");
  EXPECT_EQ(numFiles(), 1);
}

// Proves: without commit, and after a failing writer, the older file is
// untouched and nothing else is left.
TEST_F(FileOutputTest, FailureLeavesTheOlderFile) {
  ASSERT_FALSE(bool(writeFile(at("a"), "old")));
  {
    llvm::Expected<FileOutput> output = FileOutput::create(at("a"));
    ASSERT_TRUE(bool(output));
    output->os() << "new";
  }
  EXPECT_EQ(contents("a"), "old");
  llvm::Error error = writeFile(at("a"), [](llvm::raw_ostream &os) {
    os << "half";
    return llvm::createStringError("layer 3 failed");
  });
  EXPECT_EQ(llvm::toString(std::move(error)), "layer 3 failed");
  EXPECT_EQ(contents("a"), "old");
  EXPECT_EQ(numFiles(), 1);
}

// Proves: an unwritable place and a full device are errors that name the path.
TEST_F(FileOutputTest, ErrorsNameThePath) {
  std::string message = llvm::toString(writeFile(at("no/such/dir"), "x"));
  EXPECT_NE(message.find(at("no/such/dir")), std::string::npos) << message;
  message = llvm::toString(writeFile(directory, "x"));
  EXPECT_NE(message.find("is a directory"), std::string::npos) << message;
  if (fs::exists("/dev/full")) {
    message = llvm::toString(writeFile("/dev/full", "x"));
    EXPECT_NE(message.find("'/dev/full'"), std::string::npos) << message;
  }
}

// Proves: of several outputs all appear, or none if one cannot be written, if
// what comes last fails or if two have one name.
TEST_F(FileOutputTest, AllAppearOrNone) {
  auto commit = [&](std::initializer_list<std::string> paths,
                    llvm::function_ref<llvm::Error()> last) {
    std::vector<FileOutput> outputs;
    for (const std::string &path : paths) {
      llvm::Expected<FileOutput> output = FileOutput::create(path);
      if (!output)
        return llvm::toString(output.takeError());
      output->os() << "text";
      outputs.push_back(std::move(*output));
    }
    return llvm::toString(commitAll(outputs, last));
  };
  auto fail = [] { return llvm::createStringError("layer 3 failed"); };
  EXPECT_EQ(commit({at("a"), at("b")}, fail), "layer 3 failed");
  EXPECT_EQ(commit({at("a"), at("a")}, nullptr),
            "cannot write '" + at("a") + "': it is the name of two outputs");
  if (fs::exists("/dev/full"))
    EXPECT_NE(commit({at("a"), "/dev/full"}, nullptr), "");
  EXPECT_EQ(numFiles(), 0);
  EXPECT_EQ(commit({at("a"), at("b")},
                   [&] {
                     EXPECT_EQ(numFiles(), 2);
                     EXPECT_EQ(contents("a"), "<none>");
                     return llvm::Error::success();
                   }),
            "");
  EXPECT_EQ(contents("a"), "text");
  EXPECT_EQ(contents("b"), "text");
  EXPECT_EQ(numFiles(), 2);
}

// Proves: a device is written to and not replaced.
TEST_F(FileOutputTest, DevicesAreNotReplaced) {
  if (!fs::exists("/dev/null"))
    GTEST_SKIP() << "no /dev/null";
  EXPECT_FALSE(bool(writeFile("/dev/null", "x")));
  fs::file_status status;
  fs::status("/dev/null", status);
  EXPECT_EQ(status.type(), fs::file_type::character_file);
}

} // namespace
