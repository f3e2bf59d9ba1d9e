// Five means over groups of pixels.
func.func @main(%x: tensor<1x28x28x1xf32>) -> tensor<1x5xf32> {
  %w = nn.constant dense<0.01> : tensor<5x784xf32> -> tensor<5x784xf32>
  %0 = nn.reshape %x : (tensor<1x28x28x1xf32>) -> tensor<1x784xf32> loc("flat")
  %1 = nn.fully_connected %0, %w : (tensor<1x784xf32>, tensor<5x784xf32>) -> tensor<1x5xf32> loc("scores")
  return %1 : tensor<1x5xf32>
}
