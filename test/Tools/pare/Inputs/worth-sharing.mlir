// Layers with enough work for several threads. Splats for weights keep the file
// small; what a layer reads differs from place to place all the same.
!image = tensor<1x48x48x32xf32>
func.func @main(%x: !image) -> !image {
  %full = nn.constant dense<0.0625> : tensor<32x3x3x32xf32> -> tensor<32x3x3x32xf32>
  %each = nn.constant dense<-0.375> : tensor<1x3x3x32xf32> -> tensor<1x3x3x32xf32>
  %0 = nn.conv2d %x, %full pad [1, 1, 1, 1] : (!image, tensor<32x3x3x32xf32>) -> !image loc("full")
  %1 = nn.depthwise_conv2d %0, %each pad [1, 1, 1, 1] : (!image, tensor<1x3x3x32xf32>) -> !image loc("each")
  %2 = nn.tanh %1 : (!image) -> !image loc("curve")
  return %2 : !image
}
