// RUN: pare-opt %s --nn-prune="sparsity=0.5 prune-first-last=true" --split-input-file \
// RUN:   | FileCheck %s
// RUN: pare-opt %s --nn-prune="sparsity=0.5 prune-first-last=true block-rows=2" \
// RUN:   --split-input-file | FileCheck %s --check-prefix=BLOCK
// RUN: pare-opt %s --nn-prune="sparsity=0.5" --split-input-file \
// RUN:   | FileCheck %s --check-prefix=INNER
// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-prune="sparsity=0.5 prune-first-last=true scope=global prune-depthwise=true" \
// RUN:   | FileCheck %s --check-prefix=GLOBAL
// RUN: pare-opt %s --split-input-file \
// RUN:   --nn-prune="sparsity=1 prune-first-last=true min-elements=5" \
// RUN:   | FileCheck %s --check-prefix=LARGE

// The least half; whole columns of two rows in blocks of 2x1.

// CHECK-LABEL: func.func @one
// BLOCK-LABEL: func.func @one
// INNER-LABEL: func.func @one
// LARGE-LABEL: func.func @one
func.func @one(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: dense<{{\[}}[0.000000e+00, -4.000000e+00], [3.000000e+00, 0.000000e+00]]>
  // BLOCK: dense<{{\[}}[0.000000e+00, -4.000000e+00], [0.000000e+00, -2.000000e+00]]>
  // The first and the last layer are left alone without the option.
  // INNER: dense<{{\[}}[1.000000e+00, -4.000000e+00], [3.000000e+00, -2.000000e+00]]>
  // LARGE: dense<{{\[}}[1.000000e+00, -4.000000e+00], [3.000000e+00, -2.000000e+00]]>
  %w = nn.constant dense<[[1.0, -4.0], [3.0, -2.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// Three layers: in each, the half; globally, the least six of twelve. Equal
// magnitudes give way in their order, so that the number is exact.

// CHECK-LABEL: func.func @three
// INNER-LABEL: func.func @three
// GLOBAL-LABEL: func.func @three
func.func @three(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> {
  // CHECK-DAG: dense<{{.*}}0.000000e+00{{.*}}0.000000e+00{{.*}}3.000000e+00{{.*}}4.000000e+00{{.*}}> : tensor<2x1x1x2xf32>
  // CHECK-DAG: dense<1.000000e+00> : tensor<1x1x1x2xf32>
  // CHECK-DAG: dense<{{.*}}0.000000e+00{{.*}}0.000000e+00{{.*}}5.000000e+00{{.*}}5.000000e+00{{.*}}> : tensor<2x1x1x2xf32>
  // INNER-DAG: dense<{{.*}}1.000000e+00{{.*}}2.000000e+00{{.*}}3.000000e+00{{.*}}4.000000e+00{{.*}}>
  // GLOBAL-DAG: dense<{{.*}}0.000000e+00{{.*}}0.000000e+00{{.*}}0.000000e+00{{.*}}4.000000e+00{{.*}}> : tensor<2x1x1x2xf32>
  // GLOBAL-DAG: dense<0.000000e+00> : tensor<1x1x1x2xf32>
  // GLOBAL-DAG: dense<5.000000e+00> : tensor<2x1x1x2xf32>
  %w0 = nn.constant dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]]]>
      : tensor<2x1x1x2xf32> -> tensor<2x1x1x2xf32>
  %w1 = nn.constant dense<1.0> : tensor<1x1x1x2xf32> -> tensor<1x1x1x2xf32>
  %w2 = nn.constant dense<5.0> : tensor<2x1x1x2xf32> -> tensor<2x1x1x2xf32>
  %0 = nn.conv2d %x, %w0
      : (tensor<1x1x2x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x1x2x2xf32>
  %1 = nn.depthwise_conv2d %0, %w1
      : (tensor<1x1x2x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x2x2xf32>
  %2 = nn.conv2d %1, %w2
      : (tensor<1x1x2x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x1x2x2xf32>
  return %2 : tensor<1x1x2x2xf32>
}

// -----

// A shared filter is pruned once, behind its fake_quant as well; another user
// of the constant keeps the whole.

// CHECK-LABEL: func.func @shared
func.func @shared(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<2x2xf32>) {
  // CHECK-DAG: %[[P:.*]] = nn.constant dense<{{\[}}[0.000000e+00, -4.000000e+00], [3.000000e+00, 0.000000e+00]]>
  // CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[}}[1.000000e+00, -4.000000e+00], [3.000000e+00, -2.000000e+00]]>
  // CHECK: %[[Q:.*]] = nn.fake_quant %[[P]]
  // CHECK: nn.fully_connected %{{.*}}, %[[Q]]
  // CHECK: nn.fully_connected %{{.*}}, %[[P]]
  // CHECK: return %{{.*}}, %[[W]]
  %w = nn.constant dense<[[1.0, -4.0], [3.0, -2.0]]> : tensor<2x2xf32>
      -> tensor<2x2xf32>
  %q = nn.fake_quant %w <bits = 8, symmetric = true> : tensor<2x2xf32>
  %0 = nn.fully_connected %x, %q
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %1 = nn.fully_connected %0, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %1, %w : tensor<1x2xf32>, tensor<2x2xf32>
}
