/*===- without.c - A processor that tells of less ------------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * As a library that is loaded before others (LD_PRELOAD), lets CPUID trap in
 * the process and leave out of its answers what the variable WITHOUT names,
 * with commas: `avx512` (and its VNNI), `avxvnni`. Needs a processor that can
 * trap it, `cpuid_fault` in /proc/cpuinfo.
 *
 *===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static int without_avx512, without_avxvnni;

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
  if (leaf == 7 && sub == 0 && without_avx512) {
    b &= ~(1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31);
    c &= ~(1u << 11);
  }
  if (leaf == 7 && sub == 1 && without_avxvnni)
    a &= ~(1u << 4);
  regs[REG_RAX] = a;
  regs[REG_RBX] = b;
  regs[REG_RCX] = c;
  regs[REG_RDX] = d;
  regs[REG_RIP] += 2;
}

__attribute__((constructor)) static void start(void) {
  const char *names = getenv("WITHOUT");
  if (!names)
    return;
  without_avx512 = strstr(names, "avx512") != NULL;
  without_avxvnni = strstr(names, "avxvnni") != NULL;
  struct sigaction action = {0};
  action.sa_sigaction = answer_cpuid;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, NULL);
  if (set_cpuid(0)) {
    fputs("without: CPUID cannot trap\n", stderr);
    exit(1);
  }
}
