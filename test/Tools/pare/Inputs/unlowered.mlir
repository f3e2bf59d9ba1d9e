// No back end has half-precision activations.
func.func @main(%x: tensor<16xf16>) -> tensor<16xf16> {
  %0 = nn.relu %x : (tensor<16xf16>) -> tensor<16xf16> loc("first")
  %1 = nn.relu %0 : (tensor<16xf16>) -> tensor<16xf16> loc("last")
  return %1 : tensor<16xf16>
}
