// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-fuse-clamps))" --split-input-file %s | FileCheck %s

// Two clamps, one after the other, become one; the buffers between vanish.
func.func @chain(%x: memref<4xf32>, %y: memref<4xf32>) {
  %0 = kernel.buffer : memref<4xf32>
  kernel.unary leaky_relu %x into %0 {alpha = 0.2, epilogue = #kernel.epilogue<low = -2.0>} : memref<4xf32>, memref<4xf32>
  %1 = kernel.buffer : memref<4xf32>
  kernel.unary clip %0 into %1 {epilogue = #kernel.epilogue<low = -0.5>} : memref<4xf32>, memref<4xf32>
  kernel.unary clip %1 into %y {epilogue = #kernel.epilogue<low = -1.0, high = 3.0>} : memref<4xf32>, memref<4xf32>
  return
}
// CHECK-LABEL: func.func @chain(
// CHECK-NEXT: kernel.unary leaky_relu %arg0 into %arg1 {alpha = 2.000000e-01 : f64, epilogue = #kernel.epilogue<low = -5.000000e-01, high = 3.000000e+00>}
// CHECK-NEXT: return

// -----

// Shapes may differ: the producer writes through a view.
func.func @views(%x: memref<2x2xf32>, %y: memref<4xf32>) {
  %0 = kernel.buffer : memref<2x2xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<2x2xf32>, memref<2x2xf32>
  %v = kernel.reshape %0 : memref<2x2xf32> to memref<4xf32>
  %1 = kernel.buffer : memref<4xf32>
  kernel.unary clip %v into %1 {epilogue = #kernel.epilogue<high = 6.0>} : memref<4xf32>, memref<4xf32>
  kernel.unary abs %1 into %y {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  return
}
// CHECK-LABEL: func.func @views(
// CHECK: %[[B:.*]] = kernel.buffer : memref<4xf32>
// CHECK-NEXT: %[[V:.*]] = kernel.reshape %[[B]] : memref<4xf32> to memref<2x2xf32>
// CHECK-NEXT: kernel.unary exp %arg0 into %[[V]] {epilogue = #kernel.epilogue<high = 6.000000e+00>}
// CHECK: kernel.unary abs %[[B]] into %arg1

// -----

// What another operation reads stays as it is; so does what comes from an input
// or out of an operation without a clamp.
func.func @kept(%x: memref<4xf32>, %y: memref<4xf32>, %z: memref<4xf32>, %q: memref<4xi8>, %u: memref<4xf32>, %w: memref<4xf32>) {
  %0 = kernel.buffer : memref<4xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  kernel.unary clip %0 into %y {epilogue = #kernel.epilogue<high = 6.0>} : memref<4xf32>, memref<4xf32>
  kernel.unary abs %0 into %z {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  kernel.unary clip %x into %u {epilogue = #kernel.epilogue<high = 5.0>} : memref<4xf32>, memref<4xf32>
  %1 = kernel.buffer : memref<4xf32>
  kernel.convert dequantize %q into %1 {epilogue = #kernel.epilogue<>} : memref<4xi8>, memref<4xf32>
  kernel.unary clip %1 into %w {epilogue = #kernel.epilogue<high = 4.0>} : memref<4xf32>, memref<4xf32>
  return
}
// CHECK-LABEL: func.func @kept(
// CHECK: kernel.unary exp {{.*}}#kernel.epilogue<>
// CHECK: kernel.unary clip {{.*}}high = 6.0
// CHECK: kernel.unary clip {{.*}}high = 5.0
// CHECK: kernel.unary clip {{.*}}high = 4.0
