// RUN: pare-translate --kernel-to-c --split-input-file --verify-diagnostics %s

// expected-error@+1 {{expected a function with 'kernel.num_inputs', which lower-nn-to-kernel makes}}
module {
}

// -----

func.func @one(%x: memref<2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  return
}
// expected-error@+1 {{expected one network in the module, found 'one' and 'two'}}
func.func @two(%x: memref<2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  return
}

// -----

func.func @unplanned(%x: memref<2xf32>, %y: memref<2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  // expected-error@+1 {{layer 'buffer' cannot be written in C: a buffer without a place in the arena, which kernel-plan-memory gives it}}
  %0 = kernel.buffer : memref<2xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<2xf32>, memref<2xf32>
  kernel.unary exp %0 into %y {epilogue = #kernel.epilogue<>} : memref<2xf32>, memref<2xf32>
  return
}

// -----

func.func @foreign(%x: memref<2xf32>, %y: memref<2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  // expected-error@+1 {{layer 'copy' cannot be written in C: expected operations of kernel alone, found 'memref.copy'}}
  "memref.copy"(%x, %y) : (memref<2xf32>, memref<2xf32>) -> ()
  return
}

// -----

func.func @modes(%x: memref<1x1x1x1xi8>, %w: memref<1x1x1x1xi8>, %y: memref<1x1x1x1xi8>, %z: memref<1x1x1x1xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [0]>>}
      : memref<1x1x1x1xi8>, memref<1x1x1x1xi8>, memref<1x1x1x1xi8> loc("first")
  // expected-error@+1 {{layer 'contract' cannot be written in C: expected one mode of requantization in a network, found 'float', but 'fixed' in layer 'first'}}
  kernel.contract %x, %w into %z {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [1.0]>>}
      : memref<1x1x1x1xi8>, memref<1x1x1x1xi8>, memref<1x1x1x1xi8>
  return
}

// -----

func.func @pool(%x: memref<1x2x2x1xi8>, %y: memref<1x3x2x1xi8>) attributes {kernel.num_inputs = 1 : i64} {
  // expected-error@+1 {{layer 'pool' cannot be written in C: expected less padding than the window's size, found 2 of 2}}
  kernel.pool max %x into %y {kernel = array<i64: 2, 1>, padding = array<i64: 2, 0, 0, 0>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<1x2x2x1xi8>, memref<1x3x2x1xi8>
  return
}

// -----

func.func @half(%x: memref<2xf32>, %y: memref<2xf16>) attributes {kernel.num_inputs = 1 : i64} {
  // expected-error@+1 {{layer 'convert' cannot be written in C: there is no conversion 'cast' of 'memref<2xf32>' to 'memref<2xf16>'}}
  kernel.convert cast %x into %y {epilogue = #kernel.epilogue<>} : memref<2xf32>, memref<2xf16>
  return
}

// -----

func.func @function(%x: memref<2xf32>, %y: memref<2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  // expected-error@+1 {{layer 'binary' cannot be written in C: there is no form of a function or a table in the epilogue}}
  kernel.binary add %x, %x into %y {epilogue = #kernel.epilogue<function = exp>} : memref<2xf32>, memref<2xf32>, memref<2xf32>
  return
}

// -----

func.func @residual(%x: memref<1x1x1x1xf32>, %w: memref<1x1x1x1xf32>, %r: memref<1x1x1x1xf32>, %y: memref<1x1x1x1xf32>) attributes {kernel.num_inputs = 3 : i64} {
  // expected-error@+1 {{has no C code for a residual}}
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x1x1x1xf32>, memref<1x1x1x1xf32>, memref<1x1x1x1xf32>, memref<1x1x1x1xf32>
  return
}
