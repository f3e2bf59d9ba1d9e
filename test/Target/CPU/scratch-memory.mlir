// The scratch memory of a layer lies where the arena is free while it runs, and
// how much of it there is depends on that.

// RUN: pare-opt %s --split-input-file --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s

// While the sum runs, 65536 and 16384 bytes are alive, while the convolution
// runs, half of that. So its row of padding, 1024 bytes, has room in the arena,
// whatever places the buffers had before.

// CHECK-LABEL: func.func @gap(
// CHECK-SAME: memref<81920xi8>)
// CHECK-SAME: kernel.arena_bound = 81920
// CHECK-SAME: kernel.arena_bytes = 81920
// CHECK-SAME: kernel.buffer_bound = 81920
// CHECK-DAG: %[[IN:.*]] = memref.view %[[ARENA:.*]][%[[AT0:.*]]][] : memref<81920xi8> to memref<4096xf32>
// CHECK-DAG: %[[OUT:.*]] = memref.view %[[ARENA]][%[[AT1:.*]]][] : memref<81920xi8> to memref<4096xf32>
// CHECK: %[[SCRATCH:.*]] = memref.view %[[ARENA]][%{{.*}}][] : memref<81920xi8> to memref<1024xi8>
// CHECK: call @layer_window(%{{.*}}, %{{.*}}, %[[SCRATCH]])
memref.global "private" constant @f : memref<1x3x3x16xf32> = dense<1.0>
func.func @gap(%y: memref<1x16x16x16xf32>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 90112 : i64} {
  %f = memref.get_global @f : memref<1x3x3x16xf32>
  %0 = kernel.buffer at 0 : memref<4x16x16x16xf32>
  %1 = kernel.buffer at 73728 : memref<1x16x16x16xf32>
  %2 = kernel.buffer at 0 : memref<1x16x16x16xf32>
  kernel.fill %0 with 1.0 : f32 : memref<4x16x16x16xf32>
  kernel.reduce sum %0 into %1 {axes = array<i64: 0>, epilogue = #kernel.epilogue<>} : memref<4x16x16x16xf32>, memref<1x16x16x16xf32>
  kernel.depthwise %1, %f into %2 {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x16x16x16xf32>, memref<1x3x3x16xf32>, memref<1x16x16x16xf32> loc("window")
  kernel.unary exp %2 into %y {epilogue = #kernel.epilogue<>} : memref<1x16x16x16xf32>, memref<1x16x16x16xf32>
  return
}

// -----

// Where no layer leaves room, the arena grows by what is needed there.

// CHECK-LABEL: func.func @full(
// CHECK-SAME: memref<33792xi8>)
// CHECK-SAME: kernel.arena_bound = 33792
// CHECK-SAME: kernel.arena_bytes = 33792
// CHECK-SAME: kernel.buffer_bound = 32768
memref.global "private" constant @f : memref<1x3x3x16xf32> = dense<1.0>
func.func @full(%y: memref<1x16x16x16xf32>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 32768 : i64} {
  %f = memref.get_global @f : memref<1x3x3x16xf32>
  %1 = kernel.buffer at 0 : memref<1x16x16x16xf32>
  %2 = kernel.buffer at 16384 : memref<1x16x16x16xf32>
  kernel.fill %1 with 1.0 : f32 : memref<1x16x16x16xf32>
  kernel.depthwise %1, %f into %2 {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x16x16x16xf32>, memref<1x3x3x16xf32>, memref<1x16x16x16xf32> loc("window")
  kernel.unary exp %2 into %y {epilogue = #kernel.epilogue<>} : memref<1x16x16x16xf32>, memref<1x16x16x16xf32>
  return
}

// -----

// Two equal layers, of which one has room for lines that wait: the other one
// copies fewer of them at a time.

// CHECK-LABEL: func.func @lines(
// CHECK-SAME: kernel.buffer_bound = 73728
// CHECK: call @layer_tight({{.*}}) : (memref<16384xi8>, memref<16384xi8>, memref<[[TIGHT:[0-9]+]]xi8>,
// CHECK-NOT: call @layer_loose({{.*}}) : (memref<16384xi8>, memref<16384xi8>, memref<[[TIGHT]]xi8>,
// CHECK: call @layer_loose(
memref.global "private" constant @g : memref<16x3x3x16xi8> = dense<1>
func.func @lines(%y: memref<1x32x32x16xi8>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 73728 : i64} {
  %g = memref.get_global @g : memref<16x3x3x16xi8>
  %0 = kernel.buffer at 0 : memref<40960xi8>
  %1 = kernel.buffer at 40960 : memref<1x32x32x16xi8>
  %2 = kernel.buffer at 57344 : memref<1x32x32x16xi8>
  %3 = kernel.buffer at 0 : memref<1x32x32x16xi8>
  kernel.fill %0 with 1 : i8 : memref<40960xi8>
  kernel.fill %1 with 1 : i8 : memref<1x32x32x16xi8>
  kernel.contract %1, %g into %2 {padding = array<i64: 1, 1, 1, 1>, kernel.packed = [@g, @b],
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x32x32x16xi8>, memref<16x3x3x16xi8>, memref<1x32x32x16xi8> loc("tight")
  kernel.copy %0 into %y sizes [2, 8192] from 0 by [32768, 1] to 0 by [8192, 1] : memref<40960xi8>, memref<1x32x32x16xi8>
  kernel.contract %2, %g into %3 {padding = array<i64: 1, 1, 1, 1>, kernel.packed = [@g, @b],
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x32x32x16xi8>, memref<16x3x3x16xi8>, memref<1x32x32x16xi8> loc("loose")
  kernel.copy %3 into %y sizes [16384] from 0 by [1] to 0 by [1] : memref<1x32x32x16xi8>, memref<1x32x32x16xi8>
  return
}
memref.global "private" constant @b : memref<16xi32> = dense<0>

// -----

// Weights that are much larger than the image pass by once: all nine lines of
// nine pixels are copied, and not lines for a part of the results.

// CHECK-LABEL: func.func private @layer_late(
// CHECK: memref.view {{.*}} to memref<31104xf32>
func.func @far(%x: memref<1x7x7x384xf32>, %w: memref<128x3x3x384xf32>, %y: memref<1x7x7x128xf32>)
    attributes {kernel.num_inputs = 2 : i64, kernel.arena_bytes = 0 : i64} {
  kernel.contract %x, %w into %y {padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<>}
      : memref<1x7x7x384xf32>, memref<128x3x3x384xf32>, memref<1x7x7x128xf32> loc("late")
  return
}
