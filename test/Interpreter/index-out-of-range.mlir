// What only the data can show is one error that names the layer, and no output.

// REQUIRES: numpy
// RUN: %python -c "import numpy; numpy.save(r'%t.npy', numpy.array([[2], [7]], 'int32'))"
// RUN: rm -f %t.out.npy
// RUN: not pare run %s --backend=reference --inputs=%t.npy --outputs=%t.out.npy 2>&1 | FileCheck %s
// RUN: not ls %t.out.npy

// CHECK: layer 'embedding' (nn.gather): expects indices in [0, 3), found 7

func.func @main(%index: tensor<1xi32> {nn.name = "word"})
    -> (tensor<1x2xf32> {nn.name = "vector"}) {
  %table = nn.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]>
    : tensor<3x2xf32> -> tensor<3x2xf32>
  %0 = nn.gather %table, %index
    : (tensor<3x2xf32>, tensor<1xi32>) -> tensor<1x2xf32> loc("embedding")
  return %0 : tensor<1x2xf32>
}
