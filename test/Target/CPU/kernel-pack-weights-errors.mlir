// RUN: not pare-opt %s --kernel-pack-weights=target=z80 2>&1 | FileCheck %s

// CHECK: unknown target 'z80'; expected native, generic, x86-64, x86-64-v2, x86-64-v3, x86-64-vnni, avx-vnni, x86-64-v4, avx512-vnni, cortex-m4, cortex-m55, riscv32, aarch64, aarch64+dotprod or aarch64+i8mm
module {}
