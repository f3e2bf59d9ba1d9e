// RUN: pare-opt --split-input-file --verify-diagnostics %s \
// RUN:   --pass-pipeline="builtin.module(func.func(kernel-elide-copies))"

// expected-error@+1 {{kernel-elide-copies expects a body of one block, found 2}}
func.func @blocks() {
  cf.br ^bb1
^bb1:
  return
}
