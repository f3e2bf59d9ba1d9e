// RUN: not pare-opt %s --nn-correct-bias 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not pare-opt %s --nn-correct-bias=samples=%inputs/Calibration/wrong.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SHAPE
// RUN: not pare-opt %s --nn-correct-bias=samples=%inputs/Calibration/nan.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NAN

// OPTION: error: expects the option samples to name a file of samples
// SHAPE: error: calibration: {{.*}}wrong.npy: expected samples
// NAN: error: calibration: {{.*}}nan.npy: {{.*}}sample 1
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<0.625> : tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nn.fake_quant %w <bits = 4, symmetric = true, narrow = true>
      range [-7.0] to [7.0] : tensor<2x2xf32>
  %1 = nn.fully_connected %x, %0
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
