// RUN: not pare-opt %s --nn-sparsify=threshold=-0.5 2>&1 | FileCheck %s --check-prefix=SHARE
// RUN: not pare-opt %s --nn-sparsify=block-columns=-1 2>&1 | FileCheck %s --check-prefix=BLOCK

// SHARE: error: expects the option threshold to be 0 to 1, but found -5.000000e-01
// BLOCK: error: expects blocks of at least 1x1, but found 1x-1
func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}
