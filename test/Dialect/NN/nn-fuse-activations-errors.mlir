// RUN: pare-opt %s --nn-fuse-activations | FileCheck %s

// The pass has no option and refuses no network; a bound that is not a number
// is left to the layer that has it.

// CHECK-LABEL: func.func @not_a_number
func.func @not_a_number(%a: tensor<4xf32>) -> tensor<4xf32> {
  %bound = nn.constant dense<0x7FC00000> : tensor<4xf32> -> tensor<4xf32>
  // CHECK: nn.add {{[^<]*}} :
  // CHECK: nn.maximum
  %0 = nn.add %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.maximum %0, %bound : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
