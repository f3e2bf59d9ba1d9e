/*===- string.h - What the generated C needs of the C library ------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * The cross compiler has headers for programs without a C library alone. That
 * these two functions are enough is a promise of the generated code.
 *
 *===----------------------------------------------------------------------===*/

#ifndef STRING_H
#define STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

#endif /* STRING_H */
