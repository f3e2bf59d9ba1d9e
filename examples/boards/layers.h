//===- layers.h - Looks on while a network runs -------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_EXAMPLES_BOARDS_LAYERS_H
#define PARE_EXAMPLES_BOARDS_LAYERS_H

#include "board.h"

// When each layer of the network began, and when the last one ended.
extern uint64_t layer_starts[];

#define NETWORK_ON_LAYER(i) (layer_starts[i] = board_instructions())

#endif // PARE_EXAMPLES_BOARDS_LAYERS_H
