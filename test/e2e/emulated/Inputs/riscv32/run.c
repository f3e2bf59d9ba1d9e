/*===- run.c - Runs a network on 32-bit RISC-V without a C library -*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   run NAME INPUT OUTPUT
 *
 * runs the network that it is linked with, in C or as machine code, once: the
 * elements of its input come from a file, those of its output go to one. A
 * program of Linux that calls nothing but the kernel.
 *
 *===----------------------------------------------------------------------===*/

#include "net.h"

#include <stddef.h>
#include <string.h>

/* More than any of the networks needs in either form. */
enum { kArenaBytes = 1 << 19 };

static _Alignas(64) unsigned char arena[kArenaBytes];
static _Alignas(64) unsigned char input[NET_INPUT_0_BYTES];
static _Alignas(64) unsigned char output[NET_OUTPUT_0_BYTES];

enum { kOpenAt = 56, kRead = 63, kWrite = 64, kExit = 93 };
enum { kHere = -100, kReadOnly = 0, kNewFile = 01 | 0100 | 01000 };

static long call_kernel(long number, long x, long y, long z, long w) {
  register long a0 __asm__("a0") = x;
  register long a1 __asm__("a1") = y;
  register long a2 __asm__("a2") = z;
  register long a3 __asm__("a3") = w;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall"
                   : "+r"(a0)
                   : "r"(a1), "r"(a2), "r"(a3), "r"(a7)
                   : "memory");
  return a0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  unsigned char *target = to;
  const unsigned char *source = from;
  while (bytes--)
    *target++ = *source++;
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  unsigned char *target = to;
  while (bytes--)
    *target++ = (unsigned char)value;
  return to;
}

/* Moves `bytes` bytes between memory and a file; whether it could. */
static int transfer(const char *path, long flags, unsigned char *data,
                    long bytes) {
  const long file = call_kernel(kOpenAt, kHere, (long)path, flags, 0644);
  const long move = flags == kReadOnly ? kRead : kWrite;
  while (file >= 0 && bytes > 0) {
    const long moved = call_kernel(move, file, (long)data, bytes, 0);
    if (moved <= 0)
      return 0;
    data += moved;
    bytes -= moved;
  }
  return file >= 0;
}

static int run(int count, char **arguments) {
  if (count != 4 || !transfer(arguments[2], kReadOnly, input, sizeof(input)))
    return 2;
  const net_inputs in = {(const void *)input};
  const net_outputs out = {(void *)output};
  const int result = net_invoke(&in, &out, arena);
  if (result != 0)
    return 10 + result;
  return transfer(arguments[3], kNewFile, output, sizeof(output)) ? 0 : 2;
}

/* The stack begins with the number of arguments and their addresses. */
void begin(long *stack) {
  const int result = run((int)stack[0], (char **)(stack + 1));
  call_kernel(kExit, result, 0, 0, 0);
}

/* The linker lets code find data relative to gp. */
__asm__(".globl _start\n"
        "_start:\n"
        "  .option push\n"
        "  .option norelax\n"
        "  la gp, __global_pointer$\n"
        "  .option pop\n"
        "  mv a0, sp\n"
        "  andi sp, sp, -16\n"
        "  call begin\n");
