#!/usr/bin/env bash
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Pare's main job, on the network that the repository carries.

set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/demo.sh [--preset=release|dev] [--help]

Sets up, builds the driver, and makes examples/digits small: quantizes it to
int8, says what that cost in accuracy and gained in size and time, and leaves
the results in build/demo.
TEXT
}

preset=release
for arg in "$@"; do
  case "$arg" in
    --preset=*) preset=${arg#*=} ;;
    --help | -h) usage; exit 0 ;;
    *) echo "demo.sh: unknown argument '$arg'" >&2; usage >&2; exit 2 ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
. scripts/build.sh
pare_build "$preset" pare

pare=build/$preset/bin/pare
digits=examples/digits
net=$digits/digits.mlir
out=build/demo
rm -rf "$out"
mkdir -p "$out/c"

step() { printf '\n== %s\n' "$*"; }
run() {
  printf '$'
  printf ' %s' "${@/#$pare/pare}"
  printf '\n'
  "$@"
}
# A pixel is its byte divided by 255. Ranges come from the first 128 digits,
# accuracy from the others.
scale=--input-scale=0.00392156862745098
samples=(--inputs="$digits/digits_images.npy"
  --labels="$digits/digits_labels.npy" "$scale" --skip=128)

step "The network as it was trained"
run "$pare" info "$net"

step "Quantize it to int8"
run "$pare" compile "$net" --quantize=int8 \
  --calibrate="$digits/digits_images.npy" "$scale" --calibrate-limit=128 \
  -o "$out/digits_int8.mlir"
run "$pare" info "$out/digits_int8.mlir"

step "What it cost: accuracy before and after"
run "$pare" eval "$net" "${samples[@]}"
run "$pare" eval "$out/digits_int8.mlir" "${samples[@]}" --against="$net"

step "What it gained: time on this machine"
run "$pare" bench "$net"
run "$pare" bench "$out/digits_int8.mlir"

step "A shared library for this machine, C for a microcontroller"
run "$pare" compile "$net" -o "$out/digits.so"
run "$pare" compile "$out/digits_int8.mlir" -o "$out/digits_int8.so"
run "$pare" compile "$out/digits_int8.mlir" --target=c \
  -o "$out/c/digits_int8.c"

step "In $out"
(cd "$out" && find . -type f -printf '%10s  %P\n' | sort -k 2)
