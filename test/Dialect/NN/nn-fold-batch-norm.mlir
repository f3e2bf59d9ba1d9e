// RUN: pare-opt %s --nn-fold-batch-norm --split-input-file | FileCheck %s
// RUN: pare-opt %s --nn-fold-batch-norm --split-input-file --mlir-print-debuginfo \
// RUN:   | FileCheck %s --check-prefix=LOC

// gamma / sqrt(variance + epsilon) = [2, 0.5] and beta - mean * that = [1, 3].

// CHECK-LABEL: func.func @conv
// CHECK-SAME: %[[X:[a-z0-9]+]]
func.func @conv(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = nn.constant dense<[[[[1.0]]], [[[8.0]]]]> : tensor<2x1x1x1xf32>
      -> tensor<2x1x1x1xf32> loc("conv/w")
  %gamma = nn.constant dense<[4.0, 1.0]> : tensor<2xf32> -> tensor<2xf32>
  %beta = nn.constant dense<[3.0, 2.0]> : tensor<2xf32> -> tensor<2xf32>
  %mean = nn.constant dense<[1.0, -2.0]> : tensor<2xf32> -> tensor<2xf32>
  %variance = nn.constant dense<3.0> : tensor<2xf32> -> tensor<2xf32>
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<{{.*}}2.000000e+00{{.*}}4.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xf32>
  // CHECK: %[[R:.*]] = nn.conv2d %[[X]], %[[W]], %[[B]] :
  // CHECK-NOT: nn.batch_norm
  // CHECK: return %[[R]]
  // LOC: loc("conv/bias")
  // LOC: loc(fused[#[[CONV:.*]], #[[NORM:.*]]])
  %0 = nn.conv2d %x, %w
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x2x2xf32>
      loc("conv")
  %1 = nn.batch_norm %0, %gamma, %beta, %mean, %variance
      {epsilon = 1.0 : f32}
      : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
         tensor<2xf32>) -> tensor<1x2x2x2xf32> loc("norm")
  return %1 : tensor<1x2x2x2xf32>
}

// -----

// The channels of a depthwise filter are its last dimension. A whole chain is
// folded, and a fused activation of its last link moves with it.

// CHECK-LABEL: func.func @depthwise_chain
func.func @depthwise_chain(%x: tensor<1x2x1x2xf32>) -> tensor<1x1x1x2xf32> {
  %w = nn.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : tensor<1x2x1x2xf32>
      -> tensor<1x2x1x2xf32>
  %b = nn.constant dense<[1.0, 1.0]> : tensor<2xf32> -> tensor<2xf32>
  %s = nn.constant dense<[[[[2.0, 10.0]]]]> : tensor<1x1x1x2xf32>
      -> tensor<1x1x1x2xf32>
  %t = nn.constant dense<5.0> : tensor<f32> -> tensor<f32>
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<{{.*}}2.000000e+00, 2.000000e+01{{.*}}6.000000e+00, 4.000000e+01{{.*}}>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[7.000000e+00, 1.500000e+01]>
  // CHECK: nn.depthwise_conv2d %{{.*}}, %[[W]], %[[B]] act <relu> :
  // CHECK-NEXT: return
  %0 = nn.depthwise_conv2d %x, %w, %b
      : (tensor<1x2x1x2xf32>, tensor<1x2x1x2xf32>, tensor<2xf32>)
        -> tensor<1x1x1x2xf32>
  %1 = nn.mul %s, %0
      : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
  %2 = nn.add %1, %t act <relu>
      : (tensor<1x1x1x2xf32>, tensor<f32>) -> tensor<1x1x1x2xf32>
  return %2 : tensor<1x1x1x2xf32>
}

// -----

// The example of the pass's description, and the other arithmetic.

// CHECK-LABEL: func.func @arithmetic
func.func @arithmetic(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x2xf32> -> tensor<2x2xf32>
  %two = nn.constant dense<2.0> : tensor<2xf32> -> tensor<2xf32>
  %four = nn.constant dense<4.0> : tensor<2xf32> -> tensor<2xf32>
  // (4 - (x - 2) * 2 / 4 ...): scale -1/2, shift 4 + 1.
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<-5.000000e-01> : tensor<2x2xf32>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<5.000000e+00> : tensor<2xf32>
  // CHECK: nn.fully_connected %{{.*}}, %[[W]], %[[B]] :
  // CHECK-NEXT: return
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %1 = nn.sub %0, %two : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %2 = nn.mul %1, %two : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %3 = nn.div %2, %four : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %4 = nn.sub %four, %3 : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %4 : tensor<1x2xf32>
}

// -----

// Without a layer that can take it, a normalization is a product and a sum.

// CHECK-LABEL: func.func @alone
// CHECK-SAME: %[[X:[a-z0-9]+]]
func.func @alone(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %one = nn.constant dense<1.0> : tensor<2xf32> -> tensor<2xf32>
  %mean = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<2xf32>
  // CHECK: %[[S:.*]] = nn.constant dense<1.000000e+00> : tensor<2xf32>
  // CHECK: %[[P:.*]] = nn.mul %[[X]], %[[S]]
  // CHECK: %[[T:.*]] = nn.constant dense<[0.000000e+00, -1.000000e+00]>
  // CHECK: nn.add %[[P]], %[[T]]
  %0 = nn.batch_norm %x, %one, %one, %mean, %one {epsilon = 0.0 : f32}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
         tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// What must not be folded: a second user, an activation between, a constant
// that is not per channel or that widens the shape, infinities.

// CHECK-LABEL: func.func @kept
func.func @kept(%x: tensor<1x2xf32>)
    -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<2x2xf32>,
        tensor<1x2xf32>) {
  %w = nn.constant dense<1.0> : tensor<2x2xf32> -> tensor<2x2xf32>
  %two = nn.constant dense<2.0> : tensor<2xf32> -> tensor<2xf32>
  %rows = nn.constant dense<[[2.0], [3.0]]> : tensor<2x1xf32> -> tensor<2x1xf32>
  %huge = nn.constant dense<[0.0, 0xFF800000]> : tensor<2xf32> -> tensor<2xf32>
  // CHECK-COUNT-2: nn.mul
  // CHECK: nn.add
  // CHECK: nn.add
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %1 = nn.mul %0, %two : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %2 = nn.fully_connected %x, %w act <relu>
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %3 = nn.mul %2, %two : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %4 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %5 = nn.add %4, %rows : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  %6 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %7 = nn.add %6, %huge : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0, %1, %3, %5, %7
      : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<2x2xf32>,
        tensor<1x2xf32>
}
