//===- onnxruntime.c - Times a network in ONNX Runtime --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: onnxruntime LIBRARY NET.onnx INPUT OUTPUT RUNS best|avx2
//                    INPUT_DIMS OUTPUT_NAME OUTPUT_DIMS [PROFILE]
//
// INPUT and OUTPUT are files of little-endian floats; dimensions are written as
// 1x3x224x224. Prints the times of RUNS runs in microseconds as a JSON list.
// One thread, all graph optimizations. The input tensor stays; what is timed is
// the call of Run of the C interface, so no interpreter of another language is
// timed with it. ONNX Runtime's own times of each node, whole microseconds, go
// to PROFILE as JSON, those of the runs to warm up first.
//
// With `avx2`, ONNX Runtime is shown a processor without AVX-512, VNNI and AMX:
// Linux lets a process ask that CPUID traps, and the handler answers with these
// features masked. So code for AVX2 is compared with code for AVX2 even on a
// newer machine.
//
// The library is opened at run time, because its package has no C header. Its
// interface is one table of functions whose order never changes; the places and
// arguments used here are those of the public documentation of OrtApi.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// Places of functions in the table.
enum {
  kGetErrorMessage = 2,
  kCreateEnv = 3,
  kCreateSession = 7,
  kRun = 9,
  kCreateSessionOptions = 10,
  kEnableProfiling = 14,
  kSetGraphOptimizationLevel = 23,
  kSetIntraOpNumThreads = 24,
  kSetInterOpNumThreads = 25,
  kSessionGetInputName = 36,
  kCreateTensorWithData = 49,
  kGetTensorMutableData = 51,
  kCreateCpuMemoryInfo = 69,
  kGetAllocatorWithDefaultOptions = 78,
  kSessionEndProfiling = 110
};
enum { kVersion = 16, kLogErrors = 3, kAllOptimizations = 99, kFloat = 1 };
enum { kArenaAllocator = 1, kDefaultMemory = 0, kWarmUps = 5, kMaxDims = 8 };

typedef void *Handle;
typedef Handle Status;
typedef struct {
  const void *(*getApi)(uint32_t version);
  const char *(*getVersion)(void);
} ApiBase;

static void *const *api;
// The function at a place, as one of the given arguments.
#define CALL(place, ...) ((Status (*)(__VA_ARGS__))api[place])

static void fail(const char *what) {
  fprintf(stderr, "onnxruntime: %s\n", what);
  exit(1);
}

static void check(Status status) {
  if (status)
    fail(((const char *(*)(Handle))api[kGetErrorMessage])(status));
}

//===----------------------------------------------------------------------===//
// A processor without AVX-512
//===----------------------------------------------------------------------===//

static int setCPUID(unsigned long enabled) {
  enum { kArchSetCPUID = 0x1012 };
  return (int)syscall(SYS_arch_prctl, kArchSetCPUID, enabled);
}

static void answerCPUID(int signal, siginfo_t *info, void *context) {
  (void)info;
  greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *code = (const unsigned char *)regs[REG_RIP];
  if (code[0] != 0x0f || code[1] != 0xa2) {
    // A real fault: let it end the process.
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(signal, &plain, NULL);
    return;
  }
  const unsigned leaf = (unsigned)regs[REG_RAX], sub = (unsigned)regs[REG_RCX];
  unsigned a = leaf, b, c = sub, d;
  setCPUID(1);
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  setCPUID(0);
  if (leaf == 7 && sub == 0) {
    // AVX-512 F, DQ, IFMA, PF, ER, CD, BW, VL.
    b &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 |
           1u << 30 | 1u << 31);
    // AVX-512 VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ.
    c &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);
    // AVX-512 4VNNIW, 4FMAPS, VP2INTERSECT, FP16; AMX BF16, tile, INT8.
    d &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 |
           1u << 25);
  } else if (leaf == 7 && sub == 1) {
    // AVX-VNNI, AVX-512 BF16, AMX FP16, AVX-IFMA; AVX-VNNI-INT8, AVX10.
    a &= ~(1u << 4 | 1u << 5 | 1u << 21 | 1u << 23);
    d &= ~(1u << 4 | 1u << 5 | 1u << 8 | 1u << 10 | 1u << 19);
  }
  regs[REG_RAX] = a;
  regs[REG_RBX] = b;
  regs[REG_RCX] = c;
  regs[REG_RDX] = d;
  regs[REG_RIP] += 2;
}

static void hideAVX512(void) {
  struct sigaction action = {.sa_sigaction = answerCPUID,
                             .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (sigaction(SIGSEGV, &action, NULL) != 0 || setCPUID(0) != 0)
    fail("this machine cannot trap CPUID");
}

//===----------------------------------------------------------------------===//
// Measurement
//===----------------------------------------------------------------------===//

static size_t parseDims(const char *text, int64_t *dims, size_t *rank) {
  size_t count = 1;
  for (*rank = 0; *text && *rank < kMaxDims; text += *text == 'x') {
    char *end;
    dims[*rank] = strtoll(text, &end, 10);
    if (end == text || dims[*rank] <= 0)
      fail("expected dimensions such as 1x3x224x224");
    count *= (size_t)dims[(*rank)++];
    text = end;
  }
  return count;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e6 * (double)time.tv_sec + 1e-3 * (double)time.tv_nsec;
}

// `profile`: where to write times of nodes; null for nowhere.
static Handle openSession(const char *network, const char *profile) {
  Handle env, options, session;
  check(
      CALL(kCreateEnv, int, const char *, Handle *)(kLogErrors, "pare", &env));
  check(CALL(kCreateSessionOptions, Handle *)(&options));
  check(CALL(kSetGraphOptimizationLevel, Handle, int)(options,
                                                      kAllOptimizations));
  check(CALL(kSetIntraOpNumThreads, Handle, int)(options, 1));
  check(CALL(kSetInterOpNumThreads, Handle, int)(options, 1));
  if (profile)
    check(CALL(kEnableProfiling, Handle, const char *)(options, profile));
  check(CALL(kCreateSession, Handle, const char *, Handle,
             Handle *)(env, network, options, &session));
  return session;
}

static Handle makeInput(float *data, const char *shape) {
  int64_t dims[kMaxDims];
  size_t rank;
  const size_t count = parseDims(shape, dims, &rank);
  Handle memory, value;
  check(CALL(kCreateCpuMemoryInfo, int, int,
             Handle *)(kArenaAllocator, kDefaultMemory, &memory));
  check(CALL(kCreateTensorWithData, Handle, void *, size_t, const int64_t *,
             size_t, int, Handle *)(memory, data, count * sizeof(float), dims,
                                    rank, kFloat, &value));
  return value;
}

static float *readInput(const char *path, const char *shape) {
  int64_t dims[kMaxDims];
  size_t rank;
  const size_t count = parseDims(shape, dims, &rank);
  float *data = malloc(count * sizeof(float));
  FILE *file = fopen(path, "rb");
  if (!data || !file || fread(data, sizeof(float), count, file) != count)
    fail("cannot read the input");
  fclose(file);
  return data;
}

int main(int argc, char **argv) {
  if (argc != 10 && argc != 11)
    fail("expected 9 or 10 arguments");
  const char *library = argv[1], *network = argv[2], *shape = argv[7];
  const char *profile = argc > 10 ? argv[10] : NULL;
  const long runs = atol(argv[5]);
  if (strcmp(argv[6], "avx2") == 0)
    hideAVX512();
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    fail(dlerror());
  const ApiBase *(*getBase)(void) =
      (const ApiBase *(*)(void))dlsym(handle, "OrtGetApiBase");
  api = getBase ? (void *const *)getBase()->getApi(kVersion) : NULL;
  if (!api)
    fail("the library has no C interface of a known version");

  Handle session = openSession(network, profile);
  float *data = readInput(argv[3], shape);
  Handle input = makeInput(data, shape);
  Handle allocator;
  char *inputName;
  check(CALL(kGetAllocatorWithDefaultOptions, Handle *)(&allocator));
  check(CALL(kSessionGetInputName, Handle, size_t, Handle,
             char **)(session, 0, allocator, &inputName));

  // The output is kept too, so no run allocates it anew.
  int64_t outputDims[kMaxDims];
  size_t outputRank;
  const size_t outputSize = parseDims(argv[9], outputDims, &outputRank);
  float *results = calloc(outputSize, sizeof(float));
  Handle output = makeInput(results, argv[9]);
  const char *inputNames[] = {inputName}, *outputNames[] = {argv[8]};
  Handle inputs[] = {input};

  printf("[");
  for (long i = -kWarmUps; i < runs; ++i) {
    const double begin = now();
    Status status = CALL(kRun, Handle, Handle, const char *const *,
                         const Handle *, size_t, const char *const *, size_t,
                         Handle *)(session, NULL, inputNames, inputs, 1,
                                   outputNames, 1, &output);
    const double time = now() - begin;
    check(status);
    if (i >= 0)
      printf("%s%.3f", i ? ", " : "", time);
  }
  printf("]\n");
  if (profile) {
    // The time stands in the name that it chooses.
    char *written;
    check(CALL(kSessionEndProfiling, Handle, Handle,
               char **)(session, allocator, &written));
    if (rename(written, profile) != 0)
      fail("cannot write the profile");
  }

  FILE *file = fopen(argv[4], "wb");
  if (!file || fwrite(results, sizeof(float), outputSize, file) != outputSize ||
      fclose(file) != 0)
    fail("cannot write the output");
  // Threads of the library may still run; there is nothing to clean up.
  fflush(stdout);
  _exit(0);
}
