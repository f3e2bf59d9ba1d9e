//===- Network.h - What is to be written in C --------------------*- C++
//-*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_NETWORK_H
#define PARE_LIB_TARGET_C_NETWORK_H

#include "Text.h"
#include "mlir/IR/BuiltinOps.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace pare::c {

/// An input or an output.
struct Port {
  mlir::BlockArgument argument;
  /// The name that the network's author gave it, and the one it has in C.
  std::string name, identifier;
  mlir::MemRefType type;
  /// What it stands for; null if nobody said.
  mlir::quant::UniformQuantizedType quantized;
  /// "uint8_t": as the caller sees it.
  std::string cType;
};

/// A buffer in the arena.
struct ArenaBuffer {
  kernel::BufferOp op;
  std::string identifier;
};

/// Consecutive operations of one layer.
struct NetworkLayer {
  /// The author's name, the same as an identifier, and that of its function.
  std::string name, identifier, function;
  llvm::SmallVector<mlir::Operation *> ops;
  /// Multiplications of an activation by a weight or another activation.
  int64_t macs = 0;
  /// Bytes of the constants that the operations read.
  int64_t weightBytes = 0;
};

/// A function of the kernel dialect, and the names that it has in C.
struct Network {
  /// Collects and checks; reports what cannot be written.
  static llvm::FailureOr<Network> create(mlir::ModuleOp module,
                                         llvm::StringRef name);

  std::string name;
  mlir::func::FuncOp function;
  llvm::SmallVector<Port> inputs, outputs;
  llvm::SmallVector<ArenaBuffer> buffers;
  /// Those that are used, with their names, in the order of the module.
  llvm::MapVector<mlir::Operation *, std::string> globals;
  llvm::SmallVector<NetworkLayer> layers;
  int64_t arenaBytes = 0;
  /// Places of the room that single layers use, by layer; -1 for none.
  llvm::SmallVector<int64_t> patchOffsets;
  /// Sums over layers and globals.
  int64_t macs = 0, weightBytes = 0;
  /// How integers are requantized, if any are.
  nn::RequantMode mode = nn::RequantMode::Fixed;
  /// The names at file scope.
  NameTable names;
  /// Arrays that several layers use: what they are and their names.
  llvm::StringMap<std::string> sharedArrays;

  /// Finds a place for `patchBytes[i]` bytes that layer i uses alone, above
  /// all buffers that are alive then, and lets the arena grow where it must.
  void placePatches(llvm::ArrayRef<int64_t> patchBytes);

private:
  llvm::LogicalResult addPorts();
  llvm::LogicalResult addBuffers();
  llvm::LogicalResult addGlobals();
  llvm::LogicalResult addLayers();
  llvm::LogicalResult findMode();
};

/// The name of the layer of `op`.
std::string getName(mlir::Operation *op);

/// An error on `op` that begins with the name of its layer.
mlir::InFlightDiagnostic fail(mlir::Operation *op);

/// The global that `value` is, or is a view of; null if it is none.
mlir::memref::GlobalOp getGlobal(mlir::Value value);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_NETWORK_H
