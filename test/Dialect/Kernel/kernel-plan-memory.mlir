// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-plan-memory))" --split-input-file %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-plan-memory{alignment=256}))" --split-input-file %s | FileCheck %s --check-prefix=WIDE

// Three buffers of which two are alive at a time. Exp writes in place.
func.func @chain(%x: memref<16xf32>, %y: memref<32xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<32xf32>
  kernel.copy %x into %0 sizes [16] from 0 by [1] to 0 by [2] : memref<16xf32>, memref<32xf32>
  %1 = kernel.buffer : memref<32xf32>
  kernel.unary exp %0 into %1 {epilogue = #kernel.epilogue<>} : memref<32xf32>, memref<32xf32>
  %2 = kernel.buffer : memref<16xf32>
  kernel.copy %1 into %2 sizes [16] from 0 by [2] to 0 by [1] : memref<32xf32>, memref<16xf32>
  kernel.copy %2 into %y sizes [16] from 0 by [1] to 0 by [2] : memref<16xf32>, memref<32xf32>
  return
}
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: kernel.arena_bytes = 192 : i64
// CHECK: kernel.buffer at 0 : memref<32xf32>
// CHECK: kernel.buffer at 0 : memref<32xf32>
// CHECK: kernel.buffer at 128 : memref<16xf32>
// WIDE-LABEL: func.func @chain(
// WIDE-SAME: kernel.arena_bytes = 320 : i64
// WIDE: kernel.buffer at 256 : memref<16xf32>

// -----

// A use of a view is a use of the buffer: %0 lives until the last add, so that
// nothing may take its place.
func.func @views(%x: memref<16xf32>, %y: memref<16xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<16xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<16xf32>, memref<16xf32>
  %v = kernel.reshape %0 : memref<16xf32> to memref<4x4xf32>
  %w = kernel.reshape %v : memref<4x4xf32> to memref<16xf32>
  %1 = kernel.buffer : memref<16xf32>
  kernel.unary abs %0 into %1 {epilogue = #kernel.epilogue<>} : memref<16xf32>, memref<16xf32>
  kernel.binary add %1, %w into %y {epilogue = #kernel.epilogue<>} : memref<16xf32>, memref<16xf32>, memref<16xf32>
  return
}
// CHECK-LABEL: func.func @views(
// CHECK-SAME: kernel.arena_bytes = 128 : i64
// CHECK: kernel.buffer at 0
// CHECK: kernel.buffer at 64

// -----

// An operand that is broadcast is read after its first element is overwritten:
// the sum takes the place of the other one only.
func.func @broadcast(%x: memref<16xf32>, %y: memref<16xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<1x16xf32>
  kernel.copy %x into %0 sizes [16] from 0 by [1] to 0 by [1] : memref<16xf32>, memref<1x16xf32>
  %1 = kernel.buffer : memref<16x16xf32>
  kernel.copy %x into %1 sizes [16] from 0 by [1] to 0 by [1] : memref<16xf32>, memref<16x16xf32>
  %2 = kernel.buffer : memref<16x16xf32>
  kernel.binary add %0, %1 into %2 {epilogue = #kernel.epilogue<>} : memref<1x16xf32>, memref<16x16xf32>, memref<16x16xf32>
  kernel.copy %2 into %y sizes [16] from 0 by [1] to 0 by [1] : memref<16x16xf32>, memref<16xf32>
  return
}
// CHECK-LABEL: func.func @broadcast(
// CHECK-SAME: kernel.arena_bytes = 1088 : i64
// CHECK: kernel.buffer at 1024 : memref<1x16xf32>
// CHECK: kernel.buffer at 0 : memref<16x16xf32>
// CHECK: kernel.buffer at 0 : memref<16x16xf32>

// -----

// One buffer read in two shapes by one operation is never overwritten by it.
func.func @two_shapes(%x: memref<4x4xf32>, %y: memref<4x4xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<4x4xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<4x4xf32>, memref<4x4xf32>
  %v = kernel.reshape %0 : memref<4x4xf32> to memref<4x1x4xf32>
  %z = kernel.reshape %0 : memref<4x4xf32> to memref<4x4x1xf32>
  %1 = kernel.buffer : memref<4x4x4xf32>
  kernel.binary add %v, %z into %1 {epilogue = #kernel.epilogue<>} : memref<4x1x4xf32>, memref<4x4x1xf32>, memref<4x4x4xf32>
  kernel.reduce sum %1 into %y {axes = array<i64: 0>, epilogue = #kernel.epilogue<>} : memref<4x4x4xf32>, memref<4x4xf32>
  return
}
// CHECK-LABEL: func.func @two_shapes(
// CHECK-SAME: kernel.arena_bytes = 320 : i64

// -----

// What nothing uses is erased; a function without buffers has no arena.
func.func @unused(%x: memref<16xf32>, %y: memref<16xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<16xf32>
  %v = kernel.reshape %0 : memref<16xf32> to memref<4x4xf32>
  kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>} : memref<16xf32>, memref<16xf32>
  return
}
// CHECK-LABEL: func.func @unused(
// CHECK-SAME: kernel.arena_bytes = 0 : i64
// CHECK-NOT: kernel.buffer {{at|:}}

// -----

// Softmax, normalization and conversions within a type work in place, too.
func.func @rows(%x: memref<4x16xf32>, %g: memref<16xf32>, %y: memref<4x16xf32>) attributes {kernel.num_inputs = 2 : i64} {
  %0 = kernel.buffer : memref<4x16xf32>
  kernel.copy %x into %0 sizes [64] from 0 by [1] to 0 by [1] : memref<4x16xf32>, memref<4x16xf32>
  %1 = kernel.buffer : memref<4x16xf32>
  kernel.softmax %0 into %1 : memref<4x16xf32>, memref<4x16xf32>
  %2 = kernel.buffer : memref<4x16xf32>
  kernel.layer_norm %1, %g, %g into %2 {epsilon = 1.0e-3 : f32} : memref<4x16xf32>, memref<16xf32>, memref<16xf32>, memref<4x16xf32>
  %3 = kernel.buffer : memref<4x16xf32>
  kernel.convert fake_quant %2 into %3 {scale = 0.5 : f32, epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<4x16xf32>, memref<4x16xf32>
  kernel.copy %3 into %y sizes [64] from 0 by [1] to 0 by [1] : memref<4x16xf32>, memref<4x16xf32>
  return
}
// CHECK-LABEL: func.func @rows(
// CHECK-SAME: kernel.arena_bytes = 256 : i64
// CHECK-COUNT-4: kernel.buffer at 0 : memref<4x16xf32>

// -----

// Working memory has a place beside what is alive; how much of the largest live
// set it is, the two bounds say.
func.func @work(%x: memref<16xf32>, %y: memref<16xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<16xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>, kernel.work_bytes = 128 : i64} : memref<16xf32>, memref<16xf32>
  kernel.unary exp %0 into %y {epilogue = #kernel.epilogue<>} : memref<16xf32>, memref<16xf32>
  return
}
// CHECK-LABEL: func.func @work(
// CHECK-SAME: kernel.arena_bound = 192 : i64
// CHECK-SAME: kernel.arena_bytes = 192 : i64
// CHECK-SAME: kernel.buffer_bound = 64 : i64
