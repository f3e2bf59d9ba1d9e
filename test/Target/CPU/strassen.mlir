// RUN: pare-opt %s '--kernel-to-llvm=target=x86-64-v3' | FileCheck %s
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s --check-prefix=LOOPS

// What may be multiplied by halves is, if the operation says so: 24 rows, two
// panels of 16 columns, two halves of 8 terms. The weights stay as they are.

// CHECK-DAG: llvm.mlir.global private constant @forced_packed({{.*}}) {{.*}} : !llvm.array<512 x f32>
// CHECK-DAG: llvm.mlir.global private constant @plain_packed({{.*}}) {{.*}} : !llvm.array<512 x f32>
memref.global "private" constant @w : memref<32x1x1x16xf32> = dense<1.0>
memref.global "private" constant @deep : memref<160x1x1x64xf32> = dense<1.0>
memref.global "private" constant @odd : memref<32x1x1x15xf32> = dense<1.0>

// S3 and T3 are differences.
// LOOPS-LABEL: func.func private @layer_forced(
// LOOPS: arith.subf {{.*}} : vector<8xf32>
// LOOPS-LABEL: func.func private @layer_plain(
// LOOPS-NOT: arith.subf
// Three rows are too few for two tiles.
// LOOPS-LABEL: func.func private @layer_few(
// LOOPS-NOT: arith.subf
// Of 49 rows both halves have 25, five tiles of five; one row is in both. Four
// sums of 25 rows of 32 terms.
// LOOPS-LABEL: func.func private @layer_overlap(
// LOOPS: memref.view {{.*}} to memref<3200xf32>
// LOOPS: scf.for {{.*}} to %c25
// Of the 32 steps of a product four are in a row, with one line of the next
// weights for eight.
// LOOPS: scf.for {{.*}} to %c4{{[_0-9]*}} step %c1{{[_0-9]*}} iter_args
// LOOPS: memref.prefetch {{.*}}, read
// LOOPS: scf.for {{.*}} to %c8{{[_0-9]*}} step %c4{{[_0-9]*}} iter_args
// LOOPS-COUNT-40: vector.fma
// LOOPS-NOT: vector.fma
// LOOPS: scf.yield
// 15 terms have no halves.
// LOOPS-LABEL: func.func private @layer_odd(
// LOOPS-NOT: arith.subf
// LOOPS-LABEL: func.func @net
func.func @net(%x: memref<1x4x6x16xf32> {nn.name = "x", kernel.tensor_type = tensor<1x4x6x16xf32>},
               %z: memref<1x1x3x16xf32> {nn.name = "z", kernel.tensor_type = tensor<1x1x3x16xf32>},
               %s: memref<1x7x7x64xf32> {nn.name = "s", kernel.tensor_type = tensor<1x7x7x64xf32>},
               %u: memref<1x4x6x15xf32> {nn.name = "u", kernel.tensor_type = tensor<1x4x6x15xf32>},
               %y: memref<1x4x6x32xf32> {kernel.tensor_type = tensor<1x4x6x32xf32>},
               %t: memref<1x7x7x160xf32> {kernel.tensor_type = tensor<1x7x7x160xf32>},
               %v: memref<1x1x3x32xf32> {kernel.tensor_type = tensor<1x1x3x32xf32>})
    attributes {kernel.num_inputs = 4 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<32x1x1x16xf32>
  %d = memref.get_global @deep : memref<160x1x1x64xf32>
  %o = memref.get_global @odd : memref<32x1x1x15xf32>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>, kernel.strassen = true} : memref<1x4x6x16xf32>, memref<32x1x1x16xf32>, memref<1x4x6x32xf32> loc("forced")
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x4x6x16xf32>, memref<32x1x1x16xf32>, memref<1x4x6x32xf32> loc("plain")
  kernel.contract %z, %w into %v {epilogue = #kernel.epilogue<>, kernel.strassen = true} : memref<1x1x3x16xf32>, memref<32x1x1x16xf32>, memref<1x1x3x32xf32> loc("few")
  kernel.contract %s, %d into %t {epilogue = #kernel.epilogue<>, kernel.strassen = true, kernel.tile = array<i64: 5, 2>} : memref<1x7x7x64xf32>, memref<160x1x1x64xf32>, memref<1x7x7x160xf32> loc("overlap")
  kernel.contract %u, %o into %y {epilogue = #kernel.epilogue<>, kernel.strassen = true} : memref<1x4x6x15xf32>, memref<32x1x1x15xf32>, memref<1x4x6x32xf32> loc("odd")
  return
}
