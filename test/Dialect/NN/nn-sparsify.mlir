// RUN: pare-opt %s --nn-sparsify=threshold=0.5 --split-input-file | FileCheck %s
// RUN: pare-opt %s --nn-sparsify="threshold=0.5 block-rows=2" --split-input-file \
// RUN:   | FileCheck %s --check-prefix=BLOCK
// RUN: pare-opt %s --nn-sparsify="threshold=0.5 block-rows=0" --split-input-file \
// RUN:   | FileCheck %s --check-prefix=FIND

// CHECK: #[[CSR:.*]] = #sparse_tensor.encoding<{ map = (d0, d1) -> (d0 : dense, d1 : compressed), posWidth = 32, crdWidth = 32 }>
// BLOCK: #[[BSR:.*]] = #sparse_tensor.encoding<{ map = (d0, d1) -> (d0 floordiv 2 : dense, d1 : compressed, d0 mod 2 : dense), posWidth = 32, crdWidth = 32 }>
// CHECK-LABEL: func.func @dense
// BLOCK-LABEL: func.func @dense
func.func @dense(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: %[[W:.*]] = nn.sparse_constant positions dense<[0, 1, 1]> : tensor<3xi32> coordinates dense<1> : tensor<1xi32> values dense<2.000000e+00> : tensor<1xf32> : tensor<2x2xf32, #[[CSR]]>
  // CHECK: nn.sparse_fully_connected %{{.*}}, %[[W]] act <relu>
  // BLOCK: nn.sparse_constant positions dense<[0, 1]> : tensor<2xi32> coordinates dense<1> : tensor<1xi32> values dense<[2.000000e+00, 0.000000e+00]> : tensor<2xf32> : tensor<2x2xf32, #[[BSR]]>
  %w = nn.constant dense<[[0.0, 2.0], [-0.0, 0.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w act <relu>
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

!in = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>
!b = !quant.uniform<i32:f32:0, {0.25, 0.125}>

// A quantized filter keeps its scales; the rest of the layer is as it was.

// CHECK-LABEL: func.func @quantized
func.func @quantized(%x: tensor<1x4x4x1x!in>) -> tensor<1x2x2x2x!in> {
  // CHECK: %[[W:.*]] = nn.sparse_constant positions dense<[0, 1, 2]> : tensor<3xi32> coordinates dense<[2, 0]> : tensor<2xi32> values dense<[5, -3]> : tensor<2xi8> : tensor<2x4x!quant.uniform<i8<-127:127>:f32:0, {5.000000e-01,2.500000e-01}>, #{{.*}}>
  // CHECK: nn.sparse_conv2d %{{.*}}, %[[W]], %{{.*}} kernel [2, 2] strides [2, 2] act <relu> scales <mode = float, factors = [1.000000e+00, 2.000000e+00]> :
  %w = nn.constant dense<[[[[0], [0]], [[5], [0]]], [[[-3], [0]], [[0], [0]]]]>
      : tensor<2x2x2x1xi8> -> tensor<2x2x2x1x!w>
  %b = nn.constant dense<1> : tensor<2xi32> -> tensor<2x!b>
  %0 = nn.conv2d %x, %w, %b strides [2, 2] act <relu>
      scales <mode = float, factors = [1.0, 2.0]>
      : (tensor<1x4x4x1x!in>, tensor<2x2x2x1x!w>, tensor<2x!b>)
        -> tensor<1x2x2x2x!in>
  return %0 : tensor<1x2x2x2x!in>
}

// -----

// Kept dense: too few zeros, groups, a zero point that is not zero.

// CHECK-LABEL: func.func @kept
func.func @kept(%x: tensor<1x2xf32>, %y: tensor<1x1x1x2xf32>,
                %q: tensor<1x2x!quant.uniform<i8:f32, 0.5>>)
    -> (tensor<1x2xf32>, tensor<1x1x1x2xf32>,
        tensor<1x2x!quant.uniform<i8:f32, 0.5>>) {
  // CHECK-NOT: nn.sparse
  %w = nn.constant dense<[[0.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %g = nn.constant dense<0.0> : tensor<2x1x1x1xf32> -> tensor<2x1x1x1xf32>
  %1 = nn.conv2d %y, %g
      : (tensor<1x1x1x2xf32>, tensor<2x1x1x1xf32>) -> tensor<1x1x1x2xf32>
  %z = nn.constant dense<0> : tensor<2x2xi8>
      -> tensor<2x2x!quant.uniform<i8:f32, 0.5:7>>
  %2 = nn.fully_connected %q, %z
      : (tensor<1x2x!quant.uniform<i8:f32, 0.5>>,
         tensor<2x2x!quant.uniform<i8:f32, 0.5:7>>)
        -> tensor<1x2x!quant.uniform<i8:f32, 0.5>>
  return %0, %1, %2 : tensor<1x2xf32>, tensor<1x1x1x2xf32>,
      tensor<1x2x!quant.uniform<i8:f32, 0.5>>
}

// -----

// Nothing but zeros stays: kernels need an entry, and channels that are constant
// are removed by nn-eliminate-dead-channels.

// CHECK-LABEL: func.func @empty
func.func @empty(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK-NOT: nn.sparse
  %w = nn.constant dense<0.0> : tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// Blocks that are found: all zeros lie in blocks of four rows, which are the
// largest that hold them all; zeros in no blocks leave a layer dense.

// CHECK-LABEL: func.func @found
// FIND-LABEL: func.func @found
func.func @found(%x: tensor<1x4xf32>)
    -> (tensor<1x8xf32>, tensor<1x4xf32>) {
  // FIND: nn.sparse_constant positions dense<[0, 1, 2]> : tensor<3xi32> coordinates dense<[2, 1]> : tensor<2xi32> values dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00, 7.000000e+00, 8.000000e+00]>
  // FIND: nn.sparse_fully_connected
  %w = nn.constant dense<[[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 2.0, 0.0],
                          [0.0, 0.0, 3.0, 0.0], [0.0, 0.0, 4.0, 0.0],
                          [0.0, 5.0, 0.0, 0.0], [0.0, 6.0, 0.0, 0.0],
                          [0.0, 7.0, 0.0, 0.0], [0.0, 8.0, 0.0, 0.0]]>
      : tensor<8x4xf32> -> tensor<8x4xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x4xf32>, tensor<8x4xf32>) -> tensor<1x8xf32>
  // FIND: nn.fully_connected
  %v = nn.constant dense<[[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0],
                          [0.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 4.0]]>
      : tensor<4x4xf32> -> tensor<4x4xf32>
  %1 = nn.fully_connected %x, %v
      : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
  return %0, %1 : tensor<1x8xf32>, tensor<1x4xf32>
}
