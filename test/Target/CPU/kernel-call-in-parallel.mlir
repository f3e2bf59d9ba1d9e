// RUN: pare-opt %s --kernel-call-in-parallel --split-input-file | FileCheck %s

// The arguments of a shared layer go into a frame, behind the end of the arena;
// its task takes them out. The first worker has the scratch memory of the call,
// the others have theirs behind the arena. A layer that is not shared is called
// as before.

// CHECK-LABEL: llvm.func @layer_conv(
// CHECK-NOT: kernel.
// CHECK: llvm.func internal @layer_conv_task(%[[FRAME:.*]]: !llvm.ptr, %[[WORKER:.*]]: i64, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64) {
// CHECK: %[[X0:.*]] = llvm.getelementptr %[[FRAME]][1]
// CHECK: %[[X:.*]] = llvm.load %[[X0]]
// CHECK: %[[Y1:.*]] = llvm.getelementptr %[[FRAME]][2]
// CHECK: %[[Y:.*]] = llvm.load %[[Y1]]
// CHECK: %[[S2:.*]] = llvm.getelementptr %[[FRAME]][3]
// CHECK: %[[S:.*]] = llvm.load %[[S2]]
// CHECK: %[[FIRST:.*]] = llvm.icmp "eq" %[[WORKER]]
// CHECK: %[[B0:.*]] = llvm.getelementptr %[[FRAME]][0]
// CHECK: %[[BEHIND:.*]] = llvm.load %[[B0]]
// CHECK-DAG: %[[NUMBER:.*]] = llvm.sub %[[WORKER]]
// CHECK-DAG: %[[STRIDE:.*]] = llvm.mlir.constant(128 : i64)
// CHECK: %[[OFFSET:.*]] = llvm.mul %[[NUMBER]], %[[STRIDE]]
// CHECK: %[[OTHER:.*]] = llvm.getelementptr %[[BEHIND]][%[[OFFSET]]] {{.*}}, i8
// CHECK: %[[OWN:.*]] = llvm.select %[[FIRST]], %[[S]], %[[OTHER]]
// CHECK: llvm.call @layer_conv(%[[X]], %[[Y]], %[[OWN]], %[[BEGIN]], %[[END]])

// Without a pool, everything here; with one, by its function.
// CHECK: llvm.func internal @net_run(%[[POOL:[^:]*]]: !llvm.ptr, %[[TASK:[^:]*]]: !llvm.ptr, %[[F:[^:]*]]: !llvm.ptr, %[[COUNT:[^:]*]]: i64, %[[GRAIN:[^:]*]]: i64)
// CHECK: llvm.icmp "eq" %[[POOL]]
// CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i64)
// CHECK: llvm.call %[[TASK]](%[[F]], %[[ZERO]], %[[ZERO]], %[[COUNT]]) : !llvm.ptr, (!llvm.ptr, i64, i64, i64) -> ()
// CHECK: %[[SELF:.*]] = llvm.load %[[POOL]]
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[POOL]][1]
// CHECK: %[[CALLED:.*]] = llvm.load %[[PLACE]]
// CHECK: llvm.call %[[CALLED]](%[[SELF]], %[[TASK]], %[[F]], %[[COUNT]], %[[GRAIN]])

// CHECK-LABEL: llvm.func @net(
// CHECK-SAME: %[[A0:[^:]*]]: !llvm.ptr, %[[A1:[^:]*]]: !llvm.ptr, %[[ARENA:[^:]*]]: !llvm.ptr, %[[PARALLEL:[^:]*]]: !llvm.ptr)
// CHECK-SAME: kernel.arena_bytes = 256
// CHECK-SAME: kernel.num_inputs = 1
// CHECK-SAME: kernel.scratch_bytes = 128
// CHECK: %[[SIZE:.*]] = llvm.mlir.constant(4 : i64)
// CHECK: %[[LIST:.*]] = llvm.alloca %[[SIZE]] x !llvm.ptr
// CHECK: %[[BYTES:.*]] = llvm.mlir.constant(256 : i64)
// CHECK: %[[AFTER:.*]] = llvm.getelementptr %[[ARENA]][%[[BYTES]]] {{.*}}, i8
// CHECK: llvm.store %[[AFTER]]
// CHECK: llvm.call @layer_small(%[[A0]], %[[A1]])
// CHECK: llvm.store %[[A0]]
// CHECK: llvm.store %[[A1]]
// CHECK: llvm.store %[[ARENA]]
// CHECK: %[[ADDRESS:.*]] = llvm.mlir.addressof @layer_conv_task
// CHECK: %[[TWELVE:.*]] = llvm.mlir.constant(12 : i64)
// CHECK: %[[THREE:.*]] = llvm.mlir.constant(3 : i64)
// CHECK: llvm.call @net_run(%[[PARALLEL]], %[[ADDRESS]], %[[LIST]], %[[TWELVE]], %[[THREE]])
// CHECK-NOT: llvm.call
llvm.func @layer_small(!llvm.ptr, !llvm.ptr)
llvm.func @layer_conv(%x: !llvm.ptr, %y: !llvm.ptr, %s: !llvm.ptr, %low: i64, %high: i64)
    attributes {kernel.iterations = 12 : i64, kernel.grain = 3 : i64, kernel.scratch_bytes = 64 : i64} {
  llvm.return
}
llvm.func @net(%x: !llvm.ptr, %y: !llvm.ptr, %arena: !llvm.ptr)
    attributes {kernel.arena_bytes = 256 : i64, kernel.num_inputs = 1 : i64, kernel.scratch_bytes = 128 : i64} {
  %c0 = llvm.mlir.constant(0 : i64) : i64
  %c12 = llvm.mlir.constant(12 : i64) : i64
  llvm.call @layer_small(%x, %y) : (!llvm.ptr, !llvm.ptr) -> ()
  llvm.call @layer_conv(%x, %y, %arena, %c0, %c12) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64) -> ()
  llvm.return
}

// -----

// Nothing to share: the pool is an argument all the same.

// CHECK-LABEL: llvm.func @alone(
// CHECK-SAME: %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr, %{{[^:]*}}: !llvm.ptr)
// CHECK-NOT: llvm.alloca
// CHECK: llvm.call @layer_small
llvm.func @layer_small(!llvm.ptr)
llvm.func @alone(%x: !llvm.ptr, %arena: !llvm.ptr) attributes {kernel.num_inputs = 0 : i64} {
  llvm.call @layer_small(%x) : (!llvm.ptr) -> ()
  llvm.return
}
