// RUN: split-file %s %t
// RUN: pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v3 tuning=%t/rows.txt' | FileCheck %t/net.mlir --check-prefix=ROWS
// RUN: pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v3 tuning=%t/off.txt' | FileCheck %t/net.mlir --check-prefix=OFF
// RUN: pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v4 tuning=%t/off.txt' | FileCheck %t/net.mlir --check-prefix=OTHER
// RUN: pare-opt %t/net.mlir '--kernel-fuse-stripes=target=x86-64-v3 rows=2 tuning=%t/off.txt' | FileCheck %t/net.mlir --check-prefix=ASKED
// RUN: pare-opt %t/net.mlir '--kernel-to-llvm=target=x86-64-v3 tuning=%t/rows.txt' | FileCheck %t/net.mlir --check-prefix=CODE

// What a file says of layers in a row on a target goes before what is expected,
// and what is asked for before both. Layers behind a small image are not a part of
// what is looked up.

//--- rows.txt
x86-64-v3 chain f32 1x112x112x16, contract 1x1 to 112x112x96, depthwise 3x3 strides 2x2 padding 0x1x0x1 to 56x56x96, contract 1x1 to 56x56x8 with a sum stripes 1-2:7
//--- off.txt
x86-64-v3 chain f32 1x112x112x16, contract 1x1 to 112x112x96, depthwise 3x3 strides 2x2 padding 0x1x0x1 to 56x56x96, contract 1x1 to 56x56x8 with a sum stripes off
//--- net.mlir
memref.global "private" constant @expand : memref<96x1x1x16xf32> = dense<0.5>
memref.global "private" constant @taps : memref<1x3x3x96xf32> = dense<0.25>
memref.global "private" constant @project : memref<8x1x1x96xf32> = dense<2.0>
memref.global "private" constant @last : memref<1x3x3x8xf32> = dense<2.0>

// ROWS-LABEL: func.func @net
// ROWS: kernel.contract
// ROWS-NOT: kernel.stripe_rows
// ROWS: kernel.stripes
// ROWS: kernel.depthwise {{.*}}kernel.stripe_rows = 7 : i64
// ROWS: kernel.contract {{.*}}kernel.stripe_rows = 7 : i64
// ROWS: kernel.depthwise
// ROWS-NOT: kernel.stripe_rows
// ROWS: return
// OFF-NOT: kernel.stripes
// OTHER: kernel.stripes
// ASKED: kernel.stripes
// ASKED: kernel.stripe_rows = 4 : i64
// CODE: llvm.func internal @layer_depthwise___project
func.func @net(%x: memref<1x112x112x16xf32> {nn.name = "x", kernel.tensor_type = tensor<1x112x112x16xf32>},
               %r: memref<1x56x56x8xf32> {nn.name = "r", kernel.tensor_type = tensor<1x56x56x8xf32>},
               %y: memref<1x56x56x8xf32> {kernel.tensor_type = tensor<1x56x56x8xf32>})
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 6121472 : i64} {
  %0 = kernel.buffer at 0 : memref<1x112x112x96xf32>
  %1 = kernel.buffer at 4816896 : memref<1x56x56x96xf32>
  %2 = kernel.buffer at 6021120 : memref<1x56x56x8xf32>
  %w = memref.get_global @expand : memref<96x1x1x16xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x112x112x16xf32>, memref<96x1x1x16xf32>, memref<1x112x112x96xf32> loc("expand")
  %t = memref.get_global @taps : memref<1x3x3x96xf32>
  kernel.depthwise %0, %t into %1 {epilogue = #kernel.epilogue<low = 0.0>, strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>}
      : memref<1x112x112x96xf32>, memref<1x3x3x96xf32>, memref<1x56x56x96xf32> loc("depthwise")
  %p = memref.get_global @project : memref<8x1x1x96xf32>
  kernel.contract %1, %p residual %r into %2 {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x56x56x96xf32>, memref<8x1x1x96xf32>, memref<1x56x56x8xf32>, memref<1x56x56x8xf32> loc("project")
  %l = memref.get_global @last : memref<1x3x3x8xf32>
  kernel.depthwise %2, %l into %y {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x56x56x8xf32>, memref<1x3x3x8xf32>, memref<1x56x56x8xf32> loc("last")
  return
}
