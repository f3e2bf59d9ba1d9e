// RUN: not pare-opt %s --nn-fold-scales=mode=double 2>&1 | FileCheck %s
// CHECK: Cannot find option named 'double'
func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}
