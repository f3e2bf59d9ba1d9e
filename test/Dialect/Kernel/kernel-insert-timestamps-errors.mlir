// RUN: pare-opt --split-input-file --verify-diagnostics %s \
// RUN:   --pass-pipeline="builtin.module(func.func(kernel-insert-timestamps))"

// expected-error@+1 {{kernel-insert-timestamps expects a body of one block, found 2}}
func.func @blocks(%x: memref<4xf32>, %y: memref<4xf32>) attributes {kernel.num_inputs = 1 : i64} {
  cf.br ^bb1
^bb1:
  return
}
