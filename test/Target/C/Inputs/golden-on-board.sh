#!/bin/sh
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: golden-on-board.sh BOARDS TARGET SHARED NETWORK DIRECTORY OPTION...
# Compiles a network for a microcontroller, runs it on the emulated board that
# has one, on its recorded inputs, which lie in the arena, and prints what that
# took. Fails if an element of the outputs differs. BOARDS is examples/boards.
set -eu
boards=$1 target=$2 shared=$3 network=$4 directory=$5
shift 5
case "$target" in
  cortex-m55) board=mps3-an547 ;;
  *) board=mps2-an386 ;;
esac
golden=$shared/goldens/$network
rm -rf "$directory"
pare compile "$shared/models/tflite/$network.tflite" --target="$target" \
  --name=network "$@" -o "$directory"
"$boards/board.sh" build "$board" "$directory/run.elf" -w -I"$directory" \
  "$directory/network.c" "$boards/measure.c"
"$boards/board.sh" run "$board" "$directory/run.elf" "$golden/input_0.npy" \
  "$golden/output_0.npy"
rm -rf "$directory"
