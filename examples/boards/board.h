//===- board.h - Measuring on an emulated board -------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Time and stack. With `-icount shift=0` the emulator executes an instruction
// each nanosecond, so that a timer of known frequency counts instructions, the
// same on every run.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_EXAMPLES_BOARDS_BOARD_H
#define PARE_EXAMPLES_BOARDS_BOARD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Starts the timer.
void board_start_timer(void);

// Instructions since then, to the next tick: 40 on mps2-an386, 31.25 on
// mps3-an547, where the timer wraps after 524 million.
uint64_t board_instructions(void);

// Marks the stack below the caller; afterwards, the bytes below the mark that
// have been written since.
void board_mark_stack(void);
uint32_t board_stack_bytes(void);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // PARE_EXAMPLES_BOARDS_BOARD_H
