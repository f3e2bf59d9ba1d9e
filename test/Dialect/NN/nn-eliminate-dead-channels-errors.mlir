// RUN: pare-opt %s -nn-eliminate-dead-channels -split-input-file -verify-diagnostics

!q = !quant.uniform<i8:f32, 0.5>

// expected-error @+1 {{expects a network before nn-fold-scales, but found prepared scales}}
func.func @too_late(%x: tensor<1x2x!q>, %w: tensor<2x2x!q>) -> tensor<1x2x!q> {
  %0 = nn.fully_connected %x, %w scales <mode = float, factors = [1.0]> : (tensor<1x2x!q>, tensor<2x2x!q>) -> tensor<1x2x!q>
  return %0 : tensor<1x2x!q>
}

// -----

// expected-error @+1 {{dead channels: }}
func.func @dynamic(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = nn.relu %x : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
