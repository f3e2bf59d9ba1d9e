//===- board.c - Measuring on an emulated board ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#if defined(BOARD_MPS2_AN386)

// Timer 0 of the Cortex-M System Design Kit, at 25 MHz, counting down.
enum { PICOSECONDS_PER_TICK = 40000 };
static const uint32_t kLast = UINT32_MAX;

void board_start_timer(void) {
  REGISTER(0x40000000) = 0;
  REGISTER(0x40000008) = kLast; // reload
  REGISTER(0x40000004) = kLast; // value
  REGISTER(0x40000000) = 1;     // enable
}

static uint32_t read_timer(void) { return REGISTER(0x40000004); }

#elif defined(BOARD_MPS3_AN547)

// SysTick (Armv8-M Architecture, B11), at 32 MHz, counting down in 24 bits.
enum { PICOSECONDS_PER_TICK = 31250 };
static const uint32_t kLast = 0xffffff;

void board_start_timer(void) {
  REGISTER(0xE000E010) = 0;
  REGISTER(0xE000E014) = kLast; // reload
  REGISTER(0xE000E018) = 0;     // any write clears it
  REGISTER(0xE000E010) = 5;     // the processor's clock, enable
}

static uint32_t read_timer(void) { return REGISTER(0xE000E018); }

#else
#error "define BOARD_MPS2_AN386 or BOARD_MPS3_AN547"
#endif

uint64_t board_instructions(void) {
  return (uint64_t)(kLast - read_timer()) * PICOSECONDS_PER_TICK / 1000;
}

//===----------------------------------------------------------------------===//
// Stack
//===----------------------------------------------------------------------===//

enum { MARKED_BYTES = 64 * 1024, MARK = 0x5a };

// What this function's own frame and its caller's next calls may touch.
enum { MARGIN_BYTES = 128 };

static uint8_t *marked_end;

__attribute__((noinline)) void board_mark_stack(void) {
  uint8_t *const here = (uint8_t *)__builtin_frame_address(0);
  marked_end = here - MARGIN_BYTES;
  volatile uint8_t *byte = marked_end - MARKED_BYTES;
  while (byte < marked_end)
    *byte++ = MARK;
}

uint32_t board_stack_bytes(void) {
  const volatile uint8_t *byte = marked_end - MARKED_BYTES;
  while (byte < marked_end && *byte == MARK)
    ++byte;
  // All between the mark and where the caller's frame ends counts.
  return (uint32_t)(marked_end - byte) + MARGIN_BYTES;
}
