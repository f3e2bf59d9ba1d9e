/*===- run-network.c - Runs a compiled network once ----------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   run-network LIBRARY NAME INPUT... OUTPUT...
 *
 * reads the elements of each input of network NAME from a file and writes those
 * of each output to one, without headers. It needs nothing but the C library,
 * so that it can be built for an emulated processor.
 *
 *===----------------------------------------------------------------------===*/

#include "pare/Runtime/abi.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what, const char *which) {
  fprintf(stderr, "run-network: %s: %s\n", which, what);
  exit(1);
}

static size_t bytes_of(const pare_tensor *tensor) {
  static const size_t sizes[] = {2, 4, 8, 1, 1, 1, 2, 4, 8};
  size_t bytes = sizes[tensor->dtype];
  for (int32_t i = 0; i < tensor->rank; ++i)
    bytes *= (size_t)tensor->shape[i];
  return bytes;
}

static void *find(void *library, const char *name, const char *suffix) {
  char symbol[512];
  if (snprintf(symbol, sizeof symbol, "%s_%s", name, suffix) >= 512)
    fail("the name is too long", name);
  void *address = dlsym(library, symbol);
  if (!address)
    fail("no such symbol", symbol);
  return address;
}

static void *allocate(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, PARE_ARENA_ALIGNMENT, bytes + 1))
    fail("no memory", "arena");
  return memory;
}

int main(int argc, char **argv) {
  if (argc < 3)
    fail("expected LIBRARY NAME INPUT... OUTPUT...", "usage");
  void *library = dlopen(argv[1], RTLD_NOW);
  if (!library)
    fail(dlerror(), argv[1]);
  pare_network_fn describe = (pare_network_fn)find(library, argv[2], "network");
  pare_invoke_fn invoke = (pare_invoke_fn)find(library, argv[2], "invoke");
  const pare_network *network = describe();
  if (network->abi_version != PARE_ABI_VERSION)
    fail("another version of the interface", argv[1]);
  int count = network->num_inputs + network->num_outputs;
  if (argc != 3 + count)
    fail("another number of inputs and outputs", argv[1]);

  void **buffers = allocate((size_t)count * sizeof(void *));
  for (int i = 0; i < count; ++i) {
    int is_input = i < network->num_inputs;
    size_t bytes =
        bytes_of(is_input ? &network->inputs[i]
                          : &network->outputs[i - network->num_inputs]);
    buffers[i] = allocate(bytes);
    if (!is_input)
      continue;
    FILE *file = fopen(argv[3 + i], "rb");
    if (!file || fread(buffers[i], 1, bytes, file) != bytes)
      fail("cannot be read, or is too short", argv[3 + i]);
    fclose(file);
  }
  int code = invoke((const void *const *)buffers,
                    buffers + network->num_inputs,
                    allocate((size_t)network->arena_bytes));
  if (code != 0)
    fail("the network reports an error", argv[1]);
  for (int i = network->num_inputs; i < count; ++i) {
    size_t bytes = bytes_of(&network->outputs[i - network->num_inputs]);
    FILE *file = fopen(argv[3 + i], "wb");
    if (!file || fwrite(buffers[i], 1, bytes, file) != bytes || fclose(file))
      fail("cannot be written", argv[3 + i]);
  }
  return 0;
}
