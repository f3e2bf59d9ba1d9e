// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-v3 --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s

// 125 pixels of 64 channels, of which some are copied and put into the order that
// the weights have. Weights in the L1 cache may pass by more often: what is copied
// is a tenth of the two images of 8000 bytes. Weights that are larger have all
// pixels in one block.

memref.global "private" constant @near : memref<64x1x1x64xi8> = dense<100>
memref.global "private" constant @far : memref<576x1x1x64xi8> = dense<100>

// CHECK-LABEL: func.func @small
// CHECK-SAME: kernel.buffer_bound = 16000
// CHECK: call @layer_near({{.*}}) : ({{.*}}, memref<1{{[0-9][0-9][0-9]}}xi8>
func.func @small(%y: memref<1x25x5x64xi8>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 16064 : i64} {
  %w = memref.get_global @near : memref<64x1x1x64xi8>
  %0 = kernel.buffer at 0 : memref<1x25x5x64xi8>
  %1 = kernel.buffer at 8064 : memref<1x25x5x64xi8>
  kernel.fill %0 with 1 : i8 : memref<1x25x5x64xi8>
  kernel.contract %0, %w into %1 {kernel.order = "terms",
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x25x5x64xi8>, memref<64x1x1x64xi8>, memref<1x25x5x64xi8> loc("near")
  kernel.copy %1 into %y sizes [8000] from 0 by [1] to 0 by [1] : memref<1x25x5x64xi8>, memref<1x25x5x64xi8>
  return
}

// CHECK-LABEL: func.func @large
// CHECK: call @layer_far({{.*}}) : ({{.*}}, memref<8{{[0-9][0-9][0-9]}}xi8>
func.func @large(%y: memref<1x25x5x576xi8>)
    attributes {kernel.num_inputs = 0 : i64, kernel.arena_bytes = 80064 : i64} {
  %w = memref.get_global @far : memref<576x1x1x64xi8>
  %0 = kernel.buffer at 0 : memref<1x25x5x64xi8>
  %1 = kernel.buffer at 8064 : memref<1x25x5x576xi8>
  kernel.fill %0 with 1 : i8 : memref<1x25x5x64xi8>
  kernel.contract %0, %w into %1 {kernel.order = "terms",
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.5]>>}
      : memref<1x25x5x64xi8>, memref<576x1x1x64xi8>, memref<1x25x5x576xi8> loc("far")
  kernel.copy %1 into %y sizes [72000] from 0 by [1] to 0 by [1] : memref<1x25x5x576xi8>, memref<1x25x5x576xi8>
  return
}
