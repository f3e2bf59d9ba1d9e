// RUN: rm -rf %t && mkdir %t
// RUN: pare-translate --kernel-to-c --c-name=my-net --c-header=%t/my_net.h %s -o %t/my_net.c
// RUN: FileCheck %s --check-prefix=HEADER --input-file=%t/my_net.h
// RUN: FileCheck %s --check-prefix=SOURCE --input-file=%t/my_net.c

// The same text every time; without --c-header, one file that stands alone.
// RUN: pare-translate --kernel-to-c --c-name=my-net --c-header=%t/again.h %s -o %t/again.c
// RUN: cmp %t/my_net.h %t/again.h && cmp %t/my_net.c %t/again.c
// RUN: pare-translate --kernel-to-c --c-name=my-net %s -o %t/alone.c

// Both compile without a warning, as C and as C++, and an older C++ reads the
// header.
// RUN: %cc -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -c %t/my_net.c -o %t/my_net.o
// RUN: %cc -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -c %t/alone.c -o %t/alone.o
// RUN: %cxx -x c++ -std=c++17 -Wall -Wextra -Wconversion -Werror -fsyntax-only %t/my_net.c
// RUN: %cxx -x c++ -std=c++11 -Wall -Wextra -pedantic -Werror -fsyntax-only -include %t/my_net.h /dev/null

memref.global "private" constant @conv_filter : memref<2x1x1x3xi8> = dense<[[[[1, -2, 3]]], [[[-128, 5, 127]]]]>
memref.global "private" constant @conv_bias : memref<2xi32> = dense<[-2147483648, 70000]>
func.func @main(%x: memref<1x4x4x3xi8> {nn.name = "image", kernel.tensor_type = tensor<1x4x4x3x!quant.uniform<u8:f32, 0.5:128>>},
                %y: memref<1x2xi8> {nn.name = "class/scores:0", kernel.tensor_type = tensor<1x2x!quant.uniform<i8:f32, 0.25:-3>>})
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 192 : i64} {
  %w = memref.get_global @conv_filter : memref<2x1x1x3xi8>
  %b = memref.get_global @conv_bias : memref<2xi32>
  %0 = kernel.buffer at 0 : memref<1x4x4x3xi8> loc("signed")
  %1 = kernel.buffer at 64 : memref<1x4x4x2xi8> loc("block/conv;block/relu")
  kernel.convert requantize %x into %0 {input_zero_point = 128 : i64, unsigned_input, epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<1x4x4x3xi8>, memref<1x4x4x3xi8> loc("signed")
  kernel.contract %0, %w bias %b into %1 {input_zero_point = 1 : i64, epilogue = #kernel.epilogue<zero_point = -3, low = -3.0, high = 127.0, scales = <mode = fixed, multipliers = [1518500250, 1073741824], shifts = [-7, 1]>>} : memref<1x4x4x3xi8>, memref<2x1x1x3xi8>, memref<2xi32>, memref<1x4x4x2xi8> loc("block/conv;block/relu")
  kernel.reduce max %1 into %y {axes = array<i64: 1, 2>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<1x4x4x2xi8>, memref<1x2xi8> loc("tanh")
  return
}

// HEADER:      // my_net.h: a neural network, written by Pare.
// HEADER-NEXT: //
// HEADER-NEXT: // Weights (constant)  14 bytes
// HEADER-NEXT: // Arena (working RAM) 192 bytes
// HEADER-NEXT: // Inputs and outputs  50 bytes
// HEADER-NEXT: // Work of one run     96 MACs in 3 layers
// HEADER-NEXT: //
// HEADER-NEXT: // Layer                  MACs Weights Arena
// HEADER-NEXT: // signed                 0    0       48
// HEADER-NEXT: // block/conv;block/relu  96   14      {{[0-9]+}}
// HEADER-NEXT: // tanh                   0    0       32
// HEADER:      #ifndef MY_NET_H
// HEADER-NEXT: #define MY_NET_H
// HEADER:      extern "C" {
// HEADER:      #define MY_NET_ARENA_BYTES 192
// HEADER-NEXT: #define MY_NET_ARENA_ALIGNMENT 8
// HEADER-NEXT: #define MY_NET_WEIGHT_BYTES 14
// HEADER-NEXT: #define MY_NET_MACS 96
// HEADER:      #define MY_NET_NUM_INPUTS 1
// HEADER-NEXT: #define MY_NET_NUM_OUTPUTS 1
// HEADER:      // image: 1x4x4x3 uint8_t, real = 0.5f * (q - 128)
// HEADER-NEXT: #define MY_NET_INPUT_0_SIZE 48
// HEADER-NEXT: #define MY_NET_INPUT_0_BYTES 48
// HEADER-NEXT: #define MY_NET_INPUT_0_RANK 4
// HEADER-NEXT: #define MY_NET_INPUT_0_SHAPE {1, 4, 4, 3}
// HEADER-NEXT: #define MY_NET_INPUT_0_SCALE 0.5f
// HEADER-NEXT: #define MY_NET_INPUT_0_ZERO_POINT 128
// HEADER:      // class/scores:0: 1x2 int8_t, real = 0.25f * (q + 3)
// HEADER:      #define MY_NET_OUTPUT_0_ZERO_POINT (-3)
// HEADER:      typedef struct my_net_inputs {
// HEADER-NEXT:   const uint8_t *image;
// HEADER-NEXT: } my_net_inputs;
// HEADER:      typedef struct my_net_outputs {
// HEADER-NEXT:   int8_t *class_scores_0;
// HEADER-NEXT: } my_net_outputs;
// HEADER:      int my_net_invoke(const my_net_inputs *in, const my_net_outputs *out,
// HEADER-NEXT:                   void *arena);
// HEADER:      int my_net_invoke_generic(const void *const *inputs, void *const *outputs,
// HEADER-NEXT:                           void *arena);
// HEADER:      #ifndef MY_NET_NO_STATIC_ARENA
// HEADER:      int my_net_run(const my_net_inputs *in, const my_net_outputs *out);

// SOURCE:      #include "my_net.h"
// SOURCE:      static const int8_t conv_filter[6] = {
// SOURCE-NEXT:  1,   -2,    3, -128,    5,  127,
// SOURCE:      static const int32_t conv_bias[2] = {
// SOURCE-NEXT:  INT32_MIN,     70000,

// Names of layers keep clear of the words of C, also in prefixes.
// SOURCE:      // signed: convert
// SOURCE:      LAYER void layer_signed(const int8_t *input, int8_t *output) {
// SOURCE:        output[i0] = (int8_t)clamp_s32((((const uint8_t *)input)[i0] - 128), -128,
// SOURCE:      LAYER void layer_block_conv(const int8_t *input, int8_t *output,
// SOURCE-NEXT:                              int16_t *patches) {
// SOURCE:      LAYER void layer_tanh(const int8_t *input, int8_t *output) {
// SOURCE:          int8_t best = INT8_MIN;
// SOURCE:            best = input[i0 + i1 * 2] > best ? input[i0 + i1 * 2] : best;

// The plan of the arena is checked by whoever compiles it.
// SOURCE:      enum {
// SOURCE-NEXT:   signed_at = 0,
// SOURCE-NEXT:   block_conv_at = 64,
// SOURCE-NEXT:   block_conv_patches_at = 96,
// SOURCE-NEXT: };
// SOURCE:      MY_NET_CHECK(0, signed_at + 48 <= MY_NET_ARENA_BYTES);
// SOURCE:      block_conv_at + 32 <= signed_at || signed_at + 48 <= block_conv_at

// A profiler can look on.
// SOURCE:      #ifdef MY_NET_HOOKS
// SOURCE-NEXT: #include MY_NET_HOOKS
// SOURCE-NEXT: #endif
// SOURCE-NEXT: #ifndef MY_NET_ON_LAYER
// SOURCE-NEXT: #define MY_NET_ON_LAYER(i) ((void)0)
// SOURCE-NEXT: #endif

// SOURCE:      int my_net_invoke(
// SOURCE:        if (!in || !out || !in->image || !out->class_scores_0 || !arena)
// SOURCE-NEXT:     return 1;
// SOURCE-NEXT:   if ((uintptr_t)arena % MY_NET_ARENA_ALIGNMENT != 0)
// SOURCE-NEXT:     return 2;
// SOURCE-NEXT:   uint8_t *const base = (uint8_t *)arena;
// SOURCE-NEXT:   int8_t *const signed_ = (int8_t *)(base + signed_at); // 1x4x4x3
// SOURCE-NEXT:   int8_t *const block_conv = (int8_t *)(base + block_conv_at); // 1x4x4x2
// SOURCE-NEXT:   int16_t *const block_conv_patches = // for one layer
// SOURCE-NEXT:       (int16_t *)(void *)(base + block_conv_patches_at);
// SOURCE-NEXT:   MY_NET_ON_LAYER(0);
// SOURCE-NEXT:   layer_signed((const int8_t *)in->image, signed_);
// SOURCE-NEXT:   MY_NET_ON_LAYER(1);
// SOURCE-NEXT:   layer_block_conv(signed_, block_conv, block_conv_patches);
// SOURCE-NEXT:   MY_NET_ON_LAYER(2);
// SOURCE-NEXT:   layer_tanh(block_conv, out->class_scores_0);
// SOURCE-NEXT:   MY_NET_ON_LAYER(3);
// SOURCE-NEXT:   return 0;
// SOURCE-NEXT: }
// SOURCE:      in.image = (const uint8_t *)inputs[0];
// SOURCE-NEXT: out.class_scores_0 = (int8_t *)outputs[0];
// SOURCE-NEXT: return my_net_invoke(&in, &out, arena);
