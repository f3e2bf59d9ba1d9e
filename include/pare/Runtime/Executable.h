//===- Executable.h - A network that can be run -----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the reference interpreter, the JIT and loaded libraries have in common:
// named inputs and outputs, and a call from tensors to tensors. Those who run,
// evaluate, calibrate or time a network see nothing else of a back end.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_EXECUTABLE_H
#define PARE_RUNTIME_EXECUTABLE_H

#include "pare/Support/HostTensor.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pare {

/// One tensor of a network's interface.
struct TensorInfo {
  /// The name that the network's author gave it.
  std::string name;
  llvm::SmallVector<int64_t, 4> shape;
  /// Type of the stored elements: I8 for a value quantized to int8.
  DType dtype = DType::F32;
  /// Scale and zero point of a quantized tensor: one of each, or one for each
  /// index of dimension `axis`. Empty if the tensor is not quantized.
  std::vector<double> scales;
  std::vector<int32_t> zeroPoints;
  int64_t axis = -1;
  /// Least and greatest stored integer of a quantized tensor.
  int32_t storageMin = 0;
  int32_t storageMax = 0;

  bool isQuantized() const { return !scales.empty(); }
  /// Number of elements.
  int64_t getNumElements() const;
  /// "1x32x32x3xi8".
  std::string typeString() const { return shapeToString(dtype, shape); }

  /// The real values (f32) of a tensor of this type: `scale * (q - zp)` if it
  /// is quantized, otherwise the elements converted. The tensor's type must be
  /// this one.
  HostTensor toReal(const HostTensor &stored) const;

  /// The inverse, from f32: clamp(round(x / scale) + zp), halves away from
  /// zero. `real` has this shape.
  HostTensor fromReal(const HostTensor &real) const;
};

/// The interface of a network: the tensors in the order of its arguments and
/// results.
struct Signature {
  /// The name of the network's function.
  std::string name;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

/// A network that can be run, whatever runs it. Objects are independent of each
/// other; one object serves one thread at a time.
class Executable {
public:
  virtual ~Executable();

  const Signature &signature() const { return sig; }
  llvm::ArrayRef<TensorInfo> inputs() const { return sig.inputs; }
  llvm::ArrayRef<TensorInfo> outputs() const { return sig.outputs; }

  /// Computes the outputs for `in`, one tensor of exact type and shape for each
  /// input. `out` is overwritten. Errors name the tensor or the layer.
  virtual llvm::Error run(llvm::ArrayRef<HostTensor> in,
                          llvm::SmallVectorImpl<HostTensor> &out) = 0;

  /// Bytes of memory for intermediate values (without inputs, outputs and
  /// weights); what one run needs at its peak, on all of its threads.
  virtual int64_t arenaBytes() const = 0;

  /// Bytes of that for each thread after the first.
  virtual int64_t scratchBytes() const { return 0; }

  /// The processor that the code is for, empty if there is none.
  virtual std::string target() const { return ""; }

  /// Bytes of constants.
  virtual int64_t weightBytes() const = 0;

protected:
  explicit Executable(Signature signature) : sig(std::move(signature)) {}

  /// An error that names the first of `in` that is missing, superfluous, or of
  /// another type than the signature says.
  llvm::Error checkInputs(llvm::ArrayRef<HostTensor> in) const;

private:
  Signature sig;
};

} // namespace pare

#endif // PARE_RUNTIME_EXECUTABLE_H
