// A sum that lies half way between two results tells the modes apart: `fixed`
// rounds 2.5 up, `float` to the even 2. Without a choice on the command line the
// module's own mode counts.

// REQUIRES: numpy
// RUN: %python -c "import numpy; numpy.save(r'%t.npy', numpy.array([[5]], 'int8'))"
// RUN: pare run %s --backend=reference --inputs=%t.npy --outputs=%t.fixed.npy --requant=fixed
// RUN: pare run %s --backend=reference --inputs=%t.npy --outputs=%t.float.npy --requant=float
// RUN: pare run %s --backend=reference --inputs=%t.npy --outputs=%t.module.npy
// RUN: %python -c "import numpy; print([int(numpy.load(r'%t.' + m + '.npy').ravel()[0]) for m in ('fixed', 'float', 'module')])" | FileCheck %s

// CHECK: [3, 2, 2]

!in = !quant.uniform<i8:f32, 0.5>
!out = !quant.uniform<i8:f32, 1.0>
module attributes {nn.requant_mode = #nn.requant_mode<float>} {
  func.func @main(%x: tensor<1x!in>) -> tensor<1x!out> {
    %0 = nn.requantize %x : (tensor<1x!in>) -> tensor<1x!out>
    return %0 : tensor<1x!out>
  }
}
