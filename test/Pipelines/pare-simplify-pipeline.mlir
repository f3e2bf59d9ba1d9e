// RUN: pare-opt %s --pare-simplify-pipeline=batch=2 | FileCheck %s

// Half-precision weights become constants of f32, the normalization goes into
// them, the clamp into the layer, and the batch is known.

// CHECK-LABEL: func.func @main
// CHECK-SAME: tensor<2x2xf32>) -> tensor<2x2xf32>
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-DAG: %[[B:.*]] = nn.constant dense<3.000000e+00> : tensor<2xf32>
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[}}[2.000000e+00, 4.000000e+00], [6.000000e+00, 8.000000e+00]]>
  // CHECK: %[[R:.*]] = nn.fully_connected %{{.*}}, %[[W]], %[[B]] act <relu>
  // CHECK-NEXT: return %[[R]]
  %h = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf16>
      -> tensor<2x2xf16>
  %w = nn.cast %h : (tensor<2x2xf16>) -> tensor<2x2xf32>
  %two = nn.constant dense<2.0> : tensor<2xf32> -> tensor<2xf32>
  %three = nn.constant dense<3.0> : tensor<2xf32> -> tensor<2xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %1 = nn.mul %0, %two : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = nn.add %1, %three : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %3 = nn.relu %2 : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
