// RUN: pare-opt %s -split-input-file -verify-diagnostics

// Verifiers say what they expected and what they found.

func.func @dynamic(%x: memref<?xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{expects static contiguous buffers, but found 'memref<?xf32>'}}
  kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>} : memref<?xf32>, memref<4xf32>
  return
}

// -----

func.func @offset() {
  // expected-error @+1 {{expects an offset of at least 0, but found -64}}
  %0 = kernel.buffer at -64 : memref<4xf32>
  return
}

// -----

func.func @reshape(%x: memref<4xf32>) {
  // expected-error @+1 {{expects as many elements in the output as in the input}}
  %0 = kernel.reshape %x : memref<4xf32> to memref<5xf32>
  return
}

// -----

func.func @rows(%x: memref<1x4x4x3xf32>, %w: memref<2x3x3x3xf32>, %y: memref<1x3x2x2xf32>) {
  // expected-error @+1 {{expects 2 rows, but found 3}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<2x3x3x3xf32>, memref<1x3x2x2xf32>
  return
}

// -----

func.func @no_scales(%x: memref<1x4x4x3xi8>, %w: memref<2x1x1x3xi8>, %y: memref<1x4x4x2xi8>) {
  // expected-error @+1 {{expects scales in the epilogue of a rescaled integer result}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>} : memref<1x4x4x3xi8>, memref<2x1x1x3xi8>, memref<1x4x4x2xi8>
  return
}

// -----

func.func @scales_of_floats(%x: memref<1x4x4x3xf32>, %w: memref<2x1x1x3xf32>, %y: memref<1x4x4x2xf32>) {
  // expected-error @+1 {{expects scales in the epilogue of rescaled integer results alone}}
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<scales = <mode = float, factors = [1.0]>>} : memref<1x4x4x3xf32>, memref<2x1x1x3xf32>, memref<1x4x4x2xf32>
  return
}

// -----

func.func @scale_count(%x: memref<4xi8>, %y: memref<4xi8>) {
  // expected-error @+1 {{expects 3 scales, but found 2}}
  kernel.binary add %x, %x into %y {epilogue = #kernel.epilogue<scales = <mode = fixed, multipliers = [1, 1], shifts = [0, 0]>>} : memref<4xi8>, memref<4xi8>, memref<4xi8>
  return
}

// -----

func.func @no_integer_form(%x: memref<4xi8>) {
  // expected-error @+1 {{has no integer form of div}}
  kernel.binary div %x, %x into %x {epilogue = #kernel.epilogue<>} : memref<4xi8>, memref<4xi8>, memref<4xi8>
  return
}

// -----

func.func @broadcast(%x: memref<3xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{expects operands that broadcast to 'memref<4xf32>', but found 'memref<3xf32>'}}
  kernel.binary mul %x, %y into %y {epilogue = #kernel.epilogue<>} : memref<3xf32>, memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @table(%x: memref<4xi8>, %t: memref<255xi8>) {
  // expected-error @+1 {{expects a table of 256 entries, but found 'memref<255xi8>'}}
  kernel.table %x, %t into %x : memref<4xi8>, memref<255xi8>, memref<4xi8>
  return
}

// -----

func.func @copy(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{expects to stay inside the output of 4 elements, but reaches 2 to 4}}
  kernel.copy %x into %y sizes [3] from 0 by [1] to 2 by [1] : memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @reverse_copy(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{expects to stay inside the input of 4 elements, but reaches -1 to 1}}
  kernel.copy %x into %y sizes [3] from 1 by [-1] to 0 by [1] : memref<4xf32>, memref<4xf32>
  return
}

// -----

func.func @bilinear(%x: memref<1x2x2x3xi8>, %y: memref<1x4x4x3xi8>) {
  // expected-error @+1 {{expects f32 for bilinear interpolation}}
  kernel.resize %x into %y {bilinear} : memref<1x2x2x3xi8>, memref<1x4x4x3xi8>
  return
}

// -----

func.func @scratch(%x: memref<1x5x3xf32>, %w: memref<8x3xf32>, %r: memref<8x2xf32>, %b: memref<8xf32>, %s: memref<16xi8>, %y: memref<1x5x2xf32>) {
  // expected-error @+1 {{expects scratch of 48 bytes, but found 'memref<16xi8>'}}
  kernel.lstm %x, %w, %r, %b scratch %s into %y : memref<1x5x3xf32>, memref<8x3xf32>, memref<8x2xf32>, memref<8xf32>, memref<16xi8>, memref<1x5x2xf32>
  return
}

// -----

// expected-error @+1 {{expects 'kernel.arena_bytes' to be a number of at least 0}}
func.func @arena() attributes {kernel.arena_bytes = "many"} { return }
