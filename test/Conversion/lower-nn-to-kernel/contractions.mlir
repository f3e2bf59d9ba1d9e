// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

// A float convolution keeps its geometry; the activation becomes the clamp.
func.func @conv(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x2xf32>, %b: tensor<6xf32>) -> tensor<1x4x4x6xf32> {
  %0 = nn.conv2d %x, %w, %b strides [2, 2] pad [0, 1, 0, 1] act <relu6>
      : (tensor<1x8x8x4xf32>, tensor<6x3x3x2xf32>, tensor<6xf32>) -> tensor<1x4x4x6xf32>
  return %0 : tensor<1x4x4x6xf32>
}
// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:arg0]]: memref<1x8x8x4xf32> {kernel.tensor_type = tensor<1x8x8x4xf32>}
// CHECK-SAME: attributes {kernel.num_inputs = 3 : i64}
// CHECK: kernel.contract %[[X]], %arg1 bias %arg2 into %arg3
// CHECK-SAME: epilogue = #kernel.epilogue<low = 0.000000e+00, high = 6.000000e+00>, padding = array<i64: 0, 1, 0, 1>, strides = array<i64: 2, 2>}
// CHECK-NEXT: return

// -----

// The multipliers of the op are taken over; without them, those of the mode are
// computed. The clamp is in quantized units.
!in = !quant.uniform<i8:f32, 0.5:-10>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.25, 0.5}>
!b = !quant.uniform<i32:f32:0, {0.125, 0.25}>
!out = !quant.uniform<i8:f32, 0.25:3>
func.func @int8(%x: tensor<1x2x2x3x!in>) -> (tensor<1x2x2x2x!out>, tensor<1x2x2x2x!out>) {
  %w = nn.constant dense<1> : tensor<2x1x1x3xi8> -> tensor<2x1x1x3x!w>
  %b = nn.constant dense<[4, 5]> : tensor<2xi32> -> tensor<2x!b>
  %0 = nn.conv2d %x, %w, %b act <relu> scales <mode = float, factors = [0.5, 1.0]>
      : (tensor<1x2x2x3x!in>, tensor<2x1x1x3x!w>, tensor<2x!b>) -> tensor<1x2x2x2x!out> loc("first")
  %1 = nn.conv2d %x, %w, %b
      : (tensor<1x2x2x3x!in>, tensor<2x1x1x3x!w>, tensor<2x!b>) -> tensor<1x2x2x2x!out> loc("second")
  return %0, %1 : tensor<1x2x2x2x!out>, tensor<1x2x2x2x!out>
}
// CHECK: memref.global "private" constant @first_filter : memref<2x1x1x3xi8> = dense<1> {alignment = 64 : i64}
// CHECK: memref.global "private" constant @first_bias : memref<2xi32> = dense<[4, 5]>
// CHECK-NOT: memref.global
// CHECK-LABEL: func.func @int8(
// CHECK-SAME: kernel.tensor_type = tensor<1x2x2x3x!quant.uniform<i8:f32, 5.000000e-01:-10>>
// CHECK: kernel.contract %arg0, %[[W:.*]] bias %[[B:.*]] into %arg1
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = 3, low = 3.000000e+00, high = 1.270000e+02, scales = <mode = float, factors = [5.000000e-01, 1.000000e+00]>>
// CHECK-SAME: input_zero_point = -10
// CHECK: kernel.contract %arg0, %[[W]] bias %[[B]] into %arg2
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = fixed, multipliers = [1073741824, 1073741824], shifts = [0, 1]>>

// -----

func.func @depthwise(%x: tensor<1x4x4x3xf32>, %w: tensor<1x3x3x6xf32>) -> tensor<1x2x2x6xf32> {
  %0 = nn.depthwise_conv2d %x, %w
      : (tensor<1x4x4x3xf32>, tensor<1x3x3x6xf32>) -> tensor<1x2x2x6xf32>
  return %0 : tensor<1x2x2x6xf32>
}
// CHECK-LABEL: func.func @depthwise(
// CHECK: kernel.depthwise %arg0, %arg1 into %arg2 {epilogue = #kernel.epilogue<>}

// -----

func.func @transposed(%x: tensor<1x2x2x3xf32>, %w: tensor<5x2x2x3xf32>) -> tensor<1x4x4x5xf32> {
  %0 = nn.transpose_conv2d %x, %w strides [2, 2]
      : (tensor<1x2x2x3xf32>, tensor<5x2x2x3xf32>) -> tensor<1x4x4x5xf32>
  return %0 : tensor<1x4x4x5xf32>
}
// CHECK-LABEL: func.func @transposed(
// CHECK: kernel.transpose_conv %arg0, %arg1 into %arg2
// CHECK-SAME: strides = array<i64: 2, 2>

// -----

// Every row of the input is an image of one pixel; the constant filter has that
// shape from the start.
func.func @matrix(%x: tensor<2x3x4xf32>) -> tensor<2x3x5xf32> {
  %w = nn.constant dense<1.0> : tensor<5x4xf32> -> tensor<5x4xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32> loc("dense")
  return %0 : tensor<2x3x5xf32>
}
// CHECK: memref.global "private" constant @dense_filter : memref<5x1x1x4xf32>
// CHECK-LABEL: func.func @matrix(
// CHECK: %[[X:.*]] = kernel.reshape %arg0 : memref<2x3x4xf32> to memref<6x1x1x4xf32>
// CHECK: %[[W:.*]] = memref.get_global @dense_filter
// CHECK: %[[Y:.*]] = kernel.reshape %arg1 : memref<2x3x5xf32> to memref<6x1x1x5xf32>
// CHECK: kernel.contract %[[X]], %[[W]] into %[[Y]]

// -----

#csr = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
#bsr = #sparse_tensor.encoding<{map = (i, j) -> (i floordiv 2 : dense, j floordiv 2 : compressed, i mod 2 : dense, j mod 2 : dense)}>
func.func @sparse(%x: tensor<3x2xf32>, %i: tensor<1x2x2x2xf32>) -> (tensor<3x2xf32>, tensor<1x2x2x2xf32>) {
  %w = nn.sparse_constant positions dense<[0, 1, 1]> : tensor<3xi32>
      coordinates dense<1> : tensor<1xi32> values dense<2.0> : tensor<1xf32>
      : tensor<2x2xf32, #csr>
  %0 = nn.sparse_fully_connected %x, %w
      : (tensor<3x2xf32>, tensor<2x2xf32, #csr>) -> tensor<3x2xf32> loc("dense")
  %v = nn.sparse_constant positions dense<[0, 1]> : tensor<2xi32>
      coordinates dense<0> : tensor<1xi32> values dense<[2.0, 3.0, 0.0, 4.0]> : tensor<4xf32>
      : tensor<2x2xf32, #bsr>
  %1 = nn.sparse_conv2d %i, %v kernel [1, 1]
      : (tensor<1x2x2x2xf32>, tensor<2x2xf32, #bsr>) -> tensor<1x2x2x2xf32> loc("conv")
  return %0, %1 : tensor<3x2xf32>, tensor<1x2x2x2xf32>
}
// CHECK-LABEL: func.func @sparse(
// CHECK-DAG: %[[P:.*]] = memref.get_global @dense_positions : memref<3xi32>
// CHECK-DAG: %[[C:.*]] = memref.get_global @dense_coordinates : memref<1xi32>
// CHECK-DAG: %[[V:.*]] = memref.get_global @dense_values : memref<1xf32>
// CHECK: kernel.sparse_contract %{{.*}}, %[[P]], %[[C]], %[[V]] into %{{.*}} {epilogue = #kernel.epilogue<>, kernel_size = array<i64: 1, 1>}
// CHECK-SAME: memref<3x1x1x2xf32>
// CHECK: kernel.sparse_contract %arg1, {{.*}} into %arg3 {block = array<i64: 2, 2>

// -----

// Leading dimensions are one; what broadcasts in between is copied.
func.func @products(%a: tensor<2x3x4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<3x5x6xf32>)
    -> (tensor<2x3x4x6xf32>, tensor<2x3x4x6xf32>) {
  %0 = nn.batch_matmul %a, %b
      : (tensor<2x3x4x5xf32>, tensor<5x6xf32>) -> tensor<2x3x4x6xf32>
  %1 = nn.batch_matmul %a, %c
      : (tensor<2x3x4x5xf32>, tensor<3x5x6xf32>) -> tensor<2x3x4x6xf32>
  return %0, %1 : tensor<2x3x4x6xf32>, tensor<2x3x4x6xf32>
}
// CHECK-LABEL: func.func @products(
// CHECK: kernel.batch_matmul %{{.*}}, %{{.*}} into %{{.*}} {{.*}} : memref<6x4x5xf32>, memref<1x5x6xf32>, memref<6x4x6xf32>
// CHECK: %[[C:.*]] = kernel.buffer : memref<6x5x6xf32>
// CHECK: kernel.copy %arg2 into %[[C]] sizes [2, 90] from 0 by [0, 1] to 0 by [90, 1]
// CHECK: kernel.batch_matmul %{{.*}}, %[[C]] into

// -----

!q = !quant.uniform<i8:f32, 0.5:-10>
func.func @int8_product(%a: tensor<2x3x!q>, %b: tensor<4x3x!q>) -> tensor<2x4x!q> {
  %0 = nn.batch_matmul %a, %b scales <mode = float, factors = [0.5]> {transpose_rhs}
      : (tensor<2x3x!q>, tensor<4x3x!q>) -> tensor<2x4x!q>
  return %0 : tensor<2x4x!q>
}
// CHECK-LABEL: func.func @int8_product(
// CHECK: kernel.batch_matmul
// CHECK-SAME: lhs_zero_point = -10 : i64, rhs_zero_point = -10 : i64, transpose_rhs}
