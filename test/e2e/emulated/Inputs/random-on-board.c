//===- random-on-board.c - Many networks in one program -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both sides of board-cc.sh. On the board: NETWORK INPUTS OUTPUTS runs the
// network of that number on the bytes of one file and writes another one. With
// -DHOST, a library in which each network is a function that has the board run
// it.
//
//===----------------------------------------------------------------------===//

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"

enum { MAX_PORTS = 8 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#ifdef HOST

static int run_on_board(const char *network, const size_t *in, size_t num_in,
                        const size_t *out, size_t num_out,
                        const void *const *inputs, void *const *outputs) {
  char command[4096];
  FILE *file = fopen(FOLDER "/in", "wb");
  if (!file)
    return 1;
  for (size_t i = 0; i < num_in; ++i)
    fwrite(inputs[i], 1, in[i], file);
  fclose(file);
  remove(FOLDER "/out");
  snprintf(command, sizeof(command), "%s %s %s %s %s", RUN, FOLDER "/run.elf",
           network, FOLDER "/in", FOLDER "/out");
  if (system(command) != 0 || !(file = fopen(FOLDER "/out", "rb")))
    return 1;
  for (size_t i = 0; i < num_out; ++i)
    if (fread(outputs[i], 1, out[i], file) != out[i])
      return 1;
  return fclose(file);
}

#define X(name)                                                                \
  int name##_invoke_generic(const void *const *inputs, void *const *outputs,   \
                            void *arena) {                                     \
    (void)arena;                                                               \
    return run_on_board(#name, name##_INPUT, COUNT(name##_INPUT),              \
                        name##_OUTPUT, COUNT(name##_OUTPUT), inputs, outputs); \
  }
NETWORKS
#undef X

#else

static union {
  uint64_t alignment;
#define X(name) uint8_t name[name##_arena + 1];
  NETWORKS
#undef X
} arena;

// Moves on to the next multiple of eight bytes.
static uint8_t *take(uint8_t **memory, size_t bytes) {
  uint8_t *const taken = *memory;
  *memory += (bytes + 7) / 8 * 8;
  return taken;
}

int main(int argc, char **argv) {
  static uint64_t room[1 << 15];
  uint8_t *memory = (uint8_t *)room;
  const void *inputs[MAX_PORTS];
  void *outputs[MAX_PORTS];
  if (argc < 4)
    return 2;
  FILE *const in = fopen(argv[2], "rb"), *const out = fopen(argv[3], "wb");
  if (!in || !out)
    return 2;
  // What is in the arena before must not matter.
  memset(&arena, 0x5a, sizeof(arena));
#define X(name)                                                                \
  if (strcmp(argv[1], #name) == 0) {                                           \
    for (size_t i = 0; i < COUNT(name##_INPUT); ++i) {                         \
      uint8_t *const to = take(&memory, name##_INPUT[i]);                      \
      if (fread(to, 1, name##_INPUT[i], in) != name##_INPUT[i])                \
        return 2;                                                              \
      inputs[i] = to;                                                          \
    }                                                                          \
    for (size_t i = 0; i < COUNT(name##_OUTPUT); ++i)                          \
      outputs[i] = take(&memory, name##_OUTPUT[i]);                            \
    uint8_t *left = (uint8_t *)&arena;                                         \
    void *arenas[MAX_PORTS];                                                   \
    for (size_t i = 0; i < COUNT(name##_ARENA); ++i)                           \
      arenas[i] = take(&left, name##_ARENA[i]);                                \
    void *const all = name##_several ? (void *)arenas : (void *)&arena;        \
    if (name##_invoke_generic(inputs, outputs, all) != 0)                      \
      return 2;                                                                \
    for (size_t i = 0; i < COUNT(name##_OUTPUT); ++i)                          \
      fwrite(outputs[i], 1, name##_OUTPUT[i], out);                            \
    return fclose(out);                                                        \
  }
  NETWORKS
#undef X
  return 2;
}

#endif
