//===- measure.c - What a run of a network takes on a board ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   measure INPUT.npy OUTPUT.npy [SAMPLES]
//
// Runs a network called "network", which has one input and one output of
// integers, on recorded samples, with both in the arena, and prints what the
// last run took. Fails if an element differs from what was recorded. With
// -DNETWORK_HOOKS='"layers.h"' and the file of that name here, prints the
// instructions of each layer too. A network with several arenas, which are
// called "dtcm" and "sram", has one in the memory next to the core.
//
//===----------------------------------------------------------------------===//

#include "board.h"
#include "layers.h"
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef NETWORK_NUM_ARENAS
static union {
  uint64_t alignment;
  uint8_t bytes[NETWORK_ARENA_DTCM_BYTES];
} dtcm __attribute__((section(".dtcm")));
static union {
  uint64_t alignment;
  uint8_t bytes[NETWORK_ARENA_SRAM_BYTES];
} sram;
static network_arenas arenas = {dtcm.bytes, sram.bytes};
#define PLACE(port) ((uint8_t *)arenas.port##_ARENA + port##_OFFSET)
#else
static union {
  uint64_t alignment;
  uint8_t bytes[NETWORK_ARENA_BYTES];
} arena;
#define PLACE(port) (arena.bytes + port##_OFFSET)
#endif

uint64_t layer_starts[NETWORK_NUM_LAYERS + 1];

// Opens a .npy file of version 1.0 behind its header: magic, two bytes of
// version, two of the header's size.
static FILE *open_npy(const char *path, size_t *samples) {
  unsigned char start[10];
  static char header[512];
  FILE *file = fopen(path, "rb");
  if (!file || fread(start, 1, sizeof(start), file) != sizeof(start))
    return 0;
  const size_t size = start[8] + 256u * start[9];
  if (size >= sizeof(header) || fread(header, 1, size, file) != size)
    return 0;
  header[size] = 0;
  const char *shape = strstr(header, "'shape': (");
  *samples = shape ? (size_t)atol(shape + strlen("'shape': (")) : 0;
  return file;
}

int main(int argc, char **argv) {
  size_t samples = 0, outputs = 0, different = 0;
  if (argc < 3)
    return 2;
  FILE *const inputs_file = open_npy(argv[1], &samples);
  FILE *const outputs_file = open_npy(argv[2], &outputs);
  if (!inputs_file || !outputs_file || samples == 0 || samples != outputs) {
    printf("cannot read %s and %s\n", argv[1], argv[2]);
    return 2;
  }
  if (argc > 3 && (size_t)atol(argv[3]) < samples)
    samples = (size_t)atol(argv[3]);
  static uint8_t expected[NETWORK_OUTPUT_0_BYTES];
  uint8_t *const input = PLACE(NETWORK_INPUT_0);
  uint8_t *const output = PLACE(NETWORK_OUTPUT_0);
  const void *const in[] = {input};
  void *const out[] = {output};
  uint64_t instructions = 0;
  board_start_timer();
  for (size_t i = 0; i < samples; ++i) {
    // What is in an arena before must not matter.
#ifdef NETWORK_NUM_ARENAS
    memset(dtcm.bytes, 0x5a, sizeof(dtcm.bytes));
    memset(sram.bytes, 0x5a, sizeof(sram.bytes));
#else
    memset(arena.bytes, 0x5a, sizeof(arena.bytes));
#endif
    if (fread(input, 1, NETWORK_INPUT_0_BYTES, inputs_file) !=
            NETWORK_INPUT_0_BYTES ||
        fread(expected, 1, sizeof(expected), outputs_file) != sizeof(expected))
      return 2;
    board_mark_stack();
    board_start_timer();
#ifdef NETWORK_NUM_ARENAS
    const int status = network_invoke_generic(in, out, &arenas);
#else
    const int status = network_invoke_generic(in, out, arena.bytes);
#endif
    if (status != 0)
      return 2;
    instructions = board_instructions();
    for (size_t j = 0; j < sizeof(expected); ++j)
      different += expected[j] != output[j];
  }
#ifdef NETWORK_NUM_ARENAS
  printf("dtcm %lu at 0x%08lx\n", (unsigned long)NETWORK_ARENA_DTCM_BYTES,
         (unsigned long)(uintptr_t)dtcm.bytes);
  printf("sram %lu at 0x%08lx\n", (unsigned long)NETWORK_ARENA_SRAM_BYTES,
         (unsigned long)(uintptr_t)sram.bytes);
#endif
  printf("instructions %lu\n", (unsigned long)instructions);
  printf("stack %lu\n", (unsigned long)board_stack_bytes());
  printf("samples %lu\n", (unsigned long)samples);
  printf("different %lu\n", (unsigned long)different);
#ifdef NETWORK_HOOKS
  for (int i = 0; i < NETWORK_NUM_LAYERS; ++i)
    printf("layer %d %lu\n", i,
           (unsigned long)(layer_starts[i + 1] - layer_starts[i]));
#endif
  return different != 0;
}
