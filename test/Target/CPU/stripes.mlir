// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector="target=x86-64-v3 thread-cycles=0" | FileCheck %s
// RUN: pare-opt %s --kernel-to-llvm=target=x86-64-v3 | FileCheck %s --check-prefix=LLVM
// RUN: pare-opt %s --kernel-insert-timestamps | FileCheck %s --check-prefix=STAMPS

// Each operation of a chain has a function of its own, for some rows: of an
// expansion, as many as it computes at a time; of a depthwise convolution, those
// between its last two arguments.

memref.global "private" constant @expand : memref<16x1x1x8xf32> = dense<0.5>
memref.global "private" constant @taps : memref<1x3x3x16xf32> = dense<0.25>
memref.global "private" constant @project : memref<8x1x1x16xf32> = dense<2.0>

// CHECK-LABEL: func.func private @layer_expand(
// CHECK-SAME: memref<512xf32>{{[^:]*}}, %{{[^:]*}}: memref<1024xf32>
// CHECK-NOT: kernel.iterations
// CHECK-LABEL: func.func private @layer_depthwise(
// CHECK-SAME: %{{[^:]*}}: memref<1024xf32> {llvm.noalias}, %{{[^:]*}}: memref<1024xf32> {llvm.noalias}, %{{[^:]*}}: memref<512xi8> {llvm.noalias}, %[[LOW:[^:]*]]: index, %[[HIGH:[^:]*]]: index)
// CHECK-NOT: kernel.iterations

// A row of padding is filled for the first stripe and for the last one.
// CHECK: %[[ABOVE:.*]] = arith.cmpi slt, %[[LOW]]
// CHECK: %[[BELOW:.*]] = arith.cmpi sgt, %[[HIGH]]
// CHECK: %[[PADDED:.*]] = arith.ori %[[ABOVE]], %[[BELOW]]
// CHECK: scf.if %[[PADDED]]

// Row y of the input is at place y modulo 6 of its ring: a window of 4 rows, and
// the rows that are computed together.
// CHECK: %[[FROM:.*]] = arith.maxsi %[[LOW]]
// CHECK: %[[TO:.*]] = arith.minsi %[[HIGH]]
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[TO]]
// CHECK: %[[SIX:.*]] = arith.constant 6 : index
// CHECK: arith.remui %{{.*}}, %[[SIX]]
// CHECK-LABEL: func.func private @layer_project(
// CHECK-SAME: %{{[^:]*}}: memref<1024xf32> {llvm.noalias}, %{{[^:]*}}: memref<512xf32> {llvm.noalias}, %{{[^:]*}}: memref<512xf32>

// The loop over the stripes of the last operation, which threads share. Rings
// have 6 and 2 rows of 512 bytes.
// CHECK-LABEL: func.func private @layer_expand___depthwise___project(
// CHECK-SAME: memref<4608xi8> {llvm.noalias}, %[[BEGIN:[^:]*]]: index, %[[END:[^:]*]]: index)
// CHECK-SAME: kernel.iterations = 4 : i64, kernel.scratch_bytes = 4608 : i64
// CHECK: %[[FIRST:.*]] = arith.muli %[[BEGIN]]
// CHECK: scf.for %[[ROW:.*]] = %[[FIRST]] to %{{.*}} iter_args(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: func.call @layer_expand(
// CHECK: func.call @layer_depthwise(
// CHECK: func.call @layer_project(

// The images between have no place in the arena.
// CHECK-LABEL: func.func @net(
// CHECK-SAME: memref<4608xi8>) attributes {kernel.arena_bound = 4608 : i64, kernel.arena_bytes = 4608 : i64, kernel.buffer_bound = 0 : i64
// CHECK: call @layer_expand___depthwise___project(
// CHECK-NOT: call
// CHECK: return

// A profile shows a chain as one layer.
// STAMPS: kernel.timestamp into %{{.*}} at 0
// STAMPS-NEXT: kernel.stripes
// STAMPS-COUNT-2: kernel.contract
// STAMPS: kernel.timestamp into %{{.*}} at 1
// STAMPS-NEXT: kernel.timestamp into %{{.*}} at 2
// STAMPS-NOT: kernel.timestamp
// STAMPS: return

// Pointers into rings and images are plain ones.
// LLVM-NOT: unrealized_conversion_cast
// LLVM: llvm.func {{.*}}@layer_expand___depthwise___project(
// LLVM-NOT: unrealized_conversion_cast
func.func @net(%x: memref<1x8x8x8xf32> {kernel.tensor_type = tensor<1x8x8x8xf32>},
               %y: memref<1x8x8x8xf32> {kernel.tensor_type = tensor<1x8x8x8xf32>})
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.stripes %x into %y : memref<1x8x8x8xf32> into memref<1x8x8x8xf32> {
  ^bb0(%a: memref<1x8x8x8xf32>, %b: memref<1x8x8x8xf32>):
    %0 = kernel.buffer : memref<1x8x8x16xf32>
    %1 = kernel.buffer : memref<1x8x8x16xf32>
    %w = memref.get_global @expand : memref<16x1x1x8xf32>
    kernel.contract %a, %w into %0 {kernel.stripe_rows = 2 : i64, epilogue = #kernel.epilogue<low = 0.0>}
        : memref<1x8x8x8xf32>, memref<16x1x1x8xf32>, memref<1x8x8x16xf32> loc("expand")
    %t = memref.get_global @taps : memref<1x3x3x16xf32>
    kernel.depthwise %0, %t into %1 {kernel.stripe_rows = 2 : i64, epilogue = #kernel.epilogue<low = 0.0>, padding = array<i64: 1, 1, 1, 1>}
        : memref<1x8x8x16xf32>, memref<1x3x3x16xf32>, memref<1x8x8x16xf32> loc("depthwise")
    %p = memref.get_global @project : memref<8x1x1x16xf32>
    kernel.contract %1, %p residual %a into %b {kernel.stripe_rows = 2 : i64, epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
        : memref<1x8x8x16xf32>, memref<8x1x1x16xf32>, memref<1x8x8x8xf32>, memref<1x8x8x8xf32> loc("project")
  } loc("expand + depthwise + project")
  return
}
