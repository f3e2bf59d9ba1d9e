#!/bin/sh
# usage: golden.sh SHARED NETWORK DIRECTORY
# Imports a network, writes it in C, builds that for a Cortex-M4 and runs it on
# its recorded inputs. Fails if an element of the outputs differs.
set -eu
shared=$1 network=$2 directory=$3
here=$(dirname "$0")
golden=$shared/goldens/$network
rm -rf "$directory"
mkdir -p "$directory"
pare-translate --import-tflite "$shared/models/tflite/$network.tflite" \
  --mlir-print-debuginfo -o "$directory/network.mlir"
pare-translate --nn-to-c --c-name=network --c-requant-mode=fixed \
  --c-header="$directory/network.h" "$directory/network.mlir" \
  -o "$directory/network.c"
arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 \
  -std=c99 -O2 -w -I"$directory" \
  "$directory/network.c" "$here/../compare.c" "$here/start.c" \
  --specs=rdimon.specs -T "$here/mps2-an386.ld" -lm -o "$directory/run.elf"
timeout 300 qemu-system-arm -M mps2-an386 -nographic \
  -semihosting-config "enable=on,target=native,arg=run,arg=$golden/input_0.npy,arg=$golden/output_0.npy" \
  -kernel "$directory/run.elf"
rm -rf "$directory"
