// RUN: pare-opt %s --nn-fuse-activations --split-input-file | FileCheck %s
// RUN: pare-opt %s --nn-fuse-activations --split-input-file --mlir-print-debuginfo \
// RUN:   | FileCheck %s --check-prefix=LOC

// The fused layer keeps both names, the layer's first.

// CHECK-LABEL: func.func @named
func.func @named(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[R:.*]] = nn.add %{{.*}}, %{{.*}} act <relu6> :
  // CHECK-NEXT: return %[[R]]
  // LOC-DAG: #[[ADD:.*]] = loc("sum")
  // LOC-DAG: #[[RELU:.*]] = loc("clamped")
  // LOC-DAG: loc(fused[#[[ADD]], #[[RELU]]])
  %0 = nn.add %a, %b
      : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("sum")
  %1 = nn.relu6 %0 : (tensor<4xf32>) -> tensor<4xf32> loc("clamped")
  return %1 : tensor<4xf32>
}

// -----

// A chain of clamps is their composition, from the first to the last.

// CHECK-LABEL: func.func @chain
func.func @chain(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>) -> tensor<1x2xf32> {
  %low = nn.constant dense<1.0> : tensor<2xf32> -> tensor<2xf32>
  %high = nn.constant dense<4.0> : tensor<f32> -> tensor<f32>
  // CHECK: nn.fully_connected %{{.*}}, %{{.*}} act <clip, 1.000000e+00, 4.000000e+00> :
  // CHECK-NEXT: return
  %0 = nn.fully_connected %x, %w act <relu>
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %1 = nn.maximum %low, %0
      : (tensor<2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.minimum %1, %high : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %3 = nn.clip %2, -3.0, 9.0 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}

// -----

// Clamps without a common number leave one: the bound of the later clamp.

// CHECK-LABEL: func.func @disjoint
func.func @disjoint(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  // CHECK: nn.max_pool2d {{.*}} act <clip, 7.000000e+00, 7.000000e+00>
  %0 = nn.max_pool2d %x kernel [1, 1] act <relu6>
      : (tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  %1 = nn.clip %0, 7.0, 8.0 : (tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  return %1 : tensor<1x4x4x1xf32>
}

// -----

// Bounds that have a name get it.

// CHECK-LABEL: func.func @names
func.func @names(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: nn.mul {{.*}} act <relu_n1_to_1>
  %0 = nn.mul %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.clip %0, -1.0, 1.0 : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: nn.sub {{.*}} act <relu>
  %2 = nn.sub %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.relu %2 : (tensor<4xf32>) -> tensor<4xf32>
  return %1, %3 : tensor<4xf32>, tensor<4xf32>
}

// -----

// Kept: a second user, bounds that differ between elements, a layer without a
// fused activation, integers.

// CHECK-LABEL: func.func @kept
func.func @kept(%a: tensor<4xf32>,
                %q: tensor<4x!quant.uniform<i8:f32, 0.5>>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
        tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  %bounds = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
      -> tensor<4xf32>
  // CHECK-NOT: act <
  %0 = nn.add %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK: nn.relu
  %1 = nn.relu %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.add %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK: nn.maximum
  %3 = nn.maximum %2, %bounds : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = nn.exp %a : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: nn.relu6
  %5 = nn.relu6 %4 : (tensor<4xf32>) -> tensor<4xf32>
  %6 = nn.add %q, %q
      : (tensor<4x!quant.uniform<i8:f32, 0.5>>,
         tensor<4x!quant.uniform<i8:f32, 0.5>>)
        -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  // CHECK: nn.relu
  %7 = nn.relu %6
      : (tensor<4x!quant.uniform<i8:f32, 0.5>>)
        -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  return %0, %1, %3, %5, %7
      : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
        tensor<4x!quant.uniform<i8:f32, 0.5>>
}
