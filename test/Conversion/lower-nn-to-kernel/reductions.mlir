// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

func.func @reduce(%x: tensor<2x3x4xf32>) -> (tensor<2x4xf32>, tensor<2x3x1xf32>, tensor<2x3xf32>, tensor<4xf32>) {
  %0 = nn.reduce_mean %x axes [1] : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  %1 = nn.reduce_sum %x axes [2] {keep_dims} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  %2 = nn.reduce_max %x axes [2] : (tensor<2x3x4xf32>) -> tensor<2x3xf32>
  %3 = nn.reduce_min %x axes [0, 1] : (tensor<2x3x4xf32>) -> tensor<4xf32>
  return %0, %1, %2, %3 : tensor<2x4xf32>, tensor<2x3x1xf32>, tensor<2x3xf32>, tensor<4xf32>
}
// CHECK-LABEL: func.func @reduce(
// CHECK: kernel.reduce mean %arg0 into %arg1 {axes = array<i64: 1>, epilogue = #kernel.epilogue<>}
// CHECK: kernel.reduce sum %arg0 into %arg2 {axes = array<i64: 2>
// CHECK: kernel.reduce max %arg0 into %arg3 {axes = array<i64: 2>
// CHECK: kernel.reduce min %arg0 into %arg4 {axes = array<i64: 0, 1>

// -----

!a = !quant.uniform<i8:f32, 0.5:3>
!b = !quant.uniform<i8:f32, 0.25:-1>
module attributes {nn.requant_mode = #nn.requant_mode<float>} {
  func.func @int8(%x: tensor<2x4x!a>) -> (tensor<2x!b>, tensor<2x!a>) {
    %0 = nn.reduce_mean %x axes [1] : (tensor<2x4x!a>) -> tensor<2x!b>
    %1 = nn.reduce_max %x axes [1] : (tensor<2x4x!a>) -> tensor<2x!a>
    return %0, %1 : tensor<2x!b>, tensor<2x!a>
  }
}
// CHECK-LABEL: func.func @int8(
// CHECK: kernel.reduce mean %arg0 into %arg1
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = -1, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = float, factors = [5.000000e-01]>>, input_zero_point = 3
// CHECK: kernel.reduce max %arg0 into %arg2
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02>

// -----

// Softmax works on rows: another axis is moved to the end and back.
func.func @softmax(%x: tensor<2x3x4xf32>, %y: tensor<2x3x1xf32>) -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x1xf32>) {
  %0 = nn.softmax %x {beta = 2.0 : f32} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %1 = nn.softmax %x {axis = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %2 = nn.log_softmax %y {axis = 1 : i64} : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  return %0, %1, %2 : tensor<2x3x4xf32>, tensor<2x3x4xf32>, tensor<2x3x1xf32>
}
// CHECK-LABEL: func.func @softmax(
// CHECK: kernel.softmax %arg0 into %arg2 {beta = 2.000000e+00 : f32}
// CHECK: %[[IN:.*]] = kernel.buffer : memref<2x4x3xf32>
// CHECK: kernel.copy %arg0 into %[[IN]] sizes [2, 4, 3] from 0 by [12, 1, 4] to 0 by [12, 3, 1]
// CHECK: %[[OUT:.*]] = kernel.buffer : memref<2x4x3xf32>
// CHECK: kernel.softmax %[[IN]] into %[[OUT]] :
// CHECK: kernel.copy %[[OUT]] into %arg3 sizes [2, 4, 3] from 0 by [12, 3, 1] to 0 by [12, 1, 4]
// Only ones follow: nothing is to be moved.
// CHECK: kernel.softmax %{{.*}} into %{{.*}} {log} : memref<2x3xf32>, memref<2x3xf32>

// -----

// The exponentials of all 256 differences, from exp(0) in Q0.31 down.
!in = !quant.uniform<i8:f32, 0.125:5>
!out = !quant.uniform<i8:f32, 0.00390625:-128>
func.func @integers(%x: tensor<2x10x!in>) -> tensor<2x10x!out> {
  %0 = nn.softmax %x : (tensor<2x10x!in>) -> tensor<2x10x!out> loc("prob")
  return %0 : tensor<2x10x!out>
}
// CHECK: memref.global "private" constant @prob_table : memref<256xi32> = dense<"0xFFFFFF7F
// CHECK-LABEL: func.func @integers(
// CHECK: kernel.softmax %arg0 table %{{.*}} into %arg1 : memref<2x10xi8>, memref<256xi32>, memref<2x10xi8>

// -----

func.func @norm(%x: tensor<2x3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = nn.layer_norm %x, %g, %b {epsilon = 0.5 : f32} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
// CHECK-LABEL: func.func @norm(
// CHECK: kernel.layer_norm %arg0, %arg1, %arg2 into %arg3 {epsilon = 5.000000e-01 : f32}
