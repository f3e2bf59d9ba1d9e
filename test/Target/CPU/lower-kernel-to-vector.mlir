// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 --split-input-file | FileCheck %s

// The network's own function: flat buffers, views of the arena, one call a
// layer. Scratch memory of a layer lies beside what it reads.

// CHECK-LABEL: func.func @calls
// CHECK-SAME: (%[[X:.*]]: memref<12xi8>, %[[Y:.*]]: memref<4xi8>, %[[ARENA:.*]]: memref<128xi8>)
// CHECK-SAME: kernel.arena_bytes = 128 : i64
// CHECK: %[[T:.*]] = memref.view %[[ARENA]][%c64]{{.*}} : memref<128xi8> to memref<12xi8>
// CHECK: call @layer_lookup(%[[X]], %[[T]]) : (memref<12xi8>, memref<12xi8>) -> ()
// CHECK: %[[S:.*]] = memref.view %[[ARENA]][%c0]{{.*}} : memref<128xi8> to memref<64xi8>
// CHECK: call @layer_product(%[[T]], %[[Y]], %[[S]])
memref.global "private" constant @table : memref<256xi8> = dense<1>
memref.global "private" constant @w : memref<1x1x1x3xi8> = dense<2>
func.func @calls(%x: memref<1x1x4x3xi8>, %y: memref<1x1x4x1xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 64 : i64} {
  %t = memref.get_global @table : memref<256xi8>
  %w = memref.get_global @w : memref<1x1x1x3xi8>
  %0 = kernel.buffer at 0 : memref<1x1x4x3xi8>
  kernel.table %x, %t into %0 : memref<1x1x4x3xi8>, memref<256xi8>, memref<1x1x4x3xi8> loc("lookup")
  kernel.contract %0, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x4x3xi8>, memref<1x1x1x3xi8>, memref<1x1x4x1xi8> loc("product")
  return
}

// -----

// f32: two vectors of weights times six broadcast elements, sums in registers,
// four steps in a row.

// CHECK-LABEL: func.func private @layer_conv
// CHECK-SAME: llvm.noalias
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-2: vector.load {{.*}} vector<8xf32>
// CHECK: memref.load
// CHECK: vector.broadcast
// CHECK-COUNT-48: vector.fma
// CHECK-NOT: vector.fma
// CHECK: scf.yield
// relu: one bound.
// CHECK: llvm.call_intrinsic "llvm.x86.avx.max.ps.256"
// CHECK-NOT: arith.cmpf olt
// CHECK: vector.store
memref.global "private" constant @w : memref<16x1x1x8xf32> = dense<1.0>
func.func @f32(%x: memref<1x3x4x8xf32>, %y: memref<1x3x4x16xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x8xf32>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x3x4x8xf32>, memref<16x1x1x8xf32>, memref<1x3x4x16xf32> loc("conv")
  return
}

// -----

// i8: pixels are widened to 16 bits in the scratch; weights in the loop, since
// there are too few rows to widen them before.

// CHECK-LABEL: func.func private @layer_conv
// CHECK: memref.view %{{.*}} to memref<48xi16>
// CHECK: arith.extsi {{.*}} : vector<16xi8> to vector<16xi16>
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.load {{.*}} vector<16xi8>
// CHECK: arith.extsi
// CHECK: vector.bitcast {{.*}} : vector<2xi16> to vector<1xi32>
// CHECK: vector.bitcast {{.*}} : vector<8xi32> to vector<16xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK: arith.addi
// Two rows of sums are rounded and packed together.
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK: llvm.call_intrinsic "llvm.x86.avx.cvt.ps2dq.256"
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.packssdw"
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.packsswb"
// CHECK: vector.store {{.*}} vector<16xi8>
// CHECK: vector.store {{.*}} vector<16xi8>
memref.global "private" constant @w : memref<16x1x1x16xi8> = dense<100>
func.func @i8(%x: memref<1x1x3x16xi8>, %y: memref<1x1x3x16xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x16xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x3x16xi8>, memref<16x1x1x16xi8>, memref<1x1x3x16xi8> loc("conv")
  return
}

// -----

// Factors above one half may round to more than 31 bits: clamped before.

// CHECK-LABEL: func.func private @layer_conv
// CHECK-NOT: cvt.ps2dq
// CHECK: arith.cmpf olt
// CHECK: arith.addf
// CHECK: arith.bitcast {{.*}} : vector<16xf32> to vector<16xi32>
// CHECK: arith.trunci {{.*}} : vector<16xi32> to vector<16xi8>
memref.global "private" constant @w : memref<16x1x1x16xi8> = dense<100>
func.func @large_factors(%x: memref<1x1x3x16xi8>, %y: memref<1x1x3x16xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x16xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.75]>>}
      : memref<1x1x3x16xi8>, memref<16x1x1x16xi8>, memref<1x1x3x16xi8> loc("conv")
  return
}

// -----

// Weights whose neighbours' products with bytes fit in 16 bits: bytes, four
// terms a step, the input unsigned. Few rows have no groups of steps.

// CHECK-LABEL: func.func private @layer_conv
// CHECK: memref.view %{{.*}} to memref<48xi8>
// CHECK: arith.xori
// CHECK: vector.load {{.*}} vector<32xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK-NEXT: arith.constant dense<1> : vector<16xi16>
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
memref.global "private" constant @w : memref<16x1x1x16xi8> = dense<64>
func.func @byte_pairs(%x: memref<1x1x3x16xi8>, %y: memref<1x1x3x16xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x16xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x1x3x16xi8>, memref<16x1x1x16xi8>, memref<1x1x3x16xi8> loc("conv")
  return
}

// -----

// Where sums of eight weights fit, four products are added before they are
// widened, of bytes from where a table says.

// CHECK-LABEL: func.func private @layer_conv
// CHECK: arith.xori
// CHECK: scf.for
// CHECK-COUNT-4: arith.index_castui
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK-NEXT: arith.addi {{.*}} : vector<16xi16>
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK-NEXT: arith.addi {{.*}} : vector<16xi16>
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK-NEXT: arith.addi {{.*}} : vector<16xi16>
// CHECK-NEXT: arith.constant dense<1> : vector<16xi16>
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK-NEXT: arith.addi {{.*}} : vector<8xi32>
memref.global "private" constant @w : memref<16x1x1x32xi8> = dense<16>
func.func @byte_groups(%x: memref<1x3x4x32xi8>, %y: memref<1x3x4x16xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x32xi8>
  kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x3x4x32xi8>, memref<16x1x1x32xi8>, memref<1x3x4x16xi8> loc("conv")
  return
}

// -----

// A tile that is asked for: three rows, one vector, two times four steps.

// CHECK-LABEL: func.func private @layer_conv
// CHECK: scf.for {{.*}} to %c8{{[_0-9]*}} step %c4{{[_0-9]*}} iter_args
// CHECK-COUNT-12: vector.fma
// CHECK-NOT: vector.fma
// CHECK: return
memref.global "private" constant @w : memref<16x1x1x8xf32> = dense<1.0>
func.func @forced(%x: memref<1x3x4x8xf32>, %y: memref<1x3x4x16xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x8xf32>
  kernel.contract %x, %w into %y {kernel.tile = array<i64: 3, 1>, epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x3x4x8xf32>, memref<16x1x1x8xf32>, memref<1x3x4x16xf32> loc("conv")
  return
}

// -----

// Nine terms: the last one is behind the loop.

// CHECK-LABEL: func.func private @layer_nine
// CHECK: scf.for {{.*}} to %c8{{[_0-9]*}} step %c4{{[_0-9]*}} iter_args
// CHECK-COUNT-12: vector.fma
// CHECK: scf.yield
// CHECK-COUNT-3: vector.fma
// CHECK-NOT: vector.fma
// CHECK: return
memref.global "private" constant @w : memref<16x1x1x9xf32> = dense<1.0>
func.func @remainder(%x: memref<1x3x4x9xf32>, %y: memref<1x3x4x16xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x1x1x9xf32>
  kernel.contract %x, %w into %y {kernel.tile = array<i64: 3, 1>, epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x3x4x9xf32>, memref<16x1x1x9xf32>, memref<1x3x4x16xf32> loc("nine")
  return
}

// -----

// Windows of 3x3 taps read a copy of the image with its padding: 5 x 6 pixels
// of 8 channels. A row of taps is one loop.

// CHECK-LABEL: func.func private @layer_conv
// CHECK: memref.view %{{.*}} to memref<240xf32>
// CHECK: scf.if
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.fma
memref.global "private" constant @w : memref<16x3x3x8xf32> = dense<1.0>
func.func @band(%x: memref<1x3x4x8xf32>, %y: memref<1x3x4x16xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<16x3x3x8xf32>
  kernel.contract %x, %w into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x3x4x8xf32>, memref<16x3x3x8xf32>, memref<1x3x4x16xf32> loc("conv")
  return
}

// -----

// Mode fixed, halves rounded away from zero: 64-bit products of the even and of
// the odd elements, and a rounding shift; no float anywhere.

// CHECK-LABEL: func.func private @layer_sum
// CHECK-NOT: f32
// CHECK: vector.bitcast {{.*}} : vector<8xi32> to vector<4xi64>
// CHECK: arith.muli {{.*}} : vector<4xi64>
// CHECK: arith.shrui {{.*}} : vector<4xi64>
// CHECK-NOT: f32
// CHECK: return
func.func @fixed(%x: memref<8xi8>, %y: memref<8xi8>, %z: memref<8xi8>)
    attributes {kernel.num_inputs = 2 : i64} {
  kernel.binary add %x, %y into %z {epilogue = #kernel.epilogue<low = -128.0, high = 127.0,
      scales = <mode = fixed, multipliers = [1073741824, 1073741824, 1073741824], shifts = [0, 0, -19]>>}
      : memref<8xi8>, memref<8xi8>, memref<8xi8> loc("sum")
  return
}

// -----

// Depthwise: all taps of some columns unrolled, two rows of taps in pairs. Rows
// outside of the image are a row of zero points, columns outside of it constants.

// CHECK-LABEL: func.func private @layer_depthwise
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<1536xi8>
// CHECK: vector.store %{{.*}}, %{{.*}} : memref<192xi8>, vector<32xi8>
// CHECK: %[[IN:.*]] = memref.cast %[[X]] : memref<1536xi8> to memref<?xi8>
// CHECK: scf.for
// CHECK-COUNT-3: arith.select %{{.*}}, %[[IN]], %{{.*}} : memref<?xi8>
// CHECK-NOT: scf.if
// CHECK: vector.shuffle {{.*}} [0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27]
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
memref.global "private" constant @w : memref<1x3x3x24xi8> = dense<65>
func.func @depthwise(%x: memref<1x8x8x24xi8>, %y: memref<1x8x8x24xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @w : memref<1x3x3x24xi8>
  kernel.depthwise %x, %w into %y {padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x8x8x24xi8>, memref<1x3x3x24xi8>, memref<1x8x8x24xi8> loc("depthwise")
  return
}

// -----

// The same with a power of two of channels: bytes of four rows stand side by
// side, and nothing is widened. A vector has the 16 channels of two columns, of
// which the left one is padding at first. Two columns of taps are added in 16
// bits, where the weights allow it.

// CHECK-LABEL: func.func private @layer_quads
// CHECK-COUNT-4: arith.select {{.*}} : memref<?xi8>
// CHECK-NOT: arith.extsi
// CHECK: vector.insert_strided_slice {{.*}} {offsets = [16], strides = [1]} : vector<16xi8> into vector<32xi8>
// CHECK: arith.xori {{.*}} : vector<32xi8>
// CHECK: vector.shuffle {{.*}} [0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16, 48,
// CHECK: vector.shuffle {{.*}} [0, 1, 32, 33, 2, 3, 34, 35, 4, 5, 36, 37, 6, 7, 38, 39, 16, 17,
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// CHECK-NEXT: arith.addi {{.*}} : vector<16xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK-NOT: arith.extsi
// CHECK: arith.sitofp
// CHECK: return
memref.global "private" constant @wq : memref<1x3x3x16xi8> = dense<32>
func.func @quads(%x: memref<1x8x8x16xi8>, %y: memref<1x8x8x16xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @wq : memref<1x3x3x16xi8>
  kernel.depthwise %x, %w into %y {padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x8x8x16xi8>, memref<1x3x3x16xi8>, memref<1x8x8x16xi8> loc("quads")
  return
}

// -----

// The same with weights of which two leave 16 bits: the lower of each two rows
// is turned by a mask of its own. What is negative is clamped, so that sums
// begin with the bits of 2^23 and are floats.

// CHECK-LABEL: func.func private @layer_turned
// CHECK-DAG: %[[M:.*]] = memref.get_global @turned_masks : memref<512xi8>
// CHECK-DAG: %[[B:.*]] = memref.get_global @bias : memref<64xi32>
// CHECK: vector.load {{.*}} : memref<?xi8>, vector<32xi8>
// CHECK: %[[MASK:.*]] = vector.load %[[M]][{{.*}}] : memref<512xi8>, vector<32xi8>
// CHECK-NEXT: arith.xori %{{.*}}, %[[MASK]] : vector<32xi8>
// CHECK: vector.load %[[B]]
// CHECK-NOT: arith.sitofp
// CHECK: %[[SUM:.*]] = vector.bitcast %{{.*}} : vector<8xi32> to vector<8xf32>
// CHECK: vector.fma %[[SUM]],
memref.global "private" constant @wt : memref<1x3x3x32xi8> = dense<65>
func.func @turned(%x: memref<1x8x8x32xi8>, %y: memref<1x8x8x32xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @wt : memref<1x3x3x32xi8>
  kernel.depthwise %x, %w into %y {padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = 0.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x8x8x32xi8>, memref<1x3x3x32xi8>, memref<1x8x8x32xi8> loc("turned")
  return
}

// -----

// Maxima of bytes as they are stored, whole vectors of them; the nearest pixel
// inside stands for padding.

// CHECK-LABEL: func.func private @layer_pooled
// CHECK-NOT: arith.extsi
// CHECK-COUNT-9: vector.load {{.*}} vector<32xi8>
// CHECK: arith.maxsi {{.*}} : vector<32xi8>
// CHECK: vector.store {{.*}} vector<32xi8>
func.func @pooled(%x: memref<1x8x8x64xi8>, %y: memref<1x4x4x64xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  kernel.pool max %x into %y {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0>}
      : memref<1x8x8x64xi8>, memref<1x4x4x64xi8> loc("pooled")
  return
}

// -----

// Several outputs a channel: the inputs of a vector of outputs are few, and
// repeated.

// CHECK-LABEL: func.func private @layer_multiplied
// CHECK: vector.load %{{.*}} vector<4xf32>
// CHECK: vector.shuffle %{{.*}} [0, 0, 1, 1, 2, 2, 3, 3] : vector<4xf32>, vector<4xf32>
// CHECK: vector.fma {{.*}} vector<8xf32>
memref.global "private" constant @wm : memref<1x3x3x16xf32> = dense<1.0>
func.func @multiplied(%x: memref<1x8x8x8xf32>, %y: memref<1x6x6x16xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  %w = memref.get_global @wm : memref<1x3x3x16xf32>
  kernel.depthwise %x, %w into %y {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x8xf32>, memref<1x3x3x16xf32>, memref<1x6x6x16xf32> loc("multiplied")
  return
}

// -----

// A copy whose runs are contiguous moves vectors of 32 bytes, dimensions that
// continue each other as one.

// CHECK-LABEL: func.func private @layer_concat
// CHECK: vector.load {{.*}} vector<32xi8>
// CHECK: vector.store {{.*}} vector<32xi8>
func.func @copy(%x: memref<2x4x8xi8>, %y: memref<2x8x8xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  kernel.copy %x into %y sizes [2, 4, 8] from 0 by [32, 8, 1] to 32 by [64, 8, 1]
      : memref<2x4x8xi8>, memref<2x8x8xi8> loc("concat")
  return
}

// -----

// A transposed convolution: vectors of output channels, four at once, over the
// taps that reach a pixel.

// CHECK-LABEL: func.func private @layer_transposed
// CHECK: %[[W:.*]] = memref.get_global @transposed_packed : memref<1024xf32>
// CHECK: scf.if
// CHECK: vector.load %[[W]][%{{.*}}] : memref<1024xf32>, vector<32xf32>
// CHECK: memref.load
// CHECK: vector.broadcast %{{.*}} : f32 to vector<32xf32>
// CHECK: vector.fma {{.*}} vector<32xf32>
memref.global "private" constant @wt : memref<32x2x2x8xf32> = dense<1.0>
func.func @transposed(%x: memref<1x4x4x8xf32>, %y: memref<1x8x8x32xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wt : memref<32x2x2x8xf32>
  kernel.transpose_conv %x, %w into %y {strides = array<i64: 2, 2>, epilogue = #kernel.epilogue<>}
      : memref<1x4x4x8xf32>, memref<32x2x2x8xf32>, memref<1x8x8x32xf32> loc("transposed")
  return
}

// -----

// A residual is added before the one store.

// CHECK-LABEL: func.func private @layer_residual
// CHECK-SAME: %{{[a-z0-9]+}}: memref<96xf32> {llvm.noalias}, %[[R:[a-z0-9]+]]: memref<96xf32> {llvm.noalias}, %[[Y:[a-z0-9]+]]: memref<96xf32>
// CHECK: vector.fma
// CHECK: %[[ADDED:.*]] = vector.load %[[R]]
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[ADDED]] : vector<16xf32>
// CHECK: %[[SUM]]
// CHECK: vector.store %{{.*}}, %[[Y]]
memref.global "private" constant @wr : memref<16x1x1x16xf32> = dense<1.0>
func.func @residual(%x: memref<1x2x3x16xf32>, %r: memref<1x2x3x16xf32>, %y: memref<1x2x3x16xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  %w = memref.get_global @wr : memref<16x1x1x16xf32>
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x2x3x16xf32>, memref<16x1x1x16xf32>, memref<1x2x3x16xf32>, memref<1x2x3x16xf32> loc("residual")
  return
}

// -----

// Weights that are not constant are packed first: the terms of eight channels
// become pairs of 16 bits of each, by which the inner loop multiplies.

// CHECK-LABEL: func.func private @layer_computed_residual
// CHECK: memref.view %{{.*}} : memref<192xi8> to memref<32xi16>
// CHECK: %[[TERMS:.*]] = vector.load %arg1[%{{.*}}] : memref<12xi8>, vector<2xi8>
// CHECK: vector.shuffle
// CHECK: vector.store %{{.*}} : memref<32xi16>, vector<16xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK: %[[ADDED:.*]] = vector.load %arg2[%{{.*}}] : memref<4xi8>, vector<4xi8>
// CHECK: vector.store %{{.*}}, %arg3[%{{.*}}] : memref<4xi8>, vector<4xi8>
func.func @computed_residual(%x: memref<1x1x1x3xi8>, %w: memref<4x1x1x3xi8>, %r: memref<1x1x1x4xi8>, %y: memref<1x1x1x4xi8>)
    attributes {kernel.num_inputs = 3 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>,
      residual_epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5, 0.25]>>}
      : memref<1x1x1x3xi8>, memref<4x1x1x3xi8>, memref<1x1x1x4xi8>, memref<1x1x1x4xi8> loc("computed_residual")
  return
}

// -----

// Three planes become pixels of three channels: their elements in turn.

// CHECK-LABEL: func.func private @layer_interleaved
// CHECK-COUNT-3: vector.load %arg0[%{{.*}}] : memref<192xi8>, vector<16xi8>
// CHECK: vector.shuffle {{.*}} [0, 16, 32, 1, 17, 33,
// CHECK: vector.store %{{.*}}, %arg1[%{{.*}}] : memref<192xi8>, vector<48xi8>
func.func @interleaved(%x: memref<1x3x8x8xi8>, %y: memref<1x8x8x3xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.copy %x into %y sizes [1, 8, 8, 3] from 0 by [192, 8, 1, 64] to 0 by [192, 24, 3, 1]
      : memref<1x3x8x8xi8>, memref<1x8x8x3xi8> loc("interleaved")
  return
}

// -----

// Between buffers that are contiguous along different dimensions squares are
// transposed in registers: eight rows in two parts of a vector by four columns,
// twice to fill a cache line. The last block of columns overlaps the one before.

// CHECK-LABEL: func.func private @layer_transposed
// CHECK-NOT: memref.load
// CHECK: arith.minsi %{{.*}}, %c17
// CHECK-COUNT-2: vector.load %arg0[%{{.*}}] : memref<2688xf32>, vector<4xf32>
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 2, 8, 10, 4, 6, 12, 14] : vector<8xf32>, vector<8xf32>
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [1, 3, 9, 11, 5, 7, 13, 15] : vector<8xf32>, vector<8xf32>
// CHECK-COUNT-8: vector.store %{{.*}}, %arg1[%{{.*}}] : memref<2688xf32>, vector<8xf32>
// CHECK-NOT: vector.store

// CHECK-LABEL: func.func private @layer_bytes
// CHECK-NOT: memref.load
// CHECK-COUNT-32: vector.load %arg0[%{{.*}}] : memref<5376xi8>, vector<16xi8>
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16, 48,
// CHECK-COUNT-16: vector.store %{{.*}}, %arg1[%{{.*}}] : memref<5376xi8>, vector<32xi8>

// Few columns are narrower squares.

// CHECK-LABEL: func.func private @layer_narrow
// CHECK-NOT: memref.load
// CHECK: vector.load %arg0[%{{.*}}] : memref<384xi8>, vector<2xi8>
// CHECK: vector.store %{{.*}}, %arg1[%{{.*}}] : memref<384xi8>, vector<32xi8>
func.func @transpositions(%x: memref<1x128x21xf32>, %y: memref<1x21x128xf32>,
                          %a: memref<1x112x48xi8>, %b: memref<1x48x112xi8>,
                          %c: memref<1x128x3xi8>, %d: memref<1x3x128xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.copy %x into %y sizes [1, 21, 128] from 0 by [2688, 1, 21] to 0 by [2688, 128, 1]
      : memref<1x128x21xf32>, memref<1x21x128xf32> loc("transposed")
  kernel.copy %a into %b sizes [1, 48, 112] from 0 by [5376, 1, 48] to 0 by [5376, 112, 1]
      : memref<1x112x48xi8>, memref<1x48x112xi8> loc("bytes")
  kernel.copy %c into %d sizes [1, 3, 128] from 0 by [384, 1, 3] to 0 by [384, 128, 1]
      : memref<1x128x3xi8>, memref<1x3x128xi8> loc("narrow")
  return
}

// -----

// What only moves bytes by a whole number takes a vector of them at once.

// CHECK-LABEL: func.func private @layer_signed
// CHECK: vector.load %arg0[%{{.*}}] : memref<96xi8>, vector<32xi8>
// CHECK: vector.store %{{.*}}, %arg1[%{{.*}}] : memref<96xi8>, vector<32xi8>
func.func @signed(%x: memref<96xi8>, %y: memref<96xi8>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.convert requantize %x into %y {epilogue = #kernel.epilogue<zero_point = 3, low = -1.280000e+02, high = 1.270000e+02>, input_zero_point = 131 : i64, unsigned_input}
      : memref<96xi8>, memref<96xi8> loc("signed")
  return
}

// -----

// The counter is read in the network's own function, between the layers, when
// the one before is done and before the next one begins.

// CHECK-LABEL: func.func @times
// CHECK-SAME: %[[TICKS:[a-z0-9]+]]: memref<2xi64>
// CHECK: llvm.call_intrinsic "llvm.x86.sse2.lfence"()
// CHECK-NEXT: %[[BEGIN:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK-NEXT: llvm.call_intrinsic "llvm.x86.sse2.lfence"()
// CHECK: memref.store %[[BEGIN]], %[[TICKS]][%{{.*}}] : memref<2xi64>
// CHECK: call @layer_curve
// CHECK: llvm.call_intrinsic "llvm.x86.sse2.lfence"()
// CHECK-NEXT: %[[END:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"()
// CHECK: memref.store %[[END]], %[[TICKS]]
func.func @times(%x: memref<4xf32>, %y: memref<4xf32>, %t: memref<2xi64>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.timestamp into %t at 0 : memref<2xi64>
  kernel.unary abs %x into %y {epilogue = #kernel.epilogue<>} : memref<4xf32>, memref<4xf32> loc("curve")
  kernel.timestamp into %t at 1 : memref<2xi64>
  return
}
