// RUN: pare-opt %s --kernel-pack-weights=target=x86-64-vnni | FileCheck %s

// Products of bytes in one instruction: the last chunk of 56 channels, 32 and
// 24, is a part of one, and no channel is left over.

// CHECK: memref.global "private" constant @part_packed : memref<1536xi8>
memref.global "private" constant @v : memref<1x3x3x56xi8> = dense<33>
func.func @part(%x: memref<1x4x4x56xi8>, %y: memref<1x4x4x56xi8>)
    attributes {kernel.num_inputs = 1 : i64} {
  %v = memref.get_global @v : memref<1x3x3x56xi8>
  kernel.depthwise %x, %v into %y {padding = array<i64: 1, 1, 1, 1>,
      epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = float, factors = [0.01]>>}
      : memref<1x4x4x56xi8>, memref<1x3x3x56xi8>, memref<1x4x4x56xi8> loc("part")
  return
}
