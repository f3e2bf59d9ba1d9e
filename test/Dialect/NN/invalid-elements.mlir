// RUN: pare-opt %s -split-input-file -verify-diagnostics

// Verifiers of element-wise layers, movement and changes of type.

func.func @broadcast(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @+1 {{expects shapes that broadcast, but found [2, 3] and [2]}}
  %0 = nn.add %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @mixed_kinds(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error @+1 {{expects operands and results of one kind of elements, but found 'tensor<2xf32>' and 'tensor<2xi32>'}}
  %0 = nn.add %x, %y : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @half_quantized(%x: tensor<2xf32>) {
  // expected-error @+1 {{expects operands and results of one kind of elements}}
  %0 = nn.reshape %x : (tensor<2xf32>) -> tensor<2x1x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @clip(%x: tensor<2xf32>) {
  // expected-error @+1 {{expects bounds in increasing order}}
  %0 = nn.clip %x, 1.0, 0.0 : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @reshape(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects as many elements in the result as in the input (6), but found 5}}
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @permutation(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects a permutation of 2 dimensions, but found [0, 0]}}
  %0 = nn.transpose %x perm [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @concat(%x: tensor<2x3xf32>, %y: tensor<3x3xf32>) {
  // expected-error @+1 {{expects parts that differ in dimension 1 alone, but found [2, 3] and [3, 3]}}
  %0 = nn.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @concat_axis(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects an axis in [0, 2), but found 2}}
  %0 = nn.concat %x axis 2 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @split(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{expects parts that sum to the shape [2, 4], but found [2, 3]}}
  %0:2 = nn.split %x axis 1 : (tensor<2x4xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
  return
}

// -----

func.func @slice(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects a slice inside of dimension 0 of [4], but found offset 2, size 2, stride 2}}
  %0 = nn.slice %x offsets [2] sizes [2] strides [2] : (tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @slice_stride(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects a slice inside of dimension 0 of [4], but found offset 0, size 1, stride 0}}
  %0 = nn.slice %x offsets [0] sizes [1] strides [0] : (tensor<4xf32>) -> tensor<1xf32>
  return
}

// -----

func.func @pad(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects padding of at least 0, but found -2}}
  %0 = nn.pad %x low [1] high [-2] : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @gather(%t: tensor<2x4xf32>, %i: tensor<3x1xi32>) {
  // expected-error @+1 {{expects equal batch dimensions, but found [2, 4] and [3, 1]}}
  %0 = nn.gather %t, %i {axis = 1 : i64, batch_dims = 1 : i64} : (tensor<2x4xf32>, tensor<3x1xi32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @resize(%x: tensor<1x2x2x3xf32>) {
  // expected-error @+1 {{expects a size of two positive numbers, but found [4, 0]}}
  %0 = nn.resize_nearest %x size [4, 0] : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @constant_shape() {
  // expected-error @+1 {{expects a value of shape [3], but found [2]}}
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<3xf32>
  return
}

// -----

func.func @constant_type() {
  // expected-error @+1 {{expects a value with elements of type 'i8', but found 'i32'}}
  %0 = nn.constant dense<[1, 2]> : tensor<2xi32> -> tensor<2x!quant.uniform<i8:f32, 0.1>>
  return
}

// -----

func.func @constant_bytes() {
  // expected-error @+1 {{expects 12 bytes of data, but found 8}}
  %0 = nn.constant dense_resource<short> : tensor<3xf32> -> tensor<3xf32>
  return
}
{-# dialect_resources: { builtin: { short: "0x040000000000803F00000040" } } #-}

// -----

func.func @cast(%x: tensor<2x!quant.uniform<i8:f32, 0.1>>) {
  // expected-error @+1 {{expects unquantized types}}
  %0 = nn.cast %x : (tensor<2x!quant.uniform<i8:f32, 0.1>>) -> tensor<2xf32>
  return
}

// -----

func.func @fake_quant_count(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{expects 2 minimums and maximums, but found 1 and 1}}
  %0 = nn.fake_quant %x <bits = 8, symmetric = true, axis = 0> range [-1.0] to [1.0] : tensor<2x4xf32>
  return
}

// -----

func.func @fake_quant_range(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects finite ranges in increasing order}}
  %0 = nn.fake_quant %x <bits = 8> range [1.0] to [-1.0] : tensor<4xf32>
  return
}
