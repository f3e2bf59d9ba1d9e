// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

!q = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i8:f32, 0.25:3>
!u = !quant.uniform<u8:f32, 0.5:131>
func.func @types(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xf32>, tensor<4x!u>, tensor<4xf32>) {
  %0 = nn.quantize %x : (tensor<4xf32>) -> tensor<4x!q>
  %1 = nn.requantize %0 : (tensor<4x!q>) -> tensor<4x!w>
  %2 = nn.dequantize %1 : (tensor<4x!w>) -> tensor<4xf32>
  %3 = nn.requantize %0 : (tensor<4x!q>) -> tensor<4x!u>
  %4 = nn.cast %i : (tensor<4xi32>) -> tensor<4xf32>
  return %2, %3, %4 : tensor<4xf32>, tensor<4x!u>, tensor<4xf32>
}
// CHECK-LABEL: func.func @types(
// CHECK: kernel.convert quantize %arg0 into %[[Q:.*]] {epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02>, scale = 5.000000e-01 : f32}
// CHECK: kernel.convert requantize %[[Q]] into %[[R:.*]] {epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = fixed, multipliers = [1073741824], shifts = [2]>>, input_zero_point = 3 : i64}
// CHECK: kernel.convert dequantize %[[R]] into %arg2 {epilogue = #kernel.epilogue<>, input_zero_point = 3 : i64, scale = 2.500000e-01 : f32}
// Equal scales: only the zero point moves. The result is unsigned.
// CHECK: kernel.convert requantize %[[Q]] into %arg3 {epilogue = #kernel.epilogue<zero_point = 131, low = 0.000000e+00, high = 2.550000e+02>, input_zero_point = 3 : i64}
// CHECK: kernel.convert cast %arg1 into %arg4

// -----

!u = !quant.uniform<u8:f32, 0.5:131>
!q = !quant.uniform<i8:f32, 0.5:3>
func.func @unsigned_input(%x: tensor<4x!u>) -> tensor<4x!q> {
  %0 = nn.requantize %x : (tensor<4x!u>) -> tensor<4x!q>
  return %0 : tensor<4x!q>
}
// CHECK-LABEL: func.func @unsigned_input(
// CHECK: kernel.convert requantize %arg0 into %arg1 {epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02>, input_zero_point = 131 : i64, unsigned_input}

// -----

// Without a range there is nothing to round; constants are rounded here.
!w = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>
func.func @fake(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2x1xf32>, tensor<2x1xf32>) {
  %0 = nn.fake_quant %x <bits = 8> : tensor<2xf32>
  %1 = nn.fake_quant %0 <bits = 8> range [-64.0] to [63.5] : tensor<2xf32>
  %c = nn.constant dense<[[0.3], [0.6]]> : tensor<2x1xf32> -> tensor<2x1xf32>
  %2 = nn.fake_quant %c <bits = 8, symmetric = true, narrow = true, axis = 0> range [-63.5, -127.0] to [63.5, 127.0] : tensor<2x1xf32> loc("w")
  %d = nn.constant dense<[[3], [4]]> : tensor<2x1xi8> -> tensor<2x1x!w>
  %3 = nn.dequantize %d : (tensor<2x1x!w>) -> tensor<2x1xf32> loc("v")
  return %1, %2, %3 : tensor<2xf32>, tensor<2x1xf32>, tensor<2x1xf32>
}
// CHECK-DAG: memref.global "private" constant @w_value : memref<2x1xf32> = dense<{{\[\[}}5.000000e-01], [1.000000e+00]]>
// CHECK-DAG: memref.global "private" constant @v_value : memref<2x1xf32> = dense<{{\[\[}}1.500000e+00], [1.000000e+00]]>
// CHECK-LABEL: func.func @fake(
// CHECK: kernel.convert fake_quant %arg0 into %arg1 {epilogue = #kernel.epilogue<low = -1.280000e+02, high = 1.270000e+02>, scale = 5.000000e-01 : f32}
