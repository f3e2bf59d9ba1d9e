// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s

// A product whose right operand lies in rows reads it where it is: six rows by
// two vectors of columns, four steps in a row. The last two columns are in a
// vector that begins six columns before, and no narrower one is left.

// CHECK-LABEL: func.func private @layer_product
// CHECK: vector.load %arg1[%{{.*}}] : memref<6272xf32>, vector<8xf32>
// CHECK-COUNT-48: vector.fma {{.*}} vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK-COUNT-12: vector.store {{.*}} vector<8xf32>
// CHECK: arith.constant 90 : index
// CHECK-COUNT-24: vector.fma {{.*}} vector<8xf32>
// CHECK-COUNT-6: vector.store {{.*}} vector<8xf32>
// CHECK-NOT: vector.store
// CHECK: return
func.func @net(%x: memref<1x98x64xf32>, %y: memref<1x64x98xf32>, %z: memref<1x98x98xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.batch_matmul %x, %y into %z {epilogue = #kernel.epilogue<>}
      : memref<1x98x64xf32>, memref<1x64x98xf32>, memref<1x98x98xf32> loc("product")
  return
}
