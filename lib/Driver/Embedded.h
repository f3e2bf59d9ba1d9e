//===- Embedded.h - C for microcontrollers ----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DRIVER_EMBEDDED_H
#define PARE_LIB_DRIVER_EMBEDDED_H

#include "Emit.h"
#include "pare/Target/C/Memory.h"
#include "pare/Target/C/Target.h"

namespace pare::driver {

/// The processor that C code for the target `name` is written for: "c", which
/// is any, or one of CTarget. Null for the name of a CPU.
const CTarget *findCTarget(llvm::StringRef name);

/// Plans the memory of C code and adds it to the report. An error if it does
/// not fit --ram, which names the layers that set the peak and what would help.
llvm::Expected<kernel::MemoryPlan> planEmbedded(const Emission &emission,
                                                const CompileCommand &command,
                                                CompileReport &report);

/// A compiler for a target, and the archiver that belongs to it.
struct CrossCompiler {
  std::string compiler, archiver;
  std::vector<std::string> flags;

  /// Looks along the PATH. An error names what is missing.
  static llvm::Expected<CrossCompiler> find(const CTarget &target,
                                            COptimize optimize);

  /// Compiles `source` and returns the object; what the compiler says is the
  /// error.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
  compile(const CSource &source) const;

  /// The same as a static library.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
  archive(const CSource &source) const;
};

/// Bytes of an object by where they end up.
struct SectionSizes {
  int64_t code = 0, constants = 0, data = 0, zeros = 0;
  int64_t flash() const { return code + constants + data; }
};
llvm::Expected<SectionSizes> getSectionSizes(llvm::MemoryBufferRef object);

/// An error if the code does not fit --flash. Without a compiler for the
/// target, constants count alone, and a note says so.
llvm::Error checkFlash(const CSource &source, const CTarget &target,
                       const CompileCommand &command, int64_t constantBytes,
                       CompileReport &report);

/// The CMakeLists.txt beside the source.
std::string makeCMakeLists(const CSource &source);

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_EMBEDDED_H
