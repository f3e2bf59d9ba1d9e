//===- share.h - Kernels that layers share ------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

// All layers share one copy of a kernel.
#if defined(__GNUC__)
#define SPECIALIZED static __attribute__((noinline))
#else
#define SPECIALIZED static
#endif
