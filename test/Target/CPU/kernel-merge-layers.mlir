// RUN: pare-opt %s -kernel-merge-layers | FileCheck %s
// RUN: pare-opt %s -kernel-merge-layers | pare-opt -kernel-merge-layers | FileCheck %s

// One function for layers that differ in the constants of which two have
// different names; the third is the same for all and stays.
memref.global "private" constant @a_weights : memref<4xf32> = dense<1.0>
memref.global "private" constant @b_weights : memref<4xf32> = dense<2.0>
memref.global "private" constant @long_weights : memref<8xf32> = dense<2.0>
memref.global "private" constant @table : memref<4xf32> = dense<3.0>

// CHECK: func.func private @layer_a(%[[W:.*]]: memref<4xf32> {llvm.dereferenceable = 16 : i64, llvm.noalias, llvm.readonly}, %[[X:.*]]: memref<4xf32> {llvm.noalias})
// CHECK-NOT: @a_weights
// CHECK: %[[T:.*]] = memref.get_global @table
// CHECK: scf.for %[[I:.*]] =
// CHECK: memref.load %[[W]][%[[I]]]
// CHECK: memref.load %[[T]][%[[I]]]
func.func private @layer_a(%x: memref<4xf32> {llvm.noalias}) {
  %w = memref.get_global @a_weights : memref<4xf32>
  %t = memref.get_global @table : memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%i] : memref<4xf32>
    %1 = memref.load %t[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %x[%i] : memref<4xf32>
  }
  return
}
// CHECK-NOT: @layer_b
func.func private @layer_b(%x: memref<4xf32> {llvm.noalias}) {
  %w = memref.get_global @b_weights : memref<4xf32>
  %t = memref.get_global @table : memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%i] : memref<4xf32>
    %1 = memref.load %t[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %x[%i] : memref<4xf32>
  }
  return
}
// Another number of iterations.
// CHECK: func.func private @layer_other_end(%{{.*}}: memref<4xf32> {llvm.noalias})
func.func private @layer_other_end(%x: memref<4xf32> {llvm.noalias}) {
  %w = memref.get_global @b_weights : memref<4xf32>
  %t = memref.get_global @table : memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 3 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%i] : memref<4xf32>
    %1 = memref.load %t[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %x[%i] : memref<4xf32>
  }
  return
}
// Other operands.
// CHECK: func.func private @layer_other_use(
func.func private @layer_other_use(%x: memref<4xf32> {llvm.noalias}) {
  %w = memref.get_global @b_weights : memref<4xf32>
  %t = memref.get_global @table : memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%i] : memref<4xf32>
    %1 = memref.load %w[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %x[%i] : memref<4xf32>
  }
  return
}
// A constant of another type.
// CHECK: func.func private @layer_other_type(
func.func private @layer_other_type(%x: memref<4xf32> {llvm.noalias}) {
  %w = memref.get_global @long_weights : memref<8xf32>
  %t = memref.get_global @table : memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%i] : memref<8xf32>
    %1 = memref.load %t[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %x[%i] : memref<4xf32>
  }
  return
}
// What is said of threads must be the same too.
// CHECK: func.func private @layer_shared(
func.func private @layer_shared(%x: memref<4xf32> {llvm.noalias})
    attributes {kernel.grain = 2 : i64, kernel.iterations = 4 : i64} {
  %w = memref.get_global @b_weights : memref<4xf32>
  %t = memref.get_global @table : memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%i] : memref<4xf32>
    %1 = memref.load %t[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %x[%i] : memref<4xf32>
  }
  return
}

// CHECK: func.func @main(%[[IN:.*]]: memref<4xf32>)
// CHECK: %[[A:.*]] = memref.get_global @a_weights
// CHECK: call @layer_a(%[[A]], %[[IN]])
// CHECK: %[[B:.*]] = memref.get_global @b_weights
// CHECK: call @layer_a(%[[B]], %[[IN]])
// CHECK: call @layer_other_end(%[[IN]])
// CHECK: call @layer_other_use(%[[IN]])
// CHECK: call @layer_other_type(%[[IN]])
// CHECK: call @layer_shared(%[[IN]])
func.func @main(%x: memref<4xf32>) attributes {kernel.num_inputs = 1 : i64} {
  call @layer_a(%x) : (memref<4xf32>) -> ()
  call @layer_b(%x) : (memref<4xf32>) -> ()
  call @layer_other_end(%x) : (memref<4xf32>) -> ()
  call @layer_other_use(%x) : (memref<4xf32>) -> ()
  call @layer_other_type(%x) : (memref<4xf32>) -> ()
  call @layer_shared(%x) : (memref<4xf32>) -> ()
  return
}
