// RUN: pare-opt %s --nn-quantize --split-input-file --verify-diagnostics
// RUN: not pare-opt %s --nn-quantize=io=int3 2>&1 | FileCheck %s --check-prefix=IO
// IO: Cannot find option named 'int3'

func.func @no_range(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{layer 'nn.fake_quant': expects a nn.fake_quant with a finite range; run nn-calibrate first}}
  %0 = nn.fake_quant %x <bits = 8> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @per_axis(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{expects one range for a value that is no constant}}
  %0 = nn.fake_quant %x <bits = 8, axis = 0>
      range [0.0, 0.0] to [1.0, 1.0] : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// A bias beyond 32 bits is told of.

func.func @bias(%x: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<1.0e-10> : tensor<1x1xf32> -> tensor<1x1xf32>
  %b = nn.constant dense<10.0> : tensor<1xf32> -> tensor<1xf32>
  %xq = nn.fake_quant %x <bits = 8> range [-128.0] to [127.0] : tensor<1x1xf32>
  %wq = nn.fake_quant %w <bits = 8, symmetric = true, narrow = true>
      range [-1.0e-10] to [1.0e-10] : tensor<1x1xf32>
  // expected-warning @+1 {{layer 'nn.fully_connected': the bias 1.000000e+01 of channel 0 does not fit 32 bits and saturates}}
  %0 = nn.fully_connected %xq, %wq, %b
      : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [255.0] : tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}
