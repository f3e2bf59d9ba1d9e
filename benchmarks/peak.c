//===- peak.c - What one core can do in registers -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints, as JSON, the best rate in 1e9 operations a second (a multiplication
// and an addition are two) of the steps that networks consist of, in 256-bit
// vectors without any memory access:
//   fma      vfmadd231ps
//   maddwd   vpmaddwd, vpaddd: 8-bit integers widened to 16 bits, exact
//   maddubsw vpmaddubsw, vpmaddwd, vpaddd: 8-bit integers, may saturate
//   dpbusd   vpdpbusd: bytes unsigned x signed, exact; 0 without AVX-VNNI
//
//===----------------------------------------------------------------------===//

#include <immintrin.h>
#include <stdio.h>
#include <time.h>

enum { kRounds = 30, kSteps = 400000, kSums = 12 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// The sums are independent, so latency does not show. The empty asm hides
// `value` from the compiler, which would compute it once otherwise.
#define HIDE(value) __asm__ volatile("" : "+x"(value))

// Repeats STEP on each sum; `best` becomes the best rate of all rounds.
#define MEASURE(best, type, operations, STEP)                                  \
  do {                                                                         \
    type sums[kSums];                                                          \
    for (int i = 0; i < kSums; ++i)                                            \
      sums[i] = start;                                                         \
    const double begin = now();                                                \
    for (long step = 0; step < kSteps; ++step)                                 \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < kSums; ++i) {     \
        STEP;                                                                  \
        HIDE(sums[i]);                                                         \
      }                                                                        \
    const double rate =                                                        \
        (operations) * (double)kSteps * kSums / (now() - begin) / 1e9;         \
    if (rate > (best))                                                         \
      (best) = rate;                                                           \
  } while (0)

static double measureFMA(void) {
  double best = 0;
  const __m256 start = _mm256_set1_ps(1.0f);
  __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
  HIDE(a);
  HIDE(b);
  for (int round = 0; round < kRounds; ++round)
    MEASURE(best, __m256, 16, sums[i] = _mm256_fmadd_ps(a, b, sums[i]));
  return best;
}

static double measureMaddwd(void) {
  double best = 0;
  const __m256i start = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
  HIDE(b);
  for (int round = 0; round < kRounds; ++round)
    MEASURE(best, __m256i, 32, {
      HIDE(a);
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(a, b));
    });
  return best;
}

static double measureMaddubsw(void) {
  double best = 0;
  const __m256i start = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  __m256i one = _mm256_set1_epi16(1);
  HIDE(b);
  HIDE(one);
  for (int round = 0; round < kRounds; ++round)
    MEASURE(best, __m256i, 64, {
      HIDE(a);
      const __m256i pairs = _mm256_maddubs_epi16(a, b);
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, one));
    });
  return best;
}

__attribute__((target("avxvnni"))) static double measureDpbusd(void) {
  double best = 0;
  const __m256i start = _mm256_setzero_si256();
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  HIDE(a);
  HIDE(b);
  for (int round = 0; round < kRounds; ++round)
    MEASURE(best, __m256i, 64,
            sums[i] = _mm256_dpbusd_avx_epi32(sums[i], a, b));
  return best;
}

// __builtin_cpu_supports of older run times does not know AVX-VNNI.
static int hasAVXVNNI(void) {
  unsigned a = 7, b, c = 1, d;
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return a >> 4 & 1;
}

int main(void) {
  printf("{\"fma\": %.1f, \"maddwd\": %.1f, \"maddubsw\": %.1f, "
         "\"dpbusd\": %.1f}\n",
         measureFMA(), measureMaddwd(), measureMaddubsw(),
         hasAVXVNNI() ? measureDpbusd() : 0.0);
  return 0;
}
