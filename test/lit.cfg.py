# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit configuration of Pare's tests.

Substitutions: %shared (read-only models, goldens and data, feature
`shared-models`), %examples, %inputs (test/Inputs), %python (a Python 3 with
NumPy, feature `numpy`), %cc and %cxx (the compilers of this build), %pare_lib,
%pare_src, %cmake.

Features: shared-models, numpy, onnx (modules that %python has), arm-gcc, riscv-gcc,
qemu-arm, qemu-riscv32, qemu-aarch64, qemu-x86_64, x86_64, avx2, avx-vnni,
avx512-vnni, cpuid-fault (CPUID can trap), gcc, asan, and `tool-NAME` for every Pare
tool that was built. With qemu-aarch64 come %aarch64_cc, which compiles and links C for it, and
%qemu_aarch64, its command with commas for blanks.
"""

import os
import platform
import shutil
import subprocess

import lit.formats
import lit.util

config.name = "Pare"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".td", ".c", ".txt"]
config.excludes = ["Inputs", "CMakeLists.txt", "consumer"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.pare_binary_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [config.pare_bin_dir, config.llvm_tools_dir, config.environment["PATH"]]
)
for name in ("HOME", "TMPDIR", "CCACHE_DIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

shared = os.path.realpath(os.path.join(config.pare_source_dir, "..", "shared"))
if os.path.isdir(os.path.join(shared, "models")):
    config.available_features.add("shared-models")
else:
    lit_config.note("no ../shared/models: tests of whole models are unsupported")
config.environment["PARE_SHARED"] = shared

config.substitutions += [
    ("%shared", shared),
    ("%examples", os.path.join(config.pare_source_dir, "examples")),
    ("%inputs", os.path.join(config.test_source_root, "Inputs")),
    ("%python", config.pare_python),
    ("%cmake", config.pare_cmake),
    ("%cc", config.pare_c_compiler),
    ("%cxx", config.pare_cxx_compiler),
    ("%pare_lib", config.pare_lib_dir),
    ("%pare_bin", config.pare_bin_dir),
    ("%pare_src", config.pare_source_dir),
    ("%llvm_tools", config.llvm_tools_dir),
    ("%mlir_dir", config.mlir_dir),
    ("%mlir_include", config.mlir_include_dir),
]

for module in ("numpy", "onnx") if config.pare_python else ():
    command = [config.pare_python, "-c", f"import {module}"]
    if subprocess.run(command, capture_output=True).returncode == 0:
        config.available_features.add(module)

if platform.machine() == "x86_64":
    config.available_features.add("x86_64")
    try:
        with open("/proc/cpuinfo") as info:
            flags = set(info.read().split())
    except OSError:
        flags = set()
    for feature, flag in {
        "avx2": "avx2",
        "avx-vnni": "avx_vnni",
        "avx512-vnni": "avx512_vnni",
        "cpuid-fault": "cpuid_fault",
    }.items():
        if flag in flags:
            config.available_features.add(feature)

for feature, tool in {
    "arm-gcc": "arm-none-eabi-gcc",
    "qemu-arm": "qemu-system-arm",
    "qemu-riscv32": "qemu-riscv32",
    "riscv-gcc": "riscv64-unknown-elf-gcc",
    "qemu-x86_64": "qemu-x86_64",
    "gcc": "gcc",
    "mlir-opt": "mlir-opt",
}.items():
    if shutil.which(tool, path=config.environment["PATH"]):
        config.available_features.add(feature)

# Clang and lld make programs for Arm from the C library of Debian's
# libc6-dev-arm64-cross alone, without a second compiler.
arm_root = "/usr/aarch64-linux-gnu"
if shutil.which("qemu-aarch64") and os.path.exists(arm_root + "/lib/crt1.o"):
    config.available_features.add("qemu-aarch64")
arm_start = " ".join(f"{arm_root}/lib/{name}.o" for name in ("crt1", "crti", "crtn"))
config.substitutions += [
    (
        "%aarch64_cc",
        f"{config.pare_c_compiler} --target=aarch64-linux-gnu -fuse-ld=lld -nostdlib "
        f"-isystem {arm_root}/include {arm_start} -L{arm_root}/lib -lc",
    ),
    ("%qemu_aarch64", f"qemu-aarch64,-L,{arm_root},-cpu,max"),
]

if os.path.isdir(config.pare_bin_dir):
    for tool in os.listdir(config.pare_bin_dir):
        config.available_features.add("tool-" + tool)

if config.pare_sanitize:
    config.available_features.add("asan")
    # The JIT and the packaged LLVM keep memory until exit. LLVM's allocators poison
    # what they have not given away, where they are compiled into our code; when
    # they give it away inside of the packaged libraries, it stays poisoned.
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0:allow_user_poisoning=0"
