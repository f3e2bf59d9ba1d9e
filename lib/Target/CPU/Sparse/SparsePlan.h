//===- SparsePlan.h - Forms of contractions with sparse weights -*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a contraction with compressed weights becomes vectors. It is a product of
// `rows` windows by a matrix of `channels` x `depth`, of which the blocks of
// `blockRows` x `blockColumns` that hold anything are stored.
//
// Form Channels, for blocks of whole vectors of output channels: the register
// tile of the dense contraction (rows by vectors of channels) with a list of
// columns in place of a count. Weights stand as they are read:
//
//   [block][blockColumns / terms of a step][blockRows][terms of a step]
//
// Form Pixels, for all other blocks: windows stand transposed in a scratch,
// [depth][pixels of a tile], and a weight is multiplied with vectors of pixels.
// An input in blocks of pixels (PixelBlocks.h) is read where it is, and an
// output is stored as it is computed; tiles lie within blocks then.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_SPARSEPLAN_H
#define PARE_LIB_TARGET_CPU_SPARSE_SPARSEPLAN_H

#include "Contract/ContractPlan.h"
#include "Sparse/PixelBlocks.h"

namespace pare::cpu {

/// What one step of the inner loop multiplies.
enum class SparseStep {
  /// f32 products.
  Float,
  /// Pairs of 16-bit factors.
  Pairs,
  /// Quads of bytes. Where the first are unsigned, the input is stored with 128
  /// added.
  Quads,
  /// Single 32-bit factors, for blocks of an odd number of columns.
  Single
};

struct SparsePlan {
  ConvShape shape;
  bool integer = false;
  int64_t inputZero = 0;
  /// Added to the input for steps of unsigned bytes.
  int64_t inputOffset = 0;
  /// No two neighbours of a quad leave 16 bits with inputs of up to 255
  /// (kernel.byte_pairs): they can be multiplied as bytes.
  bool bytePairs = false;
  /// Output pixels, terms of a window, output channels.
  int64_t rows = 0, depth = 0, channels = 0;
  int64_t blockRows = 1, blockColumns = 1;
  int64_t lanes = 4, registers = 16, l1Bytes = 0;

  /// Whether the form is Channels, else Pixels.
  bool overChannels = false;
  SparseStep step = SparseStep::Float;
  /// Form Channels: elements of a vector of channels, which divide
  /// `blockRows`, and rows of a register tile.
  int64_t width = 4, tileRows = 1;
  /// The two vectors of a pair hold channels in the order in which the target
  /// packs two vectors to one of bytes.
  bool packedColumns = false;
  /// Form Pixels: the layouts of the images.
  PixelBlocks blocks;
  /// Pixels that are divided into tiles: those of a block where the input or
  /// the output stands in blocks, else all of them.
  int64_t blockPixels() const {
    return blocks ? std::max(blocks.in, blocks.out) * shape.outWidth : rows;
  }
  int64_t pixelBlocks() const { return rows / blockPixels(); }
  /// Form Pixels: tiles of `tileVectors` vectors of pixels, of which the first
  /// `wideTiles` are that wide and the others have one vector less. Of each
  /// block of pixels, where there are blocks.
  int64_t tileVectors = 1, tiles = 1, wideTiles = 1;
  int64_t allTiles() const { return pixelBlocks() * tiles; }
  /// Vectors of all tiles of a block of pixels; the last tile overlaps the one
  /// before where they hold more pixels than there are.
  int64_t vectorsOfBlock() const {
    return tiles * (tileVectors - 1) + wideTiles;
  }
  /// Form Pixels with weights that are part of the code (SparseLiterals.h):
  /// vectors of pixels that are multiplied at once, which divide all tiles; 0
  /// where weights are read from memory.
  int64_t literalVectors = 0;
  bool isLiteral() const { return literalVectors > 0; }

  /// Vectors of channels in a block of form Channels.
  int64_t vectors() const { return blockRows / width; }
  int64_t termsPerStep() const {
    switch (step) {
    case SparseStep::Quads:
      return 4;
    case SparseStep::Pairs:
      return 2;
    default:
      return 1;
    }
  }
  int64_t stepsPerBlock() const { return blockColumns / termsPerStep(); }
  int64_t blockSize() const { return blockRows * blockColumns; }
  /// Form Pixels: places of a row of the scratch, which has a row for each step
  /// of a window.
  int64_t pitch() const { return tileVectors * lanes; }
  /// Form Pixels: from the pixels of a step to those of the next one, in the
  /// scratch or in the block of the input.
  int64_t inputPitch() const { return blocks.in > 0 ? blockPixels() : pitch(); }
  /// Form Pixels: where the pixels of a column of blocks of weights begin.
  int64_t columnOffset(int64_t column) const {
    return column * stepsPerBlock() * inputPitch();
  }
  /// One tap, every window inside the input, and no pixel left out: row r of
  /// the product is row r of the input.
  bool isContiguous() const;
  /// What the stored input has too much, to be taken from the bias.
  int64_t excess() const {
    return step == SparseStep::Quads ? inputZero + inputOffset : 0;
  }

  /// Whether tiles of `tileRows` ask for the next one: images come from beyond
  /// the L2 cache, and tiles leave room in L1.
  bool prefetchesTiles(int64_t tileRows, const TargetInfo &target) const;

  /// The channel at a place of what is stored for each channel.
  int64_t channelAt(int64_t place) const;
  /// The place, in a block as the operation stores it, of each weight of a
  /// block as it is read.
  llvm::SmallVector<int64_t> blockOrder() const;
  /// The same contraction for weights that are not constants, which stand as
  /// the operation stores them.
  SparsePlan unpacked() const;

  /// Chooses the tiles of form Pixels.
  void useVectorsOfPixels();
  /// The same for literal weights; whether there are any that leave no rest.
  bool tileLiterals();
  /// Makes `weights` weights part of the code where that is faster.
  void considerLiterals(int64_t weights);
  bool tileLiteralsOfBlock();
  /// Whether any number of lines of the image can be computed at a time, by the
  /// same code: a line is whole tiles of literal weights, or a block.
  bool takesLines() const;
  /// Whether images may stand in blocks of pixels.
  bool takesBlocks() const;
};

ConvShape shapeOf(kernel::SparseContractOp op);

SparsePlan planSparse(kernel::SparseContractOp op, const TargetInfo &target);

/// The same if the images stood in such blocks of pixels.
SparsePlan planSparse(kernel::SparseContractOp op, const TargetInfo &target,
                      PixelBlocks blocks);

/// The plan for weights that would be stored in such blocks; the input's zero
/// point is not filled in.
SparsePlan planSparse(const ConvShape &shape, bool integer, int64_t blockRows,
                      int64_t blockColumns, const TargetInfo &target,
                      bool bytePairs = false, PixelBlocks blocks = {});

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_SPARSEPLAN_H
