#!/bin/sh
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: golden-in-regions.sh INPUTS SHARED NETWORK DIRECTORY OPTION...
# Compiles a network with the options, whose memories are one, or "fast" and
# "slow", and runs it under the sanitizers on its recorded inputs. INPUTS is this
# folder. Fails if an element of the outputs differs.
set -eu
inputs=$1 shared=$2 network=$3 directory=$4
shift 4
golden=$shared/goldens/$network
rm -rf "$directory"
pare compile "$shared/models/tflite/$network.tflite" --name=network "$@" \
  -o "$directory"
gcc -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -O1 \
  -fsanitize=undefined,address -fno-sanitize-recover=all -I"$directory" \
  "$directory/network.c" "$inputs/compare.c" -o "$directory/run" -lm
"$directory/run" "$golden/input_0.npy" "$golden/output_0.npy"
rm -rf "$directory"
