// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm:64,DTCM:128}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm:64Q}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=UNIT
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dt-cm:64}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm:64:12}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=ALIGN
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=a:64 alignment=3}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=OFFSETS
// RUN: not pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=tiny:8,small:16}))" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=OVER

// TWICE: error: kernel-choose-regions: expected a memory as name:bytes or name:bytes:alignment, such as dtcm:64K, found 'DTCM:128': the name is there twice
// BYTES: error: kernel-choose-regions: expected a memory as name:bytes or name:bytes:alignment, such as dtcm:64K, found 'dtcm'
// UNIT: found 'dtcm:64Q': '64Q' are no bytes
// NAME: found 'dt-cm:64': a name is letters, digits and '_'
// ALIGN: found 'dtcm:64:12': an alignment is a power of two
// NONE: error: kernel-choose-regions expects regions, such as regions=dtcm:64K,sram:256K
// OFFSETS: error: kernel-choose-regions expects an alignment that is a power of two, found 3
// OVER: remark: kernel-choose-regions: the last region is over its budget
func.func @one(%x: memref<8xf32>, %y: memref<8xf32>) attributes {kernel.num_inputs = 1 : i64} {
  %0 = kernel.buffer : memref<8xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  kernel.unary exp %0 into %y {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  return
}

// -----

// NONE: error: 'func.func' op expects 'kernel.regions' to name each memory once
func.func @twice() attributes {kernel.regions = [{name = "a"}, {name = "A"}]} {
  return
}

// -----

// NONE: error: 'func.func' op expects 'kernel.regions' to list memories, but found []
func.func @empty() attributes {kernel.regions = []} {
  return
}

// -----

// NONE: error: 'func.func' op expects 'kernel.regions' to list memories with names of letters, digits and '_'
func.func @unnamed() attributes {kernel.regions = [{budget = 8 : i64}]} {
  return
}

// -----

// NONE: error: 'func.func' op expects 'kernel.regions' to have numbers of at least 0 for budget, alignment, bytes and bound alone
func.func @field() attributes {kernel.regions = [{name = "a", speed = 8 : i64}]} {
  return
}

// -----

// NONE: error: 'func.func' op expects 'kernel.regions' to align by powers of two
func.func @alignment() attributes {kernel.regions = [{name = "a", alignment = 12 : i64}]} {
  return
}

// -----

// NONE: error: 'kernel.buffer' op expects 'kernel.region' to be one of the function's 'kernel.regions', but found "b"
func.func @unknown() attributes {kernel.regions = [{name = "a"}]} {
  %0 = kernel.buffer {kernel.region = "b"} : memref<8xf32>
  return
}

// -----

// NONE: error: 'func.func' op expects 'kernel.region' to be a name, but found 3 : i64
func.func @number(%x: memref<8xf32> {kernel.region = 3 : i64}) {
  return
}
