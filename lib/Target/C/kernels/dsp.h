//===- dsp.h - The DSP instructions of Cortex-M -------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include <stdint.h>

// The instructions of Armv7E-M and of the DSP extension of Armv8-M work on four
// bytes or two halfwords at once. Each function that uses them has a portable
// twin that computes the same.
#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>

static inline uint32_t rotate_8(uint32_t x) { return x >> 8 | x << 24; }
#endif
