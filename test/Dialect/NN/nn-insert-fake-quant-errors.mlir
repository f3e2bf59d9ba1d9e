// RUN: not pare-opt %s --nn-insert-fake-quant=bits=9 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BITS
// RUN: not pare-opt %s --nn-insert-fake-quant=weight-bits=1 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WEIGHTS
// RUN: not pare-opt %s --nn-insert-fake-quant=float-layers=conv1,conv7 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NAME
// RUN: not pare-opt %s --nn-insert-fake-quant --nn-insert-fake-quant 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TWICE

// BITS: error: expects the option bits to be 2 to 8, but found 9
// WEIGHTS: error: expects the option weight-bits to be 2 to 8, but found 1
// NAME: error: expects the option float-layers to name layers, but there is no layer 'conv7'
// TWICE: error: expects no nn.fake_quant before this pass
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.exp %x : (tensor<2xf32>) -> tensor<2xf32> loc("conv1")
  return %0 : tensor<2xf32>
}
