// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

// Clamps have one kernel; what differs is the epilogue.
func.func @unary(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu6 %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.clip %1, -1.0, 2.0 : (tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.leaky_relu %2 {alpha = 0.25 : f64} : (tensor<4xf32>) -> tensor<4xf32>
  %4 = nn.hard_swish %3 : (tensor<4xf32>) -> tensor<4xf32>
  %5 = nn.sigmoid %4 : (tensor<4xf32>) -> tensor<4xf32>
  %6 = nn.tanh %5 : (tensor<4xf32>) -> tensor<4xf32>
  %7 = nn.gelu %6 : (tensor<4xf32>) -> tensor<4xf32>
  %8 = nn.gelu %7 {approximate} : (tensor<4xf32>) -> tensor<4xf32>
  %9 = nn.sqrt %8 : (tensor<4xf32>) -> tensor<4xf32>
  %10 = nn.rsqrt %9 : (tensor<4xf32>) -> tensor<4xf32>
  %11 = nn.exp %10 : (tensor<4xf32>) -> tensor<4xf32>
  %12 = nn.log %11 : (tensor<4xf32>) -> tensor<4xf32>
  %13 = nn.abs %12 : (tensor<4xf32>) -> tensor<4xf32>
  %14 = nn.neg %13 : (tensor<4xf32>) -> tensor<4xf32>
  return %14 : tensor<4xf32>
}
// CHECK-LABEL: func.func @unary(
// CHECK: kernel.unary clip %arg0 into %{{.*}} {epilogue = #kernel.epilogue<low = 0.000000e+00>}
// CHECK: kernel.unary clip {{.*}} {epilogue = #kernel.epilogue<low = 0.000000e+00, high = 6.000000e+00>}
// CHECK: kernel.unary clip {{.*}} {epilogue = #kernel.epilogue<low = -1.000000e+00, high = 2.000000e+00>}
// CHECK: kernel.unary leaky_relu {{.*}} {alpha = 2.500000e-01 : f64, epilogue = #kernel.epilogue<>}
// CHECK: kernel.unary hard_swish {{.*}} {epilogue = #kernel.epilogue<>}
// CHECK: kernel.unary sigmoid
// CHECK: kernel.unary tanh
// CHECK: kernel.unary gelu %
// CHECK: kernel.unary gelu_tanh
// CHECK: kernel.unary sqrt
// CHECK: kernel.unary rsqrt
// CHECK: kernel.unary exp
// CHECK: kernel.unary log
// CHECK: kernel.unary abs
// CHECK: kernel.unary neg %{{.*}} into %arg1

// -----

// Eight bits have 256 values: the negative half of relu is the zero point.
!q = !quant.uniform<i8:f32, 0.5:-126>
func.func @table(%x: tensor<4x!q>) -> tensor<4x!q> {
  %0 = nn.relu %x : (tensor<4x!q>) -> tensor<4x!q> loc("act")
  return %0 : tensor<4x!q>
}
// CHECK: memref.global "private" constant @act_table : memref<256xi8> = dense<"0x82828283848586
// CHECK-LABEL: func.func @table(
// CHECK: %[[T:.*]] = memref.get_global @act_table
// CHECK: kernel.table %arg0, %[[T]] into %arg1 {products = #kernel.table_products<zero_point = -126, low = 1.000000e+00, high = 1.000000e+00, constant = -1.260000e+02>} : memref<4xi8>, memref<256xi8>, memref<4xi8>

// -----

func.func @binary(%a: tensor<2x4xf32>, %b: tensor<4xf32>) -> tensor<2x4xf32> {
  %0 = nn.add %a, %b act <relu> : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %1 = nn.sub %0, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %2 = nn.mul %1, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %3 = nn.div %2, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %4 = nn.maximum %3, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %5 = nn.minimum %4, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %6 = nn.squared_difference %5, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %7 = nn.pow %6, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %8 = nn.prelu %7, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %8 : tensor<2x4xf32>
}
// CHECK-LABEL: func.func @binary(
// CHECK: kernel.binary add %arg0, %arg1 into %{{.*}} {epilogue = #kernel.epilogue<low = 0.000000e+00>}
// CHECK: kernel.binary sub {{.*}} {epilogue = #kernel.epilogue<>}
// CHECK: kernel.binary mul
// CHECK: kernel.binary div
// CHECK: kernel.binary maximum
// CHECK: kernel.binary minimum
// CHECK: kernel.binary squared_difference
// CHECK: kernel.binary pow
// CHECK: kernel.binary prelu %{{.*}}, %arg1 into %arg2

// -----

// The mode of the module decides how many multipliers a sum has. A maximum has
// none.
!a = !quant.uniform<i8:f32, 0.5:1>
!b = !quant.uniform<i8:f32, 0.25:-2>
module attributes {nn.requant_mode = #nn.requant_mode<float>} {
  func.func @float(%x: tensor<4x!a>, %y: tensor<4x!b>) -> tensor<4x!b> {
    %0 = nn.add %x, %y : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!b>
    %1 = nn.mul %x, %0 : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!b>
    %2 = nn.maximum %0, %1 : (tensor<4x!b>, tensor<4x!b>) -> tensor<4x!b>
    return %2 : tensor<4x!b>
  }
}
// CHECK-LABEL: func.func @float(
// CHECK: kernel.binary add %arg0, %arg1
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = -2, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = float, factors = [2.000000e+00, 1.000000e+00]>>
// CHECK-SAME: lhs_zero_point = 1 : i64, rhs_zero_point = -2 : i64
// CHECK: kernel.binary mul
// CHECK-SAME: factors = [5.000000e-01]
// CHECK: kernel.binary maximum
// CHECK-SAME: epilogue = #kernel.epilogue<zero_point = -2, low = -1.280000e+02, high = 1.270000e+02>

// -----

!a = !quant.uniform<i8:f32, 0.5:1>
func.func @fixed(%x: tensor<4x!a>) -> tensor<4x!a> {
  %0 = nn.sub %x, %x : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}
// CHECK-LABEL: func.func @fixed(
// CHECK: kernel.binary sub
// CHECK-SAME: mode = fixed, multipliers = [1073741824, 1073741824, 1073741824], shifts = [0, 0, -18]

// -----

// A maximum with one number is a clamp, whichever side the number is on.
func.func @clamps(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c = nn.constant dense<-0.5> : tensor<f32> -> tensor<f32>
  %d = nn.constant dense<2.0> : tensor<4xf32> -> tensor<4xf32>
  %0 = nn.maximum %x, %c : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %1 = nn.minimum %d, %0 : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}
// CHECK-LABEL: func.func @clamps(
// CHECK: kernel.unary clip %arg0 into %{{.*}} {epilogue = #kernel.epilogue<low = -5.000000e-01>}
// CHECK: kernel.unary clip %{{.*}} into %arg1 {epilogue = #kernel.epilogue<high = 2.000000e+00>}
