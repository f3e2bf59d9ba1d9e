// RUN: pare-opt %s --kernel-fuse-stripes="target=x86-64-v3 rows=3" --split-input-file | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: pare-opt %s --kernel-fuse-stripes=target=x86-64-v3 --split-input-file | FileCheck %s --check-prefixes=CHECK,AUTO
// RUN: pare-opt %s --kernel-fuse-stripes="target=x86-64-v3 rows=0" --split-input-file | FileCheck %s --check-prefix=NONE
// RUN: pare-opt %s --kernel-fuse-stripes="target=x86-64-v3 rows=3" --kernel-fuse-stripes="target=x86-64-v3 rows=2" --split-input-file | FileCheck %s --check-prefixes=CHECK,ALL

// NONE-NOT: kernel.stripes

// An image of 4.8 MB has left the cache when it is read, and one of 1.2 MB mostly
// has. The residual is one more input. A step of 2 takes two rows for one.

memref.global "private" constant @expand : memref<96x1x1x16xf32> = dense<0.5>
memref.global "private" constant @bias : memref<96xf32> = dense<1.0>
memref.global "private" constant @taps : memref<1x3x3x96xf32> = dense<0.25>
memref.global "private" constant @project : memref<24x1x1x96xf32> = dense<2.0>

// CHECK-LABEL: func.func @bottleneck(
// CHECK-SAME: %[[X:[^:]*]]: memref<1x112x112x16xf32>, %[[R:[^:]*]]: memref<1x56x56x24xf32>, %[[Y:[^:]*]]: memref<1x56x56x24xf32>)
// CHECK: kernel.stripes %[[X]], %[[R]] into %[[Y]] : memref<1x112x112x16xf32>, memref<1x56x56x24xf32> into memref<1x56x56x24xf32>
// CHECK-NEXT: ^bb0(%[[A:[^:]*]]: memref<1x112x112x16xf32>, %[[B:[^:]*]]: memref<1x56x56x24xf32>, %[[C:[^:]*]]: memref<1x56x56x24xf32>):
// CHECK-NEXT: %[[FIRST:.*]] = kernel.buffer : memref<1x112x112x96xf32>
// CHECK-NEXT: %[[SECOND:.*]] = kernel.buffer : memref<1x56x56x96xf32>
// CHECK-NEXT: %[[W:.*]] = memref.get_global @expand
// CHECK-NEXT: %[[BIAS:.*]] = memref.get_global @bias
// CHECK-NEXT: kernel.contract %[[A]], %[[W]] bias %[[BIAS]] into %[[FIRST]]
// ALL-SAME: kernel.strassen = false, kernel.stripe_rows = 4 : i64
// AUTO-SAME: kernel.strassen = false, kernel.stripe_rows = {{2|4|8}} : i64
// CHECK-NEXT: memref.get_global @taps
// CHECK-NEXT: kernel.depthwise %[[FIRST]], %{{.*}} into %[[SECOND]]
// ALL-SAME: kernel.stripe_rows = 2 : i64
// CHECK-NEXT: memref.get_global @project
// CHECK-NEXT: kernel.contract %[[SECOND]], %{{.*}} residual %[[B]] into %[[C]]
// ALL-SAME: kernel.stripe_rows = 2 : i64
// CHECK: return
func.func @bottleneck(%x: memref<1x112x112x16xf32>, %r: memref<1x56x56x24xf32>, %y: memref<1x56x56x24xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 6021120 : i64} {
  %0 = kernel.buffer at 0 : memref<1x112x112x96xf32>
  %1 = kernel.buffer at 4816896 : memref<1x56x56x96xf32>
  %w = memref.get_global @expand : memref<96x1x1x16xf32>
  %b = memref.get_global @bias : memref<96xf32>
  kernel.contract %x, %w bias %b into %0 {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x112x112x16xf32>, memref<96x1x1x16xf32>, memref<96xf32>, memref<1x112x112x96xf32> loc("expand")
  %t = memref.get_global @taps : memref<1x3x3x96xf32>
  kernel.depthwise %0, %t into %1 {epilogue = #kernel.epilogue<low = 0.0>, strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>}
      : memref<1x112x112x96xf32>, memref<1x3x3x96xf32>, memref<1x56x56x96xf32> loc("depthwise")
  %p = memref.get_global @project : memref<24x1x1x96xf32>
  kernel.contract %1, %p residual %r into %y {epilogue = #kernel.epilogue<>, residual_epilogue = #kernel.epilogue<>}
      : memref<1x56x56x96xf32>, memref<24x1x1x96xf32>, memref<1x56x56x24xf32>, memref<1x56x56x24xf32> loc("project")
  return
}

// -----

// The same between images in the arena: 1.10 MB are alive while it runs, 1.23 MB
// before. Its rings leave the arena within 1.1 times that if no row is computed
// before it is needed.

memref.global "private" constant @expand : memref<96x1x1x16xf32> = dense<0.5>
memref.global "private" constant @taps : memref<1x3x3x96xf32> = dense<0.25>
memref.global "private" constant @project : memref<24x1x1x96xf32> = dense<2.0>

// CHECK-LABEL: func.func @tight(
// AUTO: kernel.stripes
// AUTO: kernel.contract
// AUTO-SAME: kernel.stripe_rows = 1 : i64
// AUTO: kernel.depthwise
// AUTO-SAME: kernel.stripe_rows = 1 : i64
// AUTO: kernel.contract
// AUTO-SAME: kernel.stripe_rows = 1 : i64
func.func @tight(%y: memref<1x56x56x24xf32>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 6021120 : i64} {
  %before = kernel.buffer at 0 : memref<306600xf32>
  %x = kernel.buffer at 0 : memref<1x112x112x16xf32>
  %0 = kernel.buffer at 802816 : memref<1x112x112x96xf32>
  %1 = kernel.buffer at 5619712 : memref<1x56x56x96xf32>
  %2 = kernel.buffer at 0 : memref<1x56x56x24xf32>
  kernel.fill %before with 1.0 : f32 : memref<306600xf32>
  kernel.copy %before into %y sizes [4] from 0 by [1] to 0 by [1] : memref<306600xf32>, memref<1x56x56x24xf32>
  kernel.fill %x with 1.0 : f32 : memref<1x112x112x16xf32>
  %w = memref.get_global @expand : memref<96x1x1x16xf32>
  kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<low = 0.0>}
      : memref<1x112x112x16xf32>, memref<96x1x1x16xf32>, memref<1x112x112x96xf32> loc("expand")
  %t = memref.get_global @taps : memref<1x3x3x96xf32>
  kernel.depthwise %0, %t into %1 {epilogue = #kernel.epilogue<low = 0.0>, strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>}
      : memref<1x112x112x96xf32>, memref<1x3x3x96xf32>, memref<1x56x56x96xf32> loc("depthwise")
  %p = memref.get_global @project : memref<24x1x1x96xf32>
  kernel.contract %1, %p into %2 {epilogue = #kernel.epilogue<>}
      : memref<1x56x56x96xf32>, memref<24x1x1x96xf32>, memref<1x56x56x24xf32> loc("project")
  kernel.unary exp %2 into %y {epilogue = #kernel.epilogue<>} : memref<1x56x56x24xf32>, memref<1x56x56x24xf32>
  return
}

// -----

// Small images stay in the cache anyway.

memref.global "private" constant @taps : memref<1x3x3x16xf32> = dense<0.25>
memref.global "private" constant @project : memref<8x1x1x16xf32> = dense<2.0>

// CHECK-LABEL: func.func @small(
// ALL: kernel.stripes
// AUTO-NOT: kernel.stripes
// CHECK: return
func.func @small(%x: memref<1x9x8x16xf32>, %y: memref<1x9x8x8xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 4608 : i64} {
  %0 = kernel.buffer at 0 : memref<1x9x8x16xf32>
  %t = memref.get_global @taps : memref<1x3x3x16xf32>
  kernel.depthwise %x, %t into %0 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x9x8x16xf32>, memref<1x3x3x16xf32>, memref<1x9x8x16xf32>
  %p = memref.get_global @project : memref<8x1x1x16xf32>
  kernel.contract %0, %p into %y {epilogue = #kernel.epilogue<>}
      : memref<1x9x8x16xf32>, memref<8x1x1x16xf32>, memref<1x9x8x8xf32>
  return
}

// -----

// Chains end at a buffer that something else reads too, before taps of 3x3 in a
// contraction, which only begin one, at several images, and at operations that are
// neither.

memref.global "private" constant @taps : memref<1x3x3x16xf32> = dense<0.25>
memref.global "private" constant @ones : memref<16x1x1x16xf32> = dense<2.0>
memref.global "private" constant @nines : memref<16x3x3x16xf32> = dense<2.0>

// CHECK-LABEL: func.func @ends(
// CHECK-NOT: kernel.stripes
// ALL: kernel.stripes
// ALL: get_global @nines
// ALL: kernel.contract
// ALL: kernel.depthwise
// CHECK: kernel.binary
// CHECK-NOT: kernel.stripes
// CHECK: return
func.func @ends(%x: memref<1x8x8x16xf32>, %y: memref<1x8x8x16xf32>, %z: memref<1x8x8x16xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 12288 : i64} {
  %0 = kernel.buffer at 0 : memref<1x8x8x16xf32>
  %1 = kernel.buffer at 4096 : memref<1x8x8x16xf32>
  %2 = kernel.buffer at 8192 : memref<1x8x8x16xf32>
  %t = memref.get_global @taps : memref<1x3x3x16xf32>
  %p = memref.get_global @ones : memref<16x1x1x16xf32>
  %n = memref.get_global @nines : memref<16x3x3x16xf32>
  kernel.depthwise %x, %t into %0 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x8x8x16xf32>, memref<1x3x3x16xf32>, memref<1x8x8x16xf32>
  kernel.contract %0, %p into %1 {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x16xf32>, memref<16x1x1x16xf32>, memref<1x8x8x16xf32>
  kernel.contract %1, %n into %2 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x8x8x16xf32>, memref<16x3x3x16xf32>, memref<1x8x8x16xf32>
  kernel.depthwise %2, %t into %y {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x8x8x16xf32>, memref<1x3x3x16xf32>, memref<1x8x8x16xf32>
  kernel.binary add %0, %y into %z {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x16xf32>, memref<1x8x8x16xf32>, memref<1x8x8x16xf32>
  return
}

// CHECK-LABEL: func.func @images(
// CHECK-NOT: kernel.stripes
// CHECK: return
func.func @images(%x: memref<2x8x8x16xf32>, %y: memref<2x8x8x16xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 8192 : i64} {
  %0 = kernel.buffer at 0 : memref<2x8x8x16xf32>
  %t = memref.get_global @taps : memref<1x3x3x16xf32>
  %p = memref.get_global @ones : memref<16x1x1x16xf32>
  kernel.depthwise %x, %t into %0 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<2x8x8x16xf32>, memref<1x3x3x16xf32>, memref<2x8x8x16xf32>
  kernel.contract %0, %p into %y {epilogue = #kernel.epilogue<>}
      : memref<2x8x8x16xf32>, memref<16x1x1x16xf32>, memref<2x8x8x16xf32>
  return
}

// Weights that the network computes are packed while it runs, once.

// CHECK-LABEL: func.func @computed(
// CHECK-NOT: kernel.stripes
// CHECK: return
func.func @computed(%x: memref<1x8x8x16xf32>, %p: memref<16x1x1x16xf32>, %y: memref<1x8x8x16xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 4096 : i64} {
  %0 = kernel.buffer at 0 : memref<1x8x8x16xf32>
  %t = memref.get_global @taps : memref<1x3x3x16xf32>
  kernel.depthwise %x, %t into %0 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x8x8x16xf32>, memref<1x3x3x16xf32>, memref<1x8x8x16xf32>
  kernel.contract %0, %p into %y {epilogue = #kernel.epilogue<>}
      : memref<1x8x8x16xf32>, memref<16x1x1x16xf32>, memref<1x8x8x16xf32>
  return
}

// -----

// Products that Strassen's algorithm makes faster keep their whole images.

memref.global "private" constant @taps : memref<1x3x3x512xf32> = dense<0.25>
memref.global "private" constant @project : memref<512x1x1x512xf32> = dense<2.0>

// CHECK-LABEL: func.func @strassen(
// CHECK-NOT: kernel.stripes
// CHECK: return
func.func @strassen(%x: memref<1x28x28x512xf32>, %y: memref<1x28x28x512xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 1605632 : i64} {
  %0 = kernel.buffer at 0 : memref<1x28x28x512xf32>
  %t = memref.get_global @taps : memref<1x3x3x512xf32>
  kernel.depthwise %x, %t into %0 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x28x28x512xf32>, memref<1x3x3x512xf32>, memref<1x28x28x512xf32>
  %p = memref.get_global @project : memref<512x1x1x512xf32>
  kernel.contract %0, %p into %y {epilogue = #kernel.epilogue<>}
      : memref<1x28x28x512xf32>, memref<512x1x1x512xf32>, memref<1x28x28x512xf32>
  return
}

// -----

// Sparse weights that are a part of the code run in stripes; others add sums in
// another order where there are less pixels.

memref.global "private" constant @taps : memref<1x3x3x4xf32> = dense<0.25>
memref.global "private" constant @p : memref<5xi32> = dense<[0, 2, 3, 3, 6]>
memref.global "private" constant @c : memref<6xi32> = dense<[1, 3, 1, 0, 1, 2]>
memref.global "private" constant @v : memref<6xf32> = dense<[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]>

// CHECK-LABEL: func.func @sparse(
// ALL: kernel.stripes
// ALL: kernel.depthwise {{.*}}kernel.stripe_rows = 3
// ALL: kernel.sparse_contract {{.*}}kernel.stripe_rows = 3
// AUTO-NOT: kernel.stripes
// ALL-NOT: kernel.stripes
// CHECK: return
func.func @sparse(%x: memref<1x12x48x4xf32>, %y: memref<1x12x48x4xf32>,
                  %x40: memref<1x12x40x4xf32>, %y40: memref<1x12x40x4xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 9216 : i64} {
  %0 = kernel.buffer at 0 : memref<1x12x48x4xf32>
  %t = memref.get_global @taps : memref<1x3x3x4xf32>
  %p = memref.get_global @p : memref<5xi32>
  %c = memref.get_global @c : memref<6xi32>
  %v = memref.get_global @v : memref<6xf32>
  kernel.depthwise %x, %t into %0 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x12x48x4xf32>, memref<1x3x3x4xf32>, memref<1x12x48x4xf32> loc("depthwise")
  kernel.sparse_contract %0, %p, %c, %v into %y {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x12x48x4xf32>, memref<5xi32>, memref<6xi32>, memref<6xf32>, memref<1x12x48x4xf32> loc("literal")
  %1 = kernel.buffer at 0 : memref<1x12x40x4xf32>
  kernel.depthwise %x40, %t into %1 {epilogue = #kernel.epilogue<>, padding = array<i64: 1, 1, 1, 1>}
      : memref<1x12x40x4xf32>, memref<1x3x3x4xf32>, memref<1x12x40x4xf32> loc("other")
  kernel.sparse_contract %1, %p, %c, %v into %y40 {kernel_size = array<i64: 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x12x40x4xf32>, memref<5xi32>, memref<6xi32>, memref<6xf32>, memref<1x12x40x4xf32> loc("rest")
  return
}
