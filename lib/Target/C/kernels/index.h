//===- index.h - Indices into buffers -----------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>

static inline int32_t clamp_index(int64_t index, int32_t size) {
  return index < 0 ? 0 : index >= size ? size - 1 : (int32_t)index;
}
