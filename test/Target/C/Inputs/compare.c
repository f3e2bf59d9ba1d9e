//===- compare.c - Runs a network in C on recorded samples ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   compare [-t TOLERANCE] INPUT.npy ... OUTPUT.npy ...
//
// The first axis of each file numbers the samples. Fails if an element of an
// output differs: an integer at all, a float by more than TOLERANCE times the
// greatest magnitude in the file. Inputs, outputs and arena are exactly as
// large as the network's header says, so that a sanitizer sees what leaves
// them. Compiled beside a network called "network", which has one arena or two,
// "fast" and "slow".
//
//===----------------------------------------------------------------------===//

#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct array {
  unsigned char *data;
  size_t bytes, samples;
  int is_float;
} array;

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes ? bytes : 1);
  if (!memory)
    abort();
  return memory;
}

// Version 1.0 of the format: magic, two bytes of version, two of header size.
static array read_npy(const char *path) {
  array result = {0, 0, 0, 0};
  unsigned char start[10];
  FILE *file = fopen(path, "rb");
  if (!file || fread(start, 1, sizeof(start), file) != sizeof(start)) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(2);
  }
  size_t header_size = start[8] + 256u * start[9];
  char *header = allocate(header_size + 1);
  if (fread(header, 1, header_size, file) != header_size)
    exit(2);
  header[header_size] = 0;
  result.is_float = strstr(header, "<f4") != 0;
  const char *shape = strstr(header, "'shape': (");
  if (!shape)
    exit(2);
  result.samples = (size_t)atol(shape + strlen("'shape': ("));
  free(header);
  const long begin = ftell(file);
  fseek(file, 0, SEEK_END);
  result.bytes = (size_t)(ftell(file) - begin);
  fseek(file, begin, SEEK_SET);
  result.data = allocate(result.bytes);
  if (fread(result.data, 1, result.bytes, file) != result.bytes)
    exit(2);
  fclose(file);
  return result;
}

static float float_at(const unsigned char *data, size_t i) {
  float value;
  memcpy(&value, data + i * sizeof(value), sizeof(value));
  return value;
}

// The number of elements that differ.
static size_t differences(const array *expected, size_t sample,
                          const unsigned char *found, double tolerance) {
  const size_t bytes = expected->bytes / expected->samples;
  const unsigned char *data = expected->data + sample * bytes;
  size_t count = 0;
  if (!expected->is_float) {
    for (size_t i = 0; i < bytes; ++i)
      count += data[i] != found[i];
    return count;
  }
  double greatest = 0.0;
  for (size_t i = 0; i < expected->bytes / sizeof(float); ++i)
    greatest = fmax(greatest, fabs((double)float_at(expected->data, i)));
  for (size_t i = 0; i < bytes / sizeof(float); ++i) {
    const double error =
        fabs((double)float_at(data, i) - (double)float_at(found, i));
    if (!(error <= tolerance * greatest)) {
      if (count++ == 0)
        fprintf(stderr, "sample %zu, element %zu: expected %.9g, found %.9g\n",
                sample, i, (double)float_at(data, i),
                (double)float_at(found, i));
    }
  }
  return count;
}

int main(int argc, char **argv) {
  double tolerance = 0.0;
  if (argc > 2 && strcmp(argv[1], "-t") == 0) {
    tolerance = atof(argv[2]);
    argv += 2;
    argc -= 2;
  }
  if (argc != 1 + NETWORK_NUM_INPUTS + NETWORK_NUM_OUTPUTS)
    return 2;
  array arrays[NETWORK_NUM_INPUTS + NETWORK_NUM_OUTPUTS];
  void *memory[NETWORK_NUM_INPUTS + NETWORK_NUM_OUTPUTS];
  const void *inputs[NETWORK_NUM_INPUTS];
  for (int i = 0; i < argc - 1; ++i) {
    arrays[i] = read_npy(argv[i + 1]);
    memory[i] = allocate(arrays[i].bytes / arrays[i].samples);
    if (i < NETWORK_NUM_INPUTS)
      inputs[i] = memory[i];
  }
  void *const *outputs = memory + NETWORK_NUM_INPUTS;
  // What is in an arena before must not matter.
#ifdef NETWORK_NUM_ARENAS
  network_arenas arenas;
  arenas.fast = memset(allocate(NETWORK_ARENA_FAST_BYTES), 0x5a,
                       NETWORK_ARENA_FAST_BYTES);
  arenas.slow = memset(allocate(NETWORK_ARENA_SLOW_BYTES), 0x5a,
                       NETWORK_ARENA_SLOW_BYTES);
  void *const arena = &arenas;
#else
  void *arena = allocate(NETWORK_ARENA_BYTES);
  memset(arena, 0x5a, NETWORK_ARENA_BYTES);
#endif
  size_t different = 0;
  for (size_t sample = 0; sample < arrays[0].samples; ++sample) {
    for (int i = 0; i < NETWORK_NUM_INPUTS; ++i) {
      const size_t bytes = arrays[i].bytes / arrays[i].samples;
      memcpy(memory[i], arrays[i].data + sample * bytes, bytes);
    }
    if (network_invoke_generic(inputs, outputs, arena) != 0)
      return 2;
    for (int i = 0; i < NETWORK_NUM_OUTPUTS; ++i)
      different += differences(&arrays[NETWORK_NUM_INPUTS + i], sample,
                               outputs[i], tolerance);
#if defined(NETWORK_INPUT_0_OFFSET)
    // The same with the first input and output in the arena.
    const void *in[NETWORK_NUM_INPUTS];
    void *out[NETWORK_NUM_OUTPUTS];
    memcpy(in, inputs, sizeof(in));
    memcpy(out, outputs, sizeof(out));
#ifdef NETWORK_NUM_ARENAS
    char *const in_at = arenas.NETWORK_INPUT_0_ARENA;
    char *const out_at = arenas.NETWORK_OUTPUT_0_ARENA;
#else
    char *const in_at = arena, *const out_at = arena;
#endif
    in[0] = memcpy(in_at + NETWORK_INPUT_0_OFFSET, inputs[0],
                   NETWORK_INPUT_0_BYTES);
    out[0] = out_at + NETWORK_OUTPUT_0_OFFSET;
    if (network_invoke_generic(in, out, arena) != 0)
      return 2;
    for (int i = 0; i < NETWORK_NUM_OUTPUTS; ++i)
      different += differences(&arrays[NETWORK_NUM_INPUTS + i], sample, out[i],
                               tolerance);
#endif
  }
  printf("%zu samples, %zu elements differ\n", arrays[0].samples, different);
  for (int i = 0; i < argc - 1; ++i) {
    free(arrays[i].data);
    free(memory[i]);
  }
#ifdef NETWORK_NUM_ARENAS
  free(arenas.fast);
  free(arenas.slow);
#else
  free(arena);
#endif
  return different != 0;
}
