//===- Memory.cpp - What the allocator keeps ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Memory.h"

// Says which C library this is.
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void pare::returnFreeMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
