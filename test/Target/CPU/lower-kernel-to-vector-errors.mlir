// RUN: pare-opt %s --lower-kernel-to-vector --split-input-file --verify-diagnostics

func.func @unplanned(%x: memref<4xf32>, %y: memref<4xf32>)
    attributes {kernel.num_inputs = 1 : i64} {
  // expected-error @+1 {{has no place in the arena; run kernel-plan-memory before}}
  %0 = kernel.buffer : memref<4xf32>
  kernel.unary clip %x into %0 {epilogue = #kernel.epilogue<low = 0.0>} : memref<4xf32>, memref<4xf32>
  kernel.unary clip %0 into %y {epilogue = #kernel.epilogue<low = 0.0>} : memref<4xf32>, memref<4xf32>
  return
}

// -----

// expected-error @+1 {{expected one arena, found several memories ('kernel.regions'), which machine code does not know}}
func.func @regions(%x: memref<4xf32>, %y: memref<4xf32>)
    attributes {kernel.num_inputs = 1 : i64, kernel.arena_bytes = 16 : i64, kernel.regions = [{name = "dtcm"}]} {
  %0 = kernel.buffer at 0 {kernel.region = "dtcm"} : memref<4xf32>
  kernel.unary clip %x into %0 {epilogue = #kernel.epilogue<low = 0.0>} : memref<4xf32>, memref<4xf32>
  kernel.unary clip %0 into %y {epilogue = #kernel.epilogue<low = 0.0>} : memref<4xf32>, memref<4xf32>
  return
}
