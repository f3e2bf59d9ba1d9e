// RUN: pare-opt %s -nn-eliminate-dead-channels | FileCheck %s
// RUN: pare-opt %s -nn-eliminate-dead-channels=multiple=2 | FileCheck %s --check-prefix=TWO
// RUN: pare-opt %s -nn-eliminate-dead-channels="multiple=2 within-peak" | FileCheck %s --check-prefix=PEAK

!q = !quant.uniform<i8:f32, 0.5:-3>
!b = !quant.uniform<i32:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25, 0.125}>

// The second row has no weights: its output is round(4 * 0.25 / 0.5) - 3 = -1
// for every input, which is two steps above the zero point. The next layer
// takes 2 * w into its bias: 10 + 2 * 5 and 20 + 2 * 6.
// CHECK-LABEL: func @constant_channel
// CHECK: %[[W:.*]] = nn.constant dense<[{{\[}}1, 2], [3, 4]]> : tensor<2x2xi8>
// CHECK: %[[B:.*]] = nn.constant dense<[1, 8]> : tensor<2xi32>
// CHECK: nn.fully_connected %{{.*}}, %[[W]], %[[B]] : {{.*}} -> tensor<1x2x
// CHECK: %[[C:.*]] = nn.constant dense<[20, 32]> : tensor<2xi32>
// CHECK: %[[V:.*]] = nn.constant dense<[{{\[}}1, 2], [3, 4]]> : tensor<2x2xi8>
// CHECK: nn.fully_connected %{{.*}}, %[[V]], %[[C]] : {{.*}} -> tensor<1x2x
func.func @constant_channel(%x: tensor<1x2x!q>) -> tensor<1x2x!q> {
  %w = nn.constant dense<[[1, 2], [0, 0], [3, 4]]> : tensor<3x2xi8> -> tensor<3x2x!w>
  %b = nn.constant dense<[1, 4, 8]> : tensor<3xi32> -> tensor<3x!b>
  %0 = nn.fully_connected %x, %w, %b : (tensor<1x2x!q>, tensor<3x2x!w>, tensor<3x!b>) -> tensor<1x3x!q>
  %v = nn.constant dense<[[1, 5, 2], [3, 6, 4]]> : tensor<2x3xi8> -> tensor<2x3x!w>
  %c = nn.constant dense<[10, 20]> : tensor<2xi32> -> tensor<2x!b>
  %1 = nn.fully_connected %0, %v, %c : (tensor<1x3x!q>, tensor<2x3x!w>, tensor<2x!b>) -> tensor<1x2x!q>
  return %1 : tensor<1x2x!q>
}

// The scale of a removed row goes with it; a layer without a bias gets one.
// CHECK-LABEL: func @per_channel
// CHECK: nn.constant dense<[{{\[}}1], [3]]> : tensor<2x1xi8> -> tensor<2x1x!quant.uniform<i8<-127:127>:f32:0, {5.000000e-01,1.250000e-01}>>
// CHECK: nn.fully_connected %{{.*}}, %{{.*}}, %{{.*}} -> tensor<1x2x
// CHECK: %[[B:.*]] = nn.constant dense<[0, -28]> : tensor<2xi32> -> tensor<2x!quant.uniform<i32:f32, 2.500000e-01>>
// CHECK: nn.fully_connected %{{.*}}, %{{.*}}, %[[B]]
func.func @per_channel(%x: tensor<1x1x!q>) -> tensor<1x2x!q> {
  %w = nn.constant dense<[[1], [0], [3]]> : tensor<3x1xi8> -> tensor<3x1x!p>
  %b = nn.constant dense<[0, -28, 0]> : tensor<3xi32> -> tensor<3x!quant.uniform<i32:f32:0, {0.25, 0.125, 0.0625}>>
  %0 = nn.fully_connected %x, %w, %b : (tensor<1x1x!q>, tensor<3x1x!p>, tensor<3x!quant.uniform<i32:f32:0, {0.25, 0.125, 0.0625}>>) -> tensor<1x3x!q>
  %v = nn.constant dense<[[1, 0, 2], [3, 4, 4]]> : tensor<2x3xi8> -> tensor<2x3x!w>
  %1 = nn.fully_connected %0, %v : (tensor<1x3x!q>, tensor<2x3x!w>) -> tensor<1x2x!q>
  return %1 : tensor<1x2x!q>
}

// Nobody reads the first channel of %0: its column of %v is zero. It goes with
// its part of the depthwise layer, of the residual and of the pool.
// CHECK-LABEL: func @unused_channel
// CHECK: nn.conv2d {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.depthwise_conv2d {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.add {{.*}} -> tensor<1x4x4x1xf32>
// CHECK: nn.max_pool2d {{.*}} -> tensor<1x2x2x1xf32>
// CHECK: nn.reshape {{.*}} -> tensor<1x4xf32>
// CHECK: nn.fully_connected {{.*}} -> tensor<1x1xf32>
func.func @unused_channel(%x: tensor<1x4x4x1xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32> -> tensor<2x1x1x1xf32>
  %0 = nn.conv2d %x, %w : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %d = nn.constant dense<[[[[3.0, 4.0]]]]> : tensor<1x1x1x2xf32> -> tensor<1x1x1x2xf32>
  %1 = nn.depthwise_conv2d %0, %d : (tensor<1x4x4x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x4x4x2xf32>
  %2 = nn.add %0, %1 : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %3 = nn.max_pool2d %2 kernel [2, 2] strides [2, 2] : (tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32>
  %4 = nn.reshape %3 : (tensor<1x2x2x2xf32>) -> tensor<1x8xf32>
  %v = nn.constant dense<[[0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0]]> : tensor<1x8xf32> -> tensor<1x8xf32>
  %5 = nn.fully_connected %4, %v : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x1xf32>
  return %5 : tensor<1x1xf32>
}

// A constant other than zero that meets padding is no constant to the window:
// it stays, and so does the row that makes it.
// CHECK-LABEL: func @padded_constant
// CHECK: nn.conv2d {{.*}} -> tensor<1x2x2x2x
// CHECK: nn.conv2d {{.*}} -> tensor<1x2x2x1x
func.func @padded_constant(%x: tensor<1x2x2x1x!q>) -> tensor<1x2x2x1x!q> {
  %w = nn.constant dense<[[[[1]]], [[[0]]]]> : tensor<2x1x1x1xi8> -> tensor<2x1x1x1x!w>
  %b = nn.constant dense<[0, 4]> : tensor<2xi32> -> tensor<2x!b>
  %0 = nn.conv2d %x, %w, %b : (tensor<1x2x2x1x!q>, tensor<2x1x1x1x!w>, tensor<2x!b>) -> tensor<1x2x2x2x!q>
  %v = nn.constant dense<1> : tensor<1x3x3x2xi8> -> tensor<1x3x3x2x!w>
  %1 = nn.conv2d %0, %v pad [1, 1, 1, 1] : (tensor<1x2x2x2x!q>, tensor<1x3x3x2x!w>) -> tensor<1x2x2x1x!q>
  return %1 : tensor<1x2x2x1x!q>
}

// What is added differs from pixel to pixel: the sum is no constant of a channel,
// even where its other summand is one.
// CHECK-LABEL: func @constant_image
// CHECK: nn.add {{.*}} -> tensor<1x1x2x2x
// CHECK: nn.conv2d {{.*}} -> tensor<1x1x2x1x
func.func @constant_image(%x: tensor<1x1x2x1x!q>) -> tensor<1x1x2x1x!q> {
  %w = nn.constant dense<[[[[1]]], [[[0]]]]> : tensor<2x1x1x1xi8> -> tensor<2x1x1x1x!w>
  %0 = nn.conv2d %x, %w : (tensor<1x1x2x1x!q>, tensor<2x1x1x1x!w>) -> tensor<1x1x2x2x!q>
  %i = nn.constant dense<[[[[1, 2], [3, 4]]]]> : tensor<1x1x2x2xi8> -> tensor<1x1x2x2x!q>
  %1 = nn.add %i, %0 : (tensor<1x1x2x2x!q>, tensor<1x1x2x2x!q>) -> tensor<1x1x2x2x!q>
  %v = nn.constant dense<1> : tensor<1x1x1x2xi8> -> tensor<1x1x1x2x!w>
  %2 = nn.conv2d %1, %v : (tensor<1x1x2x2x!q>, tensor<1x1x1x2x!w>) -> tensor<1x1x2x1x!q>
  return %2 : tensor<1x1x2x1x!q>
}

// A result of the network keeps its channels.
// CHECK-LABEL: func @result
// CHECK: nn.fully_connected {{.*}} -> tensor<1x2xf32>
func.func @result(%x: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[0.0], [1.0]]> : tensor<2x1xf32> -> tensor<2x1xf32>
  %0 = nn.fully_connected %x, %w : (tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// Prepared scales go with their rows.
// CHECK-LABEL: func @prepared
// CHECK: nn.fully_connected {{.*}} scales <mode = float, factors = [5.000000e-01, 1.250000e-01]>
func.func @prepared(%x: tensor<1x1x!q>) -> tensor<1x1x!q> {
  %w = nn.constant dense<[[1], [0], [3]]> : tensor<3x1xi8> -> tensor<3x1x!p>
  %0 = nn.fully_connected %x, %w scales <mode = float, factors = [0.5, 0.25, 0.125]> : (tensor<1x1x!q>, tensor<3x1x!p>) -> tensor<1x3x!q>
  %v = nn.constant dense<[[1, 5, 2]]> : tensor<1x3xi8> -> tensor<1x3x!w>
  %1 = nn.fully_connected %0, %v : (tensor<1x3x!q>, tensor<1x3x!w>) -> tensor<1x1x!q>
  return %1 : tensor<1x1x!q>
}

// Three of four rows have no weights. One of them stays for a multiple of two;
// the last one, for which nothing else changes.
// CHECK-LABEL: func @multiple
// CHECK: nn.fully_connected {{.*}} -> tensor<1x1xf32>
// TWO-LABEL: func @multiple
// TWO: nn.constant dense<{{\[}}[1.000000e+00, 2.000000e+00], [0.000000e+00, 0.000000e+00]]>
// TWO: nn.fully_connected {{.*}} -> tensor<1x2xf32>
// TWO: nn.constant dense<{{\[}}[3.000000e+00, 6.000000e+00]]>
// PEAK-LABEL: func @multiple
// PEAK: nn.fully_connected {{.*}} -> tensor<1x1xf32>
func.func @multiple(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[1.0, 2.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]> : tensor<4x2xf32> -> tensor<4x2xf32>
  %0 = nn.fully_connected %x, %w : (tensor<1x2xf32>, tensor<4x2xf32>) -> tensor<1x4xf32>
  %v = nn.constant dense<[[3.0, 4.0, 5.0, 6.0]]> : tensor<1x4xf32> -> tensor<1x4xf32>
  %1 = nn.fully_connected %0, %v : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// Within the peak, a multiple stays where more is alive later than the channel
// takes: before the second layer 12 bytes, behind the third one 68.
// TWO-LABEL: func @peak
// TWO: nn.fully_connected {{.*}} -> tensor<1x2xf32>
// TWO: nn.fully_connected {{.*}} -> tensor<1x2xf32>
// PEAK-LABEL: func @peak
// PEAK: nn.fully_connected {{.*}} -> tensor<1x2xf32>
// PEAK: nn.fully_connected {{.*}} -> tensor<1x1xf32>
// PEAK: nn.fully_connected {{.*}} -> tensor<1x16xf32>
func.func @peak(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[1.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %v = nn.constant dense<[[3.0, 4.0], [0.0, 0.0]]> : tensor<2x2xf32> -> tensor<2x2xf32>
  %1 = nn.fully_connected %0, %v : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %u = nn.constant dense<2.0> : tensor<16x2xf32> -> tensor<16x2xf32>
  %2 = nn.fully_connected %1, %u : (tensor<1x2xf32>, tensor<16x2xf32>) -> tensor<1x16xf32>
  %t = nn.constant dense<2.0> : tensor<1x16xf32> -> tensor<1x16xf32>
  %3 = nn.fully_connected %2, %t : (tensor<1x16xf32>, tensor<1x16xf32>) -> tensor<1x1xf32>
  return %3 : tensor<1x1xf32>
}
