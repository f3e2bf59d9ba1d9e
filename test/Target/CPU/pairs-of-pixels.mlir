// Columns that fill half of a last vector: two pixels share it. Weights stand in
// pairs, and one load brings the terms of both pixels into all lanes.

// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v4 | FileCheck %s --check-prefix=PACKED
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v4 --lower-kernel-to-vector=target=x86-64-v4 | FileCheck %s
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s --check-prefix=NARROW

memref.global "private" constant @filter : memref<8x1x1x3xf32> = dense<[
    [[[1.0, 10.0, 100.0]]], [[[2.0, 20.0, 200.0]]], [[[3.0, 30.0, 300.0]]], [[[4.0, 40.0, 400.0]]],
    [[[5.0, 50.0, 500.0]]], [[[6.0, 60.0, 600.0]]], [[[7.0, 70.0, 700.0]]], [[[8.0, 80.0, 800.0]]]]>

// After the alignment 1, 1, 2, 2, 3.
// PACKED: @first_packed : memref<48xf32>
// PACKED: first_packed: "0x400000000000803F0000803F000000400000004000004040
func.func @net(%x: memref<1x4x32x3xf32>, %y: memref<1x4x32x8xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %filter = memref.get_global @filter : memref<8x1x1x3xf32>
  kernel.contract %x, %filter into %y {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x4x32x3xf32>, memref<8x1x1x3xf32>, memref<1x4x32x8xf32> loc("first")
  return
}

// The left half of a line beside the right half.
// CHECK-LABEL: func private @layer_first
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 16, 1, 17, 2, 18,
// CHECK: vector.bitcast {{.*}} vector<32xf32> to vector<16xf64>
// CHECK: vector.broadcast {{.*}} f64 to vector<8xf64>
// CHECK-NEXT: vector.bitcast {{.*}} vector<8xf64> to vector<16xf32>
// CHECK-NEXT: vector.fma {{.*}} vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]
// CHECK-COUNT-2: vector.store {{.*}} memref<1024xf32>, vector<8xf32>

// A vector that eight columns fill has no room.
// NARROW-LABEL: func private @layer_first
// NARROW-NOT: f64
// NARROW: vector.fma {{.*}} vector<8xf32>
