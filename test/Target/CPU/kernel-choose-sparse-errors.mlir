// RUN: not pare-opt %s --kernel-choose-sparse=target=z80 2>&1 | FileCheck %s

// CHECK: unknown target 'z80'
module {
}
