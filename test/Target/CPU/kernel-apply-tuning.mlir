// RUN: split-file %s %t
// RUN: pare-opt %t/net.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/tiles.txt' | FileCheck %t/net.mlir
// RUN: pare-opt %t/net.mlir '--kernel-apply-tuning=target=x86-64-v4 file=%t/tiles.txt' | FileCheck %t/net.mlir --check-prefix=OTHER
// RUN: pare-opt %t/net.mlir '--kernel-to-llvm=target=x86-64-v3 tuning=%t/tiles.txt' | FileCheck %t/net.mlir --check-prefix=TUNED
// RUN: pare-opt %t/bytes.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/tiles.txt' | FileCheck %t/bytes.mlir

// A shape that the file has for the target gets its tile; a tile that is there
// already stays; other shapes and targets are left alone.

//--- tiles.txt
# A comment.

x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 2x1
x86-64-v3 contract i8 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 3x1
x86-64-v3 contract i8 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 byte pairs tile 4x1
//--- bytes.mlir
// Small weights, whose products are added in pairs of bytes, have other tiles
// than large ones of the same shape.
memref.global "private" constant @small : memref<24x1x1x16xi8> = dense<64>
memref.global "private" constant @large : memref<24x1x1x16xi8> = dense<65>
// CHECK-LABEL: func.func @net
func.func @net(%x: memref<1x3x4x16xi8>, %y: memref<1x3x4x24xi8>, %z: memref<1x3x4x24xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %small = memref.get_global @small : memref<24x1x1x16xi8>
  %large = memref.get_global @large : memref<24x1x1x16xi8>
  // CHECK: kernel.contract {{.*}}kernel.tile = array<i64: 4, 1>
  kernel.contract %x, %small into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>} : memref<1x3x4x16xi8>, memref<24x1x1x16xi8>, memref<1x3x4x24xi8>
  // CHECK: kernel.contract {{.*}}kernel.tile = array<i64: 3, 1>
  kernel.contract %x, %large into %z {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>} : memref<1x3x4x16xi8>, memref<24x1x1x16xi8>, memref<1x3x4x24xi8>
  return
}
//--- net.mlir
memref.global "private" constant @w : memref<24x1x1x16xf32> = dense<1.0>
memref.global "private" constant @v : memref<16x1x1x24xf32> = dense<1.0>
// TUNED: llvm.func internal @layer_{{.*}}
// CHECK-LABEL: func.func @net
func.func @net(%x: memref<1x3x4x16xf32> {nn.name = "x", kernel.tensor_type = tensor<1x3x4x16xf32>},
               %y: memref<1x3x4x24xf32> {kernel.tensor_type = tensor<1x3x4x24xf32>},
               %z: memref<1x3x4x16xf32> {kernel.tensor_type = tensor<1x3x4x16xf32>})
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<24x1x1x16xf32>
  %v = memref.get_global @v : memref<16x1x1x24xf32>
  // CHECK: kernel.contract {{.*}}kernel.tile = array<i64: 2, 1>
  // OTHER-NOT: array<i64: 2, 1>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x3x4x16xf32>, memref<24x1x1x16xf32>, memref<1x3x4x24xf32>
  // CHECK: kernel.contract {{.*}}kernel.tile = array<i64: 5, 1>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>, kernel.tile = array<i64: 5, 1>} : memref<1x3x4x16xf32>, memref<24x1x1x16xf32>, memref<1x3x4x24xf32>
  // CHECK: kernel.contract
  // CHECK-NOT: kernel.tile
  kernel.contract %y, %v into %z {epilogue = #kernel.epilogue<>} : memref<1x3x4x24xf32>, memref<16x1x1x24xf32>, memref<1x3x4x16xf32>
  return
}
