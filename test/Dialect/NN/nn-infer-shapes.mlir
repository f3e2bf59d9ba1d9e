// RUN: pare-opt %s --nn-infer-shapes=batch=4 --split-input-file | FileCheck %s
// RUN: pare-opt %s --nn-infer-shapes --split-input-file \
// RUN:   | FileCheck %s --check-prefix=ONE

// The leading dimension of the argument reaches every layer and the result.

// CHECK-LABEL: func.func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>) -> tensor<4x2xf32>
// ONE-LABEL: func.func @dense
// ONE-SAME: tensor<1x8xf32>) -> tensor<1x2xf32>
func.func @dense(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x8xf32> -> tensor<2x8xf32>
  // CHECK: nn.relu %[[X]] : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %0 = nn.relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: nn.fully_connected {{.*}} -> tensor<4x2xf32>
  %1 = nn.fully_connected %0, %w
      : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x2xf32>
  // CHECK: return {{.*}} : tensor<4x2xf32>
  return %1 : tensor<?x2xf32>
}

// -----

// A reshape with one open dimension follows from the number of elements; the
// shapes of windows follow from the image.

// CHECK-LABEL: func.func @reshape
// CHECK-SAME: -> tensor<4x32xf32>
func.func @reshape(%x: tensor<?x4x4x2xf32>) -> tensor<?x32xf32> {
  // CHECK: nn.max_pool2d {{.*}} -> tensor<4x4x4x2xf32>
  %0 = nn.max_pool2d %x kernel [1, 1]
      : (tensor<?x4x4x2xf32>) -> tensor<?x?x?x2xf32>
  // CHECK: nn.reshape {{.*}} -> tensor<4x32xf32>
  %1 = nn.reshape %0 : (tensor<?x?x?x2xf32>) -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// -----

// Changes of type keep the shape.

// CHECK-LABEL: func.func @types
func.func @types(%x: tensor<?x2xf32>)
    -> tensor<?x2x!quant.uniform<i8:f32, 0.5>> {
  // CHECK: nn.fake_quant {{.*}} : tensor<4x2xf32>
  %0 = nn.fake_quant %x <bits = 8> : tensor<?x2xf32>
  // CHECK: -> tensor<4x2x!quant.uniform<i8:f32, 5.000000e-01>>
  %1 = nn.quantize %0
      : (tensor<?x2xf32>) -> tensor<?x2x!quant.uniform<i8:f32, 0.5>>
  return %1 : tensor<?x2x!quant.uniform<i8:f32, 0.5>>
}

// -----

// What is known already stays as it is.

// CHECK-LABEL: func.func @static
// CHECK-SAME: (%{{.*}}: tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @static(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
