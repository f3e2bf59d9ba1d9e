// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-plan-memory{alignment=8 overlap=true ports=true}))" --split-input-file %s | FileCheck %s

// In code that computes rows in order, an output may begin two rows before the
// input of a convolution of three rows, and in its working memory's absence
// needs no more than that. Of a product of matrices four rows of pixels are one
// step. The input of the network has room as well, and dies.
func.func @rows(%x: memref<1x16x8x4xi8> {nn.name = "x"}, %y: memref<1x16x8x4xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %f = memref.get_global @depthwise : memref<1x3x3x4xi8>
  %g = memref.get_global @pointwise : memref<4x1x1x4xi8>
  %0 = kernel.buffer : memref<1x16x8x4xi8>
  kernel.depthwise %x, %f into %0 {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x16x8x4xi8>, memref<1x3x3x4xi8>, memref<1x16x8x4xi8>
  kernel.contract %0, %g into %y {kernel.work_bytes = 40 : i64, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x16x8x4xi8>, memref<4x1x1x4xi8>, memref<1x16x8x4xi8>
  return
}
memref.global "private" constant @depthwise : memref<1x3x3x4xi8> = dense<1>
memref.global "private" constant @pointwise : memref<4x1x1x4xi8> = dense<1>
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: kernel.arena_offset = 80 : i64, nn.name = "x"
// CHECK-SAME: kernel.arena_offset = 0 : i64
// CHECK-SAME: kernel.arena_bound = 576 : i64, kernel.arena_bytes = 592 : i64
// CHECK: kernel.buffer at 16
// CHECK: kernel.contract {{.*}}kernel.work_offset = 528 : i64

// -----

// Rows of a buffer live and die apart: the second half is written when the
// first one is not needed any more.
func.func @views(%x: memref<1x2x8x8xi8>, %t: memref<256xi8>, %y: memref<1x2x8x8xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %0 = kernel.buffer : memref<1x2x8x8xi8>
  %a = kernel.subview %0 from 0 : memref<1x2x8x8xi8> to memref<1x1x8x8xi8>
  %b = kernel.subview %0 from 64 : memref<1x2x8x8xi8> to memref<1x1x8x8xi8>
  %xa = kernel.subview %x from 0 : memref<1x2x8x8xi8> to memref<1x1x8x8xi8>
  %xb = kernel.subview %x from 64 : memref<1x2x8x8xi8> to memref<1x1x8x8xi8>
  %ya = kernel.subview %y from 0 : memref<1x2x8x8xi8> to memref<1x1x8x8xi8>
  %yb = kernel.subview %y from 64 : memref<1x2x8x8xi8> to memref<1x1x8x8xi8>
  kernel.table %xa, %t into %a : memref<1x1x8x8xi8>, memref<256xi8>, memref<1x1x8x8xi8>
  kernel.table %a, %t into %ya : memref<1x1x8x8xi8>, memref<256xi8>, memref<1x1x8x8xi8>
  kernel.table %xb, %t into %b : memref<1x1x8x8xi8>, memref<256xi8>, memref<1x1x8x8xi8>
  kernel.table %b, %t into %yb : memref<1x1x8x8xi8>, memref<256xi8>, memref<1x1x8x8xi8>
  return
}
// The table is an input here, and alive throughout.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: kernel.arena_bytes = 384 : i64
