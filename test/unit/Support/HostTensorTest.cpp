//===- HostTensorTest.cpp - Host tensors and statistics -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/HostTensor.h"
#include "pare/Support/Progress.h"
#include "pare/Support/Statistics.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace pare;

namespace {

const DType kAll[] = {DType::F16,  DType::F32, DType::F64,
                      DType::Bool, DType::I8,  DType::U8,
                      DType::I16,  DType::I32, DType::I64};

// Proves: names and widths of every element type, and names read back.
TEST(HostTensor, DTypeNames) {
  for (DType dtype : kAll)
    EXPECT_EQ(parseDType(dtypeName(dtype)), dtype);
  EXPECT_EQ(dtypeName(DType::F16), "f16");
  EXPECT_EQ(dtypeName(DType::Bool), "bool");
  EXPECT_EQ(dtypeName(DType::I64), "i64");
  EXPECT_EQ(byteWidth(DType::F16), 2u);
  EXPECT_EQ(byteWidth(DType::I64), 8u);
  EXPECT_FALSE(parseDType("f8"));
}

// Proves: bytes are zero and aligned; values go in and out through doubles for
// every type; copies are deep; moves keep the storage.
TEST(HostTensor, StoresEveryType) {
  for (DType dtype : kAll) {
    HostTensor t = HostTensor::zeros(dtype, {2, 3});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(t.rawData()) % 64, 0u);
    EXPECT_EQ(t.getNumElements(), 6);
    EXPECT_EQ(t.getByteSize(), 6u * byteWidth(dtype));
    for (uint8_t byte : t.bytes())
      EXPECT_EQ(byte, 0);
    t.setFromDouble(5, 1);
    EXPECT_EQ(t.getAsDouble(5), 1);
    HostTensor copy = t;
    EXPECT_EQ(copy, t);
    copy.setFromDouble(0, 1);
    EXPECT_NE(copy, t);
    EXPECT_EQ(t.getAsDouble(0), 0);
    const uint8_t *storage = t.rawData();
    HostTensor moved = std::move(t);
    EXPECT_EQ(moved.rawData(), storage);
  }
}

// Proves: fromValues, typed access, slices along the first axis, reshape.
TEST(HostTensor, SlicesAndReshapes) {
  HostTensor t = HostTensor::fromValues<int16_t>({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(t.typeString(), "2x3xi16");
  HostTensor row = t.slice(1);
  EXPECT_EQ(row, HostTensor::fromValues<int16_t>({3}, {4, 5, 6}));
  EXPECT_EQ(row.slice(2).getRank(), 0);
  EXPECT_EQ(row.slice(2).data<int16_t>()[0], 6);
  EXPECT_TRUE(t.reshape({3, 2}));
  EXPECT_FALSE(t.reshape({4, 2}));
  EXPECT_EQ(t.getDim(0), 3);
  EXPECT_EQ(t.toFloats(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  HostTensor empty = HostTensor::zeros(DType::F32, {0, 4});
  EXPECT_EQ(empty.getByteSize(), 0u);
  HostTensor emptyCopy = empty;
  EXPECT_EQ(emptyCopy, empty);
}

// Proves: shapes that no memory can hold are errors, not crashes.
TEST(HostTensor, RefusesImpossibleShapes) {
  const int64_t big = int64_t(1) << 40;
  const std::vector<std::vector<int64_t>> shapes = {
      {-1}, {big, big}, {0, big, big}, {INT64_MAX}};
  for (const std::vector<int64_t> &shape : shapes) {
    llvm::Expected<HostTensor> t = HostTensor::create(DType::F64, shape);
    ASSERT_FALSE(bool(t));
    EXPECT_FALSE(llvm::toString(t.takeError()).empty());
  }
  EXPECT_EQ(elementCount({}), 1);
  EXPECT_EQ(elementCount({2, 0, 3}), 0);
}

// Proves: median, minimum and mean, also of nothing.
TEST(Statistics, Median) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_EQ(minimum({3, -1, 2}), -1);
  EXPECT_TRUE(std::isnan(minimum({})));
  EXPECT_EQ(mean({1, 2, 6}), 3);
}

// Proves: top-k counts equal scores in favour of the earlier index.
TEST(Statistics, TopK) {
  const float scores[] = {0.1f, 0.5f, 0.5f, 0.3f};
  EXPECT_EQ(argmax(scores), 1);
  EXPECT_EQ(argmax({}), -1);
  EXPECT_TRUE(isInTopK(scores, 1, 1));
  EXPECT_FALSE(isInTopK(scores, 2, 1));
  EXPECT_TRUE(isInTopK(scores, 2, 2));
  EXPECT_TRUE(isInTopK(scores, 3, 3));
  EXPECT_FALSE(isInTopK(scores, 0, 3));
  EXPECT_FALSE(isInTopK(scores, -1, 4));
  EXPECT_FALSE(isInTopK(scores, 4, 5));
}

// Proves: SQNR of a known ratio, of equal data, and that a NaN is not equal.
TEST(Statistics, CompareValues) {
  ErrorStatistics s = compareValues({10, -10}, {9, -10});
  EXPECT_NEAR(s.sqnrDecibel, 10 * std::log10(200.0), 1e-12);
  EXPECT_EQ(s.meanSquared, 0.5);
  EXPECT_EQ(s.maxAbsolute, 1);
  EXPECT_EQ(s.maxRelativeToRange, 0.05);
  EXPECT_EQ(s.numDifferent, 1);
  s = compareValues({1, 2}, {1, 2});
  EXPECT_TRUE(std::isinf(s.sqnrDecibel));
  EXPECT_EQ(s.numDifferent, 0);
  s = compareValues({1, 2, 5}, {1, NAN, 0});
  EXPECT_TRUE(std::isnan(s.maxAbsolute));
  EXPECT_EQ(s.numDifferent, 2);
}

// Proves: the line is redrawn in place, holds share and detail, is erased at
// the end, and nothing at all is written where it is disabled.
TEST(Progress, DrawsOnlyIfEnabled) {
  std::string text;
  llvm::raw_string_ostream os(text);
  {
    Progress progress(os, true, "calibrate", 4);
    progress.step(1, "sample 1");
    progress.step(3);
  }
  EXPECT_EQ(text, "\rcalibrate 0% (0/4)"
                  "\rcalibrate 25% (1/4) sample 1"
                  "\rcalibrate 100% (4/4)        "
                  "\r                    \r");
  text.clear();
  {
    Progress progress(os, false, "calibrate", 4);
    progress.step();
  }
  EXPECT_EQ(text, "");
}

} // namespace
