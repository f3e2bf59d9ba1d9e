func.func @main(%a: tensor<4xf32> {nn.name = "a"}, %b: tensor<4xf32> {nn.name = "b"})
    -> (tensor<4xf32> {nn.name = "sum"}, tensor<4xf32> {nn.name = "product"}) {
  %0 = nn.add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("sum")
  %1 = nn.mul %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("product")
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
