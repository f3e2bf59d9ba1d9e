//===- NpyTest.cpp - npy and npz files, good and bad ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Npy.h"

#include "pare/Support/FileOutput.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <zlib.h>

#include <random>

using namespace pare;

namespace {

const DType kAll[] = {DType::F16,  DType::F32, DType::F64,
                      DType::Bool, DType::I8,  DType::U8,
                      DType::I16,  DType::I32, DType::I64};

HostTensor makeTensor(DType dtype, llvm::ArrayRef<int64_t> shape) {
  HostTensor t = HostTensor::zeros(dtype, shape);
  for (int64_t i = 0; i < t.getNumElements(); ++i)
    t.setFromDouble(i, dtype == DType::Bool ? i % 2 : (i * 7) % 100);
  return t;
}

/// A file of format version 1 with the given header and data.
std::string makeNpy(llvm::StringRef header, llvm::StringRef data,
                    char major = 1) {
  std::string bytes("\x93NUMPY", 6);
  bytes += major;
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  if (major > 1)
    bytes.append(2, '\0');
  bytes += header;
  bytes += data;
  return bytes;
}

std::string errorOf(llvm::StringRef bytes) {
  llvm::Expected<HostTensor> t = parseNpy(bytes, "x.npy");
  if (t)
    return "no error";
  return llvm::toString(t.takeError());
}

#define EXPECT_ERROR(TEXT, PART)                                               \
  do {                                                                         \
    const std::string message = (TEXT);                                        \
    EXPECT_NE(message.find(PART), std::string::npos) << message;               \
    EXPECT_EQ(message.find("'x.npy"), 0u) << message;                          \
  } while (false)

class NpyFileTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("pare-npy", "npy", path));
  }
  void TearDown() override { llvm::sys::fs::remove(path); }

  std::string bytes() {
    return (*llvm::MemoryBuffer::getFile(path))->getBuffer().str();
  }

  llvm::SmallString<128> path;
};

// Proves: every element type and ranks 0 to 4, empty tensors included, read
// back as written, and the data begins at a multiple of 64.
TEST_F(NpyFileTest, RoundTrip) {
  const std::vector<std::vector<int64_t>> shapes = {
      {}, {1}, {5}, {0}, {2, 3}, {3, 0, 2}, {2, 1, 3, 2}};
  for (DType dtype : kAll)
    for (const auto &shape : shapes) {
      HostTensor t = makeTensor(dtype, shape);
      ASSERT_FALSE(bool(writeNpy(path, t)));
      EXPECT_EQ((bytes().size() - t.getByteSize()) % 64, 0u);
      llvm::Expected<HostTensor> back = readNpy(path);
      ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
      EXPECT_EQ(*back, t);
      auto samples = readSamples(path);
      ASSERT_TRUE(bool(samples));
      ASSERT_EQ(samples->size(), 1u);
      EXPECT_EQ((*samples)[0].tensor, t);
    }
}

// Proves: headers as other writers make them are read: versions 2 and 3, double
// quotes, other key orders, no spaces, Python 2 integers.
TEST(Npy, ReadsOtherWriters) {
  const llvm::StringRef data("\1\2\3\4\5\6", 6);
  for (const char *header :
       {"{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }   \n",
        "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<i1\"}",
        " {'fortran_order':False,'descr':'=i1','shape':(2L,3L,)}\n"})
    for (char major : {1, 2, 3}) {
      llvm::Expected<HostTensor> t =
          parseNpy(makeNpy(header, data, major), "x.npy");
      ASSERT_TRUE(bool(t)) << llvm::toString(t.takeError());
      EXPECT_EQ(*t, HostTensor::fromValues<int8_t>({2, 3}, {1, 2, 3, 4, 5, 6}));
    }
}

// Proves: each way in which a file can be wrong has a message of its own that
// names the file.
TEST(Npy, MalformedFilesAreNamed) {
  EXPECT_ERROR(errorOf(""), "does not begin with");
  EXPECT_ERROR(errorOf("PNG"), "does not begin with");
  EXPECT_ERROR(errorOf(makeNpy("", "", 9)), "version 1, 2 or 3, found 9");
  auto header = [](llvm::StringRef descr, llvm::StringRef order,
                   llvm::StringRef shape) {
    return ("{'descr': " + descr + ", 'fortran_order': " + order +
            ", 'shape': " + shape + ", }")
        .str();
  };
  auto error = [&](llvm::StringRef descr, llvm::StringRef order,
                   llvm::StringRef shape, llvm::StringRef data = "") {
    return errorOf(makeNpy(header(descr, order, shape), data));
  };
  EXPECT_ERROR(error("'<f4'", "True", "(2, 3)"), "Fortran order");
  EXPECT_ERROR(error("'>f4'", "False", "(1,)"), "element type '>f4'");
  EXPECT_ERROR(error("'|O'", "False", "(1,)"), "element type '|O'");
  EXPECT_ERROR(error("'<U12'", "False", "(1,)"), "element type '<U12'");
  EXPECT_ERROR(error("'<c8'", "False", "(1,)"), "element type '<c8'");
  EXPECT_ERROR(error("[('a', '<f4')]", "False", "(1,)"), "structured");
  EXPECT_ERROR(error("'<f4'", "Perhaps", "(1,)"), "True or False");
  EXPECT_ERROR(error("'<f4'", "False", "(-1,)"), "a shape");
  EXPECT_ERROR(error("'<f4'", "False", "2"), "a shape");
  EXPECT_ERROR(error("'<f4'", "False", "(99999999999999999999,)"), "a shape");
  EXPECT_ERROR(error("'<f4'", "False", "(4294967296, 4294967296)"),
               "too many elements");
  EXPECT_ERROR(error("'<f8'", "False", "(4611686018427387904,)"),
               "too many elements");
  EXPECT_ERROR(error("'<f8'", "False", "(1000000000000,)", "abc"),
               "expected 8000000000000 bytes of data");
  EXPECT_ERROR(error("'<f4'", "False", "(1,)", "abcde"),
               "expected 4 bytes of data for 1xf32, found 5");
  EXPECT_ERROR(error("'|b1'", "False", "(2,)", "\1\2"), "expected 0 or 1");
  EXPECT_ERROR(errorOf(makeNpy("{'descr': '<f4'}", "")), "once each");
  EXPECT_ERROR(errorOf(makeNpy("{'descr': '<f4', 'descr': '<f4'}", "")),
               "once each");
  EXPECT_ERROR(errorOf(makeNpy("{'color': 3}", "")), "found 'color'");
  EXPECT_ERROR(errorOf(makeNpy("[1, 2]", "")), "expected '{'");
  EXPECT_ERROR(errorOf(makeNpy("{'descr' '<f4'}", "")), "expected ':'");
  EXPECT_ERROR(errorOf(makeNpy(header("'|i1'", "False", "()") + " x", "\1")),
               "nothing after");
}

// Proves: a missing file is an error with its name.
TEST(Npy, MissingFile) {
  for (auto read : {+[](llvm::StringRef p) -> llvm::Error {
                      return readNpy(p).takeError();
                    },
                    +[](llvm::StringRef p) -> llvm::Error {
                      return readNpz(p).takeError();
                    },
                    +[](llvm::StringRef p) -> llvm::Error {
                      return readSamples(p).takeError();
                    }}) {
    const std::string message = llvm::toString(read("/no/such/file.npy"));
    EXPECT_NE(message.find("cannot read '/no/such/file.npy'"),
              std::string::npos)
        << message;
  }
}

// Proves: every prefix of a good file, and 200,000 files with random bytes
// changed, are either read or refused; none crashes the reader.
TEST(Npy, TruncationAndMutationSweep) {
  const std::string good = formatNpy(makeTensor(DType::I16, {3, 4}));
  for (size_t length = 0; length < good.size(); ++length) {
    llvm::Expected<HostTensor> t =
        parseNpy(llvm::StringRef(good).take_front(length), "x.npy");
    ASSERT_FALSE(bool(t)) << length;
    llvm::consumeError(t.takeError());
  }
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    std::string bad = good;
    for (unsigned k = 0; k <= random() % 4; ++k)
      bad[random() % 70] = static_cast<char>(random());
    llvm::Expected<HostTensor> t = parseNpy(bad, "x.npy");
    if (!t)
      llvm::consumeError(t.takeError());
  }
}

/// An archive with one deflated member, as numpy.savez_compressed makes it.
std::string makeDeflatedNpz(llvm::StringRef npy, llvm::StringRef name) {
  std::string packed(compressBound(npy.size()), '\0');
  z_stream stream = {};
  EXPECT_EQ(
      deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
      Z_OK);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(npy.data()));
  stream.avail_in = static_cast<uInt>(npy.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);

  std::string out;
  auto put16 = [&](size_t v) {
    out += static_cast<char>(v & 255);
    out += static_cast<char>(v >> 8 & 255);
  };
  auto put32 = [&](size_t v) {
    put16(v & 0xffff);
    put16(v >> 16);
  };
  const size_t crc =
      crc32(0, reinterpret_cast<const Bytef *>(npy.data()), npy.size());
  auto common = [&] {
    put16(20);
    put16(0);
    put16(8);
    put32(0);
    put32(crc);
    put32(packed.size());
    put32(npy.size());
    put16(name.size());
  };
  out += "PK\3\4";
  common();
  put16(4); // an extra field in the local header only, as NumPy writes
  out += name;
  out += "abcd";
  out += packed;
  const size_t directory = out.size();
  out += "PK\1\2";
  put16(20);
  common();
  put16(0);
  put16(0);
  put16(0);
  put16(0);
  put32(0);
  put32(0);
  out += name;
  const size_t end = out.size();
  out += "PK\5\6";
  put32(0);
  put16(1);
  put16(1);
  put32(end - directory);
  put32(directory);
  put16(2);
  out += "hi"; // a comment
  return out;
}

// Proves: stored archives read back as written, in order, and equal tensors
// give equal bytes.
TEST_F(NpyFileTest, NpzRoundTrip) {
  std::vector<NamedTensor> tensors;
  for (DType dtype : kAll)
    tensors.push_back({dtypeName(dtype).str(), makeTensor(dtype, {2, 3})});
  ASSERT_FALSE(bool(writeNpz(path, tensors)));
  const std::string first = bytes();
  auto back = readSamples(path);
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  ASSERT_EQ(back->size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_EQ((*back)[i].name, tensors[i].name);
    EXPECT_EQ((*back)[i].tensor, tensors[i].tensor);
  }
  ASSERT_FALSE(bool(writeNpz(path, tensors)));
  EXPECT_EQ(bytes(), first);
  ASSERT_FALSE(bool(writeNpz(path, {})));
  auto empty = readNpz(path);
  ASSERT_TRUE(bool(empty));
  EXPECT_TRUE(empty->empty());
}

// Proves: deflated members with extra fields and an archive comment are read;
// damage is found by the checksum.
TEST(Npz, Deflated) {
  const HostTensor t = makeTensor(DType::F32, {40, 50});
  std::string npz = makeDeflatedNpz(formatNpy(t), "weights.npy");
  ASSERT_LT(npz.size(), t.getByteSize());
  auto back = parseNpz(npz, "x.npz");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  EXPECT_EQ((*back)[0].name, "weights");
  EXPECT_EQ((*back)[0].tensor, t);

  // Byte 14 is the local checksum, which does not count; 16 in the directory
  // does.
  const size_t directory = npz.rfind("PK\1\2");
  npz[directory + 16] ^= 1;
  auto damaged = parseNpz(npz, "x.npz");
  ASSERT_FALSE(bool(damaged));
  EXPECT_EQ(llvm::toString(damaged.takeError()),
            "'x.npz:weights.npy': not a readable .npz file: its checksum does "
            "not match");
}

// Proves: a member that claims more than deflate can hold is refused before
// memory is taken; foreign members are named.
TEST(Npz, HostileSizes) {
  const HostTensor t = makeTensor(DType::F32, {4});
  std::string npz = makeDeflatedNpz(formatNpy(t), "a.npy");
  const size_t directory = npz.rfind("PK\1\2");
  npz[directory + 27] = 0x7f;
  auto huge = parseNpz(npz, "x.npz");
  ASSERT_FALSE(bool(huge));
  EXPECT_NE(llvm::toString(huge.takeError()).find("cannot hold"),
            std::string::npos);
  auto foreign = parseNpz(makeDeflatedNpz(formatNpy(t), "a.txt"), "x.npz");
  ASSERT_FALSE(bool(foreign));
  EXPECT_NE(llvm::toString(foreign.takeError()).find("'x.npz:a.txt'"),
            std::string::npos);
}

// Proves: every prefix of stored and deflated archives is refused, and 100,000
// randomly changed ones are read or refused; none crashes the reader.
TEST_F(NpyFileTest, NpzTruncationAndMutationSweep) {
  std::vector<NamedTensor> tensors;
  tensors.push_back({"a", makeTensor(DType::I8, {3})});
  tensors.push_back({"b", makeTensor(DType::F32, {2, 2})});
  ASSERT_FALSE(bool(writeNpz(path, tensors)));
  const std::string stored = bytes();
  const std::string deflated =
      makeDeflatedNpz(formatNpy(makeTensor(DType::I16, {30})), "c.npy");
  std::mt19937 random(2);
  for (const std::string &good : {stored, deflated}) {
    for (size_t length = 0; length < good.size(); ++length) {
      auto t = parseNpz(llvm::StringRef(good).take_front(length), "x.npz");
      ASSERT_FALSE(bool(t)) << length;
      llvm::consumeError(t.takeError());
    }
    for (int i = 0; i < 50000; ++i) {
      std::string bad = good;
      for (unsigned k = 0; k <= random() % 4; ++k)
        bad[random() % bad.size()] = static_cast<char>(random());
      auto t = parseNpz(bad, "x.npz");
      if (!t)
        llvm::consumeError(t.takeError());
    }
  }
}

} // namespace
