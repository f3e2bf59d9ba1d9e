//===- KernelDialect.td - The kernel dialect --------------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_DIALECT
#define PARE_KERNEL_DIALECT

include "mlir/IR/OpBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::pare::kernel";
  let summary = "A network as a machine runs it";
  let description = [{
    Straight-line code on buffers, shared by all back ends. A buffer is a
    statically shaped, contiguous, row-major memref of `f32`, `i8`, `i16`, `i32`
    or `i64`; zero points and multipliers are attributes of the operation that
    needs them. Every operation reads its inputs and overwrites its output
    buffer entirely, except `kernel.copy`, which writes the part it names.

    A function takes the network's inputs, then its outputs. Weights are
    `memref.global` constants. Everything else lives in one arena: a
    `kernel.buffer` has an offset in it after `kernel-plan-memory`, which also
    sets `kernel.arena_bytes` on the function.

    What an operation computes on integers, to the bit, is defined in
    docs/numerics.md.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect",
                           "::pare::nn::NNDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Function attribute: bytes of the arena, set by kernel-plan-memory.
    static constexpr ::llvm::StringLiteral kArenaBytesAttr = "kernel.arena_bytes";
    /// Function attribute: how many of the arguments are inputs.
    static constexpr ::llvm::StringLiteral kNumInputsAttr = "kernel.num_inputs";
    /// Argument attribute: the quantized (or plain) element type of the tensor
    /// in nn, a TypeAttr of the tensor type.
    static constexpr ::llvm::StringLiteral kTensorTypeAttr = "kernel.tensor_type";
    /// Attribute of an operation whose weights kernel-pack-weights laid out for
    /// a CPU: the globals that hold them.
    static constexpr ::llvm::StringLiteral kPackedAttr = "kernel.packed";
    /// Every buffer starts at a multiple of this many bytes.
    static constexpr int64_t kBufferAlignment = 64;
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
}

#endif // PARE_KERNEL_DIALECT
