// RUN: split-file %s %t
// RUN: not pare-opt %t/net.mlir --nn-calibrate 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not pare-opt %t/net.mlir --nn-calibrate=samples=%inputs/Calibration/empty.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// RUN: not pare-opt %t/net.mlir --nn-calibrate=samples=%inputs/Calibration/nan.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NAN
// RUN: not pare-opt %t/net.mlir --nn-calibrate=samples=%inputs/Calibration/wrong.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SHAPE
// RUN: not pare-opt %t/net.mlir --nn-calibrate=samples=%t/nowhere.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FILE
// RUN: not pare-opt %t/net.mlir --nn-calibrate="samples=%inputs/Calibration/two.npy function=minor" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FUNCTION
// RUN: not pare-opt %t/net.mlir --nn-calibrate="samples=%inputs/Calibration/two.npy input-scale=0" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SCALE
// RUN: not pare-opt %t/log.mlir --nn-calibrate=samples=%inputs/Calibration/two.npy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LAYER
// RUN: not pare-opt %t/log.mlir \
// RUN:   --nn-calibrate="samples=%inputs/Calibration/two.npy backend=reference" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LAYER
// RUN: not pare-opt %t/weights.mlir --nn-calibrate 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// RUN: not pare-opt %t/several.mlir --nn-calibrate 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: not pare-opt %t/none.mlir --nn-calibrate 2>&1 | FileCheck %s --check-prefix=NONE

// OPTION: error: expects the option samples to name a file of samples
// EMPTY: error: calibration: {{.*}}empty.npy: {{.*}}sample
// NAN: error: calibration: {{.*}}nan.npy: {{.*}}sample 1
// SHAPE: error: calibration: {{.*}}wrong.npy: expected samples
// FILE: error: calibration: {{.*}}nowhere.npy
// FUNCTION: error: expects a function 'minor' with nn.fake_quant; run nn-insert-fake-quant first
// SCALE: error: calibration: expected a finite input-scale above 0, found 0
// LAYER: error: {{.*}}layer 'logarithm': expects finite values, but sample 0 gives not a number
// WEIGHTS: error: {{.*}}weights 'kernel': expects finite values, but element 1 is INF
// SEVERAL: error: expects the option function to choose between 'f' and 'g'
// NONE: error: expects a function with nn.fake_quant; run nn-insert-fake-quant first

//--- net.mlir
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.fake_quant %x <bits = 8> : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

//--- log.mlir
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.log %x : (tensor<1x2xf32>) -> tensor<1x2xf32> loc("logarithm")
  %1 = nn.fake_quant %0 <bits = 8> : tensor<1x2xf32> loc("logarithm")
  return %1 : tensor<1x2xf32>
}

//--- weights.mlir
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[1.0, 0x7F800000]]> : tensor<1x2xf32>
      -> tensor<1x2xf32> loc("kernel")
  %0 = nn.fake_quant %w <bits = 8, symmetric = true> : tensor<1x2xf32>
      loc("kernel")
  %1 = nn.fully_connected %x, %0
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

//--- several.mlir
func.func @f(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.fake_quant %x <bits = 8> : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
func.func @g(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %0 = nn.fake_quant %x <bits = 8> : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

//--- none.mlir
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  return %x : tensor<1x2xf32>
}
