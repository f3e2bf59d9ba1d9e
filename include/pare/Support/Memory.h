//===- Memory.h - What the allocator keeps ----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_MEMORY_H
#define PARE_SUPPORT_MEMORY_H

namespace pare {

/// Gives memory that was freed back to the system, where the C library keeps it
/// for later and can be asked (glibc); elsewhere nothing happens. For a process
/// that has compiled and will only run now.
void returnFreeMemory();

} // namespace pare

#endif // PARE_SUPPORT_MEMORY_H
