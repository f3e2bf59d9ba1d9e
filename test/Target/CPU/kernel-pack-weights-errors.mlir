// RUN: not pare-opt %s --kernel-pack-weights=target=z80 2>&1 | FileCheck %s

// CHECK: unknown target 'z80'; expected native, generic, x86-64, x86-64-v3 or x86-64-vnni
module {}
