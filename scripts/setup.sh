#!/usr/bin/env bash
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what Pare needs on Debian 12; see docs/dependencies.md for reasons.

set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [--embedded] [--sanitizers] [--check] [--help]

Installs the packages that Pare is built and tested with (Debian 12). Does
nothing, at once, if they are all there. Runs apt-get as root or through sudo.

  --embedded    also a cross compiler for Arm microcontrollers, and emulators of
                Arm processors
  --sanitizers  also the runtime that the asan preset links
  --check       install nothing; list what is missing and fail if anything is
TEXT
}

packages=(
  clang-22 lld-22 llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools
  clang-format-22 clang-tidy-22 cmake ninja-build ccache git g++ zlib1g-dev
  flatbuffers-compiler flatbuffers-compiler-dev libflatbuffers-dev
  protobuf-compiler libprotobuf-dev
  libonnx-testdata
  libgtest-dev libbenchmark-dev python3 python3-numpy
  python3-onnx
)
check=no
for arg in "$@"; do
  case "$arg" in
    --embedded)
      packages+=(gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm
        qemu-user libc6-dev-arm64-cross gcc-riscv64-unknown-elf) ;;
    --sanitizers) packages+=(libclang-rt-22-dev) ;;
    --check) check=yes ;;
    --help | -h) usage; exit 0 ;;
    *) echo "setup.sh: unknown argument '$arg'" >&2; usage >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "setup.sh: this is not Debian; install by hand: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all packages are installed"
  exit 0
fi
if [ "$check" = yes ]; then
  echo "setup: missing: ${missing[*]}" >&2
  exit 1
fi

if [ "$(id -u)" -eq 0 ]; then
  as_root=(env)
elif command -v sudo >/dev/null; then
  as_root=(sudo env)
else
  echo "setup.sh: neither root nor sudo; ask for: ${missing[*]}" >&2
  exit 1
fi

echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  if ! "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" \
    >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup.sh: apt-get $1 failed" >&2
    exit 1
  fi
}
apt update
apt install -y --no-install-recommends "${missing[@]}"
echo "setup: done"
