// RUN: pare-opt %s --lower-kernel-to-vector=target=x86-64-v3 | FileCheck %s

// Parts are views of the bytes of the arena, or of an input or output, whose
// whole is a view then, too. A layer gets each part as a buffer of its own.
// CHECK-LABEL: func.func private @layer_kernel_unary
// CHECK-SAME: (%{{.*}}: memref<8xf32>, %{{.*}}: memref<8xf32>)
// CHECK: func.func @main(%[[X:.*]]: memref<64xi8>{{.*}}, %[[Y:.*]]: memref<96xi8>{{.*}}, %[[ARENA:.*]]: memref<192xi8>
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[C96:.*]] = arith.constant 96 : index
// CHECK-DAG: %[[A:.*]] = memref.view %[[X]][%[[C8]]][] : memref<64xi8> to memref<8xf32>
// CHECK-DAG: %[[B:.*]] = memref.view %[[ARENA]][%[[C96]]][] : memref<192xi8> to memref<8xf32>
// CHECK-DAG: %[[C:.*]] = memref.view %[[Y]][%[[C16]]][] : memref<96xi8> to memref<8xf32>
// CHECK: call @{{.*}}(%[[A]], %[[B]])
// CHECK: call @{{.*}}(%[[B]], %[[C]])
func.func @main(%x: memref<4x4xf32>, %y: memref<24xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 192 : i64} {
  %0 = kernel.buffer at 64 : memref<4x4xf32>
  %a = kernel.subview %x from 2 : memref<4x4xf32> to memref<2x4xf32>
  %b = kernel.subview %0 from 8 : memref<4x4xf32> to memref<2x4xf32>
  kernel.unary exp %a into %b {epilogue = #kernel.epilogue<>} : memref<2x4xf32>, memref<2x4xf32>
  %rows = kernel.subview %y from 1 : memref<24xf32> to memref<20xf32>
  %c = kernel.subview %rows from 3 : memref<20xf32> to memref<2x4xf32>
  kernel.unary abs %b into %c {epilogue = #kernel.epilogue<>} : memref<2x4xf32>, memref<2x4xf32>
  return
}
