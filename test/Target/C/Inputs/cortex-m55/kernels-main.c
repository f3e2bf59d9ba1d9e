//===- kernels-main.c - Vector kernels beside their twins -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "kernels.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  static int8_t vectors[8192], twins[8192];
  int failures = 0;
  for (uint32_t seed = 0; seed < 4000; ++seed) {
    // Nothing else is written.
    memset(vectors, 0x5a, sizeof(vectors));
    memset(twins, 0x5a, sizeof(twins));
    const int32_t count = run_vectors(seed, vectors);
    if (run_twins(seed, twins) != count ||
        memcmp(vectors, twins, sizeof(twins)) != 0) {
      printf("seed %u: not the same\n", (unsigned)seed);
      ++failures;
    }
  }
  printf("%d of 4000 calls differ\n", failures);
  return failures != 0;
}
