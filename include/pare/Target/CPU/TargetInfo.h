//===- TargetInfo.h - What code generation knows of a CPU -------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A target is data. Tile sizes, packed layouts and the choice of the inner step
// follow from these numbers; only a micro-kernel emitter knows an instruction.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_TARGETINFO_H
#define PARE_TARGET_CPU_TARGETINFO_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pare::cpu {

/// Of the channels of an image, networks for CPUs keep a multiple of this,
/// where there is one: half of the largest vectors of sums, all of most. Less
/// than that is no faster, and code for a part of a vector is long.
constexpr int64_t kChannelMultiple = 8;

/// The instruction that adds products of small integers to 32-bit sums. All
/// kinds compute the same, exactly.
enum class DotStep {
  /// Sign extension, multiplication and addition, for every ISA.
  Generic,
  /// x86 SSE2/AVX2 pmaddwd, then an addition.
  PMAddWD,
  /// x86 AVX-VNNI and AVX512-VNNI: vpdpwssd is both in one, vpdpbusd the same
  /// for four products of an unsigned and a signed byte.
  VNNI,
  /// Arm NEON smull and pairwise additions.
  NEON,
  /// Arm's dot product extension: sdot adds four products of signed bytes.
  SDot,
  /// Arm's int8 matrix extension beside it: smmla multiplies two rows by two
  /// columns, of eight signed bytes each.
  SMMLA
};

struct TargetInfo {
  /// The name it was asked for: "native", "x86-64-v3", ...
  std::string name;
  /// What LLVM's target machine is made from.
  std::string triple;
  std::string cpu;
  std::string features;
  /// Without an operating system and a loader: code is linked for its place.
  bool isBareMetal = false;
  /// Width of the vectors that code uses, which may be less than the widest.
  unsigned vectorBits = 128;
  unsigned vectorRegisters = 16;
  bool hasFMA = false;
  DotStep dotStep = DotStep::Generic;
  /// Data caches of one core, in bytes.
  int64_t l1Bytes = 32 << 10;
  int64_t l2Bytes = 512 << 10;
  /// The least work that is worth a thread, in cycles. To hand it over and to
  /// wait for it costs about a third of this. 0: threads share every layer.
  int64_t threadCycles = 8192;

  /// Number of 32-bit elements of a vector.
  int64_t lanes() const { return vectorBits / 32; }

  /// Vector operations that add the products of two vectors of floats to sums,
  /// and those of pairs of 16-bit numbers to 32-bit sums; for cost models.
  double operationsOfFloats() const;
  double operationsOfPairs() const;

  /// Whether functions of bytes take less time as products in the contraction
  /// before (kernel-fuse-tables) than looked up apart, a whole vector at once.
  bool multipliesTables() const;

  /// From how many bytes on, of both summands and the result, sums of bytes
  /// take less time in the contraction before (kernel-fuse-residuals) than
  /// apart; -1 if they never do.
  int64_t fusedSumBytes() const;

  bool isAArch64() const { return llvm::Triple(triple).isAArch64(); }

  /// The target of that name:
  ///   native           this machine, as wide as it is, its caches
  ///   generic          this machine's architecture without any extension
  ///   x86-64           SSE2, 128-bit
  ///   x86-64-v2        SSE4.1, 128-bit
  ///   x86-64-v3        AVX2 and FMA, 256-bit
  ///   x86-64-vnni      x86-64-v3 with AVX-VNNI; also avx-vnni
  ///   x86-64-v4        AVX-512 with VNNI, 512-bit; also avx512-vnni
  ///   cortex-m4        Armv7E-M firmware
  ///   cortex-m55       Armv8.1-M firmware
  ///   riscv32          RV32IMC firmware
  ///   aarch64          NEON
  ///   aarch64+dotprod  NEON with sdot (Armv8.2)
  ///   aarch64+i8mm     with sdot and smmla (Armv8.6)
  /// An error lists these names.
  static llvm::Expected<TargetInfo> get(llvm::StringRef name);

  /// The targets that a file is made for, best first: the one of that name, or
  ///   x86-64-multi     x86-64-v4, x86-64-vnni, x86-64-v3 and x86-64
  /// An error lists all names.
  static llvm::Expected<std::vector<TargetInfo>> getAll(llvm::StringRef name);
};

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_TARGETINFO_H
