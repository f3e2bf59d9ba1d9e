/*===- abi.h - The C interface of compiled networks -----------------*- C -*-===
 *
 * Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
 * See LICENSE for license information.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 * A shared library made from the network NAME exports
 *
 *   const pare_network *NAME_network(void);
 *   int NAME_invoke(const void *const *inputs, void *const *outputs,
 *                   void *arena);
 *   int NAME_invoke_parallel(const void *const *inputs, void *const *outputs,
 *                            void *arena, const pare_parallel *parallel);
 *
 * and needs nothing but the C library. C99.
 *
 * NAME_invoke computes one inference on the caller's thread. `inputs` and
 * `outputs` hold one pointer to dense row-major elements for each tensor that
 * NAME_network() lists, of any alignment that suits the element type; an output
 * must not overlap anything else. `arena` points to arena_bytes bytes, aligned
 * to PARE_ARENA_ALIGNMENT, whose contents need not be kept between calls. Calls
 * that use different arenas may run at the same time. Returns 0, or
 * PARE_NULL_POINTER.
 *
 * NAME_invoke_parallel does the same on the threads that `parallel` has, or on
 * the caller's for null, with the same results to the bit. The arena has
 * pare_arena_bytes(NAME_network(), workers) bytes.
 *
 *===----------------------------------------------------------------------===*/

#ifndef PARE_RUNTIME_ABI_H
#define PARE_RUNTIME_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a structure or a function below does. */
#define PARE_ABI_VERSION 2
#define PARE_ARENA_ALIGNMENT 64

/* A pointer that was needed is null; nothing was computed. */
#define PARE_NULL_POINTER 1

/* Element types. A bool is one byte that is 0 or 1. */
enum {
  PARE_F16 = 0,
  PARE_F32 = 1,
  PARE_F64 = 2,
  PARE_BOOL = 3,
  PARE_I8 = 4,
  PARE_U8 = 5,
  PARE_I16 = 6,
  PARE_I32 = 7,
  PARE_I64 = 8
};

typedef struct pare_tensor {
  const char *name;
  const int64_t *shape;
  /* real = scales[i] * (stored - zero_points[i]); num_scales is 0 for a tensor
   * that is not quantized, 1, or the size of dimension `axis`. */
  const double *scales;
  const int32_t *zero_points;
  int32_t dtype;
  int32_t rank;
  int32_t num_scales;
  int32_t axis;
  /* The range of stored integers of a quantized tensor. */
  int32_t storage_min;
  int32_t storage_max;
} pare_tensor;

typedef struct pare_network {
  int32_t abi_version;
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t reserved;
  const char *name;
  const pare_tensor *inputs;
  const pare_tensor *outputs;
  /* Bytes of the arena on one thread. */
  int64_t arena_bytes;
  int64_t weight_bytes;
  /* Bytes that the arena has more for each further thread. */
  int64_t scratch_bytes;
  /* The processor that the code is for, as `pare compile --target` names it. In
   * a file for several, the form that this one runs. */
  const char *target;
} pare_network;

/* Bytes of the arena for up to `workers` threads, at least 1. */
static inline int64_t pare_arena_bytes(const pare_network *network,
                                       int64_t workers) {
  return network->arena_bytes + (workers - 1) * network->scratch_bytes;
}

/* Computes the iterations [begin, end) of a layer on the scratch memory of
 * worker number `worker`. */
typedef void (*pare_task_fn)(void *argument, int64_t worker, int64_t begin,
                             int64_t end);

/* A thread pool, as a network sees it. `run` calls `task` with `argument` for
 * ranges that together are [0, count), each iteration once, on any threads and
 * in any order, and returns when all are done and their stores visible. Worker
 * numbers are at least 0 and below the number of workers that the arena is made
 * for; calls of the same number do not overlap in time. A range of fewer than
 * `grain` iterations is not worth a thread of its own. */
typedef struct pare_parallel {
  void *pool;
  void (*run)(void *pool, pare_task_fn task, void *argument, int64_t count,
              int64_t grain);
} pare_parallel;

typedef int (*pare_invoke_fn)(const void *const *inputs, void *const *outputs,
                              void *arena);
typedef int (*pare_invoke_parallel_fn)(const void *const *inputs,
                                       void *const *outputs, void *arena,
                                       const pare_parallel *parallel);
typedef const pare_network *(*pare_network_fn)(void);

#ifdef __cplusplus
}
#endif

#endif /* PARE_RUNTIME_ABI_H */
