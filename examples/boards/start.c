//===- start.c - Starts a program on an emulated Cortex-M -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vector table, and what must happen before main. Files and standard output
// are those of the machine that runs the emulator, through newlib's library for
// semihosting. Its own start-up code is left out, as it takes the emulator's
// word for where the stack is, which is in the wrong memory on some boards.
//
//===----------------------------------------------------------------------===//

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

extern uint32_t __bss_start__[], __bss_end__[], __stack_top[];

// Of newlib: opens standard input, output and error.
extern void initialise_monitor_handles(void);
extern int main(int argc, char **argv);

enum { SYS_GET_CMDLINE = 0x15, SYS_EXIT = 0x18 };

// Semihosting for AArch32, version 2.0: asks the emulator.
static int ask(int operation, const void *block) {
  register int r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = block;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

// A fault must end the test, not the emulator's patience.
static void stop(void) {
  // A reason that is not ADP_Stopped_ApplicationExit.
  ask(SYS_EXIT, (const void *)0x20023);
  for (;;) {
  }
}

// Splits the command line at blanks.
static int read_arguments(char **argv, int capacity) {
  static char line[1024];
  const struct {
    char *buffer;
    size_t bytes;
  } block = {line, sizeof(line)};
  int count = 0;
  if (ask(SYS_GET_CMDLINE, &block) != 0)
    return 0;
  for (char *c = line; *c && count < capacity; ++count) {
    argv[count] = c;
    while (*c && *c != ' ')
      ++c;
    if (*c)
      *c++ = 0;
  }
  return count;
}

// What newlib's exit calls; its own is in the start-up code that is left out.
void _fini(void);
void _fini(void) {}

void reset(void);
void reset(void) {
  // Coprocessor Access Control Register: full access to the floating-point
  // and vector unit, which is off after a reset (Armv7-M Architecture,
  // B3.2.20).
  *(volatile uint32_t *)0xE000ED88 |= UINT32_C(0xF) << 20;
  __asm volatile("dsb\n\tisb" ::: "memory");
  for (volatile uint32_t *word = __bss_start__; word < __bss_end__; ++word)
    *word = 0;
  initialise_monitor_handles();
  char *argv[8];
  exit(main(read_arguments(argv, 8), argv));
}

// Stack pointer, reset, NMI, hard fault, memory, bus and usage fault, and the
// secure fault of Armv8-M.
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {
    (uintptr_t)__stack_top, (uintptr_t)reset, (uintptr_t)stop, (uintptr_t)stop,
    (uintptr_t)stop,        (uintptr_t)stop,  (uintptr_t)stop, (uintptr_t)stop};
