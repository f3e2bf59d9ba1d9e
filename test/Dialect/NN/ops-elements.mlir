// RUN: pare-opt %s | pare-opt | FileCheck %s
// RUN: pare-opt %s -emit-bytecode | pare-opt | FileCheck %s

// Every element-wise layer, every layer that moves elements, every change of
// type and the recurrent layers parse, print themselves, and survive text and
// bytecode.

!t = tensor<2x4xf32>
!q = tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>

// CHECK-LABEL: func @unary
func.func @unary(%x: !t) {
  // CHECK: nn.relu %
  %0 = nn.relu %x : (!t) -> !t
  // CHECK: nn.relu6 %
  %1 = nn.relu6 %x : (!t) -> !t
  // CHECK: nn.clip %{{.*}}, -1.000000e+00, 2.000000e+00
  %2 = nn.clip %x, -1.0, 2.0 : (!t) -> !t
  // CHECK: nn.leaky_relu %{{.*}} {alpha = 1.000000e-01 : f64}
  %3 = nn.leaky_relu %x {alpha = 0.1 : f64} : (!t) -> !t
  // CHECK: nn.hard_swish %
  %4 = nn.hard_swish %x : (!t) -> !t
  // CHECK: nn.sigmoid %
  %5 = nn.sigmoid %x : (!t) -> !t
  // CHECK: nn.tanh %
  %6 = nn.tanh %x : (!t) -> !t
  // CHECK: nn.gelu %{{.*}} {approximate}
  %7 = nn.gelu %x {approximate} : (!t) -> !t
  // CHECK: nn.sqrt %
  %8 = nn.sqrt %x : (!t) -> !t
  // CHECK: nn.rsqrt %
  %9 = nn.rsqrt %x : (!t) -> !t
  // CHECK: nn.exp %
  %10 = nn.exp %x : (!t) -> !t
  // CHECK: nn.log %
  %11 = nn.log %x : (!t) -> !t
  // CHECK: nn.abs %
  %12 = nn.abs %x : (!t) -> !t
  // CHECK: nn.neg %
  %13 = nn.neg %x : (!t) -> !t
  return
}

// CHECK-LABEL: func @binary
func.func @binary(%x: !t, %y: tensor<4xf32>) {
  // CHECK: nn.add %{{.*}}, %{{.*}} act <relu> : (tensor<2x4xf32>, tensor<4xf32>)
  %0 = nn.add %x, %y act <relu> : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.sub
  %1 = nn.sub %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.mul
  %2 = nn.mul %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.div
  %3 = nn.div %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.maximum
  %4 = nn.maximum %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.minimum
  %5 = nn.minimum %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.squared_difference
  %6 = nn.squared_difference %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.pow
  %7 = nn.pow %x, %y : (!t, tensor<4xf32>) -> !t
  // CHECK: nn.prelu
  %8 = nn.prelu %x, %y : (!t, tensor<4xf32>) -> !t
  return
}

// CHECK-LABEL: func @movement
func.func @movement(%x: !t, %i: tensor<3xi32>, %image: tensor<1x2x2x3xf32>) {
  // CHECK: nn.reshape %{{.*}} : (tensor<2x4xf32>) -> tensor<8xf32>
  %0 = nn.reshape %x : (!t) -> tensor<8xf32>
  // CHECK: nn.transpose %{{.*}} perm [1, 0]
  %1 = nn.transpose %x perm [1, 0] : (!t) -> tensor<4x2xf32>
  // CHECK: nn.concat %{{.*}}, %{{.*}} axis 1
  %2 = nn.concat %x, %x axis 1 : (!t, !t) -> tensor<2x8xf32>
  // CHECK: nn.split %{{.*}} axis 1 : (tensor<2x4xf32>) -> (tensor<2x1xf32>, tensor<2x3xf32>)
  %3:2 = nn.split %x axis 1 : (!t) -> (tensor<2x1xf32>, tensor<2x3xf32>)
  // CHECK: nn.slice %{{.*}} offsets [1, 3] sizes [1, 2] strides [1, -2]
  %4 = nn.slice %x offsets [1, 3] sizes [1, 2] strides [1, -2] : (!t) -> tensor<1x2xf32>
  // CHECK: nn.pad %{{.*}} low [0, 1] high [2, 0] {value = -1.000000e+00 : f64}
  %5 = nn.pad %x low [0, 1] high [2, 0] {value = -1.0 : f64} : (!t) -> tensor<4x5xf32>
  // CHECK: nn.gather %{{.*}}, %{{.*}} {axis = 1 : i64}
  %6 = nn.gather %x, %i {axis = 1 : i64} : (!t, tensor<3xi32>) -> tensor<2x3xf32>
  // CHECK: nn.resize_bilinear %{{.*}} size [4, 4] {half_pixel_centers}
  %7 = nn.resize_bilinear %image size [4, 4] {half_pixel_centers} : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: nn.resize_nearest %{{.*}} size [4, 4] {align_corners}
  %8 = nn.resize_nearest %image size [4, 4] {align_corners} : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  return
}

// CHECK-LABEL: func @types
func.func @types(%x: !t, %h: tensor<2x4xf16>) {
  // CHECK: nn.constant dense<{{.*}}> : tensor<2xi8> -> tensor<2x!quant.uniform<i8:f32, 1.000000e-01>>
  %0 = nn.constant dense<[1, -1]> : tensor<2xi8> -> tensor<2x!quant.uniform<i8:f32, 0.1>>
  // CHECK: nn.cast %{{.*}} : (tensor<2x4xf16>) -> tensor<2x4xf32>
  %1 = nn.cast %h : (tensor<2x4xf16>) -> !t
  // CHECK: nn.quantize
  %2 = nn.quantize %x : (!t) -> !q
  // CHECK: nn.requantize
  %3 = nn.requantize %2 : (!q) -> tensor<2x4x!quant.uniform<u8:f32, 0.5:125>>
  // CHECK: nn.dequantize
  %4 = nn.dequantize %2 : (!q) -> !t
  // CHECK: nn.fake_quant %{{.*}} <bits = 8> range [-1.000000e+00] to [2.000000e+00]
  %5 = nn.fake_quant %x <bits = 8> range [-1.0] to [2.0] : !t
  // CHECK: nn.fake_quant %{{.*}} <bits = 4, symmetric = true, narrow = true, axis = 0> :
  %6 = nn.fake_quant %x <bits = 4, symmetric = true, narrow = true, axis = 0> : !t
  return
}

// CHECK-LABEL: func @recurrent
func.func @recurrent(%x: tensor<1x5x3xf32>, %w: tensor<8x3xf32>, %r: tensor<8x2xf32>, %b: tensor<8xf32>,
                     %gw: tensor<6x3xf32>, %gr: tensor<6x2xf32>, %gb: tensor<6xf32>) {
  // CHECK: nn.lstm {{.*}} {cell_clip = 1.000000e+01 : f32}
  %0 = nn.lstm %x, %w, %r, %b {cell_clip = 10.0 : f32}
      : (tensor<1x5x3xf32>, tensor<8x3xf32>, tensor<8x2xf32>, tensor<8xf32>) -> tensor<1x5x2xf32>
  // CHECK: nn.gru {{.*}} {linear_before_reset}
  %1 = nn.gru %x, %gw, %gr, %gb, %gb {linear_before_reset}
      : (tensor<1x5x3xf32>, tensor<6x3xf32>, tensor<6x2xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<1x5x2xf32>
  return
}
