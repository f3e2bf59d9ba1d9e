// RUN: pare-opt %s -nn-eliminate-dead-channels -verify-diagnostics
// RUN: not pare-opt %s -nn-eliminate-dead-channels=multiple=0 2>&1 | FileCheck %s
// CHECK: error: expected a multiple of at least 1, found 0

// Constants are computed by running the network, which needs its shapes.
// expected-error @+1 {{dead channels: }}
func.func @dynamic(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = nn.constant dense<[[1.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32> -> tensor<2x2xf32>
  %0 = nn.fully_connected %x, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
