// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s
// RUN: pare-opt --lower-nn-to-kernel --mlir-print-debuginfo --split-input-file %s | FileCheck %s --check-prefix=LOC

// Names and types of the interface stay with the buffers. The layer that makes
// a value writes it to the output, through views.
func.func @through_views(%x: tensor<2x3xf32> {nn.name = "in"}) -> (tensor<6xf32> {nn.name = "out"}) {
  %0 = nn.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.reshape %0 : (tensor<2x3xf32>) -> tensor<6xf32>
  return %1 : tensor<6xf32>
}
// CHECK-LABEL: func.func @through_views(
// CHECK-SAME: %arg0: memref<2x3xf32> {kernel.tensor_type = tensor<2x3xf32>, nn.name = "in"}
// CHECK-SAME: %arg1: memref<6xf32> {kernel.tensor_type = tensor<6xf32>, nn.name = "out"}
// CHECK-NEXT: %[[V:.*]] = kernel.reshape %arg1 : memref<6xf32> to memref<2x3xf32>
// CHECK-NEXT: kernel.unary exp %arg0 into %[[V]]
// CHECK-NEXT: return

// -----

// An output that is an input, a constant or another output is copied.
func.func @copies(%x: tensor<2x3xf32>) -> (tensor<6xf32>, tensor<2xf32>, tensor<2x3xf32>, tensor<6xf32>) {
  %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<2xf32> loc("c")
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<6xf32>
  %1 = nn.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.reshape %1 : (tensor<2x3xf32>) -> tensor<6xf32>
  return %0, %c, %1, %2 : tensor<6xf32>, tensor<2xf32>, tensor<2x3xf32>, tensor<6xf32>
}
// CHECK: memref.global "private" constant @c_value : memref<2xf32>
// CHECK-LABEL: func.func @copies(
// CHECK: kernel.unary exp %arg0 into %arg3
// CHECK: kernel.copy %{{.*}} into %arg1 sizes [6]
// CHECK: kernel.copy %{{.*}} into %arg2 sizes [2]
// CHECK: kernel.copy %{{.*}} into %arg4 sizes [6]

// -----

// An output may be read by later layers.
func.func @read_again(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = nn.exp %x : (tensor<3xf32>) -> tensor<3xf32>
  %1 = nn.abs %0 : (tensor<3xf32>) -> tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}
// CHECK-LABEL: func.func @read_again(
// CHECK-NEXT: kernel.unary exp %arg0 into %arg1
// CHECK-NEXT: kernel.unary abs %arg1 into %arg2
// CHECK-NEXT: return

// -----

// Layers that nothing uses vanish; a constant of several layers is one global;
// names are made into identifiers and kept apart.
func.func @names(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> -> tensor<2xf32>
  %d = nn.constant dense<[3.0, 4.0]> : tensor<2xf32> -> tensor<2xf32>
  %dead = nn.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  %0 = nn.add %x, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("model/add_1/Relu;bias")
  %1 = nn.add %0, %d : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("model/add.1//Relu")
  %2 = nn.mul %1, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> loc("1st")
  return %2 : tensor<2xf32>
}
// CHECK: memref.global "private" constant @model_add_1_Relu_rhs : memref<2xf32> = dense<[1.000000e+00, 2.000000e+00]>
// CHECK: memref.global "private" constant @model_add_1_Relu_rhs_0 : memref<2xf32> = dense<[3.000000e+00, 4.000000e+00]>
// CHECK-NOT: memref.global
// CHECK-LABEL: func.func @names(
// CHECK-NOT: exp
// LOC-LABEL: func.func @names(
// LOC: kernel.binary add {{.*}} loc(#[[LOC:.*]])
// LOC: #[[LOC]] = loc("model/add_1/Relu;bias")

// -----

// Elements of a resource are not copied: the global has the same resource,
// under the shape that its layer wants.
func.func @resource(%x: tensor<1x2xf32>) -> tensor<1x20xf32> {
  %w = nn.constant dense_resource<weights> : tensor<20x2xf32> -> tensor<20x2xf32>
  %0 = nn.fully_connected %x, %w : (tensor<1x2xf32>, tensor<20x2xf32>) -> tensor<1x20xf32> loc("fc")
  return %0 : tensor<1x20xf32>
}
{-#
  dialect_resources: {
    builtin: {
      weights: "0x0400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    }
  }
#-}
// CHECK: memref.global "private" constant @fc_filter : memref<20x1x1x2xf32> = dense_resource<weights>
// CHECK: weights: "0x04000000

// -----

// A function that has been lowered stays as it is.
func.func @lowered(%x: memref<2xf32>, %y: memref<2xf32>) attributes {kernel.num_inputs = 1 : i64} {
  kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>} : memref<2xf32>, memref<2xf32>
  return
}
// CHECK-LABEL: func.func @lowered(
// CHECK: kernel.unary exp %arg0 into %arg1
