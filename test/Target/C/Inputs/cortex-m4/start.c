//===- start.c - Starts a program on an emulated Cortex-M4 ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vector table and what must happen before newlib's own start-up code,
// which clears .bss, fetches the arguments from the emulator and calls main.
//
//===----------------------------------------------------------------------===//

#include <stdint.h>

extern void _start(void);
extern uint32_t __stack_top[];

void reset(void);
void reset(void) {
  // Coprocessor Access Control Register: full access to the floating-point
  // unit, which is off after a reset (Armv7-M Architecture, B3.2.20).
  *(volatile uint32_t *)0xE000ED88 |= UINT32_C(0xF) << 20;
  __asm volatile("dsb\n\tisb");
  _start();
}

// A fault must end the test, not the emulator's patience.
static void stop(void) {
  // Semihosting: SYS_EXIT with a reason that is not ADP_Stopped_ApplicationExit.
  register int operation __asm("r0") = 0x18;
  register int reason __asm("r1") = 0x20023;
  __asm volatile("bkpt 0xab" : : "r"(operation), "r"(reason));
  for (;;) {
  }
}

// Stack pointer, reset, NMI, hard fault, memory, bus and usage fault.
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[] = {
    (uintptr_t)__stack_top, (uintptr_t)reset, (uintptr_t)stop, (uintptr_t)stop,
    (uintptr_t)stop,        (uintptr_t)stop,  (uintptr_t)stop};
