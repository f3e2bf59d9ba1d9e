// RUN: pare-opt %s --nn-fold-scales=mode=fixed | FileCheck %s --check-prefixes=CHECK,FIXED
// RUN: pare-opt %s --nn-fold-scales | FileCheck %s --check-prefixes=CHECK,FLOAT
// RUN: pare-opt %s --nn-fold-scales=mode=fixed | pare-opt --nn-fold-scales \
// RUN:   | FileCheck %s --check-prefixes=CHECK,FLOAT

// FIXED: module attributes {nn.requant_mode = #nn.requant_mode<fixed>}
// FLOAT: module attributes {nn.requant_mode = #nn.requant_mode<float>}

!half = !quant.uniform<i8:f32, 0.5>
!quarter = !quant.uniform<i8:f32, 0.25>
!one = !quant.uniform<i8:f32, 1.0>
!third = !quant.uniform<i8:f32, 0.3333333432674408>

// 0.5 * 0.25 / 1 = 2^30 * 2^(-2 - 31).

// CHECK-LABEL: func.func @mul
func.func @mul(%a: tensor<4x!half>, %b: tensor<4x!quarter>) -> tensor<4x!one> {
  // FIXED: scales <mode = fixed, multipliers = [1073741824], shifts = [-2]>
  // FLOAT: scales <mode = float, factors = [1.250000e-01]>
  %0 = nn.mul %a, %b : (tensor<4x!half>, tensor<4x!quarter>) -> tensor<4x!one>
  return %0 : tensor<4x!one>
}

// All digits of a factor are printed.

// CHECK-LABEL: func.func @digits
func.func @digits(%a: tensor<4x!third>) -> tensor<4x!half> {
  // FLOAT: scales <mode = float, factors = [0.666666686]>
  %0 = nn.requantize %a : (tensor<4x!third>) -> tensor<4x!half>
  return %0 : tensor<4x!half>
}

// One entry for each channel.

// CHECK-LABEL: func.func @per_channel
func.func @per_channel(%x: tensor<1x2x!half>) -> tensor<1x2x!one> {
  %w = nn.constant dense<1> : tensor<2x2xi8>
      -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {0.5, 2.0}>>
  // FIXED: scales <mode = fixed, multipliers = [1073741824, 1073741824], shifts = [-1, 1]>
  // FLOAT: scales <mode = float, factors = [2.500000e-01, 1.000000e+00]>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2x!half>,
         tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {0.5, 2.0}>>)
        -> tensor<1x2x!one>
  return %0 : tensor<1x2x!one>
}

// Three entries in mode fixed, two in mode float.

// CHECK-LABEL: func.func @add
func.func @add(%a: tensor<4x!half>, %b: tensor<4x!quarter>) -> tensor<4x!one> {
  // FIXED: scales <mode = fixed, multipliers = [1073741824, 1073741824, 1073741824], shifts = [0, -1, -19]>
  // FLOAT: scales <mode = float, factors = [5.000000e-01, 2.500000e-01]>
  %0 = nn.add %a, %b : (tensor<4x!half>, tensor<4x!quarter>) -> tensor<4x!one>
  return %0 : tensor<4x!one>
}

// CHECK-LABEL: func.func @mean
func.func @mean(%a: tensor<4x!half>) -> tensor<!half> {
  // FLOAT: scales <mode = float, factors = [2.500000e-01]>
  %0 = nn.reduce_mean %a axes [0] : (tensor<4x!half>) -> tensor<!half>
  return %0 : tensor<!half>
}

// Factors that no sensible network has stop at the greatest that there is.

!tiny = !quant.uniform<i8:f32, 1.0e-10>
!near = !quant.uniform<i8:f32, 4.65661287307739258e-10>
// CHECK-LABEL: func.func @great
func.func @great(%a: tensor<4x!half>) -> (tensor<4x!tiny>, tensor<4x!near>) {
  // FIXED: scales <mode = fixed, multipliers = [2147483647], shifts = [31]>
  // FIXED: scales <mode = fixed, multipliers = [1073741824], shifts = [31]>
  // FLOAT: scales <mode = float, factors = [5.000000e+09]>
  %0 = nn.requantize %a : (tensor<4x!half>) -> tensor<4x!tiny>
  %1 = nn.requantize %a : (tensor<4x!half>) -> tensor<4x!near>
  return %0, %1 : tensor<4x!tiny>, tensor<4x!near>
}

// Float layers, and integer ones without a change of scale, have none.

// CHECK-LABEL: func.func @none
func.func @none(%a: tensor<4xf32>, %q: tensor<4x!half>)
    -> (tensor<4xf32>, tensor<2x2x!half>) {
  // CHECK-NOT: scales
  %0 = nn.add %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.reshape %q : (tensor<4x!half>) -> tensor<2x2x!half>
  return %0, %1 : tensor<4xf32>, tensor<2x2x!half>
}
