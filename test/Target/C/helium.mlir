// RUN: pare-translate --kernel-to-c --c-target=cortex-m55 --c-optimize=speed --split-input-file %s | FileCheck %s
// RUN: pare-translate --kernel-to-c --c-target=cortex-m55 --split-input-file %s | FileCheck %s --check-prefix=BALANCED

// Which layers take the vector kernels, and with what. What they compute is
// tested by running them (cortex-m55-kernels.test, test/e2e/random).

// Weights stay as they are; the zero point of the input is in the bias: for row
// 1, 20 - -5 * 8. Too small a scale has multiplier 0, and may have any shift.
memref.global "private" constant @filter : memref<5x1x1x4xi8> = dense<[[[[1, 0, 0, 0]]], [[[1, 2, 2, 3]]], [[[0, 0, 0, 0]]], [[[1, 1, 1, 1]]], [[[-1, 0, 0, 0]]]]>
memref.global "private" constant @bias : memref<5xi32> = dense<[10, 20, 30, 40, 50]>
func.func @products(%x: memref<1x3x3x4xi8>, %y: memref<1x3x3x5xi8>, %z: memref<1x2x3x5xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @filter : memref<5x1x1x4xi8>
  %b = memref.get_global @bias : memref<5xi32>
  kernel.contract %x, %w bias %b into %y {input_zero_point = -5 : i64,
      epilogue = #kernel.epilogue<zero_point = 3, low = 3.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824, 1073741825, 0, 1073741827, 1073741828], shifts = [-7, -8, 0, -10, -31]>>}
      : memref<1x3x3x4xi8>, memref<5x1x1x4xi8>, memref<5xi32>, memref<1x3x3x5xi8> loc("one")
  kernel.contract %x, %w bias %b into %z {input_zero_point = -5 : i64, strides = array<i64: 2, 1>,
      epilogue = #kernel.epilogue<zero_point = 3, low = 3.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x3x3x4xi8>, memref<5x1x1x4xi8>, memref<5xi32>, memref<1x2x3x5xi8> loc("two")
  return
}
// CHECK: static const int32_t one_bias[5] = {
// CHECK-NEXT: 15, 60, 30, 60, 45,
// CHECK: static const int8_t one_shifts[5] = {
// CHECK-NEXT: -7, -8, -1, -10, -31,
// CHECK-LABEL: // one: contract, 180 MACs
// CHECK: static const dense_rows filter = {
// CHECK-NEXT: .weights = filter_,
// CHECK-NEXT: .bias = one_bias,
// CHECK-NEXT: .size = 4, .count = 5,
// CHECK-NEXT: };
// CHECK: .shifts = one_shifts,
// CHECK: matmul_mve_s8(9, input, &filter, &result, output);
// CHECK-LABEL: // two: contract
// CHECK: contract_mve_s8(&shape, input, -5, &filter, &result, patches,

// -----

// Depthwise filters by channels, column by column.
memref.global "private" constant @taps : memref<1x3x2x4xi8> = dense<[[[[1, 2, 3, 4], [5, 6, 7, 8]], [[9, 10, 11, 12], [13, 14, 15, 16]], [[17, 18, 19, 20], [21, 22, 23, 24]]]]>
memref.global "private" constant @line : memref<1x3x1x6xi8> = dense<[[[[1, 2, 3, 4, 5, 6]], [[7, 8, 9, 10, 11, 12]], [[13, 14, 15, 16, 17, 18]]]]>
memref.global "private" constant @tall : memref<1x5x1x4xi8> = dense<1>
func.func @depthwise(%x: memref<1x6x6x4xi8>, %l: memref<1x6x6x1xi8>, %y: memref<1x4x5x4xi8>, %z: memref<1x4x6x6xi8>, %t: memref<1x2x6x4xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %w = memref.get_global @taps : memref<1x3x2x4xi8>
  %v = memref.get_global @line : memref<1x3x1x6xi8>
  %u = memref.get_global @tall : memref<1x5x1x4xi8>
  kernel.depthwise %x, %w into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x6x6x4xi8>, memref<1x3x2x4xi8>, memref<1x4x5x4xi8> loc("three")
  kernel.depthwise %l, %v into %z {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x6x6x1xi8>, memref<1x3x1x6xi8>, memref<1x4x6x6xi8> loc("four")
  kernel.depthwise %x, %u into %t {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x6x6x4xi8>, memref<1x5x1x4xi8>, memref<1x2x6x4xi8> loc("five")
  return
}
// CHECK: static const int8_t three_weights[24] = {
// CHECK-NEXT: 1, 9, 17, 5, 13, 21, 2, 10, 18, 6, 14, 22, 3, 11, 19, 7, 15, 23, 4,
// One channel makes it a convolution.
// CHECK: static const int8_t four_weights[18] = {
// CHECK-NEXT: 1, 7, 13, 2, 8, 14,
// CHECK-LABEL: // three: depthwise
// CHECK: static const channel_taps filter = {
// CHECK: .channels = 4, .height = 3, .width = 2,
// CHECK: depthwise_mve_s8(&shape, input, 0, &filter, &result, patches,
// CHECK-LABEL: // four: depthwise
// CHECK: contract_mve_s8(
// CHECK-LABEL: // five: depthwise
// CHECK: depthwise_dsp_s8(

// -----

// Sums and averages; broadcasting, scales of 1/2 and more and few channels take
// other kernels.
func.func @others(%x: memref<1x4x4x4xi8>, %b: memref<4xi8>, %y: memref<1x4x4x4xi8>, %z: memref<1x4x4x4xi8>, %v: memref<1x4x4x4xi8>, %p: memref<1x2x2x4xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  kernel.binary add %x, %x into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824, 1610612736, 1342177280], shifts = [-1, 0, -17]>>}
      : memref<1x4x4x4xi8>, memref<1x4x4x4xi8>, memref<1x4x4x4xi8> loc("six")
  kernel.binary add %x, %b into %z {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824, 1610612736, 1342177280], shifts = [-1, 0, -17]>>}
      : memref<1x4x4x4xi8>, memref<4xi8>, memref<1x4x4x4xi8> loc("seven")
  kernel.pool average %x into %p {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0>} : memref<1x4x4x4xi8>, memref<1x2x2x4xi8> loc("eight")
  return
}
// CHECK-LABEL: // six: binary
// CHECK: add_mve_s8(64, lhs, lhs, &sum, output);
// CHECK-LABEL: // seven: binary
// CHECK-NOT: mve
// CHECK-LABEL: // eight: pool
// CHECK: average_pool_mve_s8(&shape, input, 0, 0, -128, 127, output);

// -----

// A layer that is a small part of the work shares its kernel, unless speed is all.
// A scale of 1/2 or more, which only the general requantization does.
memref.global "private" constant @small : memref<4x1x1x4xi8> = dense<1>
memref.global "private" constant @large : memref<512x1x1x4xi8> = dense<1>
func.func @parts(%x: memref<1x1x1x4xi8>, %s: memref<1x1x1x4xi8>, %l: memref<1x1x1x512xi8>, %t: memref<1x1x1x512xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @small : memref<4x1x1x4xi8>
  %v = memref.get_global @large : memref<512x1x1x4xi8>
  kernel.contract %x, %w into %s {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x1x1x4xi8>, memref<4x1x1x4xi8>, memref<1x1x1x4xi8> loc("nine")
  kernel.contract %x, %v into %l {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x1x1x4xi8>, memref<512x1x1x4xi8>, memref<1x1x1x512xi8> loc("ten")
  kernel.contract %x, %v into %t {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [0]>>}
      : memref<1x1x1x4xi8>, memref<512x1x1x4xi8>, memref<1x1x1x512xi8> loc("eleven")
  return
}
// CHECK-LABEL: // nine: contract
// CHECK: {{^}}  matmul_mve_s8(1,
// CHECK-LABEL: // eleven: contract
// CHECK-NOT: mve
// CHECK: {{^}}int parts_invoke(
// BALANCED-LABEL: // nine: contract
// BALANCED: {{^}}  shared_matmul_mve_s8(1,
// BALANCED-LABEL: // ten: contract
// BALANCED: {{^}}  matmul_mve_s8(1,
