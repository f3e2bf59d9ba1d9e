// RUN: pare-opt --nn-recognize-layers --split-input-file %s | FileCheck %s

// As TensorFlow Lite files have it, with a power.
// CHECK-LABEL: func.func @gelu(
// CHECK-NOT: nn.tanh
// CHECK: %[[G:.*]] = nn.gelu %arg0 {approximate} : (tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
// CHECK-NEXT: return %[[G]]
func.func @gelu(%x: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %three = nn.constant dense<3.0> : tensor<f32> -> tensor<f32>
  %c = nn.constant dense<0.044715> : tensor<f32> -> tensor<f32>
  %s = nn.constant dense<0.797884583> : tensor<f32> -> tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32> -> tensor<f32>
  %half = nn.constant dense<0.5> : tensor<f32> -> tensor<f32>
  %0 = nn.pow %x, %three : (tensor<1x4x8xf32>, tensor<f32>) -> tensor<1x4x8xf32>
  %1 = nn.mul %0, %c : (tensor<1x4x8xf32>, tensor<f32>) -> tensor<1x4x8xf32>
  %2 = nn.add %x, %1 : (tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %3 = nn.mul %2, %s : (tensor<1x4x8xf32>, tensor<f32>) -> tensor<1x4x8xf32>
  %4 = nn.tanh %3 : (tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  %5 = nn.add %4, %one : (tensor<1x4x8xf32>, tensor<f32>) -> tensor<1x4x8xf32>
  %6 = nn.mul %x, %half : (tensor<1x4x8xf32>, tensor<f32>) -> tensor<1x4x8xf32>
  %7 = nn.mul %6, %5 : (tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %7 : tensor<1x4x8xf32>
}

// -----

// Multiplied out in another order, of a sum, which is not a part of it.
// CHECK-LABEL: func.func @gelu_of_products(
// CHECK: %[[X:.*]] = nn.add %arg0, %arg0
// CHECK: %[[G:.*]] = nn.gelu %[[X]] {approximate}
// CHECK-NEXT: return %[[G]]
func.func @gelu_of_products(%a: tensor<8xf32>) -> tensor<8xf32> {
  %c = nn.constant dense<0.044715> : tensor<f32> -> tensor<f32>
  %s = nn.constant dense<0.797884583> : tensor<f32> -> tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32> -> tensor<f32>
  %half = nn.constant dense<0.5> : tensor<f32> -> tensor<f32>
  %x = nn.add %a, %a : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %0 = nn.mul %x, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.mul %0, %c : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %2 = nn.add %1, %one : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %3 = nn.mul %x, %s : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %4 = nn.mul %3, %2 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %5 = nn.tanh %4 : (tensor<8xf32>) -> tensor<8xf32>
  %6 = nn.mul %5, %half : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %7 = nn.add %6, %half : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %8 = nn.mul %7, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %8 : tensor<8xf32>
}

// -----

// Another constant is another function.
// CHECK-LABEL: func.func @no_gelu(
// CHECK-NOT: nn.gelu
func.func @no_gelu(%x: tensor<8xf32>) -> tensor<8xf32> {
  %three = nn.constant dense<3.0> : tensor<f32> -> tensor<f32>
  %c = nn.constant dense<0.0447> : tensor<f32> -> tensor<f32>
  %s = nn.constant dense<0.797884583> : tensor<f32> -> tensor<f32>
  %half = nn.constant dense<0.5> : tensor<f32> -> tensor<f32>
  %0 = nn.pow %x, %three : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.mul %0, %c : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %2 = nn.add %x, %1 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %3 = nn.mul %2, %s : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %4 = nn.tanh %3 : (tensor<8xf32>) -> tensor<8xf32>
  %5 = nn.mul %4, %half : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %6 = nn.add %5, %half : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %7 = nn.mul %6, %x : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %7 : tensor<8xf32>
}

// -----

// The clamp may be a layer, or the activation of the sum.
// CHECK-LABEL: func.func @hard_swish(
// CHECK: %[[A:.*]] = nn.hard_swish %arg0
// CHECK: %[[B:.*]] = nn.hard_swish %arg1
// CHECK: return %[[A]], %[[B]]
func.func @hard_swish(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %three = nn.constant dense<3.0> : tensor<f32> -> tensor<f32>
  %six = nn.constant dense<6.0> : tensor<f32> -> tensor<f32>
  %sixth = nn.constant dense<0.166666667> : tensor<f32> -> tensor<f32>
  %0 = nn.add %x, %three act <relu6> : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.mul %x, %0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.div %1, %six : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %3 = nn.add %y, %three : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %4 = nn.relu6 %3 : (tensor<8xf32>) -> tensor<8xf32>
  %5 = nn.mul %4, %sixth : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %6 = nn.mul %5, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %2, %6 : tensor<8xf32>, tensor<8xf32>
}

// -----

// What the network needs besides stays.
// CHECK-LABEL: func.func @no_hard_swish(
// CHECK-NOT: nn.hard_swish
func.func @no_hard_swish(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %three = nn.constant dense<3.0> : tensor<f32> -> tensor<f32>
  %0 = nn.add %x, %three act <relu6> : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %1 = nn.mul %x, %0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// As batch normalizations are written: x * s + (beta - mean * s).
// CHECK-LABEL: func.func @shifted_norm(
// CHECK-DAG: %[[G:.*]] = nn.constant dense<[1.000000e+00, 2.000000e+00]>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<5.000000e-01> : tensor<2xf32>
// CHECK: %[[N:.*]] = nn.layer_norm %arg0, %[[G]], %[[B]] {epsilon = 1.000000e-03 : f32}
// CHECK-NEXT: return %[[N]]
func.func @shifted_norm(%x: tensor<1x3x2xf32>) -> tensor<1x3x2xf32> {
  %gamma = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<2xf32>
  %beta = nn.constant dense<0.5> : tensor<f32> -> tensor<f32>
  %epsilon = nn.constant dense<1.0e-3> : tensor<f32> -> tensor<f32>
  %mean = nn.reduce_mean %x axes [2] {keep_dims} : (tensor<1x3x2xf32>) -> tensor<1x3x1xf32>
  %0 = nn.squared_difference %x, %mean : (tensor<1x3x2xf32>, tensor<1x3x1xf32>) -> tensor<1x3x2xf32>
  %variance = nn.reduce_mean %0 axes [2] {keep_dims} : (tensor<1x3x2xf32>) -> tensor<1x3x1xf32>
  %1 = nn.add %variance, %epsilon : (tensor<1x3x1xf32>, tensor<f32>) -> tensor<1x3x1xf32>
  %2 = nn.rsqrt %1 : (tensor<1x3x1xf32>) -> tensor<1x3x1xf32>
  %scale = nn.mul %2, %gamma : (tensor<1x3x1xf32>, tensor<2xf32>) -> tensor<1x3x2xf32>
  %3 = nn.mul %x, %scale : (tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  %4 = nn.mul %mean, %scale : (tensor<1x3x1xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  %5 = nn.sub %beta, %4 : (tensor<f32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  %6 = nn.add %3, %5 : (tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  return %6 : tensor<1x3x2xf32>
}

// -----

// As ONNX files have it; and without a shift.
// CHECK-LABEL: func.func @plain_norm(
// CHECK: %[[N:.*]] = nn.layer_norm %arg0
// CHECK: %[[M:.*]] = nn.layer_norm %[[N]]
// CHECK: return %[[M]]
func.func @plain_norm(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %gamma = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<2xf32>
  %beta = nn.constant dense<[0.5, 0.25]> : tensor<2xf32> -> tensor<2xf32>
  %epsilon = nn.constant dense<1.0e-3> : tensor<f32> -> tensor<f32>
  %two = nn.constant dense<2.0> : tensor<f32> -> tensor<f32>
  %mean = nn.reduce_mean %x axes [1] {keep_dims} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %centered = nn.sub %x, %mean : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %0 = nn.pow %centered, %two : (tensor<3x2xf32>, tensor<f32>) -> tensor<3x2xf32>
  %variance = nn.reduce_mean %0 axes [1] {keep_dims} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %1 = nn.add %variance, %epsilon : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %2 = nn.sqrt %1 : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %3 = nn.div %centered, %2 : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %4 = nn.mul %3, %gamma : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %5 = nn.add %4, %beta : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %mean2 = nn.reduce_mean %5 axes [1] {keep_dims} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %centered2 = nn.sub %5, %mean2 : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  %6 = nn.mul %centered2, %centered2 : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %variance2 = nn.reduce_mean %6 axes [1] {keep_dims} : (tensor<3x2xf32>) -> tensor<3x1xf32>
  %7 = nn.add %variance2, %epsilon : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %8 = nn.rsqrt %7 : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %9 = nn.mul %centered2, %8 : (tensor<3x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
  return %9 : tensor<3x2xf32>
}

// -----

// Over another dimension it is none.
// CHECK-LABEL: func.func @no_norm(
// CHECK-NOT: nn.layer_norm
func.func @no_norm(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %epsilon = nn.constant dense<1.0e-3> : tensor<f32> -> tensor<f32>
  %mean = nn.reduce_mean %x axes [0] {keep_dims} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %centered = nn.sub %x, %mean : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %0 = nn.mul %centered, %centered : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %variance = nn.reduce_mean %0 axes [0] {keep_dims} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  %1 = nn.add %variance, %epsilon : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %2 = nn.rsqrt %1 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %3 = nn.mul %centered, %2 : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  return %3 : tensor<3x2xf32>
}

// -----

// A factor goes into the softmax, through a change of shape too; not a negative
// one, which would make of the greatest element the least.
// CHECK-LABEL: func.func @softmax(
// CHECK: %[[R:.*]] = nn.reshape %arg0
// CHECK: nn.softmax %[[R]] {beta = 2.500000e-01 : f32}
// CHECK: %[[M:.*]] = nn.mul %arg1
// CHECK: nn.softmax %[[M]] :
func.func @softmax(%x: tensor<2x8xf32>, %y: tensor<2x8xf32>) -> (tensor<1x2x8xf32>, tensor<2x8xf32>) {
  %quarter = nn.constant dense<0.25> : tensor<f32> -> tensor<f32>
  %negative = nn.constant dense<-1.0> : tensor<f32> -> tensor<f32>
  %0 = nn.mul %x, %quarter : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %1 = nn.reshape %0 : (tensor<2x8xf32>) -> tensor<1x2x8xf32>
  %2 = nn.softmax %1 : (tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %3 = nn.mul %y, %negative : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %4 = nn.softmax %3 : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return %2, %4 : tensor<1x2x8xf32>, tensor<2x8xf32>
}
