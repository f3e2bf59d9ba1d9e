// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

func.func @float(%x: tensor<1x4x4x3xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>, tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) {
  %0 = nn.avg_pool2d %x kernel [3, 3] strides [2, 2] pad [0, 1, 0, 1] act <relu> {count_include_pad}
      : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  %1 = nn.max_pool2d %x kernel [2, 2] strides [2, 2]
      : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  %2 = nn.global_avg_pool %x : (tensor<1x4x4x3xf32>) -> tensor<1x1x1x3xf32>
  %3 = nn.global_max_pool %x : (tensor<1x4x4x3xf32>) -> tensor<1x1x1x3xf32>
  return %0, %1, %2, %3 : tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>, tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
}
// CHECK-LABEL: func.func @float(
// CHECK: kernel.pool average %arg0 into %arg1 {count_include_pad, epilogue = #kernel.epilogue<low = 0.000000e+00>, kernel = array<i64: 3, 3>, padding = array<i64: 0, 1, 0, 1>, strides = array<i64: 2, 2>}
// CHECK: kernel.pool max %arg0 into %arg2 {epilogue = #kernel.epilogue<>, kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
// CHECK: kernel.pool average %arg0 into %arg3 {epilogue = #kernel.epilogue<>, kernel = array<i64: 4, 4>}
// CHECK: kernel.pool max %arg0 into %arg4 {epilogue = #kernel.epilogue<>, kernel = array<i64: 4, 4>}

// -----

// Input and result share one scale: there is nothing to rescale. 6.0 is past
// the end of the storage, so only the lower bound moves.
!q = !quant.uniform<i8:f32, 0.03125:-8>
func.func @int8(%x: tensor<1x4x4x3x!q>) -> tensor<1x2x2x3x!q> {
  %0 = nn.max_pool2d %x kernel [2, 2] strides [2, 2] act <relu6>
      : (tensor<1x4x4x3x!q>) -> tensor<1x2x2x3x!q>
  return %0 : tensor<1x2x2x3x!q>
}
// CHECK-LABEL: func.func @int8(
// CHECK: kernel.pool max %arg0 into %arg1 {epilogue = #kernel.epilogue<zero_point = -8, low = -8.000000e+00, high = 1.270000e+02>
