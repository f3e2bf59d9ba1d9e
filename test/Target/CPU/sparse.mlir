// How sparse weights are packed and multiplied, by the shape of their blocks.

// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 | FileCheck %s --check-prefix=PAIRS
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-vnni | FileCheck %s --check-prefix=QUADS
// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s --check-prefix=CODE

// One block of 8x4. In pairs, the first two columns of all rows stand before
// the other two; the zero point of the input is taken from what is gathered.
// PAIRS-DAG: @channels_packed : memref<32xi8> = dense<[1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22, 25, 26, 29, 30, 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23, 24, 27, 28, 127, 127]>
// PAIRS-DAG: @channels_bias : memref<8xi32> = dense<100>
// Quads stand as they are. The input is stored with 128 added, and its zero
// point is -126: 2 * (1 + 2 + 3 + 4) = 20 is taken from the first bias.
// QUADS-DAG: @channels_packed : memref<32xi8> = dense<[1, 2, 3, 4, 5,
// QUADS-DAG: @channels_bias : memref<8xi32> = dense<[80, 48, 16, -16, -48, -80, -112, -526]>
// Small weights: quads without an instruction for quads, as bytes in pairs.
// PAIRS-DAG: @bytes_packed : memref<32xi8> = dense<[1, 2, 3, 4, 5,
// Four channels are less than a vector: blocks stay as they are.
// PAIRS-DAG: @pixels_packed : memref<8xf32> = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00, 7.000000e+00, 8.000000e+00]>
// PAIRS-DAG: @pixels_bias : memref<8xf32> = dense<0.000000e+00>
// Columns by their places in the scratch, which has 16 pixels in a row, or 48.
// PAIRS-DAG: @pixels_offsets : memref<2xi32> = dense<[48, 16]>
// PAIRS-DAG: @single_offsets : memref<8xi32> = dense<[0, 336, 48, 288, 96, 240, 144, 192]>

memref.global "private" constant @p : memref<2xi32> = dense<[0, 1]>
memref.global "private" constant @c : memref<1xi32> = dense<1>
memref.global "private" constant @v : memref<32xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 127, 127]>
memref.global "private" constant @small : memref<32xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]>
memref.global "private" constant @b : memref<8xi32> = dense<100>
memref.global "private" constant @pf : memref<3xi32> = dense<[0, 1, 2]>
memref.global "private" constant @cf : memref<2xi32> = dense<[3, 1]>
memref.global "private" constant @p1 : memref<9xi32> = dense<[0, 2, 3, 4, 5, 6, 7, 8, 8]>
memref.global "private" constant @c1 : memref<8xi32> = dense<[0, 7, 1, 6, 2, 5, 3, 4]>
memref.global "private" constant @vf : memref<8xf32> = dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]>

func.func @net(%x: memref<1x1x16x8xi8>, %xf: memref<1x1x16x8xf32>,
               %x48: memref<1x1x48x8xf32>, %r48: memref<1x1x48x8xf32>,
               %y: memref<1x1x16x8xi8>, %yf: memref<1x1x16x8xf32>,
               %y48: memref<1x1x48x8xf32>)
    attributes {kernel.num_inputs = 4 : i64, kernel.arena_bytes = 0 : i64} {
  %p = memref.get_global @p : memref<2xi32>
  %c = memref.get_global @c : memref<1xi32>
  %v = memref.get_global @v : memref<32xi8>
  %b = memref.get_global @b : memref<8xi32>
  kernel.sparse_contract %x, %p, %c, %v bias %b into %y {block = array<i64: 8, 4>,
      kernel_size = array<i64: 1, 1>, input_zero_point = -126 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x16x8xi8>, memref<2xi32>, memref<1xi32>, memref<32xi8>, memref<8xi32>, memref<1x1x16x8xi8> loc("channels")
  // PAIRS: kernel.sparse_contract {{.*}}kernel.packed = [@channels_packed, @channels_bias]
  // PAIRS: kernel.sparse_contract {{.*}}kernel.byte_pairs, kernel.packed = [@bytes_packed, @bytes_bias]
  %small = memref.get_global @small : memref<32xi8>
  kernel.sparse_contract %x, %p, %c, %small bias %b into %y {block = array<i64: 8, 4>,
      kernel_size = array<i64: 1, 1>, input_zero_point = -126 : i64,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x16x8xi8>, memref<2xi32>, memref<1xi32>, memref<32xi8>, memref<8xi32>, memref<1x1x16x8xi8> loc("bytes")
  %pf = memref.get_global @pf : memref<3xi32>
  %cf = memref.get_global @cf : memref<2xi32>
  %vf = memref.get_global @vf : memref<8xf32>
  kernel.sparse_contract %xf, %pf, %cf, %vf into %yf {block = array<i64: 4, 1>,
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x1x16x8xf32>, memref<3xi32>, memref<2xi32>, memref<8xf32>, memref<1x1x16x8xf32> loc("pixels")
  // PAIRS: kernel.sparse_contract {{.*}} residual {{.*}}kernel.packed = [@single_packed, @single_bias, @single_offsets]
  %p1 = memref.get_global @p1 : memref<9xi32>
  %c1 = memref.get_global @c1 : memref<8xi32>
  kernel.sparse_contract %x48, %p1, %c1, %vf residual %r48 into %y48 {
      kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x1x48x8xf32>, memref<9xi32>, memref<8xi32>, memref<8xf32>, memref<1x1x48x8xf32>, memref<1x1x48x8xf32> loc("single")
  return
}

// Vectors of channels: pairs of terms of one pixel times eight channels.
// CODE-LABEL: func private @layer_channels
// CODE: scf.for
// CODE: vector.load {{.*}} vector<16xi8>
// CODE: arith.extsi {{.*}} vector<16xi8> to vector<16xi16>
// CODE: vector.broadcast {{.*}} i32 to vector<8xi32>
// CODE: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"

// Vectors of pixels: two of them, transposed on the way in and out, are shared
// by the four channels of a block.
// CODE-LABEL: func private @layer_pixels
// CODE: vector.shuffle {{.*}} [0, 2, 8, 10, 4, 6, 12, 14]
// CODE: scf.for {{.*}} iter_args
// CODE-COUNT-8: vector.fma
// CODE: vector.shuffle {{.*}} [0, 2, 8, 10, 4, 6, 12, 14]
// CODE: vector.store {{.*}} vector<4xf32>

// Single weights: six vectors of pixels, and two columns at once where there
// are as many; a column is found by its place in the scratch. Eight channels of
// a pixel get the residual together.
// CODE-LABEL: func private @layer_single
// CODE: scf.for {{.*}} iter_args
// CODE: memref.load %{{.*}} : memref<8xi32>
// CODE-COUNT-6: vector.fma
// CODE: memref.load %{{.*}} : memref<8xi32>
// CODE-COUNT-6: vector.fma
// CODE: %[[R:.*]] = vector.load %arg{{.*}} : memref<384xf32>, vector<8xf32>
// CODE-NEXT: arith.addf %{{.*}}, %[[R]] : vector<8xf32>
// CODE: vector.store %{{.*}} : memref<384xf32>, vector<8xf32>
