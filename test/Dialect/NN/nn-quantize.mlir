// RUN: pare-opt %s --nn-quantize --split-input-file | FileCheck %s
// RUN: pare-opt %s --nn-quantize=io=float --split-input-file \
// RUN:   | FileCheck %s --check-prefix=FLOAT

// Types at the borders; weights per channel; a bias at the scale input * filter.

// CHECK-LABEL: func.func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>> {nn.name = "x"})
// CHECK-SAME: -> (tensor<1x2x!quant.uniform<i8:f32, 1.000000e+00:-128>> {nn.name = "y"})
// FLOAT-LABEL: func.func @dense
// FLOAT-SAME: (%[[X:.*]]: tensor<1x2xf32> {nn.name = "x"}) -> (tensor<1x2xf32>
func.func @dense(%x: tensor<1x2xf32> {nn.name = "x"})
    -> (tensor<1x2xf32> {nn.name = "y"}) {
  %w = nn.constant dense<[[127.0, -63.4], [31.75, 0.125]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %b = nn.constant dense<[10.0, -1.0]> : tensor<2xf32> -> tensor<2xf32>
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[}}[127, -63], [127, 1]]> : tensor<2x2xi8> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {1.000000e+00,2.500000e-01}>>
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<[20, -8]> : tensor<2xi32> -> tensor<2x!quant.uniform<i32:f32:0, {5.000000e-01,1.250000e-01}>>
  // CHECK: %[[R:.*]] = nn.fully_connected %[[X]], %[[W]], %[[B]] act <relu> :
  // CHECK-NEXT: return %[[R]]
  // FLOAT: nn.quantize %[[X]]
  // FLOAT: nn.fully_connected
  // FLOAT-NEXT: %[[R:.*]] = nn.dequantize
  // FLOAT-NEXT: return %[[R]]
  %xq = nn.fake_quant %x <bits = 8> range [-64.0] to [63.5] : tensor<1x2xf32>
  %wq = nn.fake_quant %w <bits = 8, symmetric = true, narrow = true, axis = 0>
      range [-127.0, -31.75] to [127.0, 31.75] : tensor<2x2xf32>
  %0 = nn.fully_connected %xq, %wq, %b act <relu>
      : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [255.0] : tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// Weights of less than 8 bits are stored in bytes; one scale for all gives a
// bias of one scale.

// CHECK-LABEL: func.func @narrow
func.func @narrow(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<[[7.0, -6.6], [3.4, 0.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %b = nn.constant dense<[0.5, 1.0]> : tensor<2xf32> -> tensor<2xf32>
  // CHECK-DAG: dense<{{\[}}[7, -7], [3, 0]]> : tensor<2x2xi8> -> tensor<2x2x!quant.uniform<i8<-7:7>:f32, 1.000000e+00>>
  // CHECK-DAG: dense<[1, 2]> : tensor<2xi32> -> tensor<2x!quant.uniform<i32:f32, 5.000000e-01>>
  %xq = nn.fake_quant %x <bits = 8> range [-64.0] to [63.5] : tensor<1x2xf32>
  %wq = nn.fake_quant %w <bits = 4, symmetric = true, narrow = true>
      range [-7.0] to [7.0] : tensor<2x2xf32>
  %0 = nn.fully_connected %xq, %wq, %b
      : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [255.0] : tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// Layers that move elements follow their operands; averages keep the node's
// quantization, which is the same.

// CHECK-LABEL: func.func @movement
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x2x1x!quant.uniform<i8:f32, 1.000000e+00>>)
func.func @movement(%x: tensor<1x2x2x1xf32>) -> (tensor<1x1xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[A:.*]] = nn.avg_pool2d %[[X]]
  // CHECK-NEXT: %[[B:.*]] = nn.reshape %[[A]]
  // CHECK-NEXT: %[[C:.*]] = nn.reshape %[[X]]
  // CHECK-NEXT: return %[[B]], %[[C]] : tensor<1x1x!quant.uniform<i8:f32, 1.000000e+00>>, tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>
  %xq = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0]
      : tensor<1x2x2x1xf32>
  %0 = nn.avg_pool2d %xq kernel [2, 2]
      : (tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [-128.0] to [127.0]
      : tensor<1x1x1x1xf32>
  %2 = nn.reshape %1 : (tensor<1x1x1x1xf32>) -> tensor<1x1xf32>
  %3 = nn.reshape %xq : (tensor<1x2x2x1xf32>) -> tensor<4xf32>
  return %2, %3 : tensor<1x1xf32>, tensor<4xf32>
}

// -----

// A layer without an integer form stays in float between dequantize and
// quantize, and so does one whose result has no node.

// CHECK-LABEL: func.func @between
// CHECK-SAME: (%[[X:.*]]: tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>)
// CHECK-SAME: -> (tensor<4x!quant.uniform<i8:f32, 2.000000e+00>>, tensor<4xf32>)
func.func @between(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[D:.*]] = nn.dequantize %[[X]]
  // CHECK-NEXT: %[[P:.*]] = nn.pow %[[D]], %[[D]]
  // CHECK-NEXT: %[[Q:.*]] = nn.quantize %[[P]]
  // CHECK-NEXT: %[[E:.*]] = nn.exp %[[D]]
  // CHECK-NEXT: return %[[Q]], %[[E]]
  %xq = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<4xf32>
  %0 = nn.pow %xq, %xq : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [-256.0] to [254.0] : tensor<4xf32>
  %2 = nn.exp %xq : (tensor<4xf32>) -> tensor<4xf32>
  return %1, %2 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Two nodes in a row are a change of scale; a node of the same type is none.

// CHECK-LABEL: func.func @twice
// CHECK-SAME: (%[[X:.*]]: tensor<4x
func.func @twice(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[R:.*]] = nn.requantize %[[X]] : (tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>) -> tensor<4x!quant.uniform<i8:f32, 2.000000e+00>>
  // CHECK-NEXT: return %[[R]], %[[X]]
  %0 = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<4xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [-256.0] to [254.0] : tensor<4xf32>
  %2 = nn.fake_quant %0 <bits = 8> range [-128.0] to [127.0] : tensor<4xf32>
  return %1, %2 : tensor<4xf32>, tensor<4xf32>
}

// -----

// A raw result with another user is rounded for the quantized user alone.

// CHECK-LABEL: func.func @raw
func.func @raw(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[E:.*]] = nn.exp %{{.*}} : (tensor<4xf32>)
  // CHECK: %[[Q:.*]] = nn.quantize %[[E]]
  // CHECK: return %[[Q]], %[[E]]
  %0 = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<4xf32>
  %1 = nn.exp %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.fake_quant %1 <bits = 8> range [-128.0] to [127.0] : tensor<4xf32>
  return %2, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// A softmax whose node is not the one that the specification fixes has no
// integer form.

// CHECK-LABEL: func.func @softmax
func.func @softmax(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  // CHECK-DAG: nn.softmax {{.*}} -> tensor<1x4x!quant.uniform<i8:f32, 3.906250e-03:-128>>
  // CHECK-DAG: nn.softmax {{.*}} -> tensor<1x4xf32>
  %0 = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<1x4xf32>
  %1 = nn.softmax %0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = nn.fake_quant %1 <bits = 8> range [0.0] to [0.99609375] : tensor<1x4xf32>
  %3 = nn.softmax %0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %4 = nn.fake_quant %3 <bits = 8> range [0.0] to [0.5] : tensor<1x4xf32>
  return %2, %4 : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// A function that is called keeps the types that the call has.

// CHECK-LABEL: func.func private @callee
// CHECK-SAME: (%{{.*}}: tensor<4xf32>) -> tensor<4xf32>
func.func private @callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @caller(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = func.call @callee(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
