// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-correct-bias="samples=%inputs/Calibration/two.npy" | FileCheck %s
// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-correct-bias="samples=%inputs/Calibration/two.npy backend=reference" \
// RUN:   | FileCheck %s

// The samples are [1, -2] and [0.5, 3]: the means are 0.75 and 0.5. The weights
// [0.625, 1] and [0.25, -7] become [1, 1] and [0, -7], which moves the results
// by 0.375 * 0.75 and -0.25 * 0.75 to be taken back.

// CHECK-LABEL: func.func @dense
func.func @dense(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: %[[B:.*]] = nn.constant dense<[9.718750e+00, 1.018750e+01]>
  // CHECK: nn.fully_connected %{{.*}}, %{{.*}}, %[[B]]
  %w = nn.constant dense<[[0.625, 1.0], [0.25, -7.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %b = nn.constant dense<10.0> : tensor<2xf32> -> tensor<2xf32>
  %0 = nn.fake_quant %w <bits = 4, symmetric = true, narrow = true>
      range [-7.0] to [7.0] : tensor<2x2xf32>
  %1 = nn.fully_connected %x, %0, %b
      : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// A layer without a bias gets one: two taps with the error -0.375 read a channel
// of the mean 0.625.

// CHECK-LABEL: func.func @conv
func.func @conv(%x: tensor<1x2xf32>) -> tensor<1x1x2x1xf32> {
  // CHECK: %[[B:.*]] = nn.constant dense<-4.687500e-01> : tensor<1xf32>
  // CHECK: nn.conv2d %{{.*}}, %{{.*}}, %[[B]] pad [0, 0, 0, 1]
  %w = nn.constant dense<0.625> : tensor<1x1x2x1xf32> -> tensor<1x1x2x1xf32>
  %0 = nn.fake_quant %w <bits = 4, symmetric = true, narrow = true>
      range [-7.0] to [7.0] : tensor<1x1x2x1xf32>
  %1 = nn.reshape %x : (tensor<1x2xf32>) -> tensor<1x1x2x1xf32>
  %2 = nn.conv2d %1, %0 pad [0, 0, 0, 1]
      : (tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32>
  return %2 : tensor<1x1x2x1xf32>
}

// -----

// Weights without a range, or of a layer in float, are left alone: no run.

// CHECK-LABEL: func.func @kept
func.func @kept(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: nn.fully_connected %{{.*}}, %{{[a-z0-9]*}} :
  // CHECK: nn.fully_connected %{{.*}}, %{{[a-z0-9]*}} :
  %w = nn.constant dense<0.625> : tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nn.fake_quant %w <bits = 4, symmetric = true, narrow = true>
      : tensor<2x2xf32>
  %1 = nn.fully_connected %x, %0
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %2 = nn.fully_connected %1, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}
