// A stock mlir-opt reads Pare's dialects and runs its passes: the plugin shares
// libMLIR with it, so both see one set of dialects and passes.

// REQUIRES: mlir-opt
// UNSUPPORTED: asan

// RUN: mlir-opt %s --load-dialect-plugin=%pare_lib/ParePlugin.so \
// RUN:   --load-pass-plugin=%pare_lib/ParePlugin.so \
// RUN:   --pass-pipeline='builtin.module(func.func(nn-fuse-activations))' \
// RUN:   | FileCheck %s

// The pass is the plugin's: without it there is none of that name.
// RUN: not mlir-opt %s --nn-fuse-activations 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WITHOUT
// WITHOUT: Unknown command line argument '--nn-fuse-activations'

// CHECK-LABEL: func @main
// CHECK: nn.fully_connected {{.*}}act <relu>
// CHECK-NOT: nn.relu
func.func @main(%x: tensor<2x3xf32>, %w: tensor<4x3xf32>) -> tensor<2x4xf32> {
  %0 = nn.fully_connected %x, %w
      : (tensor<2x3xf32>, tensor<4x3xf32>) -> tensor<2x4xf32>
  %1 = nn.relu %0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}
