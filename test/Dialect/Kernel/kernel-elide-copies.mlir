// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-elide-copies))" --split-input-file %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-elide-copies,kernel-plan-memory))" --split-input-file %s | FileCheck %s --check-prefix=PLAN

// A sequence of many steps takes about as long as its length says: each step is
// a slice of the input, and written to the output where it belongs.
// RUN: %python %S/Inputs/many-copies.py 20000 > %t.mlir
// RUN: timeout 120 pare-opt --pass-pipeline="builtin.module(func.func(kernel-elide-copies))" %t.mlir -o %t.out
// RUN: not grep kernel.copy %t.out
// RUN: grep -c kernel.subview %t.out | FileCheck %s --check-prefix=MANY
// MANY: {{^}}40000{{$}}

// What is concatenated along rows is written to its part.
// CHECK-LABEL: func.func @concat(
// CHECK-DAG: %[[C:.*]] = kernel.buffer : memref<1x5x8x4xf32>
// CHECK: %[[A:.*]] = kernel.subview %[[C]] from 0 : memref<1x5x8x4xf32> to memref<1x2x8x4xf32>
// CHECK: %[[B:.*]] = kernel.subview %[[C]] from 64 : memref<1x5x8x4xf32> to memref<1x3x8x4xf32>
// CHECK: kernel.unary exp %arg0 into %[[A]]
// CHECK: kernel.unary exp %arg1 into %[[B]]
// CHECK-NOT: kernel.copy
// CHECK: kernel.unary abs %[[C]] into %arg2
//
// Each part lives from where it is written on.
// PLAN-LABEL: func.func @concat(
// PLAN-SAME: kernel.arena_bytes = 640
func.func @concat(%x: memref<1x2x8x4xf32>, %y: memref<1x3x8x4xf32>, %z: memref<1x5x8x4xf32>) {
  %a = kernel.buffer : memref<1x2x8x4xf32>
  %b = kernel.buffer : memref<1x3x8x4xf32>
  kernel.unary exp %x into %a {epilogue = #kernel.epilogue<>} : memref<1x2x8x4xf32>, memref<1x2x8x4xf32>
  kernel.unary exp %y into %b {epilogue = #kernel.epilogue<>} : memref<1x3x8x4xf32>, memref<1x3x8x4xf32>
  %c = kernel.buffer : memref<1x5x8x4xf32>
  kernel.copy %a into %c sizes [64] from 0 by [1] to 0 by [1] : memref<1x2x8x4xf32>, memref<1x5x8x4xf32>
  kernel.copy %b into %c sizes [96] from 0 by [1] to 64 by [1] : memref<1x3x8x4xf32>, memref<1x5x8x4xf32>
  kernel.unary abs %c into %z {epilogue = #kernel.epilogue<>} : memref<1x5x8x4xf32>, memref<1x5x8x4xf32>
  return
}

// -----

// So may what goes to an output. An input is copied, and so is the second part
// that has the same contents. What is read besides is read where it is.
// CHECK-LABEL: func.func @output(
// CHECK: %[[A:.*]] = kernel.subview %arg1 from 4 : memref<12xf32> to memref<2x2xf32>
// CHECK: kernel.copy %arg0 into %arg1
// CHECK: %[[V:.*]] = kernel.reshape %[[A]] : memref<2x2xf32> to memref<4xf32>
// CHECK: kernel.unary exp %arg0 into %[[V]]
// CHECK: kernel.copy %[[A]] into %arg1 sizes [4] from 0 by [1] to 8 by [1]
// CHECK: kernel.unary abs %[[V]] into %arg2
func.func @output(%x: memref<4xf32>, %y: memref<12xf32>, %z: memref<4xf32>) {
  %a = kernel.buffer : memref<2x2xf32>
  kernel.copy %x into %y sizes [4] from 0 by [1] to 0 by [1] : memref<4xf32>, memref<12xf32>
  %v = kernel.reshape %a : memref<2x2xf32> to memref<4xf32>
  kernel.unary exp %x into %v {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  kernel.copy %a into %y sizes [4] from 0 by [1] to 4 by [1] : memref<2x2xf32>, memref<12xf32>
  kernel.copy %a into %y sizes [4] from 0 by [1] to 8 by [1] : memref<2x2xf32>, memref<12xf32>
  kernel.unary abs %v into %z {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  return
}

// -----

// Slices are read where they are, of inputs too; what is a part of a part has
// two views.
// CHECK-LABEL: func.func @slices(
// CHECK: %[[A:.*]] = kernel.subview %arg0 from 4 : memref<12xf32> to memref<6xf32>
// CHECK: %[[B:.*]] = kernel.subview %arg0 from 8 : memref<12xf32> to memref<2xf32>
// CHECK: kernel.unary exp %[[A]] into %arg1
// CHECK: kernel.unary exp %[[B]] into %arg2
func.func @slices(%x: memref<12xf32>, %y: memref<6xf32>, %z: memref<2xf32>) {
  %a = kernel.buffer : memref<6xf32>
  kernel.copy %x into %a sizes [6] from 4 by [1] to 0 by [1] : memref<12xf32>, memref<6xf32>
  %b = kernel.buffer : memref<2xf32>
  kernel.copy %a into %b sizes [2] from 4 by [1] to 0 by [1] : memref<6xf32>, memref<2xf32>
  kernel.unary exp %a into %y {epilogue = #kernel.epilogue<>} : memref<6xf32>, memref<6xf32>
  kernel.unary exp %b into %z {epilogue = #kernel.epilogue<>} : memref<2xf32>, memref<2xf32>
  return
}

// -----

// A copy of all that there is needs no part.
// CHECK-LABEL: func.func @whole(
// CHECK-NEXT: kernel.unary exp %arg0 into %arg1
// CHECK-NEXT: return
func.func @whole(%x: memref<4xf32>, %y: memref<4xf32>) {
  %a = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %a {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  kernel.copy %a into %y sizes [4] from 0 by [1] to 0 by [1] : memref<4xf32>, memref<4xf32>
  return
}

// -----

// Copies stay where they have strides, where the input or the output is written
// again, where the output is filled before, where it is read before, where a
// constant is copied, and where the output has a place already.
memref.global "private" constant @c : memref<2xf32> = dense<1.0>
// CHECK-LABEL: func.func @kept(
// CHECK-COUNT-7: kernel.copy
// CHECK-NOT: kernel.copy
func.func @kept(%x: memref<4xf32>, %y: memref<8xf32>, %z: memref<4xf32>) {
  %a = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %a {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  kernel.copy %a into %y sizes [4] from 0 by [1] to 0 by [2] : memref<4xf32>, memref<8xf32>
  %b = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %b {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %1 = kernel.buffer : memref<8xf32>
  kernel.copy %b into %1 sizes [4] from 0 by [1] to 0 by [1] : memref<4xf32>, memref<8xf32>
  kernel.unary abs %x into %b {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %d = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %d {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %2 = kernel.buffer : memref<8xf32>
  kernel.fill %2 with 0.0 : f32 : memref<8xf32>
  kernel.copy %d into %2 sizes [4] from 0 by [1] to 2 by [1] : memref<4xf32>, memref<8xf32>
  %e = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %e {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %3 = kernel.buffer : memref<8xf32>
  kernel.copy %e into %3 sizes [4] from 0 by [1] to 0 by [1] : memref<4xf32>, memref<8xf32>
  kernel.unary abs %2 into %3 {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  %f = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %f {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %4 = kernel.buffer : memref<8xf32>
  kernel.unary abs %4 into %y {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  kernel.copy %f into %4 sizes [4] from 0 by [1] to 0 by [1] : memref<4xf32>, memref<8xf32>
  %c = memref.get_global @c : memref<2xf32>
  kernel.copy %c into %4 sizes [2] from 0 by [1] to 4 by [1] : memref<2xf32>, memref<8xf32>
  %g = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %g {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %5 = kernel.buffer at 64 : memref<8xf32>
  kernel.copy %g into %5 sizes [4] from 0 by [1] to 0 by [1] : memref<4xf32>, memref<8xf32>
  return
}

// -----

// Parts that are strided apart from each other do not hinder those beside.
// CHECK-LABEL: func.func @beside(
// CHECK-NEXT: kernel.copy %arg0 into %arg1 sizes [2, 2] from 0 by [1, 2] to 0 by [2, 1]
// CHECK-NEXT: %[[A:.*]] = kernel.subview %arg1 from 4 : memref<8xf32> to memref<4xf32>
// CHECK-NEXT: kernel.unary exp %arg0 into %[[A]]
// CHECK-NEXT: return
func.func @beside(%x: memref<4xf32>, %y: memref<8xf32>) {
  kernel.copy %x into %y sizes [2, 2] from 0 by [1, 2] to 0 by [2, 1] : memref<4xf32>, memref<8xf32>
  %a = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %a {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  kernel.copy %a into %y sizes [4] from 0 by [1] to 4 by [1] : memref<4xf32>, memref<8xf32>
  return
}

// -----

// Of buffers that nothing reads, none is left.
// CHECK-LABEL: func.func @unread(
// CHECK-NEXT: return
func.func @unread() {
  %a = kernel.buffer : memref<2xf32>
  %b = kernel.buffer : memref<4xf32>
  kernel.copy %a into %b sizes [2] from 0 by [1] to 2 by [1] : memref<2xf32>, memref<4xf32>
  return
}
