// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s --check-prefix=AVX2
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-vnni --lower-kernel-to-vector=target=x86-64-vnni | FileCheck %s --check-prefix=VNNI

// Weights with a zero point are bytes. For pairs it is taken off when they are
// widened, once for all rows.

// AVX2-LABEL: func.func private @layer_conv
// AVX2: memref.get_global @conv_packed : memref<1536xi8>
// AVX2: %[[WIDE:.*]] = arith.extsi %{{.*}} : vector<16xi8> to vector<16xi16>
// AVX2: %[[ZERO:.*]] = arith.constant dense<7> : vector<16xi16>
// AVX2: %[[W:.*]] = arith.subi %[[WIDE]], %[[ZERO]] : vector<16xi16>
// AVX2: vector.store %[[W]], %{{.*}} : memref<1536xi16>, vector<16xi16>
// AVX2-NOT: arith.subi %{{.*}} : vector<16xi16>
// AVX2: llvm.x86.avx2.pmadd.wd

// Quads take them as they are. Sums begin with what that adds: the zero point
// times the sum of a row's 48 terms.

// VNNI-LABEL: func.func private @layer_conv
// VNNI: memref.view %{{.*}} to memref<132xi32>
// VNNI: memref.get_global @conv_packed : memref<1536xi8>
// VNNI: vector.load %{{.*}} vector<32xi8>
// VNNI: "llvm.x86.avx512.vpdpbusd.256"
// VNNI: vector.load %{{.*}} vector<16xi8>
// VNNI: "llvm.x86.avx512.vpdpbusd.256"
// VNNI: %[[ZERO:.*]] = arith.constant dense<-7> : vector<1xi32>
// VNNI: %[[SUM:.*]] = arith.muli %{{.*}}, %[[ZERO]] : vector<1xi32>
// VNNI: vector.store %[[SUM]], %[[SUMS:[a-z0-9_]+]][%{{.*}}] : memref<132xi32>
// VNNI: memref.load %[[SUMS]][%{{.*}}] : memref<132xi32>
// VNNI: "llvm.x86.avx512.vpdpbusd.256"
memref.global "private" constant @w : memref<32x1x1x48xi8> = dense<-100>
func.func @network(%x: memref<1x16x16x48xi8>, %y: memref<1x16x16x32xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<32x1x1x48xi8>
  kernel.contract %x, %w into %y {input_zero_point = 2 : i64, filter_zero_point = 7 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x16x16x48xi8>, memref<32x1x1x48xi8>, memref<1x16x16x32xi8> loc("conv")
  return
}
