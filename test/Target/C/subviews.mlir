// RUN: pare-translate --kernel-to-c --c-name=parts %s -o %t.c
// RUN: FileCheck %s --input-file=%t.c
// RUN: %cc -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -c %t.c -o %t.o

// Parts of buffers, of inputs and of outputs are pointers with an offset; a part
// of a part has both. What is checked of a copy is what it touches, since its
// buffers may be one.
// CHECK: joined_at + 8 + 8 <= joined_at || joined_at + 8 <= joined_at + 8)
// CHECK: layer_first(in->x + 2, joined)
// CHECK: layer_second(joined, joined)
// CHECK: layer_third(joined, out->y + 1 + 3)
func.func @main(%x: memref<4x4xi8> {nn.name = "x", kernel.tensor_type = tensor<4x4x!quant.uniform<i8:f32, 0.5>>},
                %y: memref<24xi8> {nn.name = "y", kernel.tensor_type = tensor<24x!quant.uniform<i8:f32, 0.5>>})
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 64 : i64} {
  %0 = kernel.buffer at 0 : memref<16xi8> loc("joined")
  %a = kernel.subview %x from 2 : memref<4x4xi8> to memref<2x4xi8>
  %b = kernel.subview %0 from 0 : memref<16xi8> to memref<2x4xi8>
  kernel.convert requantize %a into %b {epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<2x4xi8>, memref<2x4xi8> loc("first")
  kernel.copy %b into %0 sizes [8] from 0 by [1] to 8 by [1] : memref<2x4xi8>, memref<16xi8> loc("second")
  %rows = kernel.subview %y from 1 : memref<24xi8> to memref<20xi8>
  %c = kernel.subview %rows from 3 : memref<20xi8> to memref<16xi8>
  kernel.convert requantize %0 into %c {epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<16xi8>, memref<16xi8> loc("third")
  return
}
