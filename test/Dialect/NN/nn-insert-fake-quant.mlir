// RUN: pare-opt %s --nn-insert-fake-quant --split-input-file | FileCheck %s
// RUN: pare-opt %s --nn-insert-fake-quant="weight-bits=4 weights-per-tensor=true" \
// RUN:   --split-input-file | FileCheck %s --check-prefix=NARROW
// RUN: pare-opt %s --nn-insert-fake-quant="float-layers=hidden" --split-input-file \
// RUN:   | FileCheck %s --check-prefix=FLOAT

// Input, weights per channel, result behind the fused activation; no node for
// the bias.

// CHECK-LABEL: func.func @conv
// CHECK-SAME: %[[X:[a-z0-9]+]]
// NARROW-LABEL: func.func @conv
// FLOAT-LABEL: func.func @conv
func.func @conv(%x: tensor<1x2x2x1xf32> {nn.name = "image"})
    -> tensor<1x2x2x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x1x1x1xf32> -> tensor<2x1x1x1xf32>
  %b = nn.constant dense<1.0> : tensor<2xf32> -> tensor<2xf32>
  // CHECK: %[[XQ:.*]] = nn.fake_quant %[[X]] <bits = 8> :
  // CHECK: %[[W:.*]] = nn.constant
  // CHECK: %[[WQ:.*]] = nn.fake_quant %[[W]] <bits = 8, symmetric = true, narrow = true, axis = 0> :
  // CHECK: %[[B:.*]] = nn.constant
  // CHECK-NOT: nn.fake_quant
  // CHECK: %[[R:.*]] = nn.conv2d %[[XQ]], %[[WQ]], %[[B]] act <relu6>
  // CHECK-NEXT: %[[RQ:.*]] = nn.fake_quant %[[R]] <bits = 8> :
  // CHECK-NEXT: return %[[RQ]]
  // NARROW: nn.fake_quant %{{.*}} <bits = 4, symmetric = true, narrow = true> :
  // A layer in float has its own result and operands left alone.
  // FLOAT-NOT: nn.fake_quant
  // FLOAT: return
  %0 = nn.conv2d %x, %w, %b act <relu6>
      : (tensor<1x2x2x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>)
        -> tensor<1x2x2x2xf32> loc("hidden")
  return %0 : tensor<1x2x2x2xf32>
}

// -----

// Channels of a depthwise filter are its last dimension. Layers that move
// elements, and maxima, add no node; averages round, so they do.

// CHECK-LABEL: func.func @movement
// NARROW-LABEL: func.func @movement
// FLOAT-LABEL: func.func @movement
func.func @movement(%x: tensor<1x2x2x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<1.0> : tensor<1x1x1x2xf32> -> tensor<1x1x1x2xf32>
  // CHECK: nn.fake_quant %{{.*}} <bits = 8> :
  // CHECK: nn.fake_quant %{{.*}} <bits = 8, symmetric = true, narrow = true, axis = 3>
  // CHECK: nn.depthwise_conv2d
  // CHECK-NEXT: nn.fake_quant
  // CHECK-NEXT: nn.max_pool2d
  // CHECK-NEXT: %[[A:.*]] = nn.avg_pool2d
  // CHECK-NEXT: %[[AQ:.*]] = nn.fake_quant %[[A]]
  // CHECK-NEXT: %[[R:.*]] = nn.reshape %[[AQ]]
  // CHECK-NEXT: return %[[R]]
  // FLOAT: return
  %0 = nn.depthwise_conv2d %x, %w
      : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.max_pool2d %0 kernel [1, 1]
      : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %2 = nn.avg_pool2d %1 kernel [2, 2]
      : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32> loc("hidden")
  %3 = nn.reshape %2 : (tensor<1x1x1x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}

// -----

// The ranges of softmax, sigmoid and tanh follow from the specification:
// 1/256 and -128, 1/128 and 0.

// CHECK-LABEL: func.func @fixed
func.func @fixed(%x: tensor<1x2xf32>)
    -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  // CHECK: %[[S:.*]] = nn.softmax
  // CHECK-NEXT: nn.fake_quant %[[S]] <bits = 8> range [0.000000e+00] to [0.99609375]
  // CHECK: %[[L:.*]] = nn.sigmoid
  // CHECK-NEXT: nn.fake_quant %[[L]] <bits = 8> range [0.000000e+00] to [0.99609375]
  // CHECK: %[[T:.*]] = nn.tanh
  // CHECK-NEXT: nn.fake_quant %[[T]] <bits = 8> range [-1.000000e+00] to [0.9921875]
  %0 = nn.softmax %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = nn.sigmoid %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.tanh %x : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("hidden")
  return %0, %1, %2 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// A float layer keeps a float result; a quantized layer behind it reads a
// rounded one, the other user the exact one.

// CHECK-LABEL: func.func @between
// CHECK-SAME: %[[X:[a-z0-9]+]]
func.func @between(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  // CHECK-NEXT: %[[P:.*]] = nn.pow %[[X]], %[[X]]
  // CHECK-NEXT: %[[PQ:.*]] = nn.fake_quant %[[P]]
  // CHECK-NEXT: %[[E:.*]] = nn.exp %[[PQ]]
  // CHECK-NEXT: %[[EQ:.*]] = nn.fake_quant %[[E]]
  // CHECK-NEXT: return %[[EQ]], %[[P]]
  %0 = nn.pow %x, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = nn.exp %0 : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("hidden")
  return %1, %0 : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// Joined values share one range. That of a sigmoid is fixed, so it gets a second
// node where it is joined with another value, also behind a movement.

// CHECK-LABEL: func.func @joined
func.func @joined(%x: tensor<1x2xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  // CHECK: %[[XQ:.*]] = nn.fake_quant
  // CHECK: %[[L:.*]] = nn.sigmoid %[[XQ]]
  // CHECK-NEXT: %[[LQ:.*]] = nn.fake_quant %[[L]] <bits = 8> range
  // CHECK-NEXT: %[[M:.*]] = nn.reshape %[[LQ]]
  // CHECK-NEXT: %[[MQ:.*]] = nn.fake_quant %[[M]] <bits = 8> :
  // CHECK-NEXT: nn.concat %[[XQ]], %[[MQ]]
  // CHECK-NEXT: nn.concat %[[LQ]], %[[LQ]]
  %0 = nn.sigmoid %x : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("hidden")
  %1 = nn.reshape %0 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.concat %x, %1 axis 1
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %3 = nn.concat %0, %0 axis 1
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  return %2, %3 : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Constants that are no weights are quantized as activations, once; indices and
// layers on integers are none of this pass's business.

// CHECK-LABEL: func.func @constants
func.func @constants(%i: tensor<3xi32>) -> (tensor<3x2xf32>, tensor<3xi32>) {
  %table = nn.constant dense<1.0> : tensor<4x2xf32> -> tensor<4x2xf32>
  %c = nn.constant dense<2.0> : tensor<2xf32> -> tensor<2xf32>
  // CHECK: nn.fake_quant %{{.*}} <bits = 8> : tensor<4x2xf32>
  // CHECK: %[[CQ:.*]] = nn.fake_quant %{{.*}} <bits = 8> : tensor<2xf32>
  // CHECK: nn.gather
  // CHECK-NEXT: nn.mul %{{.*}}, %[[CQ]]
  // CHECK-NEXT: nn.fake_quant
  // CHECK-NEXT: nn.mul %{{.*}}, %[[CQ]]
  // CHECK: nn.maximum {{.*}} tensor<3xi32>
  %0 = nn.gather %table, %i : (tensor<4x2xf32>, tensor<3xi32>) -> tensor<3x2xf32>
  %1 = nn.mul %0, %c : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %2 = nn.mul %1, %c
      : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32> loc("hidden")
  %3 = nn.maximum %i, %i : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  return %2, %3 : tensor<3x2xf32>, tensor<3xi32>
}
