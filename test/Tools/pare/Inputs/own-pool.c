/*===- own-pool.c - A network on a pool of the caller's ------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Linked with the network `net`. The pool has no threads, but uses all freedom
 * that it has: ranges of changing length from the last to the first, workers by
 * turns, and stale scratch memory. Results must be those of one thread, to the
 * bit. Valid as C99 and as C++.
 *
 *===----------------------------------------------------------------------===*/

#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kWorkers = 3 };

typedef struct {
  unsigned random;
  int64_t ranges, layers;
} pool_state;

static int64_t draw(pool_state *state, int64_t below) {
  state->random = state->random * 1103515245u + 12345u;
  return (int64_t)((state->random >> 8) % (unsigned)below);
}

static void run(void *pool, pare_task_fn task, void *argument, int64_t count,
                int64_t grain) {
  pool_state *state = (pool_state *)pool;
  int64_t end = count;
  if (grain < 1 || grain > count)
    exit(1);
  ++state->layers;
  while (end > 0) {
    int64_t begin = end - 1 - draw(state, end);
    task(argument, draw(state, kWorkers), begin, end);
    ++state->ranges;
    end = begin;
  }
}

static size_t count_of(const pare_tensor *tensor) {
  size_t count = 1;
  for (int32_t i = 0; i < tensor->rank; ++i)
    count *= (size_t)tensor->shape[i];
  return count;
}

static void *allocate(size_t bytes) {
  const size_t alignment = PARE_ARENA_ALIGNMENT;
  char *memory = (char *)malloc(bytes + alignment);
  if (!memory)
    exit(1);
  memset(memory, 0xa5, bytes + alignment);
  return memory + alignment - (size_t)memory % alignment;
}

int main(void) {
  const pare_network *network = net_network();
  const size_t inputs = count_of(&network->inputs[0]);
  const size_t bytes = count_of(&network->outputs[0]) * sizeof(float);
  float *input = (float *)allocate(inputs * sizeof(float));
  void *expected = allocate(bytes), *found = allocate(bytes);
  const void *in = input;
  void *arena = allocate((size_t)pare_arena_bytes(network, kWorkers));
  pool_state state = {1, 0, 0};
  pare_parallel parallel;
  parallel.pool = &state;
  parallel.run = run;
  if (network->abi_version != PARE_ABI_VERSION ||
      pare_arena_bytes(network, kWorkers) !=
          NET_ARENA_BYTES + (kWorkers - 1) * NET_SCRATCH_BYTES)
    return 1;
  for (size_t i = 0; i < inputs; ++i)
    input[i] = (float)draw(&state, 1000) / 1000.0f;
  if (net_invoke(&in, &expected, arena))
    return 1;
  for (int i = 0; i < 100; ++i) {
    memset(found, 0, bytes);
    if (net_invoke_parallel(&in, &found, arena, &parallel) ||
        memcmp(expected, found, bytes))
      return 1;
  }
  if (net_invoke_parallel(&in, &found, NULL, &parallel) != PARE_NULL_POINTER ||
      net_invoke_parallel(&in, &found, arena, NULL) ||
      memcmp(expected, found, bytes))
    return 1;
  printf("%s: %d layers shared, %s\n", network->name, (int)(state.layers / 100),
         state.ranges > state.layers ? "in parts" : "whole");
  return 0;
}
