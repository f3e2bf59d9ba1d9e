// RUN: pare-opt %s --canonicalize --split-input-file | FileCheck %s

// Two transposes around a reshape that only adds or drops ones are one, or none.

// CHECK-LABEL: func.func @back_and_forth(
// CHECK-NEXT: %[[R:.*]] = nn.reshape %arg0 : (tensor<1x1x3x4xf32>) -> tensor<3x4xf32>
// CHECK-NEXT: return %[[R]]
func.func @back_and_forth(%x: tensor<1x1x3x4xf32>) -> tensor<3x4xf32> {
  %0 = nn.transpose %x perm [0, 1, 3, 2] : (tensor<1x1x3x4xf32>) -> tensor<1x1x4x3xf32>
  %1 = nn.reshape %0 : (tensor<1x1x4x3xf32>) -> tensor<4x3xf32>
  %2 = nn.transpose %1 perm [1, 0] : (tensor<4x3xf32>) -> tensor<3x4xf32>
  return %2 : tensor<3x4xf32>
}

// -----

// CHECK-LABEL: func.func @merged(
// CHECK-NEXT: %[[S:.*]] = nn.reshape %arg0 : (tensor<2x1x3x4xf32>) -> tensor<2x3x4xf32>
// CHECK-NEXT: %[[T:.*]] = nn.transpose %[[S]] perm [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
// CHECK-NEXT: %[[R:.*]] = nn.reshape %[[T]] : (tensor<4x2x3xf32>) -> tensor<4x1x2x3xf32>
// CHECK-NEXT: return %[[R]]
func.func @merged(%x: tensor<2x1x3x4xf32>) -> tensor<4x1x2x3xf32> {
  %0 = nn.transpose %x perm [0, 2, 1, 3] : (tensor<2x1x3x4xf32>) -> tensor<2x3x1x4xf32>
  %1 = nn.transpose %0 perm [0, 3, 2, 1] : (tensor<2x3x1x4xf32>) -> tensor<2x4x1x3xf32>
  %2 = nn.reshape %1 : (tensor<2x4x1x3xf32>) -> tensor<1x2x4x3xf32>
  %3 = nn.transpose %2 perm [2, 0, 1, 3] : (tensor<1x2x4x3xf32>) -> tensor<4x1x2x3xf32>
  return %3 : tensor<4x1x2x3xf32>
}

// -----

// A reshape that regroups elements stays between its transposes.
// CHECK-LABEL: func.func @regrouped(
// CHECK: nn.transpose
// CHECK: nn.reshape
// CHECK: nn.transpose
func.func @regrouped(%x: tensor<2x3x4xf32>) -> tensor<6x4xf32> {
  %0 = nn.transpose %x perm [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = nn.reshape %0 : (tensor<4x2x3xf32>) -> tensor<4x6xf32>
  %2 = nn.transpose %1 perm [1, 0] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}
