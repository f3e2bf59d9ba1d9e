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
 *
 * and needs nothing but the C library. C99.
 *
 * NAME_invoke computes one inference. `inputs` and `outputs` hold one pointer
 * to dense row-major elements for each tensor that NAME_network() lists, of any
 * alignment that suits the element type; an output must not overlap anything
 * else. `arena` points to arena_bytes bytes, aligned to PARE_ARENA_ALIGNMENT,
 * whose contents need not be kept between calls. Calls that use different
 * arenas may run at the same time. Returns 0, or PARE_NULL_POINTER.
 *
 *===----------------------------------------------------------------------===*/

#ifndef PARE_RUNTIME_ABI_H
#define PARE_RUNTIME_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a structure below does. */
#define PARE_ABI_VERSION 1
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
  int64_t arena_bytes;
  int64_t weight_bytes;
} pare_network;

typedef int (*pare_invoke_fn)(const void *const *inputs, void *const *outputs,
                              void *arena);
typedef const pare_network *(*pare_network_fn)(void);

#ifdef __cplusplus
}
#endif

#endif /* PARE_RUNTIME_ABI_H */
