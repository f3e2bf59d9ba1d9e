// RUN: pare-translate --kernel-to-c --c-target=cortex-m4 --c-optimize=speed --split-input-file %s | FileCheck %s
// RUN: pare-translate --kernel-to-c --c-target=cortex-m4 --c-optimize=size --split-input-file %s | FileCheck %s --check-prefix=SIZE

// Which layers take the kernels for SMLAD, and with what. What they compute is
// tested by running them (cortex-m4-*.test, test/e2e/random).

// Halfwords hold 256 * (weight of row 1) + (weight of row 0), columns 0, 2, 1, 3
// from the low end on: 0x0504 is 5 * 256 + 4, 0x02ff is 3 * 256 - 1. The third
// row has no second one, and no weights: its multiplier is 0. The zero point of
// the input is in the bias: for row 0, 10 - -5 * (4 + 2 - 1 + 0).
memref.global "private" constant @filter : memref<3x1x1x4xi8> = dense<[[[[4, 2, -1, 0]]], [[[5, 2, 3, -3]]], [[[7, 7, 7, 7]]]]>
memref.global "private" constant @bias : memref<3xi32> = dense<[10, 20, 30]>
func.func @products(%x: memref<1x3x3x4xi8>, %y: memref<1x3x3x3xi8>, %z: memref<1x3x3x3xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @filter : memref<3x1x1x4xi8>
  %b = memref.get_global @bias : memref<3xi32>
  kernel.contract %x, %w bias %b into %y {input_zero_point = -5 : i64,
      epilogue = #kernel.epilogue<zero_point = 3, low = 3.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824, 1073741825, 0], shifts = [-7, -8, 3]>>}
      : memref<1x3x3x4xi8>, memref<3x1x1x4xi8>, memref<3xi32>, memref<1x3x3x3xi8> loc("narrow")
  kernel.contract %x, %w bias %b into %z {input_zero_point = -5 : i64,
      epilogue = #kernel.epilogue<zero_point = 3, low = 3.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [0]>>}
      : memref<1x3x3x4xi8>, memref<3x1x1x4xi8>, memref<3xi32>, memref<1x3x3x3xi8> loc("half")
  return
}
// CHECK-LABEL: // narrow: contract, 108 MACs
// CHECK: static const int32_t multipliers[3] = {1073741824, 1073741825, 1073741824};
// CHECK-NEXT: static const uint8_t shifts[3] = {6, 7, 0};
// CHECK: .offset = 7,
// CHECK-NEXT: .low = 3, .high = 127,
// CHECK: static const uint64_t weights[2] = {0xfd00020202ff0504, 0x0000000000000000};
// CHECK-NEXT: static const int32_t bias[3] = {35, 55, 0};
// CHECK: .size = 4, .count = 3,
// CHECK: paired_matmul_s8(9, input, 4, &filter, &result, patches, output);

// A factor of 1/2 takes the portable kernel.
// CHECK-LABEL: // half: contract
// CHECK: matmul_s8(9, input, -5, &matrix, &result, patches, output);

// SIZE: #define SPECIALIZED static __attribute__((noinline))

// -----

// Pixels of whole words are widened where they lie, others are copied first.
memref.global "private" constant @filter : memref<2x3x3x4xi8> = dense<1>
memref.global "private" constant @thin : memref<2x3x3x3xi8> = dense<1>
func.func @windows(%x: memref<1x5x5x4xi8>, %t: memref<1x5x5x3xi8>, %y: memref<1x5x5x2xi8>, %z: memref<1x3x3x2xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %w = memref.get_global @filter : memref<2x3x3x4xi8>
  %u = memref.get_global @thin : memref<2x3x3x3xi8>
  kernel.contract %x, %w into %y {padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x5x5x4xi8>, memref<2x3x3x4xi8>, memref<1x5x5x2xi8> loc("words")
  kernel.contract %t, %u into %z {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x5x5x3xi8>, memref<2x3x3x3xi8>, memref<1x3x3x2xi8> loc("bytes")
  return
}
// Rows end with zeros up to groups of four.
// CHECK: uint64_t bytes_weights[7] = {
// CHECK: 0x0000010101010101,
// CHECK-LABEL: // words: contract
// CHECK: .size = 36, .count = 2,
// CHECK: paired_contract_s8(&shape, input, 0, &filter, &result, patches,
// CHECK-LABEL: // bytes: contract
// CHECK: .size = 28, .count = 2,
// CHECK: paired_contract_bytes_s8(&shape, input, 0, &filter, &result, patches,

// -----

// Windows go over rings of rows, those of one channel are convolutions.
memref.global "private" constant @taps : memref<1x3x3x2xi8> = dense<[[[[1, 10], [2, 11], [3, 12]], [[4, 13], [5, 14], [6, 15]], [[7, 16], [8, 17], [-1, -2]]]]>
memref.global "private" constant @line : memref<1x3x1x6xi8> = dense<1>
memref.global "private" constant @tall : memref<1x5x1x2xi8> = dense<1>
func.func @depthwise(%x: memref<1x6x6x2xi8>, %l: memref<1x6x6x1xi8>, %y: memref<1x6x6x2xi8>, %z: memref<1x4x6x6xi8>, %t: memref<1x2x6x2xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  %w = memref.get_global @taps : memref<1x3x3x2xi8>
  %v = memref.get_global @line : memref<1x3x1x6xi8>
  %u = memref.get_global @tall : memref<1x5x1x2xi8>
  kernel.depthwise %x, %w into %y {padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x6x6x2xi8>, memref<1x3x3x2xi8>, memref<1x6x6x2xi8> loc("ring")
  kernel.depthwise %l, %v into %z {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x6x6x1xi8>, memref<1x3x1x6xi8>, memref<1x4x6x6xi8> loc("one_channel")
  kernel.depthwise %x, %u into %t {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x6x6x2xi8>, memref<1x5x1x2xi8>, memref<1x2x6x2xi8> loc("tall")
  return
}
// One byte more than there are weights.
// CHECK: int8_t ring_weights[19] = {
// CHECK-NEXT: 1, 2, 3, 4, 5, 6, 7, 8, -1, 10, 11, 12, 13, 14, 15, 16, 17, -2, 0,
// CHECK-LABEL: // ring: depthwise
// CHECK: .rows = patches,
// CHECK-NEXT: .size = 48,
// CHECK-NEXT: .width = 8, .columns = 6,
// CHECK: depthwise_3x3_s8(&shape, input, 0, &filter, &result, &ring, output);
// CHECK-LABEL: // one_channel: depthwise
// CHECK: paired_contract_bytes_s8(&shape, input, 0, &filter, &result, patches,
// CHECK-LABEL: // tall: depthwise
// CHECK: .rows = patches,
// CHECK-NEXT: .size = 60,
// CHECK-NEXT: .width = 6, .columns = 6,
// CHECK: depthwise_dsp_s8(&shape, input, 0, &filter, &result, &ring,
// CHECK-NEXT: (word_pair *)(void *)(patches + 60), output);

// -----

// Row 0 has the weight 9 in column 0 and -1 behind 260 columns of zeros, more than
// one step takes. Row 1 has none, and a bias too great for a product: its output
// is the highest for all inputs, which a bias of 4 * (127 - -1) gives too.
memref.global "private" constant @positions : memref<3xi32> = dense<[0, 2, 2]>
memref.global "private" constant @columns : memref<2xi32> = dense<[0, 261]>
memref.global "private" constant @values : memref<2xi8> = dense<[9, -1]>
memref.global "private" constant @bias : memref<2xi32> = dense<[5, 2000000000]>
func.func @sparse(%x: memref<1x2x2x264xi8>, %y: memref<1x2x2x2xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %p = memref.get_global @positions : memref<3xi32>
  %c = memref.get_global @columns : memref<2xi32>
  %v = memref.get_global @values : memref<2xi8>
  %b = memref.get_global @bias : memref<2xi32>
  kernel.sparse_contract %x, %p, %c, %v bias %b into %y {
      kernel_size = array<i64: 1, 1>, input_zero_point = 3 : i64,
      epilogue = #kernel.epilogue<zero_point = -1, low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x2x2x264xi8>, memref<3xi32>, memref<2xi32>, memref<2xi8>, memref<2xi32>, memref<1x2x2x2xi8> loc("lists")
  return
}
// CHECK-LABEL: // lists: sparse_contract
// CHECK: static const int32_t multipliers[2] = {1073741824, 1073741824};
// CHECK-NEXT: static const uint8_t shifts[2] = {6, 0};
// CHECK: static const uint32_t entries[2] = {0x00ff0900, 0x0000ff06};
// CHECK-NEXT: static const uint16_t lengths[2] = {2, 0};
// CHECK-NEXT: static const int32_t bias[2] = {-19, 512};
// CHECK: sparse_matmul_dsp_s8(4, input, &filter, &result, patches, output);

// -----

// Groups begin with a pair of rows each, of which the last one may lack its
// second row; a zero point of the weights is in the bias and in the struct: 10 -
// -5 * (4 + 2 - 2 * 3).
memref.global "private" constant @filter : memref<6x1x1x2xi8> = dense<[[[[4, 2]]], [[[5, 3]]], [[[7, 7]]], [[[1, 1]]], [[[2, 2]]], [[[3, 3]]]]>
memref.global "private" constant @bias : memref<6xi32> = dense<[10, 20, 30, 40, 50, 60]>
func.func @groups(%x: memref<1x3x3x4xi8>, %y: memref<1x3x3x6xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @filter : memref<6x1x1x2xi8>
  %b = memref.get_global @bias : memref<6xi32>
  kernel.contract %x, %w bias %b into %y {input_zero_point = -5 : i64, filter_zero_point = 3 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
        scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>}
      : memref<1x3x3x4xi8>, memref<6x1x1x2xi8>, memref<6xi32>, memref<1x3x3x6xi8> loc("grouped")
  return
}
// CHECK: static const int32_t grouped_bias[6] = {
// CHECK-NEXT: 10, 30, 70, 20, 40, 60,
// CHECK-LABEL: // grouped: contract
// CHECK: static const uint64_t weights[4] = {0x0000030200000504, 0x0000000700000007,
// CHECK-NEXT: 0x0000020100000201, 0x0000000300000003};
// CHECK: .size = 4, .count = 6,
// CHECK-NEXT: .zero_point = 3,
// CHECK: paired_contract_groups_s8(&shape, input, -5, &filter, &result, patches,
