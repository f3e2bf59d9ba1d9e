// Two layers of which the second one reads some rows of what the first one
// writes.
#first = loc("first")
#second = loc("second")
func.func @main(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x64xf32> {
  %w = nn.constant dense<0.125> : tensor<64x1x1x16xf32> -> tensor<64x1x1x16xf32>
  %0 = nn.conv2d %x, %w : (tensor<1x8x8x16xf32>, tensor<64x1x1x16xf32>) -> tensor<1x8x8x64xf32> loc(#first)
  %t = nn.constant dense<0.25> : tensor<1x3x3x64xf32> -> tensor<1x3x3x64xf32>
  %1 = nn.depthwise_conv2d %0, %t pad [1, 1, 1, 1] : (tensor<1x8x8x64xf32>, tensor<1x3x3x64xf32>) -> tensor<1x8x8x64xf32> loc(#second)
  return %1 : tensor<1x8x8x64xf32>
}
