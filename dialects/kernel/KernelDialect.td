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
    `memref.global` constants. Everything else lives in an arena, or in one for
    each memory that `kernel-choose-regions` was given: a `kernel.buffer` has an
    offset in it after `kernel-plan-memory`, which also sets
    `kernel.arena_bytes` on the function.

    What an operation computes on integers, to the bit, is defined in
    docs/numerics.md.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect",
                           "::pare::nn::NNDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Function attribute: bytes of the arena, set by kernel-plan-memory.
    static constexpr ::llvm::StringLiteral kArenaBytesAttr = "kernel.arena_bytes";
    /// Function attribute: bytes that no plan of this function can do without,
    /// set by kernel-plan-memory.
    static constexpr ::llvm::StringLiteral kArenaBoundAttr = "kernel.arena_bound";
    /// Function attribute: the same for buffers alone, without working memory.
    static constexpr ::llvm::StringLiteral kBufferBoundAttr =
        "kernel.buffer_bound";
    /// Attribute of an operation: bytes of working memory that its code needs
    /// while it runs, and where in the arena kernel-plan-memory put them.
    static constexpr ::llvm::StringLiteral kWorkBytesAttr = "kernel.work_bytes";
    static constexpr ::llvm::StringLiteral kWorkOffsetAttr = "kernel.work_offset";
    /// Attribute of an operation: bytes of the arena in which nothing is alive
    /// while it runs, before working memory is planned.
    static constexpr ::llvm::StringLiteral kFreeBytesAttr = "kernel.free_bytes";
    /// Argument attribute: where in the arena an input or output may lie.
    static constexpr ::llvm::StringLiteral kArenaOffsetAttr = "kernel.arena_offset";
    /// Function attribute: how many of the arguments are inputs.
    static constexpr ::llvm::StringLiteral kNumInputsAttr = "kernel.num_inputs";
    /// Argument attribute: the quantized (or plain) element type of the tensor
    /// in nn, a TypeAttr of the tensor type.
    static constexpr ::llvm::StringLiteral kTensorTypeAttr = "kernel.tensor_type";
    /// Attribute of an operation whose weights kernel-pack-weights laid out for
    /// a CPU: the globals that hold them.
    static constexpr ::llvm::StringLiteral kPackedAttr = "kernel.packed";
    /// Attribute of an operation with packed weights: rows and vectors of the
    /// register tile to use in place of the one that the CPU's plan would
    /// choose. One that needs too many registers or is larger than the product
    /// is made smaller.
    static constexpr ::llvm::StringLiteral kTileAttr = "kernel.tile";
    /// Attribute of an operation with packed weights, a boolean: whether to
    /// multiply halves by Strassen's algorithm, where that is possible, in place
    /// of what the CPU's plan would choose.
    static constexpr ::llvm::StringLiteral kStrassenAttr = "kernel.strassen";
    /// Attribute of an operation, a unit: no sum of two products of an unsigned
    /// byte with a neighbouring weight overflows 16 bits. kernel-pack-weights
    /// proves that from the weights.
    static constexpr ::llvm::StringLiteral kBytePairsAttr = "kernel.byte_pairs";
    /// Attribute of a contraction: the size of the tiles by which the CPU
    /// computes it with minimal filtering, 2 or 4; kernel-choose-winograd sets
    /// it where that is exact and pays. kernel-pack-weights takes it away where
    /// it cannot be followed.
    static constexpr ::llvm::StringLiteral kWinogradAttr = "kernel.winograd";
    /// Attribute of an operation with packed weights whose terms
    /// kernel-pack-weights put into an order of each panel of columns, in which
    /// bytes can be multiplied and products of steps added in 16 bits. Three
    /// numbers: whether terms change places or only steps of four of them, the
    /// most steps of a panel, and by bits how many steps are added together
    /// (bit 0: some steps take terms that did not change places).
    static constexpr ::llvm::StringLiteral kTermOrderAttr = "kernel.term_order";
    /// Attribute of an 8-bit contraction, one of "none", "steps" and "terms":
    /// whether kernel-pack-weights puts nothing, steps of four terms or terms
    /// into an order, in place of what is expected to be faster. Of an order,
    /// kernel.tile then says how many rows a tile has.
    static constexpr ::llvm::StringLiteral kOrderAttr = "kernel.order";
    /// Attribute of an operation in kernel.stripes: how many rows of its output
    /// are computed at a time.
    static constexpr ::llvm::StringLiteral kStripeRowsAttr =
        "kernel.stripe_rows";
    /// Attribute of a CPU's operation on images of floats: how many lines a
    /// block of its input has, and one of its output. The image stands as
    /// [height / lines][channels][lines * width], so that vectors of pixels
    /// are read and stored as they are; of 0 lines channels are innermost, as
    /// everywhere else. What is added to the output stands as the output does.
    /// kernel-block-pixels sets it within regions of sparse layers: all
    /// operations on a buffer agree.
    static constexpr ::llvm::StringLiteral kPixelBlocksAttr =
        "kernel.pixel_blocks";
    /// Function attributes of a layer in machine code: how many independent
    /// iterations its outermost loop has, which threads may share, and how many
    /// are worth a thread.
    static constexpr ::llvm::StringLiteral kIterationsAttr = "kernel.iterations";
    static constexpr ::llvm::StringLiteral kGrainAttr = "kernel.grain";
    /// Function attribute of a layer and of a network in machine code: bytes of
    /// scratch memory that a thread needs.
    static constexpr ::llvm::StringLiteral kScratchBytesAttr =
        "kernel.scratch_bytes";
    /// Every buffer starts at a multiple of this many bytes.
    static constexpr int64_t kBufferAlignment = 64;
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
}

#endif // PARE_KERNEL_DIALECT
