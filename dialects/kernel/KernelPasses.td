//===- KernelPasses.td - Passes to and on the kernel dialect ----------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_PASSES
#define PARE_KERNEL_PASSES

include "mlir/Pass/PassBase.td"

def LowerNNToKernelPass : Pass<"lower-nn-to-kernel", "::mlir::ModuleOp"> {
  let summary = "Turns a network into operations on buffers";
  let description = [{
    A function on tensors becomes a function on buffers: its inputs, then its
    outputs. Layers write straight into an output where they can; only an output
    that is an input, a constant or another output too is copied. Constants
    become private globals that keep their (resource) elements, named after the
    layer that uses them. The prepared multipliers of integer layers move to the
    epilogues; a layer without them gets those of the module's mode. Exact.

    Fails, naming the layer, on dynamic shapes, on f16 activations, and on
    layers that the nn passes were to rewrite (`nn-legalize-quantized`,
    `nn-unsigned-to-signed`, `nn-fold-batch-norm`).

    ```mlir
    // Before
    func.func @main(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x3xf32> {
      %w = nn.constant dense<0.5> : tensor<3x1x1x2xf32> -> tensor<3x1x1x2xf32>
      %0 = nn.conv2d %x, %w act <relu>
          : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>) -> tensor<1x4x4x3xf32>
      return %0 : tensor<1x4x4x3xf32>
    }
    // After
    memref.global "private" constant @conv2d_filter : memref<3x1x1x2xf32>
        = dense<0.5> {alignment = 64 : i64}
    func.func @main(
        %x: memref<1x4x4x2xf32> {kernel.tensor_type = tensor<1x4x4x2xf32>},
        %y: memref<1x4x4x3xf32> {kernel.tensor_type = tensor<1x4x4x3xf32>})
        attributes {kernel.num_inputs = 1 : i64} {
      %w = memref.get_global @conv2d_filter : memref<3x1x1x2xf32>
      kernel.contract %x, %w into %y {epilogue = ...} : ...
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of lowered layers">,
    Statistic<"numCopies", "num-copies",
              "Number of copies that no layer asked for">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::func::FuncDialect"];
}

def FuseClampsPass : Pass<"kernel-fuse-clamps", "::mlir::func::FuncOp"> {
  let summary = "Moves clamps into the operation before";
  let description = [{
    A clamp of f32 values that alone reads what another operation wrote becomes
    part of that operation's epilogue: one walk over memory and one buffer less.
    Clamps after convolutions are fused in nn already (`nn-fuse-activations`);
    this takes those after operations that have no activation in nn. Runs before
    `kernel-plan-memory`. Exact.

    ```mlir
    // Before
    %0 = kernel.buffer : memref<4xf32>
    kernel.unary leaky_relu %x into %0 {alpha = 0.2, epilogue = #kernel.epilogue<>}
        : memref<4xf32>, memref<4xf32>
    kernel.unary clip %0 into %y {epilogue = #kernel.epilogue<low = -0.4>}
        : memref<4xf32>, memref<4xf32>
    // After
    kernel.unary leaky_relu %x into %y {alpha = 0.2, epilogue = #kernel.epilogue<low = -0.4>}
        : memref<4xf32>, memref<4xf32>
    ```
  }];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fused clamps">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def PlanMemoryPass : Pass<"kernel-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "Gives every buffer its place in one arena";
  let description = [{
    Buffers that are alive at the same time get disjoint byte ranges. A
    `kernel.buffer` is alive from the first operation that uses it to the last
    that uses it or one of its views. The largest buffers are placed first,
    each at the lowest offset that is free during its life; where another order
    of placement needs fewer bytes, that one is taken. An operation of the
    trait `InPlace` may write its output over an input that ends its life there.
    Buffers that nothing uses are erased. Exact.

    Before:

    ```mlir
    %0 = kernel.buffer : memref<1x16x16x8xf32>
    ```

    After, with `kernel.arena_bytes = 8192` on the function:

    ```mlir
    %0 = kernel.buffer at 0 : memref<1x16x16x8xf32>
    ```
  }];
  let options = [
    Option<"alignment", "alignment", "int64_t", "64",
           "every offset is a multiple of this many bytes (a power of two)">
  ];
  let statistics = [
    Statistic<"arenaBytes", "arena-bytes", "Bytes of the arena">,
    Statistic<"lowerBound", "lower-bound",
              "Largest sum of bytes that are alive at one operation">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

#endif // PARE_KERNEL_PASSES
