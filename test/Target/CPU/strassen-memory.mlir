// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s

// Halves of 48 rows and 32 terms, 8 tiles of 6 rows: each of the four sums of
// rows has 6144 bytes, one of weights 2048. While "tight" and "loose" run, 36864
// bytes are alive, and at most 49152 before them. Beyond those the arena may have
// a tenth more: two sums are there at a time, and sums of products wait in the
// output.

memref.global "private" constant @w : memref<32x1x1x64xf32> = dense<1.0>

// CHECK-LABEL: func.func @loose
// CHECK-SAME: kernel.arena_bytes = 51200
// CHECK-SAME: kernel.buffer_bound = 49152
// CHECK: call @layer_loose({{.*}}) : ({{.*}}, memref<14336xi8>
func.func @loose(%y: memref<1x8x12x32xf32>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 49152 : i64} {
  %w = memref.get_global @w : memref<32x1x1x64xf32>
  %0 = kernel.buffer at 0 : memref<2x96x64xf32>
  %1 = kernel.buffer at 0 : memref<1x8x12x64xf32>
  %2 = kernel.buffer at 24576 : memref<1x8x12x32xf32>
  kernel.fill %0 with 1.0 : f32 : memref<2x96x64xf32>
  kernel.copy %0 into %y sizes [3072] from 0 by [1] to 0 by [1] : memref<2x96x64xf32>, memref<1x8x12x32xf32>
  kernel.fill %1 with 1.0 : f32 : memref<1x8x12x64xf32>
  kernel.contract %1, %w into %2 {epilogue = #kernel.epilogue<>, kernel.strassen = true, kernel.tile = array<i64: 6, 2>}
      : memref<1x8x12x64xf32>, memref<32x1x1x64xf32>, memref<1x8x12x32xf32> loc("loose")
  kernel.unary exp %2 into %y {epilogue = #kernel.epilogue<>} : memref<1x8x12x32xf32>, memref<1x8x12x32xf32>
  return
}

// Where nothing else is larger, there is room for one sum of two tiles.

// CHECK-LABEL: func.func @tight
// CHECK-SAME: kernel.arena_bytes = 40448
// CHECK-SAME: kernel.buffer_bound = 36864
// CHECK: call @layer_tight({{.*}}) : ({{.*}}, memref<3584xi8>
func.func @tight(%y: memref<1x8x12x32xf32>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 36864 : i64} {
  %w = memref.get_global @w : memref<32x1x1x64xf32>
  %1 = kernel.buffer at 0 : memref<1x8x12x64xf32>
  %2 = kernel.buffer at 24576 : memref<1x8x12x32xf32>
  kernel.fill %1 with 1.0 : f32 : memref<1x8x12x64xf32>
  kernel.contract %1, %w into %2 {epilogue = #kernel.epilogue<>, kernel.strassen = true, kernel.tile = array<i64: 6, 2>}
      : memref<1x8x12x64xf32>, memref<32x1x1x64xf32>, memref<1x8x12x32xf32> loc("tight")
  kernel.unary exp %2 into %y {epilogue = #kernel.epilogue<>} : memref<1x8x12x32xf32>, memref<1x8x12x32xf32>
  return
}
