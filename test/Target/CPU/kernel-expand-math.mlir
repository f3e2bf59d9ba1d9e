// RUN: pare-opt %s --kernel-expand-math | FileCheck %s

// CHECK-LABEL: func @exp
// CHECK-NOT: math.exp
// CHECK: math.fma
func.func @exp(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// tanh is a quotient of two polynomials of four steps, of a bounded x; there is
// no case for small x.
// CHECK-LABEL: func @tanh
// CHECK: arith.cmpf ogt
// CHECK: arith.cmpf olt
// CHECK-COUNT-8: math.fma
// CHECK-NEXT: arith.divf
// CHECK-NOT: arith.
// CHECK: return
func.func @tanh(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.tanh %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// No polynomial: the C library's function.
// CHECK-LABEL: func @pow
// CHECK: math.powf
func.func @pow(%x: vector<8xf32>, %y: vector<8xf32>) -> vector<8xf32> {
  %0 = math.powf %x, %y : vector<8xf32>
  return %0 : vector<8xf32>
}
