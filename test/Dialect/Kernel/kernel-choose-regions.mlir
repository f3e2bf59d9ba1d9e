// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm:64,sram:1K alignment=8 overlap=true},kernel-plan-memory{alignment=8 overlap=true}))" --split-input-file %s | FileCheck %s
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm:2K:32,sram:64 alignment=8 overlap=true ports=true},kernel-plan-memory{alignment=8 overlap=true ports=true}))" --split-input-file %s | FileCheck %s --check-prefix=PORTS
// RUN: pare-opt --pass-pipeline="builtin.module(func.func(kernel-choose-regions{regions=dtcm:40,sram:64,psram:256 alignment=8}))" --split-input-file %s | FileCheck %s --check-prefix=THREE

// Working memory of 24 bytes that every product reads comes first, then the small
// buffer; the large one does not fit beside them.
func.func @two(%x: memref<1x8x8x4xi8>, %f: memref<1x3x3x4xi8>, %g: memref<2x3x3x4xi8>,
               %p: memref<8x1x1x2xi8>, %h: memref<4x4x4x8xi8>, %y: memref<1x1x1x4xi8>) attributes {kernel.num_inputs = 5 : i64} {
  %0 = kernel.buffer : memref<1x8x8x4xi8>
  kernel.depthwise %x, %f into %0 {padding = array<i64: 1, 1, 1, 1>, kernel.work_bytes = 24 : i64, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x8x8x4xi8>, memref<1x3x3x4xi8>, memref<1x8x8x4xi8>
  %1 = kernel.buffer : memref<1x4x4x2xi8>
  kernel.contract %0, %g into %1 {strides = array<i64: 2, 2>, padding = array<i64: 1, 1, 1, 1>, epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x8x8x4xi8>, memref<2x3x3x4xi8>, memref<1x4x4x2xi8>
  %2 = kernel.buffer : memref<1x4x4x8xi8>
  kernel.contract %1, %p into %2 {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x4x4x2xi8>, memref<8x1x1x2xi8>, memref<1x4x4x8xi8>
  kernel.contract %2, %h into %y {epilogue = #kernel.epilogue<low = -128.0, high = 127.0, scales = <mode = fixed, multipliers = [1073741824], shifts = [-7]>>} : memref<1x4x4x8xi8>, memref<4x4x4x8xi8>, memref<1x1x1x4xi8>
  return
}
// CHECK-LABEL: func.func @two(
// CHECK-SAME: kernel.regions = [{alignment = 8 : i64, bound = 32 : i64, budget = 64 : i64, bytes = 32 : i64, name = "dtcm"}, {alignment = 8 : i64, bound = 256 : i64, budget = 1024 : i64, bytes = 256 : i64, name = "sram"}]
// CHECK: kernel.buffer at 0 {kernel.region = "sram"} : memref<1x8x8x4xi8>
// CHECK: kernel.depthwise {{.*}}kernel.work_offset = 0 : i64, kernel.work_region = "dtcm"
// CHECK: kernel.buffer at 0 {kernel.region = "dtcm"} : memref<1x4x4x2xi8>
// CHECK: kernel.buffer at 0 {kernel.region = "sram"} : memref<1x4x4x8xi8>

// A fast memory that holds everything does, inputs and outputs too.
// PORTS-LABEL: func.func @two(
// PORTS-SAME: kernel.arena_offset = {{[0-9]+}} : i64, kernel.region = "dtcm"
// PORTS-SAME: kernel.regions = [{alignment = 32 : i64, {{.*}}name = "dtcm"}, {{{.*}}bytes = 0 : i64, name = "sram"}]
// PORTS-NOT: "sram"
// PORTS-LABEL: func.func @fixed(

// THREE-LABEL: func.func @two(
// THREE: kernel.buffer {kernel.region = "psram"} : memref<1x8x8x4xi8>
// THREE: kernel.work_region = "dtcm"
// THREE: kernel.buffer {kernel.region = "dtcm"} : memref<1x4x4x2xi8>
// THREE: kernel.buffer {kernel.region = "psram"} : memref<1x4x4x8xi8>

// -----

// What says where it lies stays there.
func.func @fixed(%x: memref<8xf32>, %y: memref<8xf32>) attributes {
    kernel.num_inputs = 1 : i64,
    kernel.regions = [{name = "dtcm"}, {name = "sram"}]} {
  %0 = kernel.buffer {kernel.region = "sram"} : memref<8xf32>
  kernel.unary exp %x into %0 {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  %1 = kernel.buffer : memref<8xf32>
  kernel.unary exp %0 into %1 {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  kernel.unary exp %1 into %y {epilogue = #kernel.epilogue<>} : memref<8xf32>, memref<8xf32>
  return
}
// CHECK-LABEL: func.func @fixed(
// CHECK: kernel.buffer at 0 {kernel.region = "sram"}
// CHECK: kernel.buffer at 0 {kernel.region = "dtcm"}
