// RUN: pare-opt --verify-diagnostics %s --split-input-file --pass-pipeline="builtin.module(func.func(kernel-split-rows{layers=2 stripes=2}))"

// Something else reads the buffer between the two.
// expected-error@+1 {{kernel-split-rows expects layers that go row by row and that nothing else reads (here 1), found 2}}
func.func @other_reader(%x: memref<1x4x4x4xi8>, %t: memref<256xi8>, %y: memref<1x4x4x4xi8>, %z: memref<1x4x4x4xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %0 = kernel.buffer : memref<1x4x4x4xi8>
  kernel.table %x, %t into %0 : memref<1x4x4x4xi8>, memref<256xi8>, memref<1x4x4x4xi8>
  kernel.table %0, %t into %y : memref<1x4x4x4xi8>, memref<256xi8>, memref<1x4x4x4xi8>
  kernel.table %0, %t into %z : memref<1x4x4x4xi8>, memref<256xi8>, memref<1x4x4x4xi8>
  return
}

// -----

// One row makes no two stripes.
// expected-error@+1 {{kernel-split-rows expects stripes that all have rows, found 2 of 1 rows}}
func.func @one_row(%x: memref<1x1x4x4xi8>, %t: memref<256xi8>, %y: memref<1x1x4x4xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %0 = kernel.buffer : memref<1x1x4x4xi8>
  kernel.table %x, %t into %0 : memref<1x1x4x4xi8>, memref<256xi8>, memref<1x1x4x4xi8>
  kernel.table %0, %t into %y : memref<1x1x4x4xi8>, memref<256xi8>, memref<1x1x4x4xi8>
  return
}

// -----

// expected-error@+1 {{kernel-split-rows expects a first operation from 0 to -1, found 0}}
func.func @empty() {
  return
}

// -----

// Code names a constant whole: its rows cannot be summands.
memref.global "private" constant @image : memref<1x4x4x4xi8> = dense<1>
// expected-error@+1 {{kernel-split-rows expects layers that go row by row and that nothing else reads (here 1), found 2}}
func.func @constant(%x: memref<1x4x4x4xi8>, %t: memref<256xi8>, %y: memref<1x4x4x4xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %c = memref.get_global @image : memref<1x4x4x4xi8>
  %0 = kernel.buffer : memref<1x4x4x4xi8>
  kernel.table %x, %t into %0 : memref<1x4x4x4xi8>, memref<256xi8>, memref<1x4x4x4xi8>
  kernel.binary add %0, %c into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824, 1073741824, 1073741824], shifts = [0, 0, -19]>>} : memref<1x4x4x4xi8>, memref<1x4x4x4xi8>, memref<1x4x4x4xi8>
  return
}
