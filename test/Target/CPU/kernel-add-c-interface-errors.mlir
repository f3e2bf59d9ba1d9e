// RUN: pare-opt %s --kernel-add-c-interface --verify-diagnostics

// expected-error @+1 {{expects 'kernel.tensor_type' on argument 0}}
llvm.func @net(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr)
    attributes {kernel.num_inputs = 1 : i64} {
  llvm.return
}
