//===- requantize.h - The requantization of a network -------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

// A network has one way to requantize. The compiler takes one of the two files;
// who compiles a kernel by itself chooses here.
#ifdef PARE_REQUANTIZE_FLOAT
#include "requantize_float.h"
#else
#include "requantize_fixed.h"
#endif
