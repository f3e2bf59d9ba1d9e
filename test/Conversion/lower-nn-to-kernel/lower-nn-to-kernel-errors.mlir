// RUN: pare-opt --lower-nn-to-kernel --split-input-file --verify-diagnostics %s

// expected-error@+1 {{layer 'func.func' cannot be lowered: expected a tensor of static shape, found 'tensor<?xf32>' (nn-infer-shapes replaces unknown dimensions)}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

func.func @half(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.cast %x : (tensor<2xf32>) -> tensor<2xf16>
  // expected-error@+1 {{layer 'nn.exp' cannot be lowered: expected elements of f32 or of integers of 1, 8, 16, 32 or 64 bits, found 'tensor<2xf16>'}}
  %1 = nn.exp %0 : (tensor<2xf16>) -> tensor<2xf16>
  %2 = nn.cast %1 : (tensor<2xf16>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

func.func @foreign(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error@+1 {{layer 'arith.addf' cannot be lowered: expected operations of nn alone, found 'arith.addf'}}
  %0 = arith.addf %x, %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// expected-error@+1 {{'declared' cannot be lowered: expected a body of one block, found 0}}
func.func private @declared(tensor<2xf32>)

// -----

!q = !quant.uniform<i8:f32, 0.5>
func.func @no_integer_form(%x: tensor<2x!q>) -> tensor<2x!q> {
  // expected-error@+1 {{layer 'nn.pow' cannot be lowered: expected f32, found 'tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>' (nn-legalize-quantized makes float layers of those without an integer form)}}
  %0 = nn.pow %x, %x : (tensor<2x!q>, tensor<2x!q>) -> tensor<2x!q>
  return %0 : tensor<2x!q>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>
!r = !quant.uniform<i8:f32, 0.25>
func.func @two_scales(%x: tensor<2x!q>) -> tensor<2x!r> {
  // expected-error@+1 {{expected one element type, found 'tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>' and 'tensor<2x!quant.uniform<i8:f32, 2.500000e-01>>' (nn-legalize-quantized makes them equal)}}
  %0 = nn.reshape %x : (tensor<2x!q>) -> tensor<2x!r>
  return %0 : tensor<2x!r>
}

// -----

!u = !quant.uniform<u8:f32, 0.5:128>
func.func @unsigned_pool(%x: tensor<1x2x2x1x!u>) -> tensor<1x1x1x1x!u> {
  // expected-error@+1 {{expected f32 or signed 8-bit quantized types, found}}
  %0 = nn.max_pool2d %x kernel [2, 2] : (tensor<1x2x2x1x!u>) -> tensor<1x1x1x1x!u>
  return %0 : tensor<1x1x1x1x!u>
}

// -----

!q = !quant.uniform<i16:f32, 0.5>
!w = !quant.uniform<i8:f32, 0.5>
func.func @wide(%x: tensor<1x2x!q>, %w: tensor<2x2x!w>) -> tensor<1x2x!q> {
  // expected-error@+1 {{expected f32 throughout, or signed 8-bit quantized types with a bias of 32 bits, found}}
  %0 = nn.fully_connected %x, %w : (tensor<1x2x!q>, tensor<2x2x!w>) -> tensor<1x2x!q>
  return %0 : tensor<1x2x!q>
}

// -----

!q = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i8:f32:0, {0.5:1, 0.25:2}>
func.func @zero_points(%x: tensor<1x2x!q>, %w: tensor<2x2x!w>) -> tensor<1x2x!q> {
  // expected-error@+1 {{expected an i8 filter with one zero point and scales along dimension 0, found}}
  %0 = nn.fully_connected %x, %w : (tensor<1x2x!q>, tensor<2x2x!w>) -> tensor<1x2x!q>
  return %0 : tensor<1x2x!q>
}

// -----

func.func @norm(%x: tensor<2x3xf32>, %p: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{layer 'nn.batch_norm' cannot be lowered: expected no batch normalization, found one (nn-fold-batch-norm rewrites it)}}
  %0 = nn.batch_norm %x, %p, %p, %p, %p {epsilon = 0.0 : f32}
      : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

#csr = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func @sparse_argument(%x: tensor<1x2xf32>, %w: tensor<2x2xf32, #csr>) -> tensor<1x2xf32> {
  // expected-error@+1 {{expected a filter from nn.sparse_constant, found}}
  %0 = nn.sparse_fully_connected %x, %w : (tensor<1x2xf32>, tensor<2x2xf32, #csr>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

!in = !quant.uniform<i8:f32, 0.5>
!out = !quant.uniform<i8:f32, 0.00390625:-128>
func.func @long_row(%x: tensor<5000x!in>) -> tensor<5000x!out> {
  // expected-error@+1 {{expected rows of at most 4095 integers, found 5000}}
  %0 = nn.softmax %x : (tensor<5000x!in>) -> tensor<5000x!out>
  return %0 : tensor<5000x!out>
}

// -----

func.func @ranges(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error@+1 {{expected one range, or a constant operand, found 2 ranges}}
  %0 = nn.fake_quant %x <bits = 8, axis = 0> range [-1.0, -1.0] to [1.0, 1.0] : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

!w = !quant.uniform<i8:f32:0, {0.5, 0.25}>
func.func @channels(%x: tensor<2x!w>) -> tensor<2xf32> {
  // expected-error@+1 {{expected one scale and at most 32 bits, found}}
  %0 = nn.dequantize %x : (tensor<2x!w>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @plain_integers(%x: tensor<2xi32>) -> tensor<2xi32> {
  // expected-error@+1 {{layer 'nn.add' cannot be lowered: expected f32, found 'tensor<2xi32>'}}
  %0 = nn.add %x, %x : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi32>
  return %0 : tensor<2xi32>
}
