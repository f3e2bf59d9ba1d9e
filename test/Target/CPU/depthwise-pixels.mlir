// RUN: pare-opt %s --lower-kernel-to-vector="target=x86-64-v3 thread-cycles=0" --split-input-file | FileCheck %s
// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v4 --split-input-file | FileCheck %s --check-prefix=V4
// RUN: pare-opt %s --lower-kernel-to-vector=target=aarch64 --split-input-file | FileCheck %s --check-prefix=NEON

// Vectors of pixels of one channel, in blocks of four lines. Of 12 pixels eight
// are one vector; the other four share one with those of the next channel.
// Threads share pairs of channels. The first line has no line above.

// CHECK-LABEL: func.func private @layer_windows(
// CHECK-SAME: kernel.iterations = 2 : i64
// CHECK: scf.for %[[PAIR:.*]] = %{{.*}} to
// CHECK: scf.for %[[OF:.*]] = %{{.*}} to
// CHECK-COUNT-9: vector.broadcast {{.*}} : f32 to vector<8xf32>
// CHECK: %[[BIAS:.*]] = vector.broadcast {{.*}} : f32 to vector<8xf32>

// What lies left of the line is zero.
// CHECK: %[[LINE:.*]] = vector.load %arg0[{{.*}}] : memref<576xf32>, vector<8xf32>
// CHECK: vector.shuffle %[[LINE]], %{{.*}} [8, 0, 1, 2, 3, 4, 5, 6]
// CHECK: vector.fma %{{.*}}, %{{.*}}, %[[BIAS]]

// A line is stored as soon as its windows are complete; what is loaded for the
// next ones is not moved before that.
// CHECK-COUNT-14: vector.fma
// CHECK: vector.store
// CHECK-NEXT: llvm.fence syncscope("singlethread") seq_cst
// CHECK-COUNT-87: vector.fma

// Two channels.
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf32>, vector<4xf32>
// CHECK-COUNT-102: vector.fma
// CHECK-NOT: vector.fma

// 12 of 16 elements: parts of a vector are loaded and stored.
// V4-LABEL: func.func private @layer_windows(
// V4: vector.maskedload {{.*}} vector<16xf32>
// V4: vector.maskedstore {{.*}} vector<16xf32>

// Without masks a vector from inside of the line is moved.
// NEON-LABEL: func.func private @layer_windows(
// NEON-NOT: vector.maskedload
// NEON: vector.shuffle %{{.*}}, %{{.*}} [4, 0, 1, 2] : vector<4xf32>, vector<4xf32>
// NEON: vector.shuffle %{{.*}}, %{{.*}} [1, 2, 3, 4] : vector<4xf32>, vector<4xf32>
// NEON-NOT: vector.maskedstore
memref.global "private" constant @taps : memref<1x3x3x4xf32> = dense<0.25>
memref.global "private" constant @bias : memref<4xf32> = dense<1.0>
func.func @net(%x: memref<1x12x12x4xf32>, %y: memref<1x12x12x4xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @taps : memref<1x3x3x4xf32>
  %b = memref.get_global @bias : memref<4xf32>
  %0 = kernel.reshape %x : memref<1x12x12x4xf32> to memref<12x48xf32>
  %in = kernel.reshape %0 : memref<12x48xf32> to memref<1x12x12x4xf32>
  %1 = kernel.reshape %y : memref<1x12x12x4xf32> to memref<12x48xf32>
  %out = kernel.reshape %1 : memref<12x48xf32> to memref<1x12x12x4xf32>
  kernel.depthwise %in, %w bias %b into %out {kernel.pixel_blocks = array<i64: 4, 4>, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x12x12x4xf32>, memref<1x3x3x4xf32>, memref<4xf32>, memref<1x12x12x4xf32> loc("windows")
  return
}

// -----

// Lines of 7 pixels, one block. The element behind a line is stored again with
// the next line; behind the last one nothing is.
// CHECK-LABEL: func.func private @layer_short(
// CHECK-COUNT-6: vector.store %{{.*}} : memref<147xf32>, vector<8xf32>
// CHECK: vector.store %{{.*}} : memref<147xf32>, vector<4xf32>
// CHECK: vector.store %{{.*}} : memref<147xf32>, vector<2xf32>
// CHECK: vector.store %{{.*}} : memref<147xf32>, vector<1xf32>
// CHECK-NOT: vector.store
memref.global "private" constant @taps : memref<1x3x3x3xf32> = dense<0.25>
func.func @net(%x: memref<1x7x7x3xf32>, %y: memref<1x7x7x3xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @taps : memref<1x3x3x3xf32>
  %0 = kernel.reshape %x : memref<1x7x7x3xf32> to memref<7x21xf32>
  %in = kernel.reshape %0 : memref<7x21xf32> to memref<1x7x7x3xf32>
  %1 = kernel.reshape %y : memref<1x7x7x3xf32> to memref<7x21xf32>
  %out = kernel.reshape %1 : memref<7x21xf32> to memref<1x7x7x3xf32>
  kernel.depthwise %in, %w into %out {kernel.pixel_blocks = array<i64: 7, 7>, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x7x7x3xf32>, memref<1x3x3x3xf32>, memref<1x7x7x3xf32> loc("short")
  return
}

// -----

// Steps of 2: even and odd pixels of two vectors, and in the end their order.
// CHECK-LABEL: func.func private @layer_steps(
// CHECK: vector.shuffle {{.*}} [0, 2, 8, 10, 4, 6, 12, 14]
// CHECK: vector.shuffle {{.*}} [1, 3, 9, 11, 5, 7, 13, 15]
// CHECK: vector.shuffle {{.*}} [0, 1, 4, 5, 2, 3, 6, 7]
// CHECK-NEXT: vector.store
memref.global "private" constant @taps : memref<1x3x3x3xf32> = dense<0.25>
func.func @net(%x: memref<1x16x32x3xf32>, %y: memref<1x8x16x3xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @taps : memref<1x3x3x3xf32>
  %0 = kernel.reshape %x : memref<1x16x32x3xf32> to memref<16x96xf32>
  %in = kernel.reshape %0 : memref<16x96xf32> to memref<1x16x32x3xf32>
  %1 = kernel.reshape %y : memref<1x8x16x3xf32> to memref<8x48xf32>
  %out = kernel.reshape %1 : memref<8x48xf32> to memref<1x8x16x3xf32>
  kernel.depthwise %in, %w into %out {kernel.pixel_blocks = array<i64: 1, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x16x32x3xf32>, memref<1x3x3x3xf32>, memref<1x8x16x3xf32> loc("steps")
  return
}

// -----

// In stripes two rows at a time. Row y of the input is at place y modulo 6 of
// its ring; the first and the last rows have code of their own.
// CHECK-LABEL: func.func private @layer_first(
// CHECK-LABEL: func.func private @layer_second(
// CHECK-SAME: %[[LOW:[^:]*]]: index, %[[HIGH:[^:]*]]: index)
// CHECK: scf.for %[[ROW:.*]] = %[[LOW]] to %[[HIGH]]
// CHECK: %[[UNIT:.*]] = arith.divui %[[ROW]]
// CHECK: arith.cmpi eq, %[[UNIT]]
// CHECK: scf.if
// CHECK: else
// CHECK: arith.cmpi eq, %[[UNIT]]
// CHECK: scf.if
// CHECK: else
// CHECK: %[[RING:.*]] = arith.constant 6 : index
// CHECK-NEXT: arith.remui %{{.*}}, %[[RING]]
memref.global "private" constant @taps : memref<1x3x3x4xf32> = dense<0.25>
func.func @net(%x: memref<1x8x16x4xf32>, %y: memref<1x8x16x4xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %0 = kernel.reshape %x : memref<1x8x16x4xf32> to memref<8x64xf32>
  %in = kernel.reshape %0 : memref<8x64xf32> to memref<1x8x16x4xf32>
  %1 = kernel.reshape %y : memref<1x8x16x4xf32> to memref<8x64xf32>
  %out = kernel.reshape %1 : memref<8x64xf32> to memref<1x8x16x4xf32>
  kernel.stripes %in into %out : memref<1x8x16x4xf32> into memref<1x8x16x4xf32> {
  ^bb0(%a: memref<1x8x16x4xf32>, %b: memref<1x8x16x4xf32>):
    %2 = kernel.buffer : memref<1x8x16x4xf32>
    %v = memref.get_global @taps : memref<1x3x3x4xf32>
    kernel.depthwise %a, %v into %2 {kernel.pixel_blocks = array<i64: 1, 1>, kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = 0.0>}
        : memref<1x8x16x4xf32>, memref<1x3x3x4xf32>, memref<1x8x16x4xf32> loc("first")
    %w = memref.get_global @taps : memref<1x3x3x4xf32>
    kernel.depthwise %2, %w into %b {kernel.pixel_blocks = array<i64: 1, 1>, kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = 0.0>}
        : memref<1x8x16x4xf32>, memref<1x3x3x4xf32>, memref<1x8x16x4xf32> loc("second")
  } loc("both")
  return
}
