// RUN: pare-opt %s --split-input-file --kernel-pack-weights=target=aarch64+i8mm | FileCheck %s --check-prefix=PACK
// RUN: pare-opt %s --split-input-file --pass-pipeline='builtin.module(kernel-pack-weights{target=aarch64+i8mm},lower-kernel-to-vector{target=aarch64+i8mm})' | FileCheck %s

// Products of pairs of rows by pairs of columns. Weights stand in pairs of
// columns, of eight terms each; the last step has a zero for each term it lacks.
// PACK: @product_packed : memref<64xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 0, {{[0, ]*}} 0, 9, 0, 0, 0, 0, 0, 0, 0, 19, 0,

// Five rows are tiles of four that overlap. Each pair of rows is copied, a step of
// the first before one of the second, and every tile has rows of its own.
// CHECK-LABEL: func.func private @layer_product
// CHECK: scf.for
// CHECK: %[[FIRST:.*]] = vector.load %{{.*}} : memref<45xi8>, vector<8xi8>
// CHECK: %[[SECOND:.*]] = vector.load %{{.*}} : memref<45xi8>, vector<8xi8>
// CHECK: %[[PAIR:.*]] = vector.shuffle %[[FIRST]], %[[SECOND]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
// CHECK: vector.store %[[PAIR]], %{{.*}} : memref<128xi8>, vector<16xi8>
// CHECK: vector.load %{{.*}} : memref<64xi8>, vector<16xi8>
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.smmla.v4i32.v16i8"
// CHECK-NOT: sdot
// CHECK: return

memref.global "private" constant @w : memref<2x1x1x9xi8> = dense<[[[[1, 2, 3, 4, 5, 6, 7, 8, 9]]], [[[11, 12, 13, 14, 15, 16, 17, 18, 19]]]]>
func.func @main(%x: memref<1x1x5x9xi8>, %y: memref<1x1x5x2xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<2x1x1x9xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x5x9xi8>, memref<2x1x1x9xi8>, memref<1x1x5x2xi8> loc("product")
  return
}

// -----

// A row alone would fill half of each matrix.
// CHECK-LABEL: func.func private @layer_row
// CHECK-NOT: smmla
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
// CHECK-NOT: smmla
// CHECK: return
memref.global "private" constant @w : memref<2x1x1x9xi8> = dense<1>
func.func @main(%x: memref<1x1x1x9xi8>, %y: memref<1x1x1x2xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<2x1x1x9xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x1x9xi8>, memref<2x1x1x9xi8>, memref<1x1x1x2xi8> loc("row")
  return
}

// -----

// So would terms of windows whose rows have no more than four.
// CHECK-LABEL: func.func private @layer_narrow
// CHECK-NOT: smmla
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
// CHECK-NOT: smmla
// CHECK: return
memref.global "private" constant @w : memref<2x3x3x1xi8> = dense<1>
func.func @main(%x: memref<1x8x8x1xi8>, %y: memref<1x6x6x2xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<2x3x3x1xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x8x8x1xi8>, memref<2x3x3x1xi8>, memref<1x6x6x2xi8> loc("narrow")
  return
}

// -----

// And rows of several images of one pixel each.
// CHECK-LABEL: func.func private @layer_pixels
// CHECK-NOT: smmla
// CHECK: llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
// CHECK-NOT: smmla
// CHECK: return
memref.global "private" constant @w : memref<2x3x3x8xi8> = dense<1>
func.func @main(%x: memref<4x3x3x8xi8>, %y: memref<4x1x1x2xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<2x3x3x8xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<4x3x3x8xi8>, memref<2x3x3x8xi8>, memref<4x1x1x2xi8> loc("pixels")
  return
}
