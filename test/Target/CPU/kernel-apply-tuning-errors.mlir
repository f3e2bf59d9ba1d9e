// RUN: split-file %s %t
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/missing.txt' 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/words.txt' 2>&1 | FileCheck %s --check-prefix=WORDS
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/zero.txt' 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/three.txt' 2>&1 | FileCheck %s --check-prefix=THREE
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=target=z80 file=%t/words.txt' 2>&1 | FileCheck %s --check-prefix=TARGET

// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/wide.txt' 2>&1 | FileCheck %s --check-prefix=WIDE
// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/rows.txt' 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/few.txt' 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/levels.txt' 2>&1 | FileCheck %s --check-prefix=LEVELS
// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/order.txt' 2>&1 | FileCheck %s --check-prefix=ORDER
// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/tiles.txt' 2>&1 | FileCheck %s --check-prefix=TILES
// RUN: not pare-opt %t/layers.mlir '--kernel-apply-tuning=target=x86-64-v3 file=%t/stripes.txt' 2>&1 | FileCheck %s --check-prefix=STRIPES
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/both.txt' 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not pare-opt %t/net.mlir '--kernel-apply-tuning=file=%t/group.txt' 2>&1 | FileCheck %s --check-prefix=GROUP

// WIDE: layers.mlir:5:{{.*}} error: {{.*}}wide.txt: 'tile 6x4' does not fit this layer: the tile is larger than the product, or than the registers of x86-64-v3
// ROWS: rows.txt: 'tile 13x1' does not fit this layer: the tile is larger than the product
// FEW: few.txt: 'tile 2x2 strassen 1' does not fit this layer: it needs f32, 1x1 taps, and halves of rows, terms and panels
// LEVELS: levels.txt: 'tile 2x2 strassen 5' does not fit this layer: there
// ORDER: order.txt: 'tile 2x1 order terms' does not fit this layer: it needs a target with vpmaddubsw
// TILES: tiles.txt: 'winograd 2x2' does not fit this layer: it needs 3x3 taps
// STRIPES: stripes.txt: 'stripes off' does not fit this layer: stripes are for layers in a row
// BOTH: both.txt:1: expected a shape and {{.*}}, found 'native contract tile 6x2 strassen yes'
// GROUP: group.txt:1: expected a shape and {{.*}}, found 'native chain stripes 0-2:4,2-3:4'

// MISSING: cannot read '{{.*}}missing.txt': No such file or directory
// WORDS: words.txt:2: expected a shape and 'tile ROWSxVECTORS', 'winograd 2x2', 'winograd 4x4' or 'stripes FIRST-LAST:ROWS', found 'fast, please'
// ZERO: zero.txt:1: expected a shape and 'tile ROWSxVECTORS', 'winograd 2x2', 'winograd 4x4' or 'stripes FIRST-LAST:ROWS', found 'native contract tile 0x2'
// THREE: three.txt:1: expected a shape and {{.*}}, found 'native contract winograd 3x3'
// TARGET: unknown target 'z80'

//--- layers.mlir
memref.global "private" constant @w : memref<24x1x1x16xf32> = dense<1.0>
func.func @net(%x: memref<1x3x4x16xf32>, %y: memref<1x3x4x24xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<24x1x1x16xf32>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x3x4x16xf32>, memref<24x1x1x16xf32>, memref<1x3x4x24xf32>
  return
}
//--- wide.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 6x4
//--- rows.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 13x1
//--- few.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 2x2 strassen 1
//--- levels.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 2x2 strassen 5
//--- order.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 tile 2x1 order terms
//--- tiles.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 winograd 2x2
//--- stripes.txt
x86-64-v3 contract f32 1x3x4x16 by 24x1x1x16 to 1x3x4x24 strides 1x1 dilations 1x1 padding 0x0x0x0 stripes off
//--- both.txt
native contract tile 6x2 strassen yes
//--- group.txt
native chain stripes 0-2:4,2-3:4
//--- net.mlir
module {}
//--- words.txt
# A comment.
fast, please
//--- zero.txt
native contract tile 0x2
//--- three.txt
native contract winograd 3x3
