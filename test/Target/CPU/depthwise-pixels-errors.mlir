// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v3 --verify-diagnostics

// More taps than are unrolled.
memref.global "private" constant @taps : memref<1x7x7x4xf32> = dense<0.25>
func.func @net(%x: memref<1x12x12x4xf32>, %y: memref<1x12x12x4xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @taps : memref<1x7x7x4xf32>
  %0 = kernel.reshape %x : memref<1x12x12x4xf32> to memref<12x48xf32>
  %in = kernel.reshape %0 : memref<12x48xf32> to memref<1x12x12x4xf32>
  %1 = kernel.reshape %y : memref<1x12x12x4xf32> to memref<12x48xf32>
  %out = kernel.reshape %1 : memref<12x48xf32> to memref<1x12x12x4xf32>
  // expected-error @below {{has no code for images in blocks of pixels}}
  kernel.depthwise %in, %w into %out {kernel.pixel_blocks = array<i64: 4, 4>, padding = array<i64: 3, 3, 3, 3>, epilogue = #kernel.epilogue<>}
      : memref<1x12x12x4xf32>, memref<1x7x7x4xf32>, memref<1x12x12x4xf32>
  return
}
