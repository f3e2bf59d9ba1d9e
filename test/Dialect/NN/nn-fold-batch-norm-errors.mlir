// RUN: pare-opt %s --nn-fold-batch-norm --split-input-file --verify-diagnostics

func.func @variance(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %one = nn.constant dense<1.0> : tensor<2xf32> -> tensor<2xf32>
  %variance = nn.constant dense<[1.0, -1.0]> : tensor<2xf32> -> tensor<2xf32>
  // expected-error @+1 {{layer 'nn.batch_norm': expects finite parameters and a variance above -epsilon}}
  %0 = nn.batch_norm %x, %one, %one, %one, %variance {epsilon = 0.5 : f32}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
         tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @not_a_number(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = nn.constant dense<1.0> : tensor<2x2xf32> -> tensor<2x2xf32>
  %one = nn.constant dense<1.0> : tensor<2xf32> -> tensor<2xf32>
  %gamma = nn.constant dense<[1.0, 0x7FC00000]> : tensor<2xf32> -> tensor<2xf32>
  %0 = nn.fully_connected %x, %w
      : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  // expected-error @+1 {{expects finite parameters}}
  %1 = nn.batch_norm %0, %gamma, %one, %one, %one {epsilon = 0.5 : f32}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
         tensor<2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
