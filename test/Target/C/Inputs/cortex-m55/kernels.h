//===- kernels.h - Random calls of the vector kernels -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>

// Makes a call of a kernel of `seed`, with everything that it needs; the number
// of bytes of the output.
int32_t run_vectors(uint32_t seed, int8_t *output);
int32_t run_twins(uint32_t seed, int8_t *output);
