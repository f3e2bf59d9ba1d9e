//===- Window.h - Convolutions as the writers see them ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_WINDOW_H
#define PARE_LIB_TARGET_C_WINDOW_H

#include "LayerWriter.h"

namespace pare::c {

/// What all convolutions have: shapes are NHWC, pairs are vertical, horizontal.
struct Window {
  llvm::ArrayRef<int64_t> in, out;
  int64_t kernel[2];
  llvm::ArrayRef<int64_t> strides, dilations, padding;
  int64_t groups = 1;

  explicit Window(kernel::ContractOp op);
  explicit Window(kernel::DepthwiseOp op);
  explicit Window(kernel::TransposeConvOp op);
  explicit Window(kernel::SparseContractOp op);

  /// True if every output row is a row of the input times the filter: the
  /// window is one pixel that goes over all pixels, or it is the whole image.
  bool isMatrixProduct() const;
  /// Weights of one output.
  int64_t getSize() const { return kernel[0] * kernel[1] * in[3] / groups; }
  /// Pixels of the output.
  int64_t getPixels() const { return out[0] * out[1] * out[2]; }
};

/// Defines the constant `shape`.
void defineWindow(const Window &s, LayerWriter &w);

/// The kernel `name`, or its form `shared_name`, of which a network has one
/// copy, for a layer with less than one `part`th of its multiplications.
std::string chooseKernel(llvm::StringRef name, int64_t part,
                         const LayerWriter &w);

//===----------------------------------------------------------------------===//
// Kernels of the DSP extension
//===----------------------------------------------------------------------===//

// DspLayers.cpp
/// Writes a layer that the kernels for SMLAD can compute; false, and nothing is
/// written, for others, which take the portable kernels.
bool writeDsp(kernel::ContractOp op, const Window &s, LayerWriter &w);
bool writeDsp(kernel::SparseContractOp op, const Window &s, LayerWriter &w);
bool writeDsp(kernel::DepthwiseOp op, const Window &s, LayerWriter &w);

//===----------------------------------------------------------------------===//
// Kernels of the vector extension
//===----------------------------------------------------------------------===//

// Helium.cpp
/// The same for Helium; what it does not take, the kernels for SMLAD may.
bool writeHelium(kernel::ContractOp op, const Window &s, LayerWriter &w);
bool writeHelium(kernel::DepthwiseOp op, const Window &s, LayerWriter &w);
/// True if add_mve_s8 and average_pool_mve_s8 can do it, which take the same
/// arguments as the portable forms.
bool canAddByHelium(kernel::BinaryOp op);
bool canPoolByHelium(kernel::PoolOp op);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_WINDOW_H
