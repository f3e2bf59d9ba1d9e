// RUN: pare-opt %s | pare-opt | FileCheck %s
// RUN: pare-opt %s -emit-bytecode | pare-opt | FileCheck %s

// Every layer with weights, every pool and every layer that normalizes parses,
// prints itself, and survives text and bytecode.

!in = tensor<1x8x8x4xf32>
!q = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.25, 0.125}>
#csr = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed), posWidth = 32, crdWidth = 32}>

// CHECK-LABEL: func @convolutions
func.func @convolutions(%x: !in, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>,
                        %d: tensor<1x3x3x8xf32>, %t: tensor<6x2x2x4xf32>,
                        %g: tensor<4x1x1x2xf32>) {
  // CHECK: nn.conv2d %{{.*}}, %{{.*}}, %{{.*}} strides [2, 2] pad [0, 1, 0, 1] act <relu6> : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x4x4x6xf32>
  %0 = nn.conv2d %x, %w, %b strides [2, 2] pad [0, 1, 0, 1] act <relu6>
      : (!in, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x4x4x6xf32>
  // CHECK: nn.conv2d %{{.*}}, %{{.*}} dilations [2, 2] act <clip, -2.000000e+00, 2.500000e+00>
  %1 = nn.conv2d %x, %w dilations [2, 2] act <clip, -2.0, 2.5>
      : (!in, tensor<6x3x3x4xf32>) -> tensor<1x4x4x6xf32>
  // Two groups: the filter has half of the channels.
  // CHECK: nn.conv2d %{{.*}}, %{{.*}} : (tensor<1x8x8x4xf32>, tensor<4x1x1x2xf32>)
  %2 = nn.conv2d %x, %g : (!in, tensor<4x1x1x2xf32>) -> tensor<1x8x8x4xf32>
  // CHECK: nn.depthwise_conv2d %{{.*}}, %{{.*}} pad [1, 1, 1, 1] act <relu>
  %3 = nn.depthwise_conv2d %x, %d pad [1, 1, 1, 1] act <relu>
      : (!in, tensor<1x3x3x8xf32>) -> tensor<1x8x8x8xf32>
  // CHECK: nn.transpose_conv2d %{{.*}}, %{{.*}} strides [2, 2]
  %4 = nn.transpose_conv2d %x, %t strides [2, 2]
      : (!in, tensor<6x2x2x4xf32>) -> tensor<1x16x16x6xf32>
  return
}

// CHECK-LABEL: func @matrices
func.func @matrices(%x: tensor<3x2x4xf32>, %w: tensor<5x4xf32>, %y: tensor<4x2xf32>,
                    %z: tensor<5x2xf32>) {
  // CHECK: nn.fully_connected %{{.*}}, %{{.*}} act <relu_n1_to_1>
  %0 = nn.fully_connected %x, %w act <relu_n1_to_1>
      : (tensor<3x2x4xf32>, tensor<5x4xf32>) -> tensor<3x2x5xf32>
  // CHECK: nn.batch_matmul %{{.*}}, %{{.*}} : (tensor<3x2x4xf32>, tensor<4x2xf32>)
  %1 = nn.batch_matmul %x, %y : (tensor<3x2x4xf32>, tensor<4x2xf32>) -> tensor<3x2x2xf32>
  // CHECK: nn.batch_matmul %{{.*}}, %{{.*}} {transpose_lhs, transpose_rhs}
  %2 = nn.batch_matmul %x, %z {transpose_lhs, transpose_rhs}
      : (tensor<3x2x4xf32>, tensor<5x2xf32>) -> tensor<3x4x5xf32>
  return
}

// CHECK-LABEL: func @integers
func.func @integers(%x: tensor<1x4x4x3x!q>, %w: tensor<2x1x1x3x!w>,
                    %b: tensor<2x!quant.uniform<i32:f32:0, {0.125, 0.0625}>>) {
  // CHECK: nn.conv2d {{.*}} scales <mode = fixed, multipliers = [1073741824, 1073741824], shifts = [-1, -2]>
  %0 = nn.conv2d %x, %w, %b
      scales <mode = fixed, multipliers = [1073741824, 1073741824], shifts = [-1, -2]>
      : (tensor<1x4x4x3x!q>, tensor<2x1x1x3x!w>,
         tensor<2x!quant.uniform<i32:f32:0, {0.125, 0.0625}>>) -> tensor<1x4x4x2x!q>
  // CHECK: nn.add {{.*}} act <relu> scales <mode = float, factors = [1.000000e+00, 1.000000e+00]>
  %1 = nn.add %0, %0 act <relu> scales <mode = float, factors = [1.0, 1.0]>
      : (tensor<1x4x4x2x!q>, tensor<1x4x4x2x!q>) -> tensor<1x4x4x2x!q>
  return
}

// CHECK-LABEL: func @sparse
func.func @sparse(%x: tensor<1x4x4x3xf32>, %v: tensor<2x3xf32>) {
  // CHECK: nn.sparse_constant positions dense<[0, 1, 3]> : tensor<3xi32> coordinates dense<[2, 0, 1]> : tensor<3xi32> values dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
  %w = nn.sparse_constant positions dense<[0, 1, 3]> : tensor<3xi32>
      coordinates dense<[2, 0, 1]> : tensor<3xi32>
      values dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<2x3xf32, #csr>
  // CHECK: nn.sparse_conv2d %{{.*}}, %{{.*}} kernel [1, 1] strides [2, 2]
  %0 = nn.sparse_conv2d %x, %w kernel [1, 1] strides [2, 2]
      : (tensor<1x4x4x3xf32>, tensor<2x3xf32, #csr>) -> tensor<1x2x2x2xf32>
  // CHECK: nn.sparse_fully_connected %{{.*}}, %{{.*}} act <relu6>
  %1 = nn.sparse_fully_connected %v, %w act <relu6>
      : (tensor<2x3xf32>, tensor<2x3xf32, #csr>) -> tensor<2x2xf32>
  return
}

// CHECK-LABEL: func @pools
func.func @pools(%x: !in) {
  // CHECK: nn.avg_pool2d %{{.*}} kernel [3, 3] strides [2, 2] pad [1, 1, 1, 1] {count_include_pad}
  %0 = nn.avg_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 1, 1] {count_include_pad} : (!in) -> tensor<1x4x4x4xf32>
  // CHECK: nn.max_pool2d %{{.*}} kernel [2, 2] act <relu6>
  %1 = nn.max_pool2d %x kernel [2, 2] act <relu6> : (!in) -> tensor<1x7x7x4xf32>
  // CHECK: nn.global_avg_pool
  %2 = nn.global_avg_pool %x : (!in) -> tensor<1x1x1x4xf32>
  // CHECK: nn.global_max_pool
  %3 = nn.global_max_pool %x : (!in) -> tensor<1x1x1x4xf32>
  return
}

// CHECK-LABEL: func @normalizations
func.func @normalizations(%x: tensor<2x3x4xf32>, %v: tensor<4xf32>) {
  // CHECK: nn.softmax %{{.*}} {axis = 1 : i64, beta = 2.000000e+00 : f32}
  %0 = nn.softmax %x {axis = 1 : i64, beta = 2.0 : f32} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.log_softmax %{{.*}} : (
  %1 = nn.log_softmax %x : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.reduce_mean %{{.*}} axes [1, 2] : (tensor<2x3x4xf32>) -> tensor<2xf32>
  %2 = nn.reduce_mean %x axes [1, 2] : (tensor<2x3x4xf32>) -> tensor<2xf32>
  // CHECK: nn.reduce_sum %{{.*}} axes [0] {keep_dims}
  %3 = nn.reduce_sum %x axes [0] {keep_dims} : (tensor<2x3x4xf32>) -> tensor<1x3x4xf32>
  // CHECK: nn.reduce_max
  %4 = nn.reduce_max %x axes [2] : (tensor<2x3x4xf32>) -> tensor<2x3xf32>
  // CHECK: nn.reduce_min
  %5 = nn.reduce_min %x axes [2] : (tensor<2x3x4xf32>) -> tensor<2x3xf32>
  // CHECK: nn.batch_norm {{.*}} {epsilon = 1.000000e-03 : f32}
  %6 = nn.batch_norm %x, %v, %v, %v, %v {epsilon = 1.0e-3 : f32}
      : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.layer_norm {{.*}} {epsilon = 9.99999974E-6 : f32}
  %7 = nn.layer_norm %x, %v, %v {epsilon = 1.0e-5 : f32}
      : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return
}
