// RUN: pare-opt %s --nn-calibrate="samples=%inputs/Calibration/named.npz" | FileCheck %s
// RUN: pare-opt %s --nn-calibrate="samples=%inputs/Calibration/named.npz function=main backend=reference" \
// RUN:   | FileCheck %s

// The members of an archive find their arguments by name.

// CHECK-LABEL: func.func @main
func.func @main(%a: tensor<1x2xf32> {nn.name = "a"},
                %b: tensor<1x2xf32> {nn.name = "b"})
    -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  // CHECK: range [-1.000000e+00] to [1.000000e+00]
  // CHECK: range [1.000000e+01] to [2.000000e+01]
  %0 = nn.fake_quant %a <bits = 8> : tensor<1x2xf32>
  %1 = nn.fake_quant %b <bits = 8> : tensor<1x2xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<1x2xf32>
}

// A function without fake quantization is no candidate.

func.func @other(%a: tensor<1x2xf32>) -> tensor<1x2xf32> {
  return %a : tensor<1x2xf32>
}
