// RUN: pare-opt %s --nn-infer-shapes=batch=4 --split-input-file --verify-diagnostics
// RUN: not pare-opt %s --nn-infer-shapes=batch=0 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BATCH
// BATCH: expects the option batch to be at least 1, but found 0

// expected-error @+1 {{expects argument #0 to leave only its leading dimension open, but found 'tensor<?x?xf32>'}}
func.func @two_open(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  return %x : tensor<?x?xf32>
}

// -----

func.func @elements(%x: tensor<?x3xf32>) -> tensor<5x?xf32> {
  // expected-error @+1 {{expects 12 elements in the result, but its known dimensions have 5}}
  %0 = nn.reshape %x : (tensor<?x3xf32>) -> tensor<5x?xf32>
  return %0 : tensor<5x?xf32>
}

// -----

func.func @foreign(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{'func.call' op has a result of unknown shape, which cannot be inferred}}
  %0 = func.call @elsewhere(%x) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
func.func private @elsewhere(tensor<?x3xf32>) -> tensor<?x3xf32>
