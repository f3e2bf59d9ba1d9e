// RUN: pare-opt %s --nn-legalize-quantized | FileCheck %s

// The pass has no option and refuses no network. A layer that mixes one scale
// and a scale for each channel cannot be requantized, so it goes through float.

!per_axis = !quant.uniform<i8:f32:0, {0.5, 0.25}>
!c = !quant.uniform<i8:f32, 1.0>

// CHECK-LABEL: func.func @per_axis
func.func @per_axis(%a: tensor<2x!per_axis>) -> tensor<2x1x!c> {
  // CHECK: nn.dequantize
  // CHECK: nn.reshape {{.*}} -> tensor<2x1xf32>
  // CHECK: nn.quantize
  %0 = nn.reshape %a : (tensor<2x!per_axis>) -> tensor<2x1x!c>
  return %0 : tensor<2x1x!c>
}
