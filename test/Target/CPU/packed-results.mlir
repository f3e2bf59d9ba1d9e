// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v4 --lower-kernel-to-vector=target=x86-64-v4 --split-input-file | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 --split-input-file | FileCheck %s --check-prefixes=CHECK,AVX2

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
