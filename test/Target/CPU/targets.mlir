// RUN: pare-opt %s --kernel-to-llvm=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: pare-opt %s --kernel-to-llvm=target=x86-64 | FileCheck %s --check-prefixes=CHECK,SSE2
// RUN: pare-opt %s --kernel-to-llvm=target=x86-64-vnni | FileCheck %s --check-prefixes=CHECK,VNNI
// RUN: pare-opt %s --kernel-to-llvm=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: pare-opt %s --kernel-to-llvm=target=x86-64-v2 | FileCheck %s --check-prefixes=CHECK,SSE2
// RUN: pare-opt %s --kernel-to-llvm=target=avx-vnni | FileCheck %s --check-prefixes=CHECK,VNNI
// RUN: pare-opt %s --kernel-to-llvm=target=avx512-vnni | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: pare-opt %s --kernel-to-llvm=target=aarch64 | FileCheck %s --check-prefixes=CHECK,NEON
// RUN: pare-opt %s --kernel-to-llvm=target=aarch64+dotprod | FileCheck %s --check-prefixes=CHECK,DOTPROD
// RUN: pare-opt %s --kernel-to-llvm=target=aarch64+i8mm | FileCheck %s --check-prefixes=CHECK,I8MM
// RUN: pare-opt %s --kernel-to-llvm=target=generic | FileCheck %s --check-prefixes=CHECK,GENERIC

// Each target has its own inner step; the C interface is the same.

// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// SSE2: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// AVX512: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// NEON: llvm.call_intrinsic "llvm.aarch64.neon.smull.v8i16"
// DOTPROD: llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"
// I8MM: llvm.call_intrinsic "llvm.aarch64.neon.smmla.v4i32.v16i8"
// GENERIC-NOT: llvm.call_intrinsic
// CHECK: llvm.func internal @net(
// CHECK: llvm.mlir.global internal constant @net_inputs_0_name("image\00")
// CHECK: llvm.mlir.global internal constant @net_outputs_0_scales(dense<2.500000e-01>
// CHECK: llvm.func @net_network() -> !llvm.ptr
// CHECK: llvm.func @net_invoke_parallel(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: llvm.call @net(
// CHECK: llvm.func @net_invoke(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: %[[NULL:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.call @net_invoke_parallel(%{{.*}}, %{{.*}}, %{{.*}}, %[[NULL]])
memref.global "private" constant @w : memref<16x1x1x16xi8> = dense<100>
func.func @net(%x: memref<1x3x4x16xi8> {nn.name = "image", kernel.tensor_type = tensor<1x3x4x16x!quant.uniform<i8:f32, 0.5>>},
               %y: memref<1x3x4x16xi8> {kernel.tensor_type = tensor<1x3x4x16x!quant.uniform<i8:f32, 0.25:3>>})
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x16xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x3x4x16xi8>, memref<16x1x1x16xi8>, memref<1x3x4x16xi8>
  return
}
