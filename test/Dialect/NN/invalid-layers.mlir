// RUN: pare-opt %s -split-input-file -verify-diagnostics

// Verifiers say what they expected and what they found.

func.func @result_shape(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>) {
  // expected-error @+1 {{expects result #0 to have shape [1, 6, 6, 6], but found [1, 6, 6, 5]}}
  %0 = nn.conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>) -> tensor<1x6x6x5xf32>
  return
}

// -----

func.func @groups(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x3xf32>) {
  // expected-error @+1 {{expects the filter's channels to divide the input's and the groups to divide the result's, but found input [1, 8, 8, 4] and filter [6, 3, 3, 3]}}
  %0 = nn.conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<6x3x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @window_too_large(%x: tensor<1x2x8x4xf32>, %w: tensor<6x3x3x4xf32>) {
  // expected-error @+1 {{expects a padded height of at least 3, but found 2}}
  %0 = nn.conv2d %x, %w : (tensor<1x2x8x4xf32>, tensor<6x3x3x4xf32>) -> tensor<1x1x6x6xf32>
  return
}

// -----

func.func @stride(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>) {
  // expected-error @+1 {{expects a height of kernel, stride and dilation of at least 1, but found 3, 0 and 1}}
  %0 = nn.conv2d %x, %w strides [0, 1] : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @negative_padding(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>) {
  // expected-error @+1 {{expects padding of at least 0, but found -1}}
  %0 = nn.conv2d %x, %w pad [-1, 0, 0, 0] : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>) -> tensor<1x5x6x6xf32>
  return
}

// -----

func.func @bias(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<5xf32>) {
  // expected-error @+1 {{expects a bias of 6 elements, but found 5}}
  %0 = nn.conv2d %x, %w, %b : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<5xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @half_quantized(%x: tensor<1x8x8x4x!quant.uniform<i8:f32, 0.5>>, %w: tensor<6x3x3x4xf32>) {
  // expected-error @+1 {{expects input, filter and result to be quantized together or not at all}}
  %0 = nn.conv2d %x, %w : (tensor<1x8x8x4x!quant.uniform<i8:f32, 0.5>>, tensor<6x3x3x4xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

!q = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8:f32:3, {0.5, 0.25}>
func.func @wrong_axis(%x: tensor<1x4x4x2x!q>, %w: tensor<2x1x1x2x!w>) {
  // expected-error @+1 {{expects a filter quantized along dimension 0 with 2 scales, but found dimension 3 with 2}}
  %0 = nn.conv2d %x, %w : (tensor<1x4x4x2x!q>, tensor<2x1x1x2x!w>) -> tensor<1x4x4x2x!q>
  return
}

// -----

!q = !quant.uniform<i8:f32, 0.5>
func.func @scale_count(%x: tensor<1x4x4x2x!q>, %w: tensor<3x1x1x2x!q>) {
  // expected-error @+1 {{expects one scale or 3, but found 2}}
  %0 = nn.conv2d %x, %w scales <mode = float, factors = [1.0, 1.0]> : (tensor<1x4x4x2x!q>, tensor<3x1x1x2x!q>) -> tensor<1x4x4x3x!q>
  return
}

// -----

func.func @depthwise_filter(%x: tensor<1x8x8x4xf32>, %w: tensor<1x3x3x6xf32>) {
  // expected-error @+1 {{expects a filter of 1xKHxKWx(4*M), but found [1, 3, 3, 6]}}
  %0 = nn.depthwise_conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<1x3x3x6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @transpose_conv_channels(%x: tensor<1x8x8x4xf32>, %w: tensor<6x2x2x3xf32>) {
  // expected-error @+1 {{expects a filter with 4 input channels, but found 3}}
  %0 = nn.transpose_conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<6x2x2x3xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @fully_connected(%x: tensor<2x5xf32>, %w: tensor<3x4xf32>) {
  // expected-error @+1 {{expects an input ending in 4 elements, but found shape [2, 5]}}
  %0 = nn.fully_connected %x, %w : (tensor<2x5xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul(%x: tensor<2x5xf32>, %y: tensor<4x3xf32>) {
  // expected-error @+1 {{expects the inner dimensions to be equal, but found 5 and 4}}
  %0 = nn.batch_matmul %x, %y : (tensor<2x5xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @not_sparse() {
  // expected-error @+1 {{expects a result with a sparse encoding}}
  %0 = nn.sparse_constant positions dense<0> : tensor<3xi32> coordinates dense<0> : tensor<0xi32> values dense<0.0> : tensor<0xf32> : tensor<2x3xf32>
  return
}

// -----

#csr = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @column_out_of_range() {
  // expected-error @+1 {{expects increasing coordinates inside of row 0, but found 3}}
  %0 = nn.sparse_constant positions dense<[0, 1, 1]> : tensor<3xi32> coordinates dense<[3]> : tensor<1xi32> values dense<[1.0]> : tensor<1xf32> : tensor<2x3xf32, #csr>
  return
}

// -----

#csr = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @falling_positions() {
  // expected-error @+1 {{expects increasing positions, but row 1 starts at 2 and ends at 1}}
  %0 = nn.sparse_constant positions dense<[0, 2, 1, 2]> : tensor<4xi32> coordinates dense<[0, 1]> : tensor<2xi32> values dense<[1.0, 2.0]> : tensor<2xf32> : tensor<3x3xf32, #csr>
  return
}

// -----

func.func @pool_of_padding(%x: tensor<1x4x4x2xf32>) {
  // expected-error @+1 {{expects padding below the kernel size 2, but found 2}}
  %0 = nn.max_pool2d %x kernel [2, 2] pad [2, 0, 0, 0] : (tensor<1x4x4x2xf32>) -> tensor<1x5x3x2xf32>
  return
}

// -----

func.func @softmax_axis(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects an axis in [-2, 2), but found 2}}
  %0 = nn.softmax %x {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @quantized_softmax(%x: tensor<2x3x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @+1 {{expects the last axis on quantized types, but found 0}}
  %0 = nn.softmax %x {axis = 0 : i64} : (tensor<2x3x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x3x!quant.uniform<i8:f32, 0.00390625:-128>>
  return
}

// -----

func.func @reduce_axes(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects increasing axes in [0, 2), but found [1, 0]}}
  %0 = nn.reduce_sum %x axes [1, 0] : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm(%x: tensor<2x3xf32>, %v: tensor<2xf32>) {
  // expected-error @+1 {{expects parameters of 3 elements, but found 2}}
  %0 = nn.batch_norm %x, %v, %v, %v, %v {epsilon = 0.1 : f32} : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @lstm_rows(%x: tensor<1x5x3xf32>, %w: tensor<7x3xf32>, %r: tensor<8x2xf32>, %b: tensor<8xf32>) {
  // expected-error @+1 {{expects weights with 8 rows, but found 7 and 8}}
  %0 = nn.lstm %x, %w, %r, %b : (tensor<1x5x3xf32>, tensor<7x3xf32>, tensor<8x2xf32>, tensor<8xf32>) -> tensor<1x5x2xf32>
  return
}

// -----

// expected-error @+1 {{expects clip bounds in increasing order, but found 2.000000e+00 and 1.000000e+00}}
#bad = #nn.activation<clip, 2.0, 1.0>

// -----

// expected-error @+1 {{expected relu, relu6, relu_n1_to_1 or clip}}
#bad = #nn.activation<swish>

// -----

// expected-error @+1 {{expects as many shifts as multipliers (1), but found 2}}
#bad = #nn.scales<mode = fixed, multipliers = [1], shifts = [1, 2]>

// -----

// expected-error @+1 {{expects shifts in [-31, 31], but found 32}}
#bad = #nn.scales<mode = fixed, multipliers = [1073741824], shifts = [32]>

// -----

// expected-error @+1 {{expects 'factors' alone in mode float}}
#bad = #nn.scales<mode = float, multipliers = [1], shifts = [1]>

// -----

// expected-error @+1 {{expects 2 to 16 bits, but found 1}}
#bad = #nn.quant_spec<bits = 1>

// -----

// expected-error @+1 {{expects 'narrow' only with 'symmetric'}}
#bad = #nn.quant_spec<bits = 8, narrow = true>

// -----

// expected-error @+1 {{expects 'nn.requant_mode' to be a #nn.requant_mode, but found "float"}}
module attributes {nn.requant_mode = "float"} {}

// -----

// expected-error @+1 {{has an unknown attribute 'nn.colour' on an argument or a result}}
func.func @argument(%x: tensor<1xf32> {nn.colour = "red"}) { return }
