// RUN: not pare-opt %s --nn-prune=sparsity=1.5 2>&1 | FileCheck %s --check-prefix=SHARE
// RUN: not pare-opt %s --nn-prune=block-rows=0 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not pare-opt %s --nn-prune=exclude=dense 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not pare-opt %s --nn-prune=prune-first-last=true 2>&1 | FileCheck %s --check-prefix=NAN

// SHARE: error: expects the option sparsity to be 0 to 1, but found 1.500000e+00
// BLOCK: error: expects blocks of at least 1x1, but found 0x1
// NAME: error: expects the option exclude to name layers with weights, but there is no layer 'dense'
// NAN: error: {{.*}}filter 'w': expects finite weights, but element 1 is
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>
      -> tensor<1x2xf32> loc("w")
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
