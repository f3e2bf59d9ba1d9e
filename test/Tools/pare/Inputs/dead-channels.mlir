// Three of the channels of %0, which is all that is alive, are zero for any input.
func.func @main(%x: tensor<1x8x8x4xf32> {nn.name = "x"}) -> (tensor<1x8x8x4xf32> {nn.name = "y"}) {
  %w = nn.constant dense<[[[[0.5, 1.0, -1.0, 2.0]]], [[[0.0, 0.0, 0.0, 0.0]]], [[[2.5, 1.0, -1.0, 2.0]]], [[[0.0, 0.0, 0.0, 0.0]]], [[[4.5, 1.0, -1.0, 2.0]]], [[[0.0, 0.0, 0.0, 0.0]]], [[[6.5, 1.0, -1.0, 2.0]]], [[[7.5, 1.0, -1.0, 2.0]]]]> : tensor<8x1x1x4xf32> -> tensor<8x1x1x4xf32> loc("w")
  %0 = nn.conv2d %x, %w : (tensor<1x8x8x4xf32>, tensor<8x1x1x4xf32>) -> tensor<1x8x8x8xf32> loc("first")
  %v = nn.constant dense<0.5> : tensor<4x1x1x8xf32> -> tensor<4x1x1x8xf32> loc("v")
  %1 = nn.conv2d %0, %v : (tensor<1x8x8x8xf32>, tensor<4x1x1x8xf32>) -> tensor<1x8x8x4xf32> loc("second")
  return %1 : tensor<1x8x8x4xf32>
}
