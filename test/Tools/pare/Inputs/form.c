/*===- form.c - Tells which form of a network runs -----------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   form LIBRARY NAME [plain-avx2]
 *
 * runs network NAME once on zeros and prints the processor that its code is
 * for. With `plain-avx2`, CPUID traps, and the answers tell of no AVX-512 and
 * no VNNI; prints "no trap" where the system has none.
 *
 *===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include "pare/Runtime/abi.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static long set_cpuid(unsigned long enabled) {
  enum { kArchSetCPUID = 0x1012 };
  return syscall(SYS_arch_prctl, kArchSetCPUID, enabled);
}

static void answer_cpuid(int number, siginfo_t *info, void *context) {
  greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *code = (const unsigned char *)regs[REG_RIP];
  (void)info;
  if (code[0] != 0x0f || code[1] != 0xa2) {
    signal(number, SIG_DFL);
    return;
  }
  unsigned leaf = (unsigned)regs[REG_RAX], sub = (unsigned)regs[REG_RCX];
  unsigned a = leaf, b, c = sub, d;
  set_cpuid(1);
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  set_cpuid(0);
  if (leaf == 7 && sub == 0) {
    b &= ~(1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31);
    c &= ~(1u << 11);
  }
  if (leaf == 7 && sub == 1)
    a &= ~(1u << 4);
  regs[REG_RAX] = a;
  regs[REG_RBX] = b;
  regs[REG_RCX] = c;
  regs[REG_RDX] = d;
  regs[REG_RIP] += 2;
}

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
  if (argc == 4) {
    struct sigaction action = {0};
    action.sa_sigaction = answer_cpuid;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, NULL);
    if (set_cpuid(0)) {
      puts("no trap");
      return 0;
    }
  }
  const pare_network *network = describe();
  if (argc == 4)
    set_cpuid(1);
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
