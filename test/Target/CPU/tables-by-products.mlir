// RUN: pare-opt %s --pass-pipeline='builtin.module(pare-kernel-pipeline{fuse-tables},kernel-pack-weights{target=x86-64-v3},lower-kernel-to-vector{target=x86-64-v3})' --split-input-file | FileCheck %s
// RUN: pare-opt %s --pass-pipeline='builtin.module(pare-kernel-pipeline{fuse-all-tables},kernel-pack-weights{target=x86-64-v3},lower-kernel-to-vector{target=x86-64-v3})' --split-input-file | FileCheck %s --check-prefix=ALL
// RUN: pare-opt %s --pass-pipeline='builtin.module(pare-kernel-pipeline{fuse-tables},kernel-pack-weights{target=x86-64-v2},lower-kernel-to-vector{target=x86-64-v2})' --split-input-file | FileCheck %s --check-prefix=NOFMA

// Functions of bytes in the epilogue of a contraction. What is rounded is
// clamped by the gate and by saturation alone, the zero point is part of a
// product, and no table is looked up.

// CHECK-LABEL: func.func private @layer_swish
// CHECK-NOT: arith.maxsi
// CHECK: arith.mulf {{.*}} : vector<8xf32>
// CHECK-NEXT: %[[MAGIC:.*]] = arith.constant dense<0x4B400000> : vector<8xf32>
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %{{.*}}, %[[MAGIC]]
// CHECK-NEXT: %[[X:.*]] = arith.subf %[[SUM]], %[[MAGIC]]
// CHECK: %[[GATE:.*]] = math.fma %[[X]],
// CHECK: arith.cmpf ogt, %[[GATE]],
// CHECK: arith.cmpf olt,
// CHECK: math.fma %[[X]],
// CHECK: llvm.x86.avx2.packsswb
// CHECK-NOT: pshuf
// CHECK: func.func @main

// Without fused products bytes are loaded from the table one by one.
// NOFMA-LABEL: func.func private @layer_swish
// NOFMA-NOT: math.fma
// NOFMA: vector.extract
// NOFMA: memref.load
// NOFMA: vector.insert
func.func @main(%x: tensor<1x4x4x16x!quant.uniform<i8:f32, 0.05>>) -> tensor<1x4x4x16x!quant.uniform<i8:f32, 0.0251:-113>> {
  %w = nn.constant dense<3> : tensor<16x1x1x16xi8> -> tensor<16x1x1x16x!quant.uniform<i8:f32, 0.02>>
  %0 = nn.conv2d %x, %w : (tensor<1x4x4x16x!quant.uniform<i8:f32, 0.05>>, tensor<16x1x1x16x!quant.uniform<i8:f32, 0.02>>) -> tensor<1x4x4x16x!quant.uniform<i8:f32, 0.04705>> loc("swish")
  %1 = nn.hard_swish %0 : (tensor<1x4x4x16x!quant.uniform<i8:f32, 0.04705>>) -> tensor<1x4x4x16x!quant.uniform<i8:f32, 0.0251:-113>>
  return %1 : tensor<1x4x4x16x!quant.uniform<i8:f32, 0.0251:-113>>
}

// -----

// A sigmoid has no products: its table stays apart, or is looked up by shuffles
// before bytes are stored.

// CHECK-LABEL: func.func private @layer_curve
// CHECK-NOT: pshuf
// CHECK-LABEL: func.func private @layer_lookup
// CHECK: llvm.x86.avx2.pshuf.b
// ALL-LABEL: func.func private @layer_curve
// ALL: llvm.x86.avx2.packsswb
// ALL: llvm.x86.avx2.pshuf.b
// ALL-NOT: func.func private
// NOFMA-LABEL: func.func private @layer_curve
func.func @main(%x: tensor<1x4x4x16x!quant.uniform<i8:f32, 0.05>>) -> tensor<1x4x4x16x!quant.uniform<i8:f32, 0.00390625:-128>> {
  %w = nn.constant dense<3> : tensor<16x1x1x16xi8> -> tensor<16x1x1x16x!quant.uniform<i8:f32, 0.02>>
  %0 = nn.conv2d %x, %w : (tensor<1x4x4x16x!quant.uniform<i8:f32, 0.05>>, tensor<16x1x1x16x!quant.uniform<i8:f32, 0.02>>) -> tensor<1x4x4x16x!quant.uniform<i8:f32, 0.04705>> loc("curve")
  %1 = nn.sigmoid %0 : (tensor<1x4x4x16x!quant.uniform<i8:f32, 0.04705>>) -> tensor<1x4x4x16x!quant.uniform<i8:f32, 0.00390625:-128>> loc("lookup")
  return %1 : tensor<1x4x4x16x!quant.uniform<i8:f32, 0.00390625:-128>>
}
