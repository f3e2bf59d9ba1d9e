// Sparse weights lose whole blocks; with tear-blocks they become dense where
// fewer channels are less work than the zeros of blocks.
// RUN: pare-opt %s -nn-eliminate-dead-channels | FileCheck %s
// RUN: pare-opt %s -nn-eliminate-dead-channels=tear-blocks | FileCheck %s --check-prefix=TORN
// RUN: pare-opt %s -nn-eliminate-dead-channels=multiple=4 | FileCheck %s --check-prefix=FOUR

#csr = #sparse_tensor.encoding<{ map = (i, j) -> (i : dense, j : compressed), posWidth = 32, crdWidth = 32 }>
#two = #sparse_tensor.encoding<{ map = (i, j) -> (i floordiv 2 : dense, j : compressed, i mod 2 : dense), posWidth = 32, crdWidth = 32 }>
#pair = #sparse_tensor.encoding<{ map = (i, j) -> (i : dense, j floordiv 2 : compressed, j mod 2 : dense), posWidth = 32, crdWidth = 32 }>

!q = !quant.uniform<i8:f32, 0.5:-3>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25, 0.125, 0.0625}>
!b = !quant.uniform<i32:f32:0, {0.25, 0.125, 0.0625, 0.03125}>
!c = !quant.uniform<i32:f32, 0.25>

// The second block of rows stores nothing: both channels are constants, with
// their scales. 1 and 3 are what they are above the zero point, so that the next
// layer, of single weights, adds 5 * 1 + 6 * 3 and 8 * 3 to its bias.
// CHECK-LABEL: func @rows
// CHECK: nn.sparse_constant positions dense<[0, 1]> : tensor<2xi32> coordinates dense<1> : tensor<1xi32> values dense<[1, 2]> : tensor<2xi8> : tensor<2x3x!quant.uniform<i8<-127:127>:f32:0, {5.000000e-01,2.500000e-01}>,
// CHECK: nn.sparse_fully_connected {{.*}} scales <mode = float, factors = [5.000000e-01, 2.500000e-01]> {{.*}} -> tensor<1x2x
// CHECK: nn.constant dense<[33, 44]> : tensor<2xi32>
// CHECK: nn.sparse_constant positions dense<[0, 1, 2]> : tensor<3xi32> coordinates dense<[0, 1]> : tensor<2xi32> values dense<[3, 7]> : tensor<2xi8> : tensor<2x2x
// CHECK: nn.sparse_fully_connected {{.*}} -> tensor<1x2x
// FOUR-LABEL: func @rows
// FOUR: nn.sparse_fully_connected {{.*}} -> tensor<1x4x
func.func @rows(%x: tensor<1x3x!q>) -> tensor<1x2x!q> {
  %w = nn.sparse_constant positions dense<[0, 1, 1]> : tensor<3xi32> coordinates dense<1> : tensor<1xi32> values dense<[1, 2]> : tensor<2xi8> : tensor<4x3x!p, #two>
  %b = nn.constant dense<[0, 0, 8, 48]> : tensor<4xi32> -> tensor<4x!b>
  %0 = nn.sparse_fully_connected %x, %w, %b scales <mode = float, factors = [0.5, 0.25, 0.125, 0.0625]> : (tensor<1x3x!q>, tensor<4x3x!p, #two>, tensor<4x!b>) -> tensor<1x4x!q>
  %v = nn.sparse_constant positions dense<[0, 3, 5]> : tensor<3xi32> coordinates dense<[0, 2, 3, 1, 3]> : tensor<5xi32> values dense<[3, 5, 6, 7, 8]> : tensor<5xi8> : tensor<2x4x!w, #csr>
  %c = nn.constant dense<[10, 20]> : tensor<2xi32> -> tensor<2x!c>
  %1 = nn.sparse_fully_connected %0, %v, %c : (tensor<1x4x!q>, tensor<2x4x!w, #csr>, tensor<2x!c>) -> tensor<1x2x!q>
  return %1 : tensor<1x2x!q>
}

// Nobody reads the first two channels: the pair goes in both taps, and with it
// the rows that make it, through a depthwise layer.
// CHECK-LABEL: func @columns
// CHECK: nn.sparse_constant {{.*}} coordinates dense<0> {{.*}} values dense<[3.000000e+00, 4.000000e+00]> {{.*}} : tensor<2x1xf32,
// CHECK: nn.sparse_conv2d {{.*}} -> tensor<1x1x2x2xf32>
// CHECK: nn.depthwise_conv2d {{.*}} -> tensor<1x1x2x2xf32>
// CHECK: nn.sparse_constant positions dense<[0, 2]> {{.*}} coordinates dense<[0, 1]> {{.*}} values dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> {{.*}} : tensor<1x4xf32,
// CHECK: nn.sparse_conv2d {{.*}} kernel [1, 2] {{.*}} -> tensor<1x1x1x1xf32>
func.func @columns(%x: tensor<1x1x2x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = nn.sparse_constant positions dense<[0, 1, 2]> : tensor<3xi32> coordinates dense<0> : tensor<2xi32> values dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> : tensor<4x1xf32, #two>
  %0 = nn.sparse_conv2d %x, %w kernel [1, 1] : (tensor<1x1x2x1xf32>, tensor<4x1xf32, #two>) -> tensor<1x1x2x4xf32>
  %d = nn.constant dense<[[[[1.0, 2.0, 3.0, 4.0]]]]> : tensor<1x1x1x4xf32> -> tensor<1x1x1x4xf32>
  %1 = nn.depthwise_conv2d %0, %d : (tensor<1x1x2x4xf32>, tensor<1x1x1x4xf32>) -> tensor<1x1x2x4xf32>
  %v = nn.sparse_constant positions dense<[0, 2]> : tensor<2xi32> coordinates dense<[1, 3]> : tensor<2xi32> values dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> : tensor<1x8xf32, #pair>
  %2 = nn.sparse_conv2d %1, %v kernel [1, 2] : (tensor<1x1x2x4xf32>, tensor<1x8xf32, #pair>) -> tensor<1x1x1x1xf32>
  return %2 : tensor<1x1x1x1xf32>
}

// Of each block of the first layer one row is of use. Whole, it keeps all; torn,
// it has dense weights and half of the channels.
// CHECK-LABEL: func @torn
// CHECK: nn.sparse_fully_connected {{.*}} -> tensor<1x4xf32>
// CHECK: nn.fully_connected {{.*}} -> tensor<1x1xf32>
// TORN-LABEL: func @torn
// TORN: nn.constant dense<{{\[}}[1.000000e+00], [3.000000e+00]]>
// TORN: nn.fully_connected {{.*}} act <relu> {{.*}} -> tensor<1x2xf32>
// TORN: nn.constant dense<{{\[}}[5.000000e+00, 6.000000e+00]]>
// TORN: nn.fully_connected {{.*}} -> tensor<1x1xf32>
func.func @torn(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = nn.sparse_constant positions dense<[0, 1, 2]> : tensor<3xi32> coordinates dense<0> : tensor<2xi32> values dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> : tensor<4x1xf32, #two>
  %0 = nn.sparse_fully_connected %x, %w act <relu> : (tensor<1x1xf32>, tensor<4x1xf32, #two>) -> tensor<1x4xf32>
  %v = nn.constant dense<[[5.0, 0.0, 6.0, 0.0]]> : tensor<1x4xf32> -> tensor<1x4xf32>
  %1 = nn.fully_connected %0, %v : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// A channel that is constant and read is folded, also where no weights are left:
// then one block of zeros is stored.
// CHECK-LABEL: func @nothing_left
// CHECK: nn.sparse_constant positions dense<[0, 1]> {{.*}} coordinates dense<0> {{.*}} values dense<0> : tensor<1xi8> : tensor<1x1x
func.func @nothing_left(%x: tensor<1x1x!q>) -> tensor<1x1x!q> {
  %w = nn.constant dense<[[2], [0]]> : tensor<2x1xi8> -> tensor<2x1x!w>
  %b = nn.constant dense<[0, 4]> : tensor<2xi32> -> tensor<2x!c>
  %0 = nn.fully_connected %x, %w, %b : (tensor<1x1x!q>, tensor<2x1x!w>, tensor<2x!c>) -> tensor<1x2x!q>
  %v = nn.sparse_constant positions dense<[0, 1]> : tensor<2xi32> coordinates dense<1> : tensor<1xi32> values dense<5> : tensor<1xi8> : tensor<1x2x!w, #csr>
  %1 = nn.sparse_fully_connected %0, %v : (tensor<1x2x!q>, tensor<1x2x!w, #csr>) -> tensor<1x1x!q>
  return %1 : tensor<1x1x!q>
}
