// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-residuals{integers-from=48}))" --split-input-file %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-residuals))" --split-input-file %s | FileCheck %s --check-prefix=FLOAT
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-residuals{integers-from=49}))" --split-input-file %s | FileCheck %s --check-prefix=FLOAT

// The contraction comes first in the sum: the two factors change places where
// it was second. The result keeps the name of the sum.
#e = #kernel.epilogue<zero_point = 3, low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>
func.func @integer(%x: memref<1x2x2x4xi8>, %w: memref<4x1x1x4xi8>, %y: memref<1x2x2x4xi8>) {
  %0 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %0 {epilogue = #e} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  %1 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.binary add %x, %0 into %1 {lhs_zero_point = 7, rhs_zero_point = 3,
      epilogue = #kernel.epilogue<zero_point = -1, low = -100.0, high = 127.0, scales = <mode = float, factors = [0.25, 0.75]>>}
      : memref<1x2x2x4xi8>, memref<1x2x2x4xi8>, memref<1x2x2x4xi8> loc("sum")
  kernel.contract %1, %w into %y {epilogue = #e} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  return
}
// FLOAT-LABEL: func.func @integer(
// FLOAT-NOT: residual
// FLOAT: kernel.binary add
// CHECK-LABEL: func.func @integer(
// CHECK: %[[B:.*]] = kernel.buffer
// CHECK-NEXT: kernel.contract %arg0, %arg1 residual %arg0 into %[[B]]
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = float, factors = [5.000000e-01]>>
// CHECK-SAME: residual_epilogue = #kernel.epilogue<zero_point = -1, low = -1.000000e+02, high = 1.270000e+02, scales = <mode = float, factors = [7.500000e-01, 2.500000e-01]>>
// CHECK-SAME: residual_zero_point = 7
// CHECK-NEXT: kernel.contract %[[B]], %arg1 into %arg2
// CHECK-NEXT: return

// -----

// Of two contractions the later one takes the sum: the other is done by then.
func.func @later(%x: memref<4x1x1x3xf32>, %w: memref<5x1x1x3xf32>, %y: memref<4x5xf32>) {
  %0 = kernel.buffer : memref<4x1x1x5xf32>
  %1 = kernel.buffer : memref<4x1x1x5xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>} : memref<4x1x1x3xf32>, memref<5x1x1x3xf32>, memref<4x1x1x5xf32>
  kernel.contract %x, %w into %1 {epilogue = #kernel.epilogue<high = 6.0>} : memref<4x1x1x3xf32>, memref<5x1x1x3xf32>, memref<4x1x1x5xf32>
  %2 = kernel.reshape %0 : memref<4x1x1x5xf32> to memref<4x5xf32>
  %3 = kernel.reshape %1 : memref<4x1x1x5xf32> to memref<4x5xf32>
  kernel.binary add %2, %3 into %y {epilogue = #kernel.epilogue<low = 0.0>} : memref<4x5xf32>, memref<4x5xf32>, memref<4x5xf32>
  return
}
// FLOAT-LABEL: func.func @later(
// FLOAT: kernel.contract {{.*}} residual
// CHECK-LABEL: func.func @later(
// CHECK: %[[A:.*]] = kernel.buffer
// CHECK-NEXT: kernel.contract %arg0, %arg1 into %[[A]]
// CHECK-NEXT: %[[Y:.*]] = kernel.reshape %arg2 : memref<4x5xf32> to memref<4x1x1x5xf32>
// CHECK-NEXT: kernel.contract %arg0, %arg1 residual %[[A]] into %[[Y]] {epilogue = #kernel.epilogue<high = 6.000000e+00>, residual_epilogue = #kernel.epilogue<low = 0.000000e+00>}
// CHECK-NEXT: return

// -----

// A constant residual may stand behind the contraction.
memref.global "private" constant @r : memref<4x1x1x5xf32> = dense<1.0>
func.func @constant(%x: memref<4x1x1x3xf32>, %w: memref<5x1x1x3xf32>, %y: memref<4x1x1x5xf32>) {
  %0 = kernel.buffer : memref<4x1x1x5xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>} : memref<4x1x1x3xf32>, memref<5x1x1x3xf32>, memref<4x1x1x5xf32>
  %r = memref.get_global @r : memref<4x1x1x5xf32>
  kernel.binary add %0, %r into %y {epilogue = #kernel.epilogue<>} : memref<4x1x1x5xf32>, memref<4x1x1x5xf32>, memref<4x1x1x5xf32>
  return
}
// CHECK-LABEL: func.func @constant(
// CHECK-NEXT: %[[R:.*]] = memref.get_global @r
// CHECK-NEXT: kernel.contract %arg0, %arg1 residual %[[R]] into %arg2

// -----

// A summand that others read, one that is broadcast, one that is computed after
// the contraction, and other functions stay.
func.func @kept(%x: memref<1x2x2x4xf32>, %w: memref<4x1x1x4xf32>, %c: memref<4xf32>, %y: memref<1x2x2x4xf32>, %z: memref<1x2x2x4xf32>, %u: memref<1x2x2x4xf32>, %v: memref<1x2x2x4xf32>) {
  %0 = kernel.buffer : memref<1x2x2x4xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<4x1x1x4xf32>, memref<1x2x2x4xf32>
  kernel.binary add %0, %x into %y {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<1x2x2x4xf32>, memref<1x2x2x4xf32>
  kernel.binary add %0, %c into %z {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<4xf32>, memref<1x2x2x4xf32>
  %1 = kernel.buffer : memref<1x2x2x4xf32>
  kernel.contract %x, %w into %1 {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<4x1x1x4xf32>, memref<1x2x2x4xf32>
  kernel.binary mul %1, %x into %u {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<1x2x2x4xf32>, memref<1x2x2x4xf32>
  %2 = kernel.buffer : memref<1x2x2x4xf32>
  %3 = kernel.buffer : memref<1x2x2x4xf32>
  kernel.contract %x, %w into %2 {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<4x1x1x4xf32>, memref<1x2x2x4xf32>
  kernel.unary exp %x into %3 {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<1x2x2x4xf32>
  kernel.binary add %2, %3 into %v {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<1x2x2x4xf32>, memref<1x2x2x4xf32>
  return
}
// CHECK-LABEL: func.func @kept(
// CHECK-NOT: residual

// -----

#e = #kernel.epilogue<zero_point = 3, low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>
// Sparse contractions take a residual too, of floats.
func.func @sparse(%x: memref<1x2x2x4xf32>, %p: memref<5xi32>, %c: memref<2xi32>, %v: memref<2xf32>, %b: memref<4xf32>,
                  %i: memref<1x2x2x4xi8>, %vi: memref<2xi8>, %y: memref<1x2x2x4xf32>, %z: memref<1x2x2x4xi8>) {
  %0 = kernel.buffer : memref<1x2x2x4xf32>
  kernel.sparse_contract %x, %p, %c, %v bias %b into %0 {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<high = 6.0>}
      : memref<1x2x2x4xf32>, memref<5xi32>, memref<2xi32>, memref<2xf32>, memref<4xf32>, memref<1x2x2x4xf32>
  kernel.binary add %x, %0 into %y {epilogue = #kernel.epilogue<low = 0.0>} : memref<1x2x2x4xf32>, memref<1x2x2x4xf32>, memref<1x2x2x4xf32> loc("sum")
  %1 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.sparse_contract %i, %p, %c, %vi into %1 {kernel_size = array<i64: 1, 1>, epilogue = #e}
      : memref<1x2x2x4xi8>, memref<5xi32>, memref<2xi32>, memref<2xi8>, memref<1x2x2x4xi8>
  kernel.binary add %1, %i into %z {lhs_zero_point = 3,
      epilogue = #kernel.epilogue<low = -100.0, high = 127.0, scales = <mode = float, factors = [0.25, 0.75]>>}
      : memref<1x2x2x4xi8>, memref<1x2x2x4xi8>, memref<1x2x2x4xi8>
  return
}
// CHECK-LABEL: func.func @sparse(
// CHECK-NEXT: kernel.sparse_contract %arg0, %arg1, %arg2, %arg3 bias %arg4 residual %arg0 into %arg7
// CHECK-SAME: epilogue = #kernel.epilogue<high = 6.000000e+00>
// CHECK-SAME: residual_epilogue = #kernel.epilogue<low = 0.000000e+00>
// CHECK-NEXT: %[[I:.*]] = kernel.buffer
// CHECK-NEXT: kernel.sparse_contract {{.*}} into %[[I]]
// CHECK-NEXT: kernel.binary add %[[I]], %arg5 into %arg8

// -----

// A contraction with a table takes no residual.
func.func @table(%x: memref<1x2x2x4xi8>, %w: memref<4x1x1x4xi8>, %r: memref<1x2x2x4xi8>, %y: memref<1x2x2x4xi8>) {
  %0 = kernel.buffer : memref<1x2x2x4xi8>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>,
      table = <entries = dense<0> : tensor<256xi8>>>} : memref<1x2x2x4xi8>, memref<4x1x1x4xi8>, memref<1x2x2x4xi8>
  kernel.binary add %0, %r into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5, 0.5]>>}
      : memref<1x2x2x4xi8>, memref<1x2x2x4xi8>, memref<1x2x2x4xi8>
  return
}
// CHECK-LABEL: func.func @table(
// CHECK: kernel.binary add
