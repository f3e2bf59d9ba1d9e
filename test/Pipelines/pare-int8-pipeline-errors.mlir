// RUN: not pare-opt %s --pare-int8-pipeline 2>&1 | FileCheck %s --check-prefix=SAMPLES
// RUN: not pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy weight-bits=16" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BITS
// RUN: not pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy sparsity=2" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SPARSITY
// RUN: not pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy float-layers=third" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NAME

// SAMPLES: error: expects the option samples to name a file of samples
// BITS: error: expects the option weight-bits to be 2 to 8, but found 16
// SPARSITY: error: expects the option sparsity to be 0 to 1, but found 2.000000e+00
// NAME: error: expects the option float-layers to name layers, but there is no layer 'third'
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.exp %x : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("first")
  return %0 : tensor<1x2xf32>
}
