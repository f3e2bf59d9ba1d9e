//===- layer.h - Functions of layers ------------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

// Each layer stays a function of its own. Joined to one, as compilers like to
// do with what is called once, they are short of registers.
#if defined(__GNUC__)
#define LAYER static __attribute__((noinline))
#else
#define LAYER static
#endif
