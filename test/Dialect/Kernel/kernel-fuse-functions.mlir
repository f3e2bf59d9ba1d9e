// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-functions))" --split-input-file %s | FileCheck %s

// A function of a contraction's result, with the clamp behind it.
func.func @contract(%x: memref<1x2x2x4xf32>, %w: memref<8x1x1x4xf32>, %y: memref<1x2x2x8xf32>) {
  %0 = kernel.buffer : memref<1x2x2x8xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<8x1x1x4xf32>, memref<1x2x2x8xf32>
  kernel.unary leaky_relu %0 into %y {alpha = 0.25, epilogue = #kernel.epilogue<low = -0.5>} : memref<1x2x2x8xf32>, memref<1x2x2x8xf32>
  return
}
// CHECK-LABEL: func.func @contract(
// CHECK-NEXT: kernel.contract %arg0, %arg1 into %arg2 {epilogue = #kernel.epilogue<function = leaky_relu, alpha = 2.500000e-01, low = -5.000000e-01>}
// CHECK-NEXT: return

// -----

// A sum takes one too, and a short one a depthwise layer, in another shape.
func.func @others(%x: memref<1x2x2x4xf32>, %w: memref<1x1x1x4xf32>, %y: memref<4x4xf32>, %z: memref<4x4xf32>) {
  %0 = kernel.buffer : memref<1x2x2x4xf32>
  kernel.depthwise %x, %w into %0 {epilogue = #kernel.epilogue<>} : memref<1x2x2x4xf32>, memref<1x1x1x4xf32>, memref<1x2x2x4xf32>
  %v = kernel.reshape %0 : memref<1x2x2x4xf32> to memref<4x4xf32>
  kernel.unary hard_swish %v into %y {epilogue = #kernel.epilogue<>} : memref<4x4xf32>, memref<4x4xf32>
  %1 = kernel.buffer : memref<4x4xf32>
  kernel.binary add %y, %y into %1 {epilogue = #kernel.epilogue<>} : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  kernel.unary sqrt %1 into %z {epilogue = #kernel.epilogue<>} : memref<4x4xf32>, memref<4x4xf32>
  return
}
// CHECK-LABEL: func.func @others(
// CHECK: %[[V:.*]] = kernel.reshape %arg2 : memref<4x4xf32> to memref<1x2x2x4xf32>
// CHECK-NEXT: kernel.depthwise %arg0, %arg1 into %[[V]] {epilogue = #kernel.epilogue<function = hard_swish>}
// CHECK: kernel.binary add %arg2, %arg2 into %arg3 {epilogue = #kernel.epilogue<function = sqrt>}
// CHECK-NEXT: return

// -----

// What stays: a result that is clamped, that two read, or that has a function;
// a long function after a depthwise layer; what no contraction computes.
func.func @kept(%x: memref<1x1x2x4xf32>, %w: memref<4x1x1x4xf32>, %d: memref<1x1x1x4xf32>, %y: memref<1x1x2x4xf32>, %z: memref<1x1x2x4xf32>,
                %u: memref<1x1x2x4xf32>, %t: memref<1x1x2x4xf32>, %s: memref<1x1x2x4xf32>) {
  %0 = kernel.buffer : memref<1x1x2x4xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<low = 0.0>} : memref<1x1x2x4xf32>, memref<4x1x1x4xf32>, memref<1x1x2x4xf32>
  kernel.unary tanh %0 into %y {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x2x4xf32>
  %1 = kernel.buffer : memref<1x1x2x4xf32>
  kernel.contract %x, %w into %1 {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<4x1x1x4xf32>, memref<1x1x2x4xf32>
  kernel.unary exp %1 into %z {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x2x4xf32>
  kernel.binary add %1, %x into %u {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x2x4xf32>, memref<1x1x2x4xf32>
  %2 = kernel.buffer : memref<1x1x2x4xf32>
  kernel.contract %x, %w into %2 {epilogue = #kernel.epilogue<function = abs>} : memref<1x1x2x4xf32>, memref<4x1x1x4xf32>, memref<1x1x2x4xf32>
  kernel.unary neg %2 into %t {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x2x4xf32>
  %3 = kernel.buffer : memref<1x1x2x4xf32>
  kernel.depthwise %x, %d into %3 {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x1x4xf32>, memref<1x1x2x4xf32>
  %4 = kernel.buffer : memref<1x1x2x4xf32>
  kernel.unary sigmoid %3 into %4 {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x2x4xf32>
  kernel.unary log %4 into %s {epilogue = #kernel.epilogue<>} : memref<1x1x2x4xf32>, memref<1x1x2x4xf32>
  return
}
// CHECK-LABEL: func.func @kept(
// CHECK: kernel.unary tanh
// CHECK: kernel.unary exp
// CHECK: kernel.unary neg
// CHECK: kernel.unary sigmoid
// CHECK: kernel.unary log
