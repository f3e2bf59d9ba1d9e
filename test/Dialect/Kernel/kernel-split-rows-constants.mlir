// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{layers=2 stripes=2}))" %s 2>&1 | FileCheck %s

// A sum with a constant image does not go row by row: code reads the constant
// from its start.
// CHECK: error: kernel-split-rows expects layers that go row by row and that nothing else reads (here 1), found 2
memref.global "private" constant @c : memref<1x8x8x4xi8> = dense<3>
func.func @shifted(%x: memref<1x8x8x4xi8>, %y: memref<1x8x8x4xi8>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<1x8x8x4xi8>
  %c = memref.get_global @c : memref<1x8x8x4xi8>
  kernel.pool max %x into %0 {kernel = array<i64: 3, 3>, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<1x8x8x4xi8>, memref<1x8x8x4xi8>
  kernel.binary add %0, %c into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5, 0.5]>>} : memref<1x8x8x4xi8>, memref<1x8x8x4xi8>, memref<1x8x8x4xi8>
  return
}
