//===- Npz.cpp - Archives of .npy files -----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of the ZIP format that NumPy uses: one disk, no encryption, members
// stored or deflated, sizes below 4 GiB. The central directory is what counts;
// of a member's local header only the length is used.
//
//===----------------------------------------------------------------------===//

#include "pare/Support/FileInput.h"
#include "pare/Support/FileOutput.h"
#include "pare/Support/Npy.h"
#include "llvm/Support/Endian.h"

#include <zlib.h>

using namespace pare;
using llvm::StringRef;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

// Signatures and fixed sizes of the three kinds of record.
static constexpr StringRef kLocalSignature("PK\3\4", 4);
static constexpr StringRef kCentralSignature("PK\1\2", 4);
static constexpr StringRef kEndSignature("PK\5\6", 4);
static constexpr size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
/// A byte of deflate stands for at most this many bytes.
static constexpr uint64_t kMaxDeflateRatio = 1032;

static llvm::Error malformed(StringRef name, const llvm::Twine &what) {
  return llvm::createStringError("'" + name +
                                 "': not a readable .npz file: " + what);
}

namespace {
/// One entry of the central directory.
struct Member {
  StringRef name;
  unsigned method;
  uint32_t crc;
  uint64_t packedSize;
  uint64_t size;
  uint64_t localOffset;
};
} // namespace

/// The end record, which a comment of up to 65535 bytes may follow.
static size_t findEndRecord(StringRef bytes) {
  if (bytes.size() < kEndSize)
    return StringRef::npos;
  const size_t last = bytes.size() - kEndSize;
  const size_t first = last > 65535 ? last - 65535 : 0;
  for (size_t at = last + 1; at-- > first;)
    if (bytes.substr(at).starts_with(kEndSignature) &&
        at + kEndSize + read16le(bytes.data() + at + 20) == bytes.size())
      return at;
  return StringRef::npos;
}

static llvm::Expected<std::vector<Member>> readDirectory(StringRef bytes,
                                                         StringRef file) {
  const size_t endAt = findEndRecord(bytes);
  if (endAt == StringRef::npos)
    return malformed(file, "it has no end of central directory record (is it "
                           "cut off?)");
  const char *end = bytes.data() + endAt;
  const unsigned count = read16le(end + 10);
  const uint64_t size = read32le(end + 12), offset = read32le(end + 16);
  if (read16le(end + 4) != 0 || read16le(end + 6) != 0 ||
      read16le(end + 8) != count)
    return malformed(file, "archives of several parts are not supported");
  if (count == 0xffff || size == 0xffffffff || offset == 0xffffffff)
    return malformed(file, "ZIP64 archives are not supported");
  if (offset + size > endAt)
    return malformed(file, "expected a central directory of " +
                               llvm::Twine(size) + " bytes at " +
                               llvm::Twine(offset) +
                               ", which is outside the file");

  StringRef rest = bytes.substr(offset, size);
  std::vector<Member> members;
  uint64_t packedTotal = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (rest.size() < kCentralSize || !rest.starts_with(kCentralSignature))
      return malformed(file, "expected " + llvm::Twine(count) +
                                 " entries in the central directory, found " +
                                 llvm::Twine(i));
    const char *entry = rest.data();
    const size_t nameLength = read16le(entry + 28);
    const size_t length =
        kCentralSize + nameLength + read16le(entry + 30) + read16le(entry + 32);
    if (rest.size() < length)
      return malformed(file, "the central directory ends within an entry");
    Member member{rest.substr(kCentralSize, nameLength),
                  read16le(entry + 10),
                  read32le(entry + 16),
                  read32le(entry + 20),
                  read32le(entry + 24),
                  read32le(entry + 42)};
    if (read16le(entry + 8) & 1)
      return malformed(file, "encrypted members are not supported");
    if (member.packedSize == 0xffffffff || member.size == 0xffffffff ||
        member.localOffset == 0xffffffff)
      return malformed(file, "ZIP64 members are not supported");
    // Entries that share their data could otherwise multiply a small file.
    packedTotal += member.packedSize;
    if (packedTotal > bytes.size())
      return malformed(file, "its members overlap");
    members.push_back(member);
    rest = rest.drop_front(length);
  }
  return members;
}

/// The unpacked bytes of `member`; `label` names it in messages.
static llvm::Expected<std::string> unpack(StringRef bytes, const Member &member,
                                          StringRef label) {
  if (member.localOffset + kLocalSize > bytes.size() ||
      !bytes.substr(member.localOffset).starts_with(kLocalSignature))
    return malformed(label, "expected a local header at " +
                                llvm::Twine(member.localOffset));
  const char *local = bytes.data() + member.localOffset;
  const uint64_t dataAt = member.localOffset + kLocalSize +
                          read16le(local + 26) + read16le(local + 28);
  if (dataAt + member.packedSize > bytes.size())
    return malformed(label, "expected " + llvm::Twine(member.packedSize) +
                                " bytes at " + llvm::Twine(dataAt) +
                                ", which is outside the file");
  StringRef packed = bytes.substr(dataAt, member.packedSize);

  std::string result;
  if (member.method == 0) {
    if (member.size != member.packedSize)
      return malformed(label, "a stored member has two different sizes");
    result = packed.str();
  } else if (member.method == 8) {
    if (member.size > (member.packedSize + 1) * kMaxDeflateRatio)
      return malformed(label, "expected " + llvm::Twine(member.size) +
                                  " bytes, which " +
                                  llvm::Twine(member.packedSize) +
                                  " bytes of deflate cannot hold");
    result.resize(member.size);
    z_stream stream = {};
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef *>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    // Negative window bits: deflate data without a zlib header.
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      return malformed(label, "zlib could not be started");
    const int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (status != Z_STREAM_END || stream.avail_out != 0)
      return malformed(label, "its deflate data is damaged");
  } else {
    return malformed(label, "compression method " + llvm::Twine(member.method) +
                                " is not supported; expected stored or "
                                "deflated");
  }
  const uint32_t crc = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef *>(result.data()),
            static_cast<uInt>(result.size())));
  if (crc != member.crc)
    return malformed(label, "its checksum does not match");
  return result;
}

llvm::Expected<std::vector<NamedTensor>> pare::parseNpz(StringRef bytes,
                                                        StringRef name) {
  llvm::Expected<std::vector<Member>> members = readDirectory(bytes, name);
  if (!members)
    return members.takeError();
  std::vector<NamedTensor> tensors;
  for (const Member &member : *members) {
    const std::string label = (name + ":" + member.name).str();
    StringRef tensorName = member.name;
    if (!tensorName.consume_back(".npy"))
      return malformed(label, "expected members whose names end in .npy");
    llvm::Expected<std::string> npy = unpack(bytes, member, label);
    if (!npy)
      return npy.takeError();
    llvm::Expected<HostTensor> tensor = parseNpy(*npy, label);
    if (!tensor)
      return tensor.takeError();
    tensors.push_back({tensorName.str(), std::move(*tensor)});
  }
  return tensors;
}

llvm::Expected<std::vector<NamedTensor>> pare::readNpz(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  return parseNpz((*file)->getBuffer(), path);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void put16(std::string &out, unsigned value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8 & 0xff);
}

static void put32(std::string &out, uint32_t value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16);
}

/// The fields that local and central headers share.
static void putCommon(std::string &out, uint32_t crc, uint32_t size,
                      size_t nameLength) {
  put16(out, 20);     // needs version 2.0
  put16(out, 0);      // flags
  put16(out, 0);      // stored
  put16(out, 0);      // time
  put16(out, 0x0021); // 1980-01-01
  put32(out, crc);
  put32(out, size); // packed
  put32(out, size); // unpacked
  put16(out, static_cast<unsigned>(nameLength));
  put16(out, 0); // no extra field
}

llvm::Error pare::writeNpz(StringRef path,
                           llvm::ArrayRef<NamedTensor> tensors) {
  // Below the marks that would mean ZIP64.
  constexpr uint64_t maxSize = 0xfffffffe;
  auto tooLarge = [&] {
    return llvm::createStringError(
        "cannot write '" + path +
        "': a .npz file of 4 GiB or with 65535 members is not supported");
  };
  std::string out, directory;
  for (const NamedTensor &named : tensors) {
    const std::string name = named.name + ".npy";
    const std::string npy = formatNpy(named.tensor);
    if (name.size() > 0xffff || out.size() + npy.size() > maxSize)
      return tooLarge();
    const uint32_t crc = static_cast<uint32_t>(
        crc32(0, reinterpret_cast<const Bytef *>(npy.data()),
              static_cast<uInt>(npy.size())));
    const uint32_t size = static_cast<uint32_t>(npy.size());
    directory += kCentralSignature;
    put16(directory, 20); // made by version 2.0
    putCommon(directory, crc, size, name.size());
    put16(directory, 0); // no comment
    put16(directory, 0); // disk
    put16(directory, 0); // internal attributes
    put32(directory, 0); // external attributes
    put32(directory, static_cast<uint32_t>(out.size()));
    directory += name;
    out += kLocalSignature;
    putCommon(out, crc, size, name.size());
    out += name;
    out += npy;
  }
  if (tensors.size() >= 0xffff || out.size() + directory.size() > maxSize)
    return tooLarge();
  const uint32_t directoryAt = static_cast<uint32_t>(out.size());
  out += directory;
  out += kEndSignature;
  put16(out, 0); // this disk
  put16(out, 0); // the directory's disk
  put16(out, static_cast<unsigned>(tensors.size()));
  put16(out, static_cast<unsigned>(tensors.size()));
  put32(out, static_cast<uint32_t>(directory.size()));
  put32(out, directoryAt);
  put16(out, 0); // no comment
  return writeFile(path, out);
}
