// RUN: pare-opt %s --kernel-choose-sparse=target=x86-64-v3 | FileCheck %s
// RUN: pare-opt %s --kernel-choose-sparse="target=x86-64-v3 remarks" -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK

// Row r has the weight r + 1 in column 5, and 15 zeros.
memref.global "private" constant @blocks : memref<16x1x1x16xf32> = dense<"0x00000000000000000000000000000000000000000000803F0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000004000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000004040000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000A0400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000C0400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000E04000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000041000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010410000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000204100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003041000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000040410000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000504100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006041000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000070410000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000804100000000000000000000000000000000000000000000000000000000000000000000000000000000">
memref.global "private" constant @scattered : memref<4x1x1x4xf32> = dense<[
  [[[1.0, 0.0, 3.0, 0.0]]], [[[0.0, 1.0, 0.0, 3.0]]],
  [[[1.0, 0.0, 3.0, 0.0]]], [[[0.0, 1.0, 0.0, 3.0]]]]>
memref.global "private" constant @full : memref<4x1x1x4xf32> = dense<1.0>
memref.global "private" constant @none : memref<4x1x1x4xf32> = dense<0.0>
memref.global "private" constant @positions : memref<17xi32> = dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]>
memref.global "private" constant @coordinates : memref<16xi32> = dense<5>
memref.global "private" constant @values : memref<16xf32> = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]>
memref.global "private" constant @all_positions : memref<3xi32> = dense<[0, 2, 4]>
memref.global "private" constant @all_coordinates : memref<4xi32> = dense<[0, 1, 0, 1]>
memref.global "private" constant @all_values : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>

// CHECK-DAG: @blocks_layer_positions : memref<3xi32> = dense<[0, 1, 2]>
// CHECK-DAG: @blocks_layer_coordinates : memref<2xi32> = dense<5>
// CHECK-DAG: @blocks_layer_values : memref<16xf32> = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00,
// CHECK-DAG: @single_positions : memref<3xi32> = dense<[0, 1, 2]>
// CHECK-DAG: @single_coordinates : memref<2xi32> = dense<5>
// CHECK-DAG: @single_values : memref<16xf32> = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00,
// CHECK-DAG: @stored_filter : memref<2x1x1x2xf32> = dense<{{\[\[\[\[}}1.000000e+00, 2.000000e+00]]], {{\[\[\[}}3.000000e+00, 4.000000e+00]]]]>

// CHECK-LABEL: func @net
func.func @net(%x: memref<1x8x8x16xf32>, %small: memref<1x8x8x4xf32>,
               %two: memref<1x8x8x2xf32>, %y: memref<1x8x8x16xf32>,
               %z: memref<1x8x8x4xf32>, %u: memref<1x8x8x2xf32>)
    attributes {kernel.num_inputs = 3 : i64, kernel.arena_bytes = 0 : i64} {
  // Blocks of channels that are zero in most columns.
  // REMARK: sparse: 94% of the weights are zero, 94% in blocks of 8x1, with which the layer is expected to take 0.{{[0-9]+}} of the time with dense weights
  // CHECK: kernel.sparse_contract {{.*}}block = array<i64: 8, 1>
  %blocks = memref.get_global @blocks : memref<16x1x1x16xf32>
  kernel.contract %x, %blocks into %y {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x8x8x16xf32>, memref<16x1x1x16xf32>, memref<1x8x8x16xf32> loc("blocks_layer")
  // Zeros in no order.
  // REMARK: dense: 50% of the weights are zero
  // CHECK: kernel.contract
  %scattered = memref.get_global @scattered : memref<4x1x1x4xf32>
  kernel.contract %small, %scattered into %z {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x4xf32>, memref<4x1x1x4xf32>, memref<1x8x8x4xf32>
  // No zeros, and nothing but zeros.
  // REMARK-NOT: 0% of
  // REMARK-NOT: 100% of
  // CHECK: kernel.contract
  %full = memref.get_global @full : memref<4x1x1x4xf32>
  kernel.contract %small, %full into %z {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x4xf32>, memref<4x1x1x4xf32>, memref<1x8x8x4xf32>
  // CHECK: kernel.contract
  %none = memref.get_global @none : memref<4x1x1x4xf32>
  kernel.contract %small, %none into %z {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x4xf32>, memref<4x1x1x4xf32>, memref<1x8x8x4xf32>
  // Stored by single weights that make up blocks.
  // REMARK: sparse: 94% of the weights are zero, 94% in blocks of 8x1
  // CHECK: kernel.sparse_contract {{.*}}block = array<i64: 8, 1>
  %p = memref.get_global @positions : memref<17xi32>
  %c = memref.get_global @coordinates : memref<16xi32>
  %v = memref.get_global @values : memref<16xf32>
  kernel.sparse_contract %x, %p, %c, %v into %y {epilogue = #kernel.epilogue<>,
      kernel_size = array<i64: 1, 1>}
      : memref<1x8x8x16xf32>, memref<17xi32>, memref<16xi32>, memref<16xf32>, memref<1x8x8x16xf32> loc("single")
  // Sparse weights without a zero.
  // REMARK: dense: 0% of the weights are zero
  // CHECK: kernel.contract
  // CHECK-SAME: memref<2x1x1x2xf32>
  %ap = memref.get_global @all_positions : memref<3xi32>
  %ac = memref.get_global @all_coordinates : memref<4xi32>
  %av = memref.get_global @all_values : memref<4xf32>
  kernel.sparse_contract %two, %ap, %ac, %av into %u {epilogue = #kernel.epilogue<>,
      kernel_size = array<i64: 1, 1>}
      : memref<1x8x8x2xf32>, memref<3xi32>, memref<4xi32>, memref<4xf32>, memref<1x8x8x2xf32> loc("stored")
  return
}
