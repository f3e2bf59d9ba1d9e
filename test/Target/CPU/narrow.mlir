// Contractions with few columns: vectors run along the terms, and weights stay
// as they are.

// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 | FileCheck %s --check-prefix=PACKED
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v4 --lower-kernel-to-vector=target=x86-64-v4 | FileCheck %s --check-prefix=WIDE

memref.global "private" constant @one : memref<1x1x1x48xf32> = dense<0.5>
memref.global "private" constant @four : memref<4x1x1x20xf32> = dense<0.5>
memref.global "private" constant @three : memref<3x1x1x48xf32> = dense<0.5>
memref.global "private" constant @eight : memref<8x1x1x128xf32> = dense<0.5>
memref.global "private" constant @two : memref<2x1x1x100xf32> = dense<0.5>
memref.global "private" constant @bias : memref<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]>

// PACKED-LABEL: func.func @net(
// PACKED: kernel.contract
// PACKED-NOT: kernel.packed
// PACKED: memref.get_global @three
// PACKED: kernel.contract {{.*}}kernel.packed
func.func @net(%x: memref<1x5x5x48xf32>, %u: memref<1x5x5x20xf32>, %r: memref<1x5x5x4xf32>,
               %y: memref<1x5x5x1xf32>, %z: memref<1x5x5x4xf32>, %v: memref<1x5x5x3xf32>)
    attributes {kernel.num_inputs = 3 : i64, kernel.arena_bytes = 0 : i64} {
  %one = memref.get_global @one : memref<1x1x1x48xf32>
  kernel.contract %x, %one into %y {epilogue = #kernel.epilogue<>}
      : memref<1x5x5x48xf32>, memref<1x1x1x48xf32>, memref<1x5x5x1xf32> loc("one")
  %four = memref.get_global @four : memref<4x1x1x20xf32>
  %bias = memref.get_global @bias : memref<4xf32>
  kernel.contract %u, %four bias %bias residual %r into %z {epilogue = #kernel.epilogue<low = 0.0>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x5x5x20xf32>, memref<4x1x1x20xf32>, memref<4xf32>, memref<1x5x5x4xf32>, memref<1x5x5x4xf32> loc("four")
  // No number of rows of three columns fills a vector.
  %three = memref.get_global @three : memref<3x1x1x48xf32>
  kernel.contract %x, %three into %v {epilogue = #kernel.epilogue<>}
      : memref<1x5x5x48xf32>, memref<3x1x1x48xf32>, memref<1x5x5x3xf32> loc("three")
  return
}

// PACKED-LABEL: func.func @rows(
// PACKED-NOT: kernel.packed
func.func @rows(%x: memref<1x1x1x128xf32>, %u: memref<1x1x1x100xf32>, %y: memref<1x1x1x8xf32>,
                %z: memref<1x1x1x2xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  %eight = memref.get_global @eight : memref<8x1x1x128xf32>
  kernel.contract %x, %eight into %y {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x1x1x128xf32>, memref<8x1x1x128xf32>, memref<1x1x1x8xf32> loc("row")
  %two = memref.get_global @two : memref<2x1x1x100xf32>
  kernel.contract %u, %two into %z {epilogue = #kernel.epilogue<>}
      : memref<1x1x1x100xf32>, memref<2x1x1x100xf32>, memref<1x1x1x2xf32> loc("rest")
  return
}

// Eight rows, one product of each; neighbours are added, then halves.
// CHECK-LABEL: func private @layer_one
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-8: vector.fma {{.*}} vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK-COUNT-6: vector.shuffle {{.*}} [1, 3, 9, 11, 5, 7, 13, 15]
// CHECK: vector.shuffle {{.*}} [4, 5, 6, 7, 12, 13, 14, 15]
// CHECK-NEXT: arith.addf
// CHECK-NEXT: vector.store {{.*}} : memref<25xf32>, vector<8xf32>

// Two rows, and the last four terms of 20 by themselves.
// CHECK-LABEL: func private @layer_four
// CHECK-COUNT-16: vector.fma {{.*}} vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: vector.store {{.*}} : memref<100xf32>, vector<8xf32>

// One row alone by eight columns: a vector of the row for all of them, four in a
// row; with 512 bits the halves of results are added at last.
// CHECK-LABEL: func private @layer_row
// CHECK: scf.for
// CHECK-COUNT-32: vector.fma {{.*}} vector<8xf32>
// CHECK: scf.yield
// CHECK-NOT: vector.fma
// CHECK: vector.store {{.*}} : memref<8xf32>, vector<8xf32>

// Two columns have four sums each; what is left of 100 terms comes behind.
// CHECK-LABEL: func private @layer_rest
// CHECK-COUNT-8: vector.fma {{.*}} vector<8xf32>
// CHECK: scf.yield
// CHECK-COUNT-2: vector.fma {{.*}} vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: vector.store {{.*}} : memref<2xf32>, vector<2xf32>

// Sixteen rows by 512 bits.
// WIDE-LABEL: func private @layer_one
// WIDE-COUNT-16: vector.fma {{.*}} vector<16xf32>
// WIDE: vector.store {{.*}} : memref<25xf32>, vector<16xf32>

// WIDE-LABEL: func private @layer_row
// WIDE-COUNT-32: vector.fma {{.*}} vector<16xf32>
// WIDE: arith.addf {{.*}} vector<8xf32>
// WIDE: vector.store {{.*}} : memref<8xf32>, vector<8xf32>
