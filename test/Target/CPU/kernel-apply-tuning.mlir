// RUN: split-file %s %t
// RUN: pare-opt %t/net.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/tiles.txt' | FileCheck %t/net.mlir
// RUN: pare-opt %t/net.mlir '--kernel-apply-tuning=target=x86-64-v4 file=%t/tiles.txt' | FileCheck %t/net.mlir --check-prefix=OTHER
// RUN: pare-opt %t/net.mlir '--kernel-to-llvm=target=x86-64-v3 tuning=%t/tiles.txt' | FileCheck %t/net.mlir --check-prefix=TUNED
// RUN: pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/halves.txt' | FileCheck %t/halves.mlir --check-prefixes=CHECK,ON
// RUN: sed 's/strassen 1/strassen 0/; s/order terms/order none/' %t/halves.txt > %t/whole.txt
// RUN: pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/whole.txt' | FileCheck %t/halves.mlir --check-prefixes=CHECK,OFF
// RUN: sed 's/tile 3x1 order/tile 11x1 order/' %t/halves.txt > %t/rows.txt
// RUN: pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/rows.txt' | FileCheck %t/halves.mlir --check-prefix=ROWS
// RUN: sed 's/tile 3x1 order/tile 12x1 order/' %t/halves.txt > %t/more.txt
// RUN: not pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/more.txt' 2>&1 | FileCheck %t/halves.mlir --check-prefix=MORE
// RUN: sed 's/ strassen 1//' %t/halves.txt > %t/either.txt
// RUN: pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/either.txt' | FileCheck %t/halves.mlir --check-prefixes=CHECK,EITHER
// RUN: pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/halves.txt' '--kernel-pack-weights=target=x86-64-v3' | FileCheck %t/halves.mlir --check-prefix=PACKED
// RUN: pare-opt %t/halves.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/whole.txt' '--kernel-pack-weights=target=x86-64-v3' | FileCheck %t/halves.mlir --check-prefix=PLAIN
// RUN: pare-opt %t/bytes.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/tiles.txt' | FileCheck %t/bytes.mlir

// A shape that the file has for the target gets its tile; a tile that is there
// already stays; other shapes and targets are left alone.

//--- tiles.txt
# A comment.

x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 2x1
x86-64-v3 contract i8 1x1x3x16 by 24x1x1x16 to 1x1x3x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 3x1
x86-64-v3 contract i8 1x1x3x16 by 24x1x1x16 to 1x1x3x24 strides 1x1 dilations 1x1 padding 0x0x0x0 byte pairs tile 2x1
//--- halves.txt
x86-64-v3 contract f32 1x14x14x256 by 256x1x1x256 to 1x14x14x256 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 6x2 strassen 1
x86-64-v3 contract i8 1x14x14x256 by 256x1x1x256 to 1x14x14x256 strides 1x1 dilations 1x1 padding 0x0x0x0 ordered terms tile 3x1 order terms
//--- halves.mlir
// Beside a tile the file may say whether Strassen's algorithm multiplies, and
// which order terms get.
memref.global "private" constant @w : memref<256x1x1x256xf32> = dense<1.0>
memref.global "private" constant @v : memref<256x1x1x256xi8> = dense<127>
// CHECK-LABEL: func.func @net
func.func @net(%x: memref<1x14x14x256xf32>, %a: memref<1x14x14x256xi8>, %y: memref<1x14x14x256xf32>, %b: memref<1x14x14x256xi8>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<256x1x1x256xf32>
  // ON: kernel.contract {{.*}}kernel.strassen = true, kernel.tile = array<i64: 6, 2>
  // OFF: kernel.contract {{.*}}kernel.strassen = false, kernel.tile = array<i64: 6, 2>
  // EITHER: kernel.contract
  // EITHER-NOT: kernel.strassen
  // EITHER-SAME: kernel.tile = array<i64: 6, 2>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x14x14x256xf32>, memref<256x1x1x256xf32>, memref<1x14x14x256xf32>
  %v = memref.get_global @v : memref<256x1x1x256xi8>
  // ON: kernel.contract {{.*}}kernel.order = "terms", kernel.tile = array<i64: 3, 1>
  // OFF: kernel.contract {{.*}}kernel.order = "none", kernel.tile = array<i64: 3, 1>
  // ROWS: kernel.order = "terms", kernel.tile = array<i64: 11, 1>
  // MORE: more.txt: 'tile 12x1 order terms' does not fit this layer: its tiles are rows by 1 vector that stay in registers
  // PACKED: kernel.order = "terms"
  // PACKED-SAME: kernel.term_order = array<i64: 1,
  // PLAIN: kernel.order = "none"
  // PLAIN-NOT: kernel.term_order
  kernel.contract %a, %v into %b {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>} : memref<1x14x14x256xi8>, memref<256x1x1x256xi8>, memref<1x14x14x256xi8>
  return
}
//--- bytes.mlir
// Small weights, whose products are added in pairs of bytes, have other tiles
// than large ones of the same shape.
memref.global "private" constant @small : memref<24x1x1x16xi8> = dense<64>
memref.global "private" constant @large : memref<24x1x1x16xi8> = dense<65>
// CHECK-LABEL: func.func @net
func.func @net(%x: memref<1x1x3x16xi8>, %y: memref<1x1x3x24xi8>, %z: memref<1x1x3x24xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %small = memref.get_global @small : memref<24x1x1x16xi8>
  %large = memref.get_global @large : memref<24x1x1x16xi8>
  // CHECK: kernel.contract {{.*}}kernel.tile = array<i64: 2, 1>
  kernel.contract %x, %small into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>} : memref<1x1x3x16xi8>, memref<24x1x1x16xi8>, memref<1x1x3x24xi8>
  // CHECK: kernel.contract {{.*}}kernel.tile = array<i64: 3, 1>
  kernel.contract %x, %large into %z {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>} : memref<1x1x3x16xi8>, memref<24x1x1x16xi8>, memref<1x1x3x24xi8>
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
