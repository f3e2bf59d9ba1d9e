// RUN: pare-opt %s --nn-unsigned-to-signed | FileCheck %s

// The pass has no option and refuses no network; a function without a body has
// nothing to convert.

// CHECK: func.func private @elsewhere(tensor<4x!quant.uniform<u8:f32, 5.000000e-01:128>>)
func.func private @elsewhere(tensor<4x!quant.uniform<u8:f32, 0.5:128>>)
