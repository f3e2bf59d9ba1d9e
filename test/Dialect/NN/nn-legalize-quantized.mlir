// RUN: pare-opt %s --nn-legalize-quantized | FileCheck %s

!a = !quant.uniform<i8:f32, 0.5>
!b = !quant.uniform<i8:f32, 0.25:3>
!c = !quant.uniform<i8:f32, 1.0>
!wide = !quant.uniform<i16:f32, 0.5>

// No integer form: the rounding stays behind the layer.

// CHECK-LABEL: func.func @pow
// CHECK-SAME: %[[A:[a-z0-9]+]]: {{.*}}, %[[B:[a-z0-9]+]]:
func.func @pow(%a: tensor<4x!a>, %b: tensor<4x!b>) -> tensor<4x!c> {
  // CHECK-NEXT: %[[X:.*]] = nn.dequantize %[[A]]
  // CHECK-NEXT: %[[Y:.*]] = nn.dequantize %[[B]]
  // CHECK-NEXT: %[[P:.*]] = nn.pow %[[X]], %[[Y]] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK-NEXT: %[[Q:.*]] = nn.quantize %[[P]]
  // CHECK-NEXT: return %[[Q]]
  %0 = nn.pow %a, %b : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!c>
  return %0 : tensor<4x!c>
}

// Operands take the quantization of the result.

// CHECK-LABEL: func.func @maximum
func.func @maximum(%a: tensor<4x!a>, %b: tensor<4x!b>) -> tensor<4x!b> {
  // CHECK-NEXT: %[[R:.*]] = nn.requantize %{{.*}} : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>) -> tensor<4x!quant.uniform<i8:f32, 2.500000e-01:3>>
  // CHECK-NEXT: nn.maximum %[[R]], %{{.*}}
  %0 = nn.maximum %a, %b : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!b>
  return %0 : tensor<4x!b>
}

// CHECK-LABEL: func.func @concat
func.func @concat(%a: tensor<4x!a>, %b: tensor<4x!b>) -> tensor<12x!c> {
  // CHECK-COUNT-3: nn.requantize
  // CHECK: nn.concat
  %0 = nn.concat %a, %b, %a axis 0
      : (tensor<4x!a>, tensor<4x!b>, tensor<4x!a>) -> tensor<12x!c>
  return %0 : tensor<12x!c>
}

// Several results are changed behind the layer.

// CHECK-LABEL: func.func @split
func.func @split(%a: tensor<4x!a>) -> (tensor<1x!a>, tensor<3x!c>) {
  // CHECK-NEXT: %[[S:.*]]:2 = nn.split
  // CHECK-NEXT: %[[R:.*]] = nn.requantize %[[S]]#1
  // CHECK-NEXT: return %[[S]]#0, %[[R]]
  %0:2 = nn.split %a axis 0 : (tensor<4x!a>) -> (tensor<1x!a>, tensor<3x!c>)
  return %0#0, %0#1 : tensor<1x!a>, tensor<3x!c>
}

// Tables have 256 entries: 16-bit values go through float.

// CHECK-LABEL: func.func @wide_table
func.func @wide_table(%a: tensor<4x!wide>) -> tensor<4x!wide> {
  // CHECK: nn.dequantize
  // CHECK: nn.exp {{.*}} -> tensor<4xf32>
  // CHECK: nn.quantize
  %0 = nn.exp %a : (tensor<4x!wide>) -> tensor<4x!wide>
  return %0 : tensor<4x!wide>
}

// CHECK-LABEL: func.func @softmax
func.func @softmax(%a: tensor<1x4x!a>)
    -> (tensor<1x4x!a>, tensor<1x4x!quant.uniform<i8:f32, 0.00390625:-128>>) {
  // CHECK: nn.softmax {{.*}} -> tensor<1x4xf32>
  // CHECK: nn.softmax {{.*}} -> tensor<1x4x!quant.uniform
  %0 = nn.softmax %a : (tensor<1x4x!a>) -> tensor<1x4x!a>
  %1 = nn.softmax %a
      : (tensor<1x4x!a>) -> tensor<1x4x!quant.uniform<i8:f32, 0.00390625:-128>>
  return %0, %1
      : tensor<1x4x!a>, tensor<1x4x!quant.uniform<i8:f32, 0.00390625:-128>>
}

// What has an integer form stays, and so does what is no integer at all.

// CHECK-LABEL: func.func @kept
func.func @kept(%a: tensor<4x!a>, %b: tensor<4x!b>, %x: tensor<4xf32>)
    -> (tensor<4x!c>, tensor<4x!c>, tensor<4x!a>, tensor<4xf32>) {
  // CHECK-NOT: quantize
  // CHECK: return
  %0 = nn.add %a, %b : (tensor<4x!a>, tensor<4x!b>) -> tensor<4x!c>
  %1 = nn.sigmoid %a : (tensor<4x!a>) -> tensor<4x!c>
  %2 = nn.minimum %a, %a : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  %3 = nn.pow %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2, %3
      : tensor<4x!c>, tensor<4x!c>, tensor<4x!a>, tensor<4xf32>
}

// Interpolation weighs its pixels by real numbers.

// CHECK-LABEL: func.func @interpolated
// CHECK: nn.dequantize
// CHECK: nn.resize_bilinear {{.*}} : (tensor<1x2x2x1xf32>) -> tensor<1x4x4x1xf32>
// CHECK: nn.quantize
func.func @interpolated(%x: tensor<1x2x2x1x!a>) -> tensor<1x4x4x1x!a> {
  %0 = nn.resize_bilinear %x size [4, 4]
      : (tensor<1x2x2x1x!a>) -> tensor<1x4x4x1x!a>
  return %0 : tensor<1x4x4x1x!a>
}
