// RUN: pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy" \
// RUN:   | FileCheck %s
// RUN: pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy io=float requant-mode=fixed backend=reference" \
// RUN:   | FileCheck %s --check-prefix=FIXED
// RUN: pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy sparsity=0.5 prune-first-last=true sparsify-threshold=0.5" \
// RUN:   | FileCheck %s --check-prefix=SPARSE
// RUN: pare-opt %s --pare-int8-pipeline="samples=%inputs/Calibration/two.npy float-layers=first weight-bits=4" \
// RUN:   | FileCheck %s --check-prefix=MIXED

// CHECK: module attributes {nn.requant_mode = #nn.requant_mode<float>}
// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x!quant.uniform<i8:f32, 0.019607843831181526:-26>>
// CHECK-SAME: -> (tensor<1x2x!quant.uniform<i8:f32, 3.906250e-03:-128>>
// FIXED: module attributes {nn.requant_mode = #nn.requant_mode<fixed>}
// FIXED-LABEL: func.func @main
// FIXED-SAME: tensor<1x2xf32>{{.*}} -> (tensor<1x2xf32>
// SPARSE-LABEL: func.func @main
// MIXED-LABEL: func.func @main
func.func @main(%x: tensor<1x2xf32> {nn.name = "x"})
    -> (tensor<1x2xf32> {nn.name = "y"}) {
  // CHECK: %[[A:.*]] = nn.fully_connected %[[X]], %{{.*}} act <relu> scales <mode = float,
  // CHECK-NEXT: %[[B:.*]] = nn.fully_connected %[[A]], %{{.*}} scales <mode = float,
  // CHECK-NEXT: %[[C:.*]] = nn.softmax %[[B]]
  // CHECK-NEXT: return %[[C]]
  // FIXED: nn.quantize
  // FIXED: scales <mode = fixed,
  // FIXED: nn.dequantize
  // SPARSE-COUNT-2: nn.sparse_fully_connected {{.*}} scales <mode = float,
  // MIXED: nn.constant {{.*}} tensor<2x2x!quant.uniform<i8<-7:7>:f32:0,
  // MIXED: nn.fully_connected {{.*}} -> tensor<1x2xf32>
  // MIXED-NEXT: nn.quantize
  %w0 = nn.constant dense<[[1.0, 0.5], [0.25, -2.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %w1 = nn.constant dense<[[0.5, 0.125], [0.75, 1.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w0
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("first")
  %1 = nn.relu %0 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.fully_connected %1, %w1
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32> loc("second")
  %3 = nn.softmax %2 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}
