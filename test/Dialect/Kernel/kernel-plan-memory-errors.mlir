// RUN: pare-opt --split-input-file --verify-diagnostics %s \
// RUN:   --pass-pipeline="builtin.module(func.func(kernel-plan-memory{alignment=48}))"

// expected-error@+1 {{kernel-plan-memory expects an alignment that is a power of two, found 48}}
func.func @alignment() {
  return
}
