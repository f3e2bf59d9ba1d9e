// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v4 --lower-kernel-to-vector=target=x86-64-v4 --split-input-file | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 --split-input-file | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v2 --lower-kernel-to-vector=target=x86-64-v2 --split-input-file | FileCheck %s --check-prefix=NOFMA

// Of integer contractions four vectors of results are packed at once: two of a
// row and two of the next.

// CHECK-LABEL: func.func private @layer_product
// WIDE: llvm.call_intrinsic "llvm.x86.avx512.packssdw.512"
// WIDE: llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"
// WIDE-NEXT: vector.shuffle {{.*}} [0, 1, 2, 3, 16, 17, 18, 19, 32, 33, 34, 35, 48, 49, 50, 51, 4,
// WIDE-NOT: arith.trunci
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// CHECK: return
memref.global "private" constant @w : memref<32x1x1x32xi8> = dense<-128>
func.func @product(%x: memref<1x4x4x32xi8>, %y: memref<1x4x4x32xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<32x1x1x32xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.005]>>}
      : memref<1x4x4x32xi8>, memref<32x1x1x32xi8>, memref<1x4x4x32xi8> loc("product")
  return
}

// -----

// Bytes of a residual are added to results that are floats still, and packed
// with the sum's bounds: clamped and rounded, each result takes two fused
// products. AVX2 packs each half of two vectors by itself; so stand the bytes
// that are added.

// CHECK-LABEL: func.func private @layer_sum
// AVX2: %[[Y:.*]] = vector.load %arg1[%{{.*}}] : memref<512xi8>, vector<16xi8>
// AVX2: arith.mulf {{.*}} : vector<8xf32>
// AVX2: vector.shuffle %[[Y]], %[[Y]] [0, 1, 2, 3, 8, 9, 10, 11] : vector<16xi8>
// AVX2-COUNT-2: vector.fma {{.*}} : vector<8xf32>
// AVX2: vector.shuffle %[[Y]], %[[Y]] [4, 5, 6, 7, 12, 13, 14, 15] : vector<16xi8>
// AVX2-COUNT-2: vector.fma {{.*}} : vector<8xf32>
// AVX2-NOT: vector.store
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// WIDE: vector.load %arg1[%{{.*}}] : memref<512xi8>, vector<32xi8>
// WIDE-COUNT-4: vector.fma {{.*}} : vector<16xf32>
// WIDE: vector.load %arg1[%{{.*}}] : memref<512xi8>, vector<32xi8>
// WIDE-COUNT-4: vector.fma {{.*}} : vector<16xf32>
// WIDE: llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"
// CHECK: return

// Without fused products bytes are added.
// NOFMA-LABEL: func.func private @layer_sum
// NOFMA-NOT: vector.fma
// NOFMA: return
memref.global "private" constant @w : memref<32x1x1x32xi8> = dense<-128>
func.func @sum(%x: memref<1x4x4x32xi8>, %r: memref<1x4x4x32xi8>, %y: memref<1x4x4x32xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %w = memref.get_global @w : memref<32x1x1x32xi8>
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<zero_point = 5, low = -128.0, high = 127.0, scales = <mode = float, factors = [0.005]>>,
      residual_zero_point = -7, residual_epilogue = #kernel.epilogue<zero_point = -128, low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5137218, 0.2671934]>>}
      : memref<1x4x4x32xi8>, memref<32x1x1x32xi8>, memref<1x4x4x32xi8>, memref<1x4x4x32xi8> loc("sum")
  return
}

// -----

// Mode fixed, with rows of eight columns, whose terms are put in order. Four rows
// are packed together.

// AVX2-LABEL: func.func private @layer_ordered
// AVX2: vector.load %arg1[%{{.*}}] : memref<512xi8>, vector<8xi8>
// AVX2: %[[X:.*]] = arith.sitofp {{.*}} : vector<8xi32> to vector<8xf32>
// AVX2: %[[INNER:.*]] = vector.fma %[[X]],
// AVX2: vector.fma {{.*}}, %[[INNER]] : vector<8xf32>
// AVX2-COUNT-6: vector.fma {{.*}} : vector<8xf32>
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// AVX2: return
memref.global "private" constant @w : memref<32x1x1x32xi8> = dense<3>
func.func @ordered(%x: memref<1x4x4x32xi8>, %r: memref<1x4x4x32xi8>, %y: memref<1x4x4x32xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %w = memref.get_global @w : memref<32x1x1x32xi8>
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1518500250], shifts = [-7]>>,
      residual_zero_point = -7, residual_epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824, 1518500250, 1717986918], shifts = [0, -1, -18]>>}
      : memref<1x4x4x32xi8>, memref<32x1x1x32xi8>, memref<1x4x4x32xi8>, memref<1x4x4x32xi8> loc("ordered")
  return
}
