// RUN: pare-opt --split-input-file --verify-diagnostics %s

// Chains are checked here, once, for the code that runs them.

func.func @arguments(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  // expected-error@+1 {{expects an argument of the body for each operand}}
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
  }
  return
}

// -----

func.func @others(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    // expected-error@+1 {{expects only contractions and depthwise convolutions with their weights in stripes}}
    kernel.unary exp %a into %b {epilogue = #kernel.epilogue<>} : memref<1x4x4x3xf32>, memref<1x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @t : memref<1x3x3x3xf32> = dense<1.0>
func.func @alone(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  // expected-error@+1 {{expects a chain of at least two operations, but found 1}}
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    %t = memref.get_global @t : memref<1x3x3x3xf32>
    kernel.depthwise %a, %t into %b {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @t : memref<1x3x3x3xf32> = dense<1.0>
func.func @rows(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
    %t = memref.get_global @t : memref<1x3x3x3xf32>
    // expected-error@+1 {{expects 'kernel.stripe_rows' to divide its height, but found 3 : i64}}
    kernel.depthwise %a, %t into %0 {kernel.stripe_rows = 3 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
    kernel.depthwise %0, %t into %b {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @w : memref<3x3x3x3xf32> = dense<1.0>
func.func @taps(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
    %w = memref.get_global @w : memref<3x3x3x3xf32>
    kernel.contract %a, %w into %0 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<3x3x3x3xf32>, memref<1x4x4x3xf32>
    // expected-error@+1 {{expects 1x1 taps without padding by steps of 1 in stripes, or larger windows in the first operation}}
    kernel.contract %0, %w into %b {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<3x3x3x3xf32>, memref<1x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @t : memref<1x3x3x3xf32> = dense<1.0>
func.func @images(%x: memref<2x4x4x3xf32>, %y: memref<2x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<2x4x4x3xf32> into memref<2x4x4x3xf32> {
  ^bb0(%a: memref<2x4x4x3xf32>, %b: memref<2x4x4x3xf32>):
    %0 = kernel.buffer : memref<2x4x4x3xf32>
    %t = memref.get_global @t : memref<1x3x3x3xf32>
    // expected-error@+1 {{expects a single image in stripes, but found 'memref<2x4x4x3xf32>'}}
    kernel.depthwise %a, %t into %0 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<2x4x4x3xf32>, memref<1x3x3x3xf32>, memref<2x4x4x3xf32>
    kernel.depthwise %0, %t into %b {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<2x4x4x3xf32>, memref<1x3x3x3xf32>, memref<2x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @t : memref<1x3x3x3xf32> = dense<1.0>
func.func @broken(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
    %t = memref.get_global @t : memref<1x3x3x3xf32>
    // expected-error@+1 {{expects to write a buffer that the next operation alone reads, as its input}}
    kernel.depthwise %a, %t into %0 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
    kernel.depthwise %a, %t into %b {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @t : memref<1x3x3x3xf32> = dense<1.0>
func.func @end(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
    %1 = kernel.buffer : memref<1x4x4x3xf32>
    %t = memref.get_global @t : memref<1x3x3x3xf32>
    kernel.depthwise %a, %t into %0 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
    // expected-error@+1 {{expects the last operation to write the last argument}}
    kernel.depthwise %0, %t into %1 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
  }
  return
}

// -----

memref.global "private" constant @t : memref<1x3x3x3xf32> = dense<1.0>
memref.global "private" constant @p : memref<4xi32> = dense<[0, 1, 1, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<0>
memref.global "private" constant @v : memref<1xf32> = dense<1.0>
func.func @sparseTaps(%x: memref<1x4x4x3xf32>, %y: memref<1x4x4x3xf32>) {
  kernel.stripes %x into %y : memref<1x4x4x3xf32> into memref<1x4x4x3xf32> {
  ^bb0(%a: memref<1x4x4x3xf32>, %b: memref<1x4x4x3xf32>):
    %0 = kernel.buffer : memref<1x4x4x3xf32>
    %t = memref.get_global @t : memref<1x3x3x3xf32>
    %p = memref.get_global @p : memref<4xi32>
    %c = memref.get_global @c : memref<1xi32>
    %v = memref.get_global @v : memref<1xf32>
    kernel.depthwise %a, %t into %0 {kernel.stripe_rows = 2 : i64, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<1x3x3x3xf32>, memref<1x4x4x3xf32>
    // expected-error@+1 {{expects 1x1 taps without padding by steps of 1 in stripes, or larger windows in the first operation}}
    kernel.sparse_contract %0, %p, %c, %v into %b {kernel.stripe_rows = 2 : i64, kernel_size = array<i64: 3, 3>, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
        : memref<1x4x4x3xf32>, memref<4xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x4x3xf32>
  }
  return
}
