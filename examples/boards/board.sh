#!/bin/sh
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds programs for the emulated boards and runs them.
#
#   board.sh flags BOARD                       prints the compiler's options
#   board.sh build BOARD PROGRAM.elf ARGUMENT...  sources and further options
#   board.sh run BOARD PROGRAM.elf ARGUMENT...    what main gets
#
# BOARD is mps2-an386 (a Cortex-M4) or mps3-an547 (a Cortex-M55). BOARD_SECONDS
# limits a run (300).
set -eu

usage() {
  sed -n 's/^# \{0,1\}//;7,9p' "$0" >&2
  exit 2
}

[ $# -ge 2 ] || usage
command=$1 board=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
case "$board" in
  mps2-an386)
    cpu="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
    define=BOARD_MPS2_AN386 ;;
  mps3-an547)
    cpu="-mcpu=cortex-m55 -mthumb -mfloat-abi=hard"
    define=BOARD_MPS3_AN547 ;;
  *) echo "board.sh: unknown board '$board'" >&2; usage ;;
esac

case "$command" in
  flags) echo "$cpu" ;;
  build)
    [ $# -ge 2 ] || usage
    program=$1
    shift
    # shellcheck disable=SC2086 # the options are several words
    arm-none-eabi-gcc $cpu -D$define -std=c99 -O2 -ffunction-sections \
      -fdata-sections -I"$here" "$here/start.c" "$here/board.c" "$@" \
      --specs=rdimon.specs -nostartfiles -L"$here" -T "$here/$board.ld" -Wl,--gc-sections,-z,noexecstack \
      -lm -o "$program" ;;
  run)
    [ $# -ge 1 ] || usage
    program=$1
    shift
    config=enable=on,target=native,arg=run
    for argument in "$@"; do config="$config,arg=$argument"; done
    exec timeout "${BOARD_SECONDS:-300}" qemu-system-arm -M "$board" \
      -icount shift=0 -nographic -monitor none -serial null \
      -semihosting-config "$config" -kernel "$program" ;;
  *) usage ;;
esac
