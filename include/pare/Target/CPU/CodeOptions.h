//===- CodeOptions.h - What decides about code --------------------*- C++
//-*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a user may say of machine code beside its target. Everything that makes
// code takes this one struct: files, the JIT, tuning, tests.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_CODEOPTIONS_H
#define PARE_TARGET_CPU_CODEOPTIONS_H

#include <optional>
#include <string>

namespace pare::cpu {

/// Sizes of the tiles of 3x3 convolutions, as kernel-choose-winograd takes
/// them: what is expected to be faster, none, or one for all layers that can.
enum class Winograd { Auto = -1, Off = 0, TwoByTwo = 2, FourByFour = 4 };

/// Which depthwise and 1x1 convolutions run in stripes together, as
/// kernel-fuse-stripes takes it: those that can, two rows at a time, for All.
enum class Stripes { Auto = -1, Off = 0, All = 2 };

/// Which images between sparse layers of floats stand in blocks of pixels, as
/// kernel-block-pixels takes it: those where it is faster, none, or all that
/// can.
enum class PixelBlocking { Auto = -1, Off = 0, All = 1 };

struct CodeOptions {
  Winograd winograd = Winograd::Auto;
  Stripes stripes = Stripes::Auto;
  PixelBlocking pixelBlocks = PixelBlocking::Auto;
  /// A file of measured choices (pare/Target/CPU/Tuning.h), or empty.
  std::string tuning;
  /// Store the weights of layers sparsely where at least this share of them is
  /// zero, in (0, 1]; 0 for nowhere: they stay as the network has them. Without
  /// a value, the target decides (kernel-choose-sparse).
  std::optional<double> sparsify;
  /// Add bytes where one of the summands is computed (kernel-fuse-residuals)
  /// everywhere, as floats always are, and not only where the target gets
  /// faster: an image less passes through memory.
  bool fuseSums = false;
  /// Compute channels that no input changes as well.
  bool keepDeadChannels = false;
  /// Of other channels leave a multiple of eight only where that makes the
  /// arena no larger: where most is alive, vectors are not full then.
  bool smallArena = false;
  /// Say in remarks what was decided about sparse weights.
  bool sparseRemarks = false;

  bool operator==(const CodeOptions &other) const {
    return winograd == other.winograd && stripes == other.stripes &&
           pixelBlocks == other.pixelBlocks && tuning == other.tuning &&
           sparsify == other.sparsify && fuseSums == other.fuseSums &&
           keepDeadChannels == other.keepDeadChannels &&
           smallArena == other.smallArena &&
           sparseRemarks == other.sparseRemarks;
  }
  bool operator!=(const CodeOptions &other) const { return !(*this == other); }
};

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_CODEOPTIONS_H
