#!/usr/bin/env bash
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Quantizes the network of examples/digits, compiles it to C for a Cortex-M4,
# builds the firmware around it and runs that in qemu-system-arm.
#
# usage: examples/firmware/run.sh [FOLDER]
#
# FOLDER is for what is built (default: build/firmware). PARE names the program
# (default: the one of build/release, or along the PATH).

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
folder=${1:-$root/build/firmware}
digits=$here/../digits
pare=${PARE:-$root/build/release/bin/pare}
[ -x "$pare" ] || pare=$(command -v "$pare" pare | head -n 1)

mkdir -p "$folder"
"$pare" compile "$digits/digits.mlir" --target=cortex-m4 --name=digits \
  --quantize=int8 --calibrate="$digits/digits_images.npy" \
  --calibrate-limit=128 --input-scale=0.00392156862745098 \
  --ram=16K --flash=64K --print-report -o "$folder/digits"
cmake -S "$here" -B "$folder/build" -DNETWORK_DIR="$folder/digits" \
  -DCMAKE_TOOLCHAIN_FILE="$here/arm-none-eabi.cmake" \
  -DCMAKE_BUILD_TYPE=Release >"$folder/cmake.log"
cmake --build "$folder/build" >>"$folder/cmake.log"
arm-none-eabi-size "$folder/build/firmware.elf"
"$here/../boards/board.sh" run mps2-an386 "$folder/build/firmware.elf" \
  "$digits/digits_images.npy" "$digits/digits_labels.npy" 16
