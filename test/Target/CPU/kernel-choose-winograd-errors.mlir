// RUN: not pare-opt %s --kernel-choose-winograd=target=z80 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TARGET
// RUN: not pare-opt %s --kernel-choose-winograd=size=3 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SIZE

// TARGET: unknown target 'z80'
// SIZE: expected tiles of size 2 or 4, found 3
module {
}
