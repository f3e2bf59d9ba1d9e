/*===- form.c - Tells which form of a network runs -----------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   form LIBRARY NAME
 *
 * runs network NAME once on zeros and prints the processor that its code is
 * for.
 *
 *===----------------------------------------------------------------------===*/

#include "pare/Runtime/abi.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, PARE_ARENA_ALIGNMENT, bytes + 1))
    exit(1);
  memset(memory, 0, bytes);
  return memory;
}

static void *zeros(const pare_tensor *tensor) {
  size_t bytes = 8;
  for (int32_t i = 0; i < tensor->rank; ++i)
    bytes *= (size_t)tensor->shape[i];
  return allocate(bytes);
}

int main(int argc, char **argv) {
  char symbol[256];
  void *library = argc < 3 ? NULL : dlopen(argv[1], RTLD_NOW);
  if (!library)
    return 1;
  snprintf(symbol, sizeof symbol, "%s_network", argv[2]);
  pare_network_fn describe = (pare_network_fn)dlsym(library, symbol);
  snprintf(symbol, sizeof symbol, "%s_invoke", argv[2]);
  pare_invoke_fn invoke = (pare_invoke_fn)dlsym(library, symbol);
  const pare_network *network = describe();
  const void *inputs[4];
  void *outputs[4];
  for (int32_t i = 0; i < network->num_inputs; ++i)
    inputs[i] = zeros(&network->inputs[i]);
  for (int32_t i = 0; i < network->num_outputs; ++i)
    outputs[i] = zeros(&network->outputs[i]);
  if (invoke(inputs, outputs, allocate((size_t)network->arena_bytes)))
    return 1;
  puts(network->target);
  return 0;
}
