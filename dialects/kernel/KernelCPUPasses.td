//===- KernelCPUPasses.td - Passes from kernel to LLVM ----------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_KERNEL_CPU_PASSES
#define PARE_KERNEL_CPU_PASSES

include "mlir/Pass/PassBase.td"

def KernelCPU_Target : Option<"target", "target", "std::string",
    "\"native\"",
    "native, generic, x86-64, x86-64-v2, x86-64-v3, x86-64-vnni (avx-vnni), "
    "x86-64-v4 (avx512-vnni), aarch64, aarch64+dotprod or aarch64+i8mm">;

def ChooseSparsePass : Pass<"kernel-choose-sparse", "::mlir::ModuleOp"> {
  let summary = "Decides for each layer between dense and sparse weights";
  let description = [{
    Where weights are constant and at least a quarter of them is zero, the
    expected cycles of a `kernel.contract` and of `kernel.sparse_contract`, with
    the blocks that suit the target, are compared (docs/sparse-weights.md has
    the costs), and the layer takes the form with the least of them. A form that
    promises less than a tenth is not worth a change. Sparse layers become dense
    where that is faster. Contractions with groups, a residual, or a filter's
    zero point stay. Exact for integers, up to rounding for floats.

    With the option `remarks`, a remark at each layer that was looked at says
    what was found and decided.

    Before, for a target with vectors of four:

    ```mlir
    kernel.contract %x, %filter into %y ...
    ```

    After, if most blocks of four channels are zero:

    ```mlir
    kernel.sparse_contract %x, %positions, %coordinates, %values into %y
        {block = array<i64: 4, 1>, ...}
    ```
  }];
  let options = [KernelCPU_Target,
    Option<"remarks", "remarks", "bool", "false",
           "Say what was found and decided for each layer">];
  let statistics = [
    Statistic<"numSparse", "num-sparse", "Number of layers made sparse, or sparse in other blocks">,
    Statistic<"numDense", "num-dense", "Number of layers made dense">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect",
                           "::pare::kernel::KernelDialect"];
}

def ChooseWinogradPass : Pass<"kernel-choose-winograd", "::mlir::ModuleOp"> {
  let summary = "Decides which 3x3 convolutions are computed by minimal filtering";
  let description = [{
    A `kernel.contract` of 3x3 taps, steps of 1, one group and constant weights
    can be computed by tiles: transforms of its inputs, weights and sums leave
    (m + 2)^2 products for m x m results in place of 9 m^2. The expected cycles
    of the direct form and of tiles of 2x2 and 4x4 results are compared:
    products, transforms, results that overlapping tiles compute twice, and the
    bytes of transformed weights, which are more (for 8 bits 3.6 or 8 times,
    for f32 1.8 or 4 times). Tiles that promise less than a tenth are not worth
    a change.

    8-bit layers stay exact to the bit: a size is considered where the weights
    prove that every sum is small enough for it (docs/numerics.md). Of f32
    layers the rounding changes; tiles of 4x4, which round twice as coarsely, are
    for those who ask for them.

    With the option `size`, 2 or 4, every layer that can gets that size, and
    with 0, none. An operation that has the attribute keeps it.

    Before:

    ```mlir
    kernel.contract %x, %w into %y {padding = array<i64: 1, 1, 1, 1>, ...}
    ```

    After:

    ```mlir
    kernel.contract %x, %w into %y
        {kernel.winograd = 4 : i64, padding = array<i64: 1, 1, 1, 1>, ...}
    ```
  }];
  let options = [KernelCPU_Target,
    Option<"size", "size", "int64_t", "-1",
           "Results of a tile in each dimension, 2 or 4, for every layer that "
           "can; 0 for none; negative for what is expected to be faster">];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of layers computed by tiles">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def ApplyTuningPass : Pass<"kernel-apply-tuning", "::mlir::ModuleOp"> {
  let summary = "Uses the code that a file of measurements names";
  let description = [{
    Each `kernel.contract` whose shape the file has for this target gets the
    attribute `kernel.tile`, for direct code with that register tile, or
    `kernel.winograd`, for tiles of minimal filtering; beside a tile
    `kernel.strassen` and `kernel.order`, where the file says so;
    `kernel-choose-winograd`, `kernel-pack-weights` and the lowering obey. The
    file is what `pare compile --tune` writes: a line for each shape. What has a
    tile or a size of tiles keeps it. A choice that the layer cannot follow is an
    error. Exact for integers, up to rounding for floats.

    Before:

    ```mlir
    kernel.contract %x, %w into %y ...
    ```

    After:

    ```mlir
    kernel.contract %x, %w into %y {kernel.tile = array<i64: 6, 2>} ...
    ```
  }];
  let options = [
    KernelCPU_Target,
    Option<"file", "file", "std::string", "\"\"", "file of measurements">,
    Option<"direct", "direct", "bool", "false",
           "Pass over lines that name tiles of minimal filtering">
  ];
  let statistics = [
    Statistic<"numTiles", "num-tiles", "Number of operations that the file decides about">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def BlockPixelsPass : Pass<"kernel-block-pixels", "::mlir::ModuleOp"> {
  let summary = "Lets images between sparse layers stand in blocks of pixels";
  let description = [{
    A sparse 1x1 contraction of floats multiplies a weight with vectors of
    pixels. An image with channels innermost is transposed for that, and so are
    the sums. Where an image stands in blocks of some lines, [height /
    lines][channels][lines * width], there is nothing to transpose. The type of
    its buffer and its bytes stay as they are; `kernel.pixel_blocks` says of an
    operation how many lines the blocks of its input and of its output have, 0
    for channels innermost.

    Images that must have one layout (what a depthwise convolution reads and
    writes, what is added to a result, what an operation of single elements
    reads and writes) stand in blocks if all operations on them can take blocks
    and if that is expected to be faster: what is transposed counts, and what
    vectors waste in narrow images. A contraction may read one layout and write
    the other. A network in which an operation has the attribute stays as it is.
    Exact up to the order in which sums of floats are added.

    With the option `mode`, 1, all images that can stand in blocks do, and with
    0, none.

    Before:

    ```mlir
    %0 = kernel.buffer at 0 : memref<1x24x24x48xf32>
    kernel.sparse_contract %x, ... into %0 {...} : ...
    kernel.sparse_contract %0, ... into %y {...} : ...
    ```

    After, for vectors of eight:

    ```mlir
    %0 = kernel.buffer at 0 : memref<1x24x24x48xf32>
    kernel.sparse_contract %x, ... into %0
        {kernel.pixel_blocks = array<i64: 0, 1>, ...} : ...
    kernel.sparse_contract %0, ... into %y
        {kernel.pixel_blocks = array<i64: 1, 0>, ...} : ...
    ```
  }];
  let options = [KernelCPU_Target,
    Option<"mode", "mode", "int64_t", "-1",
           "1 for all images that can, 0 for none; negative for where it is "
           "expected to be faster">];
  let statistics = [
    Statistic<"numImages", "num-images", "Number of images in blocks of pixels">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def FuseStripesPass : Pass<"kernel-fuse-stripes", "::mlir::ModuleOp"> {
  let summary = "Runs depthwise and 1x1 convolutions together where images leave the cache";
  let description = [{
    Consecutive `kernel.depthwise` and `kernel.contract` of 1x1 taps, each of
    which alone reads what the one before writes, become a `kernel.stripes`, also
    with a `kernel.contract` of larger windows as the first of them, where an image between them is so large that it would leave the second cache
    of the target: rows are consumed soon after they are computed, and the image
    needs no place in the arena. Chains end where nothing is gained: at an image
    that stays in the cache, at weights that fill it, and at products that
    Strassen's algorithm makes faster on whole images. `kernel.stripe_rows` says
    how many rows of each operation are computed at a time: so many that register
    tiles are mostly full, so few that the rows between all operations stay in
    the cache, and fewer where those rows would make the arena larger than 1.1
    times what is alive of other buffers at once. The memory is planned again for
    that. The sums of f32 keep their order, and their register tiles
    (`kernel.tile`). Exact.

    With the option `rows`, every chain that can becomes one, with at most as
    many rows of its last operation at a time; with 0, none does. Otherwise a
    file of measurements (option `tuning`) goes before what is expected; a choice
    that the operations cannot follow is an error.

    Before:

    ```mlir
    %0 = kernel.buffer at 0 : memref<1x112x112x96xf32>
    %1 = kernel.buffer at 4816896 : memref<1x56x56x96xf32>
    kernel.contract %x, %f into %0 {...} : ...
    kernel.depthwise %0, %g into %1 {strides = array<i64: 2, 2>, ...} : ...
    kernel.contract %1, %h into %y {...} : ...
    ```

    After:

    ```mlir
    kernel.stripes %x into %y : ... {
    ^bb0(%a: memref<1x112x112x16xf32>, %b: memref<1x56x56x24xf32>):
      ...
      %0 = kernel.buffer : memref<1x112x112x96xf32>
      %1 = kernel.buffer : memref<1x56x56x96xf32>
      kernel.contract %a, %f into %0 {kernel.stripe_rows = 4 : i64, ...} : ...
      kernel.depthwise %0, %g into %1 {kernel.stripe_rows = 2 : i64, ...} : ...
      kernel.contract %1, %h into %b {kernel.stripe_rows = 2 : i64, ...} : ...
    }
    ```
  }];
  let options = [KernelCPU_Target,
    Option<"rows", "rows", "int64_t", "-1",
           "Rows of a chain's last operation at a time, for every chain that "
           "can; 0 for none; negative for what is expected to be faster">,
    Option<"tuning", "tuning", "std::string", "\"\"", "file of measurements">];
  let statistics = [
    Statistic<"numStripes", "num-stripes", "Number of chains that run in stripes">,
    Statistic<"numLayers", "num-layers", "Number of operations in them">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect",
                           "::pare::kernel::KernelDialect"];
}

def PackWeightsPass : Pass<"kernel-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Lays weights out as the target's micro-kernels read them";
  let description = [{
    The constant filter of a `kernel.contract` becomes panels: as many output
    channels side by side as a register tile is wide, term after term; of 8-bit
    weights two terms together, or four where the target multiplies bytes. AVX2
    does, but adds two products in 16 bits: of an operation whose weights prove
    that no such sum overflows, `kernel.byte_pairs` says so. Where the weights
    allow it, products of up to four steps are added in 16 bits: each panel has
    the steps in an order that makes such groups, and a global says from where
    in the input it takes their terms. Of weights that are too large for that
    the terms change places besides, in blocks of 16, until no neighbours
    overflow in any column of a panel, some with their bits inverted and the
    weights negated; the code puts its input into the order of each panel. Of one
    row all columns take the steps in the row's order, some terms inverted for
    all of them, or each vector of columns in an order of its own, and what is
    still too large goes to steps behind.
    `kernel.term_order` says which of both, the most steps of a panel and which
    sizes groups have. `kernel.tile` on an
    operation asks for a register tile. The contribution of the input's zero
    point goes into the bias. Depthwise convolutions of 8-bit channels get two
    taps together, of two rows where there are two; transposed convolutions get
    output channels last, LSTMs of f32 a row of all gates for each input and
    hidden value. The operation names its packed weights in `kernel.packed`; the
    old
    globals are erased when the operations are lowered. Blocks of a
    `kernel.sparse_contract` get the same order inside. Weights that are not
    constant stay, and their operations get plain loops. Exact.

    Before:

    ```mlir
    memref.global "private" constant @w : memref<3x1x1x2xf32>
        = dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]], [[[5.0, 6.0]]]]>
    kernel.contract %x, %w into %y ...
    ```

    After, for vectors of four elements:

    ```mlir
    memref.global "private" constant @w_packed : memref<8xf32>
        = dense<[1.0, 3.0, 5.0, 0.0, 2.0, 4.0, 6.0, 0.0]>
    memref.global "private" constant @w_bias : memref<4xf32> = dense<0.0>
    kernel.contract %x, %w into %y {kernel.packed = [@w_packed, @w_bias]} ...
    ```
  }];
  let options = [KernelCPU_Target];
  let statistics = [
    Statistic<"numPacked", "num-packed", "Number of operations with packed weights">,
    Statistic<"packedBytes", "packed-bytes", "Bytes of packed weights">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect",
                           "::pare::kernel::KernelDialect"];
}

def LowerKernelToVectorPass : Pass<"lower-kernel-to-vector", "::mlir::ModuleOp"> {
  let summary = "Turns kernel operations into loops of vector code";
  let description = [{
    Every operation becomes a private function named after its layer. Buffers
    become memrefs of rank 1: views of the arena, which is one more argument
    behind the network's inputs and outputs, and globals. Globals that nothing
    reads any more are erased.

    Scratch memory of a layer is a buffer that lives while the layer runs. How
    much each one takes is known when its code is written, so the arena is
    planned once more then, as `kernel-plan-memory` does: scratch memory lies
    where the arena is free. `kernel.arena_bound` is then the most that is alive
    while one layer runs, its scratch memory included, and `kernel.buffer_bound`
    the same without. Layers that run while much of the arena is free
    take larger blocks: `kernel.free_bytes` says how much scratch memory leaves it
    within 1.1 times the most that is alive of buffers. `kernel.scratch_bytes` is for each
    thread after the first one; theirs lies behind the arena.

    The outermost loop of a layer that has enough work (option `thread-cycles`)
    runs from one argument to another, so that threads may share it. Such a
    function says in `kernel.iterations` how many iterations there are and in
    `kernel.grain` how many a thread should get at least.

    Before:

    ```mlir
    func.func @main(%x: memref<1x4xf32>, %y: memref<1x4xf32>)
        attributes {kernel.num_inputs = 1, kernel.arena_bytes = 0} {
      kernel.unary clip %x into %y {epilogue = #kernel.epilogue<low = 0.0>}
          : memref<1x4xf32>, memref<1x4xf32>
      return
    }
    ```

    After:

    ```mlir
    func.func private @layer_clip(%x: memref<4xf32>, %y: memref<4xf32>) {
      %0 = vector.load %x[%c0] : memref<4xf32>, vector<4xf32>
      ...
    }
    func.func @main(%x: memref<4xf32>, %y: memref<4xf32>, %arena: memref<64xi8>) {
      call @layer_clip(%x, %y) : (memref<4xf32>, memref<4xf32>) -> ()
      return
    }
    ```
  }];
  let options = [KernelCPU_Target,
    Option<"threadCycles", "thread-cycles", "int64_t", "-1",
           "Least work of a thread in cycles, 0 to share every layer, negative "
           "for what suits the target">];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of lowered operations">,
    Statistic<"numShared", "num-shared", "Number of layers that threads share">,
    Statistic<"scratchBytes", "scratch-bytes",
              "Bytes of scratch memory of the hungriest layer">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def MergeLayersPass : Pass<"kernel-merge-layers", "::mlir::ModuleOp"> {
  let summary = "Gives layers that differ in constants alone one function";
  let description = [{
    After `lower-kernel-to-vector`, functions of layers that are equal but for
    the globals that they read become one, that of the first of them; what was
    read from globals of different names are arguments before the others. A
    network that repeats blocks has less code, and is compiled in less time.
    Exact.

    Before:

    ```mlir
    func.func private @layer_a(%x: memref<4xf32>) {
      %0 = memref.get_global @a_weights : memref<4xf32>
      ...
    }
    func.func private @layer_b(%x: memref<4xf32>) {
      %0 = memref.get_global @b_weights : memref<4xf32>
      ...
    }
    func.func @main(%x: memref<4xf32>) attributes {kernel.num_inputs = 1} {
      call @layer_a(%x) : (memref<4xf32>) -> ()
      call @layer_b(%x) : (memref<4xf32>) -> ()
      return
    }
    ```

    After:

    ```mlir
    func.func private @layer_a(%0: memref<4xf32>, %x: memref<4xf32>) {
      ...
    }
    func.func @main(%x: memref<4xf32>) attributes {kernel.num_inputs = 1} {
      %a = memref.get_global @a_weights : memref<4xf32>
      call @layer_a(%a, %x) : (memref<4xf32>, memref<4xf32>) -> ()
      %b = memref.get_global @b_weights : memref<4xf32>
      call @layer_a(%b, %x) : (memref<4xf32>, memref<4xf32>) -> ()
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"numMerged", "num-merged",
              "Number of layers that run another one's function">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ExpandMathPass : Pass<"kernel-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replaces transcendental functions of vectors by polynomials";
  let description = [{
    `math.exp`, `math.tanh`, `math.log` and `math.erf` of f32 vectors become
    polynomials of a few ulp, so that no element calls the C library; operations
    without a polynomial stay. Integer layers contain none of them.

    Before:

    ```mlir
    %0 = math.exp %x : vector<8xf32>
    ```

    After:

    ```mlir
    ... // x = n log 2 + r
    %5 = math.fma %r, %c5, %c4 : vector<8xf32>
    ... // a polynomial of r
    %0 = arith.mulf %9, %n : vector<8xf32>
    ```
  }];
  let statistics = [
    Statistic<"numExpanded", "num-expanded",
              "Number of operations that became polynomials">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CallInParallelPass : Pass<"kernel-call-in-parallel", "::mlir::ModuleOp"> {
  let summary = "Calls layers through the caller's thread pool";
  let description = [{
    Works on the LLVM dialect. A network's function gets one more argument, the
    `pare_parallel` of pare/Runtime/abi.h. Each call of a layer that threads may
    share becomes a call of its `run`, with a task that computes a part of the
    layer on the scratch memory of its thread; or, where the argument is null,
    one call of the task for all of the layer.

    Before:

    ```mlir
    llvm.func @layer_conv(!llvm.ptr, !llvm.ptr, i64, i64)
        attributes {kernel.iterations = 12 : i64, kernel.grain = 3 : i64}
    llvm.call @layer_conv(%x, %y, %c0, %c12)
    ```

    After:

    ```mlir
    %frame = llvm.alloca ... // %x, %y
    llvm.call @net_run(%parallel, @layer_conv_task, %frame, %c12, %c3)
    ```
  }];
  let statistics = [
    Statistic<"numShared", "num-shared",
              "Number of calls that threads may share">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def AddCInterfacePass : Pass<"kernel-add-c-interface", "::mlir::ModuleOp"> {
  let summary = "Adds the functions that C code calls";
  let description = [{
    Works on the LLVM dialect, where `@NAME` takes one pointer for each input,
    each output, the arena, and the thread pool. Adds

    ```c
    int NAME_invoke(const void *const *inputs, void *const *outputs, void *arena);
    int NAME_invoke_parallel(const void *const *inputs, void *const *outputs,
                             void *arena, const pare_parallel *parallel);
    const pare_network *NAME_network(void);
    ```

    with the description of the network that pare/Runtime/abi.h declares, as
    constant data. `@NAME` itself becomes private.

    Before:

    ```mlir
    llvm.func @net(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr, %pool: !llvm.ptr)
        attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 64 : i64}
    ```

    After:

    ```mlir
    llvm.func internal @net(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr, %pool: !llvm.ptr)
    llvm.func @net_invoke_parallel(%inputs: !llvm.ptr, %outputs: !llvm.ptr,
                                   %arena: !llvm.ptr, %pool: !llvm.ptr) -> i32 {
      ... // pointers from %inputs and %outputs
      llvm.call @net(%x, %y, %arena, %pool)
      ...
    }
    llvm.func @net_invoke(...) -> i32
    llvm.func @net_network() -> !llvm.ptr
    ```
  }];
  let options = [KernelCPU_Target];
  let statistics = [
    Statistic<"numNetworks", "num-networks", "Number of networks that C can call">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // PARE_KERNEL_CPU_PASSES
