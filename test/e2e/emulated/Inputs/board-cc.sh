#!/bin/sh
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A C compiler for pare-random-networks --cc, in name: board-cc.sh -o LIBRARY
# NETWORK.c... makes one program of the networks for the board $BOARD, and the
# library runs it on the emulator: whoever calls a network in the library gets
# what the board computed. $BOARDS is examples/boards.
set -eu
here=$(dirname "$0")
sources=
while [ $# -gt 0 ]; do
  case "$1" in
    -o) library=$2; shift ;;
    *.c) sources="$sources $1" ;;
  esac
  shift
done
folder=$library.board
rm -rf "$folder"
mkdir -p "$folder"

# The networks, for both sides.
calls=
for source in $sources; do
  name=$(basename "$source" .c)
  header=${source%.c}.h
  {
    echo "#include \"$header\""
    for kind in INPUT OUTPUT; do
      # "    RANDOM_1_INPUT_0_BYTES, ..."
      sizes=$(sed -n "s/^#define \([A-Z0-9_]*_${kind}_[0-9]*_BYTES\) .*/\1,/p" \
        "$header" | tr '\n' ' ')
      echo "static const size_t ${name}_${kind}[] = {$sizes};"
    done
    # One arena, or those of several memories.
    sizes=$(sed -n \
      's/^#define \([A-Z0-9_]*_ARENA_\(FAST_\|SLOW_\|\)BYTES\) .*/\1/p' "$header")
    several=0
    ! grep -q "_NUM_ARENAS" "$header" || several=1
    # shellcheck disable=SC2086 # names without blanks
    {
      echo "static const size_t ${name}_ARENA[] = {$(printf '%s, ' $sizes)};"
      echo "enum { ${name}_arena = $(printf '(%s + 8) + ' $sizes) 0 };"
    }
    echo "enum { ${name}_several = $several };"
  } >> "$folder/networks.h"
  calls="$calls X($name)"
done
echo "#define NETWORKS$calls" >> "$folder/networks.h"

# shellcheck disable=SC2086 # names without blanks
"$BOARDS/board.sh" build "$BOARD" "$folder/run.elf" -Werror -I"$folder" \
  "$here/random-on-board.c" $sources
gcc -std=c99 -D_POSIX_C_SOURCE=200809L -DHOST -fPIC -shared -I"$folder" \
  -DFOLDER="\"$folder\"" -DRUN="\"$BOARDS/board.sh run $BOARD\"" \
  "$here/random-on-board.c" -o "$library"
