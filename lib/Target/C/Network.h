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
#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include "pare/Target/C/EmitC.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
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
  /// Where it may lie, and in which of the network's arenas; -1 if the caller
  /// has to find room.
  int64_t arenaOffset = -1;
  size_t arena = 0;
};

/// A memory for buffers: the only one, or one of several.
struct Arena {
  /// Its name in the struct of arenas; empty for the only one.
  std::string identifier;
  /// What its macros begin with: "NET_ARENA", "NET_ARENA_DTCM".
  std::string macro;
  /// The pointer to its bytes, where layers are run.
  std::string pointer;
  int64_t bytes = 0, alignment = 0;
  /// What the user has of it; 0 if nobody said.
  int64_t budget = 0;
};

/// A buffer in an arena.
struct ArenaBuffer {
  kernel::BufferOp op;
  std::string identifier;
  size_t arena = 0;
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
  /// Collects and checks; reports what cannot be written. Buffers may do
  /// without a place in the arena if `isPlanned` is false.
  static llvm::FailureOr<Network>
  create(mlir::ModuleOp module, llvm::StringRef name, bool isPlanned = true);

  /// Sets what code is made by; the name is settled.
  void setOptions(const CEmitOptions &options);

  std::string name;
  mlir::func::FuncOp function;
  llvm::SmallVector<Port> inputs, outputs;
  llvm::SmallVector<ArenaBuffer> buffers;
  /// Those that are used, with their names, in the order of the module.
  llvm::MapVector<mlir::Operation *, std::string> globals;
  /// Those that a layer reads as they are; the others, layers have packed.
  llvm::SmallPtrSet<mlir::Operation *, 16> unpackedGlobals;
  llvm::SmallVector<NetworkLayer> layers;
  /// The fastest memory first.
  llvm::SmallVector<Arena, 1> arenas;
  /// What lies where, and when; set by findPlan.
  kernel::MemoryPlan plan;
  /// Sums over layers and globals.
  int64_t macs = 0, weightBytes = 0;
  /// Which kernels layers may use.
  CIsa isa = CIsa::Portable;
  /// Whether layers call the same kernels, or each its own.
  bool sharesKernels = false;
  /// Whether those do that are a small part of the work, if not all do.
  bool sharesSmallKernels = false;
  /// Whether layers may keep lists of their nonzero weights.
  bool allowsSparse = true;
  /// How integers are requantized, if any are.
  nn::RequantMode mode = nn::RequantMode::Fixed;
  /// The names at file scope.
  NameTable names;
  /// Arrays that several layers use: what they are and their names.
  llvm::StringMap<std::string> sharedArrays;
  /// The names of arrays, by their types and elements.
  llvm::StringMap<std::string> arrays;

  /// Whether callers pass a struct of arenas.
  bool hasSeveralArenas() const { return !arenas.front().identifier.empty(); }
  /// The bytes of all arenas.
  int64_t getArenaBytes() const;
  /// The arena that `attribute` of `op` names, or else the last one.
  size_t findArena(mlir::Operation *op, llvm::StringRef attribute) const;

  /// Finds a place for `bytes` bytes that `op` uses alone: the one that the
  /// plan has, or else above all buffers that are alive then, where the arena
  /// may grow. The result is an arena and an offset in it.
  std::pair<size_t, int64_t> placePatches(mlir::Operation *op, int64_t bytes);

  /// Reads the plan, when all patches have their places.
  void findPlan();

private:
  void addArenas();
  llvm::LogicalResult addPorts();
  llvm::LogicalResult addBuffers(bool isPlanned);
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
