// RUN: pare-opt %s | pare-opt | FileCheck %s
// RUN: pare-opt %s -emit-bytecode | pare-opt | FileCheck %s

// Every operation of kernel parses, prints itself, and survives text and
// bytecode.

!image = memref<1x4x4x3xf32>

// CHECK-LABEL: func @buffers
// CHECK-SAME: attributes {kernel.arena_bytes = 256 : i64, kernel.num_inputs = 1 : i64}
func.func @buffers(%x: !image {kernel.tensor_type = tensor<1x4x4x3xf32>}) attributes {
    kernel.arena_bytes = 256 : i64, kernel.num_inputs = 1 : i64} {
  // CHECK: kernel.buffer : memref<48xf32>
  %0 = kernel.buffer : memref<48xf32>
  // CHECK: kernel.buffer at 64 : memref<48xf32>
  %1 = kernel.buffer at 64 : memref<48xf32>
  // CHECK: kernel.reshape %{{.*}} : memref<48xf32> to memref<1x4x4x3xf32>
  %2 = kernel.reshape %0 : memref<48xf32> to !image
  return
}

// CHECK-LABEL: func @contractions
func.func @contractions(%x: !image, %w: memref<2x3x3x3xf32>, %b: memref<2xf32>, %y: memref<1x2x2x2xf32>,
                        %d: memref<1x3x3x3xf32>, %dy: memref<1x4x4x3xf32>, %t: memref<1x8x8x2xf32>, %tw: memref<2x2x2x3xf32>,
                        %p: memref<3xi32>, %c: memref<2xi32>, %v: memref<2xf32>, %sy: memref<1x4x4x2xf32>,
                        %m: memref<1x4x12xf32>, %mm: memref<1x4x4xf32>) {
  // CHECK: kernel.contract %{{.*}}, %{{.*}} bias %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<low = 0.000000e+00, high = 6.000000e+00>}
  kernel.contract %x, %w bias %b into %y {epilogue = #kernel.epilogue<low = 0.0, high = 6.0>}
      : !image, memref<2x3x3x3xf32>, memref<2xf32>, memref<1x2x2x2xf32>
  // CHECK: kernel.depthwise %{{.*}}, %{{.*}} into %{{.*}} {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
  kernel.depthwise %x, %d into %dy {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : !image, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
  // CHECK: kernel.transpose_conv
  kernel.transpose_conv %x, %tw into %t {epilogue = #kernel.epilogue<>, strides = array<i64: 2, 2>}
      : !image, memref<2x2x2x3xf32>, memref<1x8x8x2xf32>
  // CHECK: kernel.sparse_contract {{.*}} kernel_size = array<i64: 1, 1>
  kernel.sparse_contract %x, %p, %c, %v into %sy {epilogue = #kernel.epilogue<>, kernel_size = array<i64: 1, 1>}
      : !image, memref<3xi32>, memref<2xi32>, memref<2xf32>, memref<1x4x4x2xf32>
  // CHECK: kernel.batch_matmul {{.*}} transpose_rhs
  kernel.batch_matmul %m, %m into %mm {epilogue = #kernel.epilogue<>, transpose_rhs}
      : memref<1x4x12xf32>, memref<1x4x12xf32>, memref<1x4x4xf32>
  return
}

// CHECK-LABEL: func @integers
func.func @integers(%x: memref<1x4x4x3xi8>, %w: memref<2x1x1x3xi8>, %b: memref<2xi32>, %y: memref<1x4x4x2xi8>,
                    %table: memref<256xi8>, %exps: memref<256xi32>) {
  // CHECK: #kernel.epilogue<zero_point = -3, low = -1.280000e+02, high = 1.270000e+02, scales = <mode = fixed, multipliers = [1073741824, 1073741824], shifts = [-1, -2]>>
  kernel.contract %x, %w bias %b into %y {input_zero_point = 5 : i64,
      epilogue = #kernel.epilogue<zero_point = -3, low = -128.0, high = 127.0,
          scales = <mode = fixed, multipliers = [1073741824, 1073741824], shifts = [-1, -2]>>}
      : memref<1x4x4x3xi8>, memref<2x1x1x3xi8>, memref<2xi32>, memref<1x4x4x2xi8>
  // CHECK: kernel.binary add %{{.*}}, %{{.*}} into
  kernel.binary add %y, %y into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [1.0, 1.0]>>}
      : memref<1x4x4x2xi8>, memref<1x4x4x2xi8>, memref<1x4x4x2xi8>
  // CHECK: kernel.table
  kernel.table %y, %table into %y : memref<1x4x4x2xi8>, memref<256xi8>, memref<1x4x4x2xi8>
  // CHECK: kernel.softmax %{{.*}} table %{{.*}} into
  kernel.softmax %y table %exps into %y : memref<1x4x4x2xi8>, memref<256xi32>, memref<1x4x4x2xi8>
  return
}

// CHECK-LABEL: func @elements
func.func @elements(%x: !image, %p: memref<1x2x2x3xf32>, %q: memref<1x4x4x3xi8>, %r: memref<3xf32>,
                    %g: memref<3xf32>, %big: memref<1x8x8x3xf32>,
                    %table: memref<1x2x5x3xf32>, %i: memref<1x4xi32>, %picked: memref<1x2x4x3xf32>) {
  // CHECK: kernel.pool max
  kernel.pool max %x into %p {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<>} : !image, memref<1x2x2x3xf32>
  // CHECK: kernel.unary leaky_relu {{.*}}{alpha = 1.000000e-01
  kernel.unary leaky_relu %x into %x {alpha = 0.1 : f64, epilogue = #kernel.epilogue<>} : !image, !image
  // CHECK: kernel.convert quantize
  kernel.convert quantize %x into %q {scale = 0.5 : f32, epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : !image, memref<1x4x4x3xi8>
  // CHECK: kernel.reduce mean
  kernel.reduce mean %x into %r {axes = array<i64: 0, 1, 2>, epilogue = #kernel.epilogue<>} : !image, memref<3xf32>
  // CHECK: kernel.softmax %{{.*}} into %{{.*}} {log}
  kernel.softmax %x into %x {log} : !image, !image
  // CHECK: kernel.layer_norm
  kernel.layer_norm %x, %g, %g into %x {epsilon = 1.0e-3 : f32} : !image, memref<3xf32>, memref<3xf32>, !image
  // CHECK: kernel.copy %{{.*}} into %{{.*}} sizes [2, 3] from 3 by [12, 1] to 0 by [3, 1]
  kernel.copy %x into %p sizes [2, 3] from 3 by [12, 1] to 0 by [3, 1] : !image, memref<1x2x2x3xf32>
  // CHECK: kernel.fill %{{.*}} with 1.000000e+00 : f32
  kernel.fill %x with 1.0 : f32 : !image
  // CHECK: kernel.gather
  kernel.gather %table, %i into %picked : memref<1x2x5x3xf32>, memref<1x4xi32>, memref<1x2x4x3xf32>
  // CHECK: kernel.resize {{.*}} {bilinear, half_pixel_centers}
  kernel.resize %x into %big {bilinear, half_pixel_centers} : !image, memref<1x8x8x3xf32>
  return
}

// CHECK-LABEL: func @recurrent
func.func @recurrent(%x: memref<1x5x3xf32>, %w: memref<8x3xf32>, %r: memref<8x2xf32>, %b: memref<8xf32>,
                     %gw: memref<6x3xf32>, %gr: memref<6x2xf32>, %gb: memref<6xf32>, %s: memref<64xi8>, %y: memref<1x5x2xf32>) {
  // CHECK: kernel.lstm {{.*}} scratch %{{.*}} into
  kernel.lstm %x, %w, %r, %b scratch %s into %y : memref<1x5x3xf32>, memref<8x3xf32>, memref<8x2xf32>, memref<8xf32>, memref<64xi8>, memref<1x5x2xf32>
  // CHECK: kernel.gru {{.*}} scratch %{{.*}} into
  kernel.gru %x, %gw, %gr, %gb, %gb scratch %s into %y : memref<1x5x3xf32>, memref<6x3xf32>, memref<6x2xf32>, memref<6xf32>, memref<6xf32>, memref<64xi8>, memref<1x5x2xf32>
  return
}
