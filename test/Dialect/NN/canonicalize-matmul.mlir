// RUN: pare-opt %s --canonicalize --split-input-file | FileCheck %s

// Weights that another layer computes are activations; transposes of operands
// are flags.
// CHECK-LABEL: func.func @attention(
// CHECK-NEXT: %[[S:.*]] = nn.batch_matmul %arg0, %arg1 {transpose_rhs} : (tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<9x9xf32>
// CHECK-NEXT: %[[A:.*]] = nn.batch_matmul %[[S]], %arg2 : (tensor<9x9xf32>, tensor<9x4xf32>) -> tensor<9x4xf32>
// CHECK-NEXT: return %[[A]]
func.func @attention(%q: tensor<9x4xf32>, %k: tensor<9x4xf32>, %v: tensor<9x4xf32>) -> tensor<9x4xf32> {
  %0 = nn.fully_connected %q, %k : (tensor<9x4xf32>, tensor<9x4xf32>) -> tensor<9x9xf32>
  %1 = nn.transpose %v perm [1, 0] : (tensor<9x4xf32>) -> tensor<4x9xf32>
  %2 = nn.fully_connected %0, %1 : (tensor<9x9xf32>, tensor<4x9xf32>) -> tensor<9x4xf32>
  return %2 : tensor<9x4xf32>
}

// -----

// CHECK-LABEL: func.func @both(
// CHECK: nn.batch_matmul %arg0, %arg1 {transpose_lhs} : (tensor<2x3x4xf32>, tensor<2x3x5xf32>) -> tensor<2x4x5xf32>
func.func @both(%a: tensor<2x3x4xf32>, %b: tensor<2x3x5xf32>) -> tensor<2x4x5xf32> {
  %0 = nn.transpose %a perm [0, 2, 1] : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
  %1 = nn.transpose %b perm [0, 2, 1] : (tensor<2x3x5xf32>) -> tensor<2x5x3xf32>
  %2 = nn.batch_matmul %0, %1 {transpose_rhs} : (tensor<2x4x3xf32>, tensor<2x5x3xf32>) -> tensor<2x4x5xf32>
  return %2 : tensor<2x4x5xf32>
}

// -----

// Weights behind a cast or a fake quantization stay weights, and a layer that
// adds a bias or clamps stays what it is.
// CHECK-LABEL: func.func @kept(
// CHECK-COUNT-3: nn.fully_connected
func.func @kept(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>, %b: tensor<2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  %c = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> -> tensor<2x2xf32>
  %f = nn.fake_quant %c <bits = 8> : tensor<2x2xf32>
  %0 = nn.fully_connected %x, %f : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %1 = nn.fully_connected %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %2 = nn.fully_connected %x, %w act <relu> : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0, %1, %2 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}
