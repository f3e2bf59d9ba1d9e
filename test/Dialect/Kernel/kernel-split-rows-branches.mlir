// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{first=1 layers=3 stripes=2}))" %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{layers=4 stripes=4}))" %s | FileCheck %s --check-prefix=ALL
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{budget=420 alignment=8 overlap=true},kernel-plan-memory{alignment=8 overlap=true}))" %s | FileCheck %s --check-prefix=FIT
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{regions=fast:128,slow:288 alignment=8 overlap=true},kernel-choose-regions{regions=fast:128,slow:288 alignment=8 overlap=true},kernel-plan-memory{alignment=8 overlap=true}))" %s | FileCheck %s --check-prefix=REGIONS
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{layers=3 stripes=2}))" %s 2>&1 | FileCheck %s --check-prefix=OPEN
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-split-rows{regions=fast}))" %s 2>&1 | FileCheck %s --check-prefix=TEXT

// A residual block: what the sum adds is what the first of two convolutions
// reads, two rows further on both sides.
func.func @block(%x: memref<1x8x8x4xi8>, %t: memref<256xi8>, %f: memref<4x3x3x4xi8>,
                 %y: memref<1x8x8x4xi8>) attributes {kernel.num_inputs = 3 : i64} {
  %0 = kernel.buffer : memref<1x8x8x4xi8>
  kernel.table %x, %t into %0 : memref<1x8x8x4xi8>, memref<256xi8>, memref<1x8x8x4xi8>
  %1 = kernel.buffer : memref<1x8x8x4xi8>
  kernel.contract %0, %f into %1 {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x8x8x4xi8>, memref<4x3x3x4xi8>, memref<1x8x8x4xi8>
  %2 = kernel.buffer : memref<1x8x8x4xi8>
  kernel.contract %1, %f into %2 {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x8x8x4xi8>, memref<4x3x3x4xi8>, memref<1x8x8x4xi8>
  kernel.binary add %2, %0 into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824, 1073741824, 1073741824], shifts = [0, 0, -19]>>} : memref<1x8x8x4xi8>, memref<1x8x8x4xi8>, memref<1x8x8x4xi8>
  return
}
// The image that both branches read stays whole; each reads its rows of it.
// CHECK-LABEL: func.func @block(
// CHECK: kernel.table %arg0, %arg1 into %[[X:.*]] : memref<1x8x8x4xi8>
// CHECK: %[[X0:.*]] = kernel.subview %[[X]] from 0 : memref<1x8x8x4xi8> to memref<1x6x8x4xi8>
// CHECK: %[[A0:.*]] = kernel.buffer : memref<1x5x8x4xi8>
// CHECK: kernel.contract %[[X0]], %arg2 into %[[A0]] {{.*}}padding = array<i64: 1, 0, 1, 1>
// CHECK: %[[B0:.*]] = kernel.buffer : memref<1x4x8x4xi8>
// CHECK: kernel.contract %[[A0]], %arg2 into %[[B0]] {{.*}}padding = array<i64: 1, 0, 1, 1>
// CHECK: %[[R0:.*]] = kernel.subview %[[X]] from 0 : memref<1x8x8x4xi8> to memref<1x4x8x4xi8>
// CHECK: %[[Y0:.*]] = kernel.subview %arg3 from 0 : memref<1x8x8x4xi8> to memref<1x4x8x4xi8>
// CHECK: kernel.binary add %[[B0]], %[[R0]] into %[[Y0]]
// CHECK: %[[X1:.*]] = kernel.subview %[[X]] from 64
// CHECK: kernel.contract %[[X1]]
// CHECK: %[[R1:.*]] = kernel.subview %[[X]] from 128
// CHECK: kernel.binary add %{{.*}}, %[[R1]] into

// Inside of the stripes, that image has the rows that either branch needs. The
// second stripe is the rows 2 and 3: of the image, the rows 0 to 5.
// ALL-LABEL: func.func @block(
// ALL: kernel.binary
// ALL: %[[X:.*]] = kernel.buffer : memref<1x6x8x4xi8>
// ALL: kernel.table %{{.*}}, %arg1 into %[[X]]
// ALL: kernel.contract %[[X]], %arg2
// ALL: kernel.contract
// ALL: %[[R:.*]] = kernel.subview %[[X]] from 64 : memref<1x6x8x4xi8> to memref<1x2x8x4xi8>
// ALL: kernel.binary add %{{.*}}, %[[R]] into
// ALL-COUNT-2: kernel.binary
// ALL-NOT: kernel.binary

// FIT-LABEL: func.func @block(
// FIT-SAME: kernel.arena_bytes = {{[34][0-9][0-9]}} : i64
// FIT: kernel.subview

// REGIONS-LABEL: func.func @block(
// REGIONS-SAME: budget = 128 : i64, bytes = {{[0-9]+}} : i64, name = "fast"
// REGIONS: kernel.subview

// Three would leave out the sum, which reads what the first one writes.
// OPEN: error: kernel-split-rows expects layers that go row by row and that nothing else reads (here 1, 4), found 3
// TEXT: error: kernel-split-rows: expected a memory as name:bytes or name:bytes:alignment, such as dtcm:64K, found 'fast'
