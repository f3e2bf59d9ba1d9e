// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

func.func @float(%x: tensor<2x5x3xf32>, %w: tensor<16x3xf32>, %r: tensor<16x4xf32>, %b: tensor<16xf32>,
                 %gw: tensor<12x3xf32>, %gr: tensor<12x4xf32>, %gb: tensor<12xf32>)
    -> (tensor<2x5x4xf32>, tensor<2x5x4xf32>) {
  %0 = nn.lstm %x, %w, %r, %b {cell_clip = 2.0 : f32}
      : (tensor<2x5x3xf32>, tensor<16x3xf32>, tensor<16x4xf32>, tensor<16xf32>) -> tensor<2x5x4xf32>
  %1 = nn.gru %x, %gw, %gr, %gb, %gb {linear_before_reset}
      : (tensor<2x5x3xf32>, tensor<12x3xf32>, tensor<12x4xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<2x5x4xf32>
  return %0, %1 : tensor<2x5x4xf32>, tensor<2x5x4xf32>
}
// CHECK-LABEL: func.func @float(
// CHECK: %[[S:.*]] = kernel.buffer : memref<24xf32>
// CHECK: kernel.lstm %arg0, %arg1, %arg2, %arg3 scratch %[[S]] into %arg7 {cell_clip = 2.000000e+00 : f32}
// CHECK: %[[S:.*]] = kernel.buffer : memref<28xf32>
// CHECK: kernel.gru %arg0, %arg4, %arg5, %arg6, %arg6 scratch %[[S]] into %arg8 {linear_before_reset}

// -----

// Four multipliers for the input, four for the hidden state, one for the result;
// 20 bytes of scratch for each unit.
!x = !quant.uniform<i8:f32, 0.5:3>
!h = !quant.uniform<i8:f32, 0.0078125:0>
!w = !quant.uniform<i8<-127:127>:f32, 0.00390625>
!b = !quant.uniform<i32:f32, 0.001953125>
func.func @int8(%x: tensor<1x2x1x!x>) -> tensor<1x2x1x!h> {
  %w = nn.constant dense<1> : tensor<4x1xi8> -> tensor<4x1x!w>
  %r = nn.constant dense<2> : tensor<4x1xi8> -> tensor<4x1x!w>
  %b = nn.constant dense<0> : tensor<4xi32> -> tensor<4x!b>
  %0 = nn.lstm %x, %w, %r, %b {cell_scale = 0.00048828125 : f32}
      : (tensor<1x2x1x!x>, tensor<4x1x!w>, tensor<4x1x!w>, tensor<4x!b>) -> tensor<1x2x1x!h> loc("lstm")
  return %0 : tensor<1x2x1x!h>
}
// CHECK-LABEL: func.func @int8(
// CHECK: memref.get_global @lstm_weights : memref<4x1xi8>
// CHECK: memref.get_global @lstm_recurrent : memref<4x1xi8>
// CHECK: memref.get_global @lstm_bias : memref<4xi32>
// CHECK: kernel.buffer : memref<20xi8>
// CHECK: kernel.lstm
// CHECK-SAME: cell_scale_log2 = -11 : i64, input_zero_point = 3 : i64, scales = #nn.scales<mode = fixed, multipliers = [1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824], shifts = [4, 4, 4, 4, -2, -2, -2, -2, -22]>
