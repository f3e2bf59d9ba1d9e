// RUN: split-file %s %t
// RUN: not pare-opt %t/net.mlir --kernel-fuse-stripes=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not pare-opt %t/net.mlir '--kernel-fuse-stripes=tuning=%t/missing.txt' 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v3 tuning=%t/tile.txt' 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: not pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v3 tuning=%t/more.txt' 2>&1 | FileCheck %s --check-prefix=MORE
// RUN: not pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v3 tuning=%t/rows.txt' 2>&1 | FileCheck %s --check-prefix=ROWS

// TARGET: unknown target 'z80'
// MISSING: cannot read '{{.*}}missing.txt': No such file or directory
// TILE: net.mlir:{{.*}} error: {{.*}}tile.txt: 'tile 6x2' does not fit this layer and those behind it: layers in a row take stripes
// MORE: more.txt: 'stripes 0-2:4' does not fit this layer and those behind it: there are 2 of them
// ROWS: rows.txt: 'stripes 0-1:5' does not fit this layer and those behind it: 112 rows are no multiple of 5

//--- tile.txt
x86-64-v3 chain f32 1x112x112x16, contract 1x1 to 112x112x96, depthwise 3x3 padding 1x1x1x1 to 112x112x96 tile 6x2
//--- more.txt
x86-64-v3 chain f32 1x112x112x16, contract 1x1 to 112x112x96, depthwise 3x3 padding 1x1x1x1 to 112x112x96 stripes 0-2:4
//--- rows.txt
x86-64-v3 chain f32 1x112x112x16, contract 1x1 to 112x112x96, depthwise 3x3 padding 1x1x1x1 to 112x112x96 stripes 0-1:5
//--- net.mlir
memref.global "private" constant @expand : memref<96x1x1x16xf32> = dense<0.5>
memref.global "private" constant @taps : memref<1x3x3x96xf32> = dense<0.25>
func.func @net(%x: memref<1x112x112x16xf32>, %y: memref<1x112x112x96xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 4816896 : i64} {
  %0 = kernel.buffer at 0 : memref<1x112x112x96xf32>
  %w = memref.get_global @expand : memref<96x1x1x16xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>}
      : memref<1x112x112x16xf32>, memref<96x1x1x16xf32>, memref<1x112x112x96xf32>
  %t = memref.get_global @taps : memref<1x3x3x96xf32>
  kernel.depthwise %0, %t into %y {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x112x112x96xf32>, memref<1x3x3x96xf32>, memref<1x112x112x96xf32>
  return
}
