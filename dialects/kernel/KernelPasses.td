//===- KernelPasses.td - Passes to and on the kernel dialect ----------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_PASSES
#define PARE_KERNEL_PASSES

include "mlir/Pass/PassBase.td"

def KernelPlanMemory : Pass<"kernel-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "gives every buffer its place in one arena";
  let description = [{
    Buffers that are alive at the same time get disjoint byte ranges. A
    `kernel.buffer` is alive from the first operation that writes it to the last
    that reads it or one of its views. The largest buffers are placed first,
    each at the lowest offset that is free during its life. An operation of the
    trait `InPlace` may write its output over an input that ends its life there.

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
    Statistic<"arenaBytes", "arena-bytes", "bytes of the arena">,
    Statistic<"lowerBound", "lower-bound",
              "largest sum of bytes that are alive at one operation">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

#endif // PARE_KERNEL_PASSES
