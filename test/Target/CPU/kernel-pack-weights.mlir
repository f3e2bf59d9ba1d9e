// RUN: pare-opt %s --kernel-pack-weights=target=x86-64 | FileCheck %s
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 | FileCheck %s --check-prefix=AVX2
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-vnni | FileCheck %s --check-prefix=VNNI

// Three channels of two terms: one vector of four lanes, the last padded.
// CHECK-DAG: memref.global "private" constant @f32_packed : memref<8xf32> = dense<[1.000000e+00, 3.000000e+00, 5.000000e+00, 0.000000e+00, 2.000000e+00, 4.000000e+00, 6.000000e+00, 0.000000e+00]> {alignment = 64 : i64}
// CHECK-DAG: @f32_bias : memref<4xf32> = dense<[5.000000e-01, 2.500000e-01, 1.250000e-01, 0.000000e+00]>
// Vectors of eight.
// AVX2-DAG: @f32_packed : memref<16xf32>

// Two channels of three terms, in pairs, the last pair with a zero. The input's
// zero point 2 takes 2 * (1 + 2 + 3) = 12 from the bias 100.
// CHECK-DAG: @i8_packed : memref<16xi8> = dense<[1, 2, 4, 5, 0, 0, 0, 0, 3, 0, 6, 0, 0, 0, 0, 0]>
// CHECK-DAG: @i8_bias : memref<4xi32> = dense<[88, 170, 0, 0]>

// With products of bytes, no two weights side by side may exceed 128: quads.
// AVX2-DAG: @i8_packed : memref<32xi8> = dense<[1, 2, 3, 0, 4, 5, 6, 0,

// Neighbours of one sign whose products with bytes leave 16 bits get others, or
// one of them is turned: an order of the 16 terms and which bits to invert, and
// the weights in it. The table has one panel with 4 steps, each by itself, and
// where their terms are. The bias takes out the 128 by which the input is
// unsigned, times a sum of 1600, and has 255 times the 800 of the turned weights.
// AVX2-DAG: @ordered_packed : memref<128xi8>
// AVX2-DAG: @ordered_bias : memref<8xi32> = dense<-800>
// AVX2-DAG: @ordered_steps : memref<9xi32> = dense<[4, 0, 0, 0, 0, 0, 4, 8, 12]>
// AVX2-DAG: @ordered_order : memref<32xi8> = dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1]>

// A filter zero point of 1 is taken off when the weights are widened, also of
// those that do not exist.
// CHECK-DAG: @zero_packed : memref<16xi8> = dense<[1, 2, 4, 5, 1, 1, 1, 1, 3, 1, 6, 1, 1, 1, 1, 1]>
// VNNI-DAG: @zero_packed : memref<32xi8> = dense<[1, 2, 3, 0, 4, 5, 6, 0,

// Four channels, which are too few for pairs: the taps as they are. The inner
// bias is less the zero point's part: 10 - 3 * (1 + 5).
// CHECK-DAG: @depthwise_packed : memref<8xi16> = dense<[1, 2, 3, 4, 5, 6, 7, 8]>
// CHECK-DAG: @transposed_packed : memref<4xi8> = dense<[1, 3, 2, 4]>
// CHECK-DAG: @recurrent_packed : memref<8xf32> = dense<[1.000000e+00, 3.000000e+00, 5.000000e+00, 7.000000e+00, 2.000000e+00, 4.000000e+00, 6.000000e+00, 8.000000e+00]>
// CHECK-DAG: @recurrent_bias : memref<4xf32> = dense<5.000000e-01>
// CHECK-DAG: @recurrent_recurrent : memref<4xf32> = dense<[9.000000e+00, 1.000000e+01, 1.100000e+01, 1.200000e+01]>
// CHECK-DAG: @depthwise_bias : memref<4xi32> = dense<[-8, -14, -20, -26]>

memref.global "private" constant @w : memref<3x1x1x2xf32> = dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]], [[[5.0, 6.0]]]]>
memref.global "private" constant @b : memref<3xf32> = dense<[0.5, 0.25, 0.125]>
memref.global "private" constant @wi : memref<2x1x1x3xi8> = dense<[[[[1, 2, 3]]], [[[4, 5, 6]]]]>
memref.global "private" constant @bi : memref<2xi32> = dense<[100, 200]>
memref.global "private" constant @ww : memref<1x3x3x8xi8> = dense<[[[[11, 11, 11, 11, 11, 11, 11, 11], [12, 12, 12, 12, 12, 12, 12, 12], [13, 13, 13, 13, 13, 13, 13, 13]], [[21, 21, 21, 21, 21, 21, 21, 21], [22, 22, 22, 22, 22, 22, 22, 22], [23, 23, 23, 23, 23, 23, 23, 23]], [[31, 31, 31, 31, 31, 31, 31, 31], [32, 32, 32, 32, 32, 32, 32, 32], [33, 33, 33, 33, 33, 33, 33, 33]]]]>
memref.global "private" constant @wd : memref<1x1x2x4xi8> = dense<[[[[1, 2, 3, 4], [5, 6, 7, 8]]]]>
memref.global "private" constant @bd : memref<4xi32> = dense<10>

// CHECK-LABEL: func @f32
func.func @f32(%x: memref<1x1x4x2xf32>, %y: memref<1x1x4x3xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @w : memref<3x1x1x2xf32>
  %b = memref.get_global @b : memref<3xf32>
  // CHECK: kernel.contract {{.*}} kernel.packed = [@f32_packed, @f32_bias]
  kernel.contract %x, %w bias %b into %y {epilogue = #kernel.epilogue<>}
      : memref<1x1x4x2xf32>, memref<3x1x1x2xf32>, memref<3xf32>, memref<1x1x4x3xf32> loc("f32")
  return
}

// CHECK-LABEL: func @i8
func.func @i8(%x: memref<1x1x4x3xi8>, %y: memref<1x1x4x2xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wi : memref<2x1x1x3xi8>
  %b = memref.get_global @bi : memref<2xi32>
  // CHECK: kernel.contract {{.*}} kernel.packed = [@i8_packed, @i8_bias]
  // AVX2: kernel.contract {{.*}}kernel.byte_pairs
  kernel.contract %x, %w bias %b into %y {input_zero_point = 2 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x3xi8>, memref<2x1x1x3xi8>, memref<2xi32>, memref<1x1x4x2xi8> loc("i8")
  // CHECK: kernel.contract {{.*}} kernel.packed = [@zero_packed, @zero_bias]
  kernel.contract %x, %w bias %b into %y {filter_zero_point = 1 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x3xi8>, memref<2x1x1x3xi8>, memref<2xi32>, memref<1x1x4x2xi8> loc("zero")
  return
}

// CHECK-LABEL: func @depthwise
func.func @depthwise(%x: memref<1x1x4x4xi8>, %y: memref<1x1x3x4xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wd : memref<1x1x2x4xi8>
  %b = memref.get_global @bd : memref<4xi32>
  // CHECK: kernel.depthwise {{.*}} kernel.packed = [@depthwise_packed, @depthwise_bias]
  kernel.depthwise %x, %w bias %b into %y {input_zero_point = 3 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x4xi8>, memref<1x1x2x4xi8>, memref<4xi32>, memref<1x1x3x4xi8> loc("depthwise")
  return
}

// Chunks of eight channels have taps in pairs: of two rows, and of what is left of
// an odd number of rows two columns, the last with a zero.
// CHECK-LABEL: func @window
func.func @window(%x: memref<1x3x3x8xi8>, %y: memref<1x1x1x8xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @ww : memref<1x3x3x8xi8>
  kernel.depthwise %x, %w into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x3x3x8xi8>, memref<1x3x3x8xi8>, memref<1x1x1x8xi8> loc("window")
  return
}

// Transposed convolutions: output channels last.
// CHECK-LABEL: func @transposed
memref.global "private" constant @wt : memref<2x1x2x1xi8> = dense<[[[[1], [2]]], [[[3], [4]]]]>
func.func @transposed(%x: memref<1x1x2x1xi8>, %y: memref<1x1x3x2xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wt : memref<2x1x2x1xi8>
  // CHECK: kernel.transpose_conv {{.*}} kernel.packed = [@transposed_packed]
  kernel.transpose_conv %x, %w into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x2x1xi8>, memref<2x1x2x1xi8>, memref<1x1x3x2xi8> loc("transposed")
  return
}

// Recurrent layers: for each input, and for each hidden value, the weights of all
// gates, which fill a vector together.
// CHECK-LABEL: func @recurrent
memref.global "private" constant @wl : memref<4x2xf32> = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]>
memref.global "private" constant @rl : memref<4x1xf32> = dense<[[9.0], [10.0], [11.0], [12.0]]>
memref.global "private" constant @bl : memref<4xf32> = dense<0.5>
func.func @recurrent(%x: memref<1x1x2xf32>, %y: memref<1x1x1xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 64 : i64} {
  %w = memref.get_global @wl : memref<4x2xf32>
  %r = memref.get_global @rl : memref<4x1xf32>
  %b = memref.get_global @bl : memref<4xf32>
  %s = kernel.buffer at 0 : memref<6xf32>
  // CHECK: kernel.lstm {{.*}}kernel.packed = [@recurrent_packed, @recurrent_bias, @recurrent_recurrent]
  kernel.lstm %x, %w, %r, %b scratch %s into %y
      : memref<1x1x2xf32>, memref<4x2xf32>, memref<4x1xf32>, memref<4xf32>, memref<6xf32>, memref<1x1x1xf32> loc("recurrent")
  return
}

// Weights that the network is given are not packed.
// CHECK-LABEL: func @dynamic
// CHECK-NOT: kernel.packed
func.func @dynamic(%x: memref<1x1x4x2xf32>, %w: memref<3x1x1x2xf32>, %y: memref<1x1x4x3xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<>}
      : memref<1x1x4x2xf32>, memref<3x1x1x2xf32>, memref<1x1x4x3xf32>
  return
}

memref.global "private" constant @wo : memref<8x1x1x16xi8> = dense<100>
// CHECK-LABEL: func @ordered
func.func @ordered(%x: memref<1x1x4x16xi8>, %y: memref<1x1x4x8xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wo : memref<8x1x1x16xi8>
  // CHECK: kernel.contract
  // CHECK-NOT: kernel.term_order
  // AVX2: kernel.contract {{.*}}kernel.packed = [@ordered_packed, @ordered_bias, @ordered_steps, @ordered_order], kernel.term_order = array<i64: 1, 4, 2>
  kernel.contract %x, %w into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x16xi8>, memref<8x1x1x16xi8>, memref<1x1x4x8xi8> loc("ordered")
  return
}

// Of these any two have one sign in some column, turned or not: pairs of 16 bits.
memref.global "private" constant @wp : memref<8x1x1x16xi8> = dense<[[[[100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]]],
    [[[100, -100, 100, -100, 100, -100, 100, -100, 100, -100, 100, -100, 100, -100, 100, -100]]],
    [[[100, 100, -100, -100, 100, 100, -100, -100, 100, 100, -100, -100, 100, 100, -100, -100]]],
    [[[100, 100, 100, 100, -100, -100, -100, -100, 100, 100, 100, 100, -100, -100, -100, -100]]],
    [[[100, 100, 100, 100, 100, 100, 100, 100, -100, -100, -100, -100, -100, -100, -100, -100]]],
    [[[100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]]],
    [[[100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]]],
    [[[100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]]]]>
// CHECK-LABEL: func @unfit
func.func @unfit(%x: memref<1x1x4x16xi8>, %y: memref<1x1x4x8xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wp : memref<8x1x1x16xi8>
  // AVX2-LABEL: func @unfit
  // AVX2-NOT: kernel.term_order
  // AVX2: kernel.contract {{.*}}kernel.packed = [@unfit_packed, @unfit_bias]
  kernel.contract %x, %w into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x16xi8>, memref<8x1x1x16xi8>, memref<1x1x4x8xi8> loc("unfit")
  return
}

// 8 weights of one sign with a sum of 128 are 4 steps that are added in 16 bits;
// with one more 3 are, so that a step stays alone.
memref.global "private" constant @w16 : memref<8x1x1x16xi8> = dense<16>
memref.global "private" constant @w17 : memref<8x1x1x16xi8> = dense<-17>
// CHECK-LABEL: func @deep
func.func @deep(%x: memref<1x1x4x16xi8>, %y: memref<1x1x4x8xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w16 = memref.get_global @w16 : memref<8x1x1x16xi8>
  %w17 = memref.get_global @w17 : memref<8x1x1x16xi8>
  // CHECK-NOT: kernel.term_order
  // AVX2-LABEL: func @deep
  // AVX2: kernel.contract {{.*}}kernel.packed = [@four_packed, @four_bias, @four_steps], kernel.term_order = array<i64: 0, 4, 16>
  kernel.contract %x, %w16 into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x16xi8>, memref<8x1x1x16xi8>, memref<1x1x4x8xi8> loc("four")
  // AVX2: kernel.contract {{.*}}kernel.packed = [@three_packed, @three_bias, @three_steps], kernel.term_order = array<i64: 0, 4, 10>
  kernel.contract %x, %w17 into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x16xi8>, memref<8x1x1x16xi8>, memref<1x1x4x8xi8> loc("three")
  return
}

// Of one row, steps of all columns are added in the order of the row. 64 and 64
// and two times their negatives fit: four of eight terms are turned. 16 by 8 of
// eight steps need none.
memref.global "private" constant @w64 : memref<8x1x1x16xi8> = dense<64>
// Two weights that are too large together in one column or in the other,
// whether a term is turned or not: a part of one goes to a step of its own.
memref.global "private" constant @w127 : memref<2x1x1x20xi8> = dense<[
    [[[127, 127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]],
    [[[127, -127, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]]]>
// CHECK-LABEL: func @alone
func.func @alone(%x: memref<1x1x1x16xi8>, %v: memref<1x1x1x20xi8>, %y: memref<1x1x1x8xi8>, %z: memref<1x1x1x2xi8>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  %w16 = memref.get_global @w16 : memref<8x1x1x16xi8>
  %w64 = memref.get_global @w64 : memref<8x1x1x16xi8>
  %w127 = memref.get_global @w127 : memref<2x1x1x20xi8>
  // CHECK-NOT: kernel.term_order
  // AVX2-LABEL: func @alone
  // AVX2: kernel.contract {{.*}}kernel.packed = [@alone_packed, @alone_bias, @alone_order], kernel.term_order = array<i64: 0, 4, 16>
  kernel.contract %x, %w16 into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x1x16xi8>, memref<8x1x1x16xi8>, memref<1x1x1x8xi8> loc("alone")
  // AVX2: kernel.contract {{.*}}kernel.packed = [@turned_packed, @turned_bias, @turned_order], kernel.term_order = array<i64: 0, 4, 4>
  kernel.contract %x, %w64 into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x1x16xi8>, memref<8x1x1x16xi8>, memref<1x1x1x8xi8> loc("turned")
  // AVX2: kernel.contract {{.*}}kernel.packed = [@extra_packed, @extra_bias, @extra_order, @extra_steps], kernel.term_order = array<i64: 0, 7, 9>
  kernel.contract %v, %w127 into %z {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x1x20xi8>, memref<2x1x1x20xi8>, memref<1x1x1x2xi8> loc("extra")
  return
}

// Weights of a normal distribution leave too much: terms change places for each
// vector of columns, two and two steps are added, and one more has the rest.
memref.global "private" constant @wr : memref<8x1x1x64xi8> = dense<"0x5E8A13E6EBF6A3F5D87F0AF0F3E1CFEE16F52CF7014719E9F81959F4F52ED7F3291B041F812FD4B30D20ECCE01FE41220933F7D51B1BF6DC0B8D2017B503D423A2D621359DE90FE449C910D041FFEFB14D23233410E3DBDB3FBDE5F10A1AC7B00038230AF10DF526DB06FB190A754545A2F0E419973631C4D3DB021D5EF7230751223FCEF7DB451EF2EB16E0D51671F5E6CAC31827000F0506BAEB05DCEADAF127EDF9251E4EA027EA06273230074AF3FA25E7632F64FFEE0822E511FF4AE230E2D4DFC9072F081D4B0C09F3B623AF1EFF34FDDA10E6F802FAF7DAF79EF9C9343AA607FAD018EBAFF4F905C71C22CBE2FCE6500AD2DCFD6AF80618FE69E822071DCA51FA02D5DE1A2D23382101261BFB213B0BF02157F6FCFA38AB1137DB4419E709B9E654D755FC2E0299E609CBC211E2B2E128EA2B4601CCC4FF290C19EC0EEAF1C5B8EACDD41FFB7F2BE32410E033DC8125E444E2CA47CF094305FC0527DB1C1B6BF1D622EE0D0636E2FC8BD747E1E0C81B08C91F0C23E25013FBE8F528F4321B3E25FDA80E24071AEAEED53F07E9C3F94215DF42422D24351924DC450B5DA2202DF015221BE7F92F3B05040930D0C306CDE50416CF25AE19B7C51EEDDBEC15FEFF31DFEAE8362E3BFEF927EE2621E0FCFB5077FB01970A00CF24B8F606C72731C0BF1CFFC8F2FBF92612513F1F323D20C828034A04180F4D08F40EEC0700">
// CHECK-LABEL: func @mixed
func.func @mixed(%x: memref<1x1x1x64xi8>, %y: memref<1x1x1x8xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wr : memref<8x1x1x64xi8>
  // CHECK-NOT: kernel.term_order
  // AVX2-LABEL: func @mixed
  // AVX2: kernel.contract {{.*}}kernel.packed = [@mixed_packed, @mixed_bias, @mixed_order, @mixed_steps], kernel.term_order = array<i64: 1, 17, 5>
  kernel.contract %x, %w into %y {
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x1x64xi8>, memref<8x1x1x64xi8>, memref<1x1x1x8xi8> loc("mixed")
  return
}

// The pairs of @window: 11 and 21, 12 and 22, 13 and 23, 31 and 32, 33 and 0.
// CHECK: window_packed: "0x40000000
// CHECK-SAME: 0B0015000B001500
// CHECK-SAME: 0C0016000C001600
// CHECK-SAME: 0D0017000D001700
// CHECK-SAME: 1F0020001F002000
// CHECK-SAME: 2100000021000000"
// AVX2: ordered_packed: "0x40000000649C649C649C649C
