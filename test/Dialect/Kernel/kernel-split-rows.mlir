// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{layers=2 stripes=2}))" %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{budget=256 alignment=8 overlap=true},kernel-plan-memory{alignment=8 overlap=true}))" %s | FileCheck %s --check-prefix=FIT
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{budget=300 alignment=8 overlap=true}))" %s | FileCheck %s --check-prefix=ENOUGH
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{budget=16 alignment=8 overlap=true}))" %s | FileCheck %s --check-prefix=ENOUGH

// Two layers in two stripes. The first one computes the row that both stripes of
// the second one read in both; padding stays where the image ends. Working
// memory goes along.
func.func @two(%x: memref<1x8x8x4xi8>, %f: memref<1x3x3x4xi8>, %g: memref<2x3x3x4xi8>,
               %y: memref<1x8x8x2xi8>) attributes {kernel.num_inputs = 3 : i64} {
  %0 = kernel.buffer : memref<1x8x8x4xi8>
  kernel.depthwise %x, %f into %0 {padding = array<i64: 1, 1, 1, 1>, kernel.work_bytes = 24 : i64, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x8x8x4xi8>, memref<1x3x3x4xi8>, memref<1x8x8x4xi8>
  kernel.contract %0, %g into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x8x8x4xi8>, memref<2x3x3x4xi8>, memref<1x8x8x2xi8>
  return
}
// CHECK-LABEL: func.func @two(
// CHECK: %[[X0:.*]] = kernel.subview %arg0 from 0 : memref<1x8x8x4xi8> to memref<1x6x8x4xi8>
// CHECK: %[[B0:.*]] = kernel.buffer : memref<1x5x8x4xi8>
// CHECK: kernel.depthwise %[[X0]], %arg1 into %[[B0]] {{{.*}}kernel.work_bytes = 24 : i64, padding = array<i64: 1, 0, 1, 1>
// CHECK: %[[Y0:.*]] = kernel.subview %arg3 from 0 : memref<1x8x8x2xi8> to memref<1x4x8x2xi8>
// CHECK: kernel.contract %[[B0]], %arg2 into %[[Y0]] {{.*}}padding = array<i64: 1, 0, 1, 1>
// CHECK: %[[X1:.*]] = kernel.subview %arg0 from 64 : memref<1x8x8x4xi8> to memref<1x6x8x4xi8>
// CHECK: %[[B1:.*]] = kernel.buffer : memref<1x5x8x4xi8>
// CHECK: kernel.depthwise %[[X1]], %arg1 into %[[B1]] {{.*}}padding = array<i64: 0, 1, 1, 1>
// CHECK: %[[Y1:.*]] = kernel.subview %arg3 from 64 : memref<1x8x8x2xi8> to memref<1x4x8x2xi8>
// CHECK: kernel.contract %[[B1]], %arg2 into %[[Y1]] {{.*}}padding = array<i64: 0, 1, 1, 1>
// CHECK-NOT: kernel.contract

// The whole buffer has 256 bytes, with the working memory 280: too many. Of all
// ways to cut, the one that repeats the fewest steps is taken.
// FIT-LABEL: func.func @two(
// FIT-SAME: kernel.arena_bytes = 184 : i64
// FIT-COUNT-2: kernel.depthwise
// FIT-NOT: kernel.depthwise

// What fits stays, and so does what cannot be made to fit.
// ENOUGH-LABEL: func.func @two(
// ENOUGH-NOT: kernel.subview
