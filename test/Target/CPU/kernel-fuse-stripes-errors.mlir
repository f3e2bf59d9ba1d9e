// RUN: not pare-opt %s --kernel-fuse-stripes=target=z80 2>&1 | FileCheck %s

// CHECK: unknown target 'z80'
module {
}
