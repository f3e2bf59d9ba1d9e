// RUN: pare-opt %s --nn-unsigned-to-signed | FileCheck %s

!u = !quant.uniform<u8:f32, 0.5:128>
!w = !quant.uniform<u8<1:255>:f32, 0.25:130>

// The border keeps its type; bytes, bounds and zero points move by 128.

// CHECK-LABEL: func.func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x!quant.uniform<u8:f32, 5.000000e-01:128>>) -> tensor<1x2x!quant.uniform<u8:f32, 5.000000e-01:128>>
func.func @dense(%x: tensor<1x2x!u>) -> tensor<1x2x!u> {
  // CHECK: %[[S:.*]] = nn.requantize %[[X]] : {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: %[[W:.*]] = nn.constant dense<{{\[}}[-127, 127], [2, 0]]> : tensor<2x2xi8> -> tensor<2x2x!quant.uniform<i8<-127:127>:f32, 2.500000e-01:2>>
  // CHECK: %[[R:.*]] = nn.fully_connected %[[S]], %[[W]] : {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: %[[U:.*]] = nn.requantize %[[R]] : {{.*}} -> tensor<1x2x!quant.uniform<u8:f32, 5.000000e-01:128>>
  // CHECK: return %[[U]]
  %w = nn.constant dense<[[1, 255], [130, 128]]> : tensor<2x2xi8>
      -> tensor<2x2x!w>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2x!u>, tensor<2x2x!w>) -> tensor<1x2x!u>
  return %0 : tensor<1x2x!u>
}

// Calls are borders too.

// CHECK-LABEL: func.func @call
func.func @call(%x: tensor<4x!u>) -> tensor<4x!u> {
  // CHECK: %[[A:.*]] = nn.relu {{.*}} -> tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>
  // CHECK: %[[B:.*]] = nn.requantize %[[A]]
  // CHECK: %[[C:.*]] = call @called(%[[B]])
  // CHECK: %[[D:.*]] = nn.requantize %[[C]]
  // CHECK: %[[E:.*]] = nn.relu %[[D]]
  // CHECK: nn.requantize %[[E]]
  %0 = nn.relu %x : (tensor<4x!u>) -> tensor<4x!u>
  %1 = func.call @called(%0) : (tensor<4x!u>) -> tensor<4x!u>
  %2 = nn.relu %1 : (tensor<4x!u>) -> tensor<4x!u>
  return %2 : tensor<4x!u>
}
func.func private @called(tensor<4x!u>) -> tensor<4x!u>

// Other types are none of its business, and neither are plain integers.

// CHECK-LABEL: func.func @kept
func.func @kept(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>, %i: tensor<4xi8>)
    -> (tensor<4x!quant.uniform<i8:f32, 0.5>>, tensor<4xi8>) {
  // CHECK-NEXT: nn.relu
  // CHECK-NEXT: nn.maximum
  // CHECK-NEXT: return
  %0 = nn.relu %x : (tensor<4x!quant.uniform<i8:f32, 0.5>>)
      -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  %1 = nn.maximum %i, %i : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  return %0, %1 : tensor<4x!quant.uniform<i8:f32, 0.5>>, tensor<4xi8>
}

// A splat stays one value.

// CHECK-LABEL: func.func @splat
func.func @splat() -> tensor<100x!u> {
  // CHECK: nn.constant {{.*}} : tensor<100xi8> -> tensor<100x!quant.uniform<i8:f32, 5.000000e-01>>
  %0 = nn.constant dense<129> : tensor<100xi8> -> tensor<100x!u>
  return %0 : tensor<100x!u>
}
