#!/bin/sh
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: check-clean.sh SHARED DIRECTORY CLANG NETWORK TARGET...
# The C of a shared network for each target compiles without a warning: as C99
# and as C++17, by gcc, by clang and by the compilers of the target if it is an
# Arm. Where the network has recorded integers, what gcc makes of it as C++, with
# sanitizers, gives them.
set -eu
shared=$1 directory=$2 clang=$3 network=$4
shift 4
here=$(dirname "$0")
golden=$shared/goldens/$network
all="-Wall -Wextra -Wconversion -Werror"
cxx="-x c++ -std=c++17 $all"
mkdir -p "$directory"
for target in "$@"; do
  out=$directory/$network-$target
  pare compile "$shared/models/tflite/$network.tflite" --target="$target" \
    --name=network -o "$out"
  source=$out/network.c
  # shellcheck disable=SC2086 # the options are several words
  {
    gcc -std=c99 -pedantic $all -fsyntax-only "$source"
    "$clang" -std=c99 -pedantic $all -fsyntax-only "$source"
    "$clang" $cxx -fsyntax-only "$source"
    g++ $cxx -fsyntax-only "$source"
    case "$target" in
      cortex-m4) cpu="-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16" ;;
      cortex-m55) cpu="-mcpu=cortex-m55 -mfloat-abi=hard" ;;
      *) cpu="" ;;
    esac
    # As assembly is checked at the end alone, all the way.
    if [ -n "$cpu" ] && command -v arm-none-eabi-gcc > /dev/null; then
      arm="-mthumb $cpu -O2 -c -o $out/network.o"
      arm-none-eabi-gcc -std=c99 -pedantic $all $arm "$source"
      arm-none-eabi-g++ $cxx $arm "$source"
    fi
    case "$network" in
      *_int8)
        sanitize="-O1 -g -fsanitize=undefined,address -fno-sanitize-recover=all"
        gcc -std=c99 $sanitize -I"$out" -c "$here/compare.c" -o "$out/compare.o"
        g++ $cxx $sanitize -c "$source" -o "$out/network.o"
        g++ $sanitize "$out/network.o" "$out/compare.o" -o "$out/run"
        "$out/run" "$golden/input_0.npy" "$golden/output_0.npy" ;;
    esac
  }
  rm -r "$out"
done
