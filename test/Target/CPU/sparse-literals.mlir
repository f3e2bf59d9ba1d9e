// Single weights of many pixels are a part of the code.

// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 | FileCheck %s --check-prefix=PACK
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64 | FileCheck %s --check-prefix=NOT

// No weights are stored for a layer of 384 pixels; 48 pixels do not pay for
// code. Vectors of 128 bits never do.
// PACK-NOT: @many_packed
// PACK: @few_packed
// PACK-NOT: @many_packed
// NOT: @many_packed

memref.global "private" constant @p : memref<5xi32> = dense<[0, 2, 3, 3, 6]>
memref.global "private" constant @c : memref<6xi32> = dense<[1, 3, 1, 0, 1, 2]>
memref.global "private" constant @v : memref<6xf32> = dense<[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]>
memref.global "private" constant @b : memref<4xf32> = dense<[10.0, 20.0, 30.0, 40.0]>

func.func @net(%x: memref<1x8x48x4xf32>, %few: memref<1x1x48x4xf32>,
               %r: memref<1x8x48x4xf32>, %y: memref<1x8x48x4xf32>,
               %z: memref<1x1x48x4xf32>)
    attributes {kernel.num_inputs = 3 : i64, kernel.arena_bytes = 0 : i64} {
  %p = memref.get_global @p : memref<5xi32>
  %c = memref.get_global @c : memref<6xi32>
  %v = memref.get_global @v : memref<6xf32>
  %b = memref.get_global @b : memref<4xf32>
  kernel.sparse_contract %x, %p, %c, %v bias %b residual %r into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>,
      residual_epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x8x48x4xf32>, memref<5xi32>, memref<6xi32>, memref<6xf32>, memref<4xf32>, memref<1x8x48x4xf32>, memref<1x8x48x4xf32> loc("many")
  kernel.sparse_contract %few, %p, %c, %v bias %b into %z {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x1x48x4xf32>, memref<5xi32>, memref<6xi32>, memref<6xf32>, memref<4xf32>, memref<1x1x48x4xf32> loc("few")
  return
}

// Four channels by two vectors of pixels, three times for a tile of 48 pixels;
// column by column, of which the second is a factor of three channels, and
// where nothing is multiplied the bias is the sum. Four channels of a pixel get
// the residual together.
// CHECK-LABEL: func private @layer_many
// CHECK: scf.for
// CHECK: %[[B2:.*]] = arith.constant dense<3.000000e+01> : vector<8xf32>
// CHECK: %[[B3:.*]] = arith.constant dense<4.000000e+01> : vector<8xf32>
// CHECK: %[[W:.*]] = arith.constant dense<4.500000e+00> : vector<8xf32>
// CHECK-COUNT-2: vector.fma %{{.*}}, %[[W]], %[[B3]]
// CHECK: %[[X0:.*]] = vector.load {{.*}} vector<8xf32>
// CHECK: %[[X1:.*]] = vector.load {{.*}} vector<8xf32>
// CHECK: vector.fma %[[X0]]
// CHECK: vector.fma %[[X1]]
// CHECK: vector.fma %[[X0]]
// CHECK: vector.fma %[[X1]]
// CHECK: vector.fma %[[X0]]
// CHECK: vector.fma %[[X1]]
// CHECK-COUNT-4: vector.fma
// CHECK-NOT: vector.fma
// CHECK: vector.shuffle %[[B2]]
// CHECK: %[[R:.*]] = vector.load {{.*}} vector<4xf32>
// CHECK: arith.addf %{{.*}}, %[[R]] : vector<4xf32>
// CHECK-LABEL: func private @layer_few
// CHECK: memref.load
