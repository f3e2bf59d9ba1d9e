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

def FuseFunctionsPass : Pass<"kernel-fuse-functions", "::mlir::func::FuncOp"> {
  let summary = "Computes functions of elements where their operand is computed";
  let description = [{
    A `kernel.unary` that alone reads the f32 values which a contraction or a
    `kernel.binary` writes becomes the function of that operation's epilogue: one
    walk over memory and one buffer less. Clamps are moved by
    `kernel-fuse-clamps`, before; an operation that clamps its result takes no
    function any more. Depthwise and sparse layers, whose epilogue stands in
    their code many times, take short functions alone: `leaky_relu`,
    `hard_swish`, `abs`, `neg`, `sqrt`, `rsqrt`.

    Functions of 8-bit integers are tables, which `kernel-fuse-tables` moves.

    Only back ends that know functions of epilogues run this: the CPU's. Runs
    before `kernel-fuse-residuals`, which takes a function with the sum, and
    before `kernel-plan-memory`. Exact.

    ```mlir
    // Before
    %0 = kernel.buffer : memref<1x4x4x8xf32>
    kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>} : ...
    kernel.unary leaky_relu %0 into %y {alpha = 0.2, epilogue = #kernel.epilogue<>} : ...
    // After
    kernel.contract %x, %w into %y
        {epilogue = #kernel.epilogue<function = leaky_relu, alpha = 0.2>} : ...
    ```
  }];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fused functions">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def FuseTablesPass : Pass<"kernel-fuse-tables", "::mlir::func::FuncOp"> {
  let summary = "Computes functions of bytes where their operand is computed";
  let description = [{
    A `kernel.table` that alone reads the 8-bit integers which a `kernel.contract`
    without a residual writes becomes the table of its epilogue, if the entries
    have `products` and results are requantized in mode `float`: then these are some
    instructions for floats that are in registers anyway, and the table's walk over
    memory and its lookups are saved.

    Where `all` says so, tables without products move too, and in mode `fixed`, and
    tables into `kernel.depthwise`, `kernel.sparse_contract` and
    `kernel.transpose_conv`. Bytes without products are looked up before they are
    stored, which takes longer than to look up whole vectors of them, apart; and the
    weights of depthwise layers have to leave the registers for the constants of
    products.

    Only back ends that know tables of epilogues run this: the CPU's, for targets
    on which it is faster. Runs before `kernel-fuse-residuals`, which leaves what has
    a table alone, and before `kernel-plan-memory`. Exact.

    ```mlir
    // Before
    %0 = kernel.buffer : memref<1x4x4x8xi8>
    kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<scales = ...>} : ...
    kernel.table %0, %t into %y {products = #kernel.table_products<...>} : ...
    // After
    kernel.contract %x, %w into %y {epilogue = #kernel.epilogue<scales = ...,
        table = <entries = ..., products = ...>>} : ...
    ```
  }];
  let options = [
    Option<"all", "all", "bool", "false", "fuse all tables that can be">
  ];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fused tables">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def FuseResidualsPass : Pass<"kernel-fuse-residuals", "::mlir::func::FuncOp"> {
  let summary = "Adds a residual where its other summand is computed";
  let description = [{
    A `kernel.binary add` of two whole buffers, one of which a `kernel.contract`
    (or a `kernel.sparse_contract` of floats) without a residual writes for it
    alone, becomes the residual of that contraction: one walk over memory and one
    buffer less. The summand of the contraction comes first then; the two scales
    change places with it. Sums of 8-bit integers are arithmetic more than memory:
    where caches hold them they are no faster here than apart, so that
    `integers-from` says which are fused. Only back ends that know residuals run
    this: the CPU's. Runs before `kernel-plan-memory`. Exact.

    ```mlir
    // Before
    %0 = kernel.buffer : memref<1x4x4x8xf32>
    kernel.contract %x, %w into %0 {epilogue = #kernel.epilogue<>} : ...
    kernel.binary add %0, %r into %y {epilogue = #kernel.epilogue<low = 0.0>} : ...
    // After
    kernel.contract %x, %w residual %r into %y {epilogue = #kernel.epilogue<>,
        residual_epilogue = #kernel.epilogue<low = 0.0>} : ...
    ```
  }];
  let options = [
    Option<"integersFrom", "integers-from", "int64_t", "-1",
           "fuse sums of 8-bit integers, too, if both summands and the result "
           "take at least so many bytes; -1: none">
  ];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fused residuals">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def ElideCopiesPass : Pass<"kernel-elide-copies", "::mlir::func::FuncOp"> {
  let summary = "Makes views of contiguous parts in place of copies";
  let description = [{
    What a `kernel.copy` brings, whole and in order, into a part of another
    buffer can be written there in the first place: the buffer becomes a
    `kernel.subview` of the other one. So concatenations along the outermost
    dimension that has more than one entry (rows of an image, heads, steps of a
    sequence) cost nothing. Likewise what is copied from a contiguous part of a
    buffer can be read where it is: slices and splits. The copy must be the only
    operation that writes its output's part, nothing may read that part before,
    and nothing may write the input's part afterwards. Copies of constants, and
    of inputs of the network to its outputs, stay. Runs before
    `kernel-plan-memory`, which gives each part a life of its own, so that no
    byte is kept longer than before. Exact.

    ```mlir
    // Before
    %a = kernel.buffer : memref<1x2x8x4xf32>
    %b = kernel.buffer : memref<1x3x8x4xf32>
    kernel.unary exp %x into %a ...
    kernel.unary exp %y into %b ...
    %c = kernel.buffer : memref<1x5x8x4xf32>
    kernel.copy %a into %c sizes [64] from 0 by [1] to 0 by [1] ...
    kernel.copy %b into %c sizes [96] from 0 by [1] to 64 by [1] ...
    // After
    %c = kernel.buffer : memref<1x5x8x4xf32>
    %a = kernel.subview %c from 0 : memref<1x5x8x4xf32> to memref<1x2x8x4xf32>
    %b = kernel.subview %c from 64 : memref<1x5x8x4xf32> to memref<1x3x8x4xf32>
    kernel.unary exp %x into %a ...
    kernel.unary exp %y into %b ...
    ```
  }];
  let statistics = [
    Statistic<"numWritten", "num-written",
              "Number of buffers that became parts of what they were copied to">,
    Statistic<"numRead", "num-read",
              "Number of buffers that became parts of what they were copied from">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def PlanMemoryPass : Pass<"kernel-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "Gives every buffer its place in one arena";
  let description = [{
    Buffers that are alive at the same time get disjoint byte ranges. A
    `kernel.buffer` is alive from the first operation that uses it to the last
    that uses it or one of its views; of one that is used through
    `kernel.subview`, each part has a life of its own. Buffers are placed one after the
    other, each at the lowest offset that is free during its life, in several
    orders; where none of them reaches the lower bound, orders are searched, all
    of them in a small graph. Working memory that an operation states
    (`kernel.work_bytes`) is a buffer that lives while it runs. Buffers that
    nothing uses are erased. Exact.

    `kernel.arena_bound` says how much is alive at once at most, which no plan
    goes below, and `kernel.buffer_bound` the same without working memory.

    An operation of the trait `InPlace` may write its output over an input that
    ends its life there. With `overlap`, for code that computes rows in order,
    an output may also begin before a dying input and run into it
    (`RowOrderOpInterface`). With `ports`, inputs and outputs get room in the
    arena too, as `kernel.arena_offset`; an input lives until its last use.

    Where the function has several memories (`kernel-choose-regions`), each has
    an arena of its own, whose bytes end up in `kernel.regions`;
    `kernel.arena_bytes` is the sum.

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
           "every offset is a multiple of this many bytes (a power of two)">,
    Option<"overlap", "overlap", "bool", "false",
           "rows are computed in order: outputs may run into dying inputs">,
    Option<"ports", "ports", "bool", "false",
           "inputs and outputs have room in the arena">
  ];
  let statistics = [
    Statistic<"arenaBytes", "arena-bytes", "Bytes of the arena">,
    Statistic<"lowerBound", "lower-bound",
              "Bytes that no placement can go below">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def ChooseRegionsPass : Pass<"kernel-choose-regions", "::mlir::func::FuncOp"> {
  let summary = "Says which buffer lies in which memory";
  let description = [{
    Of several memories, `regions` names the fastest first. Every
    `kernel.buffer`, all working memory and, with `ports`, inputs and outputs get
    one of them (`kernel.region`, `kernel.work_region`), and
    `kernel-plan-memory` then makes an arena of each. Those that a run reads and
    writes most, for their size, come into the fast ones, as far as the budgets
    reach: what is under windows counts once for each window, working memory
    once for two products. Whether buffers fit is tried by placing them, with
    the same options as `kernel-plan-memory`. A region that the IR names
    already stays. If no way is found that fits, the last memory is over its
    budget, and a remark says so. Exact.

    Before:

    ```mlir
    %0 = kernel.buffer : memref<1x32x32x16xi8>
    kernel.contract %x, %f into %0 {kernel.work_bytes = 288 : i64, ...}
    ```

    After `regions=dtcm:8K,sram:256K`:

    ```mlir
    func.func @main(...) attributes {kernel.regions =
        [{budget = 8192, name = "dtcm"}, {budget = 262144, name = "sram"} ], ...}
    %0 = kernel.buffer {kernel.region = "sram"} : memref<1x32x32x16xi8>
    kernel.contract %x, %f into %0 {kernel.work_bytes = 288 : i64,
                                    kernel.work_region = "dtcm", ...}
    ```
  }];
  let options = [
    ListOption<"regions", "regions", "std::string",
               "memories as name:bytes or name:bytes:alignment, the fastest "
               "first">,
    Option<"alignment", "alignment", "int64_t", "64",
           "as of kernel-plan-memory">,
    Option<"overlap", "overlap", "bool", "false", "as of kernel-plan-memory">,
    Option<"ports", "ports", "bool", "false", "as of kernel-plan-memory">
  ];
  let statistics = [
    Statistic<"numPlaced", "num-placed",
              "Number of buffers and working memories that got a memory">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def SplitRowsPass : Pass<"kernel-split-rows", "::mlir::func::FuncOp"> {
  let summary = "Runs layers stripe by stripe";
  let description = [{
    Cuts `layers` consecutive operations, whose outputs, that of the last one
    apart, nothing else reads, into `stripes` stripes of rows: all of them run on
    one stripe, then on the next one. The buffers between them hold a stripe and
    what is around it, not an image; rows at the borders of stripes are computed
    more than once. The operations may be a chain or branches that meet in a
    `kernel.binary` of images of one shape, such as residual blocks: a buffer
    that several of them read has the rows that any of them needs. Exact.

    With `budget`, chooses what to cut: nothing if the arena that
    `kernel-plan-memory` would make with the same options has at most so many
    bytes, otherwise whatever makes it so with the fewest repeated steps, and
    nothing if nothing does. With `regions`, the same for the memories of
    `kernel-choose-regions`.

    Before:

    ```mlir
    %0 = kernel.buffer : memref<1x8x8x4xi8>
    kernel.depthwise %x, %f into %0 {padding = array<i64: 1, 1, 1, 1>, ...}
    kernel.contract %0, %g into %y {...}
    ```

    After `layers=2 stripes=2`:

    ```mlir
    %x0 = kernel.subview %x from 0 : memref<1x8x8x4xi8> to memref<1x5x8x4xi8>
    %0 = kernel.buffer : memref<1x4x8x4xi8>
    kernel.depthwise %x0, %f into %0 {padding = array<i64: 1, 0, 1, 1>, ...}
    %y0 = kernel.subview %y from 0 : memref<1x8x8x2xi8> to memref<1x4x8x2xi8>
    kernel.contract %0, %g into %y0 {...}
    %x1 = kernel.subview %x from 96 : memref<1x8x8x4xi8> to memref<1x5x8x4xi8>
    ...
    ```
  }];
  let options = [
    Option<"first", "first", "int64_t", "0",
           "the first operation to cut, counting those that compute">,
    Option<"layers", "layers", "int64_t", "1", "how many operations to cut">,
    Option<"stripes", "stripes", "int64_t", "1", "how many stripes to make">,
    Option<"budget", "budget", "int64_t", "0",
           "bytes that the arena should have at most; 0: cut what is named">,
    ListOption<"regions", "regions", "std::string",
               "in place of a budget, as of kernel-choose-regions">,
    Option<"alignment", "alignment", "int64_t", "64",
           "as of kernel-plan-memory">,
    Option<"overlap", "overlap", "bool", "false", "as of kernel-plan-memory">,
    Option<"ports", "ports", "bool", "false", "as of kernel-plan-memory">
  ];
  let statistics = [
    Statistic<"numLayers", "num-layers", "Number of operations that were cut">,
    Statistic<"numStripes", "num-stripes", "Number of stripes">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

def InsertTimestampsPass : Pass<"kernel-insert-timestamps", "::mlir::func::FuncOp"> {
  let summary = "Makes a network say when each of its operations began";
  let description = [{
    The network gets one more output, `ticks`, of two elements more than it has
    operations that compute: the processor's counter before each of them, at the
    end, and at once again. What is between the last two is the time of a
    reading, which is in each of the others too. Runs last, when no operation is
    fused any more. A function that is no lowered network is left alone.

    ```mlir
    // Before
    func.func @main(%x: memref<4xf32>, %y: memref<4xf32>)
        attributes {kernel.num_inputs = 1 : i64} {
      kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>}
          : memref<4xf32>, memref<4xf32>
      return
    }
    // After
    func.func @main(%x: memref<4xf32>, %y: memref<4xf32>,
        %ticks: memref<3xi64> {kernel.tensor_type = tensor<3xi64>, nn.name = "ticks"})
        attributes {kernel.num_inputs = 1 : i64} {
      kernel.timestamp into %ticks at 0 : memref<3xi64>
      kernel.unary exp %x into %y {epilogue = #kernel.epilogue<>}
          : memref<4xf32>, memref<4xf32>
      kernel.timestamp into %ticks at 1 : memref<3xi64>
      kernel.timestamp into %ticks at 2 : memref<3xi64>
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"numTimestamps", "num-timestamps", "Number of readings">
  ];
  let dependentDialects = ["::pare::kernel::KernelDialect"];
}

#endif // PARE_KERNEL_PASSES
