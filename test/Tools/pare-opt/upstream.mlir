// Upstream dialects and passes are registered beside Pare's own.

// RUN: pare-opt %s --canonicalize | FileCheck %s
// RUN: pare-opt --show-dialects | FileCheck %s --check-prefix=DIALECTS

// DIALECTS: kernel
// DIALECTS-SAME: ,nn,
// DIALECTS-SAME: quant

// CHECK-LABEL: func @twice
// CHECK-NEXT: %[[SUM:.*]] = arith.addi
// CHECK-NEXT: return %[[SUM]]
func.func @twice(%x: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %same = arith.addi %x, %zero : i32
  %sum = arith.addi %same, %x : i32
  return %sum : i32
}
