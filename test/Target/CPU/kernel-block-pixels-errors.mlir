// RUN: split-file %s %t
// RUN: not pare-opt %t/agree.mlir --kernel-block-pixels=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: pare-opt %t/verify.mlir --split-input-file --verify-diagnostics
// RUN: not pare-opt %t/agree.mlir --lower-kernel-to-vector=target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=AGREE
// RUN: not pare-opt %t/argument.mlir --lower-kernel-to-vector=target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=ARGUMENT
// RUN: not pare-opt %t/other.mlir --lower-kernel-to-vector=target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not pare-opt %t/small.mlir --lower-kernel-to-vector=target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=SMALL
// RUN: not pare-opt %t/taps.mlir --lower-kernel-to-vector=target=x86-64-v3 2>&1 | FileCheck %s --check-prefix=TAPS

// TARGET: unknown target 'z80'
// AGREE: agree.mlir:{{.*}} error: expected an image in blocks of 2 lines, but found it in blocks of 1 (0: channels innermost); 'kernel.pixel_blocks' must agree on each buffer
// AGREE-NOT: error:
// ARGUMENT: argument.mlir:{{.*}} error: expected an image in blocks of 0 lines, but found it in blocks of 1 (0: channels innermost); 'kernel.pixel_blocks' must agree on each buffer
// ARGUMENT-NOT: error:
// OTHER: other.mlir:{{.*}} error: expected an image in blocks of 4 lines, but found it in blocks of 0 (0: channels innermost); 'kernel.pixel_blocks' must agree on each buffer
// OTHER-NOT: error:
// SMALL: small.mlir:{{.*}} error: 'kernel.sparse_contract' op expects blocks of at least 8 pixels for this target, but found 4
// SMALL-NOT: error:
// TAPS: taps.mlir:{{.*}} error: 'kernel.sparse_contract' op expects one tap and steps of 1 for images in blocks of pixels
// TAPS-NOT: error:

//--- verify.mlir
func.func @numbers(%x: memref<1x4x4x1xf32>, %p: memref<2xi32>, %c: memref<1xi32>, %v: memref<1xf32>, %y: memref<1x4x4x1xf32>) {
  // expected-error @below {{expects 'kernel.pixel_blocks' to be two numbers of at least 0, but found array<i64: 1>}}
  kernel.sparse_contract %x, %p, %c, %v into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 1>}
      : memref<1x4x4x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x4x1xf32>
  return
}

// -----

func.func @divisor(%x: memref<1x4x4x1xf32>, %p: memref<2xi32>, %c: memref<1xi32>, %v: memref<1xf32>, %y: memref<1x4x4x1xf32>) {
  // expected-error @below {{expects 'kernel.pixel_blocks' to divide the lines of 'memref<1x4x4x1xf32>', but found blocks of 3}}
  kernel.sparse_contract %x, %p, %c, %v into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 0, 3>}
      : memref<1x4x4x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x4x1xf32>
  return
}

// -----

func.func @one_size(%x: memref<1x4x4x1xf32>, %p: memref<2xi32>, %c: memref<1xi32>, %v: memref<1xf32>, %y: memref<1x4x4x1xf32>) {
  // expected-error @below {{expects 'kernel.pixel_blocks' to have blocks of one size, but found array<i64: 2, 4>}}
  kernel.sparse_contract %x, %p, %c, %v into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 2, 4>}
      : memref<1x4x4x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x4x1xf32>
  return
}

// -----

func.func @batch(%x: memref<2x4x4x1xf32>, %t: memref<1x3x3x1xf32>, %y: memref<2x4x4x1xf32>) {
  // expected-error @below {{expects images of floats, of one batch, in blocks of pixels, but found 'memref<2x4x4x1xf32>' and 'memref<2x4x4x1xf32>'}}
  kernel.depthwise %x, %t into %y {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>, kernel.pixel_blocks = array<i64: 2, 2>}
      : memref<2x4x4x1xf32>, memref<1x3x3x1xf32>, memref<2x4x4x1xf32>
  return
}

// -----

func.func @both(%x: memref<1x4x4x1xf32>, %t: memref<1x3x3x1xf32>, %y: memref<1x4x4x1xf32>) {
  // expected-error @below {{expects 'kernel.pixel_blocks' to have blocks for both images or for none, but found array<i64: 2, 0>}}
  kernel.depthwise %x, %t into %y {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>, kernel.pixel_blocks = array<i64: 2, 0>}
      : memref<1x4x4x1xf32>, memref<1x3x3x1xf32>, memref<1x4x4x1xf32>
  return
}

// -----

func.func @other(%x: memref<1x4x4x1xf32>, %y: memref<1x4x4x1xf32>) {
  // expected-error @below {{has no images in blocks of pixels ('kernel.pixel_blocks')}}
  kernel.unary clip %x into %y {epilogue = #kernel.epilogue<low = 0.0>, kernel.pixel_blocks = array<i64: 2, 2>}
      : memref<1x4x4x1xf32>, memref<1x4x4x1xf32>
  return
}

//--- agree.mlir
memref.global "private" constant @p : memref<2xi32> = dense<[0, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<0>
memref.global "private" constant @v : memref<1xf32> = dense<2.0>
func.func @net(%x: memref<1x4x8x1xf32>, %y: memref<1x4x8x1xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 256 : i64} {
  %0 = kernel.buffer at 0 : memref<1x4x8x1xf32>
  %1 = kernel.buffer at 128 : memref<1x4x8x1xf32>
  %p = memref.get_global @p : memref<2xi32>
  %c = memref.get_global @c : memref<1xi32>
  %v = memref.get_global @v : memref<1xf32>
  kernel.sparse_contract %x, %p, %c, %v into %0 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 0, 1>}
      : memref<1x4x8x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x8x1xf32>
  kernel.unary clip %0 into %1 {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x4x8x1xf32>, memref<1x4x8x1xf32>
  kernel.sparse_contract %0, %p, %c, %v into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 2, 0>}
      : memref<1x4x8x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x8x1xf32>
  return
}

//--- argument.mlir
memref.global "private" constant @p : memref<2xi32> = dense<[0, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<0>
memref.global "private" constant @v : memref<1xf32> = dense<2.0>
func.func @net(%x: memref<1x4x8x1xf32>, %y: memref<1x4x8x1xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %p = memref.get_global @p : memref<2xi32>
  %c = memref.get_global @c : memref<1xi32>
  %v = memref.get_global @v : memref<1xf32>
  kernel.sparse_contract %x, %p, %c, %v into %y {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 1, 0>}
      : memref<1x4x8x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x8x1xf32>
  return
}

//--- other.mlir
memref.global "private" constant @p : memref<2xi32> = dense<[0, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<0>
memref.global "private" constant @v : memref<1xf32> = dense<2.0>
func.func @net(%x: memref<1x4x8x1xf32>, %y: memref<1x4x8x1xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 256 : i64} {
  %0 = kernel.buffer at 0 : memref<1x4x8x1xf32>
  %1 = kernel.buffer at 128 : memref<1x4x8x1xf32>
  %p = memref.get_global @p : memref<2xi32>
  %c = memref.get_global @c : memref<1xi32>
  %v = memref.get_global @v : memref<1xf32>
  kernel.sparse_contract %x, %p, %c, %v into %0 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 0, 4>}
      : memref<1x4x8x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x8x1xf32>
  kernel.unary clip %0 into %1 {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x4x8x1xf32>, memref<1x4x8x1xf32>
  kernel.softmax %1 into %y {axis = 3 : i64, epilogue = #kernel.epilogue<>}
      : memref<1x4x8x1xf32>, memref<1x4x8x1xf32>
  return
}

//--- small.mlir
memref.global "private" constant @p : memref<2xi32> = dense<[0, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<0>
memref.global "private" constant @v : memref<1xf32> = dense<2.0>
func.func @net(%x: memref<1x4x4x1xf32>, %y: memref<1x4x4x1xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 64 : i64} {
  %0 = kernel.buffer at 0 : memref<1x4x4x1xf32>
  %p = memref.get_global @p : memref<2xi32>
  %c = memref.get_global @c : memref<1xi32>
  %v = memref.get_global @v : memref<1xf32>
  kernel.sparse_contract %x, %p, %c, %v into %0 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 0, 1>}
      : memref<1x4x4x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x4x1xf32>
  return
}

//--- taps.mlir
memref.global "private" constant @p : memref<2xi32> = dense<[0, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<4>
memref.global "private" constant @v : memref<1xf32> = dense<2.0>
func.func @net(%x: memref<1x4x8x1xf32>, %y: memref<1x4x8x1xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 128 : i64} {
  %0 = kernel.buffer at 0 : memref<1x4x8x1xf32>
  %p = memref.get_global @p : memref<2xi32>
  %c = memref.get_global @c : memref<1xi32>
  %v = memref.get_global @v : memref<1xf32>
  kernel.sparse_contract %x, %p, %c, %v into %0 {
      kernel_size = array<i64: 3, 3>, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>, kernel.pixel_blocks = array<i64: 0, 1>}
      : memref<1x4x8x1xf32>, memref<2xi32>, memref<1xi32>, memref<1xf32>, memref<1x4x8x1xf32>
  return
}
