// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-calibrate="samples=%inputs/Calibration/two.npy backend=reference" \
// RUN:   | FileCheck %s
// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-calibrate="samples=%inputs/Calibration/two.npy" | FileCheck %s
// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-calibrate="samples=%inputs/Calibration/two.npy limit=1 backend=reference" \
// RUN:   | FileCheck %s --check-prefix=ONE
// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-calibrate="samples=%inputs/Calibration/bytes.npy input-scale=0.0078125 input-offset=-1 backend=reference" \
// RUN:   | FileCheck %s --check-prefix=SCALED

// The samples are [1, -2] and [0.5, 3]. Weights need no run.

// CHECK-LABEL: func.func @dense
// ONE-LABEL: func.func @dense
// SCALED-LABEL: func.func @dense
func.func @dense(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: nn.fake_quant %{{.*}} <bits = 8> range [-2.000000e+00] to [3.000000e+00]
  // ONE: range [-2.000000e+00] to [1.000000e+00]
  // SCALED: range [-1.000000e+00] to [0.9921875]
  %0 = nn.fake_quant %x <bits = 8> : tensor<1x2xf32>
  %w = nn.constant dense<[[1.0, 0.0], [0.0, -2.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  // CHECK: axis = 0> range [-1.000000e+00, -2.000000e+00] to [1.000000e+00, 2.000000e+00]
  %1 = nn.fake_quant %w <bits = 8, symmetric = true, narrow = true, axis = 0>
      : tensor<2x2xf32>
  // The results are [1, 4] and [0.5, -6], clamped to [0, 4].
  // CHECK: nn.fully_connected
  // CHECK-NEXT: range [0.000000e+00] to [4.000000e+00]
  // ONE: nn.fully_connected
  // ONE-NEXT: range [1.000000e+00] to [4.000000e+00]
  %2 = nn.fully_connected %0, %1 act <relu>
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %3 = nn.fake_quant %2 <bits = 8> : tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}

// -----

// Joined values share the union of their ranges, a constant among them; a pool
// has the range of its input. What is there already stays.

// CHECK-LABEL: func.func @groups
func.func @groups(%x: tensor<1x2xf32>) -> (tensor<1x4xf32>, tensor<1x1x1x1xf32>) {
  // CHECK: nn.fake_quant {{.*}} range [-2.000000e+00] to [9.000000e+00]
  %0 = nn.fake_quant %x <bits = 8> : tensor<1x2xf32>
  %c = nn.constant dense<[[9.0, 1.0]]> : tensor<1x2xf32> -> tensor<1x2xf32>
  // CHECK: nn.fake_quant {{.*}} range [-2.000000e+00] to [9.000000e+00]
  %1 = nn.fake_quant %c <bits = 8> : tensor<1x2xf32>
  %2 = nn.concat %0, %1 axis 1
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %3 = nn.exp %0 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  // CHECK: nn.exp
  // CHECK-NEXT: nn.fake_quant {{.*}} range [1.000000e+00] to [5.000000e+00]
  %4 = nn.fake_quant %3 <bits = 8> range [1.0] to [5.0] : tensor<1x2xf32>
  %5 = nn.reshape %4 : (tensor<1x2xf32>) -> tensor<1x1x2x1xf32>
  %6 = nn.avg_pool2d %5 kernel [1, 2]
      : (tensor<1x1x2x1xf32>) -> tensor<1x1x1x1xf32>
  // CHECK: nn.avg_pool2d
  // CHECK-NEXT: nn.fake_quant {{.*}} range [1.000000e+00] to [5.000000e+00]
  %7 = nn.fake_quant %6 <bits = 8> : tensor<1x1x1x1xf32>
  return %2, %7 : tensor<1x4xf32>, tensor<1x1x1x1xf32>
}

// -----

// A channel of zeros takes the range of the tensor; a channel whose bias would
// not fit 32 bits (scale 1 of the input, 2^-40 / 127 of the weights) is widened
// to 127 * 2^10 / 2^30.

// CHECK-LABEL: func.func @channels
func.func @channels(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
  %0 = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<1x2xf32>
  %w = nn.constant dense<[[0.0, 0.0], [0.0, -2.0], [9.09494702e-13, 0.0]]>
      : tensor<3x2xf32> -> tensor<3x2xf32>
  %b = nn.constant dense<[1.0, 1.0, 1024.0]> : tensor<3xf32> -> tensor<3xf32>
  // CHECK: range [-2.000000e+00, -2.000000e+00, -1.21116638E-4] to [2.000000e+00, 2.000000e+00, 1.21116638E-4]
  %1 = nn.fake_quant %w <bits = 8, symmetric = true, narrow = true, axis = 0>
      : tensor<3x2xf32>
  %2 = nn.fully_connected %0, %1, %b
      : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %3 = nn.fake_quant %2 <bits = 8> range [-1.0] to [1.0] : tensor<1x3xf32>
  return %3 : tensor<1x3xf32>
}
