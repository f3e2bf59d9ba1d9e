//===- NativeExecutable.cpp - A network in machine code -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/NativeExecutable.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"

#include <dlfcn.h>

using namespace llvm;

namespace pare {

static_assert(PARE_F16 == int(DType::F16) && PARE_F32 == int(DType::F32) &&
                  PARE_BOOL == int(DType::Bool) && PARE_I8 == int(DType::I8) &&
                  PARE_U8 == int(DType::U8) && PARE_I64 == int(DType::I64),
              "abi.h numbers the element types as DType does");

static TensorInfo toInfo(const pare_tensor &tensor) {
  TensorInfo info;
  info.name = tensor.name;
  info.shape.assign(tensor.shape, tensor.shape + tensor.rank);
  info.dtype = static_cast<DType>(tensor.dtype);
  info.scales.assign(tensor.scales, tensor.scales + tensor.num_scales);
  info.zeroPoints.assign(tensor.zero_points,
                         tensor.zero_points + tensor.num_scales);
  info.axis = tensor.axis;
  info.storageMin = tensor.storage_min;
  info.storageMax = tensor.storage_max;
  return info;
}

NativeExecutable::NativeExecutable(Signature signature,
                                   const pare_network *network,
                                   pare_invoke_parallel_fn invoke,
                                   std::shared_ptr<void> code,
                                   std::shared_ptr<ThreadPool> pool)
    : Executable(std::move(signature)), code(std::move(code)),
      pool(std::move(pool)), network(network), invoke(invoke),
      arena(HostTensor::zeros(
          DType::I8,
          {pare_arena_bytes(network, this->pool ? this->pool->size() : 1)})) {}

Expected<std::unique_ptr<NativeExecutable>> NativeExecutable::create(
    const pare_network *network, pare_invoke_parallel_fn invoke,
    std::shared_ptr<void> code, std::shared_ptr<ThreadPool> pool) {
  if (network->abi_version != PARE_ABI_VERSION)
    return createStringError(
        "compiled for version " + Twine(network->abi_version) +
        " of the interface, expected " + Twine(PARE_ABI_VERSION));
  Signature signature;
  signature.name = network->name;
  for (int32_t i = 0; i < network->num_inputs; ++i)
    signature.inputs.push_back(toInfo(network->inputs[i]));
  for (int32_t i = 0; i < network->num_outputs; ++i)
    signature.outputs.push_back(toInfo(network->outputs[i]));
  return std::unique_ptr<NativeExecutable>(new NativeExecutable(
      std::move(signature), network, invoke, std::move(code), std::move(pool)));
}

Error NativeExecutable::run(ArrayRef<HostTensor> in,
                            SmallVectorImpl<HostTensor> &out) {
  if (Error error = checkInputs(in))
    return error;
  SmallVector<const void *, 4> inputPointers;
  for (const HostTensor &tensor : in)
    inputPointers.push_back(tensor.rawData());
  out.resize(outputs().size());
  SmallVector<void *, 4> outputPointers;
  for (auto [info, tensor] : zip(outputs(), out)) {
    if (tensor.getDType() != info.dtype ||
        tensor.getShape() != ArrayRef<int64_t>(info.shape))
      tensor = HostTensor::zeros(info.dtype, info.shape);
    outputPointers.push_back(tensor.rawData());
  }
  if (int code = invoke(inputPointers.data(), outputPointers.data(),
                        arena.rawData(), pool ? pool->parallel() : nullptr))
    return createStringError(signature().name + " returned " + Twine(code));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Shared libraries
//===----------------------------------------------------------------------===//

/// The networks that a library exports.
static Expected<std::vector<std::string>> listNetworks(StringRef path) {
  auto file = object::ObjectFile::createObjectFile(path);
  if (!file)
    return file.takeError();
  auto *elf = dyn_cast<object::ELFObjectFileBase>(file->getBinary());
  if (!elf)
    return createStringError("not an ELF shared library");
  StringSet<> symbols;
  for (const object::ELFSymbolRef &symbol : elf->getDynamicSymbolIterators()) {
    Expected<StringRef> name = symbol.getName();
    if (name)
      symbols.insert(*name);
    else
      consumeError(name.takeError());
  }
  std::vector<std::string> networks;
  for (const auto &entry : symbols) {
    StringRef name = entry.getKey();
    if (name.consume_back("_network") &&
        symbols.contains((name + "_invoke").str()))
      networks.push_back(name.str());
  }
  return networks;
}

Expected<std::unique_ptr<Executable>>
openSharedLibrary(StringRef path, StringRef name,
                  std::shared_ptr<ThreadPool> pool) {
  auto fail = [&](const Twine &why) {
    return createStringError(path + ": " + why);
  };
  // Without a slash, dlopen would search the system's directories.
  std::string file = path.contains('/') ? path.str() : "./" + path.str();
  auto networks = listNetworks(file);
  if (!networks)
    return fail(toString(networks.takeError()));
  std::string chosen = name.str();
  if (chosen.empty()) {
    if (networks->size() != 1)
      return fail("expected one network, found " + Twine(networks->size()));
    chosen = networks->front();
  } else if (!is_contained(*networks, chosen)) {
    return fail("no network '" + chosen + "'");
  }

  void *handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return fail(dlerror());
  std::shared_ptr<void> code(handle, [](void *handle) { dlclose(handle); });
  auto describe = reinterpret_cast<pare_network_fn>(
      dlsym(handle, (chosen + "_network").c_str()));
  auto invoke = reinterpret_cast<pare_invoke_parallel_fn>(
      dlsym(handle, (chosen + "_invoke_parallel").c_str()));
  if (!describe)
    return fail("cannot look up network '" + chosen + "'");
  // Version 1 had no threads.
  auto executable =
      NativeExecutable::create(describe(), invoke, code, std::move(pool));
  if (!executable)
    return fail(toString(executable.takeError()));
  return std::unique_ptr<Executable>(std::move(*executable));
}

} // namespace pare
