// RUN: pare-opt %s --lower-kernel-to-vector="target=x86-64-v3 thread-cycles=0" --split-input-file | FileCheck %s --check-prefixes=CHECK,SHARED
// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v3 --split-input-file | FileCheck %s --check-prefixes=CHECK,ALONE

// Threads share the rows of a layer, from one argument to another, if it is
// worth it.

// CHECK-LABEL: func.func private @layer_act(
// SHARED-SAME: %[[X:[^:]*]]: memref<32xf32>, %[[Y:[^:]*]]: memref<32xf32>, %[[LOW:[^:]*]]: index, %[[HIGH:[^:]*]]: index)
// SHARED-SAME: kernel.grain = 1 : i64, kernel.iterations = 4 : i64, kernel.scratch_bytes = 0 : i64
// SHARED: scf.for %{{.*}} = %[[LOW]] to %{{.*}} step
// ALONE-NOT: kernel.iterations
// ALONE: scf.for
// CHECK-LABEL: func.func @net(
// SHARED-SAME: kernel.scratch_bytes = 0 : i64
// SHARED: %[[C0:.*]] = arith.constant 0 : index
// SHARED: %[[C4:.*]] = arith.constant 4 : index
// SHARED: call @layer_act(%{{.*}}, %{{.*}}, %[[C0]], %[[C4]])
// ALONE: call @layer_act(%{{[^,]*}}, %{{[^,]*}}) :
func.func @net(%x: memref<1x32xf32>, %y: memref<1x32xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>}
      : memref<1x32xf32>, memref<1x32xf32> loc("act")
  return
}

// -----

// A layer with work for four threads of 8,192 cycles: 401,408 products, twelve of
// them a cycle. It has 14 rows.

// CHECK-LABEL: func.func private @layer_conv(
// SHARED-SAME: kernel.grain = 1 : i64
// ALONE-SAME: kernel.grain = 4 : i64, kernel.iterations = 14 : i64
memref.global "private" constant @w : memref<32x1x1x64xf32> = dense<1.0>
func.func @large(%x: memref<1x14x14x64xf32>, %y: memref<1x14x14x32xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<32x1x1x64xf32>
  kernel.transpose_conv %x, %w into %y {epilogue = #kernel.epilogue<>}
      : memref<1x14x14x64xf32>, memref<32x1x1x64xf32>, memref<1x14x14x32xf32> loc("conv")
  return
}
