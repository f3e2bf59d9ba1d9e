// RUN: pare-opt %s | pare-opt | FileCheck %s

// Every operation prints as it is read; attributes at their defaults are left
// out.

memref.global "private" constant @w : memref<4x1x1x3xf32> = dense<1.0> {alignment = 64 : i64}

// CHECK-LABEL: func.func @arena(
// CHECK-SAME: {kernel.tensor_type = tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-01>>}
// CHECK-SAME: attributes {kernel.arena_bytes = 1024 : i64, kernel.num_inputs = 1 : i64}
func.func @arena(%x: memref<1x4x4x3xi8> {kernel.tensor_type = tensor<1x4x4x3x!quant.uniform<i8:f32, 0.5>>})
    attributes {kernel.arena_bytes = 1024, kernel.num_inputs = 1} {
  // CHECK: kernel.buffer : memref<1x4x4x3xi8>
  %0 = kernel.buffer : memref<1x4x4x3xi8>
  // CHECK: kernel.buffer at 64 : memref<4xf32>
  %1 = kernel.buffer at 64 : memref<4xf32>
  // CHECK: kernel.reshape %{{.*}} : memref<1x4x4x3xi8> to memref<48xi8>
  %2 = kernel.reshape %0 : memref<1x4x4x3xi8> to memref<48xi8>
  // CHECK: kernel.subview %{{.*}} from 24 : memref<1x4x4x3xi8> to memref<1x2x4x3xi8>
  %rows = kernel.subview %0 from 24 : memref<1x4x4x3xi8> to memref<1x2x4x3xi8>
  return
}

// CHECK-LABEL: func.func @contractions(
func.func @contractions(%x: memref<1x4x4x3xf32>, %b: memref<4xf32>, %y: memref<1x2x2x4xf32>,
                        %q: memref<1x4x4x3xi8>, %f: memref<1x3x3x3xi8>, %c: memref<3xi32>, %r: memref<1x2x2x3xi8>) {
  %w = memref.get_global @w : memref<4x1x1x3xf32>
  // CHECK: kernel.contract %{{.*}}, %{{.*}} bias %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<low = 0.000000e+00, high = 6.000000e+00>, strides = array<i64: 2, 2>} : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<4xf32>, memref<1x2x2x4xf32>
  kernel.contract %x, %w bias %b into %y {strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<low = 0.0, high = 6.0>}
      : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<4xf32>, memref<1x2x2x4xf32>
  // CHECK: kernel.depthwise %{{.*}}, %{{.*}} bias %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<zero_point = -3, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = float, factors = [5.000000e-01, 2.500000e-01, 1.250000e-01]>>, input_zero_point = 5 : i64}
  kernel.depthwise %q, %f bias %c into %r {input_zero_point = 5,
      epilogue = #kernel.epilogue<zero_point = -3, low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5, 0.25, 0.125]>>}
      : memref<1x4x4x3xi8>, memref<1x3x3x3xi8>, memref<3xi32>, memref<1x2x2x3xi8>
  return
}

// CHECK-LABEL: func.func @residual(
func.func @residual(%x: memref<1x4x4x3xf32>, %b: memref<4xf32>, %r: memref<1x4x4x4xf32>, %y: memref<1x4x4x4xf32>) {
  %w = memref.get_global @w : memref<4x1x1x3xf32>
  // CHECK: kernel.contract %{{.*}}, %{{.*}} bias %{{.*}} residual %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<low = 0.000000e+00>} : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<4xf32>, memref<1x4x4x4xf32>, memref<1x4x4x4xf32>
  kernel.contract %x, %w bias %b residual %r into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<4xf32>, memref<1x4x4x4xf32>, memref<1x4x4x4xf32>
  // CHECK: kernel.contract %{{.*}}, %{{.*}} residual %{{.*}} into %{{.*}} {
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<1x4x4x4xf32>, memref<1x4x4x4xf32>
  return
}

// CHECK-LABEL: func.func @timestamp(
func.func @timestamp(%t: memref<4xi64>) {
  // CHECK: kernel.timestamp into %{{.*}} at 3 : memref<4xi64>
  kernel.timestamp into %t at 3 : memref<4xi64>
  return
}

// CHECK-LABEL: func.func @more_contractions(
func.func @more_contractions(%x: memref<1x2x2x3xf32>, %w: memref<5x2x2x3xf32>, %y: memref<1x4x4x5xf32>,
                             %p: memref<3xi32>, %i: memref<1xi32>, %v: memref<2xf32>, %z: memref<1x2x2x4xf32>, %u: memref<1x2x2x4xf32>,
                             %a: memref<2x3x4xf32>, %b: memref<1x5x4xf32>, %c: memref<2x3x5xf32>) {
  // CHECK: kernel.transpose_conv %{{.*}}, %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<>, strides = array<i64: 2, 2>}
  kernel.transpose_conv %x, %w into %y {strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<5x2x2x3xf32>, memref<1x4x4x5xf32>
  // CHECK: kernel.sparse_contract %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} into %{{.*}} {block = array<i64: 2, 1>, epilogue = #kernel.epilogue<>, kernel_size = array<i64: 1, 1>}
  kernel.sparse_contract %x, %p, %i, %v into %z {kernel_size = array<i64: 1, 1>, block = array<i64: 2, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x2x2x3xf32>, memref<3xi32>, memref<1xi32>, memref<2xf32>, memref<1x2x2x4xf32>
  // CHECK: kernel.sparse_contract {{.*}} residual %{{.*}} into %{{.*}} {block = array<i64: 2, 1>, epilogue = #kernel.epilogue<>, kernel_size = array<i64: 1, 1>, residual_epilogue = #kernel.epilogue<low = 0.000000e+00>}
  kernel.sparse_contract %x, %p, %i, %v residual %u into %z {kernel_size = array<i64: 1, 1>, block = array<i64: 2, 1>,
      epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x2x2x3xf32>, memref<3xi32>, memref<1xi32>, memref<2xf32>, memref<1x2x2x4xf32>, memref<1x2x2x4xf32>
  // CHECK: kernel.batch_matmul %{{.*}}, %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<>, transpose_rhs}
  kernel.batch_matmul %a, %b into %c {transpose_rhs, epilogue = #kernel.epilogue<>}
      : memref<2x3x4xf32>, memref<1x5x4xf32>, memref<2x3x5xf32>
  return
}

// CHECK-LABEL: func.func @elements(
func.func @elements(%x: memref<1x4x4x3xf32>, %p: memref<1x2x2x3xf32>, %y: memref<1x4x4x3xf32>,
                    %q: memref<4xi8>, %t: memref<256xi8>, %r: memref<4xi8>, %f: memref<4xf32>) {
  // CHECK: kernel.pool average %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<>, kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
  kernel.pool average %x into %p {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<>}
      : memref<1x4x4x3xf32>, memref<1x2x2x3xf32>
  // CHECK: kernel.binary sub %{{.*}}, %{{.*}} into
  kernel.binary sub %x, %x into %y {epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<1x4x4x3xf32>, memref<1x4x4x3xf32>
  // CHECK: kernel.unary leaky_relu %{{.*}} into %{{.*}} {alpha = 5.000000e-01 : f64
  kernel.unary leaky_relu %x into %y {alpha = 0.5, epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<1x4x4x3xf32>
  // CHECK: kernel.table %{{.*}}, %{{.*}} into
  kernel.table %q, %t into %r : memref<4xi8>, memref<256xi8>, memref<4xi8>
  // CHECK: kernel.convert dequantize %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<>, input_zero_point = 3 : i64, scale = 5.000000e-01 : f32}
  kernel.convert dequantize %q into %f {scale = 0.5 : f32, input_zero_point = 3, epilogue = #kernel.epilogue<>} : memref<4xi8>, memref<4xf32>
  return
}

// CHECK-LABEL: func.func @rows(
func.func @rows(%x: memref<2x3xf32>, %y: memref<2xf32>, %g: memref<3xf32>, %z: memref<2x3xf32>,
                %q: memref<2x3xi8>, %t: memref<256xi32>, %r: memref<2x3xi8>) {
  // CHECK: kernel.reduce max %{{.*}} into %{{.*}} {axes = array<i64: 1>
  kernel.reduce max %x into %y {axes = array<i64: 1>, epilogue = #kernel.epilogue<>} : memref<2x3xf32>, memref<2xf32>
  // CHECK: kernel.softmax %{{.*}} into %{{.*}} {log}
  kernel.softmax %x into %z {log} : memref<2x3xf32>, memref<2x3xf32>
  // CHECK: kernel.softmax %{{.*}} table %{{.*}} into
  kernel.softmax %q table %t into %r : memref<2x3xi8>, memref<256xi32>, memref<2x3xi8>
  // CHECK: kernel.layer_norm %{{.*}}, %{{.*}}, %{{.*}} into %{{.*}} {epsilon = 1.000000e-03 : f32}
  kernel.layer_norm %x, %g, %g into %z {epsilon = 1.0e-3 : f32} : memref<2x3xf32>, memref<3xf32>, memref<3xf32>, memref<2x3xf32>
  return
}

// CHECK-LABEL: func.func @movement(
func.func @movement(%x: memref<2x3xf32>, %y: memref<3x2xf32>, %t: memref<1x1x9x4xi8>, %i: memref<1x2xi32>, %g: memref<1x1x2x4xi8>,
                    %p: memref<1x2x2x3xf32>, %s: memref<1x4x4x3xf32>) {
  // CHECK: kernel.copy %{{.*}} into %{{.*}} sizes [3, 2] from 0 by [1, 3] to 0 by [2, 1]
  kernel.copy %x into %y sizes [3, 2] from 0 by [1, 3] to 0 by [2, 1] : memref<2x3xf32>, memref<3x2xf32>
  // CHECK: kernel.fill %{{.*}} with 1.000000e+00 : f32
  kernel.fill %y with 1.0 : f32 : memref<3x2xf32>
  // CHECK: kernel.gather %{{.*}}, %{{.*}} into
  kernel.gather %t, %i into %g : memref<1x1x9x4xi8>, memref<1x2xi32>, memref<1x1x2x4xi8>
  // CHECK: kernel.resize %{{.*}} into %{{.*}} {align_corners, bilinear}
  kernel.resize %p into %s {bilinear, align_corners} : memref<1x2x2x3xf32>, memref<1x4x4x3xf32>
  return
}

// CHECK-LABEL: func.func @recurrent(
func.func @recurrent(%x: memref<1x2x3xf32>, %w: memref<16x3xf32>, %r: memref<16x4xf32>, %b: memref<16xf32>, %s: memref<28xf32>, %y: memref<1x2x4xf32>,
                     %v: memref<12x3xf32>, %u: memref<12x4xf32>, %c: memref<12xf32>) {
  // CHECK: kernel.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} scratch %{{.*}} into %{{.*}} {time_major}
  kernel.lstm %x, %w, %r, %b scratch %s into %y {time_major}
      : memref<1x2x3xf32>, memref<16x3xf32>, memref<16x4xf32>, memref<16xf32>, memref<28xf32>, memref<1x2x4xf32>
  // CHECK: kernel.gru %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} scratch %{{.*}} into
  kernel.gru %x, %v, %u, %c, %c scratch %s into %y
      : memref<1x2x3xf32>, memref<12x3xf32>, memref<12x4xf32>, memref<12xf32>, memref<12xf32>, memref<28xf32>, memref<1x2x4xf32>
  return
}

memref.global "private" constant @taps : memref<1x3x3x3xf32> = dense<1.0>

// CHECK-LABEL: func.func @stripes(
func.func @stripes(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x4xf32>) {
  // CHECK: kernel.stripes %{{.*}} into %{{.*}} : memref<1x4x4x3xf32> into memref<1x4x4x4xf32> {
  // CHECK-NEXT: ^bb0(%{{.*}}: memref<1x4x4x3xf32>, %{{.*}}: memref<1x4x4x4xf32>):
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x4xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x4xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
    %t = memref.get_global @taps : memref<1x3x3x3xf32>
    kernel.depthwise %a, %t into %0 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
    %w = memref.get_global @w : memref<4x1x1x3xf32>
    kernel.contract %0, %w into %b {kernel.stripe_rows = 2 : i64, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<4x1x1x3xf32>, memref<1x4x4x4xf32>
  }
  return
}
