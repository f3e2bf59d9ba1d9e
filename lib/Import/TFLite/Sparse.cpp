//===- Sparse.cpp - Decoding of sparse constants --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sparse tensor is a tree with one level for each dimension of the tensor, in
// an order of the file's choice, followed by one level for each dimension of a
// block, if there are blocks. Positions of a level are numbered through; the
// children of position p of a dense level of size n are p * n ... p * n + n -
// 1, those of a compressed level stand at segments[p] ... segments[p + 1] - 1
// and have their coordinates listed. Positions of the last level number the
// stored elements. Reference: the format comments in
// tensorflow/lite/schema/schema.fbs, after Kjolstad et al., "The Tensor Algebra
// Compiler", OOPSLA 2017.
//
//===----------------------------------------------------------------------===//

#include "File.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace pare::tflite;

namespace {

/// The index vectors of a compressed level come in three widths.
class Indices {
public:
  Indices() = default;
  Indices(schema::SparseIndexVector kind, const void *table) {
    switch (kind) {
    case schema::SparseIndexVector::Int32Vector:
      bind(static_cast<const schema::Int32Vector *>(table));
      break;
    case schema::SparseIndexVector::Uint16Vector:
      bind(static_cast<const schema::Uint16Vector *>(table));
      break;
    case schema::SparseIndexVector::Uint8Vector:
      bind(static_cast<const schema::Uint8Vector *>(table));
      break;
    default:
      break;
    }
  }
  int64_t size() const { return count; }
  int64_t operator[](int64_t i) const { return get(values, i); }

private:
  template <typename Table> void bind(const Table *table) {
    if (!table || !table->values())
      return;
    values = table->values();
    count = table->values()->size();
    using Vector = std::remove_reference_t<decltype(*table->values())>;
    get = [](const void *vector, int64_t i) -> int64_t {
      return static_cast<const Vector *>(vector)->Get(i);
    };
  }

  const void *values = nullptr;
  int64_t count = 0;
  int64_t (*get)(const void *, int64_t) = nullptr;
};

/// One level of the tree: it walks dimension `dim` in `size` coordinates, each
/// `stride` elements apart in the dense tensor.
struct Level {
  bool dense;
  int64_t size;
  int64_t stride;
  Indices segments, coordinates;
};

class Decoder {
public:
  Decoder(ArrayRef<Level> levels, ArrayRef<char> stored,
          MutableArrayRef<char> result, size_t width)
      : levels(levels), stored(stored), result(result), width(width) {}

  void walk(size_t level, int64_t position, int64_t offset) const {
    if (level == levels.size()) {
      std::memcpy(&result[offset * width], &stored[position * width], width);
      return;
    }
    const Level &l = levels[level];
    if (l.dense) {
      for (int64_t i = 0; i < l.size; ++i)
        walk(level + 1, position * l.size + i, offset + i * l.stride);
      return;
    }
    for (int64_t i = l.segments[position]; i < l.segments[position + 1]; ++i)
      walk(level + 1, i, offset + l.coordinates[i] * l.stride);
  }

private:
  ArrayRef<Level> levels;
  ArrayRef<char> stored;
  MutableArrayRef<char> result;
  size_t width;
};

} // namespace

/// Checks that `values` is a permutation of first ... first + n - 1.
static bool isPermutation(ArrayRef<int64_t> values, int64_t first) {
  llvm::SmallBitVector seen(values.size());
  for (int64_t value : values) {
    int64_t i = value - first;
    if (i < 0 || i >= static_cast<int64_t>(values.size()) || seen[i])
      return false;
    seen.set(i);
  }
  return true;
}

FailureOr<AsmResourceBlob> File::decodeSparse(int64_t index,
                                              RankedTensorType type) const {
  auto error = [&] { return emitTensorError(index) << "sparse data: "; };
  const schema::SparsityParameters &sparsity = *getTensor(index).sparsity();
  const auto *order = sparsity.traversal_order();
  const auto *metadata = sparsity.dim_metadata();
  const auto *blockMap = sparsity.block_map();
  int64_t rank = type.getRank();
  int64_t blockRank = blockMap ? blockMap->size() : 0;
  int64_t numLevels = rank + blockRank;
  if (blockRank > rank || !order || order->size() != numLevels || !metadata ||
      metadata->size() != numLevels)
    return error() << "expected a traversal order and level descriptions for "
                   << rank << " dimensions and at most as many block "
                   << "dimensions, found " << (order ? order->size() : 0)
                   << " and " << (metadata ? metadata->size() : 0) << " for "
                   << blockRank << " block dimensions";
  SmallVector<int64_t> traversal(order->begin(), order->end());
  if (!isPermutation(ArrayRef(traversal).take_front(rank), 0) ||
      !isPermutation(ArrayRef(traversal).drop_front(rank), rank))
    return error() << "expected a traversal order of the dimensions, then of "
                      "the block dimensions, found ["
                   << traversal << "]";

  // Sizes of the blocks in every dimension of the tensor.
  SmallVector<int64_t> blockSizes(rank, 1);
  SmallVector<int64_t> blockedDim(blockRank);
  for (int64_t level = rank; level < numLevels; ++level) {
    int64_t block = traversal[level] - rank;
    int64_t dim = blockMap->Get(block);
    int64_t size = metadata->Get(level)->dense_size();
    if (dim < 0 || dim >= rank || blockSizes[dim] != 1 || size < 1 ||
        type.getDimSize(dim) % size != 0 ||
        metadata->Get(level)->format() != schema::DimensionFormat::DENSE)
      return error() << "expected block dimension " << block
                     << " to be dense and to divide a dimension of the tensor, "
                        "found size "
                     << size << " for dimension " << dim;
    blockSizes[dim] = size;
    blockedDim[block] = dim;
  }

  SmallVector<int64_t> strides(rank, 1);
  for (int64_t dim = rank - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * type.getDimSize(dim + 1);

  SmallVector<Level> levels;
  int64_t positions = 1;
  for (int64_t i = 0; i < numLevels; ++i) {
    const schema::DimensionMetadata &entry = *metadata->Get(i);
    Level level;
    bool inBlock = i >= rank;
    int64_t dim = inBlock ? blockedDim[traversal[i] - rank] : traversal[i];
    level.size =
        inBlock ? blockSizes[dim] : type.getDimSize(dim) / blockSizes[dim];
    level.stride = inBlock ? strides[dim] : strides[dim] * blockSizes[dim];
    level.dense = entry.format() == schema::DimensionFormat::DENSE;
    if (level.dense) {
      if (entry.dense_size() != level.size)
        return error() << "expected " << level.size << " coordinates in level "
                       << i << ", found " << entry.dense_size();
      positions *= level.size;
      levels.push_back(level);
      continue;
    }
    if (entry.format() != schema::DimensionFormat::SPARSE_CSR)
      return error() << "level " << i << " has the unknown format "
                     << static_cast<int>(entry.format());
    level.segments =
        Indices(entry.array_segments_type(), entry.array_segments());
    level.coordinates =
        Indices(entry.array_indices_type(), entry.array_indices());
    if (level.segments.size() != positions + 1 || level.segments[0] != 0 ||
        level.segments[positions] != level.coordinates.size())
      return error() << "expected " << positions + 1 << " segments of level "
                     << i << " that cover its coordinates";
    for (int64_t p = 0; p < positions; ++p) {
      int64_t begin = level.segments[p], end = level.segments[p + 1];
      if (begin > end || end > level.coordinates.size())
        return error() << "expected segments of level " << i
                       << " that do not decrease";
      for (int64_t k = begin; k < end; ++k)
        if (int64_t c = level.coordinates[k];
            c < 0 || c >= level.size ||
            (k > begin && c <= level.coordinates[k - 1]))
          return error() << "expected increasing coordinates below "
                         << level.size << " in level " << i << ", found " << c;
    }
    positions = level.coordinates.size();
    levels.push_back(level);
  }

  FailureOr<ArrayRef<char>> stored = getBuffer(index);
  if (failed(stored))
    return failure();
  size_t width = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  if (stored->size() != positions * width)
    return error() << "expected " << positions << " stored elements of "
                   << width << " bytes, found " << stored->size() << " bytes";

  // A few bytes can claim to be a tensor of any size.
  uint64_t size = type.getNumElements() * width;
  uint64_t limit =
      std::max<uint64_t>(uint64_t(1) << 20, 1024 * buffer.getBufferSize());
  if (size > limit)
    return error() << "expected at most " << limit
                   << " bytes after decoding, found " << size;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(size, /*align=*/16);
  std::memset(blob.getMutableData().data(), 0, size);
  Decoder(levels, *stored, blob.getMutableData(), width).walk(0, 0, 0);
  return blob;
}
