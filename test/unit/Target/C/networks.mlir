// Networks, each a function, that RunTest.cpp writes in C, compiles and runs.
// Everything that is no activation is an argument too: the test fills it with
// random numbers.

!q = !quant.uniform<i8:f32, 0.0472:-5>
!p = !quant.uniform<i8:f32, 0.0231:17>
!o = !quant.uniform<i8:f32, 0.713:3>
!w = !quant.uniform<i8<-127:127>:f32, 0.0117>
!wz = !quant.uniform<i8:f32, 0.0117:9>
!w3 = !quant.uniform<i8<-127:127>:f32:0, {0.011, 0.024, 0.007}>
!w4 = !quant.uniform<i8<-127:127>:f32:0, {0.011, 0.024, 0.007, 0.09}>
!d5 = !quant.uniform<i8<-127:127>:f32:3, {0.011, 0.024, 0.007, 0.09, 0.02}>
!d6 = !quant.uniform<i8<-127:127>:f32:3, {0.011, 0.024, 0.007, 0.09, 0.02, 0.03}>
!b = !quant.uniform<i32:f32, 0.00055224>

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

func.func @conv(%x: tensor<2x7x6x4x!q>, %w: tensor<4x3x3x4x!w4>, %b: tensor<4xi32>, %g: tensor<4x3x2x2x!w4>)
    -> (tensor<2x4x3x4x!o>, tensor<2x7x6x4x!o>, tensor<2x6x5x4x!o>, tensor<2x3x2x4x!o>) {
  %0 = nn.conv2d %x, %w, %b strides [2, 2] pad [1, 1, 1, 1] act <relu>
      : (tensor<2x7x6x4x!q>, tensor<4x3x3x4x!w4>, tensor<4xi32>) -> tensor<2x4x3x4x!o>
  %1 = nn.conv2d %x, %w dilations [2, 3] pad [2, 2, 3, 3] act <relu6>
      : (tensor<2x7x6x4x!q>, tensor<4x3x3x4x!w4>) -> tensor<2x7x6x4x!o>
  %2 = nn.conv2d %x, %g pad [0, 1, 0, 0]
      : (tensor<2x7x6x4x!q>, tensor<4x3x2x2x!w4>) -> tensor<2x6x5x4x!o>
  %3 = nn.conv2d %x, %w, %b strides [3, 3] pad [3, 0, 0, 3]
      : (tensor<2x7x6x4x!q>, tensor<4x3x3x4x!w4>, tensor<4xi32>) -> tensor<2x3x3x4x!o>
  %4 = nn.slice %3 offsets [0, 0, 0, 0] sizes [2, 3, 2, 4] strides [1, 1, 1, 1] : (tensor<2x3x3x4x!o>) -> tensor<2x3x2x4x!o>
  return %0, %1, %2, %4 : tensor<2x4x3x4x!o>, tensor<2x7x6x4x!o>, tensor<2x6x5x4x!o>, tensor<2x3x2x4x!o>
}

func.func @conv_zero_point(%x: tensor<1x5x5x3x!q>, %w: tensor<3x3x3x3x!wz>, %v: tensor<3x1x1x3x!wz>, %i: tensor<3x5x5x3x!wz>, %b: tensor<3xi32>)
    -> (tensor<1x5x5x3x!o>, tensor<1x5x5x3x!o>, tensor<1x1x1x3x!o>) {
  %0 = nn.conv2d %x, %w, %b pad [1, 1, 1, 1]
      : (tensor<1x5x5x3x!q>, tensor<3x3x3x3x!wz>, tensor<3xi32>) -> tensor<1x5x5x3x!o>
  %1 = nn.conv2d %x, %v
      : (tensor<1x5x5x3x!q>, tensor<3x1x1x3x!wz>) -> tensor<1x5x5x3x!o>
  %2 = nn.conv2d %x, %i
      : (tensor<1x5x5x3x!q>, tensor<3x5x5x3x!wz>) -> tensor<1x1x1x3x!o>
  return %0, %1, %2 : tensor<1x5x5x3x!o>, tensor<1x5x5x3x!o>, tensor<1x1x1x3x!o>
}

func.func @depthwise(%x: tensor<2x7x6x5x!q>, %w: tensor<1x3x3x5x!d5>, %b: tensor<5xi32>, %y: tensor<1x5x4x3x!q>, %v: tensor<1x3x2x6x!d6>, %z: tensor<1x3x3x5x!wz>)
    -> (tensor<2x4x3x5x!o>, tensor<2x7x6x5x!o>, tensor<1x5x4x6x!o>, tensor<2x5x4x5x!o>) {
  %0 = nn.depthwise_conv2d %x, %w, %b strides [2, 2] pad [1, 1, 1, 1] act <relu6>
      : (tensor<2x7x6x5x!q>, tensor<1x3x3x5x!d5>, tensor<5xi32>) -> tensor<2x4x3x5x!o>
  %1 = nn.depthwise_conv2d %x, %w dilations [2, 2] pad [2, 2, 2, 2]
      : (tensor<2x7x6x5x!q>, tensor<1x3x3x5x!d5>) -> tensor<2x7x6x5x!o>
  %2 = nn.depthwise_conv2d %y, %v pad [1, 1, 0, 1]
      : (tensor<1x5x4x3x!q>, tensor<1x3x2x6x!d6>) -> tensor<1x5x4x6x!o>
  %3 = nn.depthwise_conv2d %x, %z, %b
      : (tensor<2x7x6x5x!q>, tensor<1x3x3x5x!wz>, tensor<5xi32>) -> tensor<2x5x4x5x!o>
  return %0, %1, %2, %3 : tensor<2x4x3x5x!o>, tensor<2x7x6x5x!o>, tensor<1x5x4x6x!o>, tensor<2x5x4x5x!o>
}

func.func @transposed(%x: tensor<2x3x4x2x!q>, %w: tensor<3x3x3x2x!w3>, %b: tensor<3xi32>, %f: tensor<1x2x2x3xf32>, %v: tensor<2x3x2x3xf32>)
    -> (tensor<2x7x9x3x!o>, tensor<1x4x4x2xf32>) {
  %0 = nn.transpose_conv2d %x, %w, %b strides [2, 2]
      : (tensor<2x3x4x2x!q>, tensor<3x3x3x2x!w3>, tensor<3xi32>) -> tensor<2x7x9x3x!o>
  %1 = nn.transpose_conv2d %f, %v strides [2, 2] pad [1, 0, 0, 0]
      : (tensor<1x2x2x3xf32>, tensor<2x3x2x3xf32>) -> tensor<1x4x4x2xf32>
  return %0, %1 : tensor<2x7x9x3x!o>, tensor<1x4x4x2xf32>
}

func.func @conv_f32(%x: tensor<2x7x6x4xf32>, %w: tensor<6x3x3x2xf32>, %b: tensor<6xf32>, %d: tensor<1x3x3x8xf32>, %v: tensor<3x1x1x4xf32>)
    -> (tensor<2x4x3x6xf32>, tensor<2x7x6x8xf32>, tensor<2x7x6x3xf32>) {
  %0 = nn.conv2d %x, %w, %b strides [2, 2] pad [1, 1, 1, 1] act <relu6>
      : (tensor<2x7x6x4xf32>, tensor<6x3x3x2xf32>, tensor<6xf32>) -> tensor<2x4x3x6xf32>
  %1 = nn.depthwise_conv2d %x, %d dilations [2, 2] pad [2, 2, 2, 2] act <relu>
      : (tensor<2x7x6x4xf32>, tensor<1x3x3x8xf32>) -> tensor<2x7x6x8xf32>
  %2 = nn.conv2d %x, %v
      : (tensor<2x7x6x4xf32>, tensor<3x1x1x4xf32>) -> tensor<2x7x6x3xf32>
  return %0, %1, %2 : tensor<2x4x3x6xf32>, tensor<2x7x6x8xf32>, tensor<2x7x6x3xf32>
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

func.func @matrices(%x: tensor<2x3x7x!q>, %w: tensor<4x7x!w4>, %t: tensor<4x7x!w>, %b: tensor<4xi32>, %a: tensor<2x5x7x!p>, %c: tensor<7x5x!p>)
    -> (tensor<2x3x4x!o>, tensor<2x3x4x!o>, tensor<2x3x5x!o>, tensor<2x3x5x!o>) {
  %0 = nn.fully_connected %x, %w, %b act <relu>
      : (tensor<2x3x7x!q>, tensor<4x7x!w4>, tensor<4xi32>) -> tensor<2x3x4x!o>
  %1 = nn.fully_connected %x, %t
      : (tensor<2x3x7x!q>, tensor<4x7x!w>) -> tensor<2x3x4x!o>
  %2 = nn.batch_matmul %x, %a {transpose_rhs}
      : (tensor<2x3x7x!q>, tensor<2x5x7x!p>) -> tensor<2x3x5x!o>
  %3 = nn.batch_matmul %x, %c
      : (tensor<2x3x7x!q>, tensor<7x5x!p>) -> tensor<2x3x5x!o>
  return %0, %1, %2, %3 : tensor<2x3x4x!o>, tensor<2x3x4x!o>, tensor<2x3x5x!o>, tensor<2x3x5x!o>
}

func.func @matrices_f32(%x: tensor<2x3x7xf32>, %w: tensor<4x7xf32>, %b: tensor<4xf32>, %a: tensor<2x7x3xf32>, %c: tensor<7x5xf32>)
    -> (tensor<2x3x4xf32>, tensor<2x3x5xf32>) {
  %0 = nn.fully_connected %x, %w, %b act <relu>
      : (tensor<2x3x7xf32>, tensor<4x7xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  %1 = nn.batch_matmul %a, %c {transpose_lhs}
      : (tensor<2x7x3xf32>, tensor<7x5xf32>) -> tensor<2x3x5xf32>
  return %0, %1 : tensor<2x3x4xf32>, tensor<2x3x5xf32>
}

#csr = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
#bsr = #sparse_tensor.encoding<{map = (i, j) -> (i floordiv 2 : dense, j floordiv 2 : compressed, i mod 2 : dense, j mod 2 : dense)}>
func.func @sparse(%x: tensor<3x4xf32>, %i: tensor<1x3x3x2xf32>) -> (tensor<3x2xf32>, tensor<1x3x3x2xf32>) {
  %w = nn.sparse_constant positions dense<[0, 2, 3]> : tensor<3xi32>
      coordinates dense<[0, 3, 1]> : tensor<3xi32> values dense<[2.0, -1.5, 3.0]> : tensor<3xf32>
      : tensor<2x4xf32, #csr>
  %0 = nn.sparse_fully_connected %x, %w
      : (tensor<3x4xf32>, tensor<2x4xf32, #csr>) -> tensor<3x2xf32>
  %v = nn.sparse_constant positions dense<[0, 2]> : tensor<2xi32>
      coordinates dense<[1, 3]> : tensor<2xi32>
      values dense<[2.0, 3.0, 0.0, 4.0, -1.0, 0.5, 0.25, 7.0]> : tensor<8xf32>
      : tensor<2x8xf32, #bsr>
  %1 = nn.sparse_conv2d %i, %v kernel [2, 2] pad [1, 0, 0, 1] act <relu>
      : (tensor<1x3x3x2xf32>, tensor<2x8xf32, #bsr>) -> tensor<1x3x3x2xf32>
  return %0, %1 : tensor<3x2xf32>, tensor<1x3x3x2xf32>
}

//===----------------------------------------------------------------------===//
// Pools and reductions
//===----------------------------------------------------------------------===//

func.func @pools(%x: tensor<2x5x6x3x!q>)
    -> (tensor<2x3x3x3x!q>, tensor<2x3x3x3x!q>, tensor<2x3x3x3x!q>, tensor<2x1x1x3x!q>, tensor<2x1x1x3x!q>) {
  %0 = nn.avg_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 0, 1] act <relu> {count_include_pad}
      : (tensor<2x5x6x3x!q>) -> tensor<2x3x3x3x!q>
  %1 = nn.avg_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 0, 1]
      : (tensor<2x5x6x3x!q>) -> tensor<2x3x3x3x!q>
  %2 = nn.max_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 0, 1] act <relu6>
      : (tensor<2x5x6x3x!q>) -> tensor<2x3x3x3x!q>
  %3 = nn.global_avg_pool %x : (tensor<2x5x6x3x!q>) -> tensor<2x1x1x3x!q>
  %4 = nn.global_max_pool %x : (tensor<2x5x6x3x!q>) -> tensor<2x1x1x3x!q>
  return %0, %1, %2, %3, %4 : tensor<2x3x3x3x!q>, tensor<2x3x3x3x!q>, tensor<2x3x3x3x!q>, tensor<2x1x1x3x!q>, tensor<2x1x1x3x!q>
}

func.func @pools_f32(%x: tensor<2x5x6x3xf32>)
    -> (tensor<2x3x3x3xf32>, tensor<2x3x3x3xf32>, tensor<2x3x3x3xf32>) {
  %0 = nn.avg_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 0, 1] act <relu> {count_include_pad}
      : (tensor<2x5x6x3xf32>) -> tensor<2x3x3x3xf32>
  %1 = nn.avg_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 0, 1]
      : (tensor<2x5x6x3xf32>) -> tensor<2x3x3x3xf32>
  %2 = nn.max_pool2d %x kernel [3, 3] strides [2, 2] pad [1, 1, 0, 1]
      : (tensor<2x5x6x3xf32>) -> tensor<2x3x3x3xf32>
  return %0, %1, %2 : tensor<2x3x3x3xf32>, tensor<2x3x3x3xf32>, tensor<2x3x3x3xf32>
}

func.func @reductions(%x: tensor<2x3x4x5x!q>)
    -> (tensor<2x4x!p>, tensor<3x5x!o>, tensor<2x3x4x!q>, tensor<5x!q>) {
  %0 = nn.reduce_mean %x axes [1, 3] : (tensor<2x3x4x5x!q>) -> tensor<2x4x!p>
  %1 = nn.reduce_sum %x axes [0, 2] : (tensor<2x3x4x5x!q>) -> tensor<3x5x!o>
  %2 = nn.reduce_max %x axes [3] : (tensor<2x3x4x5x!q>) -> tensor<2x3x4x!q>
  %3 = nn.reduce_min %x axes [0, 1, 2] : (tensor<2x3x4x5x!q>) -> tensor<5x!q>
  return %0, %1, %2, %3 : tensor<2x4x!p>, tensor<3x5x!o>, tensor<2x3x4x!q>, tensor<5x!q>
}

func.func @reductions_f32(%x: tensor<2x3x4x5xf32>)
    -> (tensor<2x4xf32>, tensor<3x5xf32>, tensor<2x3x4xf32>, tensor<5xf32>, tensor<1x1xf32>) {
  %0 = nn.reduce_mean %x axes [1, 3] : (tensor<2x3x4x5xf32>) -> tensor<2x4xf32>
  %1 = nn.reduce_sum %x axes [0, 2] : (tensor<2x3x4x5xf32>) -> tensor<3x5xf32>
  %2 = nn.reduce_max %x axes [3] : (tensor<2x3x4x5xf32>) -> tensor<2x3x4xf32>
  %3 = nn.reduce_min %x axes [0, 1, 2] : (tensor<2x3x4x5xf32>) -> tensor<5xf32>
  %y = nn.reshape %x : (tensor<2x3x4x5xf32>) -> tensor<1x120xf32>
  %4 = nn.reduce_mean %y axes [1] {keep_dims} : (tensor<1x120xf32>) -> tensor<1x1xf32>
  return %0, %1, %2, %3, %4 : tensor<2x4xf32>, tensor<3x5xf32>, tensor<2x3x4xf32>, tensor<5xf32>, tensor<1x1xf32>
}

!softmax = !quant.uniform<i8:f32, 0.00390625:-128>
!wide = !quant.uniform<i8:f32, 0.7:3>
func.func @normalizations(%x: tensor<5x11x!q>, %v: tensor<3x2x!wide>, %f: tensor<3x7xf32>, %g: tensor<7xf32>, %b: tensor<7xf32>)
    -> (tensor<5x11x!softmax>, tensor<3x2x!softmax>, tensor<3x7xf32>, tensor<3x7xf32>, tensor<3x7xf32>) {
  %0 = nn.softmax %x : (tensor<5x11x!q>) -> tensor<5x11x!softmax>
  %1 = nn.softmax %v {beta = 2.0 : f32} : (tensor<3x2x!wide>) -> tensor<3x2x!softmax>
  %2 = nn.softmax %f {beta = 2.0 : f32} : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %3 = nn.log_softmax %f : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %4 = nn.layer_norm %f, %g, %b {epsilon = 0.001 : f32}
      : (tensor<3x7xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  return %0, %1, %2, %3, %4 : tensor<5x11x!softmax>, tensor<3x2x!softmax>, tensor<3x7xf32>, tensor<3x7xf32>, tensor<3x7xf32>
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

func.func @binary(%a: tensor<2x3x4x!q>, %b: tensor<3x1x!p>, %c: tensor<2x3x4x!p>, %d: tensor<2x3x4x!q>)
    -> (tensor<2x3x4x!o>, tensor<2x3x4x!p>, tensor<2x3x4x!o>, tensor<2x3x4x!q>, tensor<2x3x4x!q>, tensor<2x3x4x!o>) {
  %0 = nn.add %a, %b act <relu> : (tensor<2x3x4x!q>, tensor<3x1x!p>) -> tensor<2x3x4x!o>
  %1 = nn.sub %a, %c : (tensor<2x3x4x!q>, tensor<2x3x4x!p>) -> tensor<2x3x4x!p>
  %2 = nn.mul %a, %b : (tensor<2x3x4x!q>, tensor<3x1x!p>) -> tensor<2x3x4x!o>
  %3 = nn.maximum %a, %d : (tensor<2x3x4x!q>, tensor<2x3x4x!q>) -> tensor<2x3x4x!q>
  %4 = nn.minimum %a, %d : (tensor<2x3x4x!q>, tensor<2x3x4x!q>) -> tensor<2x3x4x!q>
  %5 = nn.div %a, %c : (tensor<2x3x4x!q>, tensor<2x3x4x!p>) -> tensor<2x3x4x!o>
  return %0, %1, %2, %3, %4, %5 : tensor<2x3x4x!o>, tensor<2x3x4x!p>, tensor<2x3x4x!o>, tensor<2x3x4x!q>, tensor<2x3x4x!q>, tensor<2x3x4x!o>
}

func.func @binary_f32(%a: tensor<2x4xf32>, %b: tensor<4xf32>, %s: tensor<1xf32>)
    -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %0 = nn.add %a, %b act <relu> : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %1 = nn.sub %a, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %2 = nn.mul %a, %s : (tensor<2x4xf32>, tensor<1xf32>) -> tensor<2x4xf32>
  %3 = nn.div %a, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %4 = nn.maximum %a, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %5 = nn.minimum %a, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %6 = nn.squared_difference %a, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %7 = nn.abs %a : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %8 = nn.pow %7, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %9 = nn.prelu %a, %b : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %0, %1, %2, %3, %4, %5, %6, %8, %9 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}

func.func @unary(%x: tensor<64x!q>) -> (tensor<64x!p>, tensor<64x!q>) {
  %0 = nn.sigmoid %x : (tensor<64x!q>) -> tensor<64x!p>
  %1 = nn.hard_swish %x : (tensor<64x!q>) -> tensor<64x!q>
  return %0, %1 : tensor<64x!p>, tensor<64x!q>
}

func.func @unary_f32(%x: tensor<33xf32>)
    -> (tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>) {
  %0 = nn.relu %x : (tensor<33xf32>) -> tensor<33xf32>
  %1 = nn.clip %x, -1.0, 0.5 : (tensor<33xf32>) -> tensor<33xf32>
  %2 = nn.leaky_relu %x {alpha = 0.25 : f64} : (tensor<33xf32>) -> tensor<33xf32>
  %3 = nn.hard_swish %x : (tensor<33xf32>) -> tensor<33xf32>
  %4 = nn.sigmoid %x : (tensor<33xf32>) -> tensor<33xf32>
  %5 = nn.tanh %x : (tensor<33xf32>) -> tensor<33xf32>
  %6 = nn.gelu %x : (tensor<33xf32>) -> tensor<33xf32>
  %7 = nn.gelu %x {approximate} : (tensor<33xf32>) -> tensor<33xf32>
  %8 = nn.exp %x : (tensor<33xf32>) -> tensor<33xf32>
  %9 = nn.abs %x : (tensor<33xf32>) -> tensor<33xf32>
  %10 = nn.neg %x : (tensor<33xf32>) -> tensor<33xf32>
  %11 = nn.sqrt %9 : (tensor<33xf32>) -> tensor<33xf32>
  %12 = nn.rsqrt %8 : (tensor<33xf32>) -> tensor<33xf32>
  %13 = nn.log %8 : (tensor<33xf32>) -> tensor<33xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %10, %11, %12, %13
    : tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>, tensor<33xf32>
}

!u = !quant.uniform<u8:f32, 0.0231:145>
!s = !quant.uniform<i16:f32, 0.001>
!i = !quant.uniform<i32:f32, 0.0001>
func.func @conversions(%x: tensor<64xf32>, %q: tensor<64x!q>, %u: tensor<64x!u>, %i: tensor<4xi32>, %h: tensor<4xi64>)
    -> (tensor<64x!q>, tensor<64x!p>, tensor<64xf32>, tensor<64x!u>, tensor<64x!p>, tensor<64x!s>, tensor<64x!q>, tensor<64x!i>, tensor<4xf32>, tensor<64xi32>, tensor<64xf32>, tensor<4xi32>) {
  %0 = nn.quantize %x : (tensor<64xf32>) -> tensor<64x!q>
  %1 = nn.requantize %q : (tensor<64x!q>) -> tensor<64x!p>
  %2 = nn.dequantize %q : (tensor<64x!q>) -> tensor<64xf32>
  %3 = nn.requantize %q : (tensor<64x!q>) -> tensor<64x!u>
  %4 = nn.requantize %u : (tensor<64x!u>) -> tensor<64x!p>
  %5 = nn.quantize %x : (tensor<64xf32>) -> tensor<64x!s>
  %6 = nn.requantize %5 : (tensor<64x!s>) -> tensor<64x!q>
  %7 = nn.requantize %q : (tensor<64x!q>) -> tensor<64x!i>
  %8 = nn.cast %i : (tensor<4xi32>) -> tensor<4xf32>
  %9 = nn.cast %x : (tensor<64xf32>) -> tensor<64xi32>
  %10 = nn.fake_quant %x <bits = 8> range [-1.0] to [1.5] : tensor<64xf32>
  %11 = nn.cast %h : (tensor<4xi64>) -> tensor<4xi32>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11 : tensor<64x!q>, tensor<64x!p>, tensor<64xf32>, tensor<64x!u>, tensor<64x!p>, tensor<64x!s>, tensor<64x!q>, tensor<64x!i>, tensor<4xf32>, tensor<64xi32>, tensor<64xf32>, tensor<4xi32>
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

func.func @movement(%x: tensor<2x3x4x5xf32>, %q: tensor<2x3x!q>, %i: tensor<2x6xi32>, %j: tensor<2x2xi64>)
    -> (tensor<2x4x5x3xf32>, tensor<2x6x4x5xf32>, tensor<2x2x4x5xf32>, tensor<2x2x2x3xf32>, tensor<4x4x!q>, tensor<2x9xi32>, tensor<2x2x2x4x5xf32>) {
  %0 = nn.transpose %x perm [0, 2, 3, 1] : (tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32>
  %1 = nn.concat %x, %x axis 1 : (tensor<2x3x4x5xf32>, tensor<2x3x4x5xf32>) -> tensor<2x6x4x5xf32>
  %2:2 = nn.split %x axis 1 : (tensor<2x3x4x5xf32>) -> (tensor<2x1x4x5xf32>, tensor<2x2x4x5xf32>)
  %3 = nn.slice %x offsets [0, 2, 0, 1] sizes [2, 2, 2, 3] strides [1, -2, 3, 1] : (tensor<2x3x4x5xf32>) -> tensor<2x2x2x3xf32>
  %4 = nn.pad %q low [1, 0] high [1, 1] {value = 1.0 : f64} : (tensor<2x3x!q>) -> tensor<4x4x!q>
  %5 = nn.pad %i low [0, 1] high [0, 2] {value = 7.0 : f64} : (tensor<2x6xi32>) -> tensor<2x9xi32>
  %6 = nn.gather %x, %j {axis = 1 : i64, batch_dims = 0 : i64}
      : (tensor<2x3x4x5xf32>, tensor<2x2xi64>) -> tensor<2x2x2x4x5xf32>
  return %0, %1, %2#1, %3, %4, %5, %6 : tensor<2x4x5x3xf32>, tensor<2x6x4x5xf32>, tensor<2x2x4x5xf32>, tensor<2x2x2x3xf32>, tensor<4x4x!q>, tensor<2x9xi32>, tensor<2x2x2x4x5xf32>
}

func.func @resizes(%x: tensor<2x3x4x2xf32>, %q: tensor<2x3x4x2x!q>)
    -> (tensor<2x5x7x2xf32>, tensor<2x5x7x2xf32>, tensor<2x2x3x2xf32>, tensor<2x5x7x2x!q>, tensor<2x5x7x2x!q>, tensor<2x2x3x2x!q>) {
  %0 = nn.resize_bilinear %x size [5, 7] {half_pixel_centers} : (tensor<2x3x4x2xf32>) -> tensor<2x5x7x2xf32>
  %1 = nn.resize_bilinear %x size [5, 7] {align_corners} : (tensor<2x3x4x2xf32>) -> tensor<2x5x7x2xf32>
  %2 = nn.resize_bilinear %x size [2, 3] : (tensor<2x3x4x2xf32>) -> tensor<2x2x3x2xf32>
  %3 = nn.resize_nearest %q size [5, 7] {half_pixel_centers} : (tensor<2x3x4x2x!q>) -> tensor<2x5x7x2x!q>
  %4 = nn.resize_nearest %q size [5, 7] {align_corners} : (tensor<2x3x4x2x!q>) -> tensor<2x5x7x2x!q>
  %5 = nn.resize_nearest %q size [2, 3] : (tensor<2x3x4x2x!q>) -> tensor<2x2x3x2x!q>
  return %0, %1, %2, %3, %4, %5 : tensor<2x5x7x2xf32>, tensor<2x5x7x2xf32>, tensor<2x2x3x2xf32>, tensor<2x5x7x2x!q>, tensor<2x5x7x2x!q>, tensor<2x2x3x2x!q>
}

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

func.func @recurrent_f32(%x: tensor<2x5x3xf32>, %w: tensor<16x3xf32>, %r: tensor<16x4xf32>, %b: tensor<16xf32>,
                         %gw: tensor<12x3xf32>, %gr: tensor<12x4xf32>, %gb: tensor<12xf32>, %gc: tensor<12xf32>)
    -> (tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) {
  %0 = nn.lstm %x, %w, %r, %b {cell_clip = 0.7 : f32}
      : (tensor<2x5x3xf32>, tensor<16x3xf32>, tensor<16x4xf32>, tensor<16xf32>) -> tensor<2x5x4xf32>
  %1 = nn.lstm %x, %w, %r, %b {time_major}
      : (tensor<2x5x3xf32>, tensor<16x3xf32>, tensor<16x4xf32>, tensor<16xf32>) -> tensor<2x5x4xf32>
  %2 = nn.gru %x, %gw, %gr, %gb, %gc {linear_before_reset}
      : (tensor<2x5x3xf32>, tensor<12x3xf32>, tensor<12x4xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<2x5x4xf32>
  %3 = nn.gru %x, %gw, %gr, %gb, %gc {time_major}
      : (tensor<2x5x3xf32>, tensor<12x3xf32>, tensor<12x4xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<2x5x4xf32>
  return %0, %1, %2, %3 : tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>
}

!h = !quant.uniform<i8:f32, 0.0078125:3>
!lw = !quant.uniform<i8<-127:127>:f32:0, {0.011, 0.011, 0.011, 0.02, 0.02, 0.02, 0.03, 0.03, 0.03, 0.015, 0.015, 0.015}>
func.func @lstm(%x: tensor<2x6x5x!q>, %w: tensor<12x5x!lw>, %r: tensor<12x3x!lw>, %b: tensor<12xi32>)
    -> (tensor<2x6x3x!h>, tensor<2x6x3x!h>, tensor<2x6x3x!h>) {
  %0 = nn.lstm %x, %w, %r, %b {cell_scale = 0.00048828125 : f32}
      : (tensor<2x6x5x!q>, tensor<12x5x!lw>, tensor<12x3x!lw>, tensor<12xi32>) -> tensor<2x6x3x!h>
  %1 = nn.lstm %x, %w, %r, %b {cell_scale = 0.001953125 : f32, cell_clip = 2.5 : f32, time_major}
      : (tensor<2x6x5x!q>, tensor<12x5x!lw>, tensor<12x3x!lw>, tensor<12xi32>) -> tensor<2x6x3x!h>
  %2 = nn.lstm %x, %w, %r, %b {cell_scale = 0.000030517578125 : f32}
      : (tensor<2x6x5x!q>, tensor<12x5x!lw>, tensor<12x3x!lw>, tensor<12xi32>) -> tensor<2x6x3x!h>
  return %0, %1, %2 : tensor<2x6x3x!h>, tensor<2x6x3x!h>, tensor<2x6x3x!h>
}
