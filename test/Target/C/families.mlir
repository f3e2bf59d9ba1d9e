// RUN: pare-translate --kernel-to-c --split-input-file %s | FileCheck %s

// Every family of operations: what the functions of the layers are made of. What
// they compute is tested by running them (test/unit/Target/C).

// A convolution has its geometry, its multipliers and a call of the kernel.
memref.global "private" constant @filter : memref<6x3x3x2xi8> = dense<1>
memref.global "private" constant @bias : memref<6xi32> = dense<2>
func.func @conv(%x: memref<1x8x8x4xi8>, %y: memref<1x4x4x6xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @filter : memref<6x3x3x2xi8>
  %b = memref.get_global @bias : memref<6xi32>
  kernel.contract %x, %w bias %b into %y {strides = array<i64: 2, 2>,
      padding = array<i64: 0, 1, 0, 1>, input_zero_point = -5 : i64,
      epilogue = #kernel.epilogue<zero_point = 3, low = 3.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824, 2, 3, 4, 5, 6], shifts = [-7, -8, -9, -10, -11, 1]>>}
      : memref<1x8x8x4xi8>, memref<6x3x3x2xi8>, memref<6xi32>, memref<1x4x4x6xi8> loc("c1")
  return
}
// CHECK: // c1 1728 132 {{[0-9]+}}
// CHECK-LABEL: // Weights{{$}}
// CHECK: // 6x3x3x2
// CHECK-NEXT: static const int8_t filter_[108] = {
// CHECK: static const int32_t bias_[6] = {
// CHECK-NEXT: 2, 2, 2, 2, 2, 2,
// CHECK: static const int32_t c1_multipliers[6] = {
// CHECK-NEXT: 1073741824, 2, 3, 4, 5, 6,
// CHECK: static const int8_t c1_shifts[6] = {
// CHECK: // c1: contract, 1728 MACs
// CHECK-NEXT: //   input 1x8x8x4 int8_t
// CHECK-NEXT: //   output 1x4x4x6 int8_t
// CHECK-NEXT: //   filter_ 6x3x3x2 int8_t
// CHECK-NEXT: //   bias_ 6 int32_t
// CHECK-NEXT: LAYER void layer_c1(const int8_t *input, int8_t *output, int16_t *patches) {
// CHECK-NEXT:   static const window shape = {
// CHECK-NEXT:       .images = 1,
// CHECK-NEXT:       .in_height = 8, .in_width = 8, .in_channels = 4,
// CHECK-NEXT:       .out_height = 4, .out_width = 4, .out_channels = 6,
// CHECK-NEXT:       .kernel_height = 3, .kernel_width = 3,
// CHECK-NEXT:       .stride_y = 2, .stride_x = 2,
// CHECK-NEXT:       .dilation_y = 1, .dilation_x = 1,
// CHECK-NEXT:       .pad_top = 0, .pad_left = 0,
// CHECK-NEXT:       .groups = 2,
// CHECK-NEXT:   };
// CHECK-NEXT:   static const filter_s8 matrix = {
// CHECK-NEXT:       .weights = filter_,
// CHECK-NEXT:       .size = 18,
// CHECK-NEXT:       .zero_point = 0,
// CHECK-NEXT:       .bias = bias_,
// CHECK-NEXT:       .first = 0, .last = 6,
// CHECK-NEXT:   };
// CHECK-NEXT:   static const requantization result = {
// CHECK-NEXT:       .multipliers = c1_multipliers,
// CHECK-NEXT:       .shifts = c1_shifts,
// CHECK-NEXT:       .channel_step = 1,
// CHECK-NEXT:       .zero_point = 3,
// CHECK-NEXT:       .low = 3, .high = 127,
// CHECK-NEXT:   };
// CHECK-NEXT:   contract_s8(&shape, input, -5, &matrix, &result, patches, output);
// CHECK-NEXT: }

// The room for patches lies above the buffers that are alive, here none.
// CHECK: enum {
// CHECK-NEXT: c1_patches_at = 0,
// CHECK: int16_t *const c1_patches = // for one layer
// CHECK: layer_c1(in->input_0, out->output_0, c1_patches);

// -----

// A window of one pixel makes a matrix product. In mode `float` there is one f32
// factor, the bounds are those before the zero point is added, and compilers are
// told not to fuse.
func.func @dense(%x: memref<2x1x1x5xi8>, %w: memref<3x1x1x5xi8>, %y: memref<2x1x1x3xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  kernel.contract %x, %w into %y {
      epilogue = #kernel.epilogue<zero_point = 3, low = -128.0, high = 127.0,
        scales = <mode = float, factors = [0.1]>>}
      : memref<2x1x1x5xi8>, memref<3x1x1x5xi8>, memref<2x1x1x3xi8>
  return
}
// CHECK: // Rounds products and sums in f32 one by one
// CHECK: #ifdef __FAST_MATH__
// CHECK: #pragma clang fp contract(off)
// CHECK: #pragma GCC optimize("fp-contract=off")
// CHECK: static inline int32_t round_to_even(float x) {
// CHECK-NOT: multiply_fixed
// CHECK: // contract: contract, 30 MACs
// CHECK: LAYER void layer_contract(const int8_t *input, const int8_t *filter,
// CHECK-NEXT:                       int8_t *output, int16_t *patches) {
// CHECK-NEXT:   const filter_s8 matrix = {
// CHECK-NEXT:       .weights = filter,
// CHECK-NEXT:       .size = 5,
// CHECK-NEXT:       .zero_point = 0,
// CHECK-NEXT:       .bias = 0,
// CHECK-NEXT:       .first = 0, .last = 3,
// CHECK-NEXT:   };
// CHECK-NEXT:   static const float factors[1] = {0.1f};
// CHECK-NEXT:   static const requantization result = {
// CHECK-NEXT:       .factors = factors,
// CHECK-NEXT:       .channel_step = 0,
// CHECK-NEXT:       .zero_point = 3,
// CHECK-NEXT:       .low = -131.0f, .high = 124.0f,
// CHECK-NEXT:   };
// CHECK-NEXT:   matmul_s8(2, input, 0, &matrix, &result, patches, output);

// -----

func.func @more_convolutions(%x: memref<1x4x4x3xf32>, %d: memref<1x3x3x6xf32>, %t: memref<2x2x2x3xf32>,
    %p: memref<3xi32>, %c: memref<4xi32>, %v: memref<4xf32>, %a: memref<2x3x4xf32>, %b: memref<1x5x4xf32>,
    %y: memref<1x2x2x6xf32>, %z: memref<1x8x8x2xf32>, %s: memref<1x4x4x2xf32>, %m: memref<2x3x5xf32>)
    attributes {kernel.num_inputs = 8 : i64} {
  kernel.depthwise %x, %d into %y {epilogue = #kernel.epilogue<low = 0.0, high = 6.0>}
      : memref<1x4x4x3xf32>, memref<1x3x3x6xf32>, memref<1x2x2x6xf32>
  kernel.transpose_conv %x, %t into %z {strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<>}
      : memref<1x4x4x3xf32>, memref<2x2x2x3xf32>, memref<1x8x8x2xf32>
  kernel.sparse_contract %x, %p, %c, %v into %s {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x4x4x3xf32>, memref<3xi32>, memref<4xi32>, memref<4xf32>, memref<1x4x4x2xf32>
  kernel.batch_matmul %a, %b into %m {transpose_rhs, epilogue = #kernel.epilogue<>}
      : memref<2x3x4xf32>, memref<1x5x4xf32>, memref<2x3x5xf32>
  return
}
// CHECK: #include <math.h>
// CHECK: depthwise_f32(&shape, input, filter, 0, 0.0f, 6.0f, output);
// CHECK: transpose_conv_f32(&shape, input, filter, 0, -INFINITY, INFINITY, output);
// CHECK: LAYER void layer_sparse_contract(const float *input, float *output,
// CHECK-NEXT:                              const int32_t *positions,
// CHECK-NEXT:                              const int32_t *coordinates,
// CHECK-NEXT:                              const float *values) {
// CHECK-NEXT:   const sparse_filter_f32 filter = {
// CHECK-NEXT:       .positions = positions,
// CHECK-NEXT:       .columns = coordinates,
// CHECK-NEXT:       .values = values,
// CHECK-NEXT:       .block_rows = 1, .block_columns = 1,
// CHECK-NEXT:   };
// CHECK-NEXT:   sparse_matmul_f32(16, 3, 2, input, &filter, 0, 0.0f, INFINITY, output);
// CHECK: static const matrix_steps_f32 lhs_steps = {
// CHECK-NEXT: .batch = 12, .outer = 4, .depth = 1,
// CHECK: static const matrix_steps_f32 rhs_steps = {
// CHECK-NEXT: .batch = 0, .outer = 4, .depth = 1,
// CHECK-NEXT: };
// CHECK-NEXT: batch_matmul_f32(2, 3, 5, 4, lhs, lhs_steps, rhs, rhs_steps, -INFINITY,
// CHECK-NEXT:                  INFINITY, output);

// -----

// Element-wise layers are loops, of no more dimensions than they need.
func.func @elements(%a: memref<2x3x4xi8>, %b: memref<3x1xi8>, %f: memref<6xf32>, %t: memref<256xi8>,
    %s: memref<2x3x4xi8>, %m: memref<2x3x4xi8>, %l: memref<24xi8>, %p: memref<6xf32>, %g: memref<6xf32>, %q: memref<6xi8>, %r: memref<24xf32>)
    attributes {kernel.num_inputs = 4 : i64} {
  kernel.binary add %a, %b into %s {lhs_zero_point = 3 : i64, rhs_zero_point = -4 : i64,
      epilogue = #kernel.epilogue<zero_point = 1, low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824, 1610612736, 1342177280], shifts = [-1, 0, -17]>>}
      : memref<2x3x4xi8>, memref<3x1xi8>, memref<2x3x4xi8>
  kernel.binary mul %a, %a into %m {lhs_zero_point = 3 : i64, rhs_zero_point = 3 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-8]>>}
      : memref<2x3x4xi8>, memref<2x3x4xi8>, memref<2x3x4xi8>
  %v = kernel.reshape %a : memref<2x3x4xi8> to memref<24xi8>
  kernel.table %v, %t into %l : memref<24xi8>, memref<256xi8>, memref<24xi8>
  kernel.binary div %f, %f into %p {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<6xf32>, memref<6xf32>, memref<6xf32>
  kernel.unary leaky_relu %f into %g {alpha = 0.25 : f64, epilogue = #kernel.epilogue<>} : memref<6xf32>, memref<6xf32>
  kernel.convert quantize %f into %q {scale = 0.5 : f32, epilogue = #kernel.epilogue<zero_point = 3, low = -128.0, high = 127.0>}
      : memref<6xf32>, memref<6xi8>
  kernel.convert dequantize %v into %r {scale = 0.5 : f32, input_zero_point = -7 : i64, epilogue = #kernel.epilogue<>}
      : memref<24xi8>, memref<24xf32>
  return
}
// CHECK: LAYER void layer_binary(const int8_t *lhs, const int8_t *rhs, int8_t *output) {
// CHECK-NEXT: static const addition sum = {
// CHECK-NEXT:     .left_shift = 20,
// CHECK-NEXT:     .lhs_zero_point = 3, .rhs_zero_point = -4,
// CHECK-NEXT:     .lhs_multiplier = 1073741824, .lhs_shift = -1,
// CHECK-NEXT:     .rhs_multiplier = 1610612736, .rhs_shift = 0,
// CHECK-NEXT:     .multiplier = 1342177280, .shift = -17,
// CHECK-NEXT:     .zero_point = 1,
// CHECK-NEXT:     .low = -128, .high = 127,
// CHECK-NEXT: };
// CHECK-NEXT: for (int32_t i0 = 0; i0 < 2; ++i0) {
// CHECK-NEXT:   for (int32_t i1 = 0; i1 < 3; ++i1) {
// CHECK-NEXT:     for (int32_t i2 = 0; i2 < 4; ++i2) {
// CHECK-NEXT:       output[i0 * 12 + i1 * 4 + i2] = (int8_t)add_quantized(&sum,
// CHECK-NEXT:           lhs[i0 * 12 + i1 * 4 + i2], rhs[i1]);
// CHECK: LAYER void layer_binary_2(const int8_t *lhs, int8_t *output) {
// CHECK: for (int32_t i0 = 0; i0 < 24; ++i0) {
// CHECK-NEXT: output[i0] = (int8_t)requantize(&result, (lhs[i0] - 3) * (lhs[i0] - 3), 0);
// CHECK: output[i0] = table[input[i0] + 128];
// CHECK: output[i0] = clamp_f32(lhs[i0] / lhs[i0], 0.0f, INFINITY);
// CHECK: output[i0] = leaky_relu(input[i0], 0.25f);
// CHECK: output[i0] = (int8_t)(quantize_f32(input[i0], 0.5f, -131, 124) + 3);
// CHECK: output[i0] = 0.5f * (float)(input[i0] + 7);

// -----

func.func @reductions(%x: memref<1x5x6x3xi8>, %e: memref<256xi32>, %f: memref<2x3x4xf32>, %g: memref<4xf32>,
    %a: memref<1x3x3x3xi8>, %m: memref<1x6xi8>, %s: memref<1x90xi8>, %n: memref<2x4xf32>, %l: memref<2x3x4xf32>)
    attributes {kernel.num_inputs = 4 : i64} {
  kernel.pool average %x into %a {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 0, 1>,
      epilogue = #kernel.epilogue<zero_point = 2, low = -128.0, high = 100.0>} : memref<1x5x6x3xi8>, memref<1x3x3x3xi8>
  kernel.reduce mean %x into %m {axes = array<i64: 1, 3>, input_zero_point = 2 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-3]>>}
      : memref<1x5x6x3xi8>, memref<1x6xi8>
  %v = kernel.reshape %x : memref<1x5x6x3xi8> to memref<1x90xi8>
  kernel.softmax %v table %e into %s : memref<1x90xi8>, memref<256xi32>, memref<1x90xi8>
  kernel.reduce mean %f into %n {axes = array<i64: 1>, epilogue = #kernel.epilogue<>} : memref<2x3x4xf32>, memref<2x4xf32>
  kernel.layer_norm %f, %g, %g into %l {epsilon = 0.5 : f32} : memref<2x3x4xf32>, memref<4xf32>, memref<4xf32>, memref<2x3x4xf32>
  return
}
// CHECK: average_pool_s8(&shape, input, 0, 2, -128, 100, output);
// CHECK: for (int32_t i0 = 0; i0 < 6; ++i0) {
// CHECK-NEXT:   uint32_t sum = 0;
// CHECK-NEXT:   for (int32_t i1 = 0; i1 < 5; ++i1) {
// CHECK-NEXT:     for (int32_t i2 = 0; i2 < 3; ++i2) {
// CHECK-NEXT:       sum += (uint32_t)(input[i0 * 3 + i1 * 18 + i2] - 2);
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   output[i0] = (int8_t)requantize(&result, (int32_t)sum, 0);
// CHECK-NEXT: }
// CHECK: softmax_s8(1, 90, input, table, output);
// CHECK: float sum = 0.0f;
// CHECK: sum += input[i0 * 12 + i1 + i2 * 4];
// CHECK: output[i0 * 4 + i1] = sum / 3.0f;
// CHECK: layer_norm_f32(6, 4, input, gamma, gamma, 0.5f, output);

// -----

// Operations of one layer stay in one function.
func.func @movement(%x: memref<2x3xf32>, %i: memref<1x5xi32>, %t: memref<1x1x10x8xf32>, %q: memref<1x2x2x3xi8>,
    %y: memref<4x3xf32>, %g: memref<1x1x5x8xf32>, %z: memref<3x2xf32>, %r: memref<1x4x4x3xi8>)
    attributes {kernel.num_inputs = 4 : i64} {
  kernel.fill %y with 0.5 : f32 : memref<4x3xf32> loc("pad")
  kernel.copy %x into %y sizes [2, 3] from 0 by [3, 1] to 3 by [3, 1] : memref<2x3xf32>, memref<4x3xf32> loc("pad")
  kernel.copy %x into %z sizes [3, 2] from 5 by [-1, -3] to 0 by [2, 1] : memref<2x3xf32>, memref<3x2xf32> loc("flip")
  kernel.gather %t, %i into %g : memref<1x1x10x8xf32>, memref<1x5xi32>, memref<1x1x5x8xf32> loc("embed")
  kernel.resize %q into %r {half_pixel_centers} : memref<1x2x2x3xi8>, memref<1x4x4x3xi8> loc("up")
  return
}
// CHECK: #include <string.h>
// CHECK: // pad: fill, copy
// CHECK: LAYER void layer_pad(float *output, const float *input) {
// CHECK-NEXT:   for (int32_t i0 = 0; i0 < 12; ++i0) {
// CHECK-NEXT:     output[i0] = 0.5f;
// CHECK-NEXT:   }
// CHECK-NEXT:   memcpy(&output[3], input, 6 * sizeof(float));
// CHECK-NEXT: }
// CHECK: output[i0 * 2 + i1] = input[5 - i0 - i1 * 3];
// CHECK: memcpy(&output[i0 * 8], &table[clamp_index(indices[i0], 10) * 8],
// CHECK-NEXT: 8 * sizeof(float));
// CHECK: const int32_t y = i0 * 2 + nearest_row(i1, 2, 4, 0, 1);
// CHECK-NEXT: const int32_t x = nearest_row(i2, 2, 4, 0, 1);
// CHECK-NEXT: memcpy(&output[i0 * 48 + i1 * 12 + i2 * 3], &input[(y * 2 + x) * 3], 3);

// -----

func.func @recurrent(%x: memref<2x5x1xi8>, %w: memref<4x1xi8>, %b: memref<4xi32>,
    %f: memref<2x5x3xf32>, %gw: memref<12x3xf32>, %gr: memref<12x4xf32>, %gb: memref<12xf32>,
    %y: memref<2x5x1xi8>, %z: memref<2x5x4xf32>)
    attributes {kernel.num_inputs = 7 : i64, kernel.arena_bytes = 256 : i64} {
  %s = kernel.buffer at 0 : memref<20xi8> loc("cells")
  %t = kernel.buffer at 64 : memref<28xf32> loc("state")
  kernel.lstm %x, %w, %w, %b scratch %s into %y {cell_scale_log2 = -11 : i64, input_zero_point = 3 : i64, hidden_zero_point = -1 : i64,
      scales = #nn.scales<mode = fixed, multipliers = [1, 2, 3, 4, 5, 6, 7, 8, 9], shifts = [-1, -2, -3, -4, -5, -6, -7, -8, -9]>}
      : memref<2x5x1xi8>, memref<4x1xi8>, memref<4x1xi8>, memref<4xi32>, memref<20xi8>, memref<2x5x1xi8>
  kernel.gru %f, %gw, %gr, %gb, %gb scratch %t into %z {time_major}
      : memref<2x5x3xf32>, memref<12x3xf32>, memref<12x4xf32>, memref<12xf32>, memref<12xf32>, memref<28xf32>, memref<2x5x4xf32>
  return
}
// CHECK: static const uint16_t sigmoid_table[256] = {
// CHECK: static const lstm parameters = {
// CHECK-NEXT: .batches = 2, .steps = 5,
// CHECK-NEXT: .inputs = 1, .units = 1,
// CHECK-NEXT: .batch_step = 5, .time_step = 1,
// CHECK-NEXT: .input_zero_point = 3,
// CHECK-NEXT: .hidden_zero_point = -1,
// CHECK-NEXT: .input_multipliers = {1, 2, 3, 4},
// CHECK-NEXT: .input_shifts = {-1, -2, -3, -4},
// CHECK-NEXT: .hidden_multipliers = {5, 6, 7, 8},
// CHECK-NEXT: .hidden_shifts = {-5, -6, -7, -8},
// CHECK-NEXT: .multiplier = 9, .shift = -9,
// CHECK-NEXT: .cell_exponent = -11,
// CHECK-NEXT: .cell_low = -32768, .cell_high = 32767,
// CHECK-NEXT: .sigmoid_table = sigmoid_table,
// CHECK: lstm_s8(&parameters, input, weights, weights, bias,{{[[:space:]]*}}({{int16_t|float}} *)(void *)scratch, output);
// CHECK: .batch_step = 1, .time_step = 5,
// CHECK: gru_f32(&shape, input, weights, recurrent, bias, bias, 0, scratch, output);
// CHECK: int8_t *const cells = (int8_t *)(base + cells_at); // 20
// CHECK-NEXT: float *const state = (float *)(void *)(base + state_at); // 28
