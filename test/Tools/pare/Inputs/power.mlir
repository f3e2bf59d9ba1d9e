// Calls a function of the C library.
func.func @main(%x: tensor<1x8xf32>, %y: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %z = nn.pow %x, %y : (tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<1x8xf32> loc("power")
  return %z : tensor<1x8xf32>
}
