// RUN: pare-opt %s --kernel-choose-winograd=target=x86-64-v3 | FileCheck %s
// RUN: pare-opt %s --kernel-choose-winograd="target=x86-64-v3 size=2" | FileCheck %s --check-prefix=TWO
// RUN: pare-opt %s --kernel-choose-winograd="target=x86-64-v3 size=4" | FileCheck %s --check-prefix=FOUR
// RUN: pare-opt %s --kernel-choose-winograd="target=x86-64-v3 size=0" | FileCheck %s --check-prefix=NONE
// RUN: pare-opt %s --kernel-choose-winograd=target=aarch64+dotprod | FileCheck %s --check-prefix=SDOT

// NONE-NOT: winograd = 4

#epilogue = #kernel.epilogue<scales = #nn.scales<mode = float, factors = [1.000000e-02]>>

memref.global "private" constant @w : memref<32x3x3x32xi8> = dense<3>
memref.global "private" constant @f : memref<32x3x3x32xf32> = dense<3.0>
memref.global "private" constant @few : memref<4x3x3x4xi8> = dense<3>
memref.global "private" constant @groups : memref<32x3x3x16xi8> = dense<3>
memref.global "private" constant @five : memref<32x5x5x32xi8> = dense<3>
memref.global "private" constant @great : memref<8x3x3x256xi8> = dense<127>
memref.global "private" constant @great_bias : memref<32xi32> = dense<33554000>
memref.global "private" @variable : memref<32x3x3x32xi8>

func.func @net(%x: memref<1x16x16x32xi8>, %y: memref<1x16x16x32xi8>,
               %z: memref<1x8x8x32xi8>, %u: memref<1x16x16x32xf32>,
               %v: memref<1x16x16x32xf32>, %few_x: memref<1x16x16x4xi8>,
               %few_y: memref<1x16x16x4xi8>, %great_x: memref<1x16x16x256xi8>,
               %great_y: memref<1x16x16x8xi8>, %line_x: memref<1x3x16x32xi8>,
               %line_y: memref<1x3x16x32xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<32x3x3x32xi8>
  %f = memref.get_global @f : memref<32x3x3x32xf32>
  %few = memref.get_global @few : memref<4x3x3x4xi8>
  %groups = memref.get_global @groups : memref<32x3x3x16xi8>
  %five = memref.get_global @five : memref<32x5x5x32xi8>
  %great = memref.get_global @great : memref<8x3x3x256xi8>
  %great_bias = memref.get_global @great_bias : memref<32xi32>
  %variable = memref.get_global @variable : memref<32x3x3x32xi8>

  // Bytes, and floats.
  // CHECK: kernel.contract {{.*}}kernel.winograd = 4 : i64
  // TWO: kernel.contract {{.*}}kernel.winograd = 2 : i64
  // FOUR: kernel.contract {{.*}}kernel.winograd = 4 : i64
  // Sums of products of four bytes are as fast as tiles.
  // SDOT: kernel.contract {{.*}}]>>, padding
  kernel.contract %x, %w into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x3x3x32xi8>, memref<1x16x16x32xi8>
  // CHECK: kernel.contract {{.*}}kernel.winograd = 2 : i64
  // TWO: kernel.contract {{.*}}kernel.winograd = 2 : i64
  // FOUR: kernel.contract {{.*}}kernel.winograd = 4 : i64
  // SDOT: kernel.contract {{.*}}kernel.winograd = 2 : i64
  kernel.contract %u, %f into %v {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x16x16x32xf32>, memref<32x3x3x32xf32>, memref<1x16x16x32xf32>

  // What was chosen before stays.
  // CHECK: kernel.contract {{.*}}kernel.winograd = 2 : i64
  // FOUR: kernel.contract {{.*}}kernel.winograd = 2 : i64
  kernel.contract %x, %w into %y {kernel.winograd = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x3x3x32xi8>, memref<1x16x16x32xi8>

  // Sums that may reach 2^25 are for tiles of 2x2: by weights, and by a bias.
  // CHECK: kernel.contract {{.*}}kernel.winograd = 2 : i64
  // FOUR: kernel.contract {{.*}}]>>, padding
  kernel.contract %great_x, %great into %great_y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x256xi8>, memref<8x3x3x256xi8>, memref<1x16x16x8xi8>
  // CHECK: kernel.contract {{.*}}kernel.winograd = 2 : i64
  kernel.contract %x, %w bias %great_bias into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x3x3x32xi8>, memref<32xi32>, memref<1x16x16x32xi8>

  // Images of fewer lines, for which tiles promise too little.
  // CHECK: kernel.contract {{.*}}]>>, padding
  // TWO: memref<1x16x16x32xi8>, memref<32x3x3x32xi8>, memref<32xi32>
  // TWO: kernel.contract {{.*}}kernel.winograd = 2 : i64
  kernel.contract %line_x, %w into %line_y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x3x16x32xi8>, memref<32x3x3x32xi8>, memref<1x3x16x32xi8>

  // Too few channels, strides, groups, other taps, weights that are not known.
  // CHECK-NOT: winograd
  // TWO: kernel.winograd = 2 : i64, padding = array<i64: 1, 1, 1, 1>} : memref<1x16x16x4xi8>
  // TWO-NOT: winograd
  kernel.contract %few_x, %few into %few_y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x4xi8>, memref<4x3x3x4xi8>, memref<1x16x16x4xi8>
  kernel.contract %x, %w into %z {strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x3x3x32xi8>, memref<1x8x8x32xi8>
  kernel.contract %x, %groups into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x3x3x16xi8>, memref<1x16x16x32xi8>
  kernel.contract %x, %five into %y {padding = array<i64: 2, 2, 2, 2>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x5x5x32xi8>, memref<1x16x16x32xi8>
  kernel.contract %x, %variable into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #epilogue}
      : memref<1x16x16x32xi8>, memref<32x3x3x32xi8>, memref<1x16x16x32xi8>
  return
}
