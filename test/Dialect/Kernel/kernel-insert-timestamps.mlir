// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-insert-timestamps))" --split-input-file %s | FileCheck %s

// The counter is read before each operation that computes, at the end, and once
// more, which tells what a reading takes.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[T:[a-z0-9]+]]: memref<4xi64> {kernel.tensor_type = tensor<4xi64>, nn.name = "ticks"})
// CHECK-SAME: kernel.num_inputs = 1
func.func @main(%x: memref<4xf32>, %y: memref<2x2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  // CHECK-NEXT: %[[B:.*]] = kernel.buffer at 0
  // CHECK-NEXT: kernel.timestamp into %[[T]] at 0 : memref<4xi64>
  // CHECK-NEXT: kernel.unary exp
  // CHECK-NEXT: %[[V:.*]] = kernel.reshape %[[B]]
  // CHECK-NEXT: kernel.timestamp into %[[T]] at 1 : memref<4xi64>
  // CHECK-NEXT: kernel.unary abs
  // CHECK-NEXT: kernel.timestamp into %[[T]] at 2 : memref<4xi64>
  // CHECK-NEXT: kernel.timestamp into %[[T]] at 3 : memref<4xi64>
  // CHECK-NEXT: return
  %0 = kernel.buffer at 0 : memref<4xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  %1 = kernel.reshape %0 : memref<4xf32> to memref<2x2xf32>
  kernel.unary abs %1 into %y {epilogue = #kernel.epilogue<>} : memref<2x2xf32>, memref<2x2xf32>
  return
}

// -----

// What is no lowered network has no outputs to add one to.
// CHECK-LABEL: func.func @other(
// CHECK-NOT: kernel.timestamp
func.func @other(%x: memref<4xf32>, %y: memref<4xf32>) {
  kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32>
  return
}
