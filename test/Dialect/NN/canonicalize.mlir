// RUN: pare-opt %s -canonicalize | FileCheck %s

// Folds that every pipeline relies on.

// CHECK-LABEL: func @half_weights
// CHECK: nn.constant dense<[1.000000e+00, -2.000000e+00]> : tensor<2xf32> -> tensor<2xf32>
// CHECK-NOT: nn.cast
func.func @half_weights() -> tensor<2xf32> {
  %0 = nn.constant dense<[1.0, -2.0]> : tensor<2xf16> -> tensor<2xf16>
  %1 = nn.cast %0 : (tensor<2xf16>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func @reshapes
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.reshape %[[X]] : (tensor<2x6xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return %[[Y]], %[[X]]
func.func @reshapes(%x: tensor<2x6xf32>) -> (tensor<4x3xf32>, tensor<2x6xf32>) {
  %0 = nn.reshape %x : (tensor<2x6xf32>) -> tensor<12xf32>
  %1 = nn.reshape %0 : (tensor<12xf32>) -> tensor<4x3xf32>
  %2 = nn.reshape %x : (tensor<2x6xf32>) -> tensor<2x6xf32>
  return %1, %2 : tensor<4x3xf32>, tensor<2x6xf32>
}

// A reshaped constant is a constant; a resource keeps its bytes.
// CHECK-LABEL: func @reshaped_constants
// CHECK: nn.constant dense_resource<bytes> : tensor<2x1xf32>
// CHECK-NOT: nn.reshape
func.func @reshaped_constants() -> tensor<2x1xf32> {
  %0 = nn.constant dense_resource<bytes> : tensor<2xf32> -> tensor<2xf32>
  %1 = nn.reshape %0 : (tensor<2xf32>) -> tensor<2x1xf32>
  return %1 : tensor<2x1xf32>
}

// CHECK-LABEL: func @transposes
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @transposes(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = nn.transpose %x perm [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = nn.transpose %0 perm [2, 0, 1] : (tensor<3x4x2xf32>) -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func @nothing_to_do
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>)
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]]
func.func @nothing_to_do(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %0 = nn.pad %x low [0] high [0] : (tensor<2xf32>) -> tensor<2xf32>
  %1 = nn.concat %x axis 0 : (tensor<2xf32>) -> tensor<2xf32>
  %zero = nn.constant dense<0.0> : tensor<2xf32> -> tensor<2xf32>
  %2 = nn.add %zero, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// A requantization to the same type is nothing; the pair quantize, dequantize
// rounds and must stay.
// CHECK-LABEL: func @quantization
// CHECK: nn.quantize
// CHECK-NOT: nn.requantize
// CHECK: nn.dequantize
func.func @quantization(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.quantize %x : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  %1 = nn.requantize %0 : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  %2 = nn.dequantize %1 : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}

// CHECK-LABEL: func @global_pools
// CHECK: nn.avg_pool2d %{{.*}} kernel [4, 5] :
// CHECK: nn.max_pool2d %{{.*}} kernel [4, 5] :
func.func @global_pools(%x: tensor<1x4x5x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) {
  %0 = nn.global_avg_pool %x : (tensor<1x4x5x2xf32>) -> tensor<1x1x1x2xf32>
  %1 = nn.global_max_pool %x : (tensor<1x4x5x2xf32>) -> tensor<1x1x1x2xf32>
  return %0, %1 : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
}

{-# dialect_resources: { builtin: { bytes: "0x040000000000803F00000040" } } #-}
