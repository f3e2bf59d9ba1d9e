//===- specialize.h - Kernels that each layer has for itself ------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

// A kernel becomes part of each layer that calls it: the layer's sizes are
// constants in it.
#if defined(__GNUC__)
#define SPECIALIZED static inline __attribute__((always_inline))
#else
#define SPECIALIZED static inline
#endif
