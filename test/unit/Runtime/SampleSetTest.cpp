//===- SampleSetTest.cpp - Samples for the inputs of a network ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/SampleSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace pare;

namespace {
class SampleSetTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("samples", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  template <typename T>
  std::string write(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                    llvm::ArrayRef<T> values) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    llvm::cantFail(writeNpy(path, HostTensor::fromValues<T>(shape, values)));
    return path.str().str();
  }

  static TensorInfo floatInput(llvm::ArrayRef<int64_t> shape) {
    TensorInfo info;
    info.name = "x";
    info.shape.assign(shape.begin(), shape.end());
    return info;
  }

  /// real = 0.5 * (q + 10)
  static TensorInfo quantizedInput(llvm::ArrayRef<int64_t> shape) {
    TensorInfo info = floatInput(shape);
    info.dtype = DType::I8;
    info.scales = {0.5};
    info.zeroPoints = {-10};
    info.storageMin = -128;
    info.storageMax = 127;
    return info;
  }

  static std::string errorOf(llvm::Expected<SampleSet> set) {
    return set ? "" : llvm::toString(set.takeError());
  }

  llvm::SmallString<128> folder;
};
} // namespace

TEST_F(SampleSetTest, ScalesBytesToRealNumbers) {
  std::string path = write<uint8_t>("x.npy", {2, 2}, {0, 50, 100, 255});
  llvm::Expected<SampleSet> set =
      SampleSet::read({path}, {floatInput({1, 2, 1})}, SampleScaling{0.5, -1});
  ASSERT_TRUE(bool(set)) << llvm::toString(set.takeError());
  EXPECT_EQ(set->size(), 2);
  auto sample = llvm::cantFail(set->get(1));
  ASSERT_EQ(sample.size(), 1u);
  EXPECT_EQ(sample[0], HostTensor::fromValues<float>({1, 2, 1}, {49, 126.5f}));
}

TEST_F(SampleSetTest, QuantizesRealNumbers) {
  // 0.75 / 0.5 is halfway, which goes away from zero; 1000 saturates.
  std::string path = write<float>("x.npy", {1, 3}, {0.0f, 0.75f, 1000.0f});
  auto set = llvm::cantFail(
      SampleSet::read({path}, {quantizedInput({3})}, SampleScaling{}));
  auto sample = llvm::cantFail(set.get(0));
  EXPECT_EQ(sample[0], HostTensor::fromValues<int8_t>({3}, {-10, -8, 127}));
}

TEST_F(SampleSetTest, TakesStoredElementsAsTheyAre) {
  std::string path = write<int8_t>("x.npy", {1, 3}, {-128, 0, 7});
  auto set = llvm::cantFail(SampleSet::read({path}, {quantizedInput({3})}));
  EXPECT_EQ(llvm::cantFail(set.get(0))[0],
            HostTensor::fromValues<int8_t>({3}, {-128, 0, 7}));
  EXPECT_EQ(errorOf(SampleSet::read({path}, {floatInput({3})})),
            path + ": expected elements of type f32 for the input 'x', found "
                   "i8");
}

TEST_F(SampleSetTest, DimensionsOfSizeOneMayDiffer) {
  std::string path = write<float>("x.npy", {1, 1, 2, 1, 2}, {1, 2, 3, 4});
  auto set = llvm::cantFail(SampleSet::read({path}, {floatInput({2, 1, 2})}));
  EXPECT_EQ(llvm::cantFail(set.get(0))[0],
            HostTensor::fromValues<float>({2, 1, 2}, {1, 2, 3, 4}));
  EXPECT_EQ(errorOf(SampleSet::read({path}, {floatInput({4})})),
            path + ": expected samples for the input 'x' of 4xf32, found "
                   "1x2x1x2xf32");
}

TEST_F(SampleSetTest, RefusesWhatIsNotANumber) {
  const float values[] = {1.0f, NAN, 2.0f, INFINITY};
  std::string path = write<float>("x.npy", {2, 2}, values);
  for (std::optional<SampleScaling> scaling :
       {std::optional<SampleScaling>(), std::optional(SampleScaling{})}) {
    auto set =
        llvm::cantFail(SampleSet::read({path}, {floatInput({2})}, scaling));
    for (auto [index, text] : {std::pair(0, "nan"), std::pair(1, "INF")}) {
      auto sample = set.get(index);
      ASSERT_FALSE(bool(sample));
      EXPECT_EQ(llvm::toString(sample.takeError()),
                path + ": expected finite numbers for the input 'x', found " +
                    text + " in sample " + std::to_string(index));
    }
  }
}

TEST_F(SampleSetTest, MatchesArchivesByNameOrOrder) {
  TensorInfo a = floatInput({1}), b = floatInput({1});
  a.name = "a";
  b.name = "b";
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, "ab.npz");
  auto writeArchive = [&](llvm::StringRef first, llvm::StringRef second) {
    std::vector<NamedTensor> tensors;
    tensors.push_back(
        {first.str(), HostTensor::fromValues<float>({1, 1}, {1.0f})});
    tensors.push_back(
        {second.str(), HostTensor::fromValues<float>({1, 1}, {2.0f})});
    llvm::cantFail(writeNpz(path, tensors));
  };
  writeArchive("b", "a");
  auto byName = llvm::cantFail(SampleSet::read({path.str().str()}, {a, b}));
  EXPECT_EQ(llvm::cantFail(byName.get(0))[0].data<float>()[0], 2.0f);
  writeArchive("arr_0", "arr_1");
  auto byOrder = llvm::cantFail(SampleSet::read({path.str().str()}, {a, b}));
  EXPECT_EQ(llvm::cantFail(byOrder.get(0))[0].data<float>()[0], 1.0f);
  writeArchive("b", "c");
  EXPECT_EQ(errorOf(SampleSet::read({path.str().str()}, {a, b})),
            path.str().str() + ": expected a tensor for the input 'a'");
}

TEST_F(SampleSetTest, RefusesEmptyAndUnevenSets) {
  std::string none = write<float>("none.npy", {0, 1}, {});
  std::string one = write<float>("one.npy", {1, 1}, {1});
  std::string two = write<float>("two.npy", {2, 1}, {1, 2});
  EXPECT_EQ(errorOf(SampleSet::read({none}, {floatInput({1})})),
            none + ": expected at least one sample along the first axis, found "
                   "a tensor of 0x1xf32");
  EXPECT_EQ(
      errorOf(SampleSet::read({one, two}, {floatInput({1}), floatInput({1})})),
      two + ": expected 1 samples for the input 'x', as in " + one +
          ", found 2");
  EXPECT_EQ(errorOf(SampleSet::read({one}, {})),
            "expected a network with inputs, found none");
}
