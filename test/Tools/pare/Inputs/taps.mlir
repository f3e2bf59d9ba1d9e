// One layer of 3x3 taps that any processor can compute by transformed tiles.
#loc = loc("taps")
func.func @main(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %w = nn.constant dense<0.1> : tensor<16x3x3x16xf32> -> tensor<16x3x3x16xf32>
  %0 = nn.conv2d %x, %w pad [1, 1, 1, 1] : (tensor<1x8x8x16xf32>, tensor<16x3x3x16xf32>) -> tensor<1x8x8x16xf32> loc(#loc)
  return %0 : tensor<1x8x8x16xf32>
}
