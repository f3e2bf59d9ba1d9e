// RUN: pare-opt %s --canonicalize --split-input-file | FileCheck %s

// Zeros around the image become the padding of the convolution.

!q = !quant.uniform<i8:f32, 0.5:3>
!w = !quant.uniform<i8:f32, 0.25>
// CHECK-LABEL: func.func @folded(
// CHECK-NEXT: nn.conv2d %arg0, %arg1 pad [1, 2, 5, 4] :
// CHECK-NEXT: nn.depthwise_conv2d %arg2, %arg3 strides [2, 2] pad [0, 1, 0, 1] :
// CHECK-NEXT: return
func.func @folded(%x: tensor<1x2x2x3xf32>, %w: tensor<4x3x3x3xf32>, %q: tensor<1x4x4x3x!q>, %v: tensor<1x3x3x3x!w>)
    -> (tensor<1x3x9x4xf32>, tensor<1x2x2x3x!q>) {
  %0 = nn.pad %x low [0, 1, 3, 0] high [0, 2, 4, 0] : (tensor<1x2x2x3xf32>) -> tensor<1x5x9x3xf32>
  %1 = nn.conv2d %0, %w pad [0, 0, 2, 0] : (tensor<1x5x9x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x3x9x4xf32>
  %2 = nn.pad %q low [0, 0, 0, 0] high [0, 1, 1, 0] : (tensor<1x4x4x3x!q>) -> tensor<1x5x5x3x!q>
  %3 = nn.depthwise_conv2d %2, %v strides [2, 2] : (tensor<1x5x5x3x!q>, tensor<1x3x3x3x!w>) -> tensor<1x2x2x3x!q>
  return %1, %3 : tensor<1x3x9x4xf32>, tensor<1x2x2x3x!q>
}

// -----

// Another value, other dimensions and pools are left alone: a pool's padding is
// no zero.
// CHECK-LABEL: func.func @kept(
// CHECK-COUNT-3: nn.pad
func.func @kept(%x: tensor<1x2x2x3xf32>, %w: tensor<4x3x3x3xf32>, %v: tensor<4x3x3x5xf32>)
    -> (tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>, tensor<1x2x2x3xf32>) {
  %0 = nn.pad %x low [0, 1, 1, 0] high [0, 1, 1, 0] {value = 1.0 : f64} : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  %1 = nn.conv2d %0, %w : (tensor<1x4x4x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x2x2x4xf32>
  %2 = nn.pad %x low [0, 1, 1, 1] high [0, 1, 1, 1] : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x5xf32>
  %3 = nn.conv2d %2, %v : (tensor<1x4x4x5xf32>, tensor<4x3x3x5xf32>) -> tensor<1x2x2x4xf32>
  %4 = nn.pad %x low [0, 1, 1, 0] high [0, 1, 1, 0] : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  %5 = nn.max_pool2d %4 kernel [3, 3] : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
  return %1, %3, %5 : tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>, tensor<1x2x2x3xf32>
}
