// RUN: pare-opt --lower-nn-to-kernel --split-input-file %s | FileCheck %s

// A transpose that moves only ones is another view, as a reshape is; one that
// moves elements is a copy with as few dimensions as possible.
func.func @transpose(%x: tensor<1x3x4x5xf32>) -> (tensor<3x1x20xf32>, tensor<1x4x5x3xf32>) {
  %0 = nn.transpose %x perm [1, 0, 2, 3] : (tensor<1x3x4x5xf32>) -> tensor<3x1x4x5xf32>
  %1 = nn.reshape %0 : (tensor<3x1x4x5xf32>) -> tensor<3x1x20xf32>
  %2 = nn.exp %1 : (tensor<3x1x20xf32>) -> tensor<3x1x20xf32>
  %3 = nn.transpose %x perm [0, 2, 3, 1] : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  return %2, %3 : tensor<3x1x20xf32>, tensor<1x4x5x3xf32>
}
// CHECK-LABEL: func.func @transpose(
// CHECK: %[[V:.*]] = kernel.reshape %{{.*}} to memref<3x1x20xf32>
// CHECK: kernel.unary exp %[[V]] into %arg1
// CHECK: kernel.copy %arg0 into %arg2 sizes [20, 3] from 0 by [1, 20] to 0 by [3, 1]

// -----

func.func @concat(%a: tensor<2x3x4xi32>, %b: tensor<2x1x4xi32>) -> tensor<2x4x4xi32> {
  %0 = nn.concat %a, %b axis 1 : (tensor<2x3x4xi32>, tensor<2x1x4xi32>) -> tensor<2x4x4xi32>
  return %0 : tensor<2x4x4xi32>
}
// CHECK-LABEL: func.func @concat(
// CHECK: kernel.copy %arg0 into %arg2 sizes [2, 12] from 0 by [12, 1] to 0 by [16, 1]
// CHECK: kernel.copy %arg1 into %arg2 sizes [2, 4] from 0 by [4, 1] to 12 by [16, 1]

// -----

// A part that nothing reads is not copied.
func.func @split(%x: tensor<2x6xf32>) -> (tensor<2x1xf32>, tensor<2x3xf32>) {
  %0:3 = nn.split %x axis 1 : (tensor<2x6xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x3xf32>)
  return %0#0, %0#2 : tensor<2x1xf32>, tensor<2x3xf32>
}
// CHECK-LABEL: func.func @split(
// CHECK-NEXT: kernel.copy %arg0 into %arg1 sizes [2] from 0 by [6] to 0 by [1]
// CHECK-NEXT: kernel.copy %arg0 into %arg2 sizes [2, 3] from 3 by [6, 1] to 0 by [3, 1]
// CHECK-NEXT: return

// -----

func.func @slice(%x: tensor<4x6xf32>) -> tensor<2x3xf32> {
  %0 = nn.slice %x offsets [3, 1] sizes [2, 3] strides [-2, 2] : (tensor<4x6xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
// CHECK-LABEL: func.func @slice(
// CHECK: kernel.copy %arg0 into %arg1 sizes [2, 3] from 19 by [-12, 2] to 0 by [3, 1]

// -----

// The border has the real value: an unsigned type's integer is written as the
// bits that its signless storage holds. What stands behind the last dimension
// alone is written by itself, and so is what stands before and behind all else;
// everything else by a fill of all.
!q = !quant.uniform<i8:f32, 0.5:3>
!u = !quant.uniform<u8:f32, 0.5:200>
func.func @pad(%x: tensor<2x3x!q>, %y: tensor<2x2x!u>, %z: tensor<1x2x2xf32>) -> (tensor<4x4x!q>, tensor<2x3x!u>, tensor<1x5x2xf32>) {
  %0 = nn.pad %x low [1, 0] high [1, 1] {value = 1.0 : f64} : (tensor<2x3x!q>) -> tensor<4x4x!q>
  %1 = nn.pad %y low [0, 0] high [0, 1] : (tensor<2x2x!u>) -> tensor<2x3x!u>
  %2 = nn.pad %z low [0, 1, 0] high [0, 2, 0] {value = -0.5 : f64} : (tensor<1x2x2xf32>) -> tensor<1x5x2xf32>
  return %0, %1, %2 : tensor<4x4x!q>, tensor<2x3x!u>, tensor<1x5x2xf32>
}
// CHECK: memref.global "private" constant @nn_pad_pad : memref<1xi8> = dense<-56>
// CHECK-LABEL: func.func @pad(
// CHECK: kernel.fill %arg3 with 5 : i8
// CHECK: kernel.copy %arg0 into %arg3 sizes [2, 3] from 0 by [3, 1] to 4 by [4, 1]
// CHECK-NOT: kernel.fill
// CHECK: kernel.copy %arg1 into %arg4 sizes [2, 2] from 0 by [2, 1] to 0 by [3, 1]
// CHECK: %[[PAD:.*]] = memref.get_global @nn_pad_pad : memref<1xi8>
// CHECK: kernel.copy %[[PAD]] into %arg4 sizes [2] from 0 by [0] to 2 by [3]
// CHECK: %[[BEFORE:.*]] = kernel.subview %arg5 from 0 : memref<1x5x2xf32> to memref<2xf32>
// CHECK: kernel.fill %[[BEFORE]] with -5.000000e-01 : f32 : memref<2xf32>
// CHECK: %[[BEHIND:.*]] = kernel.subview %arg5 from 6 : memref<1x5x2xf32> to memref<4xf32>
// CHECK: kernel.fill %[[BEHIND]] with -5.000000e-01 : f32 : memref<4xf32>
// CHECK: kernel.copy %arg2 into %arg5 sizes [4] from 0 by [1] to 2 by [1]

// -----

// Dimensions around the gathered one are collapsed.
func.func @gather(%i: tensor<2x3xi32>, %j: tensor<2x5xi64>, %x: tensor<2x4x6x7xf32>) -> (tensor<2x3x8xf32>, tensor<2x4x5x7xf32>) {
  %table = nn.constant dense<1.0> : tensor<10x8xf32> -> tensor<10x8xf32>
  %0 = nn.gather %table, %i : (tensor<10x8xf32>, tensor<2x3xi32>) -> tensor<2x3x8xf32> loc("embed")
  %1 = nn.gather %x, %j {axis = 2 : i64, batch_dims = 1 : i64}
      : (tensor<2x4x6x7xf32>, tensor<2x5xi64>) -> tensor<2x4x5x7xf32>
  return %0, %1 : tensor<2x3x8xf32>, tensor<2x4x5x7xf32>
}
// CHECK: memref.global "private" constant @embed_table : memref<1x1x10x8xf32>
// CHECK-LABEL: func.func @gather(
// CHECK: kernel.gather {{.*}} : memref<1x1x10x8xf32>, memref<1x6xi32>, memref<1x1x6x8xf32>
// CHECK: kernel.gather %arg2, %arg1 into %arg4 : memref<2x4x6x7xf32>, memref<2x5xi64>, memref<2x4x5x7xf32>

// -----

!q = !quant.uniform<i8:f32, 0.5:3>
func.func @resize(%x: tensor<1x2x2x3xf32>, %y: tensor<1x2x2x3x!q>) -> (tensor<1x4x4x3xf32>, tensor<1x4x4x3x!q>) {
  %0 = nn.resize_bilinear %x size [4, 4] {half_pixel_centers} : (tensor<1x2x2x3xf32>) -> tensor<1x4x4x3xf32>
  %1 = nn.resize_nearest %y size [4, 4] {align_corners} : (tensor<1x2x2x3x!q>) -> tensor<1x4x4x3x!q>
  return %0, %1 : tensor<1x4x4x3xf32>, tensor<1x4x4x3x!q>
}
// CHECK-LABEL: func.func @resize(
// CHECK: kernel.resize %arg0 into %arg2 {bilinear, half_pixel_centers}
// CHECK: kernel.resize %arg1 into %arg3 {align_corners}
