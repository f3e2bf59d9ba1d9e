// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v3 --split-input-file | FileCheck %s
// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v2 --split-input-file | FileCheck %s --check-prefix=NOFMA

// Sums and products of bytes by fused products, where they give what the
// definition gives for all pairs of bytes.

// Mode fixed: no integer is multiplied. The constant has the zero points.

// CHECK-LABEL: func.func private @layer_sum
// CHECK-NOT: arith.muli
// CHECK-COUNT-8: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// CHECK-NOT: arith.muli
// CHECK: return

// NOFMA-LABEL: func.func private @layer_sum
// NOFMA: arith.muli
// NOFMA-NOT: vector.fma
// NOFMA: return
func.func @fixed(%x: memref<32xi8>, %y: memref<32xi8>, %z: memref<32xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  kernel.binary add %x, %y into %z {lhs_zero_point = 3, rhs_zero_point = -7,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
      scales = <mode = fixed, multipliers = [1073741824, 1518500250, 1717986918], shifts = [0, -1, -18]>>}
      : memref<32xi8>, memref<32xi8>, memref<32xi8> loc("sum")
  return
}

// -----

// Mode float: one number a channel, three products.

// CHECK-LABEL: func.func private @layer_product
// CHECK-NOT: arith.muli {{.*}} : vector
// CHECK-COUNT-12: vector.fma {{.*}} : vector<8xf32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.packsswb"

// NOFMA-LABEL: func.func private @layer_product
// NOFMA: arith.muli {{.*}} : vector
func.func @product(%x: memref<1x2x2x32xi8>, %y: memref<1x1x1x32xi8>, %z: memref<1x2x2x32xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  kernel.binary mul %x, %y into %z {lhs_zero_point = 3, rhs_zero_point = -128,
      epilogue = #kernel.epilogue<zero_point = 5, low = -128.0, high = 127.0,
      scales = <mode = float, factors = [3.9317861e-3]>>}
      : memref<1x2x2x32xi8>, memref<1x1x1x32xi8>, memref<1x2x2x32xi8> loc("product")
  return
}

// -----

// A table that is constant has one row of 16 for bytes of each sign.

// CHECK-LABEL: func.func private @layer_lookup
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"
// CHECK-NOT: llvm.x86.avx2.pshuf.b
// CHECK: return
memref.global "private" constant @entries7 : memref<256xi8> = dense<7>
func.func @table(%x: memref<32xi8>, %y: memref<32xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %t = memref.get_global @entries7 : memref<256xi8>
  kernel.table %x, %t into %y : memref<32xi8>, memref<256xi8>, memref<32xi8> loc("lookup")
  return
}
