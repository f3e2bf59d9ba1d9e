// RUN: pare-opt %s --kernel-block-pixels="target=x86-64-v3 mode=1" --split-input-file | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: pare-opt %s --kernel-block-pixels="target=x86-64-v3 mode=1" --kernel-block-pixels="target=x86-64-v4 mode=1" --split-input-file | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: pare-opt %s --kernel-block-pixels="target=x86-64-v4 mode=1" --split-input-file | FileCheck %s --check-prefix=WIDE
// RUN: pare-opt %s --kernel-block-pixels=target=x86-64-v3 --split-input-file | FileCheck %s --check-prefix=CHECK
// RUN: pare-opt %s --kernel-block-pixels="target=x86-64-v3 mode=0" --split-input-file | FileCheck %s --check-prefix=NONE
// RUN: pare-opt %s --kernel-block-pixels="target=x86-64-v3 mode=1" --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 --split-input-file | FileCheck %s --check-prefix=CODE

// NONE-NOT: kernel.pixel_blocks

// Two lines of 24 pixels are six vectors of eight, or three of sixteen. What
// the network reads and writes has channels innermost; what is added stands as
// the results do. A step of 2 makes an image of 12 lines, of which four are a
// block.

memref.global "private" constant @p : memref<9xi32> = dense<[0, 1, 2, 3, 4, 5, 6, 7, 8]>
memref.global "private" constant @c : memref<8xi32> = dense<[1, 3, 1, 0, 1, 2, 7, 5]>
memref.global "private" constant @v : memref<8xf32> = dense<[1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]>
memref.global "private" constant @t : memref<1x3x3x8xf32> = dense<0.25>

// CHECK-LABEL: func.func @chain(
// CHECK: kernel.sparse_contract %{{.*}} into %[[A:[0-9]+]] {{.*}} kernel.pixel_blocks = array<i64: 0, 2>
// CHECK: kernel.depthwise %[[A]], %{{.*}} into %[[B:[0-9]+]] {{.*}} kernel.pixel_blocks = array<i64: 2, 2>
// CHECK: kernel.sparse_contract %[[B]], {{.*}} residual %[[A]] into %[[C:[0-9]+]] {{.*}} kernel.pixel_blocks = array<i64: 2, 2>
// CHECK: kernel.unary clip %[[C]] into %[[D:[0-9]+]]
// ALL: kernel.depthwise %[[D]], %{{.*}} into %[[E:[0-9]+]] {{.*}} kernel.pixel_blocks = array<i64: 2, 4>
// ALL: kernel.sparse_contract %[[E]], {{.*}} kernel.pixel_blocks = array<i64: 4, 0>
// WIDE-LABEL: func.func @chain(
// WIDE: kernel.pixel_blocks = array<i64: 0, 2>
// WIDE: kernel.depthwise {{.*}} kernel.pixel_blocks = array<i64: 2, 4>

// The layer in the middle reads and stores vectors of pixels, and no others.
// CODE-LABEL: func private @layer_middle
// CODE-NOT: vector.shuffle
// CODE-NOT: vector<4xf32>
// CODE: vector.load {{.*}} vector<8xf32>
// CODE-NOT: vector.shuffle
// CODE-NOT: vector<4xf32>
// CODE: vector.store {{.*}} vector<8xf32>
// CODE-NOT: vector.shuffle
// CODE-NOT: vector<4xf32>
// CODE: return
func.func @chain(%x: memref<1x24x24x8xf32>, %y: memref<1x12x12x8xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 92160 : i64} {
  %0 = kernel.buffer at 0 : memref<1x24x24x8xf32>
  %1 = kernel.buffer at 18432 : memref<1x24x24x8xf32>
  %2 = kernel.buffer at 36864 : memref<1x24x24x8xf32>
  %3 = kernel.buffer at 55296 : memref<1x24x24x8xf32>
  %4 = kernel.buffer at 73728 : memref<1x12x12x8xf32>
  %p = memref.get_global @p : memref<9xi32>
  %c = memref.get_global @c : memref<8xi32>
  %v = memref.get_global @v : memref<8xf32>
  %t = memref.get_global @t : memref<1x3x3x8xf32>
  kernel.sparse_contract %x, %p, %c, %v into %0 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x24x24x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x24x24x8xf32> loc("first")
  kernel.depthwise %0, %t into %1 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x24x24x8xf32>, memref<1x3x3x8xf32>, memref<1x24x24x8xf32> loc("depthwise")
  kernel.sparse_contract %1, %p, %c, %v residual %0 into %2 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x24x24x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x24x24x8xf32>, memref<1x24x24x8xf32> loc("middle")
  kernel.unary clip %2 into %3 {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x24x24x8xf32>, memref<1x24x24x8xf32> loc("relu")
  kernel.depthwise %3, %t into %4 {epilogue = #kernel.epilogue<>, strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>}
      : memref<1x24x24x8xf32>, memref<1x3x3x8xf32>, memref<1x12x12x8xf32> loc("half")
  kernel.sparse_contract %4, %p, %c, %v into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x12x12x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x12x12x8xf32> loc("last")
  return
}

// -----

// An image that another operation reads as well, one with a view, and one of less
// pixels than a vector has keep channels innermost.

memref.global "private" constant @p : memref<9xi32> = dense<[0, 1, 2, 3, 4, 5, 6, 7, 8]>
memref.global "private" constant @c : memref<8xi32> = dense<[1, 3, 1, 0, 1, 2, 7, 5]>
memref.global "private" constant @v : memref<8xf32> = dense<[1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]>

// CHECK-LABEL: func.func @others(
// CHECK-NOT: kernel.pixel_blocks
// CHECK: return
func.func @others(%x: memref<1x24x24x8xf32>, %s: memref<1x2x2x8xf32>, %y: memref<1x1x1x8xf32>, %z: memref<1x24x24x8xf32>, %w: memref<1x2x2x8xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 36992 : i64} {
  %0 = kernel.buffer at 0 : memref<1x24x24x8xf32>
  %1 = kernel.buffer at 18432 : memref<1x24x24x8xf32>
  %2 = kernel.buffer at 36864 : memref<1x2x2x8xf32>
  %p = memref.get_global @p : memref<9xi32>
  %c = memref.get_global @c : memref<8xi32>
  %v = memref.get_global @v : memref<8xf32>
  kernel.sparse_contract %x, %p, %c, %v into %0 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x24x24x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x24x24x8xf32>
  kernel.pool average %0 into %y {kernel = array<i64: 24, 24>, strides = array<i64: 24, 24>, epilogue = #kernel.epilogue<>}
      : memref<1x24x24x8xf32>, memref<1x1x1x8xf32>
  kernel.sparse_contract %0, %p, %c, %v into %1 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x24x24x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x24x24x8xf32>
  %3 = kernel.reshape %1 : memref<1x24x24x8xf32> to memref<1x24x24x8xf32>
  kernel.sparse_contract %3, %p, %c, %v into %z {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x24x24x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x24x24x8xf32>
  kernel.sparse_contract %s, %p, %c, %v into %2 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x2x2x8xf32>
  kernel.sparse_contract %2, %p, %c, %v into %w {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x2x2x8xf32>
  return
}
