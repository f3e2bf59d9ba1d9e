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
// instructions of each layer too.
//
//===----------------------------------------------------------------------===//

#include "board.h"
#include "layers.h"
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static union {
  uint64_t alignment;
  uint8_t bytes[NETWORK_ARENA_BYTES];
} arena;

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
  uint8_t *const input = arena.bytes + NETWORK_INPUT_0_OFFSET;
  uint8_t *const output = arena.bytes + NETWORK_OUTPUT_0_OFFSET;
  const void *const in[] = {input};
  void *const out[] = {output};
  uint64_t instructions = 0;
  board_start_timer();
  for (size_t i = 0; i < samples; ++i) {
    // What is in the arena before must not matter.
    memset(arena.bytes, 0x5a, sizeof(arena.bytes));
    if (fread(input, 1, NETWORK_INPUT_0_BYTES, inputs_file) !=
            NETWORK_INPUT_0_BYTES ||
        fread(expected, 1, sizeof(expected), outputs_file) != sizeof(expected))
      return 2;
    board_mark_stack();
    board_start_timer();
    if (network_invoke_generic(in, out, arena.bytes) != 0)
      return 2;
    instructions = board_instructions();
    for (size_t j = 0; j < sizeof(expected); ++j)
      different += expected[j] != output[j];
  }
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
