/*===- choice.c - Which form of a network a processor would run ----*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * Linked with the assembly of a network `net` whose CPUID and XGETBV
 * instructions are calls of fake_cpuid and fake_xgetbv instead. Prints, for
 * each processor and system of a table, the form that is chosen there. A form
 * is not run. What a processor does not have must not be asked: leaves beyond
 * the last are an error, and so is XGETBV without a system that allows it.
 *
 *===----------------------------------------------------------------------===*/

#include "pare/Runtime/abi.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

const pare_network *net_network(void);

enum {
  /* Leaf 1, ECX. */
  kSSE3 = 1 << 0,
  kSSSE3 = 1 << 9,
  kFMA = 1 << 12,
  kCX16 = 1 << 13,
  kSSE41 = 1 << 19,
  kSSE42 = 1 << 20,
  kMOVBE = 1 << 22,
  kPOPCNT = 1 << 23,
  kOSXSAVE = 1 << 27,
  kAVX = 1 << 28,
  kF16C = 1 << 29,
  kFirst = kSSE3 | kSSSE3 | kCX16 | kSSE41 | kSSE42 | kPOPCNT,
  kSecond = kFirst | kFMA | kMOVBE | kAVX | kF16C,
  /* Leaf 7, EBX and ECX; leaf 7.1, EAX. */
  kAVX2 = 1 << 3 | 1 << 5 | 1 << 8,
  kAVX512 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30,
  kAVX512VNNI = 1 << 11,
  kAVXVNNI = 1 << 4,
  /* Leaf 0x80000001, ECX: LAHF, LZCNT. */
  kLAHF = 1 << 0,
  kLZCNT = 1 << 5,
  /* XCR0: x87 and SSE, AVX, three parts of AVX-512. */
  kSSEState = 3,
  kAVXState = kSSEState | 1 << 2,
  kAVX512State = kAVXState | 7 << 5
};
#define kAVX512VL (1u << 31)

typedef struct {
  const char *name;
  uint32_t last_leaf, leaf1_c, leaf7_b, leaf7_c, last_sub, leaf71_a;
  uint32_t last_extended, extended_c, xcr0;
} processor;

#define EXTENDED 0x80000008u, kLAHF | kLZCNT

static const processor kProcessors[] = {
    {"Core2", 10, kSSE3 | kSSSE3 | kCX16, 0, 0, 0, 0, 0x80000008u, kLAHF, 0},
    {"NoExtendedLeaves", 13, kSecond | kOSXSAVE, kAVX2, 0, 0, 0, 0x80000000u, 0,
     kAVXState},
    {"FewLeaves", 4, kSecond | kOSXSAVE, 0, 0, 0, 0, EXTENDED, kAVXState},
    {"Nehalem", 11, kFirst, 0, 0, 0, 0, 0x80000008u, kLAHF, 0},
    {"SandyBridge", 13, kFirst | kAVX | kOSXSAVE, 0, 0, 0, 0, 0x80000008u,
     kLAHF, kAVXState},
    {"Haswell", 13, kSecond | kOSXSAVE, kAVX2, 0, 0, 0, EXTENDED, kAVXState},
    {"HaswellNoXSAVE", 13, kSecond, kAVX2, 0, 0, 0, EXTENDED, kAVXState},
    {"HaswellSSEOnly", 13, kSecond | kOSXSAVE, kAVX2, 0, 0, 0, EXTENDED,
     kSSEState},
    {"AlderLake", 32, kSecond | kOSXSAVE, kAVX2, 0, 1, kAVXVNNI, EXTENDED,
     kAVXState},
    {"AlderLakeSSEOnly", 32, kSecond | kOSXSAVE, kAVX2, 0, 1, kAVXVNNI,
     EXTENDED, kSSEState},
    {"Skylake512", 22, kSecond | kOSXSAVE, kAVX2 | kAVX512 | kAVX512VL, 0, 0, 0,
     EXTENDED, kAVX512State},
    {"KnightsMill", 13, kSecond | kOSXSAVE, kAVX2 | 1 << 16 | 1 << 28,
     kAVX512VNNI, 0, 0, EXTENDED, kAVX512State},
    {"CascadeLake", 22, kSecond | kOSXSAVE, kAVX2 | kAVX512 | kAVX512VL,
     kAVX512VNNI, 0, 0, EXTENDED, kAVX512State},
    {"CascadeLakeNoZMM", 22, kSecond | kOSXSAVE, kAVX2 | kAVX512 | kAVX512VL,
     kAVX512VNNI, 0, 0, EXTENDED, kAVXState},
    {"SapphireRapids", 32, kSecond | kOSXSAVE, kAVX2 | kAVX512 | kAVX512VL,
     kAVX512VNNI, 1, kAVXVNNI, EXTENDED, kAVX512State},
    {"SapphireRapidsNoZMM", 32, kSecond | kOSXSAVE, kAVX2 | kAVX512 | kAVX512VL,
     kAVX512VNNI, 1, kAVXVNNI, EXTENDED, kAVXState}};

static const processor *current;

static void fail(const char *what, uint32_t leaf, uint32_t sub) {
  fprintf(stderr, "%s: %s %x.%x\n", current->name, what, leaf, sub);
  exit(1);
}

/* EAX, EBX, ECX and EDX of the last answer. */
uint32_t fake_answer[4];

void fake_cpuid_answer(uint32_t leaf, uint32_t sub) {
  uint32_t *answer = fake_answer;
  for (int i = 0; i < 4; ++i)
    answer[i] = 0;
  if (leaf & 0x80000000u) {
    if (leaf > current->last_extended && leaf != 0x80000000u)
      fail("no such leaf", leaf, sub);
    answer[0] = leaf == 0x80000000u ? current->last_extended : 0;
    answer[2] = leaf == 0x80000001u ? current->extended_c : 0;
    return;
  }
  if (leaf > current->last_leaf || (leaf == 7 && sub > current->last_sub))
    fail("no such leaf", leaf, sub);
  if (leaf == 0)
    answer[0] = current->last_leaf;
  if (leaf == 1)
    answer[2] = current->leaf1_c;
  if (leaf == 7 && sub == 0) {
    answer[0] = current->last_sub;
    answer[1] = current->leaf7_b;
    answer[2] = current->leaf7_c;
  }
  if (leaf == 7 && sub == 1)
    answer[0] = current->leaf71_a;
}

void fake_xgetbv_answer(uint32_t number) {
  if (number != 0 || !(current->leaf1_c & kOSXSAVE))
    fail("no XGETBV", number, 0);
  fake_answer[0] = current->xcr0;
  fake_answer[3] = 0;
}

/* As the instructions, these change no register but those of the answer. */
#define SAVE                                                                   \
  "  pushq %rbp\n  movq %rsp, %rbp\n  pushq %rsi\n  pushq %rdi\n"              \
  "  pushq %r8\n  pushq %r9\n  pushq %r10\n  pushq %r11\n"                     \
  "  andq $-16, %rsp\n"
#define RESTORE                                                                \
  "  leaq -48(%rbp), %rsp\n  popq %r11\n  popq %r10\n  popq %r9\n"             \
  "  popq %r8\n  popq %rdi\n  popq %rsi\n  popq %rbp\n  ret\n"
__asm__(".text\n.globl fake_cpuid\nfake_cpuid:\n" SAVE
        "  movl %eax, %edi\n  movl %ecx, %esi\n  call fake_cpuid_answer\n"
        "  movl fake_answer(%rip), %eax\n  movl fake_answer+4(%rip), %ebx\n"
        "  movl fake_answer+8(%rip), %ecx\n  movl fake_answer+12(%rip), "
        "%edx\n" RESTORE ".globl fake_xgetbv\nfake_xgetbv:\n" SAVE
        "  pushq %rcx\n  pushq %rcx\n  movl %ecx, %edi\n"
        "  call fake_xgetbv_answer\n  popq %rcx\n  popq %rcx\n"
        "  movl fake_answer(%rip), %eax\n  movl fake_answer+12(%rip), "
        "%edx\n" RESTORE);

int main(void) {
  /* The first answer is remembered, so each processor has a process. */
  for (size_t i = 0; i < sizeof kProcessors / sizeof *kProcessors; ++i) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      current = &kProcessors[i];
      printf("%s: %s\n", current->name, net_network()->target);
      return 0;
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
      return 1;
  }
  return 0;
}
