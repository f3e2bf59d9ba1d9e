// What does not matter for the failure is removed.

// RUN: pare-reduce %s -reduction-tree='traversal-mode=0 \
// RUN:   test=%S/Inputs/has-cosine.sh' | FileCheck %s

// CHECK-NOT: func @unrelated
// CHECK: func @failing
// CHECK: math.cos
// CHECK-NOT: func @unrelated
func.func @unrelated(%x: f32) -> f32 {
  %0 = arith.addf %x, %x : f32
  return %0 : f32
}

func.func @failing(%x: f32) -> f32 {
  %0 = math.cos %x : f32
  return %0 : f32
}
