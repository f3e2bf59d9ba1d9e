// One weighted sum of each pixel.
func.func @main(%x: tensor<1x8x8x48xf32>) -> tensor<1x8x8x1xf32> {
  %w = nn.constant dense<0.01> : tensor<1x1x1x48xf32> -> tensor<1x1x1x48xf32>
  %0 = nn.conv2d %x, %w : (tensor<1x8x8x48xf32>, tensor<1x1x1x48xf32>) -> tensor<1x8x8x1xf32> loc("scores")
  return %0 : tensor<1x8x8x1xf32>
}
