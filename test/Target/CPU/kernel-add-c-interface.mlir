// RUN: pare-opt %s --kernel-add-c-interface=target=x86-64-v3 | FileCheck %s

// The functions that pare/Runtime/abi.h declares, and nothing else, are exported.
// Layers and the network itself become internal.
// CHECK: llvm.func internal @layer(
// CHECK: llvm.func internal @net(
// CHECK-DAG: @net_inputs_0_name("image\00")
// CHECK-DAG: @net_inputs_0_shape(dense<[1, 4]> : tensor<2xi64>)
// CHECK-DAG: @net_outputs_0_scales(dense<5.000000e-01>
// CHECK-DAG: @net_outputs_0_zero_points(dense<3>
// CHECK-DAG: @net_target("x86-64-v3\00")
// CHECK: llvm.func @net_network() -> !llvm.ptr
// CHECK: llvm.func @net_invoke_parallel(%[[INPUTS:.*]]: !llvm.ptr, %[[OUTPUTS:.*]]: !llvm.ptr, %[[ARENA:.*]]: !llvm.ptr, %[[POOL:.*]]: !llvm.ptr) -> i32
// CHECK: %[[X:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK: %[[Y:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.call @net(%[[X]], %[[Y]], %[[ARENA]], %[[POOL]])
// CHECK: llvm.return %{{.*}} : i32
// CHECK: llvm.func @net_invoke(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK-NOT: nn.
llvm.func @layer(%x: !llvm.ptr, %y: !llvm.ptr) {
  llvm.return
}
llvm.func @net(%x: !llvm.ptr {nn.name = "image", kernel.tensor_type = tensor<1x4xf32>},
               %y: !llvm.ptr {kernel.tensor_type = tensor<1x2x!quant.uniform<i8:f32, 0.5:3>>},
               %arena: !llvm.ptr, %pool: !llvm.ptr)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 64 : i64} {
  llvm.call @layer(%x, %y) : (!llvm.ptr, !llvm.ptr) -> ()
  llvm.return
}
